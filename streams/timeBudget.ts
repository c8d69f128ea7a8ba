import { interval, Subscription } from 'rxjs'

/** What one stage of operators has taken, kept up to date by `timeBudget`. Measured per batch, without what comes after the stage. */
export interface StageTime {
  batches: number
  /** Milliseconds, since the engine was made. */
  busyMs: number
  /** Of one batch, milliseconds. */
  slowestMs: number
}

/** The time that a frequency's operators have taken, over all the operators it has had. */
export interface OperatorTimes {
  /** By place in the row. */
  readonly stages: StageTime[]
  /** How often the budget was broken. */
  broken: number
  /** What they had taken of a second when it was broken last, milliseconds; more may have been taken by its end. */
  brokenMs: number
}

export const operatorTimes = (): OperatorTimes => ({ stages: [], broken: 0, brokenMs: 0 })

/** Measures one stage: reads its stopwatch before and after, and says how long that was. Milliseconds. */
export interface StageTimer {
  readonly stopwatch: () => number
  took(ms: number): void
}

export interface TimeBudget extends Subscription {
  /** For the stage in this place. */
  timer(stage: number): StageTimer
  /** Other operators from here on: what the former ones took is not held against them. */
  renew(): void
}

export interface TimeBudgetOptions {
  /** Milliseconds of each second; `Infinity` for no budget. */
  readonly budgetMs: number
  /** Milliseconds from any origin. */
  readonly stopwatch: () => number
  readonly times: OperatorTimes
  /** Told when it is broken, and when it is kept again. */
  readonly say: (isKept: boolean) => void
}

const secondMs = 1_000

/** Seconds in a row within the budget before it is kept again: one that is broken every other second is one story, not many. */
const keptSeconds = 5

/**
 * Adds up what the operators of a frequency take, and tells when that is more than they may of one second.
 *
 *     took      100 100 100        300                     budgetMs 250
 *     second    ^---------|---------|---------|--- … -|
 *     says              b                             k    b = broken, at once; k = kept: five seconds in a row were within it
 *
 * A second begins with the first batch after the last one ended, so nothing ticks while all is well; while it is broken, one timer does.
 * Unsubscribing ends it.
 */
export const timeBudget = ({ budgetMs, stopwatch, times, say }: TimeBudgetOptions): TimeBudget => {
  const budget = new Subscription()
  let beganAt = -Infinity
  let spentMs = 0
  let tick: Subscription | undefined
  let kept = 0

  const mend = (): void => {
    tick?.unsubscribe()
    tick = undefined
    spentMs = 0
    say(true)
  }

  const look = (): void => {
    kept = spentMs > budgetMs ? 0 : kept + 1
    spentMs = 0
    if (kept >= keptSeconds) mend()
  }

  const spend = (ms: number): void => {
    if (tick === undefined) {
      const now = stopwatch()
      if (now - beganAt >= secondMs) {
        beganAt = now - ms
        spentMs = 0
      }
    }
    spentMs += ms
    if (tick !== undefined || spentMs <= budgetMs || budget.closed) return
    times.broken += 1
    times.brokenMs = spentMs
    kept = 0
    // The second in which it was broken is none that counts.
    spentMs = 0
    tick = interval(secondMs).subscribe(look)
    say(false)
  }

  budget.add(() => tick?.unsubscribe())

  return Object.assign(budget, {
    timer: (stage: number): StageTimer => {
      const time = (times.stages[stage] ??= { batches: 0, busyMs: 0, slowestMs: 0 })
      return {
        stopwatch,
        took: (ms) => {
          time.batches += 1
          time.busyMs += ms
          if (ms > time.slowestMs) time.slowestMs = ms
          spend(ms)
        },
      }
    },
    renew: () => {
      spentMs = 0
      if (tick !== undefined) mend()
    },
  })
}
