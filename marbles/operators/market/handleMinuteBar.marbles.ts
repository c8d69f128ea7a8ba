import { marbles } from 'rxjs-marbles/jest/index.js'
import { EventRefused } from '../../../operators/market/eventRefused.ts'
import { handleMinuteBar, type PerMinuteAggregateEvent } from '../../../operators/market/handleMinuteBar.ts'
import type { MinuteBar } from '../../../streams/model.ts'

const firstMs = Date.parse('2024-01-16T15:58:00-05:00')
const lastMs = firstMs + 60_000
const prices = { symbol: 'AAPL', open: 200, high: 206, low: 198, close: 202, volume: 1000, otc: false } as const

// a, b = two minutes, r = a again, corrected, x = a minute whose high lies below its close.
const bars: Record<string, MinuteBar> = {
  a: { ev: 'AM', ...prices, startMs: firstMs, endMs: lastMs, revision: 0 },
  b: { ev: 'AM', ...prices, startMs: lastMs, endMs: lastMs + 60_000, revision: 0 },
  r: { ev: 'AM', ...prices, volume: 1100, startMs: firstMs, endMs: lastMs, revision: 1 },
  x: { ev: 'AM', ...prices, high: 201, startMs: firstMs, endMs: lastMs, revision: 0 },
}

const all = {
  ev: 'aggregate_minute',
  symbol: 'AAPL',
  price: 202,
  minuteOpen: 200,
  minuteHigh: 206,
  minuteLow: 198,
  minuteClose: 202,
  minuteVolume: 1000,
  volume: 1000,
  isOtc: false,
  // Also of the last minute: it starts at 15:59 and ends at 16:00.
  marketSession: 'regular',
  minuteRange: 8,
  minutePriceChange: 2,
  minutePriceChangePercent: 1,
} as const
const minutes: Record<string, PerMinuteAggregateEvent> = {
  A: { ...all, atMs: lastMs, startMs: firstMs, endMs: lastMs, revision: 0 },
  B: { ...all, atMs: lastMs + 60_000, startMs: lastMs, endMs: lastMs + 60_000, revision: 0 },
  R: { ...all, atMs: lastMs, startMs: firstMs, endMs: lastMs, volume: 1100, minuteVolume: 1100, revision: 1 },
}

const refused = new EventRefused({
  handler: 'handleMinuteBar',
  symbol: 'AAPL',
  field: 'high',
  expected: 'at least open (200) and close (202)',
  received: 201,
})

describe('handleMinuteBar', () => {
  it('makes one event of each bar, of one sent again too', marbles((m) => {
    const source$ = m.hot('       -a-b-r-|', bars)
    const expected = '            -A-B-R-|'
    const subs = '                ^------!'

    m.expect(source$.pipe(handleMinuteBar())).toBeObservable(expected, minutes)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('never speaks before the source', marbles((m) => {
    m.expect(m.hot<MinuteBar>('-').pipe(handleMinuteBar())).toBeObservable('-')
  }))

  it('completes with a source that is empty', marbles((m) => {
    m.expect(m.cold<MinuteBar>('|').pipe(handleMinuteBar())).toBeObservable('|')
  }))

  it('makes one event of one bar', marbles((m) => {
    m.expect(m.cold('(a|)', bars).pipe(handleMinuteBar())).toBeObservable('(A|)', minutes)
  }))

  it('drops no repeat, however like the last', marbles((m) => {
    const source$ = m.hot('       -a-a-a-|', bars)
    const expected = '            -A-A-A-|'

    m.expect(source$.pipe(handleMinuteBar())).toBeObservable(expected, minutes)
  }))

  it('fails with the source', marbles((m) => {
    const source$ = m.hot('       -a-#', bars)
    const expected = '            -A-#'

    m.expect(source$.pipe(handleMinuteBar())).toBeObservable(expected, minutes)
  }))

  it('errors at a bar it refuses and lets the source go', marbles((m) => {
    const source$ = m.hot('       -a-x-b-|', bars)
    const expected = '            -A-#'
    const subs = '                ^--!'

    m.expect(source$.pipe(handleMinuteBar())).toBeObservable(expected, minutes, refused)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('       -a 59s 999ms b 59s 999ms a 59s 999ms b', bars)
    const unsub = '               ^  59s 999ms - 59s 999ms - --!'
    const expected = '            -A 59s 999ms B 59s 999ms A'

    m.expect(source$.pipe(handleMinuteBar()), unsub).toBeObservable(expected, minutes)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source when unsubscribed between two bars', marbles((m) => {
    const source$ = m.hot('       -a----b-|', bars)
    const unsub = '               ^---!'
    const expected = '            -A---'

    m.expect(source$.pipe(handleMinuteBar()), unsub).toBeObservable(expected, minutes)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('keeps the order of two bars, and of a bar and the end, in one frame', marbles((m) => {
    const source$ = m.hot('       -(ar)-(b|)', bars)
    const expected = '            -(AR)-(B|)'

    m.expect(source$.pipe(handleMinuteBar())).toBeObservable(expected, minutes)
  }))
})
