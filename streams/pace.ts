import { asyncScheduler, interval, Observable, of, type OperatorFunction } from 'rxjs'

import { type MarketSession, sessionAt as usSessionAt } from '../operators/calendar.ts'
import type { StreamPace } from './model.ts'

/** When a frequency is expected to speak: in regular hours, from pre-market to after-hours, or at any time. */
export type Speaks = 'regular' | 'extended' | 'always'

export interface PaceOptions {
  /** Without an event for this long it is quiet. */
  readonly quietMs: number
  /** Without one for this long, while there should be some, it is stale. Not below `quietMs`; `Infinity` for never. */
  readonly staleMs: number
  /** `always` */
  readonly speaks?: Speaks
  /** Whether events can come at all; silence while they cannot is nobody's fault. By default they can. */
  readonly listening$?: Observable<boolean>
  /** The calendar of the US market; one that throws has no answer, and closes nothing. */
  readonly sessionAt?: (atMs: number) => MarketSession
}

/**
 * How a frequency speaks: `active` while events come, `quiet` when none has for `quietMs`, and `stale` when none has for
 * `staleMs` although the market is open; `closedMarket` instead of both when none is to be expected.
 *
 *     session      o------------------c-------o------------------      o = open, c = closed
 *     source       -a---------------a------------------------a-|
 *     paceOf       A----q-------S---A---M-----q-----------S--A-|      quietMs 4, staleMs 12; M = closedMarket
 *
 * For `stale` silence counts from the latest of the last event, the opening of the market, and the moment from which events
 * could come (`listening$`): so neither an opening bell nor a reconnect nor a start finds it stale. An event in a closed market
 * makes it active like any other.
 *
 * On wires that carry frames the cost is a time stamp per batch; a tick, four per `quietMs`, looks at clock and calendar, so
 * that silence and openings are seen up to a quarter of `quietMs` late, and of one moment the event counts before the tick.
 * Completes and fails with the source; unsubscribing stops the tick. Outside the years the calendar knows the market counts
 * as open.
 */
export const paceOf =
  ({
    quietMs,
    staleMs,
    speaks = 'always',
    listening$ = of(true),
    sessionAt = usSessionAt,
  }: PaceOptions): OperatorFunction<unknown, StreamPace> =>
  (source$) =>
    new Observable<StreamPace>((subscriber) => {
      let lastMs = asyncScheduler.now()
      let tickedMs = lastMs
      // Silence before this does not make it stale.
      let fromMs = lastMs
      let isOpen = true
      let isListening = false
      let pace: StreamPace = 'active'

      const say = (next: StreamPace): void => {
        if (next === pace) return
        pace = next
        subscriber.next(next)
      }
      const verdict = (nowMs: number): StreamPace => {
        if (nowMs - lastMs < quietMs) return 'active'
        if (!isOpen) return 'closedMarket'
        return isListening && nowMs - Math.max(lastMs, fromMs) >= staleMs ? 'stale' : 'quiet'
      }
      const look = (): void => {
        const nowMs = asyncScheduler.now()
        const wasOpen = isOpen
        isOpen = isExpected(speaks, nowMs, sessionAt)
        // The machine slept, or somebody set its clock: how long it was silent is not known.
        const isAstray = nowMs < tickedMs || nowMs - tickedMs > quietMs
        if (isAstray || (isOpen && !wasOpen)) fromMs = nowMs
        lastMs = Math.min(lastMs, nowMs)
        tickedMs = nowMs
        say(verdict(nowMs))
      }

      subscriber.next(pace)
      subscriber.add(
        listening$.subscribe({
          next: (next) => {
            if (next && !isListening) fromMs = asyncScheduler.now()
            isListening = next
            // What is being mended is not accused any more, and what has been mended not yet.
            if (!next && pace === 'stale') say('quiet')
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
        }),
      )
      subscriber.add(interval(quietMs / 4).subscribe(look))
      subscriber.add(
        source$.subscribe({
          next: () => {
            lastMs = asyncScheduler.now()
            say('active')
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            subscriber.complete()
          },
        }),
      )
    })

/** Whether who speaks like that is expected to speak at this time. */
export const isExpected = (speaks: Speaks, atMs: number, sessionAt: (atMs: number) => MarketSession): boolean => {
  try {
    return speaks === 'always' || expected[speaks](sessionAt(atMs))
  } catch {
    // Another century, or a runtime without time zones: no reason to excuse silence, and none to end the frequency.
    return true
  }
}

const expected = {
  regular: (session: MarketSession): boolean => session === 'regular',
  extended: (session: MarketSession): boolean => session !== 'closed',
}
