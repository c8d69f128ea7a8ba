import { Ajv } from 'ajv'
import fc from 'fast-check'

import { jsonSchemaOf, kindOfFile, schemaFiles } from '../../src/config/jsonSchema.ts'
import { type Field, type JsonSchema, type Kind, variablePattern } from '../../src/config/kind.ts'

// Goal: what a shipped JSON schema accepts, the codec accepts, and the other way round.
// Method: documents made of the fields themselves, most values right or nearly, some keys wrong; ajv and the codec must agree on each.

const files = Object.keys(schemaFiles) as (keyof typeof schemaFiles)[]

const odd = fc.constantFrom<unknown>(
  '',
  ' ',
  'AA BB',
  0,
  -1,
  1.5,
  true,
  null,
  [],
  {},
  ['AAPL'],
  'AAPL',
  '*',
  'polygon',
  'x',
  1e12,
  ['*', 1],
)

// One at least for each form that a text may have to have.
const texts = [
  'AAPL',
  'delayed',
  'wss://host/stocks',
  'T.{ticker}',
  'AM.{ticker}',
  'FMV.*',
  '1.0',
  'stocks',
  'no such',
  '',
]

/** Mostly what a schema asks for, by its own limits; sometimes just beyond. */
const valueOf = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const {
    type,
    anyOf,
    enum: words,
    minimum,
    maximum,
    exclusiveMinimum,
    items,
    pattern,
  } = schema as {
    readonly type?: string
    readonly anyOf?: readonly JsonSchema[]
    readonly enum?: readonly unknown[]
    readonly minimum?: number
    readonly maximum?: number
    readonly exclusiveMinimum?: number
    readonly items?: JsonSchema
    readonly pattern?: string
  }
  if (anyOf !== undefined) {
    const kinds = anyOf.filter((one) => one.pattern !== variablePattern).map(valueOf)
    return fc.oneof(...kinds.map((arbitrary) => ({ weight: 12, arbitrary })), { weight: 1, arbitrary: odd })
  }
  if (words !== undefined) return fc.constantFrom(...words)
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(valueOf(items ?? {}), { maxLength: 3 })
    case 'null':
      return fc.constant(null)
    case 'string':
      return fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...texts.filter((text) => new RegExp(pattern ?? '', 'u').test(text))) },
        { weight: 1, arbitrary: fc.constantFrom(...texts) },
      )
    case 'integer':
    case 'number': {
      const edges = [minimum, maximum, exclusiveMinimum].filter((edge) => edge !== undefined)
      return fc.oneof(
        fc.constantFrom(1, 2, 50, ...edges, ...edges.flatMap((edge) => [edge - 1, edge + 1])),
        fc.double(),
      )
    }
    default:
      return odd
  }
}

const documentOf = (kind: Kind): fc.Arbitrary<unknown> => {
  if (kind.fields === undefined)
    return fc.oneof({ weight: 9, arbitrary: valueOf(kind.schema) }, { weight: 1, arbitrary: odd })
  const spelled = Object.entries(kind.spellings ?? {}).map(([other, name]): readonly [string, Field] => [
    other,
    kind.fields?.[name] as Field,
  ])
  const entries = [...Object.entries(kind.fields), ...spelled].map(
    ([name, field]) => [name, documentOf(field.kind)] as const,
  )
  const known = fc.record(Object.fromEntries(entries), { requiredKeys: [] })
  const some = fc.subarray(
    entries.map(([name]) => name),
    { maxLength: Math.min(5, entries.length) },
  )
  const required = Object.entries(kind.fields).flatMap(([name, { isRequired }]) => (isRequired === true ? [name] : []))
  return fc.tuple(known, some, fc.integer({ min: 0, max: 20 }), fc.boolean()).map(([all, names, chance, isWhole]) => ({
    ...Object.fromEntries(
      Object.entries(all).filter(([name]) => names.includes(name) || (isWhole && required.includes(name))),
    ),
    ...(chance === 0 ? { unknown: 1 } : {}),
  }))
}

it.each(files)('agrees with the codec: %s', (file) => {
  const ajv = new Ajv({ strict: false })
  const validate = ajv.compile(jsonSchemaOf(file))
  const kind = kindOfFile(file) as Kind
  const counts = { accepted: 0, rejected: 0 }

  fc.assert(
    fc.property(documentOf(kind), (document) => {
      const byCodec = kind.codec.decode(document)._tag === 'Right'
      counts[byCodec ? 'accepted' : 'rejected'] += 1
      expect({ document, accepted: validate(document) }).toEqual({ document, accepted: byCodec })
    }),
    { numRuns: 300 },
  )
  // The documents are neither all right nor all wrong. How many are right is chance: about one in twenty.
  expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(0)
})

it.each(files)('lets variables stand for every value: %s', (file) => {
  const validate = new Ajv({ strict: false }).compile(jsonSchemaOf(file))
  const filled = (kind: Kind): unknown =>
    kind.fields === undefined
      ? 'object' === (kind.schema.anyOf as readonly JsonSchema[])[0]?.type
        ? {}
        : '${ANY:1}'
      : Object.fromEntries(Object.entries(kind.fields).map(([name, field]) => [name, filled(field.kind)]))

  expect(validate(filled(kindOfFile(file) as Kind))).toBe(true)
})
