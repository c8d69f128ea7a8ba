import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs'
import { checkTimeMs } from './bounds.ts'
import { operate } from './operate.ts'

/** What passed in one interval. */
export interface MeterReading {
  /** The end of the interval, Unix milliseconds of the scheduler's clock. */
  readonly atMs: number
  /** How long it was, milliseconds: `everyMs`, the last one less. */
  readonly elapsedMs: number
  /** What passed in it. */
  readonly count: number
  /** The same per second; 0 for an interval without length. */
  readonly perSecond: number
  /** What has passed since the subscription. */
  readonly total: number
}

export interface MeterOptions<T> {
  /** Milliseconds between two readings. */
  readonly everyMs: number
  /** Called with each reading. */
  readonly reading: (reading: MeterReading) => void
  /** How much a value counts; 1 by default. Behind `.pipeBatches`: `(batch) => batch.length`. */
  readonly size?: (value: T) => number
  readonly scheduler?: SchedulerLike
}

/**
 * Counts what passes and tells it at a steady pace. The values go through as they are.
 *
 *     source                            -ab-----c---d|
 *     meter({ everyMs: 5, reading })    -ab-----c---d|
 *     readings                          -----X----Y--Z     X = 2 passed, Y = 1, Z = 1 in the last 3 ms
 *
 * Silence is a reading too, of 0. The first interval begins at subscription, and behind a frequency that is its first event; the last one ends with the source and is told before its
 * completion or error. Unsubscribing tells nothing more and leaves no timer. Holds three numbers. Errors with what `reading` or `size`
 * throws. A time that no timer can wait is a RangeError when the operator is built.
 */
export const meter = <T extends K, K = T>(options: MeterOptions<K>): MonoTypeOperatorFunction<T> => {
  const { everyMs, reading, size, scheduler = asyncScheduler } = options
  checkTimeMs('meter: everyMs', everyMs)

  return operate<T, T>((subscriber, attempt) => {
    let sinceMs = scheduler.now()
    let count = 0
    let total = 0

    const tell = (): void => {
      const atMs = scheduler.now()
      const elapsedMs = atMs - sinceMs
      const perSecond = elapsedMs > 0 ? (count * 1000) / elapsedMs : 0
      const told = { atMs, elapsedMs, count, perSecond, total }
      sinceMs = atMs
      count = 0
      reading(told)
    }

    const clock = scheduler.schedule(function () {
      attempt(tell)
      if (!subscriber.closed) this.schedule(undefined, everyMs)
    }, everyMs)

    return {
      next: (value) => {
        const its = size === undefined ? 1 : size(value)
        count += its
        total += its
        subscriber.next(value)
      },
      ended: tell,
      released: () => clock.unsubscribe(),
    }
  })
}
