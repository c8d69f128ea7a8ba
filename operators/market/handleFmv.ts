import { map, type OperatorFunction } from 'rxjs'
import type { FairMarketValue } from '../../streams/model.ts'
import { sessionAt as usSessionAt, type MarketSession } from '../calendar.ts'
import { checkedSession, checkNanoseconds, checkPositive, checkTicker, wrongType } from './checks.ts'
import type { Draft } from './draft.ts'
import { valuationOf, type Valuation } from './valuation.ts'

/** The vendor's fair value of one ticker, and what it says about the market price where that is known. */
export interface FairMarketValueEvent extends Valuation {
  readonly ev: 'fair_market_value'
  readonly symbol: string
  /** USD, the fair value. */
  readonly price: number
  /** The same as `price`. */
  readonly fmvPrice: number
  /** Unix milliseconds. */
  readonly atMs: number
  /** The exact time: nanoseconds as decimal text, above what a number can hold. */
  readonly fmvTimestampNs: string
  readonly precisionLevel: 'nanosecond'
  /** A fair value trades nothing. */
  readonly volume: 0
  readonly marketSession: MarketSession
  readonly backfilled?: boolean
}

export interface SignificantOptions {
  /** From which deviation on `isSignificantDeviation` is true, percent above 0. */
  readonly significantPercent?: number
}

export interface HandleFmvOptions extends SignificantOptions {
  /** The market price to compare with, USD; asked once for each event. undefined: not known. */
  readonly marketPrice?: (symbol: string) => number | undefined
  /** The session of Unix milliseconds; by default the US market's, `operators/calendar.ts`. */
  readonly sessionAt?: (atMs: number) => MarketSession
}

const HANDLER = 'handleFmv'

const checkedPercent = (significantPercent: number): number => {
  if (Number.isFinite(significantPercent) && significantPercent > 0) return significantPercent
  throw new RangeError(`significantPercent must be a finite number above 0, got ${significantPercent}`)
}

const check = (value: FairMarketValue): void => {
  checkTicker(HANDLER, value)
  // The type says so already; a host that wires a trade in finds out here.
  if ((value.ev as unknown) !== 'FMV') throw wrongType(HANDLER, value, 'FMV')
  checkPositive(HANDLER, value, 'price', value.price)
  checkNanoseconds(HANDLER, value, 'atNs', value.atNs)
}

/**
 * The same event judged against another market price (USD): every derived field is computed anew, `marketPriceSource` becomes
 * `realtime`. For a market price that moves between two fair values, as in `joinLatest`. The given event stays as it is.
 *
 * @throws EventRefused for a market price that is not a finite number above 0.
 * @throws RangeError for a `significantPercent` that is not one.
 */
export const withMarketPrice = (
  event: FairMarketValueEvent,
  marketPrice: number,
  { significantPercent = 5 }: SignificantOptions = {},
): FairMarketValueEvent => {
  checkedPercent(significantPercent)
  checkPositive('withMarketPrice', event, 'marketPrice', marketPrice)

  return {
    ...event,
    ...valuationOf({ fmvPrice: event.fmvPrice, marketPrice, significantPercent, marketPriceSource: 'realtime' }),
  }
}

/**
 * Makes a `FairMarketValueEvent` of every fair market value, the model of the `fair_market_value` frequency.
 *
 *     source                      -a--b--|     a = 103.00, b = 100.50
 *     handleFmv({ marketPrice })  -A--B--|     against a market price of 100: A = BUY_SIGNAL, B = HOLD_SIGNAL
 *
 * `marketPrice(symbol)` is asked once for each event, so a price that moved is taken into account and everything derived
 * from it is computed anew. Without the option, or where it answers undefined, `marketPriceSource` is `unknown`, `signal` is `UNKNOWN`
 * and the other derived fields are absent. The scale of deviations is in `valuation.ts`.
 *
 * All fields, their units and sources: docs/models.md. Events are new plain objects (`ev: 'fair_market_value'`, a lane of
 * their own); nothing in them is null or NaN.
 *
 * Errors with `EventRefused` at a value that gives no complete event: no ticker; a price, or an answer of `marketPrice`, that is not a
 * finite number above 0; `atNs` no whole number above 0; a time outside the years of the calendar. What `marketPrice` throws passes
 * through. In an engine the event becomes a dead letter and the next one finds a fresh operator.
 *
 * Completes and fails with the source. Holds nothing; unsubscribing releases the source.
 *
 * @throws RangeError when built with a `significantPercent` that is not a finite number above 0.
 */
export const handleFmv = (options: HandleFmvOptions = {}): OperatorFunction<FairMarketValue, FairMarketValueEvent> => {
  const { marketPrice: marketPriceOf, sessionAt = usSessionAt } = options
  const significantPercent = checkedPercent(options.significantPercent ?? 5)

  const valuation = (value: FairMarketValue): Valuation => {
    const marketPrice = marketPriceOf?.(value.symbol)
    if (marketPrice === undefined) return { marketPriceSource: 'unknown', signal: 'UNKNOWN' }
    checkPositive(HANDLER, value, 'marketPrice', marketPrice)

    return valuationOf({ fmvPrice: value.price, marketPrice, significantPercent, marketPriceSource: 'external' })
  }

  return map((value) => {
    check(value)
    const event: Draft<FairMarketValueEvent> = {
      ev: 'fair_market_value',
      symbol: value.symbol,
      price: value.price,
      fmvPrice: value.price,
      atMs: value.atMs,
      fmvTimestampNs: value.atNs,
      precisionLevel: 'nanosecond',
      volume: 0,
      marketSession: checkedSession(HANDLER, value, 'atMs', value.atMs, sessionAt),
      ...valuation(value),
    }
    if (value.backfilled !== undefined) event.backfilled = value.backfilled

    return event
  })
}
