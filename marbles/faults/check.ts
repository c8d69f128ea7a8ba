import { differenceBetween, withoutFaultsOf } from './compared.ts'
import { type Outcome, run } from './run.ts'
import type { Scenario } from './scenario.ts'

export interface Findings {
  readonly violations: readonly string[]
  readonly step?: number
  readonly counts: Outcome['counts']
  /** Whether a second run without the faults of one frequency was there to compare with. */
  readonly isCompared: boolean
}

/**
 * Everything a scenario must show: what holds at every step and at the end; that without the faults of its worst frequency the
 * others see the same; and, if asked for, that it shows the same twice.
 */
export const check = async (scenario: Scenario, { isRepeated = false } = {}): Promise<Findings> => {
  const outcome = await run(scenario)
  const { counts } = outcome
  if (outcome.violations.length > 0) return { ...outcome, isCompared: false }

  const violations: string[] = []
  const without = withoutFaultsOf(scenario, scenario.worst)
  if (without !== undefined) {
    const other = await run(without, { isCutShort: true })
    const difference = differenceBetween(scenario.worst, outcome, other)
    if (difference !== undefined) violations.push(difference)
    violations.push(...other.violations.map((violation) => `without the faults of ${scenario.worst}: ${violation}`))
  }
  if (isRepeated) {
    const again = await run(scenario)
    if (again.digest() !== outcome.digest()) violations.push('the same scenario ran differently the second time')
  }
  return { violations, counts, isCompared: without !== undefined }
}

/** For a page: what is wrong, nothing when all is well. */
export const violationsOf = async (scenario: Scenario): Promise<readonly string[]> =>
  (await check(scenario, { isRepeated: true })).violations
