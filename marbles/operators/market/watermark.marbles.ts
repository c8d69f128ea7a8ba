import { asyncScheduler, filter, map, range, type SchedulerLike, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { fixedLateness, learnedLateness } from '../../../operators/market/lateness.ts'
import { type FillingWatermarkOptions, watermark, type WindowComplete } from '../../../operators/market/watermark.ts'
import type { MinuteBar } from '../../../streams/model.ts'
import { marketTimeMs, minuteBar } from '../../index.ts'

/** Virtual time that begins with a regular session. */
const scheduler: SchedulerLike = {
  now: () => marketTimeMs + asyncScheduler.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
}
const tens = { widthMs: 10, lateness: 5, scheduler } as const

/** A bar of the n-th ten milliseconds. */
const bar = (n: number, fields: Partial<MinuteBar> = {}): MinuteBar =>
  minuteBar({ startMs: marketTimeMs + n * 10, endMs: marketTimeMs + n * 10 + 10, ...fields })

const bars: Record<string, MinuteBar> = {
  a: bar(0),
  b: bar(0, { symbol: 'MSFT', close: 50 }),
  c: bar(1),
  d: bar(2),
  // a again.
  r: bar(0, { revision: 1, close: 99 }),
  // Of the last window of the after-hours.
  z: bar((10 * 3_600_000) / 10 - 1),
}
const mark = (n: number, atMs: number, count: number, fillers = 0): WindowComplete => ({
  ev: 'complete', symbol: '*', startMs: marketTimeMs + n * 10, endMs: marketTimeMs + n * 10 + 10, atMs: marketTimeMs + atMs, bars: count, fillers,
})
const filler = (n: number, symbol: string, close: number) =>
  ({
    ev: 'AM', symbol, open: close, high: close, low: close, close, volume: 0,
    startMs: marketTimeMs + n * 10, endMs: marketTimeMs + n * 10 + 10, otc: false, revision: 0, filler: true,
  }) as const

describe('watermark', () => {
  it('gives a mark behind the bars of a window when no more are to be expected', marbles((m) => {
    const source$ = m.hot('  -----------ab--------c-----|', bars)
    const expected = '       -----------ab--M-----c---N-|'
    const subs = '           ^--------------------------!'

    m.expect(source$.pipe(watermark(tens))).toBeObservable(expected, { ...bars, M: mark(0, 15, 2), N: mark(1, 25, 1) })
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<MinuteBar>('-').pipe(watermark(tens)), '^ 2m !').toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<MinuteBar>('--|').pipe(watermark(tens))).toBeObservable('--|')
  }))

  it('completes the window of the only bar at the end at the latest', marbles((m) => {
    m.expect(m.hot('-----------a-|', bars).pipe(watermark(tens))).toBeObservable('-----------a-(M|)', { ...bars, M: mark(0, 13, 1) })
  }))

  it('gives a mark for an empty window between others, and after them', marbles((m) => {
    const source$ = m.hot('  -----------a-------------------d', bars)
    const expected = '       -----------a---M---------N-----d---O---------P'

    m.expect(source$.pipe(watermark(tens)), '^---------------------------------------------!').toBeObservable(expected, {
      ...bars, M: mark(0, 15, 1), N: mark(1, 25, 0), O: mark(2, 35, 1), P: mark(3, 45, 0),
    })
  }))

  it('lets a bar through that comes later, without another mark', marbles((m) => {
    const source$ = m.hot('  -----------a------r-|', bars)
    const expected = '       -----------a---M--r-|'

    m.expect(source$.pipe(watermark(tens))).toBeObservable(expected, { ...bars, M: mark(0, 15, 1) })
  }))

  it('waits a turn for what comes in one piece with a bar that is late already', marbles((m) => {
    const source$ = m.hot('  --------------------(ab)----|', bars)
    const expected = '       ---------------------M---N--|'
    const marks$ = source$.pipe(watermark(tens), filter(({ ev }) => ev === 'complete'))

    m.expect(marks$).toBeObservable(expected, { M: mark(0, 21, 2), N: mark(1, 25, 0) })
  }))

  it('expects nothing of a closed market', marbles((m) => {
    // Its last window ends with the after-hours.
    const late: SchedulerLike = { ...scheduler, now: () => bars.z!.startMs + asyncScheduler.now() }
    const source$ = m.hot('  -----------z', bars)
    const expected = '       -----------z---M'

    m.expect(source$.pipe(watermark({ ...tens, scheduler: late })), '^ 1m !').toBeObservable(expected, {
      ...bars, M: { ...mark(0, 0, 1), startMs: bars.z!.startMs, endMs: bars.z!.endMs, atMs: bars.z!.startMs + 15 },
    })
  }))

  it('goes by the ends of newer bars when told to', marbles((m) => {
    const source$ = m.hot('  -abc-d-|', bars)
    const expected = '       -ab(cM|)'

    m.expect(source$.pipe(watermark({ ...tens, by: 'bars' }), take(4))).toBeObservable(expected, { ...bars, M: mark(0, 20, 2) })
  }))

  it('fills the gaps of symbols that had a bar that day, flagged', marbles((m) => {
    const source$ = m.hot('  -abc---d|', bars)
    const expected = '       -ab(cM)(dFN|)'
    const options = { ...tens, by: 'bars', fill: 'seen' } as const

    m.expect(source$.pipe(watermark(options), take(7))).toBeObservable(expected, {
      ...bars, M: mark(0, 20, 2), F: filler(1, 'MSFT', 50), N: mark(1, 30, 1, 1),
    })
  }))

  it('fills the gaps of those alone that are listed, with the close as it was corrected', marbles((m) => {
    const source$ = m.hot('  -abc---(rbd)', { ...bars, d: bar(3, { symbol: 'MSFT' }) })
    const options = { ...tens, by: 'bars', fill: ['AAPL'] } as const

    m.expect(source$.pipe(watermark(options), take(10))).toBeObservable('-ab(cM)(rbdNFO|)', {
      ...bars, d: bar(3, { symbol: 'MSFT' }), M: mark(0, 20, 2), N: mark(1, 40, 1), F: filler(2, 'AAPL', 100), O: mark(2, 40, 0, 1),
    })
  }))

  it('fills with the close as a late bar has corrected it, and not with that of a minute before', marbles((m) => {
    const of = (n: number, symbol: string, close: number) => bar(n, { symbol, close })
    const letters = { a: of(0, 'AAPL', 100), b: of(1, 'MSFT', 50), r: of(0, 'AAPL', 99), c: of(2, 'AAPL', 101), d: of(3, 'MSFT', 51), e: of(4, 'MSFT', 52) }
    const source$ = m.hot('  -ab--rc--d-r-e', letters)
    const options = { ...tens, by: 'bars', fill: ['AAPL'] } as const
    const fillers$ = source$.pipe(watermark(options), filter((event) => 'filler' in event))

    // AAPL has no bar of the second ten, nor of the fourth.
    m.expect(fillers$).toBeObservable('------F------G', { F: filler(1, 'AAPL', 99), G: filler(3, 'AAPL', 101) })
  }))

  it('fills nothing from the day before', marbles((m) => {
    const day = 86_400_000 / 10
    const source$ = m.hot('  -a-bc', { a: bar(0), b: bar(day, { symbol: 'MSFT' }), c: bar(day + 1, { symbol: 'MSFT' }) })
    const marks$ = source$.pipe(watermark({ ...tens, by: 'bars', fill: 'seen', windowsMax: 1 }), filter((event) => event.ev === 'complete'))

    m.expect(marks$).toBeObservable('---MN', { M: mark(0, day * 10 + 10, 1), N: mark(day, day * 10 + 20, 1) })
  }))

  it('catches up with no more empty windows than it may', marbles((m) => {
    const source$ = m.hot('  -a--x', { a: bar(0), x: bar(10) })
    const marks$ = source$.pipe(watermark({ ...tens, by: 'bars', windowsMax: 3 }), filter((event) => event.ev === 'complete'))

    m.expect(marks$).toBeObservable('----(MNO)', { M: mark(0, 110, 1), N: mark(8, 110, 0), O: mark(9, 110, 0) })
  }))

  it('fills nothing outside of the sessions that are wanted, nor before the first bar of a day', marbles((m) => {
    const source$ = m.hot('  -abc---d|', bars)
    const options = { ...tens, by: 'bars', fill: 'seen', fillIn: ['pre'] } as const

    m.expect(source$.pipe(watermark(options), take(6))).toBeObservable('-ab(cM)(dN|)', {
      ...bars, M: mark(0, 20, 2), N: mark(1, 30, 1),
    })
  }))

  it('learns how long it has to wait', marbles((m) => {
    const lateness = learnedLateness({ quantile: 0.5, minMs: 0, maxMs: 8 })
    for (let i = 0; i < 200; i += 1) lateness.observe(i % 5)
    const source$ = m.hot('  -----------a------|', bars)
    const expected = '       -----------aM-----|'

    m.expect(source$.pipe(watermark({ ...tens, lateness }))).toBeObservable(expected, { ...bars, M: mark(0, 12, 1) })
  }))

  it('completes the window that has waited longest when too many wait', marbles((m) => {
    const source$ = m.hot('  -acd--|', bars)
    const expected = '       -a(cM|)'

    m.expect(source$.pipe(watermark({ ...tens, lateness: 1_000, windowsMax: 1 }), take(3))).toBeObservable(expected, {
      ...bars, M: mark(0, 2, 1),
    })
  }))

  it('fails with the source and takes nothing for complete then', marbles((m) => {
    m.expect(m.hot('-----------a-#', bars).pipe(watermark(tens))).toBeObservable('-----------a-#', bars)
  }))

  it('errors with what a model throws, also from the clock', marbles((m) => {
    const error = new TypeError('no')
    let asked = 0
    const boundMs = (): number => {
      asked += 1
      if (asked > 1) throw error
      return 5
    }

    m.expect(m.hot('-----------a---', bars).pipe(watermark({ ...tens, lateness: { observe: () => {}, boundMs } }))).toBeObservable(
      '-----------a---#', bars, error,
    )
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  - 59s 999ms a 59s 999ms b', { a: minuteBar(), b: minuteBar({ startMs: marketTimeMs + 60_000 }) })
    const unsub = '          ^ 59s 999ms - 59s 999ms ---!'
    const passed$ = source$.pipe(watermark({ scheduler, lateness: 2_000 }), map(({ ev }) => ev))

    m.expect(passed$, unsub).toBeObservable('- 59s 999ms A 1s 999ms M 57s 999ms A', { A: 'AM', M: 'complete' })
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('drops what waits and its timer when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -----------a---------', bars)
    const unsub = '          ^-----------!'

    m.expect(source$.pipe(watermark(tens)), unsub).toBeObservable('-----------a-', bars)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes the bars and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-----------(abc|)', bars).pipe(watermark(tens))).toBeObservable('-----------(abcMN|)', {
      ...bars, M: mark(0, 11, 2), N: mark(1, 11, 1),
    })
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(map((n) => bar(n)), watermark(tens), take(1))).toBeObservable('(a|)', bars)
  }))

  it.each<[Partial<FillingWatermarkOptions>, string]>([
    [{ widthMs: 0 }, 'watermark: widthMs must be a whole number of at least 1, but is 0'],
    [{ lateness: -1 }, 'fixedLateness: ms must be finite and at least 0, but is -1'],
    [{ windowsMax: 0 }, 'watermark: windowsMax must be a whole number of at least 1, but is 0'],
    [{ symbolsMax: 0 }, 'watermark: symbolsMax must be a whole number of at least 1, but is 0'],
    [{ by: 'sun' as 'clock' }, `watermark: by must be 'clock' or 'bars', but is "sun"`],
    [{ fill: [] }, `watermark: fill names no symbol; 'seen' fills all that had a bar`],
    [{ fill: 'seen', fillIn: ['lunch' as 'pre'] }, 'watermark: fillIn has no session "lunch"; there are pre, regular, after, closed'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => watermark(wrong as FillingWatermarkOptions)).toThrow(new RangeError(message))
  })
})

