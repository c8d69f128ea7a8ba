import { map, type OperatorFunction } from 'rxjs'
import type { MinuteBar } from '../../streams/model.ts'
import { sessionAt as usSessionAt, type MarketSession } from '../calendar.ts'
import {
  checkedSession,
  checkIfGiven,
  checkOrder,
  checkPositive,
  checkRange,
  checkTicker,
  checkNotNegative,
  wrongType,
} from './checks.ts'
import type { Draft } from './draft.ts'

/** One minute of one ticker with what follows from it. Prices in USD, volumes in shares, times in Unix milliseconds. */
export interface PerMinuteAggregateEvent {
  readonly ev: 'aggregate_minute'
  readonly symbol: string
  /** The close. */
  readonly price: number
  /** The end of the minute. */
  readonly atMs: number
  readonly startMs: number
  readonly endMs: number
  readonly minuteOpen: number
  readonly minuteHigh: number
  readonly minuteLow: number
  readonly minuteClose: number
  readonly minuteVolume: number
  /** The same as `minuteVolume`. */
  readonly volume: number
  readonly minuteVwap?: number
  /** The same as `minuteVwap`. */
  readonly vwap?: number
  readonly averageTradeSize?: number
  /** The day so far. */
  readonly accumulatedVolume?: number
  readonly dailyVwap?: number
  readonly dailyOpen?: number
  /** Exact decimal text where shares are fractional: of `volume`, of `accumulatedVolume`. */
  readonly volumeExact?: string
  readonly accumulatedVolumeExact?: string
  readonly isOtc: boolean
  /** The session of the minute's start. */
  readonly marketSession: MarketSession
  /** High minus low. */
  readonly minuteRange: number
  /** Close minus open. */
  readonly minutePriceChange: number
  /** Of the open, in percent. */
  readonly minutePriceChangePercent: number
  /** How far the close lies above the minute's vwap, in percent of the vwap; absent without a vwap above 0. */
  readonly vwapDeviationPercent?: number
  /** 0 the first time, then one more each time the vendor sends the minute again. */
  readonly revision: number
  /** The window is older than the memory that numbers revisions: `revision` is not known to be right. */
  readonly late?: boolean
  readonly backfilled?: boolean
}

export interface HandleMinuteBarOptions {
  /** The session of Unix milliseconds; by default the US market's, `operators/calendar.ts`. */
  readonly sessionAt?: (atMs: number) => MarketSession
}

const HANDLER = 'handleMinuteBar'

const check = (bar: MinuteBar): void => {
  checkTicker(HANDLER, bar)
  // The type says so already; a host that wires a second bar in finds out here.
  if ((bar.ev as unknown) !== 'AM') throw wrongType(HANDLER, bar, 'AM')
  checkPositive(HANDLER, bar, 'close', bar.close)
  checkPositive(HANDLER, bar, 'open', bar.open)
  checkPositive(HANDLER, bar, 'high', bar.high)
  checkPositive(HANDLER, bar, 'low', bar.low)
  checkRange(HANDLER, bar)
  checkNotNegative(HANDLER, bar, 'volume', bar.volume)
  checkOrder(HANDLER, bar)
  checkIfGiven(HANDLER, bar, 'vwap', bar.vwap)
  checkIfGiven(HANDLER, bar, 'averageSize', bar.averageSize)
  checkIfGiven(HANDLER, bar, 'dayVolume', bar.dayVolume)
  checkIfGiven(HANDLER, bar, 'dayVwap', bar.dayVwap)
  checkIfGiven(HANDLER, bar, 'dayOpen', bar.dayOpen)
}

/**
 * Makes a `PerMinuteAggregateEvent` of every minute bar, the model of the `per_minute` frequency.
 *
 *     source             -a-b-r-|     r = the vendor sends minute a again, corrected
 *     handleMinuteBar()  -A-B-R-|     R.revision = 1
 *
 *     minuteRange               high - low                      USD
 *     minutePriceChange         close - open                    USD
 *     minutePriceChangePercent  (close - open) / open * 100     percent
 *     vwapDeviationPercent      (close - vwap) / vwap * 100     percent
 *
 * All fields, their units and sources: docs/models.md. A bar sent again is an event again, told by `revision`; nothing is
 * dropped. Events are new plain objects (`ev: 'aggregate_minute'`, a lane of their own); what the bar lacks, the event lacks: no
 * null, no NaN, no key.
 *
 * Errors with `EventRefused` at a bar that gives no complete event: no ticker; a price not above 0; a high below open or close,
 * a low above; a negative volume, vwap or day value; an end not after the start; a time outside the years of the calendar; NaN or infinity
 * anywhere in between. In an engine the bar becomes a dead letter and the next one finds a fresh operator.
 *
 * Completes and fails with the source. Holds nothing; unsubscribing releases the source.
 */
export const handleMinuteBar = (
  options: HandleMinuteBarOptions = {},
): OperatorFunction<MinuteBar, PerMinuteAggregateEvent> => {
  const { sessionAt = usSessionAt } = options

  return map((bar) => {
    check(bar)
    const { open, high, low, close, volume, vwap } = bar
    const event: Draft<PerMinuteAggregateEvent> = {
      ev: 'aggregate_minute',
      symbol: bar.symbol,
      price: close,
      atMs: bar.endMs,
      startMs: bar.startMs,
      endMs: bar.endMs,
      minuteOpen: open,
      minuteHigh: high,
      minuteLow: low,
      minuteClose: close,
      minuteVolume: volume,
      volume,
      isOtc: bar.otc,
      marketSession: checkedSession(HANDLER, bar, 'startMs', bar.startMs, sessionAt),
      minuteRange: high - low,
      minutePriceChange: close - open,
      minutePriceChangePercent: ((close - open) / open) * 100,
      revision: bar.revision,
    }
    if (vwap !== undefined) {
      event.minuteVwap = vwap
      event.vwap = vwap
      if (vwap > 0) event.vwapDeviationPercent = ((close - vwap) / vwap) * 100
    }
    if (bar.averageSize !== undefined) event.averageTradeSize = bar.averageSize
    if (bar.dayVolume !== undefined) event.accumulatedVolume = bar.dayVolume
    if (bar.dayVwap !== undefined) event.dailyVwap = bar.dayVwap
    if (bar.dayOpen !== undefined) event.dailyOpen = bar.dayOpen
    if (bar.volumeExact !== undefined) event.volumeExact = bar.volumeExact
    if (bar.dayVolumeExact !== undefined) event.accumulatedVolumeExact = bar.dayVolumeExact
    if (bar.late !== undefined) event.late = bar.late
    if (bar.backfilled !== undefined) event.backfilled = bar.backfilled

    return event
  })
}
