import { asyncScheduler, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs'
import { marketDay, sessionAt as usSessionAt, type MarketSession } from '../calendar.ts'
import { checkCount } from '../flow/bounds.ts'
import { operate } from '../flow/operate.ts'
import { timerMsMax } from '../flow/retryBackoff.ts'
import type { Bar } from './bar.ts'
import { fillerOf, type Filler } from './filler.ts'
import { fixedLateness, type LatenessModel } from './lateness.ts'

const SESSIONS: readonly MarketSession[] = ['pre', 'regular', 'after', 'closed']

/** A window of time of which every bar is there, as far as can be told. */
export interface WindowComplete<Ev extends string = 'complete'> {
  readonly ev: Ev
  /** All of them. */
  readonly symbol: '*'
  readonly startMs: number
  readonly endMs: number
  /** When it was taken for complete, Unix milliseconds: of the scheduler's clock, or the end of the newest bar. */
  readonly atMs: number
  /** How many symbols had a bar, and for how many one was made up. */
  readonly bars: number
  readonly fillers: number
}

export interface WatermarkOptions<Ev extends string = 'complete'> {
  /** How long a window is, milliseconds; a minute by default. */
  readonly widthMs?: number
  /** How long after its end a window is waited for: milliseconds, or a model that learns them. 2,000 by default. */
  readonly lateness?: number | LatenessModel
  /**
   * What tells that the wait is over: the scheduler's `clock`, the default, for live feeds; or `bars`, the ends of newer ones, for
   * recordings, whose time is not the clock's.
   */
  readonly by?: 'clock' | 'bars'
  /** The event type of the marks; `complete` by default. */
  readonly ev?: Ev
  readonly sessionAt?: (atMs: number) => MarketSession
  /** Windows that may wait at once, and empty ones that are caught up with at once; 64 by default. */
  readonly windowsMax?: number
  /** The most symbols of which the last bar is remembered, for fillers; 20,000 by default. */
  readonly symbolsMax?: number
  readonly scheduler?: SchedulerLike
}

export interface FillingWatermarkOptions<Ev extends string = 'complete'> extends WatermarkOptions<Ev> {
  /** Whose gaps are filled: of all symbols that had a bar that day, or of these among them. */
  readonly fill: 'seen' | readonly string[]
  /** In which sessions; `['regular']` by default. */
  readonly fillIn?: readonly MarketSession[]
}

/**
 * Says when a window is complete: passes the bars, and gives a mark behind them when no more are to be expected.
 *
 *     source                                     -----------ab--------c-----|     a, b are bars of the first 10 ms, c of the next 10
 *     watermark({ widthMs: 10, lateness: 5 })    -----------ab--M-----c---N-|     M = the first 10 are complete, with 2 bars, N = the next, with 1
 *
 * The vendor sends no end marker, and no bar for a minute without a trade. So a window is complete when the `lateness` after its end is over.
 * Marks come in the order of the windows, each once; from the first bar on an empty window has one too while the market is open. A
 * bar that comes later passes like any other: it is a revision, or was later than the model thought. A silent market and a lost
 * link look alike from here; the second is a gap, and `gap$` has it.
 *
 * With `fill` a filler comes before the mark for every symbol that had a bar on that day and has none in this window: its prices are the last
 * close, its volume is 0, and `filler` is true. A bar that comes later for the same window counts, whatever its revision.
 *
 * The bars are passed as they are, at once. At the end of the source what waits is complete; at its error it is not. Errors
 * with what a model or `sessionAt` throws. Unsubscribing drops what waits, and the timer. Holds the symbols of at most `windowsMax` windows and, to fill,
 * one bar for each of `symbolsMax` symbols. Wrong options are a RangeError when the operator is built.
 */
export function watermark<B extends Bar, const Ev extends string = 'complete'>(
  options: FillingWatermarkOptions<Ev>,
): OperatorFunction<B, B | Filler<B> | WindowComplete<NoInfer<Ev>>>
export function watermark<B extends Bar, const Ev extends string = 'complete'>(
  options?: WatermarkOptions<Ev> & { readonly fill?: never },
): OperatorFunction<B, B | WindowComplete<NoInfer<Ev>>>
export function watermark<B extends Bar, const Ev extends string = 'complete'>(
  options: WatermarkOptions<Ev> & Partial<FillingWatermarkOptions<Ev>> = {},
): OperatorFunction<B, B | Filler<B> | WindowComplete<Ev>> {
  const { widthMs = 60_000, lateness = 2_000, by = 'clock', sessionAt = usSessionAt } = options
  const { windowsMax = 64, symbolsMax = 20_000, scheduler = asyncScheduler } = options
  const { fill, fillIn = ['regular'] } = options
  // The default is what the type says when nothing is given.
  const ev = options.ev ?? ('complete' as Ev)
  const model = typeof lateness === 'number' ? fixedLateness(lateness) : lateness
  const listed = typeof fill === 'object' ? new Set(fill) : undefined
  checkCount('watermark: widthMs', widthMs)
  checkCount('watermark: windowsMax', windowsMax)
  checkCount('watermark: symbolsMax', symbolsMax)
  if (!['clock', 'bars'].includes(by)) {
    throw new RangeError(`watermark: by must be 'clock' or 'bars', but is ${JSON.stringify(by)}`)
  }

  if (listed?.size === 0) throw new RangeError(`watermark: fill names no symbol; 'seen' fills all that had a bar`)
  for (const session of fillIn) {
    if (!SESSIONS.includes(session)) {
      const known = SESSIONS.join(', ')
      throw new RangeError(`watermark: fillIn has no session ${JSON.stringify(session)}; there are ${known}`)
    }
  }

  return operate<B, B | Filler<B> | WindowComplete<Ev>>((subscriber, attempt) => {
    /** The bars of the windows that wait, by start and symbol. */
    const waiting = new Map<number, Map<string, B>>()
    /** The last bar of each symbol in the windows that are complete. */
    const last = new Map<string, B>()
    /** The next window to be complete; undefined while none is expected. */
    let nextMs: number | undefined
    /** All before it is complete. */
    let doneMs = -Infinity
    let newestMs = -Infinity
    let clock: Subscription | undefined

    const nowMs = (): number => (by === 'bars' ? newestMs : scheduler.now())

    const remember = (bar: B): void => {
      if (fill === undefined || (listed !== undefined && !listed.has(bar.symbol))) return
      const before = last.get(bar.symbol)
      if (before !== undefined && before.startMs > bar.startMs) return
      if (before === undefined && last.size >= symbolsMax) last.delete(last.keys().next().value as string)
      last.set(bar.symbol, bar)
    }

    const fillUp = (startMs: number, bars: Map<string, B> | undefined): number => {
      if (fill === undefined || !fillIn.includes(sessionAt(startMs))) return 0
      const dayMs = marketDay(startMs).startMs
      let fillers = 0
      for (const bar of last.values()) {
        if (bar.startMs >= startMs || bar.startMs < dayMs || bars?.has(bar.symbol) === true) continue
        fillers += 1
        subscriber.next(fillerOf(bar, startMs, startMs + widthMs))
      }
      return fillers
    }

    const complete = (startMs: number, atMs: number): void => {
      const bars = waiting.get(startMs)
      waiting.delete(startMs)
      doneMs = startMs + widthMs
      nextMs = following(doneMs, atMs)
      if (bars === undefined && sessionAt(startMs) === 'closed') return
      for (const bar of bars?.values() ?? []) remember(bar)
      const fillers = fillUp(startMs, bars)
      subscriber.next({ ev, symbol: '*', startMs, endMs: startMs + widthMs, atMs, bars: bars?.size ?? 0, fillers })
    }

    /** The window after those that are complete: nothing is expected of a closed market, nor of a time long past. */
    const following = (fromMs: number, atMs: number): number | undefined => {
      if (waiting.has(fromMs)) return fromMs
      const firstMs = Math.min(...waiting.keys())
      const reachMs = Math.floor(atMs / widthMs - windowsMax) * widthMs
      const startMs = Math.max(fromMs, reachMs)
      if (firstMs <= startMs) return firstMs
      if (sessionAt(startMs) !== 'closed') return startMs
      return firstMs === Infinity ? undefined : firstMs
    }

    const completeUpTo = (atMs: number): void => {
      while (nextMs !== undefined && nextMs + widthMs + model.boundMs() <= atMs) complete(nextMs, atMs)
    }

    const look = (): void => {
      clock = undefined
      attempt(() => {
        completeUpTo(scheduler.now())
        wait()
      })
    }

    const wait = (): void => {
      if (by === 'bars' || nextMs === undefined || subscriber.closed) return
      clock?.unsubscribe()
      // At least a turn: what came in one piece is one piece.
      const ms = Math.max(1, nextMs + widthMs + model.boundMs() - scheduler.now())
      clock = scheduler.schedule(look, Math.min(ms, timerMsMax))
    }

    /** Takes the window that has waited longest for complete, whatever the time. */
    const completeFirst = (atMs: number): void => {
      complete(Math.min(...waiting.keys()), atMs)
    }

    const track = (bar: B): void => {
      const startMs = Math.floor(bar.startMs / widthMs) * widthMs
      if (startMs < doneMs) {
        remember(bar)
        return
      }
      let bars = waiting.get(startMs)
      if (bars === undefined) waiting.set(startMs, (bars = new Map<string, B>()))
      bars.set(bar.symbol, bar)
      const isFirst = nextMs === undefined || startMs < nextMs
      if (isFirst) nextMs = startMs
      while (waiting.size > windowsMax) completeFirst(nowMs())
      if (isFirst || clock === undefined) wait()
    }

    return {
      next: (bar) => {
        subscriber.next(bar)
        if (by === 'clock' && bar.revision === 0 && bar.late !== true && bar.backfilled !== true) {
          model.observe(scheduler.now() - bar.endMs)
        }
        if (by === 'bars' && bar.endMs > newestMs) newestMs = bar.endMs
        track(bar)
        if (by === 'bars') completeUpTo(newestMs)
      },
      completed: () => {
        while (waiting.size > 0) completeFirst(nowMs())
        subscriber.complete()
      },
      released: () => clock?.unsubscribe(),
    }
  })
}
