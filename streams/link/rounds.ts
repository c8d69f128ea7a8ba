import {
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  map,
  startWith,
  switchMap,
  throwError,
  type Observable,
} from 'rxjs'

import { retryBackoff } from '../../operators/flow/retryBackoff.ts'

export interface RoundsOptions {
  /** About how long the first round is waited for, milliseconds. */
  readonly initialMs: number
  /** About the longest wait for a round, milliseconds. */
  readonly capMs: number
  /** From 0 up to but not 1. */
  readonly random: () => number
  /** Whether there is still something to do. */
  readonly isNeeded: () => boolean
  /** Says when that may have changed. */
  readonly changed$: Observable<unknown>
  /** Does a round: completes when it is over. */
  readonly round$: Observable<never>
}

/**
 * Repeats a round for as long as it is needed, slowly: the waits double up to the cap, and each has a random length from half of it up.
 *
 *     changed$   --y-------------------n---y------     y, n = needed from now on, not any more
 *     round$     -----r------r------r---------r---     r = a round, here after 3, 6, 6 and again 3
 *
 * A round under way, or the wait for one, ends when nothing is needed any more. Emits nothing, never completes unless `changed$` does;
 * unsubscribing leaves no timer.
 */
export const rounds = ({ isNeeded, changed$, round$, ...waits }: RoundsOptions): Observable<never> => {
  const again = retryBackoff<never>({ ...waits, jitter: 'half' })

  const rounds$ = defer(() => {
    let isFirst = true
    // To need a round is the failure that is waited after; so is a round that leaves some of it.
    const attempt$ = defer(() => {
      const before$ = isFirst ? EMPTY : round$

      isFirst = false

      return concat(
        before$,
        throwError(() => new Error('still needed')),
      )
    })

    return attempt$.pipe(again)
  })

  return changed$.pipe(
    startWith(undefined),
    map(() => isNeeded()),
    distinctUntilChanged(),
    switchMap((needed) => (needed ? rounds$ : EMPTY)),
  )
}
