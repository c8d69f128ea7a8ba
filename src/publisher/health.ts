import type { Compression } from './deflater.ts'
import type { Emission } from './options.ts'
import type { Tally } from './tally.ts'

/** A limit, how near it is, and how often it took effect. */
export interface Bound {
  readonly name: string
  readonly unit: string
  readonly limit: number
  /** The largest value now of anything that the limit is for; for messages and frames, the longest since the start. */
  readonly now: number
  /** Since the start. */
  readonly hits: number
}

/** One client. Tokens have names where they were given some; nothing else says who it is. */
export interface ClientHealth {
  readonly id: number
  readonly name?: string
  /** Milliseconds since it came. */
  readonly forMs: number
  readonly channels: number
  readonly queuedBytes: number
  /** Gets the latest per symbol instead of everything. */
  readonly lags: boolean
  /** Pings in a row that it has not answered. */
  readonly missedPings: number
}

/** Clients with the same list. */
export interface CohortHealth {
  /** The tickers, or `*`; of a long list the beginning. */
  readonly tickers: string
  readonly clients: number
  /** Events that wait for their time. */
  readonly held: number
}

/** Event types of one lane and who wants them. Events, save `cohorts` and `lagging`, which are clients' seats. */
export interface DeskHealth {
  readonly frequency: string
  readonly eventType: string
  readonly cohorts: number
  readonly held: number
  /** Clients that get the latest per symbol here. */
  readonly lagging: number
  /** In the lane, because a client is waited for. */
  readonly waiting: number
  /** The cohorts with the most clients, at most ten. */
  readonly largest: readonly CohortHealth[]
}

/** Those who speak the TickStock format. Clients, save `messages`, `held` and `waiting`. */
export interface TickstockHealth {
  readonly everyMs: number
  readonly clients: number
  /** Groups of clients with the same subscription. */
  readonly cohorts: number
  /** Events that wait for their message. */
  readonly held: number
  readonly lagging: number
  /** In the lanes, because a client is waited for. Events. */
  readonly waiting: number
  /** Made since the start; one message may go to many clients. */
  readonly messages: number
}

/** Since the start. */
export interface PublisherCounts {
  /** Clients that were cut because they read too slowly. */
  cut: number
  /** Clients that were one too many. */
  turnedAway: number
  /** Events that could not be put on the wire. */
  refused: number
  /** Pages whose origin may not connect. */
  strangers: number
}

/** The publisher as it is now: plain data, no keys, safe to serialise. */
export interface PublisherHealth extends Readonly<PublisherCounts> {
  readonly url: string
  readonly clients: number
  /** By the names of their tokens, as far as these have one. */
  readonly names: Readonly<Record<string, number>>
  /** Clients that get the latest per symbol instead of everything. */
  readonly lagging: number
  /** Clients that are waited for. */
  readonly waitedFor: number
  readonly cohorts: number
  /** The clients that most bytes wait for, at most twenty. */
  readonly slowest: readonly ClientHealth[]
  /** Bytes waiting for all clients. */
  readonly queuedBytes: number
  /** Since the start, what the network has taken; statuses are frames and bytes, not events. */
  readonly sent: Readonly<Tally>
  /** Since the start; frames that went out compressed. Null where that is off. */
  readonly compression: Readonly<Compression> | null
  readonly emission: Readonly<Record<string, Emission>>
  readonly desks: readonly DeskHealth[]
  /** Null where that format is not spoken. */
  readonly tickstock: TickstockHealth | null
  readonly bounds: readonly Bound[]
}
