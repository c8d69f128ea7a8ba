/** One trade. Prices are whole US cents here, so that every sum over them is exact. */
export interface TradeEvent {
  readonly ev: 'T'
  readonly symbol: string
  /** Place of the ticker in the market's list. */
  readonly ticker: number
  /** Counts up by one per ticker. */
  readonly id: number
  /** Wire `x`; 4 is off-exchange, 62 over the counter. */
  readonly exchange: number
  readonly tape: number
  readonly priceCents: number
  /** Whole shares, at least 1. */
  readonly size: number
  /** Wire `c`; most trades have none. */
  readonly conditions: readonly number[]
  readonly atMs: number
  /**
   * When it happened by the exchange's own time, Unix ms: at most a few ms before `atMs`, and at least three seconds before for a trade that is reported
   * late. 0 where the wire leaves it out.
   */
  readonly participantAtMs: number
  /** When the reporting facility had it, Unix ms; 0 for a trade on an exchange. */
  readonly trfAtMs: number
  /** Grows with every trade of the ticker, with gaps, and begins anew each day; backwards or repeated where the market was asked for it. */
  readonly sequence: number
  /** Written with an empty `c` where it has no conditions, without `ds` otherwise. */
  readonly odd: boolean
}

/** Best bid and offer right after a trade. A side whose cents are 0 is missing on the wire. */
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
  /** Wire `c`; 0 where the wire leaves it out. */
  readonly condition: number
  /** Wire `i`; most quotes have none. */
  readonly indicators: readonly number[]
  readonly tape: number
  readonly atMs: number
  /** Unix ms; 0 where the wire leaves it out. */
  readonly participantAtMs: number
  readonly sequence: number
}

/** Sent again, with the same window and other figures, when a trade of that window is reported late. */
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
  /** 0 before the open: the wire leaves it out. */
  readonly dayOpenCents: number
  readonly dayVolume: number
  /** Ten-thousandths of a USD. */
  readonly dayVwap: number
  readonly otc: boolean
  /** Written with `z` as `12.0` or `1.2e+01`. */
  readonly odd: boolean
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

/** What happened in one step of simulated time, in the order of the wire. Where the market is closed one step may last until it opens. */
export interface Quantum {
  readonly startMs: number
  /** Exclusive. */
  readonly endMs: number
  readonly events: readonly MarketEvent[]
}
