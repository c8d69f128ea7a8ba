import { marbles } from 'rxjs-marbles/jest/index.js'
import { handleTick, type TickData, type TickSource } from '../../../operators/market/handleTick.ts'
import { EventRefused } from '../../../operators/market/eventRefused.ts'

const startMs = Date.parse('2024-01-16T10:00:00-05:00')
const bar = { symbol: 'AAPL', open: 10, high: 12, low: 9, close: 11, volume: 500, otc: false, revision: 0 } as const

// t = trade, q = quote, a = second bar, m = minute bar, f = fair market value, x = a trade that cannot be, u = another ticker.
const events: Record<string, TickSource> = {
  t: { ev: 'T', symbol: 'AAPL', price: 10, size: 100, conditions: [], atMs: startMs },
  q: { ev: 'Q', symbol: 'AAPL', bidPrice: 10, askPrice: 11, indicators: [], atMs: startMs },
  a: { ev: 'A', ...bar, startMs, endMs: startMs + 1000 },
  m: { ev: 'AM', ...bar, startMs, endMs: startMs + 60_000 },
  f: { ev: 'FMV', symbol: 'AAPL', price: 10.5, atNs: `${startMs}000000`, atMs: startMs },
  x: { ev: 'T', symbol: 'AAPL', price: 0, size: 100, conditions: [], atMs: startMs },
  u: { ev: 'T', symbol: 'MSFT', price: 20, size: 5, conditions: [], atMs: startMs },
}

const all = { ev: 'tick', symbol: 'AAPL', volume: 0, atMs: startMs, marketSession: 'regular' } as const
const ofBar = {
  ...all,
  price: 11,
  volume: 500,
  tickOpen: 10,
  tickHigh: 12,
  tickLow: 9,
  tickClose: 11,
  tickVolume: 500,
  tickStartMs: startMs,
  revision: 0,
}
const ticks: Record<string, TickData> = {
  T: { ...all, eventType: 'T', price: 10, volume: 100, tickClose: 10, tickVolume: 100, tickTradeSize: 100, conditions: [] },
  Q: { ...all, eventType: 'Q', price: 10.5, tickClose: 10.5, bid: 10, ask: 11 },
  A: { ...ofBar, eventType: 'A', atMs: startMs + 1000, tickEndMs: startMs + 1000 },
  M: { ...ofBar, eventType: 'AM', atMs: startMs + 60_000, tickEndMs: startMs + 60_000 },
  F: { ...all, eventType: 'FMV', price: 10.5, tickClose: 10.5, atNs: `${startMs}000000` },
  U: { ...all, eventType: 'T', symbol: 'MSFT', price: 20, volume: 5, tickClose: 20, tickVolume: 5, tickTradeSize: 5, conditions: [] },
}

const refused = new EventRefused({ handler: 'handleTick', symbol: 'AAPL', field: 'price', expected: 'a finite number above 0', received: 0 })

describe('handleTick', () => {
  it('makes one tick of each trade, quote and bar', marbles((m) => {
    const source$ = m.hot('  -t-q--a-|', events)
    const expected = '       -T-Q--A-|'
    const subs = '           ^-------!'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('makes ticks of minute bars and fair market values too, in the order of the source', marbles((m) => {
    const source$ = m.hot('  -t-m-f-u-t-|', events)
    const expected = '       -T-M-F-U-T-|'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks)
  }))

  it('never speaks before the source', marbles((m) => {
    m.expect(m.hot<TickSource>('-').pipe(handleTick())).toBeObservable('-')
  }))

  it('completes with a source that is empty', marbles((m) => {
    m.expect(m.cold<TickSource>('|').pipe(handleTick())).toBeObservable('|')
  }))

  it('makes one tick of one event', marbles((m) => {
    m.expect(m.cold('(t|)', events).pipe(handleTick())).toBeObservable('(T|)', ticks)
  }))

  it('fails with the source', marbles((m) => {
    const source$ = m.hot('  -t-#', events)
    const expected = '       -T-#'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks)
  }))

  it('errors at an event it refuses and lets the source go', marbles((m) => {
    const source$ = m.hot('  -t-x-t-|', events)
    const expected = '       -T-#'
    const subs = '           ^--!'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks, refused)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  -t--t--t--t--t--t', events)
    const unsub = '          ^----------!'
    const expected = '       -T--T--T--T'
    const subs = '           ^----------!'

    m.expect(source$.pipe(handleTick()), unsub).toBeObservable(expected, ticks)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('releases the source when unsubscribed between two events', marbles((m) => {
    const source$ = m.hot('  -t----t-|', events)
    const unsub = '          ^---!'
    const expected = '       -T---'

    m.expect(source$.pipe(handleTick()), unsub).toBeObservable(expected, ticks)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('keeps the order of two events, and of an event and the end, in one frame', marbles((m) => {
    const source$ = m.hot('  -(tq)-(u|)', events)
    const expected = '       -(TQ)-(U|)'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks)
  }))

  it('gives the first of two in one frame when the second is refused', marbles((m) => {
    const source$ = m.hot('  -(tx)-t-|', events)
    const expected = '       -(T#)'

    m.expect(source$.pipe(handleTick())).toBeObservable(expected, ticks, refused)
  }))
})
