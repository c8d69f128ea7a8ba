import type { EventLike } from '../model.ts'
import type { Annotations, Batch, Choice, Sheet, Source } from './batch.ts'
import { observable, subscribable } from './interop.ts'
import { originOf, stamp } from './origin.ts'
import type { TickerPlaces } from './tickerPlaces.ts'
import type { TickerSet } from './tickerSet.ts'

const comma = 0x2c

/**
 * A batch: chosen positions of a sheet. A class, though it is no error, because there is one per frame and type on the busiest
 * path: methods on a prototype cost nothing per batch, a dozen closures would.
 */
export class View<E extends EventLike = EventLike> implements Batch<E>, Choice {
  readonly eventType: string
  readonly length: number
  #sheet: Sheet
  // Positions in the sheet; without them the view is the range that begins at #from.
  #picks: Int32Array | undefined
  #from: number
  #wireBytes: number | undefined

  constructor(sheet: Sheet, from: number, length: number, picks?: Int32Array) {
    this.eventType = sheet.eventType
    this.length = length
    this.#sheet = sheet
    this.#from = from
    this.#picks = picks
  }

  /** The position of the i-th event in the sheet; whoever asks has checked the index. */
  k(i: number): number {
    return this.#picks === undefined ? this.#from + i : (this.#picks[i] as number)
  }

