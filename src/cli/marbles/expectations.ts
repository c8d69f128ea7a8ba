import { inCode, quoted } from './code.ts'
import { drawn, letterAt, type Mark } from './drawn.ts'
import type { Seen } from './rehearse.ts'

/** Events in one drawing. */
const rowEvents = 26

interface Row<T> {
  readonly from: number
  readonly values: readonly T[]
  readonly marks: readonly Mark[]
  readonly letters: Readonly<Record<string, T>>
}

/** What came, cut into drawings; equal values have one letter. */
const rowsOf = <T>(came: readonly { readonly frame: number; readonly value: T }[]): readonly Row<T>[] => {
  const rows: {
    from: number
    values: T[]
    marks: { frame: number; letters: string[] }[]
    letters: Record<string, T>
  }[] = []
  came.forEach(({ frame, value }, i) => {
    const isFull = (rows.at(-1)?.values.length ?? rowEvents) >= rowEvents && rows.at(-1)?.marks.at(-1)?.frame !== frame
    if (isFull) rows.push({ from: i, values: [], marks: [], letters: {} })
    const row = rows.at(-1)
    if (row === undefined) return
    const text = JSON.stringify(value)
    const known = Object.entries(row.letters).find(([, other]) => JSON.stringify(other) === text)?.[0]
    const letter = known ?? letterAt(Object.keys(row.letters).length)
    row.letters[letter] = value
    row.values.push(value)
    const last = row.marks.at(-1)
    if (last?.frame === frame) last.letters.push(letter)
    else row.marks.push({ frame, letters: [letter] })
  })
  return rows
}

const valueLines = (letters: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(letters).map(([letter, value]) => `  ${letter}: ${inCode(value)},`)

/** Several drawings of one source, each of its own part: one that takes so many ends with the last of them, in the same moment. */
const partLines = (
  source: string,
  rows: readonly Row<unknown>[],
  operators: readonly string[] = [],
): readonly string[] =>
  rows.flatMap(({ from, values, marks, letters }, i) => {
    const isLast = i === rows.length - 1
    const end = marks.length - 1
    const ended = isLast
      ? marks
      : marks.map((mark, at) => (at === end ? { ...mark, letters: [...mark.letters, '|'] } : mark))
    const pipe = [
      ...(from === 0 ? [] : [`skip(${String(from)})`]),
      ...(isLast ? [] : [`take(${String(values.length)})`]),
      ...operators,
    ]
    return [
      `m.expect(${source}.pipe(${pipe.join(', ')})).toBe(${quoted(drawn(ended))}, {`,
      ...valueLines(letters),
      '})',
    ]
  })

const eventLines = (frequency: string, { events }: Seen): readonly string[] => {
  const rows = rowsOf((events.get(frequency) ?? []).map(({ frame, event }) => ({ frame, value: event })))
  const name = quoted(frequency)
  const [only] = rows
  if (only === undefined) return [`m.expectEvents(${name}, '-')`]
  if (rows.length > 1) return partLines(`engine.frequency(${name}).event$`, rows)
  return [`m.expectEvents(${name}, ${quoted(drawn(only.marks))}, {`, ...valueLines(only.letters), '})']
}

const gapLines = (frequency: string, { gaps }: Seen): readonly string[] => {
  const marks: { readonly frame: number; readonly letters: string[] }[] = []
  for (const { frame, letter } of gaps.get(frequency) ?? []) {
    const last = marks.at(-1)
    if (last?.frame === frame) last.letters.push(letter)
    else marks.push({ frame, letters: [letter] })
  }
  return marks.length === 0 ? [] : [`m.expectGaps(${quoted(frequency)}, ${quoted(drawn(marks))})`]
}

/** What one frequency gave. */
export const expectationLines = (frequency: string, seen: Seen): readonly string[] => [
  ...eventLines(frequency, seen),
  ...gapLines(frequency, seen),
]

/** What could not be decoded. */
export const rejectLines = ({ rejects }: Seen): readonly string[] =>
  partLines('engine.reject$', rowsOf(rejects.map(({ frame, kind }) => ({ frame, value: kind }))), [
    'map(({ kind }) => kind)',
  ])
