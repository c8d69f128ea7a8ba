import type { OperatorFunction } from 'rxjs'
import type { Bar } from './bar.ts'
import { barWindows, type BarWindowsOptions, type Window } from './barWindows.ts'
import type { Draft } from './draft.ts'
import { EventRefused } from './eventRefused.ts'

export interface RebarOptions<Ev extends string = 'bar'> extends Omit<BarWindowsOptions<Bar>, 'widthMs'> {
  /** How long the wider bars are, milliseconds: a multiple of the narrower ones; a minute by default. */
  readonly widthMs?: number
  /** The event type of the wider bars, and so their lane; `bar` by default. */
  readonly ev?: Ev
}

/** The bars of one window by their start. */
type Parts = Map<number, Bar>

const OPERATOR = 'rebar'

/** The sum of a field that all of them have; undefined where one lacks it. */
const summed = (parts: Parts, of: (bar: Bar) => number | undefined): number | undefined => {
  let sum = 0
  for (const part of parts.values()) {
    const value = of(part)
    if (value === undefined) return undefined
    sum += value
  }
  return sum
}

/**
 * Makes wider bars out of narrower ones: minutes of seconds, five minutes of minutes. A bar that is sent again makes its wider bar anew.
 *
 *     source       -ab---c--r--d-|        a, b and r are seconds of 10:00, r is b again; c is of 10:01, d of 10:02
 *     rebar()      ------A--R--C-(D|)     A = a, b    R = a, r, revision 1    C = c    D = d
 *
 * - A window ends with the first bar of any symbol whose start is `graceMs` past its end; nothing but bars moves time, unless
 *   `quietMs` is given. The vendor holds second bars back for two seconds, so a minute of them comes two seconds late.
 * - A bar replaces the one of its symbol and start, unless its `revision` is lower. Only the newest `windowsMax` windows of a symbol can be
 *   revised: `tooLate` is called with a bar for an older one.
 * - Open and close are those of the first and the last bar by time. `vwap`, `trades` and `averageSize` are there when every part can tell
 *   them; the figures of the day are those of the last part. Exact volumes are not summed.
 *
 * Errors with `EventRefused` at a bar that does not lie in one window, which is a width that is no multiple, and with what `tooLate`
 * throws. Bars are new plain objects, `ev: 'bar'` by default. Before the source's completion, and before its error, the windows that are
 * still open are given as far as they got. Unsubscribing drops them, and the timer. Holds the narrower bars of at most `windowsMax` windows for each
 * of `symbolsMax` symbols. Wrong bounds are a RangeError when the operator is built.
 */
export const rebar = <const Ev extends string = 'bar'>(
  options: RebarOptions<Ev> = {},
): OperatorFunction<Bar, Bar<NoInfer<Ev>>> => {
  const { widthMs = 60_000 } = options
  // The default is what the type says when nothing is given.
  const ev = options.ev ?? ('bar' as Ev)

  const add = (parts: Parts, part: Bar): boolean => {
    const { symbol, startMs, endMs } = part
    if (endMs > Math.floor(startMs / widthMs) * widthMs + widthMs) {
      const expected = `within one window of ${widthMs} ms, as the start is (${startMs})`
      throw new EventRefused({ handler: OPERATOR, symbol, field: 'endMs', expected, received: endMs })
    }
    const before = parts.get(startMs)
    if (before !== undefined && part.late !== true && part.revision < before.revision) return false
    parts.set(startMs, part)
    return true
  }

  const bar = (parts: Parts, { symbol, startMs, endMs, revision }: Window): Bar<Ev> | undefined => {
    const [some] = parts.values()
    if (some === undefined) return undefined
    let first = some
    let last = some
    let { high, low } = some
    let isLate = false
    let isBackfilled = false
    let isOtc = false
    for (const part of parts.values()) {
      if (part.startMs < first.startMs) first = part
      if (part.startMs > last.startMs) last = part
      high = Math.max(high, part.high)
      low = Math.min(low, part.low)
      isLate ||= part.late === true
      isBackfilled ||= part.backfilled === true
      isOtc ||= part.otc
    }
    const volume = summed(parts, (part) => part.volume) ?? 0
    const notional = summed(parts, (part) => (part.volume === 0 ? 0 : part.vwap && part.vwap * part.volume))
    const trades = summed(parts, (part) => part.trades)
    const made: Draft<Bar<Ev>> = {
      ev,
      symbol,
      open: first.open,
      high,
      low,
      close: last.close,
      volume,
      startMs,
      endMs,
      otc: isOtc,
      revision,
    }
    if (notional !== undefined && volume > 0) made.vwap = notional / volume
    if (trades !== undefined) made.trades = trades
    if (trades !== undefined && trades > 0) made.averageSize = Math.floor(volume / trades)
    if (last.dayOpen !== undefined) made.dayOpen = last.dayOpen
    if (last.dayVolume !== undefined) made.dayVolume = last.dayVolume
    if (last.dayVwap !== undefined) made.dayVwap = last.dayVwap
    if (isLate) made.late = true
    if (isBackfilled) made.backfilled = true

    return made
  }

  return barWindows<Bar, Parts, Bar<Ev>>(
    {
      operator: OPERATOR,
      atMs: (part) => part.startMs,
      symbol: (part) => part.symbol,
      empty: () => new Map(),
      clear: (parts) => {
        parts.clear()
      },
      add,
      bar,
    },
    { ...options, widthMs },
  )
}
