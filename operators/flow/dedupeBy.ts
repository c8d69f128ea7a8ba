import { asyncScheduler, defer, filter, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs'
import { checkCount } from './bounds.ts'
import { keyMemory } from './keyMemory.ts'

export interface DedupeByOptions {
  /** How many keys are remembered, the newest; 10,000 by default. */
  readonly keysMax?: number
  /** How long a key is remembered at most, milliseconds from its first value; by default for as long as there is room. */
  readonly windowMs?: number
  readonly scheduler?: SchedulerLike
}

interface Seen {
  atMs: number
}

/**
 * Drops a value whose key has been there before, within a window that is bounded in keys and, if wanted, in time.
 *
 *     source                              -a-b-a-c-a-b-|
 *     dedupeBy(idOf, { keysMax: 2 })      -a-b---c-a-b-|     at c the memory of two forgets a, at the next a it forgets b
 *
 * For one product from two feeds, or a feed that says things twice. What is the same is the host's to say: a trade is known by
 * `symbol`, `id`, `exchange` and `trfId` together, and a bar that is sent again is a revision and no duplicate. A key is compared as
 * a Map compares it, so it has to be a text or a number, not a fresh list.
 *
 * The window counts from the first value of a key; a repeat does not prolong it. Completes and fails with the source; unsubscribing
 * releases the memory. Holds at most `keysMax` keys and has no timer. Errors with what `key` throws. Wrong bounds are a RangeError when
 * the operator is built.
 */
export const dedupeBy = <T extends K, K = T>(
  key: (value: K) => unknown,
  options: DedupeByOptions = {},
): MonoTypeOperatorFunction<T> => {
  const { keysMax = 10_000, windowMs = Infinity, scheduler = asyncScheduler } = options
  checkCount('dedupeBy: keysMax', keysMax)
  if (!(windowMs > 0)) throw new RangeError(`dedupeBy: windowMs must be more than 0, but is ${String(windowMs)}`)
  const isTimed = windowMs !== Infinity

  return (source$) =>
    defer(() => {
      const seen = keyMemory<unknown, Seen>(keysMax)
      const always: Seen = { atMs: 0 }

      return source$.pipe(
        filter((value) => {
          const its = key(value)
          const before = seen.get(its)
          if (before === undefined) {
            // One object for all where no time has to be told apart.
            seen.add(its, isTimed ? { atMs: scheduler.now() } : always)
            return true
          }
          if (!isTimed) return false
          const nowMs = scheduler.now()
          if (nowMs - before.atMs < windowMs) return false
          before.atMs = nowMs
          return true
        }),
      )
    })
}
