import { barMaker } from './bars.ts'
import type { MarketEvent, Quantum, QuoteEvent, TradeEvent } from './events.ts'
import { fairValues } from './fairValues.ts'
import { hash, random, weighted } from './random.ts'
import { listings } from './tickers.ts'

export interface MarketOptions {
  /** Whole number, 0 to 2^32 - 1. */
  readonly seed: number
  /** Most traded first; the trades fall on them by Zipf's law. */
  readonly tickers: readonly string[]
  /** Trades per simulated second over all tickers. */
  readonly rate: number
  /** Unix ms; rounded down to a whole step. */
  readonly startMs: number
  /** Length of a quantum in simulated ms; divides 1000, so that a quantum never crosses a second. */
  readonly stepMs: number
}

export interface Market {
  readonly tickers: readonly string[]
  /** Start of the next quantum, Unix ms. */
  readonly nowMs: number
  /** Runs one quantum. Quotes are made only when asked for; they draw no random number, so nothing else depends on it. */
  step(wanted?: { readonly quotes: boolean }): Quantum
}

/** Exchange ids as they occur on the wire; the first is off-exchange and takes a third of the trades. */
const exchanges = [4, 12, 11, 10, 19, 8, 15] as const
const exchangeWeights = [35, 20, 13, 11, 11, 7, 3] as const

const none: readonly number[] = []
const oddLot: readonly number[] = [37]
const oddLotSweep: readonly number[] = [14, 37]
const sweep: readonly number[] = [14]
const sweepExempt: readonly number[] = [14, 41]

/** The 6.5 hours of a session in seconds: daily volatility over their root is what a price moves in one. */
const sessionSeconds = 23_400

/** A ticker that was silent for longer moves no further than this many seconds' worth: prices walk and never jump. */
const silenceSecondsMax = 60

/** No price falls below one USD. */
const floorCents = 100

/**
 * The market: trades by a random walk per ticker, and every other product out of those trades. Pure: no clock, no timer, no socket.
 *
 *     quantum   bars that ended by its start (A, then AM), fair values due, then trades in time order (each with its quote, if wanted)
 *
 * The same options give the same quanta, always and everywhere. The true price of a ticker moves by a bell-shaped relative step whose size grows with the
 * root of the time since its last trade, 1 to 3.5 % a day: the walk does not depend on `rate`. A trade happens at the bid or the ask around it.
 * Prices, sizes and exchanges are plausible, not modelled on any one day; times are SIP times within the quantum, never decreasing.
 * Holds some hundred bytes per ticker.
 */
export const market = ({ seed, tickers, rate, startMs, stepMs }: MarketOptions): Market => {
  const listed = listings(tickers, seed)
  const arrival = random(seed, 1)
  const detail = random(seed, 2)
  const pickTicker = weighted(tickers.map((_, place) => 1 / (place + 1)))
  const pickExchange = weighted(exchangeWeights)

  const beganMs = Math.floor(startMs / stepMs) * stepMs
  const trueCents = Float64Array.from(listed, (listing) => listing.startCents)
  const volatility = Float64Array.from(listed, () => (0.01 + 0.025 * detail.float()) / Math.sqrt(sessionSeconds))
  const lastAtMs = new Float64Array(tickers.length).fill(beganMs)
  const ids = new Float64Array(tickers.length)
  const sequences = Float64Array.from(listed, () => 1000 + detail.below(100_000))

  const bars = barMaker(tickers, beganMs)
  const fair = fairValues(tickers, stepMs)
  let nowMs = beganMs

  /** Where the true price stands at `atMs`. */
  const walk = (ticker: number, atMs: number): number => {
    const seconds = Math.min(silenceSecondsMax, (atMs - (lastAtMs[ticker] ?? atMs)) / 1000)
    const moved = (trueCents[ticker] ?? 0) * (1 + (volatility[ticker] ?? 0) * Math.sqrt(seconds) * detail.bell())
    const cents = Math.max(floorCents + 1, moved)

    lastAtMs[ticker] = atMs
    trueCents[ticker] = cents
    return cents
  }

  /** Nearly half odd lots, the rest round lots, each hundred more half as likely. */
  const drawSize = (): number => {
    if (detail.float() < 0.45) return 1 + detail.below(99)
    let lots = 1
    while (lots < 40 && detail.float() < 0.5) lots += 1
    return lots * 100
  }

  const drawConditions = (size: number): readonly number[] => {
    const draw = detail.float()
    if (size < 100) return draw < 0.7 ? oddLot : oddLotSweep
    return draw < 0.75 ? none : draw < 0.95 ? sweep : sweepExempt
  }

  const quote = (trade: TradeEvent, bidCents: number, askCents: number): QuoteEvent => {
    const mixed = hash(trade.sequence, trade.ticker)

    return {
      ev: 'Q',
      symbol: trade.symbol,
      bidCents,
      askCents,
      bidSize: 100 * (1 + (mixed & 15)),
      askSize: 100 * (1 + ((mixed >>> 4) & 15)),
      bidExchange: exchanges[1 + ((mixed >>> 8) % 6)] ?? 12,
      askExchange: exchanges[1 + ((mixed >>> 12) % 6)] ?? 12,
      tape: trade.tape,
      atMs: trade.atMs,
      sequence: trade.sequence,
    }
  }

  const trade = (atMs: number, events: MarketEvent[], quotes: boolean): void => {
    const ticker = pickTicker(arrival)
    const cents = walk(ticker, atMs)
    // One cent wide below 200 USD, two more per further 200.
    const extra = Math.floor(cents / 20_000)
    const bidCents = Math.floor(cents) - extra
    const askCents = bidCents + 1 + 2 * extra
    const size = drawSize()
    const exchange = exchanges[pickExchange(detail)] ?? 4
    const delayMs = detail.below(4)

    const event: TradeEvent = {
      ev: 'T',
      symbol: tickers[ticker] ?? '',
      ticker,
      id: (ids[ticker] = (ids[ticker] ?? 0) + 1),
      exchange,
      tape: listed[ticker]?.tape ?? 1,
      priceCents: detail.float() < 0.5 ? bidCents : askCents,
      size,
      conditions: drawConditions(size),
      atMs,
      participantAtMs: detail.float() < 0.7 ? atMs - delayMs : 0,
      trfAtMs: exchange === 4 ? atMs - (delayMs >> 1) : 0,
      sequence: (sequences[ticker] = (sequences[ticker] ?? 0) + 1 + detail.below(4)),
    }

    bars.add(event)
    fair.trade(ticker, event.priceCents)
    events.push(event)
    if (quotes) events.push(quote(event, bidCents, askCents))
  }

  return {
    tickers,
    get nowMs() {
      return nowMs
    },
    step: ({ quotes } = { quotes: false }) => {
      const endMs = nowMs + stepMs
      const events: MarketEvent[] = []
      // Between half and one and a half of the mean, the fraction by a coin: bursts at high rates, chance at low ones.
      const expected = ((rate * stepMs) / 1000) * (0.5 + arrival.float())
      const count = Math.floor(expected) + (arrival.float() < expected % 1 ? 1 : 0)

      bars.closeTo(nowMs, events)
      fair.closeTo(nowMs, events)
      for (let place = 0; place < count; place++)
        trade(nowMs + Math.floor(((place + arrival.float()) * stepMs) / count), events, quotes)

      const quantum: Quantum = { startMs: nowMs, endMs, events }
      nowMs = endMs
      return quantum
    },
  }
}
