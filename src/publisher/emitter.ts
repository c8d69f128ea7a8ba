import { asyncScheduler, type Subscription } from 'rxjs'

import { inTurns } from './turns.ts'

/** Something that holds events until it is told to send them. */
interface Holding {
  flush(): void
}

/** The pace of one frequency. */
export interface Pace {
  /** It holds something now, and is to be flushed `everyMs` from now at the latest. */
  holds(cohort: Holding): void
  /** It holds nothing any more. */
  empty(cohort: Holding): void
}

export interface Emitter {
  /** One per frequency, the most important first. */
  pace(rank: number): Pace
  /** One more, behind all others; returns its rank. */
  add(everyMs: number): number
  stop(): void
}

interface Rank extends Pace {
  /** Flushes one that is due; false when none is. */
  flushOne(): boolean
  stop(): void
}

/**
 * Tells cohorts when their time has come: the first event that anybody of a frequency holds starts its clock, and when that
 * has run for `everyMs` all who hold something then are flushed, the most important frequency first, in as many turns as it takes.
 *
 *     held       a-b------------c
 *     everyMs    ----|          ----|
 *     flushed    ----(ab)-----------c
 *
 * No timer runs while nothing is held.
 */
export const createEmitter = (everyMs: readonly number[]): Emitter => {
  const turns = inTurns(() => ranks.some((rank) => rank.flushOne()))

  const rank = (waitMs: number): Rank => {
    let holding = new Set<Holding>()
    let due = new Set<Holding>()
    let clock: Subscription | undefined

    const ring = (): void => {
      clock = undefined
      // Those still due from the last time go first.
      for (const cohort of holding) due.add(cohort)
      holding = new Set()
      turns.wake()
    }

    return {
      holds: (cohort) => {
        holding.add(cohort)
        clock ??= asyncScheduler.schedule(ring, waitMs)
      },
      empty: (cohort) => {
        holding.delete(cohort)
        due.delete(cohort)
      },
      flushOne: () => {
        for (const cohort of due) {
          due.delete(cohort)
          cohort.flush()
          return true
        }
        return false
      },
      stop: () => {
        clock?.unsubscribe()
        holding = new Set()
        due = new Set()
      },
    }
  }

  const ranks = everyMs.map(rank)

  return {
    pace: (at) => ranks[at] as Rank,
    add: (waitMs) => ranks.push(rank(waitMs)) - 1,
    stop: () => {
      turns.stop()
      for (const one of ranks) one.stop()
    },
  }
}
