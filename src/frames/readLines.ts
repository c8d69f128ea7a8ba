import { createReadStream, statSync } from 'node:fs'
import { constants, createGunzip } from 'node:zlib'

import { FramesFileError } from './framesFileError.ts'
import { nextPartPath } from './parts.ts'
import { expectedLine, type RecordedLine, recordedLineOf } from './recordedLine.ts'
import { recordingHeadOf } from './recordingHead.ts'

/** How far the reading of a file has come. */
export interface ReadMeter {
  /** Of the files as they lie there, over all parts. */
  bytes: number
  bytesTotal: number
  /** The part that is being read. */
  path: string
}

export const readMeter = (path: string): ReadMeter => ({ bytes: 0, bytesTotal: 0, path })

/** A line longer than this is taken for a file of another kind: no frame of the vendor comes near. */
const lineBytesMax = 16 * 1024 * 1024

/** Plain bytes at a time. */
const chunkBytes = 64 * 1024

interface Part {
  readonly path: string
  readonly isGzip: boolean
  /** A recorder that was killed leaves the last of it half written; a file without its marks has no business to be so. */
  readonly mayBeCut: boolean
}

async function* chunksOf({ path, isGzip, mayBeCut }: Part, meter: ReadMeter): AsyncGenerator<Buffer, void, undefined> {
  const file = createReadStream(path)
  const before = meter.bytes
  try {
    if (isGzip) {
      const plain = createGunzip({
        chunkSize: chunkBytes,
        finishFlush: mayBeCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH,
      })
      // `pipe` does not hand errors on.
      file.on('error', (error) => plain.destroy(error)).pipe(plain)
      for await (const chunk of plain as AsyncIterable<Buffer>) {
        meter.bytes = before + file.bytesRead
        yield chunk
      }
    } else {
      for await (const chunk of file as AsyncIterable<Buffer>) {
        meter.bytes = before + file.bytesRead
        yield chunk
      }
    }
  } finally {
    file.destroy()
  }
}

async function* linesOf(part: Part, meter: ReadMeter): AsyncGenerator<readonly RecordedLine[], void, undefined> {
  const { path, mayBeCut } = part
  let line = 0
  let rest: Buffer[] = []
  let restBytes = 0
  let lines: RecordedLine[] = []
  let failure: FramesFileError | undefined

  const take = (bytes: Buffer): void => {
    line += 1
    const read = recordedLineOf(path, line, bytes)
    if (read !== undefined) lines.push(read)
  }

  const takeAll = (chunk: Buffer): void => {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      const last = chunk.subarray(from, end)
      take(rest.length === 0 ? last : Buffer.concat([...rest, last]))
      rest = []
      restBytes = 0
      from = end + 1
    }
    if (from === chunk.length) return
    rest.push(chunk.subarray(from))
    restBytes += chunk.length - from
    if (restBytes <= lineBytesMax) return
    const found = `a line longer than ${lineBytesMax} bytes`
    throw new FramesFileError({ path, line: line + 1, expected: expectedLine, found })
  }

  try {
    for await (const chunk of chunksOf(part, meter)) {
      try {
        takeAll(chunk)
      } catch (error) {
        failure = error as FramesFileError
        break
      }
      if (lines.length === 0) continue
      yield lines
      lines = []
    }
    // The last line need not end, save where it shows that the writing was cut off.
    if (failure === undefined && rest.length > 0 && !mayBeCut) take(Buffer.concat(rest))
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    const at = line === 0 ? {} : { line: line + 1 }
    const expected = cause.code?.startsWith('Z_') === true ? 'whole gzip data' : 'a readable file'
    failure =
      error instanceof FramesFileError
        ? error
        : new FramesFileError({ path, ...at, expected, found: cause.message, cause })
  }

  // What stands before it is given, always.
  if (lines.length > 0) yield lines
  if (failure !== undefined) throw failure
}

/**
 * The lines of a recorded file, some at a time: frames, and the marks between them; gzip or plain, told by the first two bytes.
 *
 *     1381132800464 [{"ev":"T","sym":"SPY",…},{"ev":"T","sym":"SPY",…}]
 *     1381132800614 [{"ev":"T","sym":"BAC",…}]
 *
 * A recording goes on in its next part, `today-2.frames.gz` behind `today.frames.gz`, as long as there is one; and its end may be cut off,
 * as by the end of the process that wrote it: then its whole lines are given. (It has no mark `end` then.)
 *
 * Reads as it is asked: it holds a chunk of the file and its lines. Throws `FramesFileError` at the first line that is not of this form, and
 * where the file cannot be read; everything before has been given by then. Leaving the loop closes the file.
 */
export async function* readLines(
  path: string,
  meter: ReadMeter = readMeter(path),
): AsyncGenerator<readonly RecordedLine[], void, undefined> {
  for (let next: string | undefined = path; next !== undefined;) {
    const own: string = next
    const { isGzip, part } = recordingHeadOf(own)
    meter.path = own
    meter.bytesTotal = meter.bytes + bytesFrom(own, part)
    yield* linesOf({ path: own, isGzip, mayBeCut: part !== undefined }, meter)
    next = part === undefined ? undefined : nextPartPath(own, part)
  }
}

/** Of this part and those behind it, as they are now. */
const bytesFrom = (path: string, part: number | undefined): number => {
  let bytes = 0
  for (let next: string | undefined = path, at = part ?? 1; next !== undefined; at += 1) {
    bytes += statSync(next).size
    next = part === undefined ? undefined : nextPartPath(next, at)
  }
  return bytes
}
