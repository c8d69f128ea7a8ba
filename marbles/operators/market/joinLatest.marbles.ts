import { map, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { joinLatest } from '../../../operators/market/joinLatest.ts'
import { fairValue, marketTimeMs, minuteBar, trade } from '../../index.ts'
import type { Trade } from '../../../streams/model.ts'

const trades = {
  a: trade({ price: 1 }), b: trade({ price: 2 }), c: trade({ price: 3 }), d: trade({ price: 4 }), x: trade({ symbol: 'MSFT' }),
}
const bars = {
  m: minuteBar(),
  n: minuteBar({ startMs: marketTimeMs + 60_000 }),
  // m again, with a late trade in it.
  r: minuteBar({ volume: 2_000, revision: 1 }),
}
const values = { v: fairValue(), w: fairValue({ atNs: `${marketTimeMs - 1_000}000000` }) }

const joined = (letter: keyof typeof trades, beside: object = {}) => {
  const one = trades[letter]
  return { ev: 'joined', symbol: one.symbol, atMs: one.atMs, trade: one, ...beside } as const
}
const { m: barM, n: barN, r: barR } = bars
const outputs = {
  A: joined('a'),
  B: joined('b', { bar: barM }),
  C: joined('c', { bar: barM, fairValue: values.v }),
  D: joined('d', { bar: barN, fairValue: values.v }),
  X: joined('x'),
}

describe('joinLatest', () => {
  it('puts the last bar and the last fair value beside each trade', marbles((m) => {
    const bar$ = m.hot('     --m------n--', bars)
    const value$ = m.hot('   ----v-------', values)
    const source$ = m.hot('  -a-b--c-x-d-|', trades)
    const expected = '       -A-B--C-X-D-|'
    const subs = '           ^-----------!'

    m.expect(source$.pipe(joinLatest({ bar$, value$ }))).toBeObservable(expected, outputs)
    m.expect(source$).toHaveSubscriptions(subs)
    m.expect(bar$).toHaveSubscriptions(subs)
    m.expect(value$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<Trade>('-').pipe(joinLatest({ bar$: m.hot('-m-', bars) }))).toBeObservable('-')
  }))

  it('completes with an empty source and releases the sides', marbles((m) => {
    const bar$ = m.hot('     -m----', bars)

    m.expect(m.cold<Trade>('--|').pipe(joinLatest({ bar$ }))).toBeObservable('--|')
    m.expect(bar$).toHaveSubscriptions('^-!')
  }))

  it('gives the only trade, with nothing to put beside it', marbles((m) => {
    m.expect(m.hot('-a-|', trades).pipe(joinLatest({}))).toBeObservable('-A-|', outputs)
  }))

  it('keeps the newest by its own time, not by arrival', marbles((m) => {
    const bar$ = m.hot('     -n-r---', bars)
    const value$ = m.hot('   -v-w---', values)
    const source$ = m.hot('  -----d-|', trades)

    m.expect(source$.pipe(joinLatest({ bar$, value$ }))).toBeObservable('-----D-|', outputs)
  }))

  it('takes the revision of the newest bar', marbles((m) => {
    const bar$ = m.hot('     -m-r---', bars)
    const source$ = m.hot('  -----b-|', trades)

    m.expect(source$.pipe(joinLatest({ bar$ }))).toBeObservable('-----B-|', { B: joined('b', { bar: barR }) })
  }))

  it('keeps what a side gave last when it completes', marbles((m) => {
    const source$ = m.hot('  ---b-|', trades)

    m.expect(source$.pipe(joinLatest({ bar$: m.hot('-m|', bars) }))).toBeObservable('---B-|', outputs)
  }))

  it('fails with the source, and with a side', marbles((m) => {
    const error = new Error('no bars')

    m.expect(m.hot('-a-#', trades).pipe(joinLatest({}))).toBeObservable('-A-#', outputs)
    m.expect(m.hot('-a---', trades).pipe(joinLatest({ bar$: m.hot('---#', bars, error) }))).toBeObservable('-A-#', outputs, error)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const bar$ = m.hot('     --m', bars)
    const source$ = m.hot('  a 59s 999ms b 59s 999ms b', trades)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(joinLatest({ bar$ })), unsub).toBeObservable('A 59s 999ms B 59s 999ms B', outputs)
    m.expect(bar$).toHaveSubscriptions(unsub)
  }))

  it('releases all three when unsubscribed early', marbles((m) => {
    const bar$ = m.hot('     -----m', bars)
    const value$ = m.hot('   -----v', values)
    const source$ = m.hot('  -a---b', trades)
    const unsub = '          ^--!'

    m.expect(source$.pipe(joinLatest({ bar$, value$ })), unsub).toBeObservable('-A--', outputs)
    m.expect(source$).toHaveSubscriptions(unsub)
    m.expect(bar$).toHaveSubscriptions(unsub)
    m.expect(value$).toHaveSubscriptions(unsub)
  }))

  it('has what comes in one frame with a trade beside it when it comes first', marbles((m) => {
    const bar$ = m.hot('     -m', bars)
    const source$ = m.hot('  -(bb|)', trades)

    m.expect(source$.pipe(joinLatest({ bar$ }))).toBeObservable('-(BB|)', outputs)
  }))

  it('forgets the symbol that came first when there is one too many', marbles((m) => {
    const bar$ = m.hot('     -mx--', { ...bars, x: minuteBar({ symbol: 'MSFT' }) })
    const source$ = m.hot('  ----a|', trades)

    m.expect(source$.pipe(joinLatest({ bar$, symbolsMax: 1 }))).toBeObservable('----A|', outputs)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(map(() => trades.a), joinLatest({}), take(1))).toBeObservable('(A|)', outputs)
  }))

  it('refuses a bound of no symbols when it is built', () => {
    expect(() => joinLatest({ symbolsMax: 0 })).toThrow(new RangeError('joinLatest: symbolsMax must be a whole number of at least 1, but is 0'))
  })
})
