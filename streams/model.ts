/**
 * The words of the product as types: frequencies, frames, states, gaps, dead letters.
 *
 * Nothing here runs. The shapes of the wire's events are made from the codecs' tables, which is why they are re-exported
 * from there instead of being written a second time.
 */
export type { FairMarketValue } from './codecs/fairMarketValue.ts'
export type { MinuteBar } from './codecs/minuteBar.ts'
export type { Quote } from './codecs/quote.ts'
export type { SecondBar } from './codecs/secondBar.ts'
export type { Status } from './codecs/status.ts'
export type { Trade } from './codecs/trade.ts'

/** What every event has, whoever made it: its event type and its ticker. */
export interface EventLike {
  readonly ev: string
  readonly symbol: string
}

/** The frequencies the product brings. A host defines more with `defineFrequency`. */
export type BuiltInFrequency = 'per_second' | 'per_minute' | 'fair_market_value'

/** One websocket message as it came. */
export interface Frame {
  /** The message's own bytes; never reused or overwritten. */
  readonly bytes: Buffer
  /** Arrival, Unix milliseconds of the engine's clock. */
  readonly receivedMs: number
  /** Which socket of the link brought it: 1 for the first, one more with each reconnect. */
  readonly session: number
  /** Arrival by the link's stopwatch, milliseconds from any origin, finer than `receivedMs`; absent where nothing is measured. */
  readonly arrivedAt?: number
}

/**
 * Why a socket ended or could not be had. `_tag` says what happened; `message` is the sentence for people, without keys.
 * Whether it is worth trying again is `retry`: `soon` by the usual backoff, `slow` with the longest wait, `never` for good.
 */
export interface LinkCause {
  readonly _tag:
    | 'connectFailed'
    | 'connectTimeout'
    | 'authFailed'
    | 'authTimeout'
    | 'maxConnections'
    | 'slowConsumer'
    | 'forceDisconnect'
    | 'frameTooLarge'
    | 'mute'
    | 'closed'
    /** The plan gave the frequency another link, or its address or key is another one now. */
    | 'moved'
    /** The account may not hold so many connections, and more important frequencies have them. */
    | 'noBudget'
    /** Its own provider does not serve the frequency, and its fallback takes over. */
    | 'failedOver'
  readonly message: string
  readonly retry: 'soon' | 'slow' | 'never'
  /** The websocket close code, where there was one. */
  readonly code?: number
}

/** The state of one link. Times are Unix milliseconds of the engine's clock. */
export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'authenticating' }
  | { readonly kind: 'live'; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly nextTryAtMs: number; readonly attempt: number; readonly cause: LinkCause }
  | { readonly kind: 'evicted'; readonly untilMs: number | null; readonly cause: LinkCause }
  | { readonly kind: 'halted'; readonly cause: LinkCause }
  | { readonly kind: 'closed' }

/**
 * What the server is known to send us on one link.
 *
 * A channel is in exactly one of the three: asked for and not yet answered, held, or refused (an `error` came and it was
 * never acknowledged, or nothing came within the limit).
 */
export interface ChannelsState {
  readonly pending: ReadonlySet<string>
  readonly held: ReadonlySet<string>
  readonly refused: ReadonlySet<string>
  /** Beside the three: given back, and that was never confirmed. Absent when there are none. */
  readonly unconfirmed?: ReadonlySet<string>
}

export type StreamChannels = 'pending' | 'live' | 'partlyRefused' | 'refused'
export type StreamPace = 'active' | 'quiet' | 'stale' | 'closedMarket'
export type StreamOperators = 'ok' | 'quarantined'

/** One word for people, worst first. */
export type StreamWord =
  | 'stopped'
  | 'halted'
  | 'evicted'
  | 'refused'
  | 'quarantined'
  | 'recovering'
  | 'connecting'
  | 'stale'
  | 'quiet'
  | 'live'

/** A frequency comes from its fallback, since its own provider does not serve it. Times are Unix milliseconds. */
export interface Fallback {
  /** The name of the provider that serves it meanwhile. */
  readonly provider: string
  readonly sinceMs: number
  /** Why its own one does not. */
  readonly cause: LinkCause
}

/** The state of one frequency. `reason` says what a person wants to know about the word, without keys. */
export interface StreamState {
  readonly word: StreamWord
  readonly running: boolean
  readonly link: LinkState
  readonly channels: StreamChannels
  readonly refused: readonly string[]
  readonly pace: StreamPace
  readonly operators: StreamOperators
  /** Its operators take more time than they may (`budgetMs`); absent while they do not. */
  readonly isOverBudget?: boolean
  /** Absent while its own provider serves it, or is to. */
  readonly fallback?: Fallback
  readonly reason?: string
}

/** Where a hole lies in one lane: between these two offsets, exclusive. */
export interface GapPosition {
  readonly eventType: string
  /** The offset of the last event before the hole, -1 where there was none. */
  readonly afterOffset: number
  /** The offset of the first event after it; absent while the gap is open. */
  readonly beforeOffset?: number
}

/**
 * Something may have been missed between two moments of arrival: the vendor replays nothing. Reported when it opens and
 * again, under the same id, when another provider takes over meanwhile, and when it closes.
 */
export interface Gap {
  readonly id: string
  readonly frequency: string
  readonly channels: readonly string[]
  readonly cause: LinkCause
  /** Arrival of the last frame or pong before the loss, Unix milliseconds. */
  readonly fromMs: number
  /** When the channels were acknowledged again; absent while the gap is open. */
  readonly toMs?: number
  /** Whose events come after it, when those before it were another provider's: a fallback took over, or the frequency came back from it. */
  readonly provider?: string
  readonly positions: readonly GapPosition[]
}

/**
 * An event that went into the operators of a frequency and cost them their instance, or that came while they were
 * quarantined, or an output that no lane can take, or a failure of the host's `onGap`.
 */
export interface DeadLetter {
  readonly frequency: string
  readonly reason: 'threw' | 'refused' | 'quarantined' | 'notAnEvent' | 'backfill'
  /** What was being pushed; absent when a timer of the operators threw. For batch operators, the events of the batch. */
  readonly events: readonly unknown[]
  /** What was thrown, or why no lane took it. */
  readonly error: unknown
  readonly atMs: number
}
