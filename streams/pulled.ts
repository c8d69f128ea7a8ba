import type { Batch } from './codecs/batch.ts'
import { observable, subscribable } from './codecs/interop.ts'
import type { TickerSet } from './codecs/tickerSet.ts'
import type { EventLike, Gap } from './model.ts'

/**
 * What one pull gives: a batch with its place in the lane. The offsets `from` (inclusive) to `to` (exclusive) are
 * consecutive; event `i` has the offset `from + i`.
 */
export interface Pulled<E extends EventLike = EventLike> extends Batch<E> {
  readonly from: number
  readonly to: number
  /** Events this reader lost right before `from`, because it was slower than the lane is long. */
  readonly lostBefore: number
  /** The gap that lies right before `from`: the vendor may have sent something there that never came. */
  readonly gapBefore?: Gap
}

export interface Place {
  readonly from: number
  readonly lostBefore: number
  readonly gapBefore?: Gap
}

/** Joins parts of one lane, in order, without copying: each part stays the view it was. */
export const pulled = <E extends EventLike>(eventType: string, parts: readonly Batch<E>[], place: Place): Pulled<E> =>
  new PulledParts(eventType, parts, place)

const comma = 0x2c

// A class for the same reason as the batches it joins: one is made per pull, and methods on a prototype cost nothing then.
class Parts<E extends EventLike> implements Batch<E> {
  readonly eventType: string
  readonly length: number
  readonly #parts: readonly Batch<E>[]
  readonly #starts: readonly number[]
  #last = 0

  constructor(eventType: string, parts: readonly Batch<E>[]) {
    const starts: number[] = []
    let length = 0
    for (const part of parts) {
      starts.push(length)
      length += part.length
    }
    this.eventType = eventType
    this.length = length
    this.#parts = parts
    this.#starts = starts
  }

  symbol(i: number): string {
    const part = this.#partOf(i)
    return this.#part(part).symbol(i - this.#start(part))
  }

  atMs(i: number): number {
    const part = this.#partOf(i)
    return this.#part(part).atMs(i - this.#start(part))
  }

  number(i: number, field: string): number {
    const part = this.#partOf(i)
    return this.#part(part).number(i - this.#start(part), field)
  }

  wire(i: number): Uint8Array {
    const part = this.#partOf(i)
    return this.#part(part).wire(i - this.#start(part))
  }

  wireLength(i: number): number {
    const part = this.#partOf(i)
    return this.#part(part).wireLength(i - this.#start(part))
  }

  copyWire(target: Buffer, at: number, from = 0, to = this.length): number {
    if (from < 0 || to > this.length || from > to)
      throw new RangeError(
        `no events ${String(from)} to ${String(to)} in a batch of ${String(this.length)} ${this.eventType}`,
      )
    let end = at
    for (let p = from < to ? this.#partOf(from) : this.#parts.length; p < this.#parts.length; p += 1) {
      const start = this.#start(p)
      if (start >= to) break
      const part = this.#part(p)
      const first = Math.max(from - start, 0)
      const last = Math.min(to - start, part.length)
      if (first >= last) continue
      if (end > at) end = target.writeUInt8(comma, end)
      end = part.copyWire(target, end, first, last)
    }
    return end
  }

  at(i: number): E {
    const part = this.#partOf(i)
    return this.#part(part).at(i - this.#start(part))
  }

  *[Symbol.iterator](): Generator<E, void> {
    for (const part of this.#parts) yield* part
  }

  // For `from(batch)` and `mergeMap((batch) => batch)`: RxJS takes what has a length for an array.
  [observable](): object {
    return subscribable(this)
  }

  slice(from: number, to = this.length): Batch<E> {
    const first = placeIn(from, this.length)
    const last = placeIn(to, this.length)
    if (first === 0 && last === this.length) return this
    const parts: Batch<E>[] = []
    this.#parts.forEach((part, p) => {
      const start = this.#start(p)
      const begin = Math.max(first - start, 0)
      const end = Math.min(last - start, part.length)
      if (begin < end) parts.push(begin === 0 && end === part.length ? part : part.slice(begin, end))
    })
    return new Parts(this.eventType, parts)
  }

  select(indices: readonly number[]): Batch<E> {
    const parts: Batch<E>[] = []
    let run: number[] = []
    let current = -1
    for (const i of indices) {
      const part = this.#partOf(i)
      if (part !== current && run.length > 0) {
        parts.push(this.#part(current).select(run))
        run = []
      }
      current = part
      run.push(i - this.#start(part))
    }
    if (run.length > 0) parts.push(this.#part(current).select(run))
    return new Parts(this.eventType, parts)
  }

  filter(keep: (batch: Batch<E>, i: number) => boolean): Batch<E> {
    const kept = this.#parts.map((part) => part.filter(keep))
    return kept.every((part, p) => part === this.#parts[p]) ? this : new Parts(this.eventType, kept)
  }

  of(tickers: TickerSet): Batch<E> {
    const kept = this.#parts.map((part) => part.of(tickers))
    return kept.every((part, p) => part === this.#parts[p]) ? this : new Parts(this.eventType, kept)
  }

  get wireBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.wireBytes, 0)
  }

  get pinnedBytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.pinnedBytes, 0)
  }

  detach(): void {
    for (const part of this.#parts) part.detach()
  }

  #part(p: number): Batch<E> {
    return this.#parts[p] as Batch<E>
  }

  #start(p: number): number {
    return this.#starts[p] as number
  }

  #partOf(i: number): number {
    if (!(i >= 0 && i < this.length)) {
      throw new RangeError(`no event ${String(i)} in a batch of ${String(this.length)} ${this.eventType}`)
    }
    // Reading goes forwards: the part of the last look, or the next one, is almost always it.
    let p = this.#last
    if (i < this.#start(p)) p = 0
    while (i >= this.#start(p) + this.#part(p).length) p += 1
    this.#last = p
    return p
  }
}

/** As `Array.slice` counts: below 0 from the end, never outside. */
const placeIn = (index: number, length: number): number =>
  index < 0 ? Math.max(length + Math.trunc(index), 0) : Math.min(Math.trunc(index), length)

class PulledParts<E extends EventLike> extends Parts<E> implements Pulled<E> {
  readonly from: number
  readonly to: number
  readonly lostBefore: number
  declare readonly gapBefore?: Gap

  constructor(eventType: string, parts: readonly Batch<E>[], { from, lostBefore, gapBefore }: Place) {
    super(eventType, parts)
    this.from = from
    this.to = from + this.length
    this.lostBefore = lostBefore
    if (gapBefore !== undefined) this.gapBefore = gapBefore
  }
}
