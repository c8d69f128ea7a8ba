import { ignoreElements, merge, tap } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'
import { EventRefused } from '../../../operators/market/eventRefused.ts'
import { handleFmv, type FairMarketValueEvent } from '../../../operators/market/handleFmv.ts'
import type { FairMarketValue } from '../../../streams/model.ts'

const atMs = Date.parse('2024-01-16T10:00:00-05:00')
const all = { ev: 'FMV', symbol: 'AAPL', atNs: `${atMs}000123`, atMs } as const

// a lies 3 % above a market price of 100, b half a percent; x cannot be.
const values: Record<string, FairMarketValue> = {
  a: { ...all, price: 103 },
  b: { ...all, price: 100.5 },
  x: { ...all, price: 0 },
}

const bare = {
  ev: 'fair_market_value',
  symbol: 'AAPL',
  atMs,
  fmvTimestampNs: `${atMs}000123`,
  precisionLevel: 'nanosecond',
  volume: 0,
  marketSession: 'regular',
} as const
const judged = { ...bare, marketPriceSource: 'external', marketPrice: 100, isOvervalued: false, isSignificantDeviation: false } as const
const events: Record<string, FairMarketValueEvent> = {
  A: {
    ...judged,
    price: 103,
    fmvPrice: 103,
    signal: 'BUY_SIGNAL',
    fmvVsMarketPrice: 3,
    fmvVsMarketPercent: 3,
    valuationMagnitude: 'moderate_undervalued',
    isUndervalued: true,
    signalStrength: 0.15,
  },
  B: {
    ...judged,
    price: 100.5,
    fmvPrice: 100.5,
    signal: 'HOLD_SIGNAL',
    fmvVsMarketPrice: 0.5,
    fmvVsMarketPercent: 0.5,
    valuationMagnitude: 'fair',
    isUndervalued: false,
    signalStrength: 0.025,
  },
  // Without a market price.
  U: { ...bare, price: 103, fmvPrice: 103, marketPriceSource: 'unknown', signal: 'UNKNOWN' },
}

const marketPrice = (): number => 100
const refused = new EventRefused({ handler: 'handleFmv', symbol: 'AAPL', field: 'price', expected: 'a finite number above 0', received: 0 })

describe('handleFmv', () => {
  it('judges each fair value against the market price', marbles((m) => {
    const source$ = m.hot('                -a--b--|', values)
    const expected = '                     -A--B--|'
    const subs = '                         ^------!'

    m.expect(source$.pipe(handleFmv({ marketPrice }))).toBeObservable(expected, events)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('knows no verdict without a market price', marbles((m) => {
    m.expect(m.hot('-a-|', values).pipe(handleFmv())).toBeObservable('-U-|', events)
  }))

  it('asks for the market price of the moment', marbles((m) => {
    // p = the market price becomes known.
    let latest: number | undefined
    const price$ = m.hot('                 --p----|', { p: 100 })
    const source$ = m.hot('                -a--a--|', values)
    const expected = '                     -U--A--|'

    const keep$ = price$.pipe(tap((price) => (latest = price)), ignoreElements())

    m.expect(merge(keep$, source$.pipe(handleFmv({ marketPrice: () => latest })))).toBeObservable(expected, events)
  }))

  it('never speaks before the source', marbles((m) => {
    m.expect(m.hot<FairMarketValue>('-').pipe(handleFmv())).toBeObservable('-')
  }))

  it('completes with a source that is empty', marbles((m) => {
    m.expect(m.cold<FairMarketValue>('|').pipe(handleFmv())).toBeObservable('|')
  }))

  it('makes one event of one fair value', marbles((m) => {
    m.expect(m.cold('(a|)', values).pipe(handleFmv({ marketPrice }))).toBeObservable('(A|)', events)
  }))

  it('fails with the source', marbles((m) => {
    const source$ = m.hot('                -a-#', values)
    const expected = '                     -A-#'

    m.expect(source$.pipe(handleFmv({ marketPrice }))).toBeObservable(expected, events)
  }))

  it('errors at a value it refuses and lets the source go', marbles((m) => {
    const source$ = m.hot('                -a-x-b-|', values)
    const expected = '                     -A-#'
    const subs = '                         ^--!'

    m.expect(source$.pipe(handleFmv({ marketPrice }))).toBeObservable(expected, events, refused)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('                -a 999ms b 999ms a 999ms b', values)
    const unsub = '                        ^  999ms - 999ms - --!'
    const expected = '                     -A 999ms B 999ms A'

    m.expect(source$.pipe(handleFmv({ marketPrice })), unsub).toBeObservable(expected, events)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source when unsubscribed between two values', marbles((m) => {
    const source$ = m.hot('                -a----b-|', values)
    const unsub = '                        ^---!'
    const expected = '                     -A---'

    m.expect(source$.pipe(handleFmv({ marketPrice })), unsub).toBeObservable(expected, events)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('keeps the order of two values, and of a value and the end, in one frame', marbles((m) => {
    const source$ = m.hot('                -(ab)-(a|)', values)
    const expected = '                     -(AB)-(A|)'

    m.expect(source$.pipe(handleFmv({ marketPrice }))).toBeObservable(expected, events)
  }))
})
