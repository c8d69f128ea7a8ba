import type { AnyCodec } from './defineCodec.ts'
import { lookAt } from './look.ts'
import { nameCharsMax, shortened, threw, type Reason } from './reject.ts'
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

/** Counts the drifts of one frame. A class for the reason View is one. */
export class DriftCount {
  // There are few kinds in a frame, so they are looked for one by one; who counts often keeps the line.
  readonly #tallies: Tally[] = []
  #unknownFields = 0

  /** All of one element. A drift check that throws is a reason against it, and then nothing of it is counted. */
  look({ ev, fields, drifts, looked, wireKeys }: AnyCodec, wire: Wire, row: Row): Reason | undefined {
    if (drifts.length > 0) {
      const look = lookAt(looked, row)
      const odd: string[] = []
      for (const drift of drifts) {
        try {
          if (!drift.holds(look)) odd.push(drift.name)
        } catch (error) {
          const [name = ''] = drift.fields
          const field = fields[name]?.wire ?? name
          return { field, expected: drift.expected, received: threw(`check ${drift.name}`, error) }
        }
      }
      for (const name of odd) this.drift(ev, name).count += 1
    }
    for (const key of Object.keys(wire)) if (!wireKeys.has(key)) this.unknownField(ev, key).count += 1
    return undefined
  }

  /** The line of one drift, made when it is first asked for, with nothing counted. */
  drift(eventType: string, name: string): Tally {
    return this.#lineOf(eventType, name, undefined) ?? this.#add({ eventType, name, count: 0 })
  }

  /** The line of an unknown key; one for all of them beyond `unknownFieldsMax`. */
  unknownField(eventType: string, wireKey: string): Tally {
    const name = 'unknownField'
    const field = shortened(wireKey, nameCharsMax)
    const known = this.#lineOf(eventType, name, field)
    if (known !== undefined) return known
    if (this.#unknownFields >= unknownFieldsMax) return this.drift(eventType, name)
    this.#unknownFields += 1
    return this.#add({ eventType, name, field, count: 0 })
  }

  all(): readonly Drift[] {
    return this.#tallies
  }

  #lineOf(eventType: string, name: string, field: string | undefined): Tally | undefined {
    for (const tally of this.#tallies)
      if (tally.field === field && tally.name === name && tally.eventType === eventType) return tally
    return undefined
  }

  #add(tally: Tally): Tally {
    this.#tallies.push(tally)
    return tally
  }
}