describe('learnedLateness', () => {
  it('waits the longest until it has learnt, and then as long as the share asks for', () => {
    const model = learnedLateness({ quantile: 0.9, minMs: 10, maxMs: 1_000 })
    for (let lateMs = 1; lateMs <= 99; lateMs += 1) model.observe(lateMs)
    expect(model.boundMs()).toBe(1_000)

    model.observe(100)
    expect(model.boundMs()).toBe(90)
  })

  it('forgets, and stays within its bounds', () => {
    const model = learnedLateness({ quantile: 0.5, minMs: 10, maxMs: 1_000, barsMax: 128 })
    for (let i = 0; i < 128; i += 1) model.observe(5_000)
    expect(model.boundMs()).toBe(1_000)

    for (let i = 0; i < 128; i += 1) model.observe(1)
    expect(model.boundMs()).toBe(10)
  })

  it.each([
    [{ quantile: 1 }, 'learnedLateness: quantile must be above 0 and below 1, but is 1'],
    [{ minMs: -1 }, 'learnedLateness: minMs must be at least 0, but is -1'],
    [{ maxMs: 1 }, 'learnedLateness: maxMs must be finite and at least minMs, but is 1'],
    [{ barsMax: 0 }, 'learnedLateness: barsMax must be a whole number of at least 1, but is 0'],
  ])('refuses %p', (wrong, message) => {
    expect(() => learnedLateness(wrong)).toThrow(new RangeError(message))
  })
})

describe('fixedLateness', () => {
  it('is what it was told, whatever comes', () => {
    const model = fixedLateness(7)
    model.observe(100)

    expect(model.boundMs()).toBe(7)
  })
})
