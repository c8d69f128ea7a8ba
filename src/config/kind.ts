import * as t from 'io-ts'

/** JSON Schema, draft 2020-12, as far as it is used here. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * A text that holds what variables held: of the environment, or a `${VAR}` in a file. It is read by what is expected in its place, so that
 * `${TICKERS_MAX:500}` is a number where a number belongs and a text where a text does.
 */
export class FromText {
  readonly text: string
  /** The variables in it that are not set and have no default. */
  readonly unset: readonly string[]

  constructor(text: string, unset: readonly string[] = []) {
    this.text = text
    this.unset = unset
  }
}

/** The io-ts codec of a kind: its name is what is allowed, for people. */
export class KindType<A> extends t.Type<A, unknown> {
  /** The value never appears in a message. */
  readonly isSecret: boolean
  /** What a near miss is looked for among. */
  readonly words: readonly string[]

  constructor(
    allowed: string,
    is: (value: unknown) => value is A,
    validate: t.Validate<unknown, A>,
    { isSecret = false, words = [] }: { readonly isSecret?: boolean; readonly words?: readonly string[] } = {},
  ) {
    super(allowed, is, validate, t.identity)
    this.isSecret = isSecret
    this.words = words
  }
}

/** A codec to decode with: nothing is encoded here. */
export type KindCodec<A> = Pick<KindType<A>, 'name' | 'validate' | 'decode' | 'is' | 'isSecret' | 'words'>

/** What a value may be, said once: the io-ts codec, the sentence, the reading of texts and the JSON Schema belong together. */
export interface Kind<A = unknown> {
  /** The authority. */
  readonly codec: KindCodec<A>
  readonly schema: JsonSchema
  /** Of an object: its fields by name. */
  readonly fields?: Fields
  /** Of an object: other spellings of its fields. */
  readonly spellings?: Readonly<Record<string, string>>
}

/** What a row of a file or of the environment is for us. */
export type RowClass = 'honoured' | 'mapped' | 'recognised'

/** One value that may be configured, with all that documents, decoding and JSON Schema need of it. */
export interface Field<A = unknown> {
  readonly kind: Kind<A>
  readonly meaning: string
  /** What holds when it is not given, for people; absent: nothing does. */
  readonly fallback?: string
  /** `honoured` unless told otherwise. */
  readonly class?: RowClass
  /** Where it goes to, or why it means nothing here. */
  readonly note?: string
  readonly example?: unknown
  /** Missing, it is an error. */
  readonly isRequired?: boolean
}

export type Fields = Readonly<Record<string, Field>>
export type ValueOf<K> = K extends { readonly kind: Kind<infer A> } ? A : K extends Kind<infer A> ? A : never
/** Everything may be absent: sources are laid over one another. */
export type ObjectOf<F extends Fields> = { readonly [N in keyof F]?: ValueOf<F[N]> }

