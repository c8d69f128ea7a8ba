import { isDeepStrictEqual } from 'node:util'

import type { ObservableNotification } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'

/** Something that happened at a virtual millisecond. */
export interface Happening<T = unknown> {
  readonly frame: number
  readonly notification: ObservableNotification<T>
}

export type Values = Readonly<Record<string, unknown>>

/**
 * Reads a diagram as RxJS does in run mode: one character is a millisecond, `(ab)` one moment, `10ms` a wait. A letter
 * without a value stands for itself.
 */
export const read = (diagram: string, values: Values = {}, error?: unknown): readonly Happening[] => {
  checkDiagram(diagram)
  // The space ends a time that stands last.
  return TestScheduler.parseMarbles(`${diagram} `, undefined, error, false, true).map(({ frame, notification }) => {
    const letter = notification.kind === 'N' ? String(notification.value) : undefined
    return {
      frame,
      notification: letter !== undefined && letter in values ? { kind: 'N', value: values[letter] } : notification,
    }
  })
}

/** What RxJS would read in silence as something else than was meant. */
const checkDiagram = (diagram: string): void => {
  const wrong = (why: string): RangeError => new RangeError(`the drawing ${JSON.stringify(diagram)} ${why}`)
  const mark = /[\^!]/.exec(diagram)
  if (mark !== null) throw wrong(`has a ${mark[0]}: subscriptions are not drawn here`)
  const glued = /(?:[^\s\d.]\d+(?:\.\d+)?(?:ms|s|m)(?:\s|$))|(?:\d(?:ms|s|m(?!s))[^\s])/.exec(diagram)
  if (glued !== null)
    throw wrong(`has ${JSON.stringify(glued[0])}: a time has a space before and after it, as in "-a 10ms b"`)
  const inGroups = diagram.replaceAll(/\([^()]*\)/g, '')
  if (/[()]/.test(inGroups)) throw wrong('has a bracket without its other half')
}

/** The letters of a diagram with their moments; `#` and `|` are told apart from letters. */
export const letters = (diagram: string): readonly { readonly frame: number; readonly letter: string }[] =>
  read(diagram).map(({ frame, notification }) => ({
    frame,
    letter: notification.kind === 'N' ? String(notification.value) : notification.kind === 'E' ? '#' : '|',
  }))

/** The last moment a diagram speaks of. */
export const lengthOf = (diagram: string): number => {
  // Not its last letter: `--a---` says that nothing happens after it.
  return read(`${diagram.replaceAll('|', '-').trimEnd()} z`).at(-1)?.frame ?? 0
}

/** Undefined when they are equal; else what differs, with both diagrams under each other and the letters explained. */
export const difference = (
  what: string,
  expected: readonly Happening[],
  received: readonly Happening[],
  values: Values,
): string | undefined => {
  const isSame =
    expected.length === received.length &&
    expected.every((happening, i) => isDeepStrictEqual(plain(happening), plain(received[i] as Happening)))
  if (isSame) return undefined

  const known = new Map<string, unknown>(Object.entries(values))
  const name = (value: unknown): string => {
    for (const [letter, one] of known) if (isDeepStrictEqual(one, value)) return letter
    if (typeof value === 'string' && value.length === 1) return value
    const free = '0123456789'.split('').find((letter) => !known.has(letter)) ?? '?'
    known.set(free, value)
    return free
  }
  const lines = [
    `${what} is not as drawn`,
    `  expected  ${drawn(expected, name)}`,
    `  received  ${drawn(received, name)}`,
  ]
  const used = new Set(
    [...expected, ...received].flatMap(({ notification }) =>
      notification.kind === 'N' ? [name(notification.value)] : [],
    ),
  )
  for (const letter of used) if (known.has(letter)) lines.push(`  ${letter} = ${written(known.get(letter))}`)
  const first = expected.findIndex(
    (happening, i) => !isDeepStrictEqual(plain(happening), plain(received[i] ?? nothing)),
  )
  const [wanted, came] = [expected[first], received[first]]
  if (
    wanted !== undefined &&
    came?.frame === wanted.frame &&
    came.notification.kind === 'N' &&
    wanted.notification.kind === 'N'
  ) {
    for (const line of fieldsThatDiffer(wanted.notification.value, came.notification.value))
      lines.push(`  at ${String(came.frame)}: ${line}`)
  }
  for (const { frame, notification } of received) {
    if (notification.kind === 'E') lines.push(`  # at ${String(frame)} = ${String(notification.error)}`)
  }
  return lines.join('\n')
}

const nothing: Happening = { frame: -1, notification: { kind: 'C' } }

/** The fields of two objects that are not equal, a line each, for whoever cannot see it in two long lines of JSON. */
const fieldsThatDiffer = (expected: unknown, received: unknown): readonly string[] => {
  if (!isObject(expected) || !isObject(received)) return []
  const fields = new Set([...Object.keys(expected), ...Object.keys(received)])
  return [...fields]
    .filter((field) => !isDeepStrictEqual(expected[field], received[field]))
    .map((field) => `${field} is ${written(received[field])}, expected ${written(expected[field])}`)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const plain = ({ frame, notification }: Happening): readonly unknown[] => [
  frame,
  notification.kind,
  notification.kind === 'N' ? notification.value : notification.kind === 'E' ? notification.error : undefined,
]

const drawn = (happenings: readonly Happening[], name: (value: unknown) => string): string => {
  let text = ''
  let at = 0
  const byFrame = new Map<number, string[]>()
  for (const { frame, notification } of happenings) {
    const mark = notification.kind === 'N' ? name(notification.value) : notification.kind === 'E' ? '#' : '|'
    byFrame.set(frame, [...(byFrame.get(frame) ?? []), mark])
  }
  for (const [frame, marks] of byFrame) {
    const wait = frame - at
    if (wait > 40) text += ` ${String(wait)}ms `
    else if (wait > 0) text += '-'.repeat(wait)
    const group = marks.length === 1 ? (marks[0] as string) : `(${marks.join('')})`
    text += group
    at = Math.max(frame, at) + group.length
  }
  return text === '' ? '(nothing)' : text
}

const written = (value: unknown): string => {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) as
    string | undefined
  return text === undefined ? String(value) : text.length > 300 ? `${text.slice(0, 300)}…` : text
}
