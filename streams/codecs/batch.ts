import type { EventLike } from '../model.ts'
import type { TickerPlaces } from './tickerPlaces.ts'
import type { TickerSet } from './tickerSet.ts'

/**
 * The events of one type out of one frame, or of several small ones that came at once, in order: a view over bytes that makes an event when someone looks.
 *
 * `length`, `symbol`, `atMs`, `number` and `wire` build no event. `at` and iteration build each event once and keep it:
 * `at(i) === at(i)`, in this batch and in every slice and selection of it. An index outside the batch is a RangeError.
 */
export interface Batch<E extends EventLike = EventLike> extends Iterable<E> {
  readonly eventType: string
  readonly length: number
  /** The ticker of the i-th event. */
  symbol(i: number): string
  /**
   * When the i-th event happened, Unix milliseconds: `atMs` for trades, quotes and fair market values, `endMs` for bars,
   * because a bar is a fact only when its window has ended (by its start every minute bar would look a minute old).
   * NaN for an operator's event that has neither.
   */
  atMs(i: number): number
  /** A numeric field of the i-th event by its event name, annotations included; NaN where it has none. Builds no event. */
  number(i: number, field: string): number
  /**
   * The i-th element's own bytes, as received, byte for byte; they are never overwritten. For an event an operator made,
   * what `encodeEvent` makes of it, made once; throws its EncodeError.
   */
  wire(i: number): Uint8Array
  /** How many bytes `wire(i)` has, without making a view of them. */
  wireLength(i: number): number
  /**
   * Writes the elements from `from` to before `to` (default: all) into `target` at `at`, as `wire` has them, a comma between each two;
   * returns the place behind them. What lies in one piece is copied in one piece: so a batch is passed on without an object for
   * each event. Takes their bytes and a comma less than there are events; a target too small for that is a RangeError.
   */
  copyWire(target: Buffer, at: number, from?: number, to?: number): number
  at(i: number): E
  /** Like `Array.slice`: a view of a range, no copy. */
  slice(from: number, to?: number): Batch<E>
  /** A view of some, in the order given. */
  select(indices: readonly number[]): Batch<E>
  /** A view of those kept; this batch itself when all are. */
  filter(keep: (batch: Batch<E>, i: number) => boolean): Batch<E>
  /** Those of these tickers; this batch itself when all are. */
  of(tickers: TickerSet): Batch<E>
  /** The sum of the elements' own bytes, as far as there are any: an operator's event has none before its first `wire`. */
  readonly wireBytes: number
  /**
   * The bytes of all memory blocks those bytes keep alive: at least `wireBytes`, often a whole socket chunk. Or, where that is
   * more, of the blocks of 64 KB in which the decoded values lie among other frames': both go with `detach`.
   */
  readonly pinnedBytes: number
  /**
   * Copies the elements' own bytes into one block, a comma between each two, and lets the rest go, in place and once. Bytes and
   * built events stay what they were; other views of the same frame are not touched, and an event built later is built
   * by each for itself.
   */
  detach(): void
}

/** What the stream knows about events and the wire does not say. One entry per event of the batch. */
export interface Annotations {
  /** For bars: 0 for the first of its window, then 1, 2, … */
  readonly revisions?: ArrayLike<number>
  /** For bars: not 0 where the window is out of the memory that numbers revisions. */
  readonly late?: ArrayLike<number>
  /** The whole batch did not come from the live feed. */
  readonly backfilled?: boolean
}

/** Some positions in a sheet: `k(i)` is the i-th. */
export interface Choice {
  readonly length: number
  k(i: number): number
}

/** A position in a sheet. */
export interface Source {
  readonly sheet: Sheet
  readonly k: number
}

/**
 * What batches look at: the elements themselves. A batch is a choice of positions in a sheet, so slices and selections share
 * everything. There are two: elements of a frame, and events made by operators.
 */
export interface Sheet {
  readonly eventType: string
  readonly length: number
  symbol(k: number): string
  /** Whether its ticker is one of these. */
  isOf(tickers: TickerSet, k: number): boolean
  /** The place of its ticker. */
  placeOf(places: TickerPlaces, k: number): number
  atMs(k: number): number
  number(k: number, field: string): number
  wire(k: number): Uint8Array
  /** Writes so many elements from `k` on, which follow each other, a comma between each two; returns the place behind them. */
  copyWire(target: Buffer, at: number, k: number, count: number): number
  /** The bytes of so many elements from `k` on; NaN where one has none before it is encoded. */
  ownBytes(k: number, count: number): number
  /** The bytes there are without encoding anything. */
  wireLength(k: number): number
  event(k: number): EventLike
  /** The event if it has been built. */
  built(k: number): EventLike | undefined
  /** Where the bytes of this position really come from: this sheet or the one before the operators. */
  source(k: number): Source
  /**
   * The one block in which the bytes of all its elements lie among others', and the one of their values; undefined where there is no
   * such block, or more than one.
   */
  readonly wireBlock: ArrayBufferLike | undefined
  readonly valueBlock: ArrayBufferLike | undefined
  /** How much of those blocks these positions take: at least that, up to what lies between them. */
  wireBytes(choice: Choice): number
  valueBytes(choice: Choice): number
  /** Adds the memory blocks this position keeps alive: of its bytes, and of values that lie among others'. */
  addBlocks(k: number, wire: Set<ArrayBufferLike>, values: Set<ArrayBufferLike>): void
  /** What `Batch.pinnedBytes` says of these positions. */
  pinnedBytes(choice: Choice): number
  annotate(choice: Choice, annotations: Annotations): void
  /** A sheet of these positions alone whose bytes lie in a block of their own. */
  detached(choice: Choice): Sheet
  /** True when nothing but this sheet's own elements is in its memory blocks. */
  readonly exact: boolean
}
