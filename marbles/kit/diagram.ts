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
