import { map, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { vwap, type Vwap, type VwapSum } from '../../../operators/market/vwap.ts'
import type { Trade } from '../../../streams/model.ts'
import { marketTimeMs, trade } from '../../index.ts'

const dayMs = 86_400_000
const trades: Record<string, Trade> = {
  a: trade({ price: 100, size: 100 }),
  b: trade({ price: 104, size: 300, atMs: marketTimeMs + 1 }),
  // An odd lot.
  o: trade({ price: 90, size: 10, conditions: [37] }),
  x: trade({ symbol: 'MSFT', price: 50, size: 200 }),
  // The next day, and the evening of the same.
  c: trade({ price: 110, size: 100, atMs: marketTimeMs + dayMs }),
  e: trade({ price: 110, size: 100, atMs: marketTimeMs + 7 * 3_600_000 }),
}
const of = (fields: Partial<Vwap>): Vwap => ({
  ev: 'vwap', symbol: 'AAPL', atMs: marketTimeMs, vwap: 100, price: 100, deviationPercent: 0, volume: 100, trades: 1, marketSession: 'regular', ...fields,
})
const means: Record<string, Vwap> = {
  A: of({}),
  B: of({ atMs: marketTimeMs + 1, vwap: 103, price: 104, deviationPercent: (1 / 103) * 100, volume: 400, trades: 2 }),
  X: of({ symbol: 'MSFT', vwap: 50, price: 50, volume: 200 }),
  C: of({ atMs: marketTimeMs + dayMs, vwap: 110, price: 110 }),
  E: of({ atMs: marketTimeMs + 7 * 3_600_000, vwap: 110, price: 110, marketSession: 'after' }),
}

describe('vwap', () => {
  it('gives the mean so far with every trade that counts, and begins anew with the day', marbles((m) => {
    const source$ = m.hot('  -a-b-o-x-c-|', trades)
    const expected = '       -A-B---X-C-|'
    const subs = '           ^----------!'

    m.expect(source$.pipe(vwap())).toBeObservable(expected, means)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<Trade>('-').pipe(vwap())).toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<Trade>('--|').pipe(vwap())).toBeObservable('--|')
  }))

  it('gives the price of the only trade', marbles((m) => {
    m.expect(m.hot('-a-|', trades).pipe(vwap())).toBeObservable('-A-|', means)
  }))

  it('begins anew with each session when told to, and not with a late trade of the last', marbles((m) => {
    m.expect(m.hot('-a-e-b-|', trades).pipe(vwap({ per: 'session' }))).toBeObservable('-A-E---|', means)
  }))

  it('leaves out a trade of a day that is over', marbles((m) => {
    m.expect(m.hot('-c-a-|', trades).pipe(vwap())).toBeObservable('-C---|', means)
  }))

  it('goes on with the sums that the host holds', marbles((m) => {
    const sums = new Map<string, VwapSum>()

    m.expect(m.hot('-a-#', trades).pipe(vwap({ sums }))).toBeObservable('-A-#', means)
    m.expect(m.hot('-----b-|', trades).pipe(vwap({ sums })), '----^').toBeObservable('-----B-|', means)
  }))

  it('counts what the host counts', marbles((m) => {
    const counts = () => ({ volume: true, range: true, ends: true })

    m.expect(m.hot('-o-|', trades).pipe(vwap({ counts }))).toBeObservable('-O-|', { O: of({ vwap: 90, price: 90, volume: 10 }) })
  }))

  it('forgets the symbol that came first when there is one too many', marbles((m) => {
    m.expect(m.hot('-a-x-a-|', trades).pipe(vwap({ symbolsMax: 1 }))).toBeObservable('-A-X-A-|', means)
  }))

  it('fails with the source', marbles((m) => {
    m.expect(m.hot('-a-#', trades).pipe(vwap())).toBeObservable('-A-#', means)
  }))

  it('errors with what a function of the host throws', marbles((m) => {
    const error = new TypeError('no')
    const counts = (): never => {
      throw error
    }

    m.expect(m.hot('-a-', trades).pipe(vwap({ counts }))).toBeObservable('-#', undefined, error)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms x', trades)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(vwap()), unsub).toBeObservable('A 59s 999ms B 59s 999ms X', means)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b-', trades)
    const unsub = '          ^--!'

    m.expect(source$.pipe(vwap()), unsub).toBeObservable('-A--', means)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes two trades and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(ab|)', trades).pipe(vwap())).toBeObservable('-(AB|)', means)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(map(() => trades.a!), vwap(), take(1))).toBeObservable('(A|)', means)
  }))

  it.each([
    [{ symbolsMax: 0 }, 'vwap: symbolsMax must be a whole number of at least 1, but is 0'],
    [{ per: 'week' as 'day' }, `vwap: per must be 'day' or 'session', but is "week"`],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => vwap(wrong)).toThrow(new RangeError(message))
  })
})
