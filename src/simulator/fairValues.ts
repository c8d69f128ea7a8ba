import type { MarketEvent } from './events.ts'
import { hash } from './random.ts'

/** Part of the way to the last price that a fair value goes in one second: half of it in two seconds and a half. */
const approach = 0.25

/** A fair value of a ticker that does not trade is told again when it has moved by half a cent, in ten-thousandths of a USD. */
const toldStep = 50

export interface FairValues {
  /** The ticker traded at this price, US cents. */
  trade(ticker: number, cents: number): void
  /** Puts the values due in the quantum that begins at `nowMs` at the end of `out`. */
  closeTo(nowMs: number, out: MarketEvent[]): void
}

/**
 * A fair market value per ticker: follows the last price with an exponential lag, told about once a second for a ticker that traded or whose value moved.
 *
 * Each ticker has its own moment within the second, so that the values do not all come at once. The value is what the trades before that moment make it;
 * no random number enters. Nothing for a ticker before its first trade.
 */
export const fairValues = (symbols: readonly string[], stepMs: number): FairValues => {
  const moments = 1000 / stepMs
  const last = new Float64Array(symbols.length)
  const value = new Float64Array(symbols.length)
  const told = new Float64Array(symbols.length)
  const traded = new Uint8Array(symbols.length)

  return {
    trade: (ticker, cents) => {
      last[ticker] = cents * 100
      traded[ticker] = 1
      if (value[ticker] === 0) value[ticker] = cents * 100
    },
    closeTo: (nowMs, out) => {
      for (let ticker = Math.round((nowMs % 1000) / stepMs); ticker < symbols.length; ticker += moments) {
        const before = value[ticker] ?? 0
        if (before === 0) continue

        const now = before + approach * ((last[ticker] ?? 0) - before)
        value[ticker] = now
        if (traded[ticker] === 0 && Math.abs(now - (told[ticker] ?? 0)) < toldStep) continue

        traded[ticker] = 0
        told[ticker] = now
        // Nanoseconds exceed 2^53, so milliseconds and the rest are joined as text. Whole milliseconds have 13 digits, the rest 6.
        const restNs = hash(ticker, nowMs / stepMs) % 1_000_000
        out.push({
          ev: 'FMV',
          symbol: symbols[ticker] ?? '',
          value: Math.round(now),
          atNs: `${nowMs}${String(restNs).padStart(6, '0')}`,
        })
      }
    },
  }
}
