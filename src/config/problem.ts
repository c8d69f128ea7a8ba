import type * as t from 'io-ts'

import { nearestWord } from '../didYouMean.ts'
import { FromText, KindType, SaidTwice, UnknownKey } from './kind.ts'

/** One thing that is wrong in a configuration, or odd in it. */
export interface Problem {
  /** Where it was read: `environment`, `.env`, the path of a file, `command line`, `code`, or `configuration` for what several of them make together. */
  readonly source: string
  /** The variable, or the path in the file: `subscriptions.per_minute.tickers[2]`. */
  readonly path: string
  /** As it was written; a key is `***`, nothing is `nothing`. */
  readonly found: string
  /** What may stand there. */
  readonly allowed: string
  /** The near miss, where there is one: a word to write instead. */
  readonly suggestion?: string
  /** All of it as one sentence. */
  readonly message: string
}

const shownMax = 80

/** A value for people, on one line and not for ever. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value instanceof FromText) {
    return value.unset.length > 0 && value.text.trim() === ''
      ? `nothing (${value.unset.join(', ')} is not set)`
      : JSON.stringify(value.text).slice(0, shownMax)
  }
  const said = Array.isArray(value) && value.length === 0 ? 'an empty list' : JSON.stringify(value, textsOf)
  return said.length > shownMax ? `${said.slice(0, shownMax)}…` : said
}

const textsOf = (_name: string, value: unknown): unknown => (value instanceof FromText ? value.text : value)

export const problem = (said: Omit<Problem, 'message'>): Problem => {
  const { path, found, allowed, suggestion } = said
  const near = suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  return { ...said, message: `${path === '' ? '' : `${path}: `}found ${found}, expected ${allowed}${near}` }
}

/** `frequencies.per_second.tickers[2]` */
export const pathOf = (keys: readonly string[]): string =>
  keys.reduce((so, one) => (/^\d+$/.test(one) ? `${so}[${one}]` : so === '' ? one : `${so}.${one}`), '')

/** Letters alone: `max_tickers` and `maxTickers` are nearly the same. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** The word that was probably meant, if any is near. */
export const nearest = (word: string, words: readonly string[]): string | undefined => {
  const own = plain(word)
  const alike = words.find((one) => plain(one) === own && one !== word)
  return alike ?? nearestWord(word, words) ?? nearestWord(word.toLowerCase(), words)
}

/** What io-ts found, one by one; values of keys, and of what is not known, stay out of it. */
export const problemsOf = (source: string, errors: t.Errors): readonly Problem[] =>
  errors.map(({ value, context }) => {
    const path = pathOf(context.map(({ key }) => key).filter((name) => name !== ''))
    const last = context.at(-1)
    const type = last?.type
    if (type instanceof UnknownKey) {
      const suggestion = nearest(last?.key ?? '', type.known)
      return problem({
        source,
        path,
        found: 'a key that is not known',
        allowed: type.name,
        ...(suggestion === undefined ? {} : { suggestion }),
      })
    }
    if (type instanceof SaidTwice) return problem({ source, path, found: 'both', allowed: type.name })

    const word = value instanceof FromText ? value.text : value
    const suggestion =
      type instanceof KindType && !type.isSecret && typeof word === 'string' ? nearest(word, type.words) : undefined
    return problem({
      source,
      path,
      found: type instanceof KindType && type.isSecret && value !== undefined ? foundKey(value) : shown(value),
      allowed: type?.name ?? 'something else',
      ...(suggestion === undefined ? {} : { suggestion }),
    })
  })

const foundKey = (value: unknown): string => {
  const word = value instanceof FromText ? value.text : value
  return typeof word !== 'string' ? `a ${typeof word}` : word.trim() === '' ? 'an empty text' : '***'
}

/** Everything that is wrong, at once. */
export class ConfigurationError extends Error {
  readonly _tag = 'ConfigurationError'
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]

  constructor(problems: readonly Problem[], warnings: readonly Problem[] = []) {
    super(
      [
        `the configuration has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:`,
        ...problems.map(({ source, message }) => `  ${source}: ${message}`),
      ].join('\n'),
    )
    this.name = 'ConfigurationError'
    this.problems = problems
    this.warnings = warnings
  }
}
