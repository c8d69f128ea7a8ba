import { map, mergeMap, type Observable } from 'rxjs'

import type { FrequencyHandle } from '../../src/engine/handle.ts'
import { difference } from './difference.ts'
import type { Happening, Values } from './diagram.ts'
import { letterValues } from './events.ts'
import { rejectLetters } from './faults.ts'
import { stateLetters } from './page.ts'
import type { Stage } from './stage.ts'

/** One thing that can be seen of a frequency. */
interface View {
  readonly what: string
  readonly source$: Observable<unknown>
  readonly values: Values
  /** Only the last of each moment counts, and only when it is another one than before. */
  readonly isState?: boolean
}

export type ViewName = 'events' | 'states' | 'gaps' | 'deadLetters' | 'rejects'

/** What can be seen of a frequency, with the letters it is drawn in. */
export const viewsOf = (handle: FrequencyHandle): Readonly<Record<ViewName, View>> => {
  const { name, event$, state$, gap$, deadLetter$, reject$ } = handle
  const values = letterValues(handle.eventTypes[0] ?? '')
  return {
    events: { what: `what ${name} gives`, source$: event$, values },
    states: {
      what: `the state of ${name}`,
      source$: state$.pipe(map(({ word }) => word)),
      values: stateLetters,
      isState: true,
    },
    gaps: {
      what: `the gaps of ${name}`,
      source$: gap$.pipe(map(({ toMs }) => (toMs === undefined ? 'opened' : 'closed'))),
      values: { o: 'opened', c: 'closed' },
    },
    deadLetters: {
      what: `the dead letters of ${name}`,
      source$: deadLetter$.pipe(mergeMap(({ events }) => events)),
      values,
    },
    rejects: {
      what: `the rejects of ${name}`,
      source$: reject$.pipe(map(({ kind }) => kind)),
      values: rejectLetters,
    },
  }
}

export const lastPerMoment = (happenings: readonly Happening[]): readonly Happening[] => {
  const last = happenings.filter(({ frame }, i) => happenings[i + 1]?.frame !== frame)
  // The same word again is no change.
  return last.filter(({ notification }, i) => {
    const before = last[i - 1]?.notification
    return !(notification.kind === 'N' && before?.kind === 'N' && before.value === notification.value)
  })
}

/** All that was seen of a frequency in a drawing. */
export type Seen = readonly (View & { readonly happenings: readonly Happening[] })[]

export const seen = (stage: Stage, handle: FrequencyHandle): Seen =>
  Object.values(viewsOf(handle)).map((view) => ({ ...view, happenings: stage.record(view.source$) }))

/** Undefined when a frequency is seen the same with another one's doings and without them. */
export const influenceOf = (
  frequency: string,
  other: string,
  withOther: Seen,
  without: Seen | undefined,
): string | undefined => {
  const wrong = withOther.flatMap(({ what, happenings, values, isState = false }, i) => {
    const trim = isState ? lastPerMoment : (all: readonly Happening[]): readonly Happening[] => all
    const rows = { expected: `without ${other}`, received: `with ${other}` }
    return difference(`  ${what}:`, trim(without?.[i]?.happenings ?? []), trim(happenings), values, rows) ?? []
  })
  return wrong.length === 0 ? undefined : [`${frequency} is not isolated from ${other}`, ...wrong].join('\n')
}
