import { barMaker } from './bars.ts'
import type { MarketEvent, Quantum, QuoteEvent, TradeEvent } from './events.ts'
import { fairValues } from './fairValues.ts'
import { lastMs, marketDay, nextSessionChange, phaseAt, type Hours } from './hours.ts'
import { lateReports, type LateReport } from './lateReports.ts'
import { hash, random, share, weighted } from './random.ts'
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
  /** Default `always`. */
  readonly hours?: Hours
  /** Second bars are sent so long after their window, ms, 0 to 2000; default 0. */
  readonly secondBarsHeldMs?: number
  /** Share of trades that are reported late, 3 s to 15 min after they happened, 0 to 0.3; default 0. */
  readonly lateTrades?: number
  /** Share of trades that are sent a second time; default 0. */
  readonly repeatedTrades?: number
  /** Share of trades whose `q` is no higher than the one before; default 0. */
  readonly backwardSequences?: number
  /** Share of trades, bars and quotes with a field in a rare but legal form, or without one; default 0. */
  readonly oddForms?: number
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

/** Of `exchanges`, the one that trades are reported to afterwards, and its share of the trades. */
const offExchange = 4
const offExchangeShare = 0.35
const overTheCounter = 62

const none: readonly number[] = []
const oddLot: readonly number[] = [37]
const oddLotSweep: readonly number[] = [14, 37]
const sweep: readonly number[] = [14]
const sweepExempt: readonly number[] = [14, 41]

/** The condition of a trade that is reported out of its order. */
const soldOutOfSequence = 32
/** As in the documentation's sample. */
const quoteIndicators: readonly number[] = [604]

/** The 6.5 hours of a session in seconds: daily volatility over their root is what a price moves in one. */
const sessionSeconds = 23_400

/** A ticker that was silent for longer moves no further than this many seconds' worth: prices walk and never jump. */
const silenceSecondsMax = 60

/** How late a late report is. The vendor corrects bars for up to fifteen minutes; two seconds late still meets a second bar that is held back. */
const lateLeastMs = 3000
const lateMostMs = 900_000

/** No price falls below one USD. */
const floorCents = 100

/**
 * The market: trades by a random walk per ticker, and every other product out of those trades. Pure: no clock, no timer, no socket.
 *
 *     quantum   bars that ended by its start (A, then AM), bars that late reports have changed, fair values due, trades to be repeated,
 *               then trades in the order of their reports (each with its quote, if wanted)
 *
 * The same options give the same quanta, always and everywhere. The true price of a ticker moves by a bell-shaped relative step whose size grows with the
 * root of the time since its last trade, 1 to 3.5 % a day: the walk does not depend on `rate`. A trade happens at the bid or the ask around it.
 * Prices, sizes and exchanges are plausible, not modelled on any one day; times are SIP times within the quantum, never decreasing but for a repeat.
 *
 * A trade that is reported late has `pt` three seconds or more before `t`, condition 32, and no quote. It counts in the bars of the time when it happened, which
 * are sent again, moves no fair value, and takes its `i` and `q` when it is reported. Nothing of one day in New York is reported on the next: there day
 * totals and `q` begin anew.
 * With `hours: 'calendar'` a closed market has no events; the step at which it has none left lasts until the next session.
 *
 * Shares of oddities are drawn apart from everything else: without them the same trades happen at the same prices.
 * Holds some hundred bytes per ticker and per trade that is still to be reported.
 */
