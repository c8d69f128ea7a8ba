import type { AnyCodec } from './defineCodec.ts'
import type { Draft } from './draft.ts'
import { nameCharsMax, shortened } from './reject.ts'
import type { Wire } from './table.ts'

/** Something odd that is no reason to reject, counted over a frame. */
export interface Drift {
  readonly eventType: string
  /** The name of a table's drift, or `unknownField`. */
  readonly name: string
  /** The unknown field's wire key; absent once a frame has shown `unknownFieldsMax` of them. */
  readonly field?: string
  readonly count: number
}

/** How many unknown wire keys a frame can have counted by name: names come from outside and must not fill a memory. */
export const unknownFieldsMax = 32

/** Counts the drifts of one frame. */
export interface DriftCount {
  look(codec: AnyCodec, wire: Wire, draft: Draft): void
  all(): readonly Drift[]
}

interface Tally {
  readonly eventType: string
  readonly name: string
  readonly field?: string
  count: number
}

const keyOf = (eventType: string, name: string, field = ''): string => `${eventType} ${name} ${field}`

export const driftCount = (): DriftCount => {
  const tallies = new Map<string, Tally>()
  let unknownFields = 0

  const count = (eventType: string, name: string, field?: string): void => {
    const key = keyOf(eventType, name, field)
    const tally = tallies.get(key)
    if (tally !== undefined) tally.count += 1
    else tallies.set(key, { eventType, name, ...(field === undefined ? {} : { field }), count: 1 })
  }

  const countUnknown = (eventType: string, wireKey: string): void => {
    const field = shortened(wireKey, nameCharsMax)
    const isNew = !tallies.has(keyOf(eventType, 'unknownField', field))
    const isNamed = !isNew || unknownFields < unknownFieldsMax
    if (isNew && isNamed) unknownFields += 1
    count(eventType, 'unknownField', isNamed ? field : undefined)
  }

  return {
    look: ({ ev, drifts, wireKeys }, wire, draft) => {
      for (const drift of drifts) if (!drift.holds(draft)) count(ev, drift.name)
      for (const key of Object.keys(wire)) if (!wireKeys.has(key)) countUnknown(ev, key)
    },
    all: () => [...tallies.values()],
  }
}
