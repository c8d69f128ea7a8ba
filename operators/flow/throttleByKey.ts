import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { checkCount, checkTimeMs } from './bounds.ts'
import { keyMemory } from './keyMemory.ts'
import { operate } from './operate.ts'

export interface ThrottleByKeyOptions {
  /** After a value of a key has gone out, the next one of that key does so long after it, milliseconds. */
  readonly everyMs: number
  /** Whether the last value of a wait goes out at its end; true by default. `false` drops all but the first. */
  readonly trailing?: boolean
  /** The most keys that are remembered; 10,000 by default. */
  readonly keysMax?: number
  readonly scheduler?: SchedulerLike
}

/** What is known of one key. Made once for each; passing changes a number in it. */
interface Pace<T> {
  /** Until then its values wait. */
  untilMs: number
  isWaiting: boolean
  waiting: T | undefined
  clock: Subscription | undefined
}

/**
 * Lets at most one value per key and interval through: the first at once, the last of the rest at the end of the interval.
 *
 *     source                                   -a-b-c---x-----d|     a, b, c, d are of one key, x of another
 *     throttleByKey(symbolOf, { everyMs: 6 })  -a-----c-x-----d|
 *
 * So no key is ever late by more than `everyMs`, and the last word of a burst is never lost; what it replaced is. With
 * `trailing: false` only the first of each interval passes.
 *
 * A timer runs for a key only while one of its values waits. What waits goes out before the source's completion and before its error;
 * unsubscribing drops it and the timers. Remembers at most `keysMax` keys: beyond it, the key that came first is forgotten, after
 * what waits of it has gone out. A value that passes makes no object. Errors with what `key` throws. Wrong bounds are a RangeError when the operator is built.
 */
export const throttleByKey = <T extends K, K = T>(
  key: (value: K) => unknown,
  options: ThrottleByKeyOptions,
): MonoTypeOperatorFunction<T> => {
  const { everyMs, trailing = true, keysMax = 10_000, scheduler = asyncScheduler } = options
  checkTimeMs('throttleByKey: everyMs', everyMs)
  checkCount('throttleByKey: keysMax', keysMax)

  return operate<T, T>((subscriber) => {
    const paces = keyMemory<unknown, Pace<T>>(keysMax)

    const giveWaiting = (pace: Pace<T>): void => {
      const { isWaiting, waiting } = pace
      pace.clock?.unsubscribe()
      pace.clock = undefined
      pace.isWaiting = false
      pace.waiting = undefined
      if (!isWaiting) return
      pace.untilMs = scheduler.now() + everyMs
      // It is one of the source's whenever something waits.
      subscriber.next(waiting as T)
    }

    return {
      next: (value) => {
        const its = key(value)
        const nowMs = scheduler.now()
        const pace = paces.get(its)
        if (pace === undefined) {
          const gone = paces.add(its, {
            untilMs: nowMs + everyMs,
            isWaiting: false,
            waiting: undefined,
            clock: undefined,
          })
          if (gone !== undefined) giveWaiting(gone)
          subscriber.next(value)
        } else if (nowMs >= pace.untilMs && !pace.isWaiting) {
          pace.untilMs = nowMs + everyMs
          subscriber.next(value)
        } else if (trailing) {
          pace.isWaiting = true
          pace.waiting = value
          pace.clock ??= scheduler.schedule(() => giveWaiting(pace), pace.untilMs - nowMs)
        }
      },
      ended: () => {
        const waiting = [...paces.values()].filter(({ isWaiting }) => isWaiting)
        for (const pace of waiting.sort((one, other) => one.untilMs - other.untilMs)) giveWaiting(pace)
      },
      released: () => {
        for (const pace of paces.values()) pace.clock?.unsubscribe()
      },
    }
  })
}
