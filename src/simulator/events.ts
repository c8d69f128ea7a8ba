/** One trade. Prices are whole US cents here, so that every sum over them is exact. */
export interface TradeEvent {
  readonly ev: 'T'
  readonly symbol: string
  /** Place of the ticker in the market's list. */
  readonly ticker: number
  /** Counts up by one per ticker. */
  readonly id: number
  /** Wire `x`; 4 is off-exchange. */
  readonly exchange: number
  readonly tape: number
  readonly priceCents: number
  /** Whole shares, at least 1. */
  readonly size: number
  /** Wire `c`; most trades have none. */
  readonly conditions: readonly number[]
  readonly atMs: number
  /** The exchange's own time, Unix ms, at most a few ms before `atMs`; 0 where the wire leaves it out. */
  readonly participantAtMs: number
  /** When the reporting facility had it, Unix ms; 0 for a trade on an exchange. */
  readonly trfAtMs: number
  /** Grows with every trade of the ticker, with gaps. */
  readonly sequence: number
}

/** Best bid and offer right after a trade. */
export interface QuoteEvent {
  readonly ev: 'Q'
  readonly symbol: string
  readonly bidCents: number
  readonly askCents: number
  /** Shares. */
  readonly bidSize: number
  readonly askSize: number
  readonly bidExchange: number
  readonly askExchange: number
  readonly tape: number
  readonly atMs: number
  readonly sequence: number
}

export interface BarEvent {
  readonly ev: 'A' | 'AM'
  readonly symbol: string
  readonly openCents: number
  readonly highCents: number
  readonly lowCents: number
  readonly closeCents: number
  /** Shares. */
  readonly volume: number
  /** Ten-thousandths of a USD. */
  readonly vwap: number
  /** Shares, rounded down. */
  readonly averageSize: number
  readonly startMs: number
  /** Exclusive. */
  readonly endMs: number
  readonly dayOpenCents: number
  readonly dayVolume: number
  /** Ten-thousandths of a USD. */
  readonly dayVwap: number
}

export interface FairValueEvent {
  readonly ev: 'FMV'
  readonly symbol: string
  /** Ten-thousandths of a USD. */
  readonly value: number
  /** Unix ns as decimal text, 19 digits: beyond 2^53, so never a number. */
  readonly atNs: string
}

export type MarketEvent = TradeEvent | QuoteEvent | BarEvent | FairValueEvent

/** What happened in one step of simulated time, in the order of the wire. */
export interface Quantum {
  readonly startMs: number
  /** Exclusive. */
  readonly endMs: number
  readonly events: readonly MarketEvent[]
}
