import type { Observable, OperatorFunction } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { AnyCodec } from './codecs/defineCodec.ts'
import type { EventLike, Gap } from './model.ts'
import type { Speaks } from './pace.ts'
import type { Pipeable } from './pipeable.ts'
import type { Provider } from './provider.ts'
import type { Tickers } from './tickers.ts'

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
  /**
   * Who serves it when its provider does not, in modes that allow it (`mode`, `failover` of the engine). It gets tickers and channels;
   * `url`, `host`, `key` and `account` are the provider's own.
   */
  readonly fallback?: Provider
  /** 1 first. Default: the place in the engine's list. */
  readonly priority?: number
  /** Whether an engine is ready only with it; see `/readyz`. True. */
  readonly required?: boolean
  /** Events retained per event type. 1000. */
  readonly limit?: number
  /** Without an event for this long, in milliseconds, it reads `quiet`: longer for tickers that trade thinly. */
  readonly quietMs?: number
  /** Without one for this long, in an open market, `stale`; `Infinity` for never. Default: in proportion to `quietMs`. */
  readonly staleMs?: number
  /**
   * Milliseconds of each second that its operators may take, all stages together; 500. More is reported: `isOverBudget` and a reason in its
   * state, a line of the log, a sentence in `health()`. Nothing is withheld from them. `Infinity` for no budget.
   */
  readonly budgetMs?: number
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
> extends Pipeable<Name, In, Out> {
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
  /** Milliseconds of each second that its operators may take. */
  readonly budgetMs: number
  /** For the compiler only: what comes in and what comes out. Never set. */
  readonly events?: { readonly in: In; readonly out: Out }

  /** The same frequency and operators with other tickers, channels or address. A RangeError says what cannot be. */
  with(changes: FrequencyChanges): Frequency<Name, In, Out>

  /** The same frequency without its operators. */
  bare(): Frequency<Name, In, In>
}

export type NameOf<F> = F extends Frequency<infer Name, infer _In, infer _Out> ? Name : never
export type SourceOf<F> = F extends { readonly events?: { readonly in: infer In extends EventLike } } ? In : never
export type OutputOf<F> = F extends { readonly events?: { readonly out: infer Out extends EventLike } } ? Out : never
