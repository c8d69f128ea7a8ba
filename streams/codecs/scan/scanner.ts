import type { AnyCodec } from '../defineCodec.ts'
import { composed, composedBuild } from './composed.ts'
import { generated } from './generated.ts'
import { cursor, type Cursor } from './json.ts'
import { driftsMax, layoutOf, type Layout } from './layout.ts'
import { Names } from './names.ts'
import { createNotes, type Notes } from './notes.ts'
import type { Rows } from './row.ts'
import { unknownKeysMax } from './unknown.ts'

/** What a scan finds beside the fields. But for the notes, of an element that was refused it means nothing. */
export interface Found {
  /** Which of the table's drifts do not hold, one bit each. */
  drifts: number
  /** How many keys the table does not know, and which, by their number among the known names of keys. */
  unknown: number
  readonly unknownKeys: Int32Array
  /** All that rows have brought of both since it was last asked for. */
  readonly notes: Notes
  /** Of a run: how many rows were laid down. */
  count: number
  /** Where a run met an element that it refuses, and why; -1 where it met none. */
  refusedAt: number
  refused: number
  readonly cursor: Cursor
}

/**
 * Looks at the element that begins at `start` and lays it down as a row at `base`. The answer is the position after it, or why
 * not (below 0, see `why.ts`): then nothing was said about it, and the row is anyone's. A closing bracket must stand at `limit`.
 *
 * What it takes, the table's io-ts type takes too, with the same values; the other way round it may take less.
 */
export type Scan = (
  bytes: Buffer,
  start: number,
  limit: number,
  rows: Float64Array,
  base: number,
  found: Found,
) => number

/**
 * Lays down elements that follow each other, each behind one comma, while all is as usual: the first one's row at `base`, and none
 * behind the one at `stop`. The answer is the position after the last one, `found.count` says how many they are; a refusal when it is
 * none. What is odd about them is in `found.notes`; one that it refuses is remembered by `found.refusedAt`.
 */
export type Run = (
  bytes: Buffer,
  from: number,
  limit: number,
  rows: Float64Array,
  base: number,
  stop: number,
  found: Found,
) => number

/**
 * The same for frames of one element each and nothing else, `[{…}]`, from the one numbered `first` on: lays them down until one is
 * different. `found.count` says how many; one whose element it refuses is remembered by `found.refusedAt`.
 */
export type Singles = (
  bytes: Buffer,
  frames: readonly Uint8Array[],
  first: number,
  rows: Float64Array,
  base: number,
  stop: number,
  found: Found,
) => void

/** Makes the event of the row at `base`: the same own fields in the same order as the io-ts type's. */
export type Build = (rows: Rows, base: number, bytes: Buffer, names: readonly string[]) => Record<string, unknown>

/** What is made of one layout, in one of two ways. */
export interface BackEnd {
  readonly scan: Scan
  readonly run: Run
  readonly singles: Singles
  readonly build: Build
}

export interface Scanner extends BackEnd {
  readonly codec: AnyCodec
  readonly layout: Layout
}

/** What all scanners remember: a ticker has one number, whatever the event type. */
export interface Memory {
  readonly tickers: Names
  readonly keys: Names
}

/** How many names of unknown keys are remembered. */
export const keyNamesMax = 1_024

export const memory: Memory = { tickers: new Names(32_768), keys: new Names(keyNamesMax) }

export const createFound = (): Found => ({
  drifts: 0,
  unknown: 0,
  unknownKeys: new Int32Array(unknownKeysMax),
  notes: createNotes(keyNamesMax, driftsMax),
  count: 0,
  refusedAt: -1,
  refused: 0,
  cursor: cursor(),
})

const scanners = new WeakMap<AnyCodec, Scanner>()

/** The scanner of a codec; one for all its decoders, so that what one has warmed is warm for the others. */
export const scannerOf = (codec: AnyCodec): Scanner => {
  let scanner = scanners.get(codec)
  if (scanner === undefined) {
    const layout = layoutOf(codec)
    const fast = layout.isScannable ? generated(layout, memory, composedBuild(layout)) : undefined
    scanner = { codec, layout, ...(fast ?? composed(layout, memory)) }
    scanners.set(codec, scanner)
  }
  return scanner
}

/** The same where making code of text is forbidden. */
export const composedScannerOf = (codec: AnyCodec): Scanner => {
  const layout = layoutOf(codec)
  return { codec, layout, ...composed(layout, memory) }
}
