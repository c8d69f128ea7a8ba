import { from, lastValueFrom, of, throwError, toArray, type OperatorFunction } from 'rxjs'
import {
  EventRefused,
  handleFmv,
  handleMinuteBar,
  handleTick,
  withMarketPrice,
  type FairMarketValueEvent,
  type TickSource,
} from '../operators/market/index.ts'
import type { FairMarketValue, MinuteBar, Quote, SecondBar, Trade } from '../streams/model.ts'

// Goal: every field of the three models, from every kind of event, and every refusal down to its sentence.
// Method: one complete and one bare event of each kind through the operator, compared key for key; then one field at a time
// is spoiled. Timing and unsubscription are in marbles/operators/market.

const at = (iso: string): number => Date.parse(iso)
/** Tuesday 16 January 2024, the last regular minute. */
const startMs = at('2024-01-16T15:59:00-05:00')
const endMs = at('2024-01-16T16:00:00-05:00')

const trade: Trade = { ev: 'T', symbol: 'AAPL', price: 189.25, size: 40, conditions: [12, 37], atMs: startMs }
const quote: Quote = { ev: 'Q', symbol: 'AAPL', bidPrice: 189, askPrice: 189.5, indicators: [], atMs: startMs }
const minute: MinuteBar = {
  ev: 'AM',
  symbol: 'AAPL',
  open: 200,
  high: 206,
  low: 198,
  close: 202,
  volume: 1000,
  startMs,
  endMs,
  otc: false,
  revision: 0,
}
const wholeMinute: MinuteBar = {
  ...minute,
  volumeExact: '1000.5',
  vwap: 200,
  averageSize: 25,
  dayOpen: 190,
  dayVolume: 5_000_000,
  dayVolumeExact: '5000000.25',
  dayVwap: 195,
  otc: true,
  revision: 2,
  late: true,
  backfilled: true,
}
const second: SecondBar = { ...minute, ev: 'A', endMs: startMs + 1000 }
const fairValue: FairMarketValue = {
  ev: 'FMV',
  symbol: 'AAPL',
  price: 103,
  atNs: `${startMs}000123`,
  atMs: startMs,
}

const through = <In, Out>(operator: OperatorFunction<In, Out>, ...events: In[]): Promise<Out[]> =>
  lastValueFrom(from(events).pipe(operator, toArray()))
const one = async <In, Out>(operator: OperatorFunction<In, Out>, event: In): Promise<Out> =>
  (await through(operator, event))[0]!
/** Types are for the compiler; what a host wires in may be anything. */
const spoiled = <Event>(event: Event, fields: object): Event => ({ ...event, ...fields })
const refusal = async <In, Out>(operator: OperatorFunction<In, Out>, event: In): Promise<EventRefused> => {
  const error: unknown = await one(operator, event).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(EventRefused)

  return error as EventRefused
}

