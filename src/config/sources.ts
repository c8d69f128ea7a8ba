import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'

import { parse as parseDotEnv } from 'dotenv'

import { usualFiles } from './files.ts'
import { JsonTextError, parseJsonText } from './jsonText.ts'
import { problem, type Problem } from './problem.ts'
import type { Variables } from './variables.ts'

/** What a file holds: our own shape, one of the two JSON files of the reference, or variables. */
export type FileKind = 'own' | 'subscriptions' | 'processing' | 'dotEnv'

export interface SourceFile {
  /** As it was named. */
  readonly name: string
  readonly kind: FileKind
  /** Of a JSON file, before variables are put in. */
  readonly json?: unknown
  /** Of a `.env` file. */
  readonly variables?: Variables
}

export interface FoundFiles {
  /** Every place that was looked at, with what `lookOf` said of it just before. */
  readonly looks: readonly (readonly [path: string, look: string])[]
  readonly files: readonly SourceFile[]
  readonly problems: readonly Problem[]
}

export interface FileWish {
  readonly name: string
  /** A usual one may be missing. */
  readonly mustExist: boolean
  /** Told by its content where it is absent. */
  readonly kind?: FileKind
}

const isDotEnv = (name: string): boolean => /^\.env(\..+)?$|\.env$/.test(basename(name))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const processingKeys = [
  'processing',
  'performance',
  'batch_processing',
  'parallel_streams',
  'stream_isolation',
  'fallback_on_error',
]

/** A file of subscriptions has them, one of processing has one of its sections; everything else is ours. */
const kindOf = (json: unknown): FileKind => {
  if (!isObject(json)) return 'own'
  if ('subscriptions' in json || 'routing_rules' in json || 'default_provider' in json) return 'subscriptions'
  return processingKeys.some((name) => name in json) ? 'processing' : 'own'
}

/** What the system calls it. */
const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unreadable'

const unreadable = (name: string, error: unknown): Problem => {
  const code = codeOf(error)
  return problem({
    source: name,
    path: '',
    found: code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `a file that cannot be read (${code})`,
    allowed: 'a file of JSON, or of variables where its name is .env',
  })
}

const readOne = ({ name, mustExist, kind }: FileWish, directory: string): SourceFile | Problem | undefined => {
  let content: string
  try {
    content = readFileSync(resolve(directory, name), 'utf8')
  } catch (error) {
    return codeOf(error) === 'ENOENT' && !mustExist ? undefined : unreadable(name, error)
  }
  if (kind === 'dotEnv' || (kind === undefined && isDotEnv(name))) {
    return { name, kind: 'dotEnv', variables: parseDotEnv(content) }
  }
  try {
    const json = parseJsonText(content)
    return { name, kind: kind ?? kindOf(json), json }
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return problem({
      source: name,
      path: `line ${error.line}, column ${error.column}`,
      found: 'a text that is no JSON',
      allowed: error.expected,
    })
  }
}

/** What changes when a file does: its times, size and place on the disk; `absent` where there is none. Symbolic links are followed. */
export const lookOf = (path: string): string => {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats === undefined ? 'absent' : [stats.mtimeNs, stats.size, stats.ino].join('/')
}

/** Reads files; what cannot be read is a problem, and costs only itself. */
export const readFiles = (wishes: readonly FileWish[], directory: string): FoundFiles => {
  // Looked at before they are read: what changes in between is seen as a change.
  const looks = wishes.map(({ name }) => resolve(directory, name)).map((path) => [path, lookOf(path)] as const)
  const read = wishes.map((wish) => readOne(wish, directory))
  return {
    looks,
    files: read.filter((one): one is SourceFile => one !== undefined && 'kind' in one),
    problems: read.filter((one): one is Problem => one !== undefined && 'message' in one),
  }
}

/** The files to read when none are named: the usual places, or where variables say. */
export const usualWishes = (variables: Variables): readonly FileWish[] => {
  const named = (variable: string, usual: string, kind: FileKind): FileWish => {
    const name = variables[variable]?.trim()
    return name === undefined || name === '' ? { name: usual, mustExist: false, kind } : { name, mustExist: true, kind }
  }
  return [
    named('TICKSTOCK_CONFIG', usualFiles.own, 'own'),
    named('WEBSOCKET_SUBSCRIPTIONS_FILE', usualFiles.subscriptions, 'subscriptions'),
    named('PROCESSING_CONFIG_FILE', usualFiles.processing, 'processing'),
  ]
}
