import { map, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import type { Bar } from '../../../operators/market/bar.ts'
import { toBars } from '../../../operators/market/toBars.ts'
import type { Trade } from '../../../streams/model.ts'
import { marketTimeMs, trade } from '../../index.ts'

const minuteMs = 60_000
const at = (minute: number, second: number): number => marketTimeMs + minute * minuteMs + second * 1_000
const of = (price: number, atMs: number, fields: Partial<Trade> = {}): Trade => trade({ price, atMs, ...fields })

const trades: Record<string, Trade> = {
  a: of(100, at(0, 10)),
  b: of(102, at(0, 50)),
  l: of(99, at(0, 5), { size: 300 }),
  c: of(103, at(1, 1)),
  d: of(104, at(2, 1)),
  // Another ticker.
  x: of(50, at(0, 20), { symbol: 'MSFT' }),
  y: of(51, at(1, 20), { symbol: 'MSFT' }),
  // Six minutes later.
  z: of(60, at(6, 0), { symbol: 'MSFT' }),
}

const bar = (minute: number, fields: Partial<Bar<'bar'>>): Bar<'bar'> => ({
  ev: 'bar',
  symbol: 'AAPL',
  open: 0,
  high: 0,
  low: 0,
  close: 0,
  volume: 100,
  averageSize: 100,
  trades: 1,
  startMs: at(minute, 0),
  endMs: at(minute + 1, 0),
  otc: false,
  revision: 0,
  ...fields,
})
const flat = (price: number) => ({ open: price, high: price, low: price, close: price, vwap: price })

const bars: Record<string, Bar<'bar'>> = {
  A: bar(0, { open: 100, high: 102, low: 100, close: 102, volume: 200, trades: 2, vwap: 101 }),
  R: bar(0, { open: 99, high: 102, low: 99, close: 102, volume: 500, averageSize: 166, trades: 3, vwap: 99.8, revision: 1 }),
  C: bar(1, flat(103)),
  D: bar(2, flat(104)),
  X: bar(0, { ...flat(50), symbol: 'MSFT' }),
  Y: bar(1, { ...flat(51), symbol: 'MSFT' }),
  // Of a alone, and of l alone.
  O: bar(0, flat(100)),
  L: bar(0, { ...flat(99), volume: 300, averageSize: 300 }),
  Z: bar(6, { ...flat(60), symbol: 'MSFT' }),
}
const minutes = { widthMs: minuteMs } as const

describe('toBars', () => {
  it('gives a bar when time has passed its end, and anew when a trade comes late', marbles((m) => {
    const source$ = m.hot('  -ab---c--l--d-|', trades)
    const expected = '       ------A--R--C-(D|)'
    const subs = '           ^-------------!'

    m.expect(source$.pipe(toBars(minutes))).toBeObservable(expected, bars)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<Trade>('-').pipe(toBars(minutes)), '^ 3m !').toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<Trade>('--|').pipe(toBars(minutes))).toBeObservable('--|')
  }))

  it('makes one bar of one trade, at the end', marbles((m) => {
    m.expect(m.hot('-a--|', trades).pipe(toBars(minutes))).toBeObservable('----(O|)', bars)
  }))

  it('lets any ticker move the time of all, and gives what ends together in the order of its beginning', marbles((m) => {
    const source$ = m.hot('  -xab---c----y----d----|', trades)
    const expected = '       -------(XA)------(CY)-(D|)'

    m.expect(source$.pipe(toBars(minutes))).toBeObservable(expected, bars)
  }))

  it('waits for late trades as long as it is told to', marbles((m) => {
    const source$ = m.hot('  -ac---d|', trades)
    const expected = '       ------O(CD|)'

    m.expect(source$.pipe(toBars({ ...minutes, graceMs: 2_000 }))).toBeObservable(expected, bars)
  }))

  it('gives the bar of a window that was over before its first trade at once', marbles((m) => {
    m.expect(m.hot('-x-d-l-', trades).pipe(toBars(minutes))).toBeObservable('---X-L-', bars)
  }))

  it('tells which trades are too late for any bar', marbles((m) => {
    const late: Trade[] = []
    const options = { ...minutes, windowsMax: 1, tooLate: (one: Trade) => void late.push(one) }

    m.expect(m.hot('-a-c-l|', trades).pipe(toBars(options))).toBeObservable('---O--(C|)', bars)
    m.flush()
    expect(late).toEqual([trades.l])
  }))

  it('ends a window early that is in the way of a newer one', marbles((m) => {
    // With an hour of grace nothing but the place decides.
    const options = { ...minutes, graceMs: 3_600_000, windowsMax: 2 }

    m.expect(m.hot('-a-c-d---|', trades).pipe(toBars(options))).toBeObservable('-----O---(CD|)', bars)
  }))

  it('forgets the ticker that came first when there is one too many, after its bar', marbles((m) => {
    m.expect(m.hot('-a-x-|', trades).pipe(toBars({ ...minutes, symbolsMax: 1 }))).toBeObservable('---O-(X|)', bars)
  }))

  it('takes the clock on the wall for the time when nothing comes, if it may', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms ----------', trades)
    const expected = '       - 49s 999ms O'

    m.expect(source$.pipe(toBars({ ...minutes, quietMs: 5_000 })), '^ 120s !').toBeObservable(expected, bars)
  }))

  it('revises a bar that the clock has ended too early', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b', trades)
    const expected = '       - 49s 999ms O 9s 999ms B'

    m.expect(source$.pipe(toBars({ ...minutes, quietMs: 5_000 })), '^ 70s !').toBeObservable(expected, {
      ...bars,
      B: { ...bars.A!, revision: 1 },
    })
  }))

  it('gives what is open before the error of the source', marbles((m) => {
    m.expect(m.hot('-a-c-#', trades).pipe(toBars(minutes))).toBeObservable('---O-(C#)', bars)
  }))

  it('errors with what a function of the host throws, also from the clock', marbles((m) => {
    const error = new TypeError('no')
    const fault = (): never => {
      throw error
    }

    m.expect(m.hot('-a-', trades).pipe(toBars({ ...minutes, counts: fault }))).toBeObservable('-#', undefined, error)
    m.expect(m.hot('-a-', trades).pipe(toBars({ ...minutes, atMs: () => NaN }))).toBeObservable(
      '-#', undefined, new RangeError('toBars: the time of an event is NaN'),
    )
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms c 59s 999ms d', trades)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(toBars(minutes)), unsub).toBeObservable('- 59s 999ms O 59s 999ms C', bars)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('drops what is open and the clock when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-----', trades)
    const unsub = '          ^--!'

    m.expect(source$.pipe(toBars({ ...minutes, quietMs: 10 })), unsub).toBeObservable('----')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes the trades and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(abcld|)', trades).pipe(toBars(minutes))).toBeObservable('-(ARCD|)', bars)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const all$ = range(0, Infinity).pipe(map((n) => of(100, at(n, 10))), toBars(minutes), take(1))

    m.expect(all$).toBeObservable('(O|)', bars)
  }))

  it('makes bars of the event type that is wanted', marbles((m) => {
    m.expect(m.hot('-a|', trades).pipe(toBars({ ...minutes, ev: 'AM' }))).toBeObservable('--(O|)', { O: { ...bars.O!, ev: 'AM' } })
  }))

  it.each([
    [{ widthMs: 0 }, 'toBars: widthMs must be a whole number of at least 1, but is 0'],
    [{ widthMs: 1, graceMs: -1 }, 'toBars: graceMs must be finite and at least 0, but is -1'],
    [{ widthMs: 1, quietMs: 0 }, 'toBars: quietMs must be more than 0 and at most 2147483647 milliseconds, but is 0'],
    [{ widthMs: 1, windowsMax: 0 }, 'toBars: windowsMax must be a whole number of at least 1, but is 0'],
    [{ widthMs: 1, symbolsMax: 0.5 }, 'toBars: symbolsMax must be a whole number of at least 1, but is 0.5'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => toBars(wrong)).toThrow(new RangeError(message))
  })
})
