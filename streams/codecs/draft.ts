import type { Step } from './step.ts'

/** A decoded element not yet handed to anyone: its annotations may still be put on. */
export type Draft = Record<string, unknown>

/**
 * Makes the plain object of an element. Each combination of present fields has a template, and an event is a copy of it:
 * so all its properties lie in the object itself and equal combinations share one hidden class. Added one by one, the fields of
 * a full bar would turn it into a dictionary (three times slower to make, and larger).
 */
export const draftBuilder = (
  ev: string,
  steps: readonly Step[],
): ((values: readonly unknown[], present: number) => Draft) => {
  const templates = new Map<number, Draft>()
  const templateOf = (present: number): Draft => {
    const known = templates.get(present)
    if (known !== undefined) return known
    const names = steps
      .filter(({ bit, absent }) => absent !== 'omit' || (present & bit) !== 0)
      .map(({ name }) => `${JSON.stringify(name)}:null`)
    const made = JSON.parse(`{${[`"ev":${JSON.stringify(ev)}`, ...names].join(',')}}`) as Draft
    templates.set(present, made)
    return made
  }

  return (values, present) => {
    const event = { ...templateOf(present) }
    for (let i = 0; i < steps.length; i += 1) {
      const value = values[i]
      if (value !== undefined) event[(steps[i] as Step).name] = value
    }
    return event
  }
}
