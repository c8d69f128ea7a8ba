import type { Batch } from '../../streams/codecs/batch.ts'
import type { Frame } from '../../streams/model.ts'
import type { LatencyHealth } from '../ops/health.ts'
import { slidingMinute } from '../ops/slidingMinute.ts'

/** How long the events of one frequency are on their way. Measured once per sampled batch and step, by the event that took longest: the oldest. */
export interface Latency {
  /** A batch begins its way from the link through the operators; what is appended before `end` comes of it. */
  begin(batch: Batch, frame: Frame): void
  end(): void
  /** The part of one lane whose first event has this offset. */
  lane(firstOffset: number): LaneLatency
  /** When the newest batch arrived, Unix milliseconds; NaN before the first. */
  readonly lastArrivalMs: number
  read(nowMs: number): LatencyHealth
}

export interface LaneLatency {
  /** So many events are about to be given to the lane. */
  comes(length: number): void
  /** They have been: what is not in yet waits for a reader. */
  came(): void
  /** They are in it, up to this offset, exclusive. */
  readonly stored: (to: number) => void
  /** A reader is done with what lies between these offsets. */
  readonly committed: (from: number, to: number) => void
}

export interface LatencyOptions {
  /** Milliseconds from any origin, as fine as may be; frames are stamped by it. */
  readonly stopwatch: () => number
  /** Unix milliseconds. */
  readonly now: () => number
}

/**
 * Of batches that arrive within one millisecond the first is measured, and then one in so many, so that of a burst not only its beginning is: all of
 * them would cost an event that comes alone a tenth more.
 */
const sampledEvery = 32

export const createLatency = ({ stopwatch, now }: LatencyOptions): Latency => {
  const received = slidingMinute()
  const appended = slidingMinute()
  const delivered = slidingMinute()
  const ahead = slidingMinute()
  let arrivedAt = NaN
  let lastArrivalMs = NaN
  let unmeasured = 0

  return {
    begin: (batch, frame) => {
      const { receivedMs } = frame
      const isAnother = receivedMs !== lastArrivalMs
      lastArrivalMs = receivedMs
      unmeasured += 1
      if (!isAnother && unmeasured < sampledEvery) return
      unmeasured = 0
      const oldestMs = batch.atMs(0)
      const newestMs = batch.atMs(batch.length - 1)
      arrivedAt = frame.arrivedAt ?? NaN
      if (newestMs > receivedMs) ahead.record(newestMs - receivedMs, receivedMs)
      // An operator's event may have no time, and a clock that is ahead no latency.
      if (!Number.isNaN(oldestMs)) received.record(Math.max(receivedMs - oldestMs, 0), receivedMs)
    },
    end: () => {
      arrivedAt = NaN
    },
    lane: (firstOffset) => laneLatency({ stopwatch, now, firstOffset, appended, delivered, inHand: () => arrivedAt }),
    get lastArrivalMs() {
      return lastArrivalMs
    },
    read: (nowMs) => ({
      received: received.read(nowMs),
      appended: appended.read(nowMs),
      delivered: delivered.read(nowMs),
      aheadMs: ahead.read(nowMs)?.max ?? 0,
    }),
  }
}

interface LaneLatencyOptions extends LatencyOptions {
  readonly firstOffset: number
  readonly appended: ReturnType<typeof slidingMinute>
  readonly delivered: ReturnType<typeof slidingMinute>
  readonly inHand: () => number
}

/** Measured batches that are remembered from their append to their commit. Of older ones nothing is told. */
const marks = 1024

const laneLatency = ({ stopwatch, now, firstOffset, appended, delivered, inHand }: LaneLatencyOptions): LaneLatency => {
  // Where each measured batch ends, and when it was appended: a ring, `count` the next place.
  const ends = new Float64Array(marks)
  const ats = new Float64Array(marks)
  let count = 0
  // What waits for a reader's grace: where it will end, and when it arrived.
  const waiting: { readonly to: number; readonly arrivedAt: number }[] = []
  let taken = firstOffset
  let stored = firstOffset

  const mark = (to: number, arrivedAt: number): void => {
    const at = stopwatch()
    ends[count % marks] = to
    ats[count % marks] = at
    count += 1
    appended.record(at - arrivedAt, now())
  }

  /** The first measured batch that ends behind `from`. */
  const firstBehind = (from: number): number => {
    let low = Math.max(count - marks, 0)
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle % marks] as number) <= from) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    comes: (length) => {
      taken += length
    },
    came: () => {
      const arrivedAt = inHand()
      if (stored < taken && !Number.isNaN(arrivedAt)) waiting.push({ to: taken, arrivedAt })
    },
    stored: (to) => {
      stored = to
      if (waiting.length === 0) {
        const arrivedAt = inHand()
        if (!Number.isNaN(arrivedAt)) mark(to, arrivedAt)
        return
      }
      for (let first = waiting[0]; first !== undefined && first.to <= to; first = waiting[0]) {
        mark(first.to, first.arrivedAt)
        waiting.shift()
      }
    },
    committed: (from, to) => {
      const last = count === 0 ? 0 : (ends[(count - 1) % marks] as number)
      if (last <= from) return
      const first = firstBehind(from)
      // It may end behind what is done with: then that has not been delivered as a whole.
      if ((ends[first % marks] as number) > to) return
      delivered.record(stopwatch() - (ats[first % marks] as number), now())
    },
  }
}

/** For those who measure nothing. */
export const noLatency: Latency = {
  begin: () => {},
  end: () => {},
  lane: () => ({ comes: () => {}, came: () => {}, stored: () => {}, committed: () => {} }),
  lastArrivalMs: NaN,
  read: () => ({ received: null, appended: null, delivered: null, aheadMs: 0 }),
}
