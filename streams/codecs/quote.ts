import { type Codec, defineCodec, type EventOf } from './defineCodec.ts'
import { annotations, defaulted, integer, integerList, number, optional, required, ticker, timeMs } from './field.ts'

const table = defineCodec({
  ev: 'Q',
  at: 'atMs',
  fields: {
    /** Ticker. */
    symbol: required('sym', ticker),
    /** USD per share; 0 or absent: no bid. */
    bidPrice: optional('bp', number({ atLeast: 0 })),
    /** As sent: round lots by the documentation, shares by the look of it; 0 or absent: no bid. */
    bidSize: optional('bs', number({ atLeast: 0 })),
    /** The vendor's exchange id. */
    bidExchange: optional('bx', integer),
    /** USD per share; 0 or absent: no offer. */
    askPrice: optional('ap', number({ atLeast: 0 })),
    /** As sent, see `bidSize`; 0 or absent: no offer. */
    askSize: optional('as', number({ atLeast: 0 })),
    /** The vendor's exchange id. */
    askExchange: optional('ax', integer),
    /** Quote condition. */
    condition: optional('c', integer),
    /** Indicators; empty when there are none. */
    indicators: defaulted('i', integerList, []),
    /** 1 NYSE, 2 AMEX and regional, 3 Nasdaq. */
    tape: optional('z', integer),
    /** Sequence number; gaps and disorder occur. */
    sequence: optional('q', integer),
    /** SIP time, Unix ms. */
    atMs: required('t', timeMs),
    /** The exchange's own time, Unix ms. */
    participantAtMs: optional('pt', timeMs),
    /** Which trade reporting facility (known from one official client only). */
    trfId: optional('trfi', integer),
    /** When that facility received it, Unix ms. */
    trfAtMs: optional('trft', timeMs),
    /** True when it was fetched later and did not come from the live feed. */
    backfilled: annotations.backfilled,
  },
})

/** The best bid and offer. */
export interface Quote extends EventOf<typeof table> {}

/**
 * National best bid and offer, channel `Q.<ticker>`; not on delayed individual plans.
 *
 *     { "ev": "Q", "sym": "MSFT", "i": [604], "bx": 4, "bp": 114.125, "bs": 100, "ax": 7, "ap": 114.128, "as": 160, "c": 0,
 *       "t": 1536036818784, "pt": 1536036818783, "q": 50385480, "z": 3 }
 *
 * - `bp`, `ap` USD; `t`, `pt`, `trft` Unix ms
 * - `bs`, `as` documented as round lots, yet captures of 2026 look like shares (80, 500): passed on as sent
 * - one side can be missing: absent, or 0 in price or size, means that there is no such side
 * - `c` is one number here, `i` a list of indicators (in a trade `c` is a list and `i` a text)
 *
 * Source: docs/protocol.md, Q.
 */
export const quote: Codec<'Q', (typeof table)['fields'], Quote> = table