describe('handleTick', () => {
  const ofTrade = {
    ev: 'tick',
    symbol: 'AAPL',
    price: 189.25,
    volume: 40,
    atMs: startMs,
    eventType: 'T',
    marketSession: 'regular',
    tickClose: 189.25,
    tickVolume: 40,
    tickTradeSize: 40,
    conditions: [12, 37],
  }
  const ofQuote = {
    ev: 'tick',
    symbol: 'AAPL',
    price: 189.25,
    volume: 0,
    atMs: startMs,
    eventType: 'Q',
    marketSession: 'regular',
    tickClose: 189.25,
    bid: 189,
    ask: 189.5,
  }
  const ofMinute = {
    ev: 'tick',
    symbol: 'AAPL',
    price: 202,
    volume: 1000,
    atMs: endMs,
    eventType: 'AM',
    marketSession: 'regular',
    tickClose: 202,
    tickOpen: 200,
    tickHigh: 206,
    tickLow: 198,
    tickVolume: 1000,
    tickStartMs: startMs,
    tickEndMs: endMs,
    revision: 0,
  }

  it.each<[string, TickSource, object]>([
    ['a trade', trade, ofTrade],
    [
      'a trade with all it can have',
      { ...trade, sizeExact: '40.5', exchange: 4, tape: 3, id: '71', sequence: 9, backfilled: true },
      { ...ofTrade, volumeExact: '40.5', backfilled: true },
    ],
    [
      'a trade of less than one share',
      { ...trade, size: 0, sizeExact: '0.25', conditions: [] },
      { ...ofTrade, volume: 0, tickVolume: 0, tickTradeSize: 0, conditions: [], volumeExact: '0.25' },
    ],
    ['a quote', quote, ofQuote],
    [
      'a quote with only a bid',
      { ev: 'Q', symbol: 'AAPL', bidPrice: 189, indicators: [], atMs: startMs },
      {
        ev: 'tick',
        symbol: 'AAPL',
        price: 189,
        volume: 0,
        atMs: startMs,
        eventType: 'Q',
        marketSession: 'regular',
        tickClose: 189,
        bid: 189,
      },
    ],
    [
      'a quote with only an ask',
      { ev: 'Q', symbol: 'AAPL', askPrice: 189.5, indicators: [], atMs: startMs },
      {
        ev: 'tick',
        symbol: 'AAPL',
        price: 189.5,
        volume: 0,
        atMs: startMs,
        eventType: 'Q',
        marketSession: 'regular',
        tickClose: 189.5,
        ask: 189.5,
      },
    ],
    ['a quote whose bid is 0', { ...quote, bidPrice: 0 }, { ...ofQuote, price: 189.5, tickClose: 189.5, bid: 0 }],
    ['a quote whose ask is 0', { ...quote, askPrice: 0 }, { ...ofQuote, price: 189, tickClose: 189, ask: 0 }],
    ['a minute bar', minute, ofMinute],
    [
      'a minute bar with all it can have',
      wholeMinute,
      {
        ...ofMinute,
        volumeExact: '1000.5',
        tickVwap: 200,
        marketOpenPrice: 190,
        accumulatedVolume: 5_000_000,
        accumulatedVolumeExact: '5000000.25',
        dailyVwap: 195,
        revision: 2,
        late: true,
        backfilled: true,
      },
    ],
    [
      'a bar whose optional numbers are 0',
      { ...minute, vwap: 0, dayVolume: 0, dayVwap: 0 },
      { ...ofMinute, tickVwap: 0, accumulatedVolume: 0, dailyVwap: 0 },
    ],
    ['a second bar', second, { ...ofMinute, eventType: 'A', atMs: startMs + 1000, tickEndMs: startMs + 1000 }],
    ['a bar whose high lies below its close', { ...minute, high: 201 }, { ...ofMinute, tickHigh: 201 }],
    [
      'a fair market value',
      { ...fairValue, backfilled: true },
      {
        ev: 'tick',
        symbol: 'AAPL',
        price: 103,
        volume: 0,
        atMs: startMs,
        eventType: 'FMV',
        marketSession: 'regular',
        tickClose: 103,
        atNs: `${startMs}000123`,
        backfilled: true,
      },
    ],
  ])('makes a tick of %s', async (_name, event, expected) => {
    expect(await one(handleTick(), event)).toStrictEqual(expected)
  })

  it('writes its source into the tick when told one', async () => {
    expect(await one(handleTick({ source: 'simulated' }), trade)).toStrictEqual({ ...ofTrade, source: 'simulated' })
  })

  it.each([
    ['2024-01-16T08:00:00-05:00', 'pre'],
    ['2024-01-16T15:59:59-05:00', 'regular'],
    ['2024-01-16T16:00:00-05:00', 'after'],
    ['2024-01-16T21:00:00-05:00', 'closed'],
    ['2024-12-25T12:00:00-05:00', 'closed'],
    ['2024-11-29T13:00:00-05:00', 'after'],
  ])('takes the session of a trade, a quote and a fair value from their own time: %s is %s', async (iso, session) => {
    const ticks = await through(
      handleTick(),
      { ...trade, atMs: at(iso) },
      { ...quote, atMs: at(iso) },
      { ...fairValue, atMs: at(iso) },
    )

    expect(ticks.map((tick) => tick.marketSession)).toEqual([session, session, session])
  })

  it('asks the given calendar for the session of a bar, by its start', async () => {
    const asked: number[] = []
    const sessionAt = (atMs: number) => {
      asked.push(atMs)
      return 'closed' as const
    }
    const tick = await one(handleTick({ sessionAt }), minute)

    expect(tick.marketSession).toBe('closed')
    expect(asked).toEqual([startMs])
  })

  it.each<[string, TickSource, object, string]>([
    [
      'no ticker',
      trade,
      { symbol: '' },
      'handleTick refused an event without a ticker: symbol must be a ticker, got ""',
    ],
    [
      'a blank ticker',
      trade,
      { symbol: ' ' },
      'handleTick refused an event without a ticker: symbol must be a ticker, got " "',
    ],
    [
      'a ticker that is no text',
      trade,
      { symbol: undefined },
      'handleTick refused an event without a ticker: symbol must be a ticker, got undefined',
    ],
    ['a price of 0', trade, { price: 0 }, 'handleTick refused AAPL: price must be a finite number above 0, got 0'],
    [
      'a negative price',
      trade,
      { price: -1 },
      'handleTick refused AAPL: price must be a finite number above 0, got -1',
    ],
    [
      'a price of NaN',
      trade,
      { price: NaN },
      'handleTick refused AAPL: price must be a finite number above 0, got NaN',
    ],
    [
      'an infinite price',
      trade,
      { price: Infinity },
      'handleTick refused AAPL: price must be a finite number above 0, got Infinity',
    ],
    [
      'a price that is text',
      trade,
      { price: '189.25' },
      'handleTick refused AAPL: price must be a finite number above 0, got "189.25"',
    ],
    [
      'no price',
      trade,
      { price: undefined },
      'handleTick refused AAPL: price must be a finite number above 0, got undefined',
    ],
    [
      'a negative size',
      trade,
      { size: -1 },
      'handleTick refused AAPL: size must be a finite number of at least 0, got -1',
    ],
    [
      'a size of NaN',
      trade,
      { size: NaN },
      'handleTick refused AAPL: size must be a finite number of at least 0, got NaN',
    ],
    [
      'no size',
      trade,
      { size: undefined },
      'handleTick refused AAPL: size must be a finite number of at least 0, got undefined',
    ],
    ['a time of 0', trade, { atMs: 0 }, 'handleTick refused AAPL: atMs must be a finite number above 0, got 0'],
    ['a time of NaN', trade, { atMs: NaN }, 'handleTick refused AAPL: atMs must be a finite number above 0, got NaN'],
    [
      'a time in seconds',
      trade,
      { atMs: 1_705_424_400 },
      'handleTick refused AAPL: atMs must be Unix milliseconds of a year the market calendar covers, got 1705424400',
    ],
    [
      'a time in nanoseconds',
      quote,
      { atMs: 1_705_424_400_000_000_000 },
      'handleTick refused AAPL: atMs must be Unix milliseconds of a year the market calendar covers, got 1705424400000000000',
    ],
    [
      'neither side',
      quote,
      { bidPrice: 0, askPrice: 0 },
      'handleTick refused AAPL: bidPrice must be above 0 when askPrice is not, got 0',
    ],
    [
      'no side at all',
      quote,
      { bidPrice: undefined, askPrice: undefined },
      'handleTick refused AAPL: bidPrice must be above 0 when askPrice is not, got undefined',
    ],
    [
      'a negative bid',
      quote,
      { bidPrice: -1 },
      'handleTick refused AAPL: bidPrice must be a finite number of at least 0, got -1',
    ],
    [
      'an ask of NaN',
      quote,
      { askPrice: NaN },
      'handleTick refused AAPL: askPrice must be a finite number of at least 0, got NaN',
    ],
    [
      'an ask of null',
      quote,
      { askPrice: null },
      'handleTick refused AAPL: askPrice must be a finite number of at least 0, got null',
    ],
    ['a quote time of 0', quote, { atMs: 0 }, 'handleTick refused AAPL: atMs must be a finite number above 0, got 0'],
    ['a close of 0', second, { close: 0 }, 'handleTick refused AAPL: close must be a finite number above 0, got 0'],
    ['an open of NaN', second, { open: NaN }, 'handleTick refused AAPL: open must be a finite number above 0, got NaN'],
    [
      'an infinite high',
      second,
      { high: Infinity },
      'handleTick refused AAPL: high must be a finite number above 0, got Infinity',
    ],
    ['a low of 0', second, { low: 0 }, 'handleTick refused AAPL: low must be a finite number above 0, got 0'],
    [
      'a negative volume',
      second,
      { volume: -1 },
      'handleTick refused AAPL: volume must be a finite number of at least 0, got -1',
    ],
    [
      'no volume',
      second,
      { volume: undefined },
      'handleTick refused AAPL: volume must be a finite number of at least 0, got undefined',
    ],
    [
      'a vwap of NaN',
      second,
      { vwap: NaN },
      'handleTick refused AAPL: vwap must be a finite number of at least 0, got NaN',
    ],
    [
      'a negative day volume',
      second,
      { dayVolume: -1 },
      'handleTick refused AAPL: dayVolume must be a finite number of at least 0, got -1',
    ],
    [
      'an infinite day vwap',
      second,
      { dayVwap: Infinity },
      'handleTick refused AAPL: dayVwap must be a finite number of at least 0, got Infinity',
    ],
    [
      'a negative day open',
      second,
      { dayOpen: -1 },
      'handleTick refused AAPL: dayOpen must be a finite number of at least 0, got -1',
    ],
    ['a start of 0', second, { startMs: 0 }, 'handleTick refused AAPL: startMs must be a finite number above 0, got 0'],
    [
      'an end of NaN',
      second,
      { endMs: NaN },
      'handleTick refused AAPL: endMs must be a finite number above 0, got NaN',
    ],
    [
      'an end at its start',
      second,
      { endMs: startMs },
      `handleTick refused AAPL: endMs must be after startMs (${startMs}), got ${startMs}`,
    ],
    [
      'a fair value of 0',
      fairValue,
      { price: 0 },
      'handleTick refused AAPL: price must be a finite number above 0, got 0',
    ],
    [
      'nanoseconds of 0',
      fairValue,
      { atNs: '0' },
      'handleTick refused AAPL: atNs must be nanoseconds above 0 as decimal text, got "0"',
    ],
    [
      'an event type of its own',
      trade,
      { ev: 'LULD' },
      'handleTick refused AAPL: ev must be T, Q, A, AM or FMV, got "LULD"',
    ],
  ])('refuses %s', async (_name, event, fields, message) => {
    const error = await refusal(handleTick(), spoiled(event, fields))

    expect(error.message).toBe(message)
    expect(error.handler).toBe('handleTick')
  })

  it('lets an error of the given calendar through as it is', async () => {
    const broken = new TypeError('no calendar')
    const sessionAt = () => {
      throw broken
    }

    await expect(one(handleTick({ sessionAt }), trade)).rejects.toBe(broken)
  })
})

