import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'

import { FramesFileError } from './framesFileError.ts'
import type { Mark } from './mark.ts'
import { partsOf } from './parts.ts'
import { expectedLine, recordedLineOf } from './recordedLine.ts'

/** What a recorded file says before its first frame. */
export interface RecordingHead {
  readonly isGzip: boolean
  /** Which part of a recording it is; undefined for a file that no recorder wrote: frames alone. */
  readonly part: number | undefined
  /** The links that the recorder had when it began this part. */
  readonly links: readonly Extract<Mark, { readonly kind: 'link' }>[]
  /** The time of the first line, Unix ms. */
  readonly firstMs: number
}

/** Of the file, until the first frame is among it: most need the first. */
const looks = [64 * 1024, 1024 * 1024, 32 * 1024 * 1024] as const

const begin = (path: string, bytesMax: number): Buffer => {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(bytesMax)
    return buffer.subarray(0, readSync(file, buffer, 0, bytesMax, 0))
  } finally {
    closeSync(file)
  }
}

export const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const unzipped = (path: string, bytes: Buffer, finishFlush: number): Buffer => {
  try {
    return gunzipSync(bytes, { finishFlush })
  } catch (error) {
    const cause = error as Error
    throw new FramesFileError({ path, expected: 'whole gzip data', found: cause.message, cause })
  }
}

/** What stands where no file is: its other parts may be there, when the oldest were deleted. */
const whereItIs = (path: string): string => {
  const [oldest] = partsOf(path)
  return oldest === undefined ? '' : `; the oldest part there is ${basename(oldest.path)}`
}

/** Reads as much of the file as it takes, at once. Throws `FramesFileError` for what is no such file. */
export const recordingHeadOf = (path: string): RecordingHead => {
  let bytes: Buffer
  let plain: Buffer
  const links: Extract<Mark, { readonly kind: 'link' }>[] = []

  for (const bytesMax of looks) {
    try {
      bytes = begin(path, bytesMax)
    } catch (error) {
      const cause = error as NodeJS.ErrnoException
      const hint = cause.code === 'ENOENT' ? whereItIs(path) : ''
      throw new FramesFileError({ path, expected: 'a readable file', found: `${cause.message}${hint}`, cause })
    }
    const gzip = isGzip(bytes)
    // The end of the data is missing, most times: what there is of it is enough.
    plain = gzip ? unzipped(path, bytes, constants.Z_SYNC_FLUSH) : bytes
    const isWhole = bytes.length < bytesMax
    links.length = 0
    let part: number | undefined
    let firstMs: number | undefined
    let line = 0
    for (let from = 0; from < plain.length;) {
      const end = plain.indexOf(0x0a, from)
      // A last line without its end: cut off, in a recording or in what has been looked at; else the file has to be whole.
      if (end === -1 && (!isWhole || part !== undefined)) break
      if (end === -1 && gzip) unzipped(path, bytes, constants.Z_FINISH)
      line += 1
      const read = recordedLineOf(path, line, plain.subarray(from, end === -1 ? plain.length : end))
      firstMs ??= read?.atMs
      if (read?.kind === 'mark' && read.mark.kind === 'recording') part ??= read.mark.part
      if (read?.kind === 'mark' && read.mark.kind === 'link') links.push(read.mark)
      if (read?.kind === 'frame') return { isGzip: gzip, part, links, firstMs: firstMs ?? read.atMs }
      from = end === -1 ? plain.length : end + 1
    }
    if (!isWhole) continue
    if (firstMs !== undefined) return { isGzip: gzip, part, links, firstMs }
    if (gzip) throw new FramesFileError({ path, expected: 'whole gzip data', found: 'not one whole line in it' })
    throw new FramesFileError({ path, expected: 'at least one line', found: 'an empty file' })
  }
  throw new FramesFileError({ path, line: 1, expected: expectedLine, found: 'no frame for megabytes' })
}
