import { map, type OperatorFunction } from 'rxjs'
import type { FairMarketValue, MinuteBar, Quote, SecondBar, Trade } from '../../streams/model.ts'
import { sessionAt as usSessionAt, type MarketSession } from '../calendar.ts'
import {
  checkedSession,
  checkIfGiven,
  checkNanoseconds,
  checkNotNegative,
  checkOrder,
  checkPositive,
  checkTicker,
  wrongType,
} from './checks.ts'
import type { Draft } from './draft.ts'
import { EventRefused } from './eventRefused.ts'

/** What a tick can be made of. */
export type TickSource = Trade | SecondBar | MinuteBar | Quote | FairMarketValue

/** One price of one ticker at one time, whatever it came from. Prices in USD, volumes in shares, times in Unix milliseconds. */
export interface TickData {
  readonly ev: 'tick'
  readonly symbol: string
  readonly price: number
  /** Shares; 0 for quotes and fair market values, which trade nothing. */
  readonly volume: number
  /** A bar's end, otherwise the event's own time. */
  readonly atMs: number
  /** The wire's event type it was made of. */
  readonly eventType: TickSource['ev']
  /** The session of a bar's start, otherwise of `atMs`. */
  readonly marketSession: MarketSession
  /** The bar's close, otherwise `price`. */
  readonly tickClose: number
  readonly tickOpen?: number
  readonly tickHigh?: number
  readonly tickLow?: number
  /** Trades and bars. */
  readonly tickVolume?: number
  /** Trades. */
  readonly tickTradeSize?: number
  readonly tickVwap?: number
  readonly tickStartMs?: number
  readonly tickEndMs?: number
  /** The day so far, as a bar tells it. */
  readonly accumulatedVolume?: number
  readonly dailyVwap?: number
  readonly marketOpenPrice?: number
  /** Quotes; 0 or absent means that side is empty. */
  readonly bid?: number
  readonly ask?: number
  /** Sale conditions of a trade; which of them make a price is the host's rule. */
  readonly conditions?: readonly number[]
  /** Exact decimal text where shares are fractional: of `volume`, of `accumulatedVolume`. */
  readonly volumeExact?: string
  readonly accumulatedVolumeExact?: string
  /** Fair market values: the exact time, nanoseconds as decimal text. */
  readonly atNs?: string
  /** Bars: 0 the first time, then one more each time the vendor sends the bar again. */
  readonly revision?: number
  /** Bars whose window is older than the memory that numbers revisions: `revision` is not known to be right. */
  readonly late?: boolean
  readonly backfilled?: boolean
  /** The option's text, when given. */
  readonly source?: string
}

export interface HandleTickOptions {
  /** Copied into every tick: `polygon`, `simulated`. */
  readonly source?: string
  /** The session of Unix milliseconds; by default the US market's, `operators/calendar.ts`. */
  readonly sessionAt?: (atMs: number) => MarketSession
}

const HANDLER = 'handleTick'

const fromBar = (bar: SecondBar | MinuteBar, sessionAt: (atMs: number) => MarketSession): Draft<TickData> => {
  checkPositive(HANDLER, bar, 'close', bar.close)
  checkPositive(HANDLER, bar, 'open', bar.open)
  checkPositive(HANDLER, bar, 'high', bar.high)
  checkPositive(HANDLER, bar, 'low', bar.low)
  checkNotNegative(HANDLER, bar, 'volume', bar.volume)
  checkOrder(HANDLER, bar)
  checkIfGiven(HANDLER, bar, 'vwap', bar.vwap)
  checkIfGiven(HANDLER, bar, 'dayVwap', bar.dayVwap)
  checkIfGiven(HANDLER, bar, 'dayVolume', bar.dayVolume)
  checkIfGiven(HANDLER, bar, 'dayOpen', bar.dayOpen)

  const tick: Draft<TickData> = {
    ev: 'tick',
    symbol: bar.symbol,
    price: bar.close,
    volume: bar.volume,
    atMs: bar.endMs,
    eventType: bar.ev,
    marketSession: checkedSession(HANDLER, bar, 'startMs', bar.startMs, sessionAt),
    tickClose: bar.close,
    tickOpen: bar.open,
    tickHigh: bar.high,
    tickLow: bar.low,
    tickVolume: bar.volume,
    tickStartMs: bar.startMs,
    tickEndMs: bar.endMs,
    revision: bar.revision,
  }
  if (bar.vwap !== undefined) tick.tickVwap = bar.vwap
  if (bar.dayVolume !== undefined) tick.accumulatedVolume = bar.dayVolume
  if (bar.dayVwap !== undefined) tick.dailyVwap = bar.dayVwap
  if (bar.dayOpen !== undefined) tick.marketOpenPrice = bar.dayOpen
  if (bar.volumeExact !== undefined) tick.volumeExact = bar.volumeExact
  if (bar.dayVolumeExact !== undefined) tick.accumulatedVolumeExact = bar.dayVolumeExact
  if (bar.late !== undefined) tick.late = bar.late

  return tick
}