describe('handleMinuteBar', () => {
  const bare = {
    ev: 'aggregate_minute',
    symbol: 'AAPL',
    price: 202,
    atMs: endMs,
    startMs,
    endMs,
    minuteOpen: 200,
    minuteHigh: 206,
    minuteLow: 198,
    minuteClose: 202,
    minuteVolume: 1000,
    volume: 1000,
    isOtc: false,
    marketSession: 'regular',
    minuteRange: 8,
    minutePriceChange: 2,
    minutePriceChangePercent: 1,
    revision: 0,
  }

  it.each<[string, MinuteBar, object]>([
    ['a bare bar', minute, bare],
    [
      'a bar with all it can have',
      wholeMinute,
      {
        ...bare,
        minuteVwap: 200,
        vwap: 200,
        vwapDeviationPercent: 1,
        averageTradeSize: 25,
        accumulatedVolume: 5_000_000,
        accumulatedVolumeExact: '5000000.25',
        dailyVwap: 195,
        dailyOpen: 190,
        volumeExact: '1000.5',
        isOtc: true,
        revision: 2,
        late: true,
        backfilled: true,
      },
    ],
    [
      'a bar with a vwap of 0, which nothing can deviate from',
      { ...minute, vwap: 0 },
      { ...bare, minuteVwap: 0, vwap: 0 },
    ],
    [
      'a bar with no volume',
      { ...minute, volume: 0, averageSize: 0, dayVolume: 0, dayVwap: 0, dayOpen: 0 },
      { ...bare, minuteVolume: 0, volume: 0, averageTradeSize: 0, accumulatedVolume: 0, dailyVwap: 0, dailyOpen: 0 },
    ],
    [
      'a minute at one price',
      { ...minute, open: 202, high: 202, low: 202 },
      {
        ...bare,
        minuteOpen: 202,
        minuteHigh: 202,
        minuteLow: 202,
        minuteRange: 0,
        minutePriceChange: 0,
        minutePriceChangePercent: 0,
      },
    ],
    [
      'a falling minute',
      { ...minute, close: 199, vwap: 199.5 },
      {
        ...bare,
        price: 199,
        minuteClose: 199,
        minuteVwap: 199.5,
        vwap: 199.5,
        minutePriceChange: -1,
        minutePriceChangePercent: -0.5,
        vwapDeviationPercent: (-0.5 / 199.5) * 100,
      },
    ],
  ])('makes an event of %s', async (_name, bar, expected) => {
    expect(await one(handleMinuteBar(), bar)).toStrictEqual(expected)
  })

  it.each([
    ['2024-01-16T09:29:00-05:00', 'pre'],
    ['2024-01-16T09:30:00-05:00', 'regular'],
    // By its end this one would be after-hours.
    ['2024-01-16T15:59:00-05:00', 'regular'],
    ['2024-01-16T16:00:00-05:00', 'after'],
    ['2024-11-29T12:59:00-05:00', 'regular'],
    ['2024-11-29T13:00:00-05:00', 'after'],
    ['2024-12-25T12:00:00-05:00', 'closed'],
  ])('takes the session from the start of the bar: %s is %s', async (iso, session) => {
    const event = await one(handleMinuteBar(), { ...minute, startMs: at(iso), endMs: at(iso) + 60_000 })

    expect(event.marketSession).toBe(session)
  })

  it('asks the given calendar', async () => {
    expect((await one(handleMinuteBar({ sessionAt: () => 'pre' }), minute)).marketSession).toBe('pre')
  })

  it.each<[string, object, string]>([
    ['a second bar', { ev: 'A' }, 'handleMinuteBar refused AAPL: ev must be AM, got "A"'],
    ['no ticker', { symbol: '' }, 'handleMinuteBar refused an event without a ticker: symbol must be a ticker, got ""'],
    ['a close of 0', { close: 0 }, 'handleMinuteBar refused AAPL: close must be a finite number above 0, got 0'],
    ['a close of NaN', { close: NaN }, 'handleMinuteBar refused AAPL: close must be a finite number above 0, got NaN'],
    ['an open of NaN', { open: NaN }, 'handleMinuteBar refused AAPL: open must be a finite number above 0, got NaN'],
    [
      'a high of Infinity',
      { high: Infinity },
      'handleMinuteBar refused AAPL: high must be a finite number above 0, got Infinity',
    ],
    ['a negative low', { low: -1 }, 'handleMinuteBar refused AAPL: low must be a finite number above 0, got -1'],
    [
      'a high below close',
      { high: 201 },
      'handleMinuteBar refused AAPL: high must be at least open (200) and close (202), got 201',
    ],
    [
      'a high below open',
      { open: 207 },
      'handleMinuteBar refused AAPL: high must be at least open (207) and close (202), got 206',
    ],
    [
      'a low above open',
      { low: 201 },
      'handleMinuteBar refused AAPL: low must be at most open (200) and close (202), got 201',
    ],
    [
      'a low above close',
      { close: 197 },
      'handleMinuteBar refused AAPL: low must be at most open (200) and close (197), got 198',
    ],
    [
      'a negative volume',
      { volume: -1 },
      'handleMinuteBar refused AAPL: volume must be a finite number of at least 0, got -1',
    ],
    [
      'no volume',
      { volume: undefined },
      'handleMinuteBar refused AAPL: volume must be a finite number of at least 0, got undefined',
    ],
    [
      'a negative day volume',
      { dayVolume: -1 },
      'handleMinuteBar refused AAPL: dayVolume must be a finite number of at least 0, got -1',
    ],
    [
      'a vwap of NaN',
      { vwap: NaN },
      'handleMinuteBar refused AAPL: vwap must be a finite number of at least 0, got NaN',
    ],
    [
      'an infinite average size',
      { averageSize: Infinity },
      'handleMinuteBar refused AAPL: averageSize must be a finite number of at least 0, got Infinity',
    ],
    [
      'a negative day vwap',
      { dayVwap: -1 },
      'handleMinuteBar refused AAPL: dayVwap must be a finite number of at least 0, got -1',
    ],
    [
      'a day open of NaN',
      { dayOpen: NaN },
      'handleMinuteBar refused AAPL: dayOpen must be a finite number of at least 0, got NaN',
    ],
    ['a start of 0', { startMs: 0 }, 'handleMinuteBar refused AAPL: startMs must be a finite number above 0, got 0'],
    [
      'an end at its start',
      { endMs: startMs },
      `handleMinuteBar refused AAPL: endMs must be after startMs (${startMs}), got ${startMs}`,
    ],
    [
      'an end before its start',
      { endMs: startMs - 1 },
      `handleMinuteBar refused AAPL: endMs must be after startMs (${startMs}), got ${startMs - 1}`,
    ],
    [
      'times in seconds',
      { startMs: 1_705_424_340, endMs: 1_705_424_400 },
      'handleMinuteBar refused AAPL: startMs must be Unix milliseconds of a year the market calendar covers, got 1705424340',
    ],
  ])('refuses %s', async (_name, fields, message) => {
    const error = await refusal(handleMinuteBar(), spoiled(minute, fields))

    expect(error.message).toBe(message)
    expect(error.handler).toBe('handleMinuteBar')
  })
})

