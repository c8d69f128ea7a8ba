import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Sheet } from './cohorts.ts'
import { FramesFileError } from './errors.ts'

/** One recorded frame. */
export interface RecordedFrame {
  /** Counted from 1. */
  readonly line: number
  /** Arrival, Unix ms. */
  readonly atMs: number
  /** The frame as it arrived. */
  readonly text: string
  readonly sheet: Sheet
}

/** A line longer than this is taken for a file of another kind: no frame of the vendor comes near. */
const lineBytesMax = 16 * 1024 * 1024

const expectedLine = '<arrival time, Unix ms> <frame, a JSON array of objects>'

/** Enough of a line to recognise it by. */
const excerpt = (text: string): string =>
  text === '' ? 'an empty line' : JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** Where each element of a valid JSON array of objects begins and ends: aware of strings and of depth. */
const elementRanges = (text: string): readonly (readonly [from: number, to: number])[] => {
  const ranges: [number, number][] = []
  let depth = 0
  let from = 0
  let quoted = false

  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === 0x5c) at += 1
      else if (code === 0x22) quoted = false
    } else if (code === 0x22) quoted = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth === 2) from = at
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1
      if (depth === 1) ranges.push([from, at + 1])
    }
  }

  return ranges
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A recorded frame as a sheet: parsed to know what each element is, sent as the text it was. */
const sheetOf = (text: string): Sheet | undefined => {
  let elements: unknown
  try {
    elements = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(elements)) return undefined

  const rows: { readonly ev: string; readonly symbol: string }[] = []
  for (const element of elements as readonly unknown[]) {
    if (typeof element !== 'object' || element === null || Array.isArray(element)) return undefined
    // LULD and NOI name their ticker `T` (docs/protocol.md, section 10).
    const { ev, sym, T } = element as { readonly ev?: unknown; readonly sym?: unknown; readonly T?: unknown }
    rows.push({ ev: textOf(ev), symbol: textOf(sym ?? T) })
  }

  let ranges: ReturnType<typeof elementRanges> | undefined
  return {
    length: rows.length,
    ev: (index) => rows[index]?.ev ?? '',
    symbol: (index) => rows[index]?.symbol ?? '',
    wire: (index) => {
      ranges ??= elementRanges(text)
      return text.slice(...(ranges[index] ?? [0, 0]))
    },
    frame: text,
  }
}

const frameOfLine = (path: string, line: number, bytes: Buffer): RecordedFrame => {
  const malformed = (found: string): FramesFileError =>
    new FramesFileError({ path, line, expected: expectedLine, found })
  if (!isUtf8(bytes)) throw malformed('bytes that are not UTF-8 text')

  const whole = bytes.toString()
  const space = whole.indexOf(' ')
  const time = space === -1 ? '' : whole.slice(0, space)
  if (!/^\d{1,15}$/.test(time)) throw malformed(excerpt(whole))

  const text = whole.slice(space + 1)
  const sheet = sheetOf(text)
  if (sheet === undefined) throw malformed(`a frame that is not a JSON array of objects: ${excerpt(text)}`)

  return { line, atMs: Number(time), text, sheet }
}

const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

async function* chunksOf(path: string): AsyncGenerator<Buffer, void, undefined> {
  const gzip = await isGzip(path)
  const file = createReadStream(path)
  try {
    if (gzip) {
      const plain = createGunzip()
      // `pipe` does not hand errors on.
      file.on('error', (error) => plain.destroy(error)).pipe(plain)
      yield* plain as AsyncIterable<Buffer>
    } else yield* file as AsyncIterable<Buffer>
  } finally {
    file.destroy()
  }
}

async function* linesOf(path: string): AsyncGenerator<readonly [line: number, bytes: Buffer], void, undefined> {
  let line = 0
  let rest: Buffer[] = []
  let restBytes = 0

  try {
    for await (const chunk of chunksOf(path)) {
      let from = 0
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
        line += 1
        yield [
          line,
          rest.length === 0 ? chunk.subarray(from, end) : Buffer.concat([...rest, chunk.subarray(from, end)]),
        ]
        rest = []
        restBytes = 0
        from = end + 1
      }
      if (from === chunk.length) continue
      rest.push(chunk.subarray(from))
      restBytes += chunk.length - from
      if (restBytes > lineBytesMax)
        throw new FramesFileError({
          path,
          line: line + 1,
          expected: expectedLine,
          found: `a line longer than ${lineBytesMax} bytes`,
        })
    }
  } catch (error) {
    if (error instanceof FramesFileError) throw error
    const cause = error as NodeJS.ErrnoException
    const expected = cause.code?.startsWith('Z_') === true ? 'whole gzip data' : 'a readable file'
    throw new FramesFileError({
      path,
      ...(line === 0 ? {} : { line: line + 1 }),
      expected,
      found: cause.message,
      cause,
    })
  }

  // The last line need not end.
  if (rest.length > 0) yield [line + 1, Buffer.concat(rest)]
}

/**
 * The frames of a recorded file, one by one, gzip or plain: told by the first two bytes.
 *
 *     1381132800464 [{"ev":"T","sym":"SPY",…},{"ev":"T","sym":"SPY",…}]
 *     1381132800614 [{"ev":"T","sym":"BAC",…}]
 *
 * Reads as it is asked: it holds a chunk of the file and the line at hand. Throws `FramesFileError` at the first line that is not of this form, and where the
 * file cannot be read; everything before has been given by then. Leaving the loop closes the file.
 */
export async function* readFrames(path: string): AsyncGenerator<RecordedFrame, void, undefined> {
  for await (const [line, bytes] of linesOf(path)) yield frameOfLine(path, line, bytes)
}

/** Throws what `readFrames` would throw at the first frame, and when there is none. Gives the arrival time of the first frame, Unix ms. */
export const firstFrameAtMs = async (path: string): Promise<number> => {
  for await (const { atMs } of readFrames(path)) return atMs

  throw new FramesFileError({ path, expected: 'at least one line', found: 'an empty file' })
}
