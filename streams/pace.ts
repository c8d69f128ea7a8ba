import { asyncScheduler, interval, Observable, type OperatorFunction } from 'rxjs'

import type { StreamPace } from './model.ts'

/**
 * `active` while something came within `quietMs`, else `quiet`.
 *
 *     source       -a-a---------a-|
 *     paceOf(4)    A------q-----A-|     A = active, q = quiet
 *
 * On wires that carry frames the cost is a time stamp per batch; a tick, four per `quietMs`, does the looking, so that quiet
 * is told up to a quarter of `quietMs` late. Completes with the source; unsubscribing stops the tick.
 */
export const paceOf =
  (quietMs: number): OperatorFunction<unknown, StreamPace> =>
  (source$) =>
    new Observable<StreamPace>((subscriber) => {
      let lastMs = asyncScheduler.now()
      let pace: StreamPace = 'active'
      const say = (next: StreamPace): void => {
        if (next === pace) return
        pace = next
        subscriber.next(next)
      }
      subscriber.next(pace)
      subscriber.add(
        interval(quietMs / 4).subscribe(() => {
          if (asyncScheduler.now() - lastMs >= quietMs) say('quiet')
        }),
      )
      subscriber.add(
        source$.subscribe({
          next: () => {
            lastMs = asyncScheduler.now()
            say('active')
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            subscriber.complete()
          },
        }),
      )
    })