export const market = (options: MarketOptions): Market => {
  const { seed, tickers, rate, startMs, stepMs, hours = 'always', secondBarsHeldMs = 0 } = options
  const { lateTrades = 0, repeatedTrades = 0, backwardSequences = 0, oddForms = 0 } = options
  const listed = listings(tickers, seed)
  const arrival = random(seed, 1)
  const detail = random(seed, 2)
  const oddity = random(seed, 3)
  const pickTicker = weighted(tickers.map((_, place) => 1 / (place + 1)))
  const pickExchange = weighted(exchangeWeights)

  const beganMs = Math.floor(startMs / stepMs) * stepMs
  const trueCents = Float64Array.from(listed, (listing) => listing.startCents)
  const volatility = Float64Array.from(listed, () => (0.01 + 0.025 * detail.float()) / Math.sqrt(sessionSeconds))
  const lastAtMs = new Float64Array(tickers.length).fill(beganMs)
  const ids = new Float64Array(tickers.length)
  const firstSequences = Float64Array.from(listed, () => 1000 + detail.below(100_000))
  const sequences = firstSequences.slice()

  const bars = barMaker(listed, beganMs, { heldMs: secondBarsHeldMs, oddForms })
  const fair = fairValues(tickers, stepMs)
  const late = lateReports(stepMs)
  let repeats: TradeEvent[] = []
  let nowMs = beganMs
  let day = marketDay(beganMs)

  /** Whether something rare happens to the trade at hand; without the share nothing is drawn. */
  const happens = (part: number): boolean => part > 0 && oddity.float() < part
  const isOdd = (first: number, second: number): boolean => oddForms > 0 && share(hash(first, second)) < oddForms

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
    const odd = isOdd(mixed, trade.ticker)

    return {
      ev: 'Q',
      symbol: trade.symbol,
      bidCents: odd && (mixed & 1) === 0 ? 0 : bidCents,
      askCents: odd && (mixed & 1) === 1 ? 0 : askCents,
      bidSize: 100 * (1 + (mixed & 15)),
      askSize: 100 * (1 + ((mixed >>> 4) & 15)),
      bidExchange: exchanges[1 + ((mixed >>> 8) % 6)] ?? 12,
      askExchange: exchanges[1 + ((mixed >>> 12) % 6)] ?? 12,
      // One in four without a condition, one in eight with an indicator, half with the exchange's time.
      condition: ((mixed >>> 16) & 3) === 0 ? 0 : 1,
      indicators: ((mixed >>> 18) & 7) === 0 ? quoteIndicators : none,
      tape: trade.tape,
      atMs: trade.atMs,
      participantAtMs: ((mixed >>> 21) & 1) === 0 ? trade.atMs - ((mixed >>> 22) & 3) : 0,
      sequence: trade.sequence,
    }
  }

  /** The `q` of a ticker's next trade, `gap` above the last. */
  const nextSequence = (ticker: number, gap: number): number => {
    const before = sequences[ticker] ?? 0
    sequences[ticker] = before + gap
    return happens(backwardSequences) ? before - oddity.below(3) : before + gap
  }

  /** When a trade is reported that happens at `atMs`; 0 for at once. Most of those that are late come within a minute or two. */
  const drawReportMs = (atMs: number, exchange: number): number => {
    if (exchange !== offExchange || !happens(lateTrades / offExchangeShare)) return 0
    const part = oddity.float()
    const reportMs = atMs + lateLeastMs + Math.floor((lateMostMs - lateLeastMs) * part * part * part * part)
    return reportMs < lastMs(hours, day) ? reportMs : 0
  }

  const tell = (event: TradeEvent, events: MarketEvent[]): void => {
    events.push(event)
    if (happens(repeatedTrades)) repeats.push(event)
  }

  const trade = (atMs: number, regular: boolean, events: MarketEvent[], quotes: boolean): void => {
    const ticker = pickTicker(arrival)
    const cents = walk(ticker, atMs)
    // One cent wide below 200 USD, two more per further 200.
    const extra = Math.floor(cents / 20_000)
    const bidCents = Math.floor(cents) - extra
    const askCents = bidCents + 1 + 2 * extra
    const size = drawSize()
    const drawn = exchanges[pickExchange(detail)] ?? offExchange
    const exchange = listed[ticker]?.otc === true ? overTheCounter : drawn
    const delayMs = detail.below(4)
    const priceCents = detail.float() < 0.5 ? bidCents : askCents
    const conditions = drawConditions(size)
    const participantAtMs = detail.float() < 0.7 ? atMs - delayMs : 0
    const gap = 1 + detail.below(4)

    const reportMs = drawReportMs(atMs, exchange)
    if (reportMs > 0) {
      bars.await(ticker)
      late.put({ reportMs, atMs, ticker, priceCents, size, conditions, gap })
      return
    }

    const id = (ids[ticker] = (ids[ticker] ?? 0) + 1)
    const event: TradeEvent = {
      ev: 'T',
      symbol: tickers[ticker] ?? '',
      ticker,
      id,
      exchange,
      tape: listed[ticker]?.tape ?? 1,
      priceCents,
      size,
      conditions,
      atMs,
      participantAtMs,
      trfAtMs: exchange === offExchange ? atMs - (delayMs >> 1) : 0,
      sequence: nextSequence(ticker, gap),
      odd: isOdd(id, ticker),
    }

    bars.add(event, regular)
    fair.trade(ticker, priceCents)
    tell(event, events)
    if (quotes) events.push(quote(event, bidCents, askCents))
  }

  const report = (
    { reportMs, atMs, ticker, priceCents, size, conditions, gap }: LateReport,
    events: MarketEvent[],
  ): void => {
    const event: TradeEvent = {
      ev: 'T',
      symbol: tickers[ticker] ?? '',
      ticker,
      id: (ids[ticker] = (ids[ticker] ?? 0) + 1),
      exchange: offExchange,
      tape: listed[ticker]?.tape ?? 1,
      priceCents,
      size,
      conditions: [...conditions, soldOutOfSequence].sort((one, other) => one - other),
      atMs: reportMs,
      participantAtMs: atMs,
      trfAtMs: reportMs - 1,
      sequence: nextSequence(ticker, gap),
      odd: false,
    }

    bars.addLate(event)
    tell(event, events)
  }

  const turnDay = (): void => {
    day = marketDay(nowMs)
    bars.newDay()
    sequences.set(firstSequences)
  }

  return {
    tickers,
    get nowMs() {
      return nowMs
    },
    step: ({ quotes } = { quotes: false }) => {
      const stepEndMs = nowMs + stepMs
      const events: MarketEvent[] = []

      bars.closeTo(nowMs, events)
      if (nowMs >= day.endMs) turnDay()
      const { activity, regular } = phaseAt(hours, day, nowMs)
      if (regular) fair.closeTo(nowMs, events)
      if (repeats.length > 0) {
        for (const event of repeats) events.push(event)
        repeats = []
      }

      const due = late.take(nowMs)
      let told = 0
      const reportUntil = (atMs: number): void => {
        for (let next = due[told]; next !== undefined && next.reportMs <= atMs; next = due[++told]) report(next, events)
      }

      if (activity > 0) {
        // Between half and one and a half of the mean, the fraction by a coin: bursts at high rates, chance at low ones.
        const expected = ((rate * activity * stepMs) / 1000) * (0.5 + arrival.float())
        const count = Math.floor(expected) + (arrival.float() < expected % 1 ? 1 : 0)
        for (let place = 0; place < count; place++) {
          const atMs = nowMs + Math.floor(((place + arrival.float()) * stepMs) / count)
          reportUntil(atMs)
          trade(atMs, regular, events, quotes)
        }
      }
      reportUntil(stepEndMs)

      const idle = activity === 0 && events.length === 0 && bars.settled
      const endMs = idle ? nextSessionChange(nowMs).atMs : stepEndMs
      const quantum: Quantum = { startMs: nowMs, endMs, events }
      nowMs = endMs
      return quantum
    },
  }
}
