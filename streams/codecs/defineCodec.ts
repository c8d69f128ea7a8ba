import * as t from 'io-ts'

import { acceptOf } from './accept.ts'
import { draftBuilder } from './draft.ts'
import { lookAt, namedBy } from './look.ts'
import { noteOwnTable } from './ownTable.ts'
import { receivedCharsMax, shortened, threw, type Reason } from './reject.ts'
import { stepsOf, type Step } from './step.ts'
import type { Fields, Row, RowCheck, Table, TableEvent, Wire } from './table.ts'
import { shown, wireWriter } from './toWire.ts'

export type { EventOf, Fields, Row, RowCheck, Table, Wire } from './table.ts'

/** A codec of whatever event type: what a decoder needs. */
export interface AnyCodec {
  readonly ev: string
  readonly fields: Fields
  readonly at?: string
  readonly checks: readonly RowCheck<Row>[]
  readonly drifts: readonly RowCheck<Row>[]
  /** The fields checks and drifts are shown. */
  readonly looked: readonly string[]
  /** Every wire key the table knows, `ev` among them. */
  readonly wireKeys: ReadonlySet<string>
  /** The wire keys whose numbers may be beyond a double: hand those literals in as bigint. */
  readonly exactKeys: readonly string[]
  /** Decodes to a plain object nobody else has, as `type` does, which is asked when there is anything wrong. */
  readonly decoder: t.Decoder<unknown, object>
  /** What is wrong, for people; `literalOf` gives a key's text as it stood on the wire. */
  reasons(this: void, errors: t.Errors, literalOf: (key: string) => string | undefined): readonly Reason[]
  /** The element of an event, in the table's order; throws EncodeError. */
  wireOf(this: void, event: object): Wire
}

/**
 * `E` gives its events a name, so that the compiler and the editor say `Trade` and not the whole table:
 *
 *     const table = defineCodec({ ev: 'T', … })
 *     export interface Trade extends EventOf<typeof table> {}
 *     export const trade: Codec<'T', (typeof table)['fields'], Trade> = table
 */
