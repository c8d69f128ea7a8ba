/**
 * What a field of a frame may hold.
 *
 * The set is closed and a kind is data: whoever reads a table, the io-ts codec here or a scanner over bytes, does every
 * kind by itself and no table can smuggle in logic the other does not see. A new kind is added here, for both.
 */
export type Kind =
  | { readonly kind: 'ticker' }
  | { readonly kind: 'text' }
  | { readonly kind: 'number'; readonly over: number }
  | { readonly kind: 'number'; readonly atLeast: number }
  | { readonly kind: 'integer' }
  | { readonly kind: 'decimalText' }
  | { readonly kind: 'integerList' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'timeMs' }
  | { readonly kind: 'instantNs' }
  | { readonly kind: 'instantMs' }

interface Values {
  readonly ticker: string
  readonly text: string
  readonly number: number
  readonly integer: number
  readonly decimalText: string
  readonly integerList: readonly number[]
  readonly flag: boolean
  readonly timeMs: number
  readonly instantNs: string
  readonly instantMs: number
}

/** The type an event's field has when the wire's field is of this kind. */
export type ValueOf<K extends Kind> = Values[K['kind']]

/** Text that is not empty. */
export const ticker = { kind: 'ticker' } as const
export const text = { kind: 'text' } as const
/** A finite number, in any form JSON knows, within a bound. */
export const number = <const B extends { readonly over: number } | { readonly atLeast: number }>(bound: B) =>
  ({ kind: 'number', ...bound }) as const
/** A whole number a double holds exactly; `12.0` and `4.578654e+06` are whole numbers too. */
export const integer = { kind: 'integer' } as const
/** A decimal number as text, `"4332125.038360"`: kept letter for letter, because a double would lose digits. */
export const decimalText = { kind: 'decimalText' } as const
export const integerList = { kind: 'integerList' } as const
export const flag = { kind: 'flag' } as const
/** Unix milliseconds. Values of 1e14 and more are another unit and refused rather than guessed. */
export const timeMs = { kind: 'timeMs' } as const
/** A Unix time in ns, µs or ms, told by magnitude, as exact nanoseconds in decimal text. */
export const instantNs = { kind: 'instantNs' } as const
/** The same as whole milliseconds, rounded down. */
export const instantMs = { kind: 'instantMs' } as const

/** What to do when the wire has no such key, or null: refuse the element, leave the field out, or put something in. */
export type WhenAbsent =
  | 'refuse'
  | 'omit'
  | { readonly value: string | number | boolean | readonly number[] }
  | { readonly field: string; readonly plus: number }

/** One row of a table: where a field comes from. `wire: null` marks an annotation, which no frame carries. */
export interface Field<K extends Kind = Kind, A extends WhenAbsent = WhenAbsent> {
  readonly wire: string | null
  readonly kind: K
  readonly absent: A
}

export const required = <const K extends Kind>(wire: string, kind: K): Field<K, 'refuse'> => ({
  wire,
  kind,
  absent: 'refuse',
})

export const optional = <const K extends Kind>(wire: string, kind: K): Field<K, 'omit'> => ({
  wire,
  kind,
  absent: 'omit',
})

export const defaulted = <const K extends Kind>(
  wire: string,
  kind: K,
  value: ValueOf<K>,
): Field<K, { readonly value: ValueOf<K> }> => ({
  wire,
  kind,
  absent: { value },
})

/** A number that, when absent, is another field's plus a constant. */
export const derived = <const K extends Kind>(
  wire: string,
  kind: K,
  field: string,
  plus: number,
): Field<K, { readonly field: string; readonly plus: number }> => ({
  wire,
  kind,
  absent: { field, plus },
})

/** Whether a bar is the first of its window, and what arrived how: said by the stream, never by the wire. */
export const annotations = {
  revision: { wire: null, kind: integer, absent: { value: 0 } },
  late: { wire: null, kind: flag, absent: 'omit' },
  backfilled: { wire: null, kind: flag, absent: 'omit' },
} as const satisfies Record<string, Field>
