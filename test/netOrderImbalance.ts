import { defineFrequency } from '../src/index.ts'
import {
  defineCodec,
  type EventOf,
  instantMs,
  instantNs,
  integer,
  number,
  optional,
  required,
  text,
  ticker,
} from '../streams/index.ts'

/**
 * The imbalance before an auction, channel `NOI.<ticker>`, as a host would bring it: one file, through the public doors alone.
 *
 *     { "ev": "NOI", "T": "NTEST.Q", "t": 1601318039223013600, "at": 930, "a": "M", "i": 44, "x": 10, "o": 480, "p": 440, "b": 25.03 }
 */
const netOrderImbalance = defineCodec({
  ev: 'NOI',
  at: 'atMs',
  fields: {
    symbol: required('T', ticker),
    /** Of the auction, hour * 100 + minute in New York. */
    auctionTime: required('at', integer),
    auctionType: required('a', text),
    /** Shares. */
    imbalance: required('o', number({ atLeast: 0 })),
    /** Shares. */
    paired: required('p', number({ atLeast: 0 })),
    /** USD. */
    clearingPrice: optional('b', number({ atLeast: 0 })),
    exchange: optional('x', integer),
    sequence: optional('i', integer),
    atNs: required('t', instantNs),
    atMs: required('t', instantMs),
  },
})

export type NetOrderImbalance = EventOf<typeof netOrderImbalance>

export const imbalances = defineFrequency({ name: 'imbalances', codecs: [netOrderImbalance], quietMs: 600_000 })
