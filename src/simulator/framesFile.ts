import { elementNames, elementRanges } from '../frames/elements.ts'
import { FramesFileError } from '../frames/framesFileError.ts'
import { readLines } from '../frames/readLines.ts'
import { expectedLine, noFrame } from '../frames/recordedLine.ts'
import type { Sheet } from './cohorts.ts'

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

/** A recorded frame as a sheet: parsed to know what each element is, sent as the text it was. */
const sheetOf = (text: string): Sheet | undefined => {
  const names = elementNames(text)
  if (names === undefined) return undefined

  let ranges: ReturnType<typeof elementRanges> | undefined
  return {
    length: names.length,
    ev: (index) => names[index]?.ev ?? '',
    symbol: (index) => names[index]?.symbol ?? '',
    wire: (index) => {
      ranges ??= elementRanges(text)
      return text.slice(...(ranges[index] ?? [0, 0]))
    },
    frame: text,
  }
}

/**
 * The frames of a recorded file, one by one, gzip or plain: told by the first two bytes.
 *
 *     1381132800464 [{"ev":"T","sym":"SPY",…},{"ev":"T","sym":"SPY",…}]
 *     1381132800614 [{"ev":"T","sym":"BAC",…}]
 *
 * The marks of a recording, and which link a frame came by, are passed over: everything is one wire here.
 *
 * Reads as it is asked: it holds a chunk of the file and its lines. Throws `FramesFileError` at the first line that is not of this form, and where the
 * file cannot be read; everything before has been given by then. Leaving the loop closes the file.
 */
export async function* readFrames(path: string): AsyncGenerator<RecordedFrame, void, undefined> {
  for await (const lines of readLines(path)) {
    for (const one of lines) {
      if (one.kind === 'mark') continue
      const { line, atMs, bytes } = one
      const text = bytes.toString()
      const sheet = sheetOf(text)
      if (sheet === undefined) throw new FramesFileError({ path, line, expected: expectedLine, found: noFrame(text) })
      yield { line, atMs, text, sheet }
    }
  }
}

/** Throws what `readFrames` would throw at the first frame, and when there is none. Gives the arrival time of the first frame, Unix ms. */
export const firstFrameAtMs = async (path: string): Promise<number> => {
  for await (const { atMs } of readFrames(path)) return atMs

  throw new FramesFileError({ path, expected: 'at least one frame', found: 'none' })
}
