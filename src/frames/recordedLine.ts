import { isUtf8 } from 'node:buffer'

import { FramesFileError } from './framesFileError.ts'
import { type Mark, markOf } from './mark.ts'

/** One frame as it arrived. */
export interface FrameLine {
  readonly kind: 'frame'
  /** Counted from 1, anew in each part. */
  readonly line: number
  /** Arrival, Unix ms. */
  readonly atMs: number
  /** The number of its link; 1 where none is written. */
  readonly link: number
  readonly bytes: Buffer
}

/** Something that stands between the frames. */
export interface MarkLine {
  readonly kind: 'mark'
  readonly line: number
  readonly atMs: number
  readonly mark: Mark
}

export type RecordedLine = FrameLine | MarkLine

/** What a line of a file may be. */
export const expectedLine = '<arrival time, Unix ms> <frame, a JSON array of objects>'

const space = 0x20
const newline = 0x0a
const bracket = 0x5b
const brace = 0x7b
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Enough of a line to recognise it by. */
export const excerpt = (text: string): string =>
  text === '' ? 'an empty line' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** The number at `from` with the place behind the space that ends it; undefined when there is none of at most `digits` digits. */
const numberAt = (bytes: Buffer, from: number, digits: number): readonly [value: number, next: number] | undefined => {
  let value = 0
  let at = from
  for (; at - from < digits && isDigit(bytes[at]); at += 1) value = value * 10 + ((bytes[at] as number) - 0x30)
  return at > from && bytes[at] === space ? [value, at + 1] : undefined
}

/** As a sentence says it. */
export const noFrame = (text: string): string => `a frame that is not a JSON array of objects: ${excerpt(text)}`

const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Frames that cannot stand on a line as they are: with a line break in them, no UTF-8, or no array at all. */
const carriedFrame = (
  object: Readonly<Record<string, unknown>>,
): { readonly link: number; readonly bytes: Buffer } | undefined => {
  const { kind, link, base64 } = object
  return kind === 'frame' && typeof base64 === 'string' && typeof link === 'number'
    ? { link, bytes: Buffer.from(base64, 'base64') }
    : undefined
}

/**
 * A line of a recorded file.
 *
 *     1381132800464 [{"ev":"T","sym":"SPY",…},…]         a frame of link 1
 *     1381132800470 2 [{"ev":"FMV","sym":"SPY",…}]       a frame of link 2
 *     1381132800475 {"kind":"lost","link":1,…}           a mark
 *
 * Undefined for a mark of a kind that is not known here. Throws `FramesFileError` for what is no such line.
 */
export const recordedLineOf = (path: string, line: number, bytes: Buffer): RecordedLine | undefined => {
  const malformed = (found: string): FramesFileError =>
    new FramesFileError({ path, line, expected: expectedLine, found })
  if (!isUtf8(bytes)) throw malformed('bytes that are not UTF-8 text')

  const time = numberAt(bytes, 0, 15)
  if (time === undefined) throw malformed(excerpt(bytes.toString()))
  const [atMs, begin] = time
  const number = numberAt(bytes, begin, 9)
  const [link, from] = number ?? [1, begin]
  // White space before the bracket is JSON too.
  let first = from
  while (bytes[first] === space || bytes[first] === 0x09) first += 1

  if (bytes[first] === bracket && link >= 1) return { kind: 'frame', line, atMs, link, bytes: bytes.subarray(from) }
  const text = bytes.toString('utf8', from)
  const object = bytes[first] === brace && number === undefined ? objectOf(text) : undefined
  if (object === undefined || !('kind' in object)) throw malformed(noFrame(text))
  const carried = carriedFrame(object)
  if (carried !== undefined) return { kind: 'frame', line, atMs, ...carried }
  const mark = markOf(object)
  if (typeof mark === 'string') throw malformed(mark)

  return mark === undefined ? undefined : { kind: 'mark', line, atMs, mark }
}

/** A frame as its line, whatever its bytes are. */
export const lineOfFrame = (atMs: number, link: number, bytes: Buffer): readonly Buffer[] => {
  const stands = bytes[0] === bracket && !bytes.includes(newline) && isUtf8(bytes)
  if (!stands) return [lineOfObject(atMs, { kind: 'frame', link, base64: bytes.toString('base64') })]

  return [Buffer.from(link === 1 ? `${String(atMs)} ` : `${String(atMs)} ${String(link)} `), bytes, lineEnd]
}

const lineEnd = Buffer.from('\n')

const lineOfObject = (atMs: number, object: object): Buffer =>
  Buffer.from(`${String(atMs)} ${JSON.stringify(object)}\n`)

export const lineOfMark = (atMs: number, mark: Mark): Buffer => lineOfObject(atMs, mark)
