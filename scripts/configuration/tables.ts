import { environmentRows } from '../../src/config/environment.ts'
import { type Field, type JsonSchema, type Kind, variablePattern } from '../../src/config/kind.ts'
import { processingRows } from '../../src/config/processing.ts'
import type { Row } from '../../src/config/row.ts'
import { builtInProviders, shapeOf } from '../../src/config/shape.ts'
import { subscriptionRows } from '../../src/config/subscriptions.ts'

/** One line of a table. */
interface Line {
  readonly name: string
  readonly type: string
  readonly allowed: string
  readonly fallback: string
  readonly class: string
  readonly meaning: string
  readonly example: string
}

const code = (text: string): string => (text === '' ? '' : `\`${text}\``)
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const typesIn = (schema: JsonSchema): readonly string[] => {
  const { type, anyOf, pattern } = schema as {
    readonly type?: string
    readonly anyOf?: readonly JsonSchema[]
    readonly pattern?: string
  }
  if (anyOf !== undefined) return [...new Set(anyOf.flatMap(typesIn))]
  return type === undefined || pattern === variablePattern ? [] : [type === 'array' ? 'list' : type]
}

/** Where none is written down, one that is right: the usual value, the first word, a number that is allowed. */
const exampleOf = ({ example, fallback = '', kind: { codec } }: Field): string => {
  const likely = [fallback, ...codec.words, '1000', '100', '1', 'default'].map(valueOf)
  const said = example ?? likely.find((value) => value !== '' && codec.decode(value)._tag === 'Right')
  return said === undefined ? '' : code(typeof said === 'string' ? said : JSON.stringify(said))
}

const valueOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const rangesOf = ({ errorOutside: error, warnOutside: warn }: Row): string =>
  [
    ...(error === undefined ? [] : [`, from ${error[0]} to ${error[1]}`]),
    ...(warn === undefined ? [] : [`, usually ${warn[0]} to ${warn[1]}`]),
  ].join('')

const meaningOf = (field: Field, to: readonly string[]): string => {
  const { meaning, note } = field
  if (field.class === 'recognised') return `${meaning} Means nothing here: ${note ?? ''}.`
  const places = [...new Set(to.map((path) => path.replace(frequencyPath, 'frequencies.*.')))].map(code).join(', ')
  return [meaning, ...(places === '' ? [] : [`To ${places}.`]), ...(note === undefined ? [] : [note])].join(' ')
}

const frequencyPath = /frequencies\.(per_second|per_minute|fair_market_value)\./

const lineOf = (name: string, field: Field, to: readonly string[] = []): Line => ({
  name,
  type: typesIn(field.kind.schema).join(', '),
  allowed: field.kind.codec.name,
  fallback: field.fallback ?? '',
  class: field.class ?? 'honoured',
  meaning: meaningOf(field, to),
  example: exampleOf(field),
})

const rowLines = (rows: readonly Row[]): readonly Line[] =>
  rows.map((row) => {
    const names = [row.name, ...row.aliases].map(code).join(', ')
    const line = lineOf(names, row, row.to)
    const allowed = `${line.allowed}${rangesOf(row)}`
    return { ...line, allowed, ...(row.isRequired === true ? { fallback: 'required' } : {}) }
  })

/** Lines of an object's fields, one below the other: `link.retry.initialMs`. */
const fieldLines = (kind: Kind, path = ''): readonly Line[] =>
  Object.entries(kind.fields ?? {}).flatMap(([name, field]) => {
    const place = path === '' ? name : `${path}.${name}`
    return field.kind.fields === undefined ? [lineOf(code(place), field)] : fieldLines(field.kind, place)
  })

/** What is said of each frequency alike stands there once. */
const together = (lines: readonly Line[], pattern: RegExp): readonly Line[] => {
  const seen = new Set<string>()
  return lines.flatMap((line) => {
    const name = line.name.replace(pattern, '$1*$3')
    const twin = lines.filter((one) => one.name.replace(pattern, '$1*$3') === name)
    const isAlike =
      twin.length > 1 && twin.every((one) => one.allowed === line.allowed && one.fallback === line.fallback)
    const shown = isAlike ? { ...line, name, example: twin.find(({ example }) => example !== '')?.example ?? '' } : line
    if (seen.has(shown.name)) return []
    seen.add(shown.name)
    return [shown]
  })
}

const table = (title: string, lines: readonly Line[]): string =>
  [
    `| ${title} | type | allowed | default | class | meaning | example |`,
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) =>
      ['', ...[line.name, line.type, line.allowed, line.fallback, line.class, line.meaning, line.example].map(cell), '']
        .join(' | ')
        .trim(),
    ),
  ].join('\n')

const perFrequency = /(frequencies\.)(per_second|per_minute|fair_market_value)(\.)/
const perEntry = /(subscriptions\.)(per_second|per_minute|fair_market_value|synthetic_simulation)(\.)/
const perBuffer = /(frequency_based_buffering\.)(per_second|per_minute|fair_market_value)(\.)/

export const environmentTable = (): string => table('variable', rowLines(environmentRows))
export const ownTable = (): string => table('field', together(fieldLines(shapeOf(builtInProviders)), perFrequency))
export const subscriptionsTable = (): string =>
  table('field', together(rowLines(subscriptionRows(builtInProviders)), perEntry))
export const processingTable = (): string => table('field', together(rowLines(processingRows), perBuffer))
