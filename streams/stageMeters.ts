import { stageMeter, type StageMeter } from './stageMeter.ts'

/** What a frequency's last stage gave. Events. */
export interface OutputMeter {
  readonly emitted: number
  readonly refused: number
}

/**
 * The figures of a frequency's stages over all the operators it has had: by place in the row, since a later row of operators counts on
 * where the one before stopped.
 */
export interface StageMeters {
  /** The longest row so far, at least 1. */
  readonly count: number
  at(i: number): Readonly<StageMeter>
  output(): OutputMeter
  /** Meters for another row of so many stages; those of the row before are final. */
  next(count: number): readonly StageMeter[]
}

const sum = (a: StageMeter, b: StageMeter): StageMeter => ({
  offered: a.offered + b.offered,
  passed: a.passed + b.passed,
  deadLettered: a.deadLettered + b.deadLettered,
  inHand: a.inHand + b.inHand,
  emitted: a.emitted + b.emitted,
  refused: a.refused + b.refused,
  restarts: a.restarts + b.restarts,
})

export const stageMeters = (): StageMeters => {
  let past: readonly StageMeter[] = [stageMeter()]
  let pastOutput: OutputMeter = { emitted: 0, refused: 0 }
  let now: readonly StageMeter[] = []

  const at = (i: number): StageMeter => sum(past[i] ?? stageMeter(), now[i] ?? stageMeter())
  const output = (): OutputMeter => {
    const last = now.at(-1)
    return {
      emitted: pastOutput.emitted + (last?.emitted ?? 0),
      refused: pastOutput.refused + (last?.refused ?? 0),
    }
  }
  const countNow = (): number => Math.max(past.length, now.length)

  return {
    get count() {
      return countNow()
    },
    at,
    output,
    next: (count) => {
      pastOutput = output()
      past = Array.from({ length: countNow() }, (_, i) => at(i))
      now = Array.from({ length: count }, stageMeter)
      return now
    },
  }
}
