import { encodeEvent, market, simulate, type MarketOptions } from '../src/simulator/index.ts'
import { marketDay, sessionAt } from '../operators/calendar.ts'
import { closing, subscribeTo } from './simulatorClient.ts'

// Goal: with `hours: 'calendar'` there are events exactly when the US stock market is open, as busy as the hour is, and the day's figures begin anew each day.
// Method: step through real dates: a holiday, an early close, a weekend in which the clocks change. Nothing waits for the time of day.

jest.setTimeout(30_000)
const open = closing()
afterEach(() => open.all())

const easternMs = (date: string, hours: string, offset: string): number =>
  Date.parse(`${date}T${hours}:00.000${offset}`)

const options = (startMs: number, change: Partial<MarketOptions> = {}): MarketOptions => ({
  seed: 7,
  tickers: ['AAPL', 'SPY'],
  rate: 2,
  startMs,
  stepMs: 1000,
  hours: 'calendar',
  ...change,
})

interface Heard {
  readonly ev: string
  readonly sym: string
  readonly p: number
  readonly t: number
  readonly q: number
  readonly s: number
  readonly e: number
  readonly av: number
  readonly op?: number
  readonly pt?: number
  readonly sentMs: number
}

const heard = (chosen: MarketOptions, untilMs: number): readonly Heard[] => {
  const running = market(chosen)
  const all: Heard[] = []
  while (running.nowMs < untilMs) {
    const { startMs: sentMs, events } = running.step()
    for (const event of events) all.push({ ...(JSON.parse(encodeEvent(event)) as Heard), sentMs })
  }
  return all
}

const timeOf = ({ ev, t, sentMs }: Heard): number => (ev === 'T' ? t : sentMs)

// Wednesday before Thanksgiving, the holiday, the early close of the day after, the weekend.
const wednesday = '2026-11-25'
const week = heard(options(easternMs(wednesday, '03:50', '-05:00')), easternMs('2026-11-30', '04:10', '-05:00'))

describe('the hours', () => {
  it('are those of the calendar: full day, holiday, early close, weekend', () => {
    const sessions = new Map<string, [number, number]>()
    for (const event of week) {
      if (event.ev !== 'T') continue
      const at = `${marketDay(event.t).date} ${sessionAt(event.t)}`
      const [first = event.t] = sessions.get(at) ?? []
      sessions.set(at, [first, event.t])
    }
    const clock = (atMs: number): string =>
      new Date(atMs).toLocaleTimeString('en-GB', { timeZone: 'America/New_York', timeStyle: 'short' })
    const seen = [...sessions].map(([at, [first, last]]) => `${at} ${clock(first)} ${clock(last)}`)

    // Thin before the open and at the end: the first and last minutes may lack a trade.
    expect(seen.map((line) => line.replace(/:\d\d/g, ''))).toEqual([
      '2026-11-25 pre 04 09',
      '2026-11-25 regular 09 15',
      '2026-11-25 after 16 19',
      '2026-11-27 pre 04 09',
      '2026-11-27 regular 09 12',
      '2026-11-27 after 13 16',
      '2026-11-30 pre 04 04',
    ])
  })

  it('have fair values only while they are regular, and bars until the last window is told', () => {
    const odd = week.filter((event) => {
      if (event.ev === 'FMV') return sessionAt(event.sentMs) !== 'regular'
      if (event.ev === 'T') return sessionAt(event.t) === 'closed'
      return sessionAt(event.s) === 'closed' || event.sentMs !== event.e
    })

    expect(odd).toEqual([])
    expect(week.filter(({ ev }) => ev === 'FMV').length).toBeGreaterThan(10_000)
  })

  it('are one step while closed: nothing is simulated that has no events', () => {
    const running = market(options(easternMs('2026-11-28', '12:00', '-05:00')))
    const first = running.step()
    const second = running.step()

    expect(first).toEqual({
      startMs: easternMs('2026-11-28', '12:00', '-05:00'),
      endMs: easternMs('2026-11-30', '04:00', '-05:00'),
      events: [],
    })
    expect(second.startMs).toBe(first.endMs)
    expect(second.endMs).toBe(first.endMs + 1000)
  })

  it.each([
    ['in spring', '2026-03-07', easternMs('2026-03-09', '04:00', '-04:00'), 8],
    ['in autumn', '2026-10-31', easternMs('2026-11-02', '04:00', '-05:00'), 9],
  ])('follow New York through the change of the clocks %s', (_, saturday, opensMs, utcHour) => {
    const running = market(options(Date.parse(`${saturday}T15:00:00Z`)))

    expect(running.step().endMs).toBe(opensMs)
    expect(new Date(running.nowMs).getUTCHours()).toBe(utcHour)
  })

  it('are busy at the open and the close, quiet at noon, thin outside, and the rate on average', () => {
    const busy = heard(
      options(easternMs(wednesday, '04:00', '-05:00'), { rate: 10 }),
      easternMs(wednesday, '20:00', '-05:00'),
    )
    const trades = busy.filter(({ ev }) => ev === 'T')
    const perSecond = (from: string, to: string): number => {
      const [fromMs, toMs] = [easternMs(wednesday, from, '-05:00'), easternMs(wednesday, to, '-05:00')]
      return trades.filter(({ t }) => t >= fromMs && t < toMs).length / ((toMs - fromMs) / 1000)
    }

    expect(perSecond('09:30', '16:00')).toBeGreaterThan(9.5)
    expect(perSecond('09:30', '16:00')).toBeLessThan(10.5)
    expect(perSecond('09:30', '09:45')).toBeGreaterThan(3 * perSecond('12:30', '13:00'))
    expect(perSecond('15:45', '16:00')).toBeGreaterThan(3 * perSecond('12:30', '13:00'))
    expect(perSecond('04:00', '05:00')).toBeLessThan(perSecond('09:00', '09:30'))
    expect(perSecond('09:00', '09:30')).toBeLessThan(2)
    expect(perSecond('19:00', '20:00')).toBeLessThan(perSecond('16:00', '16:30'))
  })
})

