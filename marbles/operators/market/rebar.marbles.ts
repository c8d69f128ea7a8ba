import { map, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import type { Bar } from '../../../operators/market/bar.ts'
import { EventRefused } from '../../../operators/market/eventRefused.ts'
import { rebar } from '../../../operators/market/rebar.ts'
import type { SecondBar } from '../../../streams/model.ts'
import { marketTimeMs, minuteBar, secondBar } from '../../index.ts'

const at = (minute: number, second: number): number => marketTimeMs + minute * 60_000 + second * 1_000
const flat = (price: number) => ({ open: price, high: price, low: price, close: price, vwap: price })
const second = (price: number, startMs: number, fields: Partial<SecondBar> = {}): SecondBar =>
  secondBar({ ...flat(price), volume: 100, startMs, ...fields })

const bars: Record<string, SecondBar> = {
  a: second(100, at(0, 10), { open: 98, low: 97 }),
  b: second(102, at(0, 50), { volume: 300, dayVolume: 400, dayOpen: 98, dayVwap: 101.5 }),
  // b again, with a late trade in it.
  r: second(102, at(0, 50), { volume: 400, high: 105, revision: 1, dayVolume: 500, dayOpen: 98, dayVwap: 101.6 }),
  // b as it was, come after its own revision.
  o: second(102, at(0, 50), { volume: 300 }),
  c: second(103, at(1, 1)),
  d: second(104, at(2, 1)),
  x: second(50, at(0, 20), { symbol: 'MSFT' }),
}

const minute = (n: number, fields: Partial<Bar<'bar'>>): Bar<'bar'> => ({
  ev: 'bar', symbol: 'AAPL', ...flat(0), volume: 100, startMs: at(n, 0), endMs: at(n + 1, 0), otc: false, revision: 0, ...fields,
})
const A = minute(0, { open: 98, high: 102, low: 97, close: 102, volume: 400, vwap: 101.5, dayVolume: 400, dayOpen: 98, dayVwap: 101.5 })
const minutes: Record<string, Bar<'bar'>> = {
  A,
  R: { ...A, high: 105, volume: 500, vwap: 101.6, revision: 1, dayVolume: 500, dayVwap: 101.6 },
  C: minute(1, flat(103)),
  D: minute(2, flat(104)),
  X: minute(0, { ...flat(50), symbol: 'MSFT' }),
  // Of a alone.
  O: minute(0, { ...flat(100), open: 98, low: 97 }),
}

describe('rebar', () => {
  it('gives a minute when time has passed its end, and anew when one of its seconds is sent again', marbles((m) => {
    const source$ = m.hot('  -ab---c--r--d-|', bars)
    const expected = '       ------A--R--C-(D|)'
    const subs = '           ^-------------!'

    m.expect(source$.pipe(rebar())).toBeObservable(expected, minutes)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<SecondBar>('-').pipe(rebar()), '^ 3m !').toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<SecondBar>('--|').pipe(rebar())).toBeObservable('--|')
  }))

  it('makes one minute of one second, at the end', marbles((m) => {
    m.expect(m.hot('-a--|', bars).pipe(rebar())).toBeObservable('----(O|)', minutes)
  }))

  it('takes seconds in any order, and leaves a revision alone that has been overtaken', marbles((m) => {
    m.expect(m.hot('-rao--c-|', bars).pipe(rebar())).toBeObservable('------R-(C|)', {
      R: { ...minutes.R!, revision: 0 }, C: minutes.C!,
    })
  }))

  it('gives what ends together in the order of its beginning', marbles((m) => {
    m.expect(m.hot('-xab---c-|', bars).pipe(rebar(), take(2))).toBeObservable('-------(XA|)', minutes)
  }))

  it('tells what only some of the seconds know of none', marbles((m) => {
    const { vwap: _, ...without } = bars.c!
    const source$ = m.hot('  -cd|', { c: { ...without, startMs: at(2, 0), endMs: at(2, 1) }, d: bars.d! })
    const { vwap: _vwap, ...made } = minute(2, { ...flat(103), high: 104, close: 104, volume: 200 })

    m.expect(source$.pipe(rebar())).toBeObservable('---(D|)', { D: made })
  }))

  it('carries the flags of its parts', marbles((m) => {
    const source$ = m.hot('  -a|', { a: { ...bars.c!, late: true, backfilled: true, otc: true } })

    m.expect(source$.pipe(rebar())).toBeObservable('--(C|)', { C: { ...minutes.C!, late: true, backfilled: true, otc: true } })
  }))

  it('makes five minutes of minutes, of the event type that is wanted', marbles((m) => {
    const source$ = m.hot('  -ab|', { a: minuteBar({ startMs: at(0, 0) }), b: minuteBar({ startMs: at(4, 0), close: 101, high: 101 }) })
    const { vwap: _, ...five } = minute(0, { ...flat(100), ev: 'bar', close: 101, high: 101, volume: 2_000, endMs: at(5, 0) })

    m.expect(source$.pipe(rebar({ widthMs: 300_000, ev: 'AM5' }))).toBeObservable('---(F|)', { F: { ...five, ev: 'AM5' } })
  }))

  it('refuses a bar that lies in more than one window', marbles((m) => {
    const refused = new EventRefused({
      handler: 'rebar', symbol: 'AAPL', field: 'endMs', received: at(1, 0),
      expected: `within one window of 30000 ms, as the start is (${at(0, 0)})`,
    })

    m.expect(m.hot('-a', { a: minuteBar() }).pipe(rebar({ widthMs: 30_000 }))).toBeObservable('-#', undefined, refused)
  }))

  it('gives what is open before the error of the source', marbles((m) => {
    m.expect(m.hot('-a-#', bars).pipe(rebar())).toBeObservable('---(O#)', minutes)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms c 59s 999ms d', bars)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(rebar()), unsub).toBeObservable('- 59s 999ms O 59s 999ms C', minutes)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('drops what is open and the clock when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-----', bars)
    const unsub = '          ^--!'

    m.expect(source$.pipe(rebar({ quietMs: 10 })), unsub).toBeObservable('----')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes the bars and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(abcrd|)', bars).pipe(rebar())).toBeObservable('-(ARCD|)', minutes)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const all$ = range(0, Infinity).pipe(map((n) => ({ ...bars.a!, startMs: at(n, 10), endMs: at(n, 11) })), rebar(), take(1))

    m.expect(all$).toBeObservable('(O|)', minutes)
  }))

  it('refuses a width of nothing when it is built', () => {
    expect(() => rebar({ widthMs: 0 })).toThrow(new RangeError('rebar: widthMs must be a whole number of at least 1, but is 0'))
  })
})
