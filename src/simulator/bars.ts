import type { BarEvent, MarketEvent, TradeEvent } from './events.ts'

/** The running window of one ticker; `trades` 0 means that it has none. Prices in cents, notional in cents times shares. */
interface Window {
  open: number
  high: number
  low: number
  close: number
  volume: number
  notional: number
  trades: number
}

const emptyWindow = (): Window => ({ open: 0, high: 0, low: 0, close: 0, volume: 0, notional: 0, trades: 0 })

const count = (window: Window, cents: number, size: number): void => {
  if (window.trades === 0) {
    window.open = cents
    window.high = cents
    window.low = cents
    window.volume = 0
    window.notional = 0
  } else {
    if (cents > window.high) window.high = cents
    if (cents < window.low) window.low = cents
  }
  window.close = cents
  window.volume += size
  window.notional += cents * size
  window.trades += 1
}

/** Volume-weighted price, in ten-thousandths of a USD as the vendor writes it; between low and high because those are whole cents. */
const vwap = (window: Window): number => Math.round((window.notional * 100) / window.volume)

/** The bars of one width for all tickers. */
interface Width {
  readonly ev: 'A' | 'AM'
  readonly windowMs: number
  readonly windows: readonly Window[]
  /** Tickers with a trade in the running window, in the order of their first. */
  traded: number[]
  endMs: number
}

export interface BarMaker {
  add(trade: TradeEvent): void
  /** Puts the bars of every window that is over at `nowMs` at the end of `out`: second bars, then minute bars. */
  closeTo(nowMs: number, out: MarketEvent[]): void
}

/**
 * Second and minute bars out of the very trades that are sent, and nothing else: every trade counts, odd lots too.
 *
 * A window without a trade has no bar; a window in progress is never shown. Windows stand on whole seconds and minutes of Unix time. The trades must come in
 * order, and `closeTo` must be asked at every whole second: that holds because a quantum never crosses one.
 * Holds one window per ticker and width, and one for the day. Day totals count from the first trade; the day does not turn over yet.
 *
 * Sums are exact: cents times shares stay below 2^53 for some hundred days of a ticker that trades a billion USD a day.
 */
export const barMaker = (symbols: readonly string[], startMs: number): BarMaker => {
  const width = (ev: 'A' | 'AM', windowMs: number): Width => ({
    ev,
    windowMs,
    windows: symbols.map(emptyWindow),
    traded: [],
    endMs: Math.floor(startMs / windowMs) * windowMs + windowMs,
  })
  const widths = [width('A', 1000), width('AM', 60_000)] as const
  const days = symbols.map(emptyWindow)

  const windowOf = (windows: readonly Window[], ticker: number): Window => {
    const window = windows[ticker]
    if (window === undefined)
      throw new RangeError(`ticker ${ticker} is not one of the ${windows.length} of this market`)
    return window
  }

  const bar = ({ ev, windowMs, windows, endMs }: Width, ticker: number): BarEvent => {
    const window = windowOf(windows, ticker)
    const day = windowOf(days, ticker)

    return {
      ev,
      symbol: symbols[ticker] ?? '',
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
    }
  }

  return {
    add: ({ ticker, priceCents, size }) => {
      for (const { windows, traded } of widths) {
        const window = windowOf(windows, ticker)
        if (window.trades === 0) traded.push(ticker)
        count(window, priceCents, size)
      }
      count(windowOf(days, ticker), priceCents, size)
    },
    closeTo: (nowMs, out) => {
      for (const each of widths) {
        if (nowMs < each.endMs) continue
        for (const ticker of each.traded) {
          out.push(bar(each, ticker))
          windowOf(each.windows, ticker).trades = 0
        }
        each.traded = []
        each.endMs = Math.floor(nowMs / each.windowMs) * each.windowMs + each.windowMs
      }
    },
  }
}
