import type { Field, ValueOf } from './field.ts'

export type Fields = Readonly<Record<string, Field>>

/** A decoded element by its event's field names, before it is anyone's event. */
export type Row = Readonly<Record<string, unknown>>

/** An element by its wire keys. */
export type Wire = Readonly<Record<string, unknown>>

/**
 * Something that must hold between fields: a pure function of a row, with a name. Among a table's `checks` a row that does not
 * hold is a reject, among its `drifts` it is only counted.
 */
export interface RowCheck<R> {
  readonly name: string
  /**
   * The event's fields it looks at, at least one; a reject is told under the wire's key of the first. A row is shown with the fields its
   * table's checks and drifts name, undefined where absent, and no others: whoever asks, a codec or a scanner of bytes, asks alike.
   */
  readonly fields: readonly string[]
  readonly expected: string
  holds(this: void, row: R): boolean
}

type Optional<F extends Fields> = { [N in keyof F]: F[N]['absent'] extends 'omit' ? N : never }[keyof F]

type Flat<T> = { [N in keyof T]: T[N] }

type RowOf<F extends Fields> = {
  readonly [N in keyof F as N extends Optional<F> ? never : N]: ValueOf<F[N]['kind']>
} & {
  readonly [N in keyof F as N extends Optional<F> ? N : never]?: ValueOf<F[N]['kind']>
}

/** What a table says of its events, read as an interface. */
export type TableEvent<Ev extends string, F extends Fields> = Flat<{ readonly ev: Ev } & RowOf<F>>

/** The static type of a codec's events: what its table says, or the interface the codec has named instead. */
export type EventOf<C extends { readonly ev: string; readonly fields: Fields }> = C extends {
  readonly event?: infer E extends object
}
  ? E
  : TableEvent<C['ev'], C['fields']>

/** One event type as data; everything else is made from it. */
export interface Table<Ev extends string, F extends Fields> {
  readonly ev: Ev
  readonly fields: F
  /** The field that says when the event happened; a status has none. */
  readonly at?: keyof F & string
  readonly checks?: readonly RowCheck<RowOf<NoInfer<F>>>[]
  readonly drifts?: readonly RowCheck<RowOf<NoInfer<F>>>[]
}