export interface Codec<Ev extends string, F extends Fields, E extends object = TableEvent<Ev, F>> extends AnyCodec {
  readonly ev: Ev
  readonly fields: F
  /** The authority on what is valid. */
  readonly type: t.Type<E, Wire>
  /** For the compiler only: what it decodes to. Never set. */
  readonly event?: E
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Makes a codec of a table: the io-ts type, the messages, the objects, the encoding. A table that contradicts itself is a
 * RangeError here.
 */
export const defineCodec = <const Ev extends string, const F extends Fields>(table: Table<Ev, F>): Codec<Ev, F> => {
  type Event = TableEvent<Ev, F>
  const { ev } = table
  const checks: readonly RowCheck<Row>[] = table.checks ?? []
  const drifts: readonly RowCheck<Row>[] = table.drifts ?? []
  const steps = stepsOf(table.fields)
  const build = draftBuilder(ev, steps)
  const indexOf = (name: string): number => {
    const index = steps.findIndex((step) => step.name === name)
    if (index < 0) throw new RangeError(`The table of ${ev} has no field ${name}.`)
    return index
  }
  // Or it would be found out by the first element that does not hold.
  for (const { name, fields } of [...checks, ...drifts]) {
    if (fields.length === 0) throw new RangeError(`The check ${name} of ${ev} names no field.`)
    fields.forEach(indexOf)
  }
  const looked = namedBy(table.fields, [...checks, ...drifts])
  const wireKeyOf = (name: string): string => steps[indexOf(name)]?.wire ?? name
  const sources = steps.map(({ absent }) =>
    typeof absent === 'object' && 'field' in absent ? indexOf(absent.field) : -1,
  )
  const evType = t.literal(ev, `the text "${ev}"`)
  const checkTypes = checks.map(
    (check) =>
      new t.Type<unknown, unknown, unknown>(check.expected, (_row): _row is unknown => true, t.success, t.identity),
  )

  const validate: t.Validate<unknown, Event> = (input, context) => {
    if (!isObject(input)) return t.failure(input, context)
    const errors: t.Errors = []
    const values: unknown[] = []
    let present = 0
    if (input.ev !== ev) errors.push({ value: input.ev, context: t.appendContext(context, 'ev', evType, input.ev) })

    for (let i = 0; i < steps.length; i += 1) {
      const { wire, absent, read, bit, type } = steps[i] as Step
      const given = wire === null ? undefined : input[wire]
      let value: unknown
      if (given !== undefined && given !== null) value = read(given)
      else if (absent === 'omit') {
        values.push(undefined)
        continue
      } else if (absent !== 'refuse') {
        // Without the field it derives from the element is refused for that one.
        const from = values[sources[i] as number]
        value = 'value' in absent ? absent.value : typeof from === 'number' ? read(from + absent.plus) : absent.plus
      }
      if (value === undefined) errors.push({ value: given, context: t.appendContext(context, wire ?? '', type, given) })
      else present |= bit
      values.push(value)
    }
    if (errors.length > 0) return t.failures(errors)

    const event = build(values, present)
    const look = lookAt(looked, event)
    for (let i = 0; i < checks.length; i += 1) {
      const check = checks[i] as RowCheck<Row>
      let message: string | undefined
      try {
        if (check.holds(look)) continue
      } catch (error) {
        // Not silent: it is the reason's text.
        message = threw(`check ${check.name}`, error)
      }
      const seen = Object.fromEntries(check.fields.map((name) => [wireKeyOf(name), event[name]]))
      errors.push({
        value: seen,
        context: t.appendContext(context, wireKeyOf(check.fields[0] ?? ''), checkTypes[i] as t.Mixed, seen),
        ...(message === undefined ? {} : { message }),
      })
    }
    // The table is where the static type comes from, so what was built by it has that type.
    return errors.length > 0 ? t.failures(errors) : t.success(event as Event)
  }

  const wireOf = wireWriter(ev, steps, checks, looked)

  const is = (value: unknown): value is Event => {
    if (!isObject(value) || value.ev !== ev) return false
    const holds = steps.every(({ name, absent, write }) =>
      value[name] === undefined ? absent === 'omit' : write(value[name]) !== undefined,
    )
    const look = lookAt(looked, value)
    return holds && checks.every((check) => check.holds(look))
  }

  const receivedOf = (
    { value, context }: t.ValidationError,
    literalOf: (key: string) => string | undefined,
  ): string => {
    const entry = context[context.length - 1]
    const isOfRow = checkTypes.some((type) => type === entry?.type) && isObject(value)
    if (!isOfRow) return literalOf(entry?.key ?? '') ?? shown(value)
    return Object.entries(value)
      .map(([key, said]) => `${key} ${shown(said)}`)
      .join(', ')
  }

  const reasons: AnyCodec['reasons'] = (errors, literalOf) => {
    const told = new Map<string, Reason>()
    for (const error of errors) {
      const { key = '', type = evType } = error.context[error.context.length - 1] ?? {}
      const received = error.message ?? shortened(receivedOf(error, literalOf), receivedCharsMax)
      const reason = { field: key === '' ? '(element)' : key, expected: type.name, received }
      // Two fields may be read from one key and say the same of it.
      told.set(`${reason.field}: ${reason.expected}`, reason)
    }
    return [...told.values()]
  }

  const type = new t.Type<Event, Wire, unknown>(ev, is, validate, wireOf)
  const accept = acceptOf(ev, steps, sources, checks, looked)
  const decode = (input: unknown): t.Validation<object> => {
    const event = accept !== undefined && isObject(input) ? accept(input) : undefined
    return event === undefined ? type.decode(input) : t.success(event)
  }
  const wired = steps.flatMap(({ wire }) => (wire === null ? [] : [wire]))
  const exact = steps.flatMap(({ wire, kind }) =>
    wire !== null && (kind.kind === 'instantNs' || kind.kind === 'instantMs') ? [wire] : [],
  )

  const decoder = { name: ev, validate: type.validate, decode }
  noteOwnTable({ ev, fields: table.fields, checks, drifts, decoder })

  return {
    ev,
    fields: table.fields,
    ...(table.at === undefined ? {} : { at: table.at }),
    checks,
    drifts,
    looked,
    wireKeys: new Set(['ev', ...wired]),
    exactKeys: [...new Set(exact)],
    decoder,
    type,
    reasons,
    wireOf,
  }
}
