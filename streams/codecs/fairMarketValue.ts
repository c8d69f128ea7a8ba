import { type Codec, defineCodec, type EventOf } from './defineCodec.ts'
import { annotations, instantMs, instantNs, number, required, ticker } from './field.ts'

const table = defineCodec({
  ev: 'FMV',
  at: 'atMs',
  fields: {
    /** Ticker. */
    symbol: required('sym', ticker),
    /** The estimate, USD. */
    price: required('fmv', number({ over: 0 })),
    /** Event time, Unix ns, exactly, as decimal text. */
    atNs: required('t', instantNs),
    /** The same in Unix ms, rounded down. */
    atMs: required('t', instantMs),
    /** True when it was fetched later and did not come from the live feed. */
    backfilled: annotations.backfilled,
  },
})

/** What the vendor estimates a share to be worth. */
export interface FairMarketValue extends EventOf<typeof table> {}

/**
 * Fair market value, channel `FMV.<ticker>`, Business plan only.
 *
 *     { "ev": "FMV", "fmv": 189.22, "sym": "AAPL", "t": 1678220098130000123 }
 *
 * - `fmv` USD; a number, though the official JavaScript typings say text
 * - `t`   event time. Live frames carry 19 digits (ns, above 2^53: kept exactly, as decimal text), the vendor's stocks
 *         sample 13 (ms): told by magnitude
 *
 * There is no sequence number: `atNs` and the ticker are all the identity there is.
 *
 * Source: docs/protocol.md, FMV and section 9.
 */
export const fairMarketValue: Codec<'FMV', (typeof table)['fields'], FairMarketValue> = table