describe('handleFmv', () => {
  const bare = {
    ev: 'fair_market_value',
    symbol: 'AAPL',
    price: 103,
    fmvPrice: 103,
    atMs: startMs,
    fmvTimestampNs: `${startMs}000123`,
    precisionLevel: 'nanosecond',
    volume: 0,
    marketSession: 'regular',
    marketPriceSource: 'unknown',
    signal: 'UNKNOWN',
  }
  const judged = {
    ...bare,
    marketPriceSource: 'external',
    signal: 'BUY_SIGNAL',
    marketPrice: 100,
    fmvVsMarketPrice: 3,
    fmvVsMarketPercent: 3,
    valuationMagnitude: 'moderate_undervalued',
    isUndervalued: true,
    isOvervalued: false,
    signalStrength: 0.15,
    isSignificantDeviation: false,
  }

  it('makes an event without a verdict where no market price is known', async () => {
    expect(await one(handleFmv(), fairValue)).toStrictEqual(bare)
    expect(await one(handleFmv({ marketPrice: () => undefined }), fairValue)).toStrictEqual(bare)
    expect(await one(handleFmv(), { ...fairValue, backfilled: true })).toStrictEqual({ ...bare, backfilled: true })
  })

  it('judges against the market price of the ticker, asked anew for each event', async () => {
    const prices = new Map([
      ['AAPL', 100],
      ['MSFT', 206],
    ])
    const asked: string[] = []
    const marketPrice = (symbol: string) => {
      asked.push(symbol)
      return prices.get(symbol)
    }
    const operator = handleFmv({ marketPrice })
    const [first] = await through(operator, fairValue)
    prices.set('AAPL', 206)
    const [second, other, unknown] = await through(
      operator,
      fairValue,
      { ...fairValue, symbol: 'MSFT' },
      { ...fairValue, symbol: 'F' },
    )

    expect(first).toStrictEqual(judged)
    expect(second).toMatchObject({ marketPrice: 206, fmvVsMarketPercent: -50, signal: 'SELL_SIGNAL' })
    expect(other).toMatchObject({ symbol: 'MSFT', marketPrice: 206 })
    expect(unknown).toMatchObject({ symbol: 'F', signal: 'UNKNOWN' })
    expect(asked).toEqual(['AAPL', 'AAPL', 'MSFT', 'F'])
  })

  it.each([
    [100, 'fair', 'HOLD_SIGNAL', 0, false],
    [100.99, 'fair', 'HOLD_SIGNAL', 0.0495, false],
    [99.01, 'fair', 'HOLD_SIGNAL', 0.0495, false],
    [101, 'slight_undervalued', 'BUY_SIGNAL', 0.05, false],
    [99, 'slight_overvalued', 'SELL_SIGNAL', 0.05, false],
    [102.99, 'slight_undervalued', 'BUY_SIGNAL', 0.1495, false],
    [103, 'moderate_undervalued', 'BUY_SIGNAL', 0.15, false],
    [97, 'moderate_overvalued', 'SELL_SIGNAL', 0.15, false],
    [104.99, 'moderate_undervalued', 'BUY_SIGNAL', 0.2495, false],
    [105, 'moderate_undervalued', 'BUY_SIGNAL', 0.25, true],
    [95, 'moderate_overvalued', 'SELL_SIGNAL', 0.25, true],
    [109.99, 'moderate_undervalued', 'BUY_SIGNAL', 0.4995, true],
    [110, 'significant_undervalued', 'BUY_SIGNAL', 0.5, true],
    [90, 'significant_overvalued', 'SELL_SIGNAL', 0.5, true],
    [120, 'significant_undervalued', 'BUY_SIGNAL', 1, true],
    [200, 'significant_undervalued', 'BUY_SIGNAL', 1, true],
    [1, 'significant_overvalued', 'SELL_SIGNAL', 1, true],
  ])('a fair value of %d against 100 is %s', async (price, magnitude, signal, strength, significant) => {
    const event = await one(handleFmv({ marketPrice: () => 100 }), { ...fairValue, price })

    expect(event).toMatchObject({ valuationMagnitude: magnitude, signal, isSignificantDeviation: significant })
    expect(event.signalStrength).toBeCloseTo(strength, 10)
    expect(event.isUndervalued).toBe(magnitude.endsWith('undervalued'))
    expect(event.isOvervalued).toBe(magnitude.endsWith('overvalued'))
  })

  it('calls a deviation significant from the given percentage on', async () => {
    const options = { marketPrice: () => 100, significantPercent: 2 }

    expect((await one(handleFmv(options), { ...fairValue, price: 101.5 })).isSignificantDeviation).toBe(false)
    expect((await one(handleFmv(options), { ...fairValue, price: 102 })).isSignificantDeviation).toBe(true)
  })

  it('takes the session from its own time, or from the given calendar', async () => {
    const christmas = { ...fairValue, atMs: at('2024-12-25T12:00:00-05:00') }

    expect((await one(handleFmv(), christmas)).marketSession).toBe('closed')
    expect((await one(handleFmv({ sessionAt: () => 'pre' }), christmas)).marketSession).toBe('pre')
  })

  it('keeps nanoseconds beyond what a number can hold, through JSON too', async () => {
    const atNs = '1705438740000000123'
    const event = await one(handleFmv(), { ...fairValue, atNs })

    expect((JSON.parse(JSON.stringify(event)) as FairMarketValueEvent).fmvTimestampNs).toBe(atNs)
  })

  it.each<[string, object, string]>([
    ['a trade', { ev: 'T' }, 'handleFmv refused AAPL: ev must be FMV, got "T"'],
    ['no ticker', { symbol: '' }, 'handleFmv refused an event without a ticker: symbol must be a ticker, got ""'],
    ['a price of 0', { price: 0 }, 'handleFmv refused AAPL: price must be a finite number above 0, got 0'],
    ['a price of NaN', { price: NaN }, 'handleFmv refused AAPL: price must be a finite number above 0, got NaN'],
    [
      'nanoseconds of 0',
      { atNs: '0' },
      'handleFmv refused AAPL: atNs must be nanoseconds above 0 as decimal text, got "0"',
    ],
    [
      'negative nanoseconds',
      { atNs: '-1' },
      'handleFmv refused AAPL: atNs must be nanoseconds above 0 as decimal text, got "-1"',
    ],
    [
      'nanoseconds that are no number',
      { atNs: 'NaN' },
      'handleFmv refused AAPL: atNs must be nanoseconds above 0 as decimal text, got "NaN"',
    ],
    [
      'nanoseconds as a number',
      { atNs: 1.7e18 },
      'handleFmv refused AAPL: atNs must be nanoseconds above 0 as decimal text, got 1700000000000000000',
    ],
    [
      'no nanoseconds',
      { atNs: undefined },
      'handleFmv refused AAPL: atNs must be nanoseconds above 0 as decimal text, got undefined',
    ],
    ['a time of 0', { atMs: 0 }, 'handleFmv refused AAPL: atMs must be a finite number above 0, got 0'],
    [
      'a time in 1970',
      { atMs: 1_705_424_400 },
      'handleFmv refused AAPL: atMs must be Unix milliseconds of a year the market calendar covers, got 1705424400',
    ],
  ])('refuses %s', async (_name, fields, message) => {
    const error = await refusal(handleFmv({ marketPrice: () => 100 }), spoiled(fairValue, fields))

    expect(error.message).toBe(message)
    expect(error.handler).toBe('handleFmv')
  })

  it.each([0, -1, NaN, Infinity])('refuses a market price of %d', async (price) => {
    const error = await refusal(handleFmv({ marketPrice: () => price }), fairValue)

    expect(error.message).toBe(`handleFmv refused AAPL: marketPrice must be a finite number above 0, got ${price}`)
  })

  it('lets an error of the given price source through as it is', async () => {
    const broken = new TypeError('no prices')
    const marketPrice = () => {
      throw broken
    }

    await expect(one(handleFmv({ marketPrice }), fairValue)).rejects.toBe(broken)
  })

  it.each([0, -5, NaN, Infinity])('cannot be built with a significantPercent of %d', (significantPercent) => {
    const build = () => handleFmv({ significantPercent })

    expect(build).toThrow(RangeError)
    expect(build).toThrow(`significantPercent must be a finite number above 0, got ${significantPercent}`)
  })

  describe('withMarketPrice', () => {
    it('computes everything anew and leaves the event as it was', async () => {
      const event = await one(handleFmv({ marketPrice: () => 100 }), fairValue)
      const later = withMarketPrice(event, 206)

      expect(later).toStrictEqual({
        ...judged,
        marketPriceSource: 'realtime',
        marketPrice: 206,
        fmvVsMarketPrice: -103,
        fmvVsMarketPercent: -50,
        valuationMagnitude: 'significant_overvalued',
        isUndervalued: false,
        isOvervalued: true,
        signal: 'SELL_SIGNAL',
        signalStrength: 1,
        isSignificantDeviation: true,
      })
      expect(event).toStrictEqual(judged)
    })

    it('gives a first verdict', async () => {
      const event = await one(handleFmv(), fairValue)

      expect(withMarketPrice(event, 100, { significantPercent: 3 })).toStrictEqual({
        ...judged,
        marketPriceSource: 'realtime',
        isSignificantDeviation: true,
      })
    })

    it('refuses a market price of 0 and a percentage of 0', async () => {
      const event = await one(handleFmv(), fairValue)

      expect(() => withMarketPrice(event, 0)).toThrow(
        'withMarketPrice refused AAPL: marketPrice must be a finite number above 0, got 0',
      )
      expect(() => withMarketPrice(event, 100, { significantPercent: 0 })).toThrow(RangeError)
    })
  })
})

