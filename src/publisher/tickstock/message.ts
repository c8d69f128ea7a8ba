/**
 * What a client of the TickStock format gets: one JSON object per emission. Times are Unix seconds, numbers all of them, `…_timestamp_ns` and
 * other exact values decimal text.
 *
 *     { "event": "stock_data", "time": 1763994600.25, "frequencies": {
 *         "per_second": { "highs": [], "lows": [], "trending": { "up": [], "down": [] }, "surging": { "up": [], "down": [] }, "ticks": [ … ] },
 *         "per_minute": { "aggregates": [ … ], "highs": [], … },
 *         "fmv": { "fmv_events": [ … ], "valuation_alerts": [] } } }
 *
 * Only the frequencies that the client has asked for; of these always all the lists above, and others under the event types of who made their events.
 */
export interface TickstockMessage {
  readonly event: 'stock_data'
  /** When it was made, Unix seconds. */
  readonly time: number
  readonly frequencies: {
    readonly per_second?: TickstockLists & { readonly ticks: readonly TickstockTick[] }
    readonly per_minute?: TickstockLists & { readonly aggregates: readonly TickstockEvent[] }
    readonly fmv?: {
      readonly fmv_events: readonly TickstockEvent[]
      readonly valuation_alerts: readonly TickstockEvent[]
    }
    readonly [frequency: string]: object | undefined
  }
}

/** What the detectors of a host fill: `high`, `low`, `trend`, `surge`. */
export interface TickstockLists {
  readonly highs: readonly TickstockEvent[]
  readonly lows: readonly TickstockEvent[]
  readonly trending: { readonly up: readonly TickstockEvent[]; readonly down: readonly TickstockEvent[] }
  readonly surging: { readonly up: readonly TickstockEvent[]; readonly down: readonly TickstockEvent[] }
}

/** The transport object of every event but a tick. */
export interface TickstockEvent {
  readonly ticker: string
  /** The event type. */
  readonly type: string
  /** USD; null for an event without a price. */
  readonly price: number | null
  /** Unix seconds; null for an event without a time. */
  readonly time: number | null
  /** Seconds with six decimals, and eight hex digits that are the lane's and its offset: the same for every client, and in every snapshot. */
  readonly event_id: string
  /** `up`, `down`, or an arrow to the right. */
  readonly direction: string
  readonly reversal: boolean
  readonly count: number
  readonly count_up: number
  readonly count_down: number
  readonly percent_change: number
  readonly vwap: number | null
  readonly vwap_divergence: number
  readonly volume: number
  readonly rel_volume: number
  readonly label: string
  readonly event_specific_data: Readonly<Record<string, unknown>>
}

/** The flat transport object of a tick; what the tick lacks, it lacks. */
export interface TickstockTick {
  readonly ticker: string
  readonly price: number
  readonly volume: number
  /** Unix seconds. */
  readonly timestamp: number
  readonly event_id: string
  readonly source: string
  /** `T`, `Q`, `FMV`, `A_second`, `A_minute`. */
  readonly event_type: string
  /** `PRE`, `REGULAR`, `AFTER`, `CLOSED`. */
  readonly market_status: string
  readonly [field: string]: unknown
}

/** A status: the answer to what a client has sent, or a word of the server's own. */
export interface TickstockStatus {
  readonly event: 'status'
  readonly status: string
  readonly message: string
  readonly [field: string]: unknown
}
