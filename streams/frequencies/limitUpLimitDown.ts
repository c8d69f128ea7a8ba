import { lowNotAboveHigh } from '../codecs/bar.ts'
import { type Codec, defineCodec, type EventOf } from '../codecs/defineCodec.ts'
import {
  annotations,
  defaulted,
  instantMs,
  instantNs,
  integer,
  integerList,
  number,
  optional,
  required,
  ticker,
} from '../codecs/field.ts'
import { defineFrequency } from '../defineFrequency.ts'

const table = defineCodec({
  ev: 'LULD',
  at: 'atMs',
  fields: {
    /** Ticker. */
    symbol: required('T', ticker),
    /** Upper band, USD: trades above it are not allowed. */
    high: required('h', number({ atLeast: 0 })),
    /** Lower band, USD: trades below it are not allowed. */
    low: required('l', number({ atLeast: 0 })),
    /** Why it was sent: 17 halt or pause, 18 reopening, 21 price band, …; empty when there are none. */
    indicators: defaulted('i', integerList, []),
    /** 1 NYSE, 2 AMEX and regional, 3 Nasdaq. */
    tape: optional('z', integer),
    /** Sequence number. */
    sequence: optional('q', integer),
    /** Event time, Unix ns, exactly, as decimal text. */
    atNs: required('t', instantNs),
    /** The same in Unix ms, rounded down. */
    atMs: required('t', instantMs),
    /** True when it was fetched later and did not come from the live feed. */
    backfilled: annotations.backfilled,
  },
  drifts: [lowNotAboveHigh],
})

/** The price bands of one ticker from now on, or that it is halted, paused or open again. */
export interface LimitUpLimitDown extends EventOf<typeof table> {}

/**
 * Limit up, limit down, channel `LULD.<ticker>`: real time plans only.
 *
 *     { "ev": "LULD", "h": 218.86, "l": 198.02, "i": [21], "z": 3, "t": 1601541794000000123, "q": 4213, "T": "AAPL" }
 *
 * - `T`      the ticker, never `sym`
 * - `h`, `l` USD. A band of 0, or a lower one above the upper one, is taken as it comes (the latter counted as drift): refusing it could
 *            lose a halt
 * - `i`      15 intraday update, 16 restated value, 17 halt or pause, 18 reopening, 19 outside rule hours, 21 price band,
 *            22 republished band; 17 and 18 only for tickers listed on Nasdaq
 * - `t`      event time. Live frames carry 19 digits (ns, above 2^53: kept exactly, as decimal text), an old sample 16 (µs), the field table
 *            says ms: told by magnitude
 *
 * Source: docs/protocol.md, LULD.
 */
const codec: Codec<'LULD', (typeof table)['fields'], LimitUpLimitDown> = table

/**
 * Price bands and halts (`LULD`). So rare for one ticker that no silence tells anything: never `stale`.
 *
 *     limitUpLimitDown({ tickers: ['AAPL'] }).pipe(filter(({ indicators }) => indicators.includes(17)))   // halts
 *
 * This file is the whole of it, codec and frequency, and so it is with one of your own.
 */
export const limitUpLimitDown = defineFrequency({
  name: 'limit_up_limit_down',
  codecs: [codec],
  quietMs: 60_000,
  staleMs: Infinity,
  speaks: 'regular',
})