const fromTrade = (trade: Trade, sessionAt: (atMs: number) => MarketSession): Draft<TickData> => {
  checkPositive(HANDLER, trade, 'price', trade.price)
  checkNotNegative(HANDLER, trade, 'size', trade.size)

  const tick: Draft<TickData> = {
    ev: 'tick',
    symbol: trade.symbol,
    price: trade.price,
    volume: trade.size,
    atMs: trade.atMs,
    eventType: trade.ev,
    marketSession: checkedSession(HANDLER, trade, 'atMs', trade.atMs, sessionAt),
    tickClose: trade.price,
    tickVolume: trade.size,
    tickTradeSize: trade.size,
    conditions: trade.conditions,
  }
  if (trade.sizeExact !== undefined) tick.volumeExact = trade.sizeExact

  return tick
}

/** The middle of the quote, or the one side there is. */
const priceOf = (quote: Quote): number => {
  checkIfGiven(HANDLER, quote, 'bidPrice', quote.bidPrice)
  checkIfGiven(HANDLER, quote, 'askPrice', quote.askPrice)
  const { symbol, bidPrice = 0, askPrice = 0 } = quote
  if (bidPrice > 0 && askPrice > 0) return (bidPrice + askPrice) / 2
  if (bidPrice > 0 || askPrice > 0) return bidPrice + askPrice

  throw new EventRefused({
    handler: HANDLER,
    symbol,
    field: 'bidPrice',
    expected: 'above 0 when askPrice is not',
    received: quote.bidPrice,
  })
}

const fromQuote = (quote: Quote, sessionAt: (atMs: number) => MarketSession): Draft<TickData> => {
  const price = priceOf(quote)
  const tick: Draft<TickData> = {
    ev: 'tick',
    symbol: quote.symbol,
    price,
    volume: 0,
    atMs: quote.atMs,
    eventType: quote.ev,
    marketSession: checkedSession(HANDLER, quote, 'atMs', quote.atMs, sessionAt),
    tickClose: price,
  }
  if (quote.bidPrice !== undefined) tick.bid = quote.bidPrice
  if (quote.askPrice !== undefined) tick.ask = quote.askPrice

  return tick
}

const fromFairValue = (value: FairMarketValue, sessionAt: (atMs: number) => MarketSession): Draft<TickData> => {
  checkPositive(HANDLER, value, 'price', value.price)
  checkNanoseconds(HANDLER, value, 'atNs', value.atNs)

  return {
    ev: 'tick',
    symbol: value.symbol,
    price: value.price,
    volume: 0,
    atMs: value.atMs,
    eventType: value.ev,
    marketSession: checkedSession(HANDLER, value, 'atMs', value.atMs, sessionAt),
    tickClose: value.price,
    atNs: value.atNs,
  }
}

/** By event type, in the order of how often they come. */
const from = (event: TickSource, sessionAt: (atMs: number) => MarketSession): Draft<TickData> => {
  switch (event.ev) {
    case 'T':
      return fromTrade(event, sessionAt)
    case 'Q':
      return fromQuote(event, sessionAt)
    case 'A':
    case 'AM':
      return fromBar(event, sessionAt)
    case 'FMV':
      return fromFairValue(event, sessionAt)
    default:
      throw wrongType(HANDLER, event, 'T, Q, A, AM or FMV')
  }
}

/**
 * Makes a `TickData` of every trade, quote, bar or fair market value, the model of the `per_second` frequency.
 *
 *     source        -t-q--a-|     t = trade, q = quote, a = second bar
 *     handleTick()  -T-Q--A-|     one tick each
 *
 *     price  T price | Q (bid + ask) / 2, or the side there is | A, AM close | FMV price     USD
 *     volume T size  | Q 0                                     | A, AM volume | FMV 0        shares
 *     atMs   T, Q, FMV their own time                          | A, AM end                   Unix milliseconds
 *
 * All fields, their units and sources: docs/models.md. Ticks are new plain objects (`ev: 'tick'`, a lane of their own); what
 * the event lacks, the tick lacks: no null, no NaN, no key.
 *
 * Errors with `EventRefused` at an event that gives no complete tick: a price, or a bar's open, high or low, not above 0;
 * a negative volume or day value; a time not above 0 or outside the years of the calendar; a bar that does not end after its start; no
 * ticker; a quote with neither side; NaN or infinity anywhere in between. A high below the close is no reason here: the vendor's rules
 * allow it, and a tick's price does not depend on it. In an engine the event becomes a dead letter and the next one finds a fresh operator.
 *
 * Completes and fails with the source. Holds nothing; unsubscribing releases the source.
 */
export const handleTick = (options: HandleTickOptions = {}): OperatorFunction<TickSource, TickData> => {
  const { source, sessionAt = usSessionAt } = options

  return map((event) => {
    checkTicker(HANDLER, event)
    const tick = from(event, sessionAt)
    if (event.backfilled !== undefined) tick.backfilled = event.backfilled
    if (source !== undefined) tick.source = source

    return tick
  })
}
