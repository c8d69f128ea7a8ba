import { EncodeError } from './encodeError.ts'
import type { Field } from './field.ts'
import { lookAt } from './look.ts'
import { receivedCharsMax, shortened } from './reject.ts'
import type { Step } from './step.ts'
import type { Row, RowCheck, Wire } from './table.ts'

/** A value for a message, bounded. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return shortened(JSON.stringify(value), receivedCharsMax)
  if (typeof value === 'number' || typeof value === 'bigint') return shortened(`${value}`, receivedCharsMax)
  if (Array.isArray(value)) return 'a list'
  return value === null ? 'null' : `a value of type ${typeof value}`
}

const isDefault = (absent: Field['absent'], value: unknown): boolean => {
  if (typeof absent === 'string' || !('value' in absent)) return false
  return absent.value === value || (Array.isArray(absent.value) && Array.isArray(value) && value.length === 0)
}

/** Makes the element of an event: the table's keys in the table's order, defaults left out, annotations too. */
export const wireWriter =
  (ev: string, steps: readonly Step[], checks: readonly RowCheck<Row>[], looked: readonly string[]) =>
  (event: object): Wire => {
    const row = event as Row
    const wire: Record<string, unknown> = { ev }
    const fail = (field: string, reason: string): never => {
      throw new EncodeError(ev, field, reason)
    }
    for (const { name, wire: key, absent, expected, read, write } of steps) {
      if (key === null) continue
      const value = row[name]
      if (value === undefined || value === null) {
        if (absent === 'refuse' || (typeof absent === 'object' && 'field' in absent))
          fail(name, `is missing: expected ${expected}`)
        continue
      }
      const written = write(value)
      if (written === undefined) fail(name, `is not ${expected}: received ${shown(value)}`)
      if (Object.hasOwn(wire, key)) {
        // A second reading of a key that is written already must say the same.
        if (read(wire[key]) !== value) fail(name, `disagrees with the other field of the wire's ${key}`)
      } else if (!isDefault(absent, value)) wire[key] = written
    }
    const look = lookAt(looked, row)
    for (const { holds, fields, expected } of checks)
      if (!holds(look)) fail(fields[0] ?? '', `is wrong: expected ${expected}`)
    return wire
  }
