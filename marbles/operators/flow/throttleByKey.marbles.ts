import { range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { throttleByKey } from '../../../operators/flow/throttleByKey.ts'

// a, b, c, d are of one key, x, y of another, k, l of a third.
const symbolOf = (letter: string): string => ('abcd'.includes(letter) ? 'A' : 'xy'.includes(letter) ? 'X' : 'K')
const pace = { everyMs: 6 } as const

describe('throttleByKey', () => {
  it('gives the first of a key at once and the last of an interval at its end', marbles((m) => {
    const source$ = m.hot('  -a-b-c---x-----d|')
    const expected = '       -a-----c-x-----d|'
    const subs = '           ^---------------!'

    m.expect(source$.pipe(throttleByKey(symbolOf, pace))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot('-').pipe(throttleByKey(symbolOf, pace)), '^-----------!').toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<string>('--|').pipe(throttleByKey(symbolOf, pace))).toBeObservable('--|')
  }))

  it('gives the only value at once, and once', marbles((m) => {
    m.expect(m.hot('-a---------|').pipe(throttleByKey(symbolOf, pace))).toBeObservable('-a---------|')
  }))

  it('gives many values of one key at the pace', marbles((m) => {
    const source$ = m.hot('  abcdabcdabcdabc|')
    const expected = '       a-----c-----a--(c|)'

    // The value of the very frame in which an interval ends comes before its end here: it is the last of that interval.
    m.expect(source$.pipe(throttleByKey(symbolOf, pace))).toBeObservable(expected)
  }))

  it('keeps each key its own interval', marbles((m) => {
    const source$ = m.hot('  -a-x-b-y-------|')
    const expected = '       -a-x---b-y-----|'

    m.expect(source$.pipe(throttleByKey(symbolOf, pace))).toBeObservable(expected)
  }))

  it('waits an interval after the last word of a burst too', marbles((m) => {
    const source$ = m.hot('  -ab-----c-----d|')
    const expected = '       -a-----b-----c-(d|)'

    m.expect(source$.pipe(throttleByKey(symbolOf, pace))).toBeObservable(expected)
  }))

  it('drops all but the first when the last is not wanted', marbles((m) => {
    const source$ = m.hot('  -a-b-c----d-|')
    const expected = '       -a--------d-|'

    m.expect(source$.pipe(throttleByKey(symbolOf, { ...pace, trailing: false }))).toBeObservable(expected)
  }))

  it('gives what waits before the error of the source, the longest wait first', marbles((m) => {
    const source$ = m.hot('  -x-a-b-(y#)')

    m.expect(source$.pipe(throttleByKey(symbolOf, { everyMs: 9 }))).toBeObservable('-x-a---(yb#)')
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms c')
    const unsub = '          ^ 59s 999ms - 59s 999ms -----!'

    m.expect(source$.pipe(throttleByKey(symbolOf, pace)), unsub).toBeObservable('a 59s 999ms b 59s 999ms c')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('drops what waits and its timer when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b-----')
    const unsub = '          ^---!'

    m.expect(source$.pipe(throttleByKey(symbolOf, pace)), unsub).toBeObservable('-a---')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes two values of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(abx)------|').pipe(throttleByKey(symbolOf, pace))).toBeObservable('-(ax)--b----|')
  }))

  it('forgets the key that came first when there is one too many, after its last word', marbles((m) => {
    const source$ = m.hot('  -a-b-x----c--|')
    const expected = '       -a---(bx)-c--|'

    m.expect(source$.pipe(throttleByKey(symbolOf, { everyMs: 9, keysMax: 1 }))).toBeObservable(expected)
  }))

  it('errors with what the key throws', marbles((m) => {
    const key = (): string => {
      throw new RangeError('no key')
    }

    m.expect(m.hot('-a-').pipe(throttleByKey(key, pace))).toBeObservable('-#', undefined, new RangeError('no key'))
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(throttleByKey((n) => n, pace), take(2))).toBeObservable('(xy|)', { x: 0, y: 1 })
  }))

  it.each([
    [{ everyMs: NaN }, 'throttleByKey: everyMs must be more than 0 and at most 2147483647 milliseconds, but is NaN'],
    [{ everyMs: 1, keysMax: -3 }, 'throttleByKey: keysMax must be a whole number of at least 1, but is -3'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => throttleByKey(symbolOf, wrong)).toThrow(new RangeError(message))
  })
})
