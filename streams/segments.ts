import type { Batch } from './codecs/batch.ts'
import type { EventLike } from './model.ts'
import { createRetention, pinnedBytesOf } from './retention.ts'

/** The last events of a log, as the batches they came in, each event with its offset. */
export interface Segments<E extends EventLike> {
  /** The offset the next event will get. */
  readonly nextOffset: () => number
  /** The oldest offset that is still there. */
  readonly oldestOffset: () => number
  readonly store: (batch: Batch<E>) => void
  /** Views of what lies between two offsets. */
  readonly between: (from: number, to: number) => readonly Batch<E>[]
  /** The retained events' own bytes. */
  readonly wireBytes: () => number
  /** The bytes of all memory that is kept alive for them. */
  readonly pinnedBytes: () => number
}

interface Segment<E extends EventLike> {
  readonly batch: Batch<E>
  readonly from: number
}

/** Retains the last `limit` events, the first of which had `firstOffset`. */
export const createSegments = <E extends EventLike>(firstOffset: number, limit: number): Segments<E> => {
  const retention = createRetention()
  // Those before `gone` are forgotten: their places are empty until there are enough of them to move the rest.
  let segments: (Segment<E> | undefined)[] = []
  let gone = 0
  let next = firstOffset

  const oldestOffset = (): number => Math.max(next - limit, firstOffset)

  const store = (batch: Batch<E>): void => {
    retention.keep(batch)
    segments.push({ batch, from: next })
    next += batch.length

    const oldest = oldestOffset()
    // Their bytes go at once, at most a part of one batch stays beyond the limit; the array moves once per as many as stay.
    for (let first = segments[gone]; first !== undefined && endOf(first) <= oldest; first = segments[gone]) {
      segments[gone] = undefined
      gone += 1
    }
    if (gone > 64 && gone * 2 > segments.length) {
      segments = segments.slice(gone)
      gone = 0
    }
  }

  const between = (from: number, to: number): readonly Batch<E>[] => {
    // The first segment that ends behind `from`, by halves.
    let low = gone
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (endOf(segments[middle] as Segment<E>) <= from) low = middle + 1
      else high = middle
    }

    const parts: Batch<E>[] = []
    for (let s = low; s < segments.length; s += 1) {
      const { batch, from: start } = segments[s] as Segment<E>
      if (start >= to) break
      const begin = Math.max(from - start, 0)
      const end = Math.min(to - start, batch.length)
      parts.push(begin === 0 && end === batch.length ? batch : batch.slice(begin, end))
    }
    return parts
  }

  return {
    nextOffset: () => next,
    oldestOffset,
    store,
    between,
    wireBytes: () => between(oldestOffset(), next).reduce((sum, part) => sum + part.wireBytes, 0),
    pinnedBytes: () => pinnedBytesOf(segments.flatMap((segment) => segment?.batch ?? [])),
  }
}

const endOf = <E extends EventLike>({ batch, from }: Segment<E>): number => from + batch.length
