import type { BarEvent, MarketEvent, TradeEvent } from './events.ts'
import { hash, share } from './random.ts'
import type { Listing } from './tickers.ts'

/** The running window of one ticker; `trades` 0 means that it has none. Prices in cents, notional in cents times shares. */
interface Window {
  open: number
  high: number
  low: number
  close: number
  volume: number
  notional: number
  trades: number
  /** Those among `trades` that were reported in time. */
  timely: number
}

const emptyWindow = (): Window => ({
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 0,
  notional: 0,
  trades: 0,
  timely: 0,
})

/** A late report moves high, low and volume; open and close are those of the timely trades, where there is one. */
const count = (window: Window, cents: number, size: number, late: boolean): void => {
  if (window.trades === 0) {
    window.open = cents
    window.high = cents
    window.low = cents
    window.close = cents
    window.volume = 0
    window.notional = 0
    window.timely = 0
  } else {
    if (cents > window.high) window.high = cents
    if (cents < window.low) window.low = cents
  }
  if (!late) {
    if (window.timely === 0) window.open = cents
    window.close = cents
    window.timely += 1
  }
  window.volume += size
  window.notional += cents * size
  window.trades += 1
}

/** Volume-weighted price, in ten-thousandths of a USD as the vendor writes it; between low and high because those are whole cents. */
const vwap = ({ notional, volume }: Pick<Window, 'notional' | 'volume'>): number =>
  Math.round((notional * 100) / volume)

/** What a ticker's day had come to at one moment. */
interface Day {
  /** 0 before the open. */
  open: number
  volume: number
  notional: number
}

/** A window that is over, kept while a trade of it is still to be reported. */
interface Kept {
  readonly ticker: number
  readonly endMs: number
  readonly window: Window
  /** As of its end, with what was reported late of it since. */
  readonly day: Day
  /** Trades still to be reported. */
  awaited: number
}

/** The bars of one width for all tickers. */
interface Width {
  readonly ev: 'A' | 'AM'
  readonly windowMs: number
  readonly windows: readonly Window[]
  /** Tickers with a trade in the running window, in the order of their first. */
  traded: number[]
  endMs: number
  /** Ticker to trades of its running window that are still to be reported. */
  awaited: Map<number, number>
  /** By start and ticker. */
  readonly kept: Map<number, Kept>
  /** Changed since they were last told. */
  revised: Set<Kept>
}

export interface BarOptions {
  /** Second bars are sent so long after their window, ms; at most 2000. */
  readonly heldMs: number
  /** Share of bars with a number in an odd form. */
  readonly oddForms: number
}

export interface BarMaker {
  /** A trade that is reported in time. `regular`: in regular hours, where the first one is the day's open. */
  add(trade: TradeEvent, regular: boolean): void
  /** A trade of `ticker` happens now and will be reported later, today. */
  await(ticker: number): void
  /** The report of an awaited trade: it counts in the window of its `participantAtMs`. */
  addLate(trade: TradeEvent): void
  /** Puts the bars of every window that is over at `nowMs` at the end of `out`: second bars, then minute bars, then those that late reports have changed. */
  closeTo(nowMs: number, out: MarketEvent[]): void
  /** Day totals begin anew. */
  newDay(): void
  /** Whether there is nothing left to send. */
  readonly settled: boolean
}

/**
 * Second and minute bars out of the very trades that are sent, and nothing else: every trade counts, odd lots too.
 *
 * A window without a trade has no bar; a window in progress is never shown. Windows stand on whole seconds and minutes of Unix time. The trades must come in
 * order, and `closeTo` must be asked at every whole second: that holds because a quantum never crosses one.
 *
 * A trade that is reported after its window is over has that bar sent again, with the figures of all trades that are known by then; its day totals are
 * those of its own end, and of later bars only the ones still to come know of the trade.
 *
 * Holds one window per ticker and width, one for the day, and a window for each trade that is still to be reported.
 * Sums are exact: cents times shares stay below 2^53 for some hundred days of a ticker that trades a billion USD a day.
 */
