import type { Observable, OperatorFunction } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { AnyCodec, EventOf } from './codecs/defineCodec.ts'
import type { EventLike, Gap } from './model.ts'
import type { Speaks } from './pace.ts'
import type { Provider } from './provider.ts'
import { checkTimerMs } from './timerMs.ts'

/** `'*'` for every ticker the vendor has, or a list. */
export type Tickers = '*' | readonly string[]

/** What a host decides about a frequency. Everything has a default. */
export interface FrequencyOptions<Channel extends string = string> {
  /** Default `'*'`. */
  readonly tickers?: Tickers
  /** The event types to subscribe to. */
  readonly channels?: readonly Channel[]
  /** A whole address instead of the provider's. */
  readonly url?: string
  /** The provider's host stem, such as `delayed`, instead of its default one for this frequency. */
  readonly host?: string
  /** A key instead of the provider's. */
  readonly key?: string
  /** The vendor account that the key belongs to, when it is not the provider's: its sockets are counted for themselves. */
  readonly account?: string
  /** Another provider than the engine's. */
  readonly provider?: Provider
  /** 1 first. Default: the place in the engine's list. */
  readonly priority?: number
  /** Events retained per event type. 1000. */
  readonly limit?: number
  /** Without an event for this long, in milliseconds, it reads `quiet`: longer for tickers that trade thinly. */
  readonly quietMs?: number
  /** Without one for this long, in an open market, `stale`; `Infinity` for never. Default: in proportion to `quietMs`. */
  readonly staleMs?: number
  /**
   * What its lanes do when readers are slower than they are long: `lose` (default; each loses its oldest, counted) or
   * `block`, which stops the link, for replay and tests.
   */
  readonly whenFull?: 'lose' | 'block'
  /**
   * Brings what a gap has cost from elsewhere: called when the gap closes, with its times, channels and positions. What the Observable
   * gives is appended to the lanes when it comes, each event marked `backfilled`; live events never wait for it.
   */
  readonly onGap?: OnGap
}

/** Events of a gap, one by one or in lists. An error, or something that is no event, is a dead letter. Unsubscribed when the engine closes. */
export type OnGap = (gap: Gap) => Observable<EventLike | readonly EventLike[]>

/** What can be changed of a frequency while it runs; what is left out stays, and `undefined` goes back to the provider's. */
export interface FrequencyChanges {
  readonly tickers?: Tickers
  /** Among the event types that its definition knows. */
  readonly channels?: readonly string[]
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly key?: string | undefined
  readonly account?: string | undefined
}

/** What the operators of a frequency are built from, again after each restart: events in, or whole batches. */
export type Stage =
  | { readonly kind: 'events'; readonly build: OperatorFunction<EventLike, unknown> }
  | { readonly kind: 'batches'; readonly build: OperatorFunction<Batch, Batch> }

/**
 * A named product with a cadence, as a value: which events, from where, through which operators. Immutable; `pipe` returns
 * another one. Nothing happens before an engine takes it.
 */
export interface Frequency<
  Name extends string = string,
  In extends EventLike = EventLike,
  Out extends EventLike = EventLike,
> {
  readonly name: Name
  readonly eventTypes: readonly string[]
  readonly codecs: readonly AnyCodec[]
  /** One per event type that it could subscribe to. */
  readonly known: readonly AnyCodec[]
  readonly options: FrequencyOptions
  readonly stages: readonly Stage[]
  /** Without an event for this long, in milliseconds, the frequency reads `quiet`. */
  readonly quietMs: number
  /** Without one for this long, while `speaks` expects some, it reads `stale`. */
  readonly staleMs: number
  readonly speaks: Speaks
  /** For the compiler only: what comes in and what comes out. Never set. */
  readonly events?: { readonly in: In; readonly out: Out }

  /**
   * Operators over single events, built anew after each restart. They are supervised: a throw costs the event being pushed
   * and whatever the instance held. What comes out needs `ev` and `symbol`.
   */
  pipe<A extends EventLike>(a: OperatorFunction<Out, A>): Frequency<Name, In, A>
  pipe<A, B extends EventLike>(a: OperatorFunction<Out, A>, b: OperatorFunction<A, B>): Frequency<Name, In, B>
  pipe<A, B, C extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
  ): Frequency<Name, In, C>
  pipe<A, B, C, D extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
  ): Frequency<Name, In, D>
  pipe<A, B, C, D, E extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
  ): Frequency<Name, In, E>
  pipe<A, B, C, D, E, F extends EventLike>(
    a: OperatorFunction<Out, A>,
    b: OperatorFunction<A, B>,
    c: OperatorFunction<B, C>,
    d: OperatorFunction<C, D>,
    e: OperatorFunction<D, E>,
    f: OperatorFunction<E, F>,
  ): Frequency<Name, In, F>

  /** The same over whole batches, for speed: a throw costs the batch being pushed. */
  pipeBatches<A extends EventLike>(op: OperatorFunction<Batch<Out>, Batch<A>>): Frequency<Name, In, A>

  /** The same frequency and operators with other tickers, channels or address. A RangeError says what cannot be. */
  with(changes: FrequencyChanges): Frequency<Name, In, Out>

  /** The same frequency without its operators. */
  bare(): Frequency<Name, In, In>
}

