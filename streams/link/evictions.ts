import { timerMsMax } from '../../operators/flow/retryBackoff.ts'
import type { LinkCause } from '../model.ts'

export interface EvictionOptions {
  /** So many sessions ended by `max_connections` within `windowMs` are an eviction; 3 by default. */
  readonly times: number
  /** 5 minutes by default. Also how long a session has to live until what was before it is forgotten. */
  readonly windowMs: number
  /** The first cool-down; 5 minutes by default. The one that is waited has a random length from half of it up. */
  readonly coolDownMs: number
  /** Each further cool-down is twice the one before, but no longer than this; 30 minutes by default. */
  readonly capMs: number
}

export const evictionDefaults: EvictionOptions = {
  times: 3,
  windowMs: 300_000,
  coolDownMs: 300_000,
  capMs: 1_800_000,
}

/** Tells an eviction from a connection that was one too many for a moment. Times are milliseconds of one clock. */
export interface Evictions {
  live(atMs: number): void
  /** A session is over, for that cause or, without one, because we closed it. Returns the cool-down if that makes an eviction. */
  over(atMs: number, cause?: LinkCause): number | undefined
}

/**
 * Somebody else uses the account's connections, and each of us who comes back throws the other out.
 *
 *     sessions    -m---m---m--------m----------m---------L··············m--      m = max_connections, L = lived for windowMs
 *     times: 3             E5       E10        E20                       ·       E = a cool-down, twice as long each time
 *
 * After a cool-down one more `max_connections` is enough: the war goes on. Only a session that lived for `windowMs` ends it,
 * since the other side also waits, and to live for as long as it does proves nothing. Holds `times` numbers. The options are read
 * anew at each end: they may change.
 */
export const evictions = (options: EvictionOptions): Evictions => {
  const check = (holds: boolean, rule: string, value: number): void => {
    if (!holds) throw new RangeError(`eviction ${rule}, but is ${value}`)
  }

  const { times: firstTimes, coolDownMs: firstMs } = options
  check(Number.isInteger(firstTimes) && firstTimes >= 1, 'times must be a whole number from 1', firstTimes)
  check(options.windowMs > 0 && options.windowMs < Infinity, 'windowMs must be more than 0', options.windowMs)
  check(firstMs > 0 && firstMs <= timerMsMax, `coolDownMs must be more than 0 and at most ${timerMsMax}`, firstMs)
  check(
    options.capMs >= firstMs && options.capMs <= timerMsMax,
    `capMs must be from coolDownMs up to ${timerMsMax}`,
    options.capMs,
  )

  let endedMs: readonly number[] = []
  let rounds = 0
  let liveSinceMs: number | undefined

  return {
    live: (atMs) => (liveSinceMs = atMs),

    over: (atMs, cause) => {
      const { times, windowMs, coolDownMs, capMs } = options
      if (liveSinceMs !== undefined && atMs - liveSinceMs >= windowMs) rounds = 0
      liveSinceMs = undefined

      if (cause?._tag !== 'maxConnections') return undefined
      endedMs = [...endedMs.filter((ms) => atMs - ms < windowMs), atMs]
      if (rounds === 0 && endedMs.length < times) return undefined

      endedMs = []
      rounds += 1

      return Math.min(capMs, coolDownMs * 2 ** (rounds - 1))
    },
  }
}
