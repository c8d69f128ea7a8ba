/** A weekday on which the market does not keep its usual hours. */
export interface SpecialDay {
  /** New York's date, `YYYY-MM-DD`. */
  readonly date: string
  /** `full` is for hosts that undo a rule which did not hold that year. */
  readonly kind: 'holiday' | 'earlyClose' | 'full'
  /** What for, as the exchange calls it. */
  readonly name: string
}

/** Closures and early closes that no rule foresees; the rules below know the others. */
const ONCE: readonly SpecialDay[] = [
  { date: '2001-09-11', kind: 'holiday', name: 'September 11 attacks' },
  { date: '2001-09-12', kind: 'holiday', name: 'September 11 attacks' },
  { date: '2001-09-13', kind: 'holiday', name: 'September 11 attacks' },
  { date: '2001-09-14', kind: 'holiday', name: 'September 11 attacks' },
  { date: '2003-12-26', kind: 'earlyClose', name: 'Day after Christmas' },
  { date: '2004-06-11', kind: 'holiday', name: 'Day of mourning for President Reagan' },
  { date: '2007-01-02', kind: 'holiday', name: 'Day of mourning for President Ford' },
  { date: '2012-10-29', kind: 'holiday', name: 'Hurricane Sandy' },
  { date: '2012-10-30', kind: 'holiday', name: 'Hurricane Sandy' },
  { date: '2018-12-05', kind: 'holiday', name: 'Day of mourning for President George H. W. Bush' },
  { date: '2025-01-09', kind: 'holiday', name: 'Day of mourning for President Carter' },
]

const SUNDAY = 0
const MONDAY = 1
const THURSDAY = 4
const SATURDAY = 6

const DAY_MS = 86_400_000
const isoDate = (dayMs: number): string => new Date(dayMs).toISOString().slice(0, 10)
const weekday = (dayMs: number): number => new Date(dayMs).getUTCDay()

/** The `n`th such weekday of a month; a day is the UTC midnight of its date, so no zone and no daylight saving enters. */
const nth = (n: number, wanted: number, year: number, month: number): number => {
  const firstMs = Date.UTC(year, month - 1, 1)
  return firstMs + (((wanted - weekday(firstMs) + 7) % 7) + (n - 1) * 7) * DAY_MS
}

/** Saturday goes to Friday, Sunday to Monday. */
const nearestWorkday = (dayMs: number): number => {
  if (weekday(dayMs) === SATURDAY) return dayMs - DAY_MS
  return weekday(dayMs) === SUNDAY ? dayMs + DAY_MS : dayMs
}

/** The Gregorian computus ("anonymous" form, Meeus, Astronomical Algorithms, chapter 8). */
const easterSunday = (year: number): number => {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const g = Math.floor((8 * b + 13) / 25)
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const dayOfMarch = h + l - 7 * m + 22

  return Date.UTC(year, 2, dayOfMarch)
}

/**
 * The special days of one year at the New York Stock Exchange and Nasdaq (they keep the same), by date.
 *
 * - A holiday on a Saturday is kept on the Friday before, on a Sunday on the Monday after. New Year's Day is the exception:
 *   the Friday before would be the end of the accounting year, so on a Saturday it is not kept at all (NYSE Rule 7.2).
 * - Juneteenth is kept from 2022.
 * - The market closes early on the day after Thanksgiving, on 24 December and on 3 July. When Independence Day was a
 *   Thursday, the early close was on Friday the 5th until 2012 and has been on Wednesday the 3rd since.
 * - Where two rules meet on one date the holiday stands (24 December 2027); weekends are the caller's business.
 *
 * Source: the holiday calendars NYSE Group publishes (the one of December 2025 reaches to 2028; later years are these
 * rules carried on); single closures from its notices. Test: test/calendar.test.ts, every date of 2000 to 2028.
 */
export const specialDays = (year: number): ReadonlyMap<string, SpecialDay> => {
  const days = new Map<string, SpecialDay>()
  const set = (dayMs: number, kind: SpecialDay['kind'], name: string): void => {
    const date = isoDate(dayMs)
    days.set(date, { date, kind, name })
  }
  const newYear = Date.UTC(year, 0, 1)
  const thanksgiving = nth(4, THURSDAY, year, 11)
  const july3 = Date.UTC(year, 6, 3)
  const july4IsThursday = weekday(july3 + DAY_MS) === THURSDAY

  // Early closes first, so that a holiday kept on the same date wins.
  set(july4IsThursday && year < 2013 ? Date.UTC(year, 6, 5) : july3, 'earlyClose', 'Independence Day')
  set(thanksgiving + DAY_MS, 'earlyClose', 'Day after Thanksgiving')
  set(Date.UTC(year, 11, 24), 'earlyClose', 'Christmas Eve')

  if (weekday(newYear) !== SATURDAY) set(nearestWorkday(newYear), 'holiday', "New Year's Day")
  set(nth(3, MONDAY, year, 1), 'holiday', 'Martin Luther King, Jr. Day')
  set(nth(3, MONDAY, year, 2), 'holiday', "Washington's Birthday")
  set(easterSunday(year) - 2 * DAY_MS, 'holiday', 'Good Friday')
  set(nth(1, MONDAY, year, 6) - 7 * DAY_MS, 'holiday', 'Memorial Day')
  if (year >= 2022) set(nearestWorkday(Date.UTC(year, 5, 19)), 'holiday', 'Juneteenth National Independence Day')
  set(nearestWorkday(july3 + DAY_MS), 'holiday', 'Independence Day')
  set(nth(1, MONDAY, year, 9), 'holiday', 'Labor Day')
  set(thanksgiving, 'holiday', 'Thanksgiving Day')
  set(nearestWorkday(Date.UTC(year, 11, 25)), 'holiday', 'Christmas Day')

  for (const day of ONCE) if (day.date.startsWith(`${year}-`)) days.set(day.date, day)

  return days
}
