import type { Field, Kind } from './kind.ts'

/** How several rows of one source that go to the same place are joined: the first that is given, or the larger or smaller number. */
export type Joining = 'first' | 'largest' | 'least'

/** A variable of the environment, or a field of one of the JSON files that the reference describes. */
export interface Row extends Field {
  /** As it is written: `POLYGON_API_KEY`, `performance.connection_pooling.connection_reuse`. */
  readonly name: string
  /** Other names of the same. */
  readonly aliases: readonly string[]
  /** Paths in the configuration that the value goes to. */
  readonly to: readonly string[]
  readonly make: (value: unknown) => unknown
  readonly joining: Joining
  /** Outside of these it is an error; of a synthetic row only where the simulator is in use. */
  readonly errorOutside?: readonly [least: number, most: number]
  /** The same, a warning. */
  readonly warnOutside?: readonly [least: number, most: number]
}

interface Said<A> extends Partial<Omit<Row, 'name' | 'kind' | 'meaning' | 'to' | 'make'>> {
  readonly to?: string | readonly string[]
  readonly make?: (value: A) => unknown
}

const asItIs = (value: unknown): unknown => value

export const row = <A>(name: string, kind: Kind<A>, meaning: string, said: Said<A> = {}): Row => {
  const { to = [], make = asItIs, ...rest } = said
  return {
    aliases: [],
    joining: 'first',
    class: 'honoured',
    ...rest,
    name,
    kind,
    meaning,
    to: typeof to === 'string' ? [to] : to,
    // Called with what `kind` has decoded.
    make: (value) => make(value as A),
  }
}

/** A row that means nothing here, and why. */
export const recognised = <A>(name: string, kind: Kind<A>, meaning: string, note: string, said: Said<A> = {}): Row =>
  row(name, kind, meaning, { class: 'recognised', note, ...said })
