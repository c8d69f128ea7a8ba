import * as t from 'io-ts'

import type { Field } from './field.ts'
import { ruleOf, type Rule } from './rule.ts'
import type { Fields } from './table.ts'

/** A field of a table made ready to run. */
export interface Step extends Field, Rule {
  readonly name: string
  readonly type: t.Mixed
  /** This field's bit in the set of optional fields an element has; 0 for the others. */
  readonly bit: number
}

const typeOf = ({ expected, read, write }: Rule): t.Mixed =>
  new t.Type<unknown, unknown, unknown>(
    expected,
    (value): value is unknown => write(value) !== undefined,
    (wire, context) => {
      const value = read(wire)
      return value === undefined ? t.failure(wire, context) : t.success(value)
    },
    write,
  )

/** The fields of a table in its order. */
export const stepsOf = (fields: Fields): readonly Step[] => {
  let bits = 0
  return Object.entries(fields).map(([name, field]) => {
    const rule = ruleOf(field.kind)
    const bit = field.absent === 'omit' && field.wire !== null ? 1 << bits++ : 0
    if (bits > 31) throw new RangeError('A table has at most 31 optional fields.')
    // Every event without the key shares it.
    if (typeof field.absent === 'object' && 'value' in field.absent) Object.freeze(field.absent.value)
    return { ...field, ...rule, name, type: typeOf(rule), bit }
  })
}
