import {
  asyncScheduler,
  defer,
  delay,
  distinctUntilChanged,
  filter,
  map,
  NEVER,
  repeat,
  switchMap,
  take,
  timer,
  type Observable,
} from 'rxjs'

export interface SilenceOptions {
  readonly quietMs: number
  /** The last sign of life, Unix milliseconds of the same clock; by default there is none, and this is a plain limit. */
  readonly heardMs?: () => number
  /** While it is `true` nothing can be heard, so silence means nothing. Replays its latest. */
  readonly paused$: Observable<boolean>
}

/**
 * Emits once, when nothing has been heard for `quietMs`, and completes.
 *
 *     heard                    --h---h
 *     silence({ quietMs: 5 })  -----------(s|)     s = undefined
 *
 * The clock starts at subscription, and anew after each pause. What is heard costs nothing here: it is looked up at the first moment
 * at which it could have been too long ago. A stall of our own process is no silence: what has come meanwhile is read before the verdict.
 * Unsubscribing leaves no timer behind.
 */
export const silence = ({ quietMs, heardMs = () => -Infinity, paused$ }: SilenceOptions): Observable<void> => {
  const quiet$ = defer(() => {
    const fromMs = asyncScheduler.now()
    const leftMs = (): number => Math.max(heardMs(), fromMs) + quietMs - asyncScheduler.now()

    // A clock that was put back must not make the wait longer than it can be.
    return defer(() => timer(Math.min(leftMs(), quietMs))).pipe(
      // When our own loop was held up, timers come before what has been waiting in the socket: one turn more to read it.
      delay(0),
      repeat(),
      filter(() => leftMs() <= 0),
    )
  })

  return paused$.pipe(
    distinctUntilChanged(),
    switchMap((isPaused) => (isPaused ? NEVER : quiet$)),
    take(1),
    map(() => undefined),
  )
}