/** In a schema every value may also be written with variables. */
export const variablePattern = String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}`
const orVariable = (schema: JsonSchema): JsonSchema => ({
  anyOf: [schema, { type: 'string', pattern: variablePattern }],
})

interface Leaf<A> {
  readonly allowed: string
  readonly schema: JsonSchema
  readonly is: (value: unknown) => boolean
  /** What a text means here; the text itself where it means nothing. */
  readonly read?: (text: string) => unknown
  /** Other spellings become ours. */
  readonly settle?: (value: unknown) => A
  readonly isSecret?: boolean
  readonly words?: readonly string[]
}

const same = (text: string): unknown => text

export const leaf = <A>(said: Leaf<A>): Kind<A> => {
  const { allowed, schema, is, read = same } = said
  const settle: (value: unknown) => A = said.settle ?? ((value) => value as A)
  const codec = new KindType<A>(
    allowed,
    (value): value is A => is(value),
    (input, context) => {
      const value = input instanceof FromText ? read(input.text.trim()) : input
      return is(value) ? t.success(settle(value)) : t.failure(input, context)
    },
    said,
  )
  return { codec, schema: orVariable(schema) }
}

/** What may stand here, for people. */
export const allowedOf = ({ codec }: Kind): string => codec.name

const numberForm = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i
export const numberOf = (text: string): unknown => (numberForm.test(text) ? Number(text) : text)

export interface NumberRange {
  readonly least?: number
  readonly most?: number
  /** Only more than so much. */
  readonly above?: number
  /** `seconds`, `events`. */
  readonly unit?: string
}

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 10 })

const rangeText = ({ least, most = Number.MAX_SAFE_INTEGER, above, unit }: NumberRange): string => {
  const isOpen = most >= Number.MAX_SAFE_INTEGER
  const lower = above !== undefined ? ` above ${grouped(above)}` : least !== undefined ? ` from ${grouped(least)}` : ''
  const upper = isOpen ? (least === undefined ? '' : ' up') : `${least === undefined ? ' up' : ''} to ${grouped(most)}`
  return `${unit === undefined ? '' : ` of ${unit}`}${lower}${upper}`
}

const numberKind = (range: NumberRange, isWhole: boolean): Kind<number> => {
  const { least, most, above } = range
  return leaf({
    allowed: `a ${isWhole ? 'whole ' : ''}number${rangeText(range)}`,
    schema: {
      type: isWhole ? 'integer' : 'number',
      ...(least === undefined ? {} : { minimum: least }),
      ...(above === undefined ? {} : { exclusiveMinimum: above }),
      ...(most === undefined ? {} : { maximum: most }),
    },
    is: (value) =>
      typeof value === 'number' &&
      Number.isFinite(value) &&
      (!isWhole || Number.isInteger(value)) &&
      (least === undefined || value >= least) &&
      (above === undefined || value > above) &&
      (most === undefined || value <= most),
    read: numberOf,
  })
}

/** A whole number; up to the largest that is exact. */
export const whole = (range: NumberRange): Kind<number> => numberKind({ most: Number.MAX_SAFE_INTEGER, ...range }, true)

export const number = (range: NumberRange): Kind<number> => numberKind(range, false)

/** What a timer takes. */
const timerMsMax = 2_147_483_647
export const milliseconds = (range: Pick<NumberRange, 'least' | 'above'> = { above: 0 }): Kind<number> =>
  number({ ...range, most: timerMsMax, unit: 'milliseconds' })
export const seconds = (range: Pick<NumberRange, 'least' | 'above'> = { above: 0 }): Kind<number> =>
  number({ ...range, most: Math.floor(timerMsMax / 1000), unit: 'seconds' })

const yes = ['true', 'yes', 'y', 'on', '1']
const no = ['false', 'no', 'n', 'off', '0']

export const flag: Kind<boolean> = leaf({
  allowed: 'true or false',
  schema: { type: 'boolean' },
  is: (value) => typeof value === 'boolean',
  read: (text) => {
    const word = text.toLowerCase()
    return yes.includes(word) ? true : no.includes(word) ? false : text
  },
  words: ['true', 'false'],
})

/** Any text with something in it, or one of a form. */
export const text = (what: string, form = String.raw`\S`, isSecret = false): Kind<string> => {
  const pattern = new RegExp(form, 'u')
  return leaf({
    allowed: what,
    isSecret,
    schema: { type: 'string', pattern: form },
    is: (value) => typeof value === 'string' && pattern.test(value),
  })
}

/** A key: masked wherever it could be seen. */
export const key: Kind<string> = text('a key, text without spaces', String.raw`^\S+$`, true)

/** One of some words; `spellings` are understood too. */
export const oneOf = <const W extends string>(
  words: readonly W[],
  spellings: Readonly<Record<string, NoInfer<W>>> = {},
): Kind<W> => {
  const all = [...words, ...Object.keys(spellings)]
  return leaf({
    allowed: words.length === 1 ? words.join('') : `one of ${words.join(', ')}`,
    schema: { type: 'string', enum: all },
    is: (value) => typeof value === 'string' && all.includes(value),
    settle: (value) => spellings[value as string] ?? (value as W),
    words: all,
  })
}

/** One kind or `null`. */
export const orNull = <A>(kind: Kind<A>): Kind<A | null> =>
  leaf({
    allowed: `${allowedOf(kind)}, or null`,
    schema: { anyOf: [kind.schema, { type: 'null' }] },
    is: (value) => value === null || isOf(kind, value),
    read: (given) => (given === 'null' ? null : new FromText(given)),
    settle: (value) => (value === null ? null : settled(kind, value)),
    words: kind.codec.words,
  })

/** The first of two kinds that takes it. What is wrong within a list is said of its elements. */
export const either = <A, B>(a: Kind<A>, b: Kind<B>): Kind<A | B> => {
  const kinds: readonly Kind<A | B>[] = [a, b]
  const codec = new KindType<A | B>(
    `${allowedOf(a)}, or ${allowedOf(b)}`,
    (value): value is A | B => kinds.some((kind) => kind.codec.is(value)),
    (input, context): t.Validation<A | B> => {
      const decoded = kinds.map((kind) => kind.codec.validate(input, context))
      const best = decoded.find(({ _tag }) => _tag === 'Right')
      if (best !== undefined) return best
      const within = decoded.find((one) => one._tag === 'Left' && one.left.some((error) => error.context !== context))
      return within ?? t.failure(input, context)
    },
    {
      isSecret: a.codec.isSecret || b.codec.isSecret,
      words: [...a.codec.words, ...b.codec.words],
    },
  )
  return { codec, schema: { anyOf: [a.schema, b.schema] } }
}

const isOf = (kind: Kind, value: unknown): boolean => kind.codec.decode(value)._tag === 'Right'

/** The value of what is known to be right. */
const settled = <A>(kind: Kind<A>, value: unknown): A => {
  const decoded = kind.codec.decode(value)
  if (decoded._tag === 'Left') throw new TypeError(`no ${allowedOf(kind)}`)
  return decoded.right
}

/** A text with commas between is a list too; spaces and empty places in it go. */
const split = (given: string): readonly FromText[] =>
  given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => new FromText(part))

/** A list; in a text, with commas between. What variables give within a list may be several too. */
export const listOf = <A>(
  kind: Kind<A>,
  { what, least = 0 }: { readonly what: string; readonly least?: number },
): Kind<readonly A[]> => {
  const allowed = `a list of ${what}${least === 0 ? '' : `, at least ${least === 1 ? 'one' : String(least)}`}`
  const codec = new KindType<readonly A[]>(
    allowed,
    (value): value is readonly A[] => Array.isArray(value) && value.every((one) => kind.codec.is(one)),
    (input, context) => {
      const list = input instanceof FromText ? split(input.text) : input
      if (!Array.isArray(list)) return t.failure(input, context)
      const elements = (list as readonly unknown[]).flatMap((one, i) => {
        const parts = one instanceof FromText ? split(one.text) : []
        return (parts.length > 1 ? parts : [one]).map((value) => ({ value, i }))
      })
      if (elements.length < least) return t.failure(input, context)
      const errors: t.ValidationError[] = []
      const values: A[] = []
      for (const { value, i } of elements) {
        const decoded = kind.codec.validate(value, t.appendContext(context, String(i), kind.codec, value))
        if (decoded._tag === 'Left') errors.push(...decoded.left)
        else values.push(decoded.right)
      }
      return errors.length > 0 ? t.failures(errors) : t.success(values)
    },
    kind.codec,
  )
  const schema = orVariable({
    type: 'array',
    items: kind.schema,
    ...(least === 0 ? {} : { minItems: least }),
  })
  return { codec, schema }
}

/** A key that an object does not have, as a codec that takes nothing: its name says what there is. */
export class UnknownKey extends t.Type<never, unknown> {
  readonly known: readonly string[]

  constructor(known: readonly string[]) {
    super(
      `one of ${known.join(', ')}`,
      (_value): _value is never => false,
      (input, context) => t.failure(input, context),
      t.identity,
    )
    this.known = known
  }
}

/** The same thing under two names. */
export class SaidTwice extends t.Type<never, unknown> {
  constructor(names: readonly string[]) {
    super(
      `only one of ${names.join(' and ')}, which mean the same`,
      (_value): _value is never => false,
      (input, context) => t.failure(input, context),
      t.identity,
    )
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof FromText)

/** What is good of a value, and what is wrong in it: both, so that all of it can be told at once. */
export interface Decoded<A> {
  readonly value: A | undefined
  readonly errors: t.Errors
}

/** The good parts of an object and every error of the others; of anything else, all or nothing. */
export const decodeGood = <A>(kind: Kind<A>, input: unknown, context: t.Context): Decoded<A> => {
  if (kind.fields === undefined) {
    const decoded = kind.codec.validate(input, context)
    return decoded._tag === 'Left' ? { value: undefined, errors: decoded.left } : { value: decoded.right, errors: [] }
  }
  if (!isRecord(input)) return { value: undefined, errors: [{ value: input, context }] }

  const { fields, spellings = {} } = kind
  const errors: t.ValidationError[] = []
  const value: Record<string, unknown> = {}
  const writtenAs = new Map<string, string>()
  const refuse = (name: string, codec: t.Type<never, unknown>, given: unknown): void => {
    errors.push({ value: given, context: t.appendContext(context, name, codec, given) })
  }

  for (const [written, given] of Object.entries(input)) {
    if (given === undefined) continue
    const name = Object.hasOwn(spellings, written) ? (spellings[written] as string) : written
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined) {
      refuse(written, new UnknownKey(Object.keys(fields)), given)
      continue
    }
    const other = writtenAs.get(name)
    if (other !== undefined) {
      refuse(written, new SaidTwice([other, written]), given)
      continue
    }
    writtenAs.set(name, written)
    // A key whose variable is not set is not given.
    if (field.kind.codec.isSecret && given instanceof FromText && given.text.trim() === '') continue
    const inner = decodeGood(field.kind, given, t.appendContext(context, written, field.kind.codec, given))
    errors.push(...inner.errors)
    if (inner.value !== undefined) value[name] = inner.value
  }
  for (const [name, { isRequired, kind: own }] of Object.entries(fields)) {
    if (isRequired === true && !writtenAs.has(name)) {
      errors.push({ value: undefined, context: t.appendContext(context, name, own.codec, undefined) })
    }
  }
  // Built of the values of its own fields.
  return { value: value as A, errors }
}

/** The names of one thing in a schema: each alone, not two of them. */
const notTwice = (names: readonly string[]): readonly JsonSchema[] =>
  names.flatMap((a, i) => names.slice(i + 1).map((b) => ({ not: { required: [a, b] } })))

const described = ({ kind, meaning, fallback, note }: Field): JsonSchema => ({
  ...kind.schema,
  description: [meaning, note, fallback === undefined ? undefined : `Default: ${fallback}.`]
    .filter((part) => part !== undefined)
    .join(' '),
})

/** An object of fields, each of which may be absent; a key that is none of them is an error. */
export const object = <const F extends Fields>(
  what: string,
  fields: F,
  spellings: Readonly<Record<string, string>> = {},
): Kind<ObjectOf<F>> => {
  const namesOf = (name: string): readonly string[] => [
    name,
    ...Object.entries(spellings).flatMap(([other, own]) => (own === name ? [other] : [])),
  ]
  const needed = Object.entries(fields).flatMap(([name, { isRequired }]) => (isRequired === true ? [name] : []))
  const required = needed.filter((name) => namesOf(name).length === 1)
  const rules = [
    ...Object.keys(fields).flatMap((name) => notTwice(namesOf(name))),
    ...needed
      .filter((name) => namesOf(name).length > 1)
      .map((name) => ({ anyOf: namesOf(name).map((one) => ({ required: [one] })) })),
  ]
  const kind: Omit<Kind<ObjectOf<F>>, 'codec'> = {
    fields,
    spellings,
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(fields).flatMap(([name, field]) => namesOf(name).map((own) => [own, described(field)])),
      ),
      additionalProperties: false,
      ...(required.length === 0 ? {} : { required }),
      ...(rules.length === 0 ? {} : { allOf: rules }),
    },
  }
  const codec = new KindType<ObjectOf<F>>(
    what,
    (value): value is ObjectOf<F> => isRecord(value),
    (input, context): t.Validation<ObjectOf<F>> => {
      const { value, errors } = decodeGood(self, input, context)
      return errors.length > 0 || value === undefined ? t.failures([...errors]) : t.success(value)
    },
  )
  const self: Kind<ObjectOf<F>> = { ...kind, codec }
  return self
}

/** Types given back to what came from variables, where nothing says which one is expected. */
const restored = (value: unknown): unknown => {
  if (value instanceof FromText) return value.text === 'true' || (value.text === 'false' ? false : numberOf(value.text))
  if (Array.isArray(value)) return value.map(restored)
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, restored(inner)]))
    : value
}

/** An object with keys of the host's own: a provider's options. Nothing in it is looked at. */
export const anyObject = (what: string): Kind<Readonly<Record<string, unknown>>> =>
  leaf({
    allowed: what,
    schema: { type: 'object' },
    is: isRecord,
    settle: (value) => restored(value) as Readonly<Record<string, unknown>>,
  })
