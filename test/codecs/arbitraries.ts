import fc from 'fast-check'

import type { FairMarketValue, MinuteBar, Quote, SecondBar, Status, Trade } from '../../streams/model.ts'

/** Events of every type as the tables allow them, in all their odd forms, for properties here and elsewhere. */

const double = (min: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.double({ min, max: 1e300, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.integer({ min: 1, max: 1_000_000 }).map((cents) => cents / 100),
  )

const price = double(Number.MIN_VALUE)
const amount = double(0)
const whole = fc.maxSafeInteger()
const timeMs = fc.oneof(
  fc.integer({ min: 0, max: 1e14 - 1 }),
  fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
)
const ticker = fc.oneof(
  fc.constantFrom('AAPL', 'BRK.B', 'O:SPY251219C00650000', 'ÄÖ"\\\n'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
)
const decimalText = fc.stringMatching(/^\d{1,12}(?:\.\d{1,6})?$/)
const wholes = fc.array(whole, { maxLength: 4 })
const flag = fc.boolean()

const tradeFields = {
  ev: fc.constant('T' as const),
  symbol: ticker,
  price,
  size: amount,
  sizeExact: decimalText,
  exchange: whole,
  conditions: wholes,
  tape: whole,
  id: fc.string(),
  sequence: whole,
  atMs: timeMs,
  participantAtMs: timeMs,
  trfId: whole,
  trfAtMs: timeMs,
  backfilled: flag,
}

export const trades: fc.Arbitrary<Trade> = fc.record(tradeFields, {
  requiredKeys: ['ev', 'symbol', 'price', 'size', 'conditions', 'atMs'],
})

const quoteFields = {
  ev: fc.constant('Q' as const),
  symbol: ticker,
  bidPrice: amount,
  bidSize: amount,
  bidExchange: whole,
  askPrice: amount,
  askSize: amount,
  askExchange: whole,
  condition: whole,
  indicators: wholes,
  tape: whole,
  sequence: whole,
  atMs: timeMs,
  participantAtMs: timeMs,
  trfId: whole,
  trfAtMs: timeMs,
  backfilled: flag,
}

export const quotes: fc.Arbitrary<Quote> = fc.record(quoteFields, {
  requiredKeys: ['ev', 'symbol', 'indicators', 'atMs'],
})

const bars = <Ev extends 'A' | 'AM'>(ev: Ev, windowMs: number) =>
  fc
    .record(
      {
        ev: fc.constant(ev),
        symbol: ticker,
        open: price,
        high: price,
        low: price,
        close: price,
        volume: amount,
        volumeExact: decimalText,
        vwap: amount,
        averageSize: amount,
        startMs: fc.integer({ min: 0, max: 1e13 }),
        endMs: fc.oneof(fc.constant(windowMs), fc.integer({ min: 1, max: 1e13 })),
        dayOpen: amount,
        dayVolume: amount,
        dayVolumeExact: decimalText,
        dayVwap: amount,
        otc: flag,
        revision: fc.nat(9),
        late: flag,
        backfilled: flag,
      },
      {
        requiredKeys: ['ev', 'symbol', 'open', 'high', 'low', 'close', 'volume', 'startMs', 'endMs', 'otc', 'revision'],
      },
    )
    .map((bar) => ({
      ...bar,
      low: Math.min(bar.low, bar.high),
      high: Math.max(bar.low, bar.high),
      endMs: bar.startMs + bar.endMs,
    }))

export const secondBars: fc.Arbitrary<SecondBar> = bars('A', 1_000)

export const minuteBars: fc.Arbitrary<MinuteBar> = bars('AM', 60_000)

// Nanoseconds as live, or whole milliseconds as in the samples and before 1973.
const instant = fc.oneof(
  fc.bigInt({ min: 10n ** 17n, max: 10n ** 20n - 1n }),
  fc.bigInt({ min: 1_600_000_000_000_000_000n, max: 1_800_000_000_000_000_000n }),
  fc.bigInt({ min: 0n, max: 10n ** 11n - 1n }).map((ms) => ms * 1_000_000n),
)

export const fairMarketValues: fc.Arbitrary<FairMarketValue> = fc
  .record(
    { ev: fc.constant('FMV' as const), symbol: ticker, price, ns: instant, backfilled: flag },
    { requiredKeys: ['ev', 'symbol', 'price', 'ns'] },
  )
  .map(({ ns, ...rest }) => ({ ...rest, atNs: ns.toString(), atMs: Number(ns / 1_000_000n) }))

export type MarketEvent = Trade | Quote | SecondBar | MinuteBar | FairMarketValue

/** An event of any built-in type. */
export const marketEvents: fc.Arbitrary<MarketEvent> = fc.oneof(
  trades,
  quotes,
  secondBars,
  minuteBars,
  fairMarketValues,
)

export const statuses: fc.Arbitrary<Status> = fc.record(
  { ev: fc.constant('status' as const), status: fc.string(), message: fc.string() },
  { requiredKeys: ['ev', 'status'] },
)

/** The event as it comes back from the wire, which has no annotations. */
export const withoutAnnotations = (event: MarketEvent): object => {
  const { late: _late, backfilled: _backfilled, ...rest }: Record<string, unknown> = { ...event }
  return 'revision' in event ? { ...rest, revision: 0 } : rest
}