export type NameOf<F> = F extends Frequency<infer Name, infer _In, infer _Out> ? Name : never
export type SourceOf<F> = F extends { readonly events?: { readonly in: infer In extends EventLike } } ? In : never
export type OutputOf<F> = F extends { readonly events?: { readonly out: infer Out extends EventLike } } ? Out : never

/** The events of some of the codecs, each for itself: `'T' | 'Q'` gives `Trade | Quote`. */
export type EventsOf<C extends AnyCodec, Channel extends string> = C extends { readonly ev: Channel }
  ? EventOf<C> extends infer E extends EventLike
    ? E
    : never
  : never

/** A frequency before a host has said anything about it. */
export interface FrequencyDefinition<Name extends string, C extends AnyCodec, Default extends C['ev'] = C['ev']> {
  /** Spelled the same in code, metrics and health: lower case, digits and underscores. */
  readonly name: Name
  /** One per event type it can carry. */
  readonly codecs: readonly C[]
  /** The event types it subscribes to unless told otherwise. Default: all of them. */
  readonly channels?: readonly Default[]
  /** Without an event for this long, in milliseconds, it reads `quiet`. */
  readonly quietMs: number
  /**
   * Without an event for this long, in milliseconds, it reads `stale`, while `speaks` expects some. Default: five times
   * `quietMs`. `Infinity` for events so rare that no silence tells anything.
   */
  readonly staleMs?: number
  /**
   * When events are to be expected on the US market: `regular` hours, `extended` from pre-market to after-hours, or `always`,
   * the default. At other times it reads `quiet`, its pace being `closedMarket`.
   */
  readonly speaks?: Speaks
}

/**
 * Makes a frequency of codecs: the built-in three and a host's own are made by this.
 *
 *     const halts = defineFrequency({ name: 'halts', codecs: [luld], quietMs: 600_000 })
 *     createEngine({ provider, frequencies: [halts({ tickers: ['AAPL'] }).pipe(myOperator())] })
 *
 * A channel it has no codec for, an empty list of tickers or channels, or a ticker the wire cannot say is a RangeError.
 */
export const defineFrequency = <
  const Name extends string,
  const C extends AnyCodec,
  const Default extends C['ev'] = C['ev'],
>(
  definition: FrequencyDefinition<Name, C, Default>,
) => {
  const known = definition.codecs.map((codec) => codec.ev as C['ev'])
  if (!/^[a-z][a-z0-9_]*$/.test(definition.name)) {
    throw new RangeError(
      `a frequency's name is lower case letters, digits and underscores, not ${JSON.stringify(definition.name)}`,
    )
  }
  if (known.length === 0) throw new RangeError(`${definition.name}: a frequency needs at least one codec`)
  const { staleMs: usualStaleMs = 5 * definition.quietMs, speaks = 'always' } = definition
  checkTimes(definition.name, definition.quietMs, usualStaleMs)
  if (!['regular', 'extended', 'always'].includes(speaks)) {
    throw new RangeError(`${definition.name}: speaks is regular, extended or always, not ${JSON.stringify(speaks)}`)
  }

  const settled = (options: FrequencyOptions): Settled<Name> => {
    const channels: readonly string[] = options.channels ?? definition.channels ?? known
    checkOptions(definition.name, known, channels, options)
    const { quietMs = definition.quietMs } = options
    const { staleMs = (usualStaleMs * quietMs) / definition.quietMs } = options
    checkTimes(definition.name, quietMs, staleMs)
    return {
      name: definition.name,
      eventTypes: [...new Set(channels)],
      codecs: definition.codecs.filter((codec) => channels.includes(codec.ev)),
      known: definition.codecs,
      options,
      quietMs,
      staleMs,
      speaks,
    }
  }

  return <const Channel extends C['ev'] = Default>(
    options: FrequencyOptions<Channel> = {},
  ): Frequency<Name, EventsOf<C, Channel>, EventsOf<C, Channel>> => frequency(settled, options, [])
}

