import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { checkCount, checkTimeMs } from './bounds.ts'
import { operate } from './operate.ts'

export interface BatchByOptions {
  /** A batch is given when it has so many values; also the most that is ever held. */
  readonly count: number
  /** And at the latest so long after its first value, milliseconds; without it only when it is full. */
  readonly everyMs?: number
  readonly scheduler?: SchedulerLike
}

/**
 * Gathers values into lists: each is given when it is full, or when its first value has waited long enough.
 *
 *     source                            -a-b-c----d------e-|
 *     batchBy({ count: 3, everyMs: 4 }) -----X--------Y----(Z|)     X = [a, b, c], Y = [d], Z = [e]
 *
 * There is no empty list, and no clock runs while nothing is held: the time counts from the first value, not from the last list.
 * What comes in the very moment in which the time is over belongs to the list that the clock closes or to the next, whichever is first.
 *
 * What is held goes out before the source's completion and before its error; an error of the source loses nothing. Unsubscribing
 * drops what is held and the timer. Holds at most `count` values. Wrong bounds are a RangeError when the operator is built.
 */
export const batchBy = <T>(options: BatchByOptions): OperatorFunction<T, readonly T[]> => {
  const { count, everyMs, scheduler = asyncScheduler } = options
  checkCount('batchBy: count', count)
  if (everyMs !== undefined) checkTimeMs('batchBy: everyMs', everyMs)

  return operate<T, readonly T[]>((subscriber) => {
    let held: T[] = []
    let clock: Subscription | undefined

    const give = (): void => {
      clock?.unsubscribe()
      clock = undefined
      if (held.length === 0) return
      const batch = held
      // Empty before it is out: whoever answers it with a value begins the next one.
      held = []
      subscriber.next(batch)
    }

    return {
      next: (value) => {
        held.push(value)
        if (held.length >= count) give()
        else if (held.length === 1 && everyMs !== undefined) clock = scheduler.schedule(give, everyMs)
      },
      ended: give,
      released: () => clock?.unsubscribe(),
    }
  })
}