export const barMaker = (
  listed: readonly Listing[],
  startMs: number,
  { heldMs, oddForms }: BarOptions = { heldMs: 0, oddForms: 0 },
): BarMaker => {
  const width = (ev: 'A' | 'AM', windowMs: number): Width => ({
    ev,
    windowMs,
    windows: listed.map(emptyWindow),
    traded: [],
    endMs: Math.floor(startMs / windowMs) * windowMs + windowMs,
    awaited: new Map(),
    kept: new Map(),
    revised: new Set(),
  })
  const widths = [width('A', 1000), width('AM', 60_000)] as const
  const days = listed.map((): Day => ({ open: 0, volume: 0, notional: 0 }))
  const held: { readonly dueMs: number; readonly bars: readonly MarketEvent[] }[] = []

  const of = <T>(all: readonly T[], ticker: number): T => {
    const one = all[ticker]
    if (one === undefined) throw new RangeError(`ticker ${ticker} is not one of the ${all.length} of this market`)
    return one
  }

  const countDay = (day: Day, cents: number, size: number): void => {
    day.volume += size
    day.notional += cents * size
  }

  const keyOf = (startMs: number, ticker: number): number => (startMs / 1000) * listed.length + ticker

  const bar = ({ ev, windowMs }: Width, ticker: number, endMs: number, window: Window, day: Day): BarEvent => ({
    ev,
    symbol: listed[ticker]?.symbol ?? '',
    openCents: window.open,
    highCents: window.high,
    lowCents: window.low,
    closeCents: window.close,
    volume: window.volume,
    vwap: vwap(window),
    averageSize: Math.floor(window.volume / window.trades),
    startMs: endMs - windowMs,
    endMs,
    dayOpenCents: day.open,
    dayVolume: day.volume,
    dayVwap: vwap(day),
    otc: listed[ticker]?.otc ?? false,
    odd: oddForms > 0 && share(hash(endMs / 1000, ticker + windowMs)) < oddForms,
  })

  const close = (each: Width, out: MarketEvent[]): void => {
    for (const ticker of each.traded) {
      out.push(bar(each, ticker, each.endMs, of(each.windows, ticker), of(days, ticker)))
    }
    for (const [ticker, awaited] of each.awaited) {
      each.kept.set(keyOf(each.endMs - each.windowMs, ticker), {
        ticker,
        endMs: each.endMs,
        window: { ...of(each.windows, ticker) },
        day: { ...of(days, ticker) },
        awaited,
      })
    }
    for (const ticker of each.traded) of(each.windows, ticker).trades = 0
    each.traded = []
    if (each.awaited.size > 0) each.awaited = new Map()
  }

  const addLateTo = (each: Width, { ticker, priceCents, size, participantAtMs }: TradeEvent): void => {
    if (participantAtMs >= each.endMs - each.windowMs) {
      const window = of(each.windows, ticker)
      if (window.trades === 0) each.traded.push(ticker)
      count(window, priceCents, size, true)
      const awaited = (each.awaited.get(ticker) ?? 1) - 1
      if (awaited === 0) each.awaited.delete(ticker)
      else each.awaited.set(ticker, awaited)
      return
    }

    const key = keyOf(Math.floor(participantAtMs / each.windowMs) * each.windowMs, ticker)
    const kept = each.kept.get(key)
    if (kept === undefined) throw new RangeError(`a trade of ${participantAtMs} is reported that was not awaited`)
    count(kept.window, priceCents, size, true)
    countDay(kept.day, priceCents, size)
    kept.awaited -= 1
    if (kept.awaited === 0) each.kept.delete(key)
    each.revised.add(kept)
  }

  const release = (nowMs: number, out: MarketEvent[]): void => {
    for (let next = held[0]; next !== undefined && next.dueMs <= nowMs; next = held[0]) {
      for (const each of next.bars) out.push(each)
      held.shift()
    }
  }

  return {
    add: ({ ticker, priceCents, size }, regular) => {
      for (const { windows, traded } of widths) {
        const window = of(windows, ticker)
        if (window.trades === 0) traded.push(ticker)
        count(window, priceCents, size, false)
      }
      const day = of(days, ticker)
      if (day.open === 0 && regular) day.open = priceCents
      countDay(day, priceCents, size)
    },
    await: (ticker) => {
      for (const { awaited } of widths) awaited.set(ticker, (awaited.get(ticker) ?? 0) + 1)
    },
    addLate: (trade) => {
      for (const each of widths) addLateTo(each, trade)
      countDay(of(days, trade.ticker), trade.priceCents, trade.size)
    },
    closeTo: (nowMs, out) => {
      for (const each of widths) {
        if (nowMs < each.endMs) continue
        if (each.ev === 'AM' || heldMs === 0) close(each, out)
        else {
          const bars: MarketEvent[] = []
          close(each, bars)
          held.push({ dueMs: each.endMs + heldMs, bars })
        }
        each.endMs = Math.floor(nowMs / each.windowMs) * each.windowMs + each.windowMs
      }
      if (held.length > 0) release(nowMs, out)
      for (const each of widths) {
        if (each.revised.size === 0) continue
        for (const { ticker, endMs, window, day } of each.revised) out.push(bar(each, ticker, endMs, window, day))
        each.revised = new Set()
      }
    },
    newDay: () => {
      for (const day of days) {
        day.open = 0
        day.volume = 0
        day.notional = 0
      }
    },
    get settled() {
      return held.length === 0 && widths.every(({ traded, revised }) => traded.length === 0 && revised.size === 0)
    },
  }
}
