import type { OperatorFunction } from 'rxjs'
import type { Trade } from '../../streams/model.ts'
import type { Bar } from './bar.ts'
import { barWindows, type BarWindowsOptions, type Window } from './barWindows.ts'
import type { Draft } from './draft.ts'
import { tradeUse, type TradeUse } from './tradeUse.ts'

export interface ToBarsOptions<Ev extends string = 'bar'> extends BarWindowsOptions<Trade> {
  /** The event type of the bars, and so their lane; `bar` by default. With `AM` and a width of a minute they are minute bars to all that takes those. */
  readonly ev?: Ev
  /** What a trade counts for; by its sale conditions by default, see `tradeUse`. */
  readonly counts?: (trade: Trade) => TradeUse
  /** When a trade happened, Unix milliseconds; by default the exchange's own time where there is one, otherwise the tape's. */
  readonly atMs?: (trade: Trade) => number
}

/** First and last price by time, whatever the order of arrival. */
interface Ends {
  count: number
  first: number
  firstAtMs: number
  firstSequence: number
  last: number
  lastAtMs: number
  lastSequence: number
}

interface Sum {
  readonly ends: Ends
  /** Of trades that make a range and no end: these open and close a window that has nothing else. */
  readonly spare: Ends
  high: number
  low: number
  volume: number
  trades: number
  /** USD times shares, and shares, of the trades that have both price and volume. */
  notional: number
  priced: number
  otc: boolean
}

/** The exchange id of over-the-counter trades, as captures show it. */
const OTC = 62

const noEnds = (): Ends => ({
  count: 0,
  first: 0,
  firstAtMs: 0,
  firstSequence: 0,
  last: 0,
  lastAtMs: 0,
  lastSequence: 0,
})

/** Within a millisecond the sequence number decides, where both have one; otherwise the order of arrival. */
const note = (ends: Ends, price: number, atMs: number, sequence: number): boolean => {
  const isFirst =
    ends.count === 0 || atMs < ends.firstAtMs || (atMs === ends.firstAtMs && sequence < ends.firstSequence)
  const isLast = ends.count === 0 || atMs > ends.lastAtMs || (atMs === ends.lastAtMs && !(sequence < ends.lastSequence))
  ends.count += 1
  if (isFirst) {
    ends.first = price
    ends.firstAtMs = atMs
    ends.firstSequence = sequence
  }
  if (isLast) {
    ends.last = price
    ends.lastAtMs = atMs
    ends.lastSequence = sequence
  }
  return isFirst || isLast
}

const ownTime = ({ participantAtMs, atMs }: Trade): number => participantAtMs ?? atMs

/**
 * Makes bars of any width out of trades, in event time; trades that come late make a bar anew, with a higher `revision`.
 *
 *     source                         -ab---c--l--d-|        a, b and the late l are of 10:00, c of 10:01, d of 10:02
 *     toBars({ widthMs: 60_000 })    ------A--R--C-(D|)     A = a, b    R = a, b, l, revision 1    C = c    D = d
 *
 * - A window ends with the first trade of any symbol that is `graceMs` past its end. Nothing but trades moves time, unless `quietMs`
 *   is given; a recorded day gives the same bars at any speed.
 * - Open and close are the first and the last by time, not by arrival, so the last revision of a window is the bar of all its trades,
 *   whatever the order in which they came. Only the newest `windowsMax` windows of a symbol can be revised: `tooLate` is called
 *   with a trade for an older one.
 * - Which trades count for volume, for high and low, for open and close is told by `counts`. Where none counts for open and
 *   close those that count for high and low stand in; where none counts for a price there is no bar. `vwap` is of the trades that count
 *   for volume and range, and lies between low and high.
 *
 * The bars need not equal the vendor's: which of a trade's times decides, and some of the conditions, are not documented.
 *
 * Bars are new plain objects, `ev: 'bar'` by default. Before the source's completion, and before its error, the windows that are still
 * open are given as far as they got. Errors with what `counts`, `atMs` or `tooLate` throws. Unsubscribing drops what is open, and the timer.
 * Holds at most `windowsMax` sums for each of `symbolsMax` symbols; a trade makes no object. Wrong bounds are a RangeError when the operator is built.
 */
export const toBars = <const Ev extends string = 'bar'>(
  options: ToBarsOptions<Ev>,
): OperatorFunction<Trade, Bar<NoInfer<Ev>>> => {
  const { counts = tradeUse, atMs: atMsOf = ownTime } = options
  // The default is what the type says when nothing is given.
  const ev = options.ev ?? ('bar' as Ev)

  const add = (sum: Sum, trade: Trade): boolean => {
    const { volume, range, ends } = counts(trade)
    const { price, size } = trade
    let changed = false
    if (volume) {
      sum.volume += size
      sum.trades += 1
      changed = true
    }
    if (volume && range) {
      sum.notional += price * size
      sum.priced += size
    }
    if (range) {
      changed ||= price > sum.high || price < sum.low
      sum.high = Math.max(sum.high, price)
      sum.low = Math.min(sum.low, price)
    }
    if (ends || range) {
      changed = note(ends ? sum.ends : sum.spare, price, atMsOf(trade), trade.sequence ?? NaN) || changed
      sum.otc ||= trade.exchange === OTC
    }
    return changed
  }

  const bar = (sum: Sum, { symbol, startMs, endMs, revision }: Window): Bar<Ev> | undefined => {
    const { first: open, last: close, count } = sum.ends.count > 0 ? sum.ends : sum.spare
    if (count === 0) return undefined
    const made: Draft<Bar<Ev>> = {
      ev,
      symbol,
      open,
      high: Math.max(sum.high, open, close),
      low: Math.min(sum.low, open, close),
      close,
      volume: sum.volume,
      trades: sum.trades,
      startMs,
      endMs,
      otc: sum.otc,
      revision,
    }
    // Rounding may put it a hair outside of a range of one price.
    if (sum.priced > 0) made.vwap = Math.min(made.high, Math.max(made.low, sum.notional / sum.priced))
    if (sum.trades > 0) made.averageSize = Math.floor(sum.volume / sum.trades)

    return made
  }

  return barWindows<Trade, Sum, Bar<Ev>>(
    {
      operator: 'toBars',
      atMs: atMsOf,
      symbol: (trade) => trade.symbol,
      empty: () => ({
        ends: noEnds(),
        spare: noEnds(),
        high: -Infinity,
        low: Infinity,
        volume: 0,
        trades: 0,
        notional: 0,
        priced: 0,
        otc: false,
      }),
      clear: (sum) => {
        sum.ends.count = 0
        sum.spare.count = 0
        sum.high = -Infinity
        sum.low = Infinity
        sum.volume = 0
        sum.trades = 0
        sum.notional = 0
        sum.priced = 0
        sum.otc = false
      },
      add,
      bar,
    },
    options,
  )
}