describe("the day's figures", () => {
  it('begin anew each day: volume, open, sequence', () => {
    for (const date of ['2026-11-25', '2026-11-27']) {
      const day = week.filter((event) => marketDay(timeOf(event)).date === date && event.sym === 'AAPL')
      const trades = day.filter(({ ev }) => ev === 'T')
      const minutes = day.filter(({ ev }) => ev === 'AM')
      const [firstRegular] = trades.filter(({ t }) => sessionAt(t) === 'regular')
      const volume = trades.reduce((sum, { s }) => sum + s, 0)

      expect(trades[0]!.q).toBeLessThan(week.find(({ ev, sym }) => ev === 'T' && sym === 'AAPL')!.q + 5)
      expect(minutes.at(-1)!.av).toBe(volume)
      expect(minutes.filter(({ s, op }) => sessionAt(s) === 'pre' && op !== undefined)).toEqual([])
      expect(new Set(minutes.filter(({ s }) => sessionAt(s) !== 'pre').map(({ op }) => op))).toEqual(
        new Set([firstRegular!.p]),
      )
    }
  })

  it('end with everything told: nothing of a day is reported on the next, and no bar is left', () => {
    const startMs = easternMs(wednesday, '19:30', '-05:00')
    const chosen = options(startMs, { rate: 100, lateTrades: 0.3, repeatedTrades: 0.05, secondBarsHeldMs: 2000 })
    const evening = heard(chosen, easternMs('2026-11-27', '04:01', '-05:00')).filter(
      ({ sentMs }) => sentMs < easternMs('2026-11-26', '00:00', '-05:00'),
    )
    const closesMs = easternMs(wednesday, '20:00', '-05:00')
    const trades = evening.filter(({ ev }) => ev === 'T')
    const volumes = (ev: string): number => {
      const last = new Map(evening.filter((bar) => bar.ev === ev).map((bar) => [`${bar.sym} ${bar.s}`, bar]))
      return [...last.values()].reduce((sum, bar) => sum + (bar as unknown as { v: number }).v, 0)
    }
    const once = new Map(trades.map((trade) => [`${trade.sym} ${(trade as unknown as { i: string }).i}`, trade.s]))
    const volume = [...once.values()].reduce((sum, size) => sum + size, 0)

    expect(trades.filter(({ t, pt = t }) => t >= closesMs || pt < startMs)).toEqual([])
    expect(trades.filter(({ t, pt = t }) => t - pt >= 3000).length).toBeGreaterThan(100)
    expect([volumes('A'), volumes('AM')]).toEqual([volume, volume])
    // The last second bars, two seconds after the close.
    expect(Math.max(...evening.map(({ sentMs }) => sentMs))).toBe(closesMs + 2000)
  })

  it('begin anew at midnight where the market never closes', () => {
    const midnightMs = easternMs('2026-11-29', '00:00', '-05:00')
    const night = heard(options(midnightMs - 120_000, { hours: 'always', rate: 20 }), midnightMs + 120_000)
    const minutes = night.filter(({ ev, sym }) => ev === 'AM' && sym === 'SPY')
    const before = minutes.filter(({ s }) => s < midnightMs)
    const after = minutes.filter(({ s }) => s >= midnightMs)

    expect(before.at(-1)!.av).toBeGreaterThan(before[0]!.av)
    expect(after[0]!.av).toBeLessThan(before.at(-1)!.av)
    expect(after[0]!.op).toBe(night.find(({ ev, sym, t }) => ev === 'T' && sym === 'SPY' && t >= midnightMs)!.p)
  })
})

describe('on the wire', () => {
  it('a weekend takes no time at speed max, and the first events are Monday', async () => {
    const startMs = easternMs('2026-11-28', '12:00', '-05:00')
    const sim = open.add(await simulate({ hours: 'calendar', speed: 'max', startMs, tickers: 20, rate: 200 }))
    const one = await subscribeTo(sim.url, 'T.*,FMV.*')
    open.add({ close: () => one.socket.terminate() })
    await one.until(() => one.events().length > 500)

    const times = one.events().flatMap(({ ev, t }) => (ev === 'T' ? [Number(t)] : []))
    expect(Math.min(...times)).toBeGreaterThanOrEqual(easternMs('2026-11-30', '04:00', '-05:00'))
    expect(Math.min(...times)).toBeLessThan(easternMs('2026-11-30', '04:05', '-05:00'))
  })

  it('is silent while closed, and speaks when the clock has come to the open', async () => {
    let nowMs = 0
    const startMs = easternMs('2026-11-30', '03:59', '-05:00')
    const sim = open.add(
      await simulate({ hours: 'calendar', clock: () => nowMs, startMs, tickers: 20, rate: 10_000, oddities: 'none' }),
    )
    const one = await subscribeTo(sim.url, 'T.*')
    open.add({ close: () => one.socket.terminate() })
    nowMs = 59_990
    await new Promise((done) => setTimeout(done, 60))
    expect(one.events()).toEqual([])

    nowMs = 62_000
    await one.until(() => one.events().length > 0)
    expect(Number(one.events()[0]!.t)).toBeGreaterThanOrEqual(startMs + 60_000)
    expect(Number(one.events()[0]!.t)).toBeLessThan(startMs + 62_000)
  })
})
