import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { checkTimeMs } from './bounds.ts'
import { operate } from './operate.ts'

export type Liveness = 'live' | 'stale'

/**
 * Says `live` when the source speaks, `stale` once it has been quiet for `quietMs`; repeats neither.
 *
 *     source         -a-a------a-|
 *     staleAfter(4)  -L-----S--L-|     L = 'live', S = 'stale'
 *
 * The clock starts at subscription: a source that never speaks goes stale. A value in the very moment in which the time is over is on
 * either side: stale and live again, or live all along.
 *
 * Completes and fails with the source, at once; a pending verdict is dropped. Unsubscribing leaves no timer behind. A value costs a
 * look at the clock and no timer of its own. A time that no timer can wait is a RangeError when the operator is built.
 */
export const staleAfter = (
  quietMs: number,
  scheduler: SchedulerLike = asyncScheduler,
): OperatorFunction<unknown, Liveness> => {
  checkTimeMs('staleAfter: quietMs', quietMs)

  return operate<unknown, Liveness>((subscriber) => {
    let said: Liveness | undefined
    let spokeAtMs = scheduler.now()
    let clock: Subscription | undefined

    const say = (liveness: Liveness): void => {
      if (said === liveness) return
      said = liveness
      subscriber.next(liveness)
    }

    const wait = (ms: number): void => {
      clock = scheduler.schedule(look, ms)
    }

    const look = (): void => {
      // The values since then have only moved the time that is compared here.
      const leftMs = spokeAtMs + quietMs - scheduler.now()
      clock = undefined
      if (leftMs > 0) wait(leftMs)
      else say('stale')
    }

    wait(quietMs)

    return {
      next: () => {
        spokeAtMs = scheduler.now()
        if (clock === undefined) wait(quietMs)
        say('live')
      },
      released: () => clock?.unsubscribe(),
    }
  })
}
