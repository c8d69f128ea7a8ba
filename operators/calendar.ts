import { tzOffset } from '@date-fns/tz/tzOffset'
import { specialDays, type SpecialDay } from './specialDays.ts'

export type { SpecialDay } from './specialDays.ts'

export type MarketSession = 'pre' | 'regular' | 'after' | 'closed'

interface DayInNewYork {
  /** New York's date, `YYYY-MM-DD`. */
  readonly date: string
  /** Midnight to midnight in New York, half open, Unix milliseconds: 23, 24 or 25 hours. */
  readonly startMs: number
  readonly endMs: number
}

/** A day with trading. Each session is half open: it begins at its own time and ends at the next one's. */
export interface TradingDay extends DayInNewYork {
  readonly kind: 'full' | 'earlyClose'
  /** Why the market closes early; absent on a full day. */
  readonly holiday?: string
  readonly preOpenMs: number
  readonly openMs: number
  readonly closeMs: number
  readonly afterCloseMs: number
}

/** A day without; the times are null rather than absent so that `day.openMs` can be asked of any day. */
export interface ClosedDay extends DayInNewYork {
  readonly kind: 'holiday' | 'weekend'
  /** Which holiday; absent on weekends. */
  readonly holiday?: string
  readonly preOpenMs: null
  readonly openMs: null
  readonly closeMs: null
  readonly afterCloseMs: null
}

export type MarketDay = TradingDay | ClosedDay

export interface SessionChange {
  /** Unix milliseconds. */
  readonly atMs: number
  /** The session that begins then. */
  readonly session: MarketSession
}

