import { type Codec, defineCodec, type EventOf } from './defineCodec.ts'
import {
  annotations,
  decimalText,
  defaulted,
  integer,
  integerList,
  number,
  optional,
  required,
  text,
  ticker,
  timeMs,
} from './field.ts'

const table = defineCodec({
  ev: 'T',
  at: 'atMs',
  fields: {
    /** Ticker. */
    symbol: required('sym', ticker),
    /** USD per share. */
    price: required('p', number({ over: 0 })),
    /** Shares; of a fractional trade the vendor's whole-share view. */
    size: required('s', number({ atLeast: 0 })),
    /** Shares, exactly, as decimal text. */
    sizeExact: optional('ds', decimalText),
    /** The vendor's exchange id; 4 is off exchange (TRF). */
    exchange: optional('x', integer),
    /** Sale conditions; empty when there are none. */
    conditions: defaulted('c', integerList, []),
    /** 1 NYSE, 2 AMEX and regional, 3 Nasdaq. */
    tape: optional('z', integer),
    /** Trade id, unique per ticker, exchange and TRF. */
    id: optional('i', text),
    /** Sequence number; gaps and disorder occur. */
    sequence: optional('q', integer),
    /** SIP time, Unix ms. */
    atMs: required('t', timeMs),
    /** The exchange's own time, Unix ms. */
    participantAtMs: optional('pt', timeMs),
    /** Which trade reporting facility, for trades off exchange. */
    trfId: optional('trfi', integer),
    /** When that facility received the report, Unix ms. */
    trfAtMs: optional('trft', timeMs),
    /** True when it was fetched later and did not come from the live feed. */
    backfilled: annotations.backfilled,
  },
})

/** One trade. */
export interface Trade extends EventOf<typeof table> {}

/**
 * Trade, channel `T.<ticker>`.
 *
 *     { "ev": "T", "sym": "AAPL", "i": "52983525029461", "x": 4, "p": 215.9721, "s": 100, "ds": "100.0", "c": [12, 37],
 *       "t": 1721683216349, "pt": 1721683216348, "q": 2064291, "z": 3, "trfi": 202, "trft": 1721683216349 }
 *
 * - `p` USD; `s` and `ds` shares; `t`, `pt`, `trft` Unix ms (claims of ns for `t` are wrong in every capture)
 * - `c` is absent when there are no conditions, rarely empty or null: all three are an empty list here
 * - `s` is documented as whole; a fraction is taken as it comes, because refusing it would lose the trade
 * - `q` is no identity: repeats and steps backwards were seen. `i` is unique only with `x` and `trfi`
 *
 * Source: docs/protocol.md, T and section 8.
 */
export const trade: Codec<'T', (typeof table)['fields'], Trade> = table
