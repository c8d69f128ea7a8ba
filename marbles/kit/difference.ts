import { isDeepStrictEqual } from 'node:util'

import type { Happening, Values } from './diagram.ts'
import { aligned, markOf, type Names, namesOf, written } from './drawing.ts'

/** What the two rows of a message are called. */
export interface RowNames {
  readonly expected: string
  readonly received: string
}

/**
 * Undefined when they are equal; else what differs, for people:
 *
 *     what per_second gives is not as drawn
 *       expected  -a--b
 *       received  -a-b-
 *                    ^ at 3: b came, nothing was drawn
 *       b = {"ev":"T","symbol":"AAPL","price":102, …}
 */
export const difference = (
  what: string,
  expected: readonly Happening[],
  received: readonly Happening[],
  values: Values,
  rows: RowNames = { expected: 'expected', received: 'received' },
): string | undefined => {
  const isSame =
    expected.length === received.length &&
    expected.every((happening, i) => isDeepStrictEqual(plain(happening), plain(received[i] as Happening)))
  if (isSame) return undefined

  const names = namesOf(values)
  const drawing = aligned([expected, received], names)
  const margin = Math.max(rows.expected.length, rows.received.length)
  const lines = [
    what,
    `  ${rows.expected.padEnd(margin)}  ${drawing.lines[0] ?? ''}`,
    `  ${rows.received.padEnd(margin)}  ${drawing.lines[1] ?? ''}`,
  ]
  const first = firstDifference(expected, received)
  if (first !== undefined) {
    const place = ' '.repeat(margin + 4 + (drawing.columnOf(first.frame) ?? 0))
    lines.push(`${place}^ at ${String(first.frame)}: ${said(first, names, rows)}`)
    for (const line of fieldsThatDiffer(first, rows)) lines.push(`    ${line}`)
  }
  lines.push(...names.explained([...expected, ...received].map((happening) => markOf(happening, names))))
  for (const { frame, notification } of received) {
    if (notification.kind === 'E') lines.push(`  # at ${String(frame)} = ${String(notification.error)}`)
  }
  return lines.join('\n')
}

/** One moment that is not the same in both. */
interface Moment {
  readonly frame: number
  readonly drawn: readonly Happening[]
  readonly came: readonly Happening[]
}

const firstDifference = (expected: readonly Happening[], received: readonly Happening[]): Moment | undefined => {
  const frames = [...new Set([...expected, ...received].map(({ frame }) => frame))].sort((a, b) => a - b)
  const of = (row: readonly Happening[], frame: number) => row.filter((happening) => happening.frame === frame)
  return frames
    .map((frame) => ({ frame, drawn: of(expected, frame), came: of(received, frame) }))
    .find(({ drawn, came }) => !isDeepStrictEqual(drawn.map(plain), came.map(plain)))
}

const said = ({ drawn, came }: Moment, names: Names, { expected, received }: RowNames): string => {
  const marks = (row: readonly Happening[]): string =>
    row.length === 0 ? 'nothing' : row.map((happening) => markOf(happening, names)).join(' and ')
  return expected === 'expected'
    ? `${marks(came)} came, ${marks(drawn)} was drawn`
    : `${marks(came)} ${received}, ${marks(drawn)} ${expected}`
}

/** The fields of two objects that are not equal, a line each, for whoever cannot see it in two long lines of JSON. */
const fieldsThatDiffer = ({ drawn, came }: Moment, { expected }: RowNames): readonly string[] => {
  const [one, other] = [drawn[0]?.notification, came[0]?.notification]
  if (drawn.length !== 1 || came.length !== 1 || one?.kind !== 'N' || other?.kind !== 'N') return []
  const [wanted, got] = [one.value, other.value]
  if (typeof wanted === 'string' && wanted.length === 1 && isObject(got))
    return [
      `${wanted} has no value, so it stands for itself, the text: toBe(diagram, letterValues('T')) gives letters events`,
    ]
  if (!isObject(wanted) || !isObject(got)) return []
  const fields = new Set([...Object.keys(wanted), ...Object.keys(got)])
  return [...fields]
    .filter((field) => !isDeepStrictEqual(wanted[field], got[field]))
    .map((field) => `${field} is ${written(got[field])}, ${expected} ${written(wanted[field])}`)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const plain = ({ frame, notification }: Happening): readonly unknown[] => [
  frame,
  notification.kind,
  notification.kind === 'N' ? notification.value : notification.kind === 'E' ? notification.error : undefined,
]
