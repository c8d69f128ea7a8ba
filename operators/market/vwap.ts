import { defer, filter, map, type OperatorFunction } from 'rxjs'
import type { Trade } from '../../streams/model.ts'
import { marketDay as usMarketDay, sessionAt as usSessionAt, type MarketDay, type MarketSession } from '../calendar.ts'
import { checkCount } from '../flow/bounds.ts'
import { tradeUse, type TradeUse } from './tradeUse.ts'

/** The volume-weighted price of one symbol so far. USD, shares, Unix milliseconds. */
export interface Vwap {
  readonly ev: 'vwap'
  readonly symbol: string
  /** That of the trade that made it. */
  readonly atMs: number
  readonly vwap: number
  /** The price of that trade. */
  readonly price: number
  /** How far that price lies above it, in percent of it. */
  readonly deviationPercent: number
  /** Shares so far. */
  readonly volume: number
  readonly trades: number
  /** The session of the trade. */
  readonly marketSession: MarketSession
}

/** What is summed for one symbol. */
export interface VwapSum {
  /** New York's midnight of the day, Unix milliseconds. */
  dayMs: number
  session: MarketSession
  notional: number
  volume: number
  trades: number
}

export interface VwapOptions {
  /** When the sum begins anew: with New York's `day`, the default, or with each `session`. */
  readonly per?: 'day' | 'session'
  /** What a trade counts for: it needs `volume` and `range`. By its sale conditions by default, see `tradeUse`. */
  readonly counts?: (trade: Trade) => TradeUse
  /** The sums by symbol, made and held by the host: then they outlive a restart of the operators. */
  readonly sums?: Map<string, VwapSum>
  /** The most symbols that are summed; 20,000 by default. Beyond it the one that came first is forgotten. */
  readonly symbolsMax?: number
  readonly sessionAt?: (atMs: number) => MarketSession
  readonly marketDay?: (atMs: number) => Pick<MarketDay, 'startMs'>
}

/**
 * Gives the volume-weighted price of each symbol so far, with every trade that counts.
 *
 *     source    -a-b-o-x-c-|     a = 100 shares at 100, b = 300 at 104; o = an odd lot; x = another symbol; c = the next day
 *     vwap()    -A-B---X-C-|     A = 100, B = 103; C begins anew
 *
 * Trades that do not count for volume and for a price (odd lots, average prices) give nothing. A trade of a day or session
 * that is over, by its own time, gives nothing either: the sum it belongs to is gone. Events are new plain objects, `ev: 'vwap'`.
 *
 * Completes and fails with the source; errors with what `counts` throws, and with the calendar's RangeError at a time outside of its
 * years. Holds five numbers for each of at most `symbolsMax` symbols; unsubscribing releases them, unless they are the host's own.
 *
 * A wrong option is a RangeError when the operator is built.
 */
export const vwap = (options: VwapOptions = {}): OperatorFunction<Trade, Vwap> => {
  const { per = 'day', counts = tradeUse, symbolsMax = 20_000 } = options
  const { sessionAt = usSessionAt, marketDay = usMarketDay } = options
  checkCount('vwap: symbolsMax', symbolsMax)
  if (!['day', 'session'].includes(per)) {
    throw new RangeError(`vwap: per must be 'day' or 'session', but is ${JSON.stringify(per)}`)
  }

  return (source$) =>
    defer(() => {
      const sums = options.sums ?? new Map<string, VwapSum>()

      const sumOf = (symbol: string, dayMs: number, session: MarketSession): VwapSum => {
        let sum = sums.get(symbol)
        if (sum === undefined) {
          if (sums.size >= symbolsMax) sums.delete(sums.keys().next().value as string)
          sums.set(symbol, (sum = { dayMs, session, notional: 0, volume: 0, trades: 0 }))
        }
        return sum
      }

      /** Counts a trade, if it counts; gives whether it did. */
      const count = (trade: Trade): boolean => {
        const { volume, range } = counts(trade)
        if (!volume || !range || !(trade.size > 0)) return false
        const dayMs = marketDay(trade.atMs).startMs
        const session = sessionAt(trade.atMs)
        const sum = sumOf(trade.symbol, dayMs, session)
        const isOver =
          dayMs < sum.dayMs || (per === 'session' && dayMs === sum.dayMs && rank[session] < rank[sum.session])
        if (isOver) return false
        if (dayMs > sum.dayMs || (per === 'session' && session !== sum.session)) {
          sum.notional = 0
          sum.volume = 0
          sum.trades = 0
        }
        sum.dayMs = dayMs
        sum.session = session
        sum.notional += trade.price * trade.size
        sum.volume += trade.size
        sum.trades += 1
        return true
      }

      return source$.pipe(
        filter(count),
        map(({ symbol, price, atMs }): Vwap => {
          // It has just been counted.
          const { notional, volume, trades, session } = sums.get(symbol) as VwapSum
          const mean = notional / volume
          return {
            ev: 'vwap',
            symbol,
            atMs,
            vwap: mean,
            price,
            deviationPercent: ((price - mean) / mean) * 100,
            volume,
            trades,
            marketSession: session,
          }
        }),
      )
    })
}

/** The order of sessions in a day; what is closed lies before or after all of them and ends none. */
const rank: Readonly<Record<MarketSession, number>> = { closed: 4, pre: 1, regular: 2, after: 3 }