export interface MarketCalendar {
  readonly sessionAt: (atMs: number) => MarketSession
  readonly marketDay: (atMs: number) => MarketDay
  readonly nextSessionChange: (atMs: number) => SessionChange
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const FIRST_YEAR = 2000
const LAST_YEAR = 2099
// Both are midnights of a New York winter, 05:00 UTC.
const FIRST_MS = Date.UTC(FIRST_YEAR, 0, 1, 5)
const END_MS = Date.UTC(LAST_YEAR + 1, 0, 1, 5)

const newYorkOffsetMs = (atMs: number): number => {
  const minutes = tzOffset('America/New_York', new Date(atMs))
  // A Node.js built without Intl: NaN would quietly make every hour a closed one.
  if (Number.isNaN(minutes))
    throw new Error('This runtime knows no time zones; the market calendar needs a Node.js with Intl')

  return minutes * MINUTE_MS
}

const isDate = (text: string): boolean => {
  const dayMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN

  return !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(text)
}

const withinYears = (atMs: number): number => {
  if (Number.isFinite(atMs) && atMs >= FIRST_MS && atMs < END_MS) return atMs
  const years = `${FIRST_YEAR} to ${LAST_YEAR}`
  throw new RangeError(`The market calendar takes Unix milliseconds of the years ${years} in New York, got ${atMs}`)
}

/**
 * A calendar of the US stock market (New York Stock Exchange, Nasdaq) with days of your own: a closure announced after this
 * package was released, or a rule that did not hold. A day listed here outranks the built-in one of the same date; weekends
 * stay weekends. Most need no calendar of their own and use `sessionAt`, `marketDay` and `nextSessionChange` below.
 *
 *     New York     00:00    04:00  09:30     13:00    16:00 17:00   20:00
 *     full         | closed | pre  | regular          | after       | closed
 *     earlyClose   | closed | pre  | regular | after        | closed
 *     otherwise    | closed
 *
 * Pure functions of Unix milliseconds, no clock. The zone is asked twice for each New York day ever looked at; from then on
 * an instant of the day last asked for costs some comparisons, of another day a lookup more. It holds one small object per day
 * looked at, some 36,500 at most.
 *
 * Supported are the years 2000 to 2099 in New York. Up to 2028 the days are published ones, after that the rules carried on
 * as they stand. Outside, and for NaN and infinities, all three throw RangeError: a time in 1970 is nearly always seconds,
 * one far in the future nanoseconds. `nextSessionChange` throws it too when the change would lie beyond 2099.
 *
 * Not covered: late openings (moments of silence; noon on 2002-09-11), halts, and closes brought about during the day. The hours
 * of the sessions are today's also for years in which the pre-market opened later. Overnight venues (20:00 to 04:00) count as
 * closed, as the vendor has no data then.
 *
 * Why these packages (looked at in November 2026): no npm package found with the exchange's holidays and early closes is well
 * kept. nyse-holidays 1.2.0 has rules but neither early closes nor single closures, and answers in the host's zone; marcal
 * 0.6.3 is by its documentation a table of a few years, and wants ts-node at run time; date-holidays 3.37.0 is alive but knows
 * public holidays, not the exchange's, and brings lodash and a YAML parser. So the days are the short rules in specialDays.ts. For
 * the zone: @date-fns/tz 1.5.0 (alive, typed, no dependencies, ESM and CommonJS, offline: the rules are those of the
 * runtime's Intl), of which only `tzOffset` is loaded.
 *
 * Source: hours, the vendor's (04:00 to 20:00 Eastern); 13:00 and 17:00, the notes under NYSE Group's holiday calendar.
 *
 * @throws RangeError for a day that is no date, or listed twice.
 */
export const marketCalendar = ({ days: own = [] }: { readonly days?: readonly SpecialDay[] } = {}): MarketCalendar => {
  const ownDays = new Map(own.map((day) => [day.date, day]))
  for (const { date } of own)
    if (!isDate(date))
      throw new RangeError(`marketCalendar: ${JSON.stringify(date)} is not a date of the form YYYY-MM-DD`)
  if (ownDays.size < own.length) throw new RangeError('marketCalendar: a date is listed twice')

  const known = new Map<number, MarketDay>()
  const years = new Map<number, ReadonlyMap<string, SpecialDay>>()

  const specialDay = (date: string, year: number): SpecialDay | undefined => {
    let days = years.get(year)
    if (days === undefined) years.set(year, (days = specialDays(year)))

    return ownDays.get(date) ?? days.get(date)
  }

  /** `index` counts dates from 1970-01-01. */
  const build = (index: number): MarketDay => {
    const utcMs = index * DAY_MS
    const utc = new Date(utcMs)
    const date = utc.toISOString().slice(0, 10)
    // The clocks change at 02:00 in New York, 06:00 or 07:00 UTC: midnight lies before it, all sessions after it.
    const startMs = utcMs - newYorkOffsetMs(utcMs + 5 * HOUR_MS)
    const offsetMs = newYorkOffsetMs(utcMs + 12 * HOUR_MS)
    const endMs = utcMs + DAY_MS - offsetMs
    const at = (hours: number): number => utcMs - offsetMs + hours * HOUR_MS
    const closed = { preOpenMs: null, openMs: null, closeMs: null, afterCloseMs: null }

    if (utc.getUTCDay() === 0 || utc.getUTCDay() === 6) return { date, kind: 'weekend', startMs, endMs, ...closed }
    const special = specialDay(date, utc.getUTCFullYear())
    if (special?.kind === 'holiday') return { date, kind: 'holiday', holiday: special.name, startMs, endMs, ...closed }

    const hours = { preOpenMs: at(4), openMs: at(9.5) }
    if (special?.kind === 'earlyClose') {
      return {
        date,
        kind: 'earlyClose',
        holiday: special.name,
        startMs,
        endMs,
        ...hours,
        closeMs: at(13),
        afterCloseMs: at(17),
      }
    }
    return { date, kind: 'full', startMs, endMs, ...hours, closeMs: at(16), afterCloseMs: at(20) }
  }

  const dayOf = (index: number): MarketDay => {
    let day = known.get(index)
    if (day === undefined) known.set(index, (day = Object.freeze(build(index))))

    return day
  }

  let last: MarketDay | undefined
  const marketDay = (atMs: number): MarketDay => {
    if (last !== undefined && atMs >= last.startMs && atMs < last.endMs) return last
    // New York's midnight is 04:00 or 05:00 UTC; between the two it may still be the day before.
    const index = Math.floor((withinYears(atMs) - 4 * HOUR_MS) / DAY_MS)
    const day = dayOf(index)
    last = atMs >= day.startMs ? day : dayOf(index - 1)

    return last
  }

  const sessionAt = (atMs: number): MarketSession => {
    const day = marketDay(atMs)
    if (day.openMs === null || atMs < day.preOpenMs || atMs >= day.afterCloseMs) return 'closed'
    if (atMs < day.openMs) return 'pre'

    return atMs < day.closeMs ? 'regular' : 'after'
  }

  const nextSessionChange = (atMs: number): SessionChange => {
    let day = marketDay(atMs)
    while (day.openMs === null || atMs >= day.afterCloseMs) day = marketDay(day.endMs)

    if (atMs < day.preOpenMs) return { atMs: day.preOpenMs, session: 'pre' }
    if (atMs < day.openMs) return { atMs: day.openMs, session: 'regular' }
    if (atMs < day.closeMs) return { atMs: day.closeMs, session: 'after' }
    return { atMs: day.afterCloseMs, session: 'closed' }
  }

  return { sessionAt, marketDay, nextSessionChange }
}

const usMarket = marketCalendar()

/**
 * The session of the US stock market at an instant (Unix milliseconds): `sessionAt(bar.startMs)`. A session begins with its
 * first millisecond: 09:30:00.000 is `regular`, 16:00:00.000 `after`. A bar is judged by its start: the one from 15:59 to
 * 16:00 is regular.
 *
 * @throws RangeError for NaN, infinities and times outside the years 2000 to 2099 in New York.
 */
export const sessionAt: (atMs: number) => MarketSession = usMarket.sessionAt

/**
 * New York's day around an instant, and when trading begins and ends on it. The times are null on days without trading:
 * `kind` or `openMs !== null` tells. The object is frozen and the same for all instants of the day.
 *
 * @throws RangeError like `sessionAt`.
 */
export const marketDay: (atMs: number) => MarketDay = usMarket.marketDay

/**
 * The next change of session strictly after an instant: when, and what begins. From Friday 20:00 that is Monday 04:00.
 *
 * @throws RangeError like `sessionAt`, and when the change lies beyond 2099.
 */
export const nextSessionChange: (atMs: number) => SessionChange = usMarket.nextSessionChange
