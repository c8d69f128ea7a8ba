import type { Batch } from '../../streams/codecs/batch.ts'
import type { Frame } from '../../streams/model.ts'
import type { LatencyHealth } from '../ops/health.ts'
import { slidingMinute } from '../ops/slidingMinute.ts'

/** How long the events of one frequency are on their way. Measured once per batch and step, by the event that took longest: the oldest. */
export interface Latency {
  /** A batch begins its way from the link through the operators; what is appended before `end` comes of it. */
  begin(batch: Batch, frame: Frame): void
  end(): void
  /** The part of one lane. */
  lane(): LaneLatency
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
  /** A reader is done with what begins at this offset. */
  readonly committed: (from: number) => void
}

export interface LatencyOptions {
  /** Milliseconds from any origin, as fine as may be; frames are stamped by it. */
  readonly stopwatch: () => number
  /** Unix milliseconds. */
  readonly now: () => number
}

export const createLatency = ({ stopwatch, now }: LatencyOptions): Latency => {
  const received = slidingMinute()
  const appended = slidingMinute()
  const delivered = slidingMinute()
  const ahead = slidingMinute()
  let arrivedAt = NaN
  let lastArrivalMs = NaN

  return {
    begin: (batch, frame) => {
      const { receivedMs } = frame
      const oldestMs = batch.atMs(0)
      const newestMs = batch.atMs(batch.length - 1)
      arrivedAt = frame.arrivedAt ?? NaN
      lastArrivalMs = receivedMs
      if (newestMs > receivedMs) ahead.record(newestMs - receivedMs, receivedMs)
      // An operator's event may have no time, and a clock that is ahead no latency.
      if (!Number.isNaN(oldestMs)) received.record(Math.max(receivedMs - oldestMs, 0), receivedMs)
    },
    end: () => {
      arrivedAt = NaN
    },
    lane: () => laneLatency({ stopwatch, now, appended, delivered, inHand: () => arrivedAt }),
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
  readonly appended: ReturnType<typeof slidingMinute>
  readonly delivered: ReturnType<typeof slidingMinute>
  readonly inHand: () => number
}

/** Batches whose append is remembered: as many as a lane of 1000 events can hold, one event each. Of older ones nothing is told. */
const marks = 1024

const laneLatency = ({ stopwatch, now, appended, delivered, inHand }: LaneLatencyOptions): LaneLatency => {
  // Where each batch ends, and when it was appended: a ring, `count` the next place.
  const ends = new Float64Array(marks)
  const ats = new Float64Array(marks)
  let count = 0
  // What waits for a reader's grace: where it will end, and when it arrived.
  const waiting: { readonly to: number; readonly arrivedAt: number }[] = []
  let taken = 0
  let stored = 0

  /** When the batch that holds the event at `offset` was appended: the first that ends behind it. */
  const appendedAt = (offset: number): number => {
    const first = Math.max(count - marks, 0)
    let low = first
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle % marks] as number) <= offset) low = middle + 1
      else high = middle
    }
    // Where the first that is remembered begins is not, unless it is the first of all.
    const isKnown = low < count && (low > first || first === 0)
    return isKnown ? (ats[low % marks] as number) : NaN
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
      const at = stopwatch()
      stored = to
      ends[count % marks] = to
      ats[count % marks] = at
      count += 1
      if (waiting.length === 0) {
        const arrivedAt = inHand()
        if (!Number.isNaN(arrivedAt)) appended.record(at - arrivedAt, now())
        return
      }
      for (let first = waiting[0]; first !== undefined && first.to <= to; first = waiting[0]) {
        appended.record(at - first.arrivedAt, now())
        waiting.shift()
      }
    },
    committed: (from) => {
      const at = appendedAt(from)
      if (!Number.isNaN(at)) delivered.record(stopwatch() - at, now())
    },
  }
}
