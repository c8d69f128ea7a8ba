import fc from 'fast-check'

import { scenarios } from './arbitrary.ts'
import { check } from './check.ts'
import { drawn } from './drawn.ts'
import type { Scenario } from './scenario.ts'

/** Every so many scenarios one is run twice, to see whether it shows the same. */
const repeatEvery = 16

export interface SimulateOptions {
  /** Of fast-check: the same seed and path, the same scenario. */
  readonly seed: number
  /** How many scenarios of this seed. */
  readonly runs: number
  readonly path?: string
  /** Steps of a scenario, at most. */
  readonly stepsMax?: number
  /** Told after each scenario; `false` stops here. */
  readonly progress?: () => boolean
}

/** What so many scenarios of one seed have shown. */
export interface Simulated {
  readonly runs: number
  /** Of them, those that were also run without the faults of one frequency. */
  readonly compared: number
  readonly events: { readonly sent: number; readonly heard: number; readonly inGaps: number; readonly gaps: number }
  readonly failure?: Failure
}

/** The smallest scenario that shows what is wrong. */
export interface Failure {
  readonly seed: number
  readonly path: string
  readonly scenario: Scenario
  readonly violations: readonly string[]
  /** A drawing of it for people, with the text of a page. */
  readonly text: string
}

class Violated extends Error {
  readonly _tag = 'Violated'
  readonly violations: readonly string[]

  constructor(violations: readonly string[]) {
    super(violations.join('\n'))
    this.name = 'Violated'
    this.violations = violations
  }
}

/** Runs the scenarios of a seed until one shows something wrong, and shrinks that one. */
export const simulate = async ({
  seed,
  runs,
  path,
  stepsMax,
  progress = () => true,
}: SimulateOptions): Promise<Simulated> => {
  const events = { sent: 0, heard: 0, inGaps: 0, gaps: 0 }
  let count = 0
  let compared = 0
  let isStopped = false

  const property = fc.asyncProperty(scenarios(stepsMax), async (scenario) => {
    if (isStopped) return
    count += 1
    const { violations, counts, isCompared } = await check(scenario, { isRepeated: count % repeatEvery === 0 })
    if (isCompared) compared += 1
    for (const key of ['sent', 'heard', 'inGaps', 'gaps'] as const) events[key] += counts[key]
    if (violations.length > 0) throw new Violated(violations)
    isStopped = !progress()
  })
  const details = await fc.check(property, { seed, numRuns: runs, ...(path === undefined ? {} : { path }) })
  if (!details.failed) return { runs: count, compared, events }

  const [scenario] = details.counterexample as [Scenario]
  const { errorInstance } = details
  const violations = errorInstance instanceof Violated ? errorInstance.violations : [String(errorInstance)]
  return {
    runs: count,
    compared,
    events,
    failure: {
      seed,
      path: details.counterexamplePath ?? '',
      scenario,
      violations,
      text: await drawn(scenario, violations),
    },
  }
}