type Settled<Name extends string> = Pick<
  Frequency<Name>,
  'name' | 'eventTypes' | 'codecs' | 'known' | 'options' | 'quietMs' | 'staleMs' | 'speaks'
>

const frequency = <Name extends string, In extends EventLike, Out extends EventLike>(
  settled: (options: FrequencyOptions) => Settled<Name>,
  options: FrequencyOptions,
  stages: readonly Stage[],
): Frequency<Name, In, Out> => {
  const through = (stage: Stage): Frequency<Name, In, never> => frequency(settled, options, [...stages, stage])

  return {
    ...settled(options),
    stages,
    // The overloads of `pipe` have checked that the operators fit one another; from here on they are a list.
    pipe: (...operators: readonly unknown[]) =>
      through({
        kind: 'events',
        build: (event$) => chained(event$, operators as readonly OperatorFunction<unknown, unknown>[]),
      }),
    pipeBatches: (op: unknown) => through({ kind: 'batches', build: op as OperatorFunction<Batch, Batch> }),
    with: (changes) => frequency(settled, defined({ ...options, ...changes }), stages),
    bare: () => frequency(settled, options, []),
  }
}

/** Without what is undefined: `undefined` takes an option back. */
const defined = (options: {
  readonly [K in keyof FrequencyOptions]: FrequencyOptions[K] | undefined
}): FrequencyOptions =>
  // What is left has the types that it had.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const chained = (
  event$: Observable<unknown>,
  operators: readonly OperatorFunction<unknown, unknown>[],
): Observable<unknown> => operators.reduce((so$, operator) => operator(so$), event$)

const checkTimes = (name: string, quietMs: number, staleMs: number): void => {
  checkTimerMs(`${name}: quietMs`, quietMs)
  if (!(staleMs >= quietMs)) {
    throw new RangeError(`${name}: staleMs is quietMs, ${String(quietMs)}, or more, not ${String(staleMs)}`)
  }
}

const checkOptions = (
  name: string,
  known: readonly string[],
  channels: readonly string[],
  options: FrequencyOptions,
): void => {
  if (channels.length === 0) throw new RangeError(`${name}: channels is empty; leave it out for ${known.join(', ')}`)
  for (const channel of channels) {
    if (!known.includes(channel)) {
      throw new RangeError(`${name}: no channel ${JSON.stringify(channel)}; it has ${known.join(', ')}`)
    }
  }
  if (options.priority !== undefined && !(options.priority >= 1)) {
    throw new RangeError(`${name}: priority is 1 (first) or more, not ${String(options.priority)}`)
  }
  if (options.limit !== undefined && !(Number.isInteger(options.limit) && options.limit >= 1)) {
    throw new RangeError(`${name}: limit is a whole number of events, 1 or more, not ${String(options.limit)}`)
  }
  checkTickers(name, options.tickers ?? '*')
}

/** Throws RangeError for tickers that cannot be asked for: an empty list, an empty name, a comma, white space or `*`. */
export const checkTickers = (name: string, tickers: Tickers): void => {
  if (tickers === '*') return
  if (!Array.isArray(tickers) || tickers.length === 0) {
    throw new RangeError(
      `${name}: tickers is '*' or a list with at least one ticker; to ask for none, stop the frequency`,
    )
  }
  for (const ticker of tickers as readonly unknown[]) {
    if (typeof ticker !== 'string' || !/^[^\s,*]+$/.test(ticker)) {
      throw new RangeError(
        `${name}: ${JSON.stringify(ticker)} is no ticker; one is text without spaces, commas or *, such as "BRK.B"`,
      )
    }
  }
}

/** What a frequency wants from its link: `T.AAPL`, or `T.*`. */
export const channelsOf = (eventTypes: readonly string[], tickers: Tickers): readonly string[] =>
  eventTypes.flatMap((eventType) =>
    tickers === '*' ? [`${eventType}.*`] : tickers.map((ticker) => `${eventType}.${ticker}`),
  )