  /** The sheet behind the i-th event and its position there. */
  locate(i: number): Source {
    return { sheet: this.#sheet, k: this.#k(i) }
  }

  symbol(i: number): string {
    return this.#sheet.symbol(this.#k(i))
  }

  atMs(i: number): number {
    return this.#sheet.atMs(this.#k(i))
  }

  number(i: number, field: string): number {
    return this.#sheet.number(this.#k(i), field)
  }

  wire(i: number): Uint8Array {
    return this.#sheet.wire(this.#k(i))
  }

  wireLength(i: number): number {
    const k = this.#k(i)
    // An operator's event has none before it is encoded, a frame's element has its braces at least.
    return this.#sheet.wireLength(k) || this.#sheet.wire(k).length
  }

  copyWire(target: Buffer, at: number, from = 0, to: number = this.length): number {
    if (from < 0 || to > this.length || from > to)
      throw new RangeError(`No events ${from} to ${to} in a batch of ${this.length} (${this.eventType}).`)
    let needed = to - from - 1
    if (from === 0 && to === this.length && this.#wireBytes !== undefined) needed += this.#wireBytes
    else for (let i = from; i < to; i += 1) needed += this.wireLength(i)
    if (at < 0 || at + needed > target.length)
      throw new RangeError(`No room for ${needed} bytes at ${at} of ${target.length}.`)
    if (from === to) return at
    if (this.#picks === undefined) return this.#sheet.copyWire(target, at, this.#from + from, to - from)
    let end = this.#sheet.copyWire(target, at, this.k(from), 1)
    for (let i = from + 1; i < to; i += 1) {
      target[end] = comma
      end = this.#sheet.copyWire(target, end + 1, this.k(i), 1)
    }
    return end
  }

  at(i: number): E {
    // Only decoders and batchesOf make batches, each with the events of its type.
    return this.#sheet.event(this.#k(i)) as E
  }

  *[Symbol.iterator](): Iterator<E> {
    for (let i = 0; i < this.length; i += 1) yield this.at(i)
  }

  [observable](): object {
    return subscribable(this)
  }

  slice(from: number, to: number = this.length): Batch<E> {
    const start = bounded(from, this.length)
    const end = Math.max(start, bounded(to, this.length))
    if (start === 0 && end === this.length) return this
    const picks = this.#picks?.subarray(start, end)
    return new View<E>(this.#sheet, this.#from + start, end - start, picks)
  }

  select(indices: readonly number[]): Batch<E> {
    const picks = new Int32Array(indices.length)
    for (let i = 0; i < picks.length; i += 1) picks[i] = this.#k(indices[i] as number)
    return new View<E>(this.#sheet, 0, picks.length, picks)
  }

  filter(keep: (batch: Batch<E>, i: number) => boolean): Batch<E> {
    let kept = 0
    while (kept < this.length && keep(this, kept)) kept += 1
    if (kept === this.length) return this
    // Made for the first one that is left out: mostly none is.
    const picks = new Int32Array(this.length)
    for (let i = 0; i < kept; i += 1) picks[i] = this.k(i)
    for (let i = kept + 1; i < this.length; i += 1) {
      if (!keep(this, i)) continue
      picks[kept] = this.k(i)
      kept += 1
    }
    // A few out of many are copied, not to keep the places of all.
    return new View<E>(this.#sheet, 0, kept, 2 * kept < this.length ? picks.slice(0, kept) : picks.subarray(0, kept))
  }

  of(tickers: TickerSet): Batch<E> {
    for (let i = 0; i < this.length; i += 1)
      if (!this.#sheet.isOf(tickers, this.k(i))) return this.filter((_all, k) => this.#sheet.isOf(tickers, this.k(k)))
    return this
  }

  /** The place of the i-th event's ticker; whoever asks has checked the index. */
  placeOf(places: TickerPlaces, i: number): number {
    return this.#sheet.placeOf(places, this.k(i))
  }

  get wireBytes(): number {
    if (this.#wireBytes !== undefined) return this.#wireBytes
    if (this.#picks === undefined) {
      const bytes = this.#sheet.ownBytes(this.#from, this.length)
      if (!Number.isNaN(bytes)) return (this.#wireBytes = bytes)
    }
    let sum = 0
    let known = true
    for (let i = 0; i < this.length; i += 1) {
      const bytes = this.#sheet.wireLength(this.k(i))
      sum += bytes
      // An element has at least its braces: none yet means that the sum is still growing.
      known &&= bytes > 0
    }
    if (known) this.#wireBytes = sum
    return sum
  }

  get pinnedBytes(): number {
    return this.#sheet.pinnedBytes(this)
  }

  get wireBlock(): ArrayBufferLike | undefined {
    return this.#sheet.wireBlock
  }

  get valueBlock(): ArrayBufferLike | undefined {
    return this.#sheet.valueBlock
  }

  /** How much of those blocks is its own; of the first perhaps a little less. */
  get wireShare(): number {
    return this.#sheet.wireBytes(this)
  }

  get valueShare(): number {
    return this.#sheet.valueBytes(this)
  }

  /** Adds the memory that it keeps alive. */
  addBlocks(wire: Set<ArrayBufferLike>, values: Set<ArrayBufferLike>): void {
    for (let i = 0; i < this.length; i += 1) this.#sheet.addBlocks(this.k(i), wire, values)
  }

  detach(): void {
    if (this.#sheet.exact && this.length === this.#sheet.length && this.#picks === undefined) return
    this.#sheet = this.#sheet.detached(this)
    this.#picks = undefined
    this.#from = 0
    // Or the link from a kept event to its bytes would hold the old ones.
    for (let i = 0; i < this.length; i += 1) {
      const event = this.#sheet.built(i)
      if (event !== undefined && originOf(event) !== undefined) stamp(event, this, i)
    }
  }

  annotate(annotations: Annotations): void {
    this.#sheet.annotate(this, annotations)
  }

  #k(i: number): number {
    if (!(i >= 0 && i < this.length && Number.isInteger(i))) {
      throw new RangeError(`No event ${i} in a batch of ${this.length} (${this.eventType}).`)
    }
    return this.k(i)
  }
}

const bounded = (index: number, length: number): number =>
  index < 0 ? Math.max(0, length + Math.trunc(index)) : Math.min(length, Math.trunc(index))

/**
 * Gives the events of a batch what the stream knows about them, for every view of the same elements, without building any.
 * Throws an Error when one of them has been built already (it may be in someone's hands), a RangeError when the lists do
 * not fit the batch or its event type has no such annotation.
 */
export const annotate = (batch: Batch, annotations: Annotations): void => {
  decodedView(batch).annotate(annotations)
}

/** The same batch, for who looks at it by position. */
export const decodedView = (batch: Batch): View => {
  if (!(batch instanceof View)) throw new TypeError('Only batches made by decodeFrame can be annotated.')
  return batch as View
}
