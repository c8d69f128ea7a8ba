import { map, of, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { spread, type Spread, type SpreadOptions } from '../../../operators/market/spread.ts'
import type { FairMarketValue } from '../../../streams/model.ts'
import { fairValue, marketTimeMs, minuteBar, trade } from '../../index.ts'

const atNs = (ms: number): string => `${marketTimeMs + ms}000000`
const values: Record<string, FairMarketValue> = {
  f: fairValue({ price: 100, atNs: atNs(0) }),
  g: fairValue({ price: 106, atNs: atNs(3) }),
  // Before f, come after it.
  e: fairValue({ price: 99, atNs: atNs(-5) }),
  y: fairValue({ symbol: 'MSFT', price: 50, atNs: atNs(0) }),
}
const lasts = {
  p: trade({ price: 100, atMs: marketTimeMs + 2 }),
  q: trade({ price: 110, atMs: marketTimeMs + 8 }),
  // An odd lot, and a late trade.
  o: trade({ price: 90, size: 1, conditions: [37], atMs: marketTimeMs + 9 }),
  l: trade({ price: 90, atMs: marketTimeMs + 1 }),
}

const spreadOf = (fairPrice: number, fairMs: number, lastPrice: number, lastMs: number, judged: Partial<Spread>): Spread => ({
  ev: 'spread',
  symbol: 'AAPL',
  atMs: marketTimeMs + Math.max(fairMs, lastMs),
  fairPrice,
  fairAtMs: marketTimeMs + fairMs,
  lastPrice,
  lastAtMs: marketTimeMs + lastMs,
  difference: fairPrice - lastPrice,
  percent: ((fairPrice - lastPrice) / lastPrice) * 100,
  valuation: 'fair',
  magnitude: 'fair',
  signal: 'HOLD_SIGNAL',
  signalStrength: 0,
  isSignificant: false,
  ...judged,
})
const spreads: Record<string, Spread> = {
  F: spreadOf(100, 0, 100, 2, {}),
  G: spreadOf(106, 3, 100, 2, {
    valuation: 'undervalued', magnitude: 'moderate_undervalued', signal: 'BUY_SIGNAL', signalStrength: 0.3, isSignificant: true,
  }),
  H: spreadOf(106, 3, 110, 8, {
    valuation: 'overvalued', magnitude: 'moderate_overvalued', signal: 'SELL_SIGNAL', signalStrength: ((4 / 110) * 100) / 20,
  }),
}

describe('spread', () => {
  it('holds the fair value against the last price, whichever moves', marbles((m) => {
    const last$ = m.hot('    --p-----q--', lasts)
    const source$ = m.hot('  -f---g-----|', values)
    const expected = '       --F--G--H--|'
    const subs = '           ^----------!'

    m.expect(source$.pipe(spread({ last$ }))).toBeObservable(expected, spreads)
    m.expect(source$).toHaveSubscriptions(subs)
    m.expect(last$).toHaveSubscriptions(subs)
  }))

  it.each([
    ['fairValue', '       -----G-----|'],
    ['last', '            --F-----H--|'],
  ] as const)('gives a spread on %s only when told to', (on, expected) =>
    marbles((m) => {
      const last$ = m.hot('    --p-----q--', lasts)
      const source$ = m.hot('  -f---g-----|', values)

      m.expect(source$.pipe(spread({ last$, on }))).toBeObservable(expected, spreads)
    })())

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<FairMarketValue>('-').pipe(spread({ last$: m.hot('-p-q', lasts) }))).toBeObservable('-')
  }))

  it('completes with an empty source and releases the last prices', marbles((m) => {
    const last$ = m.hot('    -p---', lasts)

    m.expect(m.cold<FairMarketValue>('--|').pipe(spread({ last$ }))).toBeObservable('--|')
    m.expect(last$).toHaveSubscriptions('^-!')
  }))

  it('gives nothing for one value alone', marbles((m) => {
    m.expect(m.hot('-f-|', values).pipe(spread({ last$: m.hot('-') }))).toBeObservable('---|')
  }))

  it('keeps symbols apart', marbles((m) => {
    m.expect(m.hot('-y-f-|', values).pipe(spread({ last$: m.hot('p', lasts) }))).toBeObservable('---F-|', spreads)
  }))

  it('takes the close of bars for a last price', marbles((m) => {
    const last$ = m.hot('    p', { p: minuteBar({ close: 100, startMs: marketTimeMs + 2 - 60_000 }) })

    m.expect(m.hot('-f-|', values).pipe(spread({ last$ }))).toBeObservable('-F-|', spreads)
  }))

  it('lets no odd lot, no late trade and no older value move anything', marbles((m) => {
    const last$ = m.hot('    -p-o-l---', lasts)
    const source$ = m.hot('  --f-e--f|', values)

    m.expect(source$.pipe(spread({ last$ }))).toBeObservable('--F----F|', spreads)
  }))

  it('is significant from the percentage that is wanted', marbles((m) => {
    const source$ = m.hot('  -g|', values)
    const isSignificant = (significantPercent: number) =>
      source$.pipe(spread({ last$: of(lasts.p), significantPercent }), map((one) => one.isSignificant))

    m.expect(isSignificant(6)).toBeObservable('-y|', { y: true })
    m.expect(isSignificant(6.1)).toBeObservable('-n|', { n: false })
  }))

  it('keeps the last prices when they complete', marbles((m) => {
    m.expect(m.hot('---f|', values).pipe(spread({ last$: m.hot('p|', lasts) }))).toBeObservable('---F|', spreads)
  }))

  it('fails with the source, with the last prices, and with what the host throws', marbles((m) => {
    const error = new TypeError('no')
    const counts = (): never => {
      throw error
    }

    m.expect(m.hot('-f-#', values).pipe(spread({ last$: m.hot('p', lasts) }))).toBeObservable('-F-#', spreads)
    m.expect(m.hot('-f---', values).pipe(spread({ last$: m.hot('p--#', lasts, error) }))).toBeObservable('-F-#', spreads, error)
    m.expect(m.hot('-----', values).pipe(spread({ last$: m.hot('--p', lasts), counts }))).toBeObservable('--#', spreads, error)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const last$ = m.hot('    p', lasts)
    const source$ = m.hot('  - 59s 999ms f 59s 999ms g', values)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(spread({ last$ })), unsub).toBeObservable('- 59s 999ms F 59s 999ms G', spreads)
    m.expect(last$).toHaveSubscriptions(unsub)
  }))

  it('releases both when unsubscribed early', marbles((m) => {
    const last$ = m.hot('    p---q', lasts)
    const source$ = m.hot('  -f---g', values)
    const unsub = '          ^--!'

    m.expect(source$.pipe(spread({ last$ })), unsub).toBeObservable('-F--', spreads)
    m.expect(source$).toHaveSubscriptions(unsub)
    m.expect(last$).toHaveSubscriptions(unsub)
  }))

  it('takes a price of one frame with a value for known when it comes first', marbles((m) => {
    const last$ = m.hot('    -p', lasts)
    const source$ = m.hot('  -(fg|)', values)

    m.expect(source$.pipe(spread({ last$ }))).toBeObservable('-(FG|)', spreads)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const all$ = range(0, Infinity).pipe(map(() => values.f!), spread({ last$: of(lasts.p) }), take(1))

    m.expect(all$).toBeObservable('(F|)', spreads)
  }))

  it.each<[Partial<SpreadOptions>, string]>([
    [{ significantPercent: 0 }, 'spread: significantPercent must be a finite number above 0, but is 0'],
    [{ symbolsMax: 0 }, 'spread: symbolsMax must be a whole number of at least 1, but is 0'],
    [{ on: 'never' as 'both' }, `spread: on must be 'fairValue', 'last' or 'both', but is "never"`],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => spread({ last$: of(lasts.p), ...wrong })).toThrow(new RangeError(message))
  })
})
