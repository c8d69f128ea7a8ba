/**
 * Why the scanner left an element to its io-ts codec.
 *
 * - `form`      no object, or not written as JSON has it: mostly a reject
 * - `type`      an `ev` no codec of the decoder has, or none that could be found
 * - `text`      a text with an escape or beyond ASCII where its value is wanted; so too a key
 * - `value`     a value its field does not take, or in a form only `JSON.parse` reads: `1.6e18` for an exact time
 * - `nested`    an object or list under a key the table does not know
 * - `keys`      a key twice, one that looks like a list's index, or more unknown ones than are remembered
 * - `absent`    a required field is not there
 * - `check`     a row check does not hold, or throws
 * - `ticker`    a ticker too long to be remembered, or one more than a frame may bring anew
 * - `large`     more than 65,535 bytes
 * - `table`     the codec's table cannot be scanned, see `layoutOf`
 */
export type Why = (typeof whys)[number]

export const whys = [
  'form',
  'type',
  'text',
  'value',
  'nested',
  'keys',
  'absent',
  'check',
  'ticker',
  'large',
  'table',
] as const

/** What a scan answers instead of a position: always below 0. */
export const refusal = {
  form: -1,
  type: -2,
  text: -3,
  value: -4,
  nested: -5,
  keys: -6,
  absent: -7,
  check: -8,
  ticker: -9,
  large: -10,
  table: -11,
} as const satisfies Readonly<Record<Why, number>>

export const whyOf = (answer: number): Why => whys[-1 - answer] as Why
