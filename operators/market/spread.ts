import type { Observable, OperatorFunction, Subscription } from 'rxjs'
import type { FairMarketValue, Trade } from '../../streams/model.ts'
import { checkCount } from '../flow/bounds.ts'
import { keyMemory } from '../flow/keyMemory.ts'
import { operate } from '../flow/operate.ts'
import type { Bar } from './bar.ts'
import { tradeUse, type TradeUse } from './tradeUse.ts'
import { valuationOf, type ValuationMagnitude, type ValuationSignal } from './valuation.ts'

/** How a fair value stands to the last price. Prices in USD, times in Unix milliseconds. */
export interface Spread {
  readonly ev: 'spread'
  readonly symbol: string
  /** The later of the two times. */
  readonly atMs: number
  readonly fairPrice: number
  readonly fairAtMs: number
  readonly lastPrice: number
  /** That of the trade, or the end of the bar. */
  readonly lastAtMs: number
  /** Fair minus last. */
  readonly difference: number
  /** The same in percent of the last price. */
  readonly percent: number
  /** Fair value above the price, below it, or less than one percent away. */
  readonly valuation: 'undervalued' | 'overvalued' | 'fair'
  readonly magnitude: ValuationMagnitude
  readonly signal: ValuationSignal
  /** 0 to 1, full from 20 percent. */
  readonly signalStrength: number
  /** The deviation reaches `significantPercent`. */
  readonly isSignificant: boolean
}

export interface SpreadOptions {
  /** Where the last price comes from: `engine.frequency('per_second').event$`, or bars. */
  readonly last$: Observable<Trade | Bar>
  /** What gives a spread: a fair value, a new last price, or `both`, the default. */
  readonly on?: 'fairValue' | 'last' | 'both'
  /** From which deviation on it is significant, percent above 0; 5 by default. */
  readonly significantPercent?: number
  /** Which trades make a last price: those with `ends`. By their sale conditions by default, see `tradeUse`. */
  readonly counts?: (trade: Trade) => TradeUse
  /** The most symbols that are remembered; 20,000 by default. Beyond it the one that came first is forgotten. */
  readonly symbolsMax?: number
}

/** Absent times are before everything. */
interface Pair {
  fairPrice: number
  fairAtMs: number
  lastPrice: number
  lastAtMs: number
}

/**
 * Holds each fair value against the last price of its symbol: by how much, which way, and whether it matters.
 *
 *     last$                    --p-----q--
 *     source                   -f---g-----|     f, g = 100 and 106 fair, p = 100, q = 110 last
 *     spread({ last$ })        --F--G--H--|     F = 0 %, fair    G = +6 %, undervalued, significant    H = -3.6 %, overvalued
 *
 *     |percent|  0 ..< 1  1 ..< 3  3 ..< 10   10 ..
 *     magnitude  fair     slight_  moderate_  significant_   then undervalued (fair above last) or overvalued
 *     signal     HOLD     BUY when undervalued, SELL when overvalued
 *
 * Nothing is given before both are known. Of either only the newest by its own time counts: a late trade, a bar of an earlier
 * minute that is sent again, an odd lot move no last price. What is wanted is chosen by `on`, and `filter(({ isSignificant }) => isSignificant)`
 * behind it is an alert.
 *
 * Events are new plain objects, `ev: 'spread'`. Completes with the source, fails with it and with an error of `last$`; when `last$`
 * completes, the last prices stay. Subscribes `last$` before the source; unsubscribing releases both. Holds four numbers for each of
 * at most `symbolsMax` symbols. Errors with what `counts` throws. Wrong options are a RangeError when the operator is built.
 */
export const spread = (options: SpreadOptions): OperatorFunction<FairMarketValue, Spread> => {
  const { last$, on = 'both', significantPercent = 5, counts = tradeUse, symbolsMax = 20_000 } = options
  checkCount('spread: symbolsMax', symbolsMax)
  if (!(significantPercent > 0 && significantPercent < Infinity)) {
    throw new RangeError(
      `spread: significantPercent must be a finite number above 0, but is ${String(significantPercent)}`,
    )
  }
  if (!['fairValue', 'last', 'both'].includes(on)) {
    throw new RangeError(`spread: on must be 'fairValue', 'last' or 'both', but is ${JSON.stringify(on)}`)
  }

  return operate<FairMarketValue, Spread>((subscriber, attempt) => {
    const pairs = keyMemory<string, Pair>(symbolsMax)

    const pairOf = (symbol: string): Pair => {
      let pair = pairs.get(symbol)
      if (pair === undefined) {
        pair = { fairPrice: 0, fairAtMs: -Infinity, lastPrice: 0, lastAtMs: -Infinity }
        pairs.add(symbol, pair)
      }
      return pair
    }

    const give = (symbol: string, { fairPrice, fairAtMs, lastPrice, lastAtMs }: Pair): void => {
      if (fairAtMs === -Infinity || lastAtMs === -Infinity) return
      subscriber.next({
        ev: 'spread',
        symbol,
        atMs: Math.max(fairAtMs, lastAtMs),
        fairPrice,
        fairAtMs,
        lastPrice,
        lastAtMs,
        ...judged(fairPrice, lastPrice, significantPercent),
      })
    }

    const takeLast = (event: Trade | Bar): void => {
      const isTrade = 'price' in event
      if (isTrade && !counts(event).ends) return
      const pair = pairOf(event.symbol)
      const atMs = isTrade ? event.atMs : event.endMs
      if (atMs < pair.lastAtMs) return
      pair.lastAtMs = atMs
      pair.lastPrice = isTrade ? event.price : event.close
      if (on !== 'fairValue') give(event.symbol, pair)
    }

    const last: Subscription = last$.subscribe({
      next: (event) => {
        attempt(() => {
          takeLast(event)
        })
      },
      error: (error: unknown) => {
        subscriber.error(error)
      },
    })

    return {
      next: ({ symbol, price, atMs }) => {
        const pair = pairOf(symbol)
        if (atMs < pair.fairAtMs) return
        pair.fairAtMs = atMs
        pair.fairPrice = price
        if (on !== 'last') give(symbol, pair)
      },
      released: () => last.unsubscribe(),
    }
  })
}

type Judgement = Pick<
  Spread,
  'difference' | 'percent' | 'valuation' | 'magnitude' | 'signal' | 'signalStrength' | 'isSignificant'
>

/** The scale is that of the handlers. */
const judged = (fairPrice: number, lastPrice: number, significantPercent: number): Judgement => {
  const facts = {
    fmvPrice: fairPrice,
    marketPrice: lastPrice,
    significantPercent,
    marketPriceSource: 'external',
  } as const
  const { fmvVsMarketPrice, fmvVsMarketPercent, valuationMagnitude, signal, signalStrength, ...flags } =
    valuationOf(facts)

  return {
    difference: fmvVsMarketPrice,
    percent: fmvVsMarketPercent,
    valuation: flags.isUndervalued ? 'undervalued' : flags.isOvervalued ? 'overvalued' : 'fair',
    magnitude: valuationMagnitude,
    signal,
    signalStrength,
    isSignificant: flags.isSignificantDeviation,
  }
}
