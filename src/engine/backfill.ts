import {
  catchError,
  defer,
  EMPTY,
  filter,
  ignoreElements,
  isObservable,
  mergeMap,
  type Observable,
  takeUntil,
  tap,
} from 'rxjs'

import type { Batch } from '../../streams/codecs/batch.ts'
import { batchesOf, isEventLike } from '../../streams/codecs/made.ts'
import type { OnGap } from '../../streams/frequency.ts'
import type { DeadLetter, EventLike, Gap } from '../../streams/model.ts'

/** Gaps that are filled at one time; more wait for their turn. */
const runningMax = 4

/** Gaps that wait; of more the newest is not filled, and that is said. */
const waitingMax = 64

export interface BackfillOptions {
  readonly frequency: string
  /** As it is now; without one nothing is asked for. */
  readonly onGap: () => OnGap | undefined
  readonly encode: (event: EventLike) => Buffer
  /** Takes what came: into the lanes, beside the live events. */
  readonly take: (batch: Batch) => void
  readonly bury: (deadLetter: DeadLetter) => void
  readonly now: () => number
  /** The engine closes, or the frequency leaves it: what has not come by then does not come. */
  readonly end$: Observable<unknown>
}

/**
 * Asks the host for what each closed gap has cost, and gives what comes to the lanes, marked `backfilled`.
 *
 *     gap$        -o--c--------o-c-----      o = opened, c = closed
 *     onGap           --a-b|     --c|
 *     lanes       -------A-B-------C--       A = a with `backfilled: true`
 *
 * Live events never wait for it, and no operator sees it. A failure, of the function or of what it gives, is a dead letter of reason
 * `backfill` and ends that gap's filling alone. Emits nothing; completes with `gap$`; unsubscribing unsubscribes what is under way.
 */
export const backfill =
  ({ frequency, onGap, encode, take, bury, now, end$ }: BackfillOptions) =>
  (gap$: Observable<Gap>): Observable<never> => {
    let waiting = 0

    const failed = (error: unknown, events: readonly unknown[] = []): void => {
      bury({ frequency, reason: 'backfill', events, error, atMs: now() })
    }

    const accept = (given: unknown): void => {
      const events: EventLike[] = []
      for (const one of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
        // A copy: the host's own object is not ours to mark.
        if (isEventLike(one)) events.push({ ...one, backfilled: true } as EventLike)
        else failed(new TypeError('onGap gave something without the texts ev and symbol'), [one])
      }
      for (const batch of batchesOf(events, encode)) take(batch)
    }

    const filled = (gap: Gap): Observable<never> =>
      defer(() => {
        waiting -= 1
        const ask = onGap()
        if (ask === undefined) return EMPTY
        const event$: unknown = ask(gap)
        if (!isObservable(event$)) throw new TypeError('onGap must return an Observable of events')
        return event$.pipe(tap(accept), ignoreElements())
      }).pipe(
        catchError((error: unknown) => {
          failed(error)
          return EMPTY
        }),
      )

    return gap$.pipe(
      filter(({ toMs }) => toMs !== undefined && onGap() !== undefined),
      filter((gap) => {
        waiting += 1
        if (waiting <= waitingMax) return true
        waiting -= 1
        failed(new RangeError(`${String(waitingMax)} gaps wait for onGap already: gap ${gap.id} is not filled`))
        return false
      }),
      mergeMap(filled, runningMax),
      takeUntil(end$),
    )
  }
