import type { AnyCodec } from './defineCodec.ts'
import type { Draft } from './draft.ts'
import { nameCharsMax, shortened, threw, type Reason } from './reject.ts'
import type { Row, RowCheck, Wire } from './table.ts'

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
  /** Looks at an element. A drift check that throws is a reason against it, and then nothing of it is counted. */
  look(codec: AnyCodec, wire: Wire, draft: Draft): Reason | undefined
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
    look: ({ ev, fields, drifts, wireKeys }, wire, draft) => {
      let odd: RowCheck<Row>[] | undefined
      for (const drift of drifts) {
        try {
          if (!drift.holds(draft)) (odd ??= []).push(drift)
        } catch (error) {
          const [name = ''] = drift.fields
          const field = fields[name]?.wire ?? name
          return { field, expected: drift.expected, received: threw(`check ${drift.name}`, error) }
        }
      }
      if (odd !== undefined) for (const { name } of odd) count(ev, name)
      for (const key of Object.keys(wire)) if (!wireKeys.has(key)) countUnknown(ev, key)
      return undefined
    },
    all: () => [...tallies.values()],
  }
}
