import type { AnyCodec } from './defineCodec.ts'
import { lookAt } from './look.ts'
import { nameCharsMax, shortened } from './reject.ts'
import type { Row, Wire } from './table.ts'

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

/** A line of the count; what is looked up is kept and counted on for the rest of the frame. */
export interface Tally {
  readonly eventType: string
  readonly name: string
  readonly field?: string
  count: number
}

/** Counts the drifts of one frame. */
export interface DriftCount {
  /** All of one element. */
  look(codec: AnyCodec, wire: Wire, row: Row): void
  /** The line of one drift, made when it is first asked for, with nothing counted. */
  drift(eventType: string, name: string): Tally
  /** The line of an unknown key; one for all of them beyond `unknownFieldsMax`. */
  unknownField(eventType: string, wireKey: string): Tally
  all(): readonly Drift[]
}

const keyOf = (eventType: string, name: string, field = ''): string => `${eventType} ${name} ${field}`

export const driftCount = (): DriftCount => {
  const tallies = new Map<string, Tally>()
  let unknownFields = 0

  const lineOf = (eventType: string, name: string, field?: string): Tally => {
    const key = keyOf(eventType, name, field)
    let tally = tallies.get(key)
    if (tally === undefined) {
      tally = { eventType, name, ...(field === undefined ? {} : { field }), count: 0 }
      tallies.set(key, tally)
    }
    return tally
  }

  const unknownField: DriftCount['unknownField'] = (eventType, wireKey) => {
    const field = shortened(wireKey, nameCharsMax)
    const isNew = !tallies.has(keyOf(eventType, 'unknownField', field))
    const isNamed = !isNew || unknownFields < unknownFieldsMax
    if (isNew && isNamed) unknownFields += 1
    return lineOf(eventType, 'unknownField', isNamed ? field : undefined)
  }

  return {
    look: ({ ev, drifts, looked, wireKeys }, wire, row) => {
      const look = lookAt(looked, row)
      for (const drift of drifts) if (!drift.holds(look)) lineOf(ev, drift.name).count += 1
      for (const key of Object.keys(wire)) if (!wireKeys.has(key)) unknownField(ev, key).count += 1
    },
    drift: lineOf,
    unknownField,
    all: () => [...tallies.values()],
  }
}
