import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { checkCount, checkTimeMs } from './bounds.ts'
import { operate } from './operate.ts'

export interface ConflateByOptions {
  /** So long after the first value that is held all of them go out, milliseconds. */
  readonly everyMs: number
  /** The most keys that wait at once; 10,000 by default. One more, and all that wait go out before their time. */
  readonly keysMax?: number
  readonly scheduler?: SchedulerLike
}

/**
 * Gives the latest value of each key at a steady pace, for whoever needs the newest and not every one: a screen, a slow client.
 *
 *     source                                   -a-x-b-----y--|      a, b are of one key, x, y of another
 *     conflateBy(symbolOf, { everyMs: 6 })     -------(bx)---(y|)
 *
 * Keys come in the order in which their first value came. What was replaced is gone: that is what it is for. To give each key's
 * first value at once, and the rest at a pace, there is `throttleByKey`.
 *
 * No clock runs while nothing is held. What is held goes out before the source's completion and before its error; unsubscribing
 * drops it and the timer. Holds one value for each of at most `keysMax` keys: at one key more nothing is lost, it only goes out
 * earlier. Errors with what `key` throws. Wrong bounds are a RangeError when the operator is built.
 */
export const conflateBy = <T extends K, K = T>(
  key: (value: K) => unknown,
  options: ConflateByOptions,
): MonoTypeOperatorFunction<T> => {
  const { everyMs, keysMax = 10_000, scheduler = asyncScheduler } = options
  checkTimeMs('conflateBy: everyMs', everyMs)
  checkCount('conflateBy: keysMax', keysMax)

  return operate<T, T>((subscriber) => {
    let latest = new Map<unknown, T>()
    let clock: Subscription | undefined

    const give = (): void => {
      clock?.unsubscribe()
      clock = undefined
      if (latest.size === 0) return
      const held = latest
      // A new one: whoever answers a value with another must not walk into this round.
      latest = new Map()
      for (const value of held.values()) subscriber.next(value)
    }

    return {
      next: (value) => {
        const its = key(value)
        if (latest.size >= keysMax && !latest.has(its)) give()
        latest.set(its, value)
        clock ??= scheduler.schedule(give, everyMs)
      },
      ended: give,
      released: () => clock?.unsubscribe(),
    }
  })
}
