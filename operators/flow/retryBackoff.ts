import {
  asyncScheduler,
  catchError,
  defer,
  EMPTY,
  ignoreElements,
  merge,
  NEVER,
  of,
  repeat,
  takeUntil,
  tap,
  throwError,
  timer,
  type Observable,
  type OperatorFunction,
  type SchedulerLike,
} from 'rxjs'

/**
 * What becomes of an error: `true` waits by the backoff, `slow` as if the cap had been reached, `{ slowMs }` as if that were the
 * cap, and `false` lets it through. A slow wait is never shorter than half of it: full jitter could make it next to nothing.
 */
export type RetryVerdict = boolean | 'slow' | { readonly slowMs: number }

/** A wait that is about to start. */
export interface RetryWait {
  /** 1 for the first retry since the start or since the last stable time. */
  readonly attempt: number
  /** How long the wait will be, jitter included, whole milliseconds. */
  readonly delayMs: number
  /** When it will end, Unix milliseconds of the scheduler's clock. */
  readonly nextTryAtMs: number
  /** What the source ended with. */
  readonly error: unknown
  /** What `retryIf` said of it. */
  readonly verdict: Exclude<RetryVerdict, false>
}

export interface RetryBackoffOptions<T, W = never> {
  /** The wait before the first retry, more than 0. */
  readonly initialMs: number
  /** Each wait is this many times the one before, at least 1; 2 by default. */
  readonly factor?: number
  /** No wait is longer; at least `initialMs`. */
  readonly capMs: number
  /**
   * `full`, the default, waits a random part of the delay: what fell together does not come back together. The part is taken
   * after the cap, which would otherwise line all of them up again. `half` waits at least half of it, `none` all of it.
   */
  readonly jitter?: 'full' | 'half' | 'none'
  /** From 0 up to but not 1. Jitter needs it: chance is injected, never taken. */
  readonly random?: () => number
  /** After so many retries in a row the error goes through; unbounded by default. */
  readonly retriesMax?: number
  /**
   * The attempts are counted anew only when the source had been up for so long before it failed; `capMs` by default. To be up
   * for a moment proves nothing: whoever is let in and thrown out again has to wait longer and longer.
   */
  readonly stableMs?: number
  /** The source is up from the first value on for which this holds; from its first value by default. */
  readonly isUp?: (value: T) => boolean
  /** Asked once for each error; `true` by default. */
  readonly retryIf?: (error: unknown) => RetryVerdict
  /** Makes a value of a wait, emitted at its start; by default nothing is. */
  readonly waiting?: (wait: RetryWait) => W
  /** A value ends the running wait at once; one that replays a value ends each wait at its start. */
  readonly wake$?: Observable<unknown>
  readonly scheduler?: SchedulerLike
}

/** What a timer holds in 32 bits. A longer one fires at once, so a cap beyond it would be no wait at all. */
export const timerMsMax = 2_147_483_647

const check = (holds: boolean, rule: string, value: unknown): void => {
  if (!holds) throw new RangeError(`${rule}, but is ${String(value)}`)
}

/**
 * Subscribes a source that fails again, after a wait that grows with each failure in a row.
 *
 *     source                                  -a-#
 *     retryBackoff({ initialMs: 2, capMs: 6,  -a-W--a-W----a-W------a-W-     W = what `waiting` makes of a wait: 2, 4, 6, 6, …
 *       jitter: 'none', … })
 *
 * With jitter each wait is a random part of the one drawn, a slow one at least half of it. It starts when the source has failed
 * and is torn down: there are never two subscriptions, nor two waits.
 *
 * Completes with the source. Errors with the source's error when `retryIf` says so or after `retriesMax` retries in a row, and
 * with what `retryIf`, `isUp`, `waiting`, `random` or `wake$` fail with. Unsubscribing ends the source or the wait; no timer stays.
 * Holds two numbers, and a million retries are no deeper than one. Wrong options are a RangeError when the operator is built.
 * Waits and `retriesMax` are read anew at each failure: those of a getter may change.
 */
export const retryBackoff = <T, W = never>(options: RetryBackoffOptions<T, W>): OperatorFunction<T, T | W> => {
  const { initialMs, capMs, random, waiting } = options
  const { factor = 2, jitter = 'full', retriesMax = Infinity, stableMs = capMs } = options
  const { isUp = () => true, retryIf = () => true, wake$ = NEVER, scheduler = asyncScheduler } = options

  check(initialMs > 0 && initialMs <= timerMsMax, `initialMs must be more than 0 and at most ${timerMsMax}`, initialMs)
  check(capMs >= initialMs && capMs <= timerMsMax, `capMs must be from initialMs up to ${timerMsMax}`, capMs)
  check(factor >= 1 && factor < Infinity, 'factor must be finite and at least 1', factor)
  check(stableMs >= 0, 'stableMs must be at least 0', stableMs)
  check(
    retriesMax >= 0 && (Number.isInteger(retriesMax) || retriesMax === Infinity),
    'retriesMax must be a whole number or Infinity',
    retriesMax,
  )
  check(['full', 'half', 'none'].includes(jitter), "jitter must be 'full', 'half' or 'none'", jitter)
  check(jitter === 'none' || random !== undefined, `random must be given for jitter '${jitter}'`, random)

  /** The least part of a delay that is waited. */
  const floorOf = (verdict: RetryVerdict): number =>
    jitter === 'none' ? 1 : jitter === 'half' || verdict !== true ? 0.5 : 0

  return (source$) =>
    defer(() => {
      let attempt = 0
      let hasCompleted = false

      const fullMsOf = (verdict: RetryVerdict): number =>
        typeof verdict === 'object'
          ? Math.min(verdict.slowMs, timerMsMax)
          : verdict === 'slow'
            ? options.capMs
            : Math.min(options.capMs, options.initialMs * (options.factor ?? 2) ** (attempt - 1))

      const wait = (error: unknown, verdict: Exclude<RetryVerdict, false>): Observable<W> => {
        const fullMs = fullMsOf(verdict)
        const floor = floorOf(verdict)
        const delayMs = Math.round(fullMs * (floor + (1 - floor) * (random?.() ?? 0)))
        const wait$ = timer(delayMs, scheduler).pipe(ignoreElements(), takeUntil(wake$))

        if (waiting === undefined) return wait$

        // The wait runs before its value is out: whoever answers the value with a wake is heard.
        return merge(wait$, of(waiting({ attempt, delayMs, nextTryAtMs: scheduler.now() + delayMs, error, verdict })))
      }

      const try$ = defer(() => {
        let upSinceMs: number | undefined

        return source$.pipe(
          tap({
            next: (value) => {
              if (upSinceMs === undefined && isUp(value)) upSinceMs = scheduler.now()
            },
            complete: () => (hasCompleted = true),
          }),
          catchError((error: unknown) => {
            const { stableMs: leastMs = options.capMs } = options
            if (upSinceMs !== undefined && scheduler.now() - upSinceMs >= leastMs) attempt = 0

            const verdict = retryIf(error)

            if (verdict === false || attempt >= (options.retriesMax ?? Infinity)) return throwError(() => error)

            attempt += 1

            return wait(error, verdict)
          }),
        )
      })

      // Repeating what completes after each wait keeps the chain of subscribers flat; catching within a catch would not.
      return try$.pipe(repeat({ delay: () => (hasCompleted ? EMPTY : of(undefined)) }))
    })
}
