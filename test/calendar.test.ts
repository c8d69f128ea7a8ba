import { fc, test } from '@fast-check/jest'
import { marketCalendar, marketDay, nextSessionChange, sessionAt, type MarketSession } from '../operators/calendar.ts'

// Goal: sessions, holidays and early closes are those of the real exchange, for every day and every millisecond of a day.
// Method: published dates of 31 years against every weekday; New York wall clock times with their offset written out;
// properties against an independent reading of the zone through Intl.

// Each year's closed weekdays, then its early closes. 2000 to 2023: the market hours kept by QuantConnect's LEAN (from the
// exchange's pages), completed from the exchange's notices; 2024 to 2028: NYSE Group's published calendars;
// 2029 and 2030: worked out by hand from the rules, not published yet.
const published: readonly (readonly [year: number, closed: string, early: string])[] = [
  [2000, '01-17 02-21 04-21 05-29 07-04 09-04 11-23 12-25', '07-03 11-24'],
  [2001, '01-01 01-15 02-19 04-13 05-28 07-04 09-03 09-11 09-12 09-13 09-14 11-22 12-25', '07-03 11-23 12-24'],
  [2002, '01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25', '07-05 11-29 12-24'],
  [2003, '01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25', '07-03 11-28 12-24 12-26'],
  [2004, '01-01 01-19 02-16 04-09 05-31 06-11 07-05 09-06 11-25 12-24', '11-26'],
  [2005, '01-17 02-21 03-25 05-30 07-04 09-05 11-24 12-26', '11-25'],
  [2006, '01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25', '07-03 11-24'],
  [2007, '01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25', '07-03 11-23 12-24'],
  [2008, '01-01 01-21 02-18 03-21 05-26 07-04 09-01 11-27 12-25', '07-03 11-28 12-24'],
  [2009, '01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25', '11-27 12-24'],
  [2010, '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24', '11-26'],
  [2011, '01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26', '11-25'],
  [2012, '01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25', '07-03 11-23 12-24'],
  [2013, '01-01 01-21 02-18 03-29 05-27 07-04 09-02 11-28 12-25', '07-03 11-29 12-24'],
  [2014, '01-01 01-20 02-17 04-18 05-26 07-04 09-01 11-27 12-25', '07-03 11-28 12-24'],
  [2015, '01-01 01-19 02-16 04-03 05-25 07-03 09-07 11-26 12-25', '11-27 12-24'],
  [2016, '01-01 01-18 02-15 03-25 05-30 07-04 09-05 11-24 12-26', '11-25'],
  [2017, '01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25', '07-03 11-24'],
  [2018, '01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25', '07-03 11-23 12-24'],
  [2019, '01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25', '07-03 11-29 12-24'],
  [2020, '01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25', '11-27 12-24'],
  [2021, '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24', '11-26'],
  [2022, '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26', '11-25'],
  [2023, '01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25', '07-03 11-24'],
  [2024, '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25', '07-03 11-29 12-24'],
  [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25', '07-03 11-28 12-24'],
  [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25', '11-27 12-24'],
  [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24', '11-26'],
  [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25', '07-03 11-24'],
  [2029, '01-01 01-15 02-19 03-30 05-28 06-19 07-04 09-03 11-22 12-25', '07-03 11-23 12-24'],
  [2030, '01-01 01-21 02-18 04-19 05-27 06-19 07-04 09-02 11-28 12-25', '07-03 11-29 12-24'],
]

const at = (iso: string): number => Date.parse(iso)
/** Noon of a date: the clocks never change then. */
const noonOf = (date: string): number => at(`${date}T17:00:00Z`)

const weekdaysOf = function* (year: number): Generator<string> {
  for (let ms = Date.UTC(year, 0, 1); ms < Date.UTC(year + 1, 0, 1); ms += 86_400_000) {
    const day = new Date(ms)
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) yield day.toISOString().slice(0, 10)
  }
}

describe('marketDay', () => {
  it.each(published)('knows every closed weekday and early close of %d', (year, closed, early) => {
    const days = [...weekdaysOf(year)].map((date) => marketDay(noonOf(date)))
    const datesOf = (kind: string) => days.filter((day) => day.kind === kind).map((day) => day.date.slice(5))

    expect(datesOf('holiday').join(' ')).toBe(closed)
    expect(datesOf('earlyClose').join(' ')).toBe(early)
    expect(datesOf('weekend')).toEqual([])
  })

  it.each([
    ['2001-09-12', 'holiday', 'September 11 attacks'],
    ['2012-10-29', 'holiday', 'Hurricane Sandy'],
    ['2018-12-05', 'holiday', 'Day of mourning for President George H. W. Bush'],
    ['2025-01-09', 'holiday', 'Day of mourning for President Carter'],
    ['2003-12-26', 'earlyClose', 'Day after Christmas'],
    ['2024-03-29', 'holiday', 'Good Friday'],
    ['2008-03-21', 'holiday', 'Good Friday'],
    ['2038-04-23', 'holiday', 'Good Friday'],
    ['2021-06-18', 'full', undefined],
    ['2021-06-21', 'full', undefined],
    ['2022-06-20', 'holiday', 'Juneteenth National Independence Day'],
    ['2027-06-18', 'holiday', 'Juneteenth National Independence Day'],
    // New Year's Day on a Saturday is kept on no other day, on a Sunday it is kept on Monday.
    ['2021-12-31', 'full', undefined],
    ['2022-01-03', 'full', undefined],
    ['2023-01-02', 'holiday', "New Year's Day"],
    // Independence Day on a Thursday: Friday closed early until 2012, Wednesday since.
    ['2002-07-03', 'full', undefined],
    ['2002-07-05', 'earlyClose', 'Independence Day'],
    ['2013-07-03', 'earlyClose', 'Independence Day'],
    ['2013-07-05', 'full', undefined],
    ['2020-07-03', 'holiday', 'Independence Day'],
    // Christmas on a Saturday takes the place of the early close.
    ['2027-12-24', 'holiday', 'Christmas Day'],
    ['2024-11-29', 'earlyClose', 'Day after Thanksgiving'],
    ['2024-12-24', 'earlyClose', 'Christmas Eve'],
    // Days the country keeps and the exchange does not.
    ['2024-10-14', 'full', undefined],
    ['2024-11-11', 'full', undefined],
    ['2024-11-05', 'full', undefined],
    ['2022-01-01', 'weekend', undefined],
    ['2021-06-19', 'weekend', undefined],
  ])('%s is %s', (date, kind, holiday) => {
    const day = marketDay(noonOf(date))

    expect(day).toMatchObject({ date, kind })
    expect(day.holiday).toBe(holiday)
  })

  it('gives a full day its times, in winter', () => {
    expect(marketDay(at('2024-01-16T12:00:00-05:00'))).toEqual({
      date: '2024-01-16',
      kind: 'full',
      startMs: at('2024-01-16T00:00:00-05:00'),
      endMs: at('2024-01-17T00:00:00-05:00'),
      preOpenMs: at('2024-01-16T04:00:00-05:00'),
      openMs: at('2024-01-16T09:30:00-05:00'),
      closeMs: at('2024-01-16T16:00:00-05:00'),
      afterCloseMs: at('2024-01-16T20:00:00-05:00'),
    })
  })

  it('gives an early close its times, in summer', () => {
    expect(marketDay(at('2024-07-03T12:00:00-04:00'))).toEqual({
      date: '2024-07-03',
      kind: 'earlyClose',
      holiday: 'Independence Day',
      startMs: at('2024-07-03T00:00:00-04:00'),
      endMs: at('2024-07-04T00:00:00-04:00'),
      preOpenMs: at('2024-07-03T04:00:00-04:00'),
      openMs: at('2024-07-03T09:30:00-04:00'),
      closeMs: at('2024-07-03T13:00:00-04:00'),
      afterCloseMs: at('2024-07-03T17:00:00-04:00'),
    })
  })

  it.each([
    ['spring, 23 hours', '2024-03-10', '2024-03-10T00:00:00-05:00', '2024-03-11T00:00:00-04:00'],
    ['autumn, 25 hours', '2024-11-03', '2024-11-03T00:00:00-04:00', '2024-11-04T00:00:00-05:00'],
    ['spring under the rules before 2007', '2006-04-02', '2006-04-02T00:00:00-05:00', '2006-04-03T00:00:00-04:00'],
    ['autumn under the rules before 2007', '2006-10-29', '2006-10-29T00:00:00-04:00', '2006-10-30T00:00:00-05:00'],
  ])('a day on which the clocks change has no times and the right ends: %s', (_name, date, from, to) => {
    const expected = {
      date,
      kind: 'weekend',
      startMs: at(from),
      endMs: at(to),
      preOpenMs: null,
      openMs: null,
      closeMs: null,
      afterCloseMs: null,
    }

    expect(marketDay(at(from))).toEqual(expected)
    expect(marketDay(at(to) - 1)).toEqual(expected)
  })

  it('hands out one frozen day', () => {
    const day = marketDay(noonOf('2024-05-02'))

    expect(marketDay(day.endMs - 1)).toBe(day)
    expect(Object.isFrozen(day)).toBe(true)
  })
})

describe('sessionAt', () => {
  it.each<[string, MarketSession]>([
    ['2024-01-16T03:59:59.999-05:00', 'closed'],
    ['2024-01-16T04:00:00.000-05:00', 'pre'],
    ['2024-01-16T09:29:59.999-05:00', 'pre'],
    ['2024-01-16T09:30:00.000-05:00', 'regular'],
    // The start of the last regular bar, and its end: a bar is judged by its start.
    ['2024-01-16T15:59:00.000-05:00', 'regular'],
    ['2024-01-16T15:59:59.999-05:00', 'regular'],
    ['2024-01-16T16:00:00.000-05:00', 'after'],
    ['2024-01-16T19:59:59.999-05:00', 'after'],
    ['2024-01-16T20:00:00.000-05:00', 'closed'],
    ['2024-01-16T23:59:59.999-05:00', 'closed'],
    // The Friday before and the Monday after the clocks go forward, then back.
    ['2024-03-08T09:29:59.999-05:00', 'pre'],
    ['2024-03-08T09:30:00.000-05:00', 'regular'],
    ['2024-03-11T09:29:59.999-04:00', 'pre'],
    ['2024-03-11T09:30:00.000-04:00', 'regular'],
    ['2024-03-11T16:00:00.000-04:00', 'after'],
    ['2024-11-01T15:59:59.999-04:00', 'regular'],
    ['2024-11-01T16:00:00.000-04:00', 'after'],
    ['2024-11-04T09:30:00.000-05:00', 'regular'],
    ['2024-11-04T15:59:59.999-05:00', 'regular'],
    // Between the two rules: 2006 changed on 2 April, 2007 on 11 March.
    ['2006-03-20T09:30:00.000-05:00', 'regular'],
    ['2007-03-20T09:30:00.000-04:00', 'regular'],
    // Early closes.
    ['2024-11-29T12:59:59.999-05:00', 'regular'],
    ['2024-11-29T13:00:00.000-05:00', 'after'],
    ['2024-11-29T16:59:59.999-05:00', 'after'],
    ['2024-11-29T17:00:00.000-05:00', 'closed'],
    ['2024-12-24T13:00:00.000-05:00', 'after'],
    ['2024-07-03T13:00:00.000-04:00', 'after'],
    ['2024-07-03T17:00:00.000-04:00', 'closed'],
    // Closed days.
    ['2024-12-25T12:00:00.000-05:00', 'closed'],
    ['2024-01-13T12:00:00.000-05:00', 'closed'],
    ['2024-01-14T12:00:00.000-05:00', 'closed'],
    ['2001-09-11T12:00:00.000-04:00', 'closed'],
    ['2001-09-17T12:00:00.000-04:00', 'regular'],
    ['2022-01-03T12:00:00.000-05:00', 'regular'],
  ])('%s is %s', (iso, session) => {
    expect(sessionAt(at(iso))).toBe(session)
  })

  it.each([
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
    [0, '0'],
    // Seconds and nanoseconds instead of milliseconds.
    [1_705_424_400, '1705424400'],
    [1_705_424_400_000_000_000, '1705424400000000000'],
    [at('2000-01-01T00:00:00-05:00') - 1, '946702799999'],
    [at('2100-01-01T00:00:00-05:00'), '4102462800000'],
  ])('refuses %d', (atMs, told) => {
    const message = `The market calendar takes Unix milliseconds of the years 2000 to 2099 in New York, got ${told}`

    for (const ask of [sessionAt, marketDay, nextSessionChange]) {
      expect(() => ask(atMs)).toThrow(RangeError)
      expect(() => ask(atMs)).toThrow(message)
    }
  })

  it('refuses a time that is no number', () => {
    expect(() => sessionAt('2024-01-16' as unknown as number)).toThrow(RangeError)
  })

  it('takes the first and the last millisecond of its years', () => {
    expect(sessionAt(at('2000-01-01T00:00:00-05:00'))).toBe('closed')
    expect(marketDay(at('2100-01-01T00:00:00-05:00') - 1).date).toBe('2099-12-31')
  })

  it('answers the same in any order of asking', () => {
    const times = [...weekdaysOf(2024)].map((date) => noonOf(date))
    const inOrder = times.map(sessionAt)
    const backwards = times.toReversed().map(sessionAt).toReversed()

    expect(marketCalendar().sessionAt(times[100]!)).toBe(inOrder[100])
    expect(backwards).toEqual(inOrder)
  })

  it('asks the zone for a new day only', () => {
    const { sessionAt: freshSessionAt } = marketCalendar()
    const openMs = at('2024-01-16T09:30:00-05:00')
    const built = jest.spyOn(Date.prototype, 'toISOString')
    freshSessionAt(openMs)
    const forTheDay = built.mock.calls.length
    for (let i = 1; i <= 1000; i++) freshSessionAt(openMs + i)
    const afterwards = built.mock.calls.length
    built.mockRestore()

    expect(forTheDay).toBeGreaterThan(0)
    expect(afterwards).toBe(forTheDay)
  })
})

describe('nextSessionChange', () => {
  it.each<[string, string, MarketSession]>([
    ['2024-01-16T00:00:00-05:00', '2024-01-16T04:00:00-05:00', 'pre'],
    ['2024-01-16T04:00:00-05:00', '2024-01-16T09:30:00-05:00', 'regular'],
    ['2024-01-16T09:30:00-05:00', '2024-01-16T16:00:00-05:00', 'after'],
    ['2024-01-16T16:00:00-05:00', '2024-01-16T20:00:00-05:00', 'closed'],
    ['2024-01-16T20:00:00-05:00', '2024-01-17T04:00:00-05:00', 'pre'],
    ['2024-11-29T12:00:00-05:00', '2024-11-29T13:00:00-05:00', 'after'],
    ['2024-11-29T13:00:00-05:00', '2024-11-29T17:00:00-05:00', 'closed'],
    // Over a weekend with a change of the clocks, a long weekend, the four days of September 2001.
    ['2024-03-08T20:00:00-05:00', '2024-03-11T04:00:00-04:00', 'pre'],
    ['2024-11-01T20:00:00-04:00', '2024-11-04T04:00:00-05:00', 'pre'],
    ['2024-01-12T20:00:00-05:00', '2024-01-16T04:00:00-05:00', 'pre'],
    ['2001-09-10T20:00:00-04:00', '2001-09-17T04:00:00-04:00', 'pre'],
  ])('after %s comes %s, %s', (from, to, session) => {
    expect(nextSessionChange(at(from))).toEqual({ atMs: at(to), session })
  })

  it('throws when the change lies beyond its years', () => {
    expect(nextSessionChange(at('2099-12-31T19:59:59-05:00')).session).toBe('closed')
    expect(() => nextSessionChange(at('2099-12-31T20:00:00-05:00'))).toThrow(RangeError)
  })
})

describe('properties', () => {
  const wallClock = new Intl.DateTimeFormat('en-CA', {
    timeZone: 'America/New_York',
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  })
  const sessionByWallClock = (atMs: number): MarketSession => {
    const [, time = ''] = wallClock.format(atMs).split(', ')
    const { kind } = marketDay(atMs)
    if (kind === 'holiday' || kind === 'weekend') return 'closed'
    const [close, afterClose] = kind === 'full' ? ['16:00:00', '20:00:00'] : ['13:00:00', '17:00:00']
    if (time < '04:00:00' || time >= afterClose) return 'closed'
    if (time < '09:30:00') return 'pre'
    return time < close ? 'regular' : 'after'
  }
  const time = fc.integer({ min: at('2000-01-01T05:00:00Z'), max: at('2099-12-01T05:00:00Z') })
  // Where an hour lost or won would show.
  const nearChange = fc
    .tuple(
      fc.integer({ min: 2000, max: 2098 }),
      fc.constantFrom(2, 3, 9, 10),
      fc.integer({ min: 0, max: 20 * 86_400_000 }),
    )
    .map(([year, month, ms]) => Date.UTC(year, month, 1) + ms)

  test.prop([fc.oneof(time, nearChange)])('sessions are those of the clock on the wall', (atMs) => {
    expect(sessionAt(atMs)).toBe(sessionByWallClock(atMs))
    expect(wallClock.format(atMs).startsWith(marketDay(atMs).date)).toBe(true)
  })

  test.prop([fc.oneof(time, nearChange), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })])(
    'sessions partition time',
    (atMs, share) => {
      const session = sessionAt(atMs)
      const change = nextSessionChange(atMs)
      const between = Math.min(change.atMs - 1, Math.floor(atMs + share * (change.atMs - atMs)))

      expect(change.atMs).toBeGreaterThan(atMs)
      expect(change.session).not.toBe(session)
      expect(sessionAt(change.atMs)).toBe(change.session)
      expect([sessionAt(between), sessionAt(change.atMs - 1)]).toEqual([session, session])
    },
  )

  test.prop([fc.oneof(time, nearChange)])('days partition time', (atMs) => {
    const day = marketDay(atMs)

    expect(day.startMs <= atMs && atMs < day.endMs).toBe(true)
    expect(marketDay(day.endMs).startMs).toBe(day.endMs)
    expect([23, 24, 25]).toContain((day.endMs - day.startMs) / 3_600_000)
  })
})

describe('marketCalendar', () => {
  const mourning = { date: '2026-11-24', kind: 'holiday', name: 'Day of mourning' } as const

  it('adds days of its own and leaves the built-in calendar alone', () => {
    const own = marketCalendar({ days: [mourning, { date: '2026-11-25', kind: 'earlyClose', name: 'Snow' }] })

    expect(own.marketDay(noonOf('2026-11-24'))).toMatchObject({ kind: 'holiday', holiday: 'Day of mourning' })
    expect(own.sessionAt(at('2026-11-25T13:00:00-05:00'))).toBe('after')
    expect(marketDay(noonOf('2026-11-24')).kind).toBe('full')
  })

  it('undoes a built-in day', () => {
    const own = marketCalendar({ days: [{ date: '2028-07-03', kind: 'full', name: 'Full after all' }] })

    expect(own.marketDay(noonOf('2028-07-03')).kind).toBe('full')
    expect(marketDay(noonOf('2028-07-03')).kind).toBe('earlyClose')
  })

  it.each(['2026-02-30', '2026-2-3', '20260203', ''])('refuses the date %j', (date) => {
    const build = () => marketCalendar({ days: [{ ...mourning, date }] })

    expect(build).toThrow(RangeError)
    expect(build).toThrow(`marketCalendar: "${date}" is not a date of the form YYYY-MM-DD`)
  })

  it('refuses a date listed twice', () => {
    expect(() => marketCalendar({ days: [mourning, mourning] })).toThrow('marketCalendar: a date is listed twice')
  })

  it('says so where the runtime has no time zones', () => {
    const formats = jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(() => {
      throw new RangeError('Invalid time zone specified')
    })
    let calendar: typeof import('../operators/calendar.ts') | undefined
    jest.isolateModules(() => {
      calendar = jest.requireActual('../operators/calendar.ts')
    })

    expect(() => calendar?.sessionAt(noonOf('2024-01-16'))).toThrow('This runtime knows no time zones')
    formats.mockRestore()
  })
})