describe('what all three share', () => {
  it('emits plain objects: own, enumerable data fields and nothing undefined or null', async () => {
    const events: object[] = [
      ...(await through(handleTick(), trade, quote, second, fairValue)),
      ...(await through(handleMinuteBar(), minute)),
      ...(await through(handleFmv(), fairValue)),
    ]

    for (const event of events) {
      expect(Object.getPrototypeOf(event)).toBe(Object.prototype)
      for (const [field, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(event))) {
        expect([field, descriptor.enumerable, descriptor.get]).toEqual([field, true, undefined])
        expect(descriptor.value ?? field).not.toBe(field)
      }
      expect(JSON.parse(JSON.stringify(event))).toStrictEqual(event)
    }
  })

  it('does not change what it was given', async () => {
    const frozen = Object.freeze({ ...wholeMinute })

    await expect(through(handleMinuteBar(), frozen)).resolves.toHaveLength(1)
    await expect(through(handleTick(), frozen)).resolves.toHaveLength(1)
  })

  it('refuses with facts to switch on', async () => {
    const error = await refusal(handleMinuteBar(), { ...minute, high: 201 })

    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      _tag: 'EventRefused',
      handler: 'handleMinuteBar',
      symbol: 'AAPL',
      field: 'high',
      expected: 'at least open (200) and close (202)',
      received: 201,
    })
    expect(error.name).toBe('EventRefused')
  })

  it('names the cause where the calendar refused', async () => {
    const error = await refusal(handleTick(), { ...trade, atMs: 5 })

    expect(error.cause).toBeInstanceOf(RangeError)
  })

  it.each<[unknown, string]>([
    ['x'.repeat(100), `"${'x'.repeat(60)}…"`],
    [[1, 2], 'a list'],
    [{ price: 1 }, 'an object'],
    [() => 1, 'a function'],
    [null, 'null'],
    [12n, '12'],
    [true, 'true'],
    [Symbol('price'), 'Symbol(price)'],
  ])('tells what came in a few words: %#', (received, told) => {
    const error = new EventRefused({ handler: 'h', symbol: 'S', field: 'f', expected: 'other', received })

    expect(error.message).toBe(`h refused S: f must be other, got ${told}`)
  })

  it('passes an error of the source on as it is', async () => {
    const lost = new Error('lost')
    const broken$ = throwError(() => lost)

    await expect(lastValueFrom(broken$.pipe(handleTick()))).rejects.toBe(lost)
    await expect(lastValueFrom(broken$.pipe(handleMinuteBar()))).rejects.toBe(lost)
    await expect(lastValueFrom(broken$.pipe(handleFmv()))).rejects.toBe(lost)
  })

  it('can be used again after a refusal, and by several at once', async () => {
    const operator = handleTick()
    await refusal(operator, { ...trade, price: 0 })
    const [first, second] = await Promise.all([one(operator, trade), lastValueFrom(of(trade).pipe(operator))])

    expect(first).toStrictEqual(second)
  })
})
