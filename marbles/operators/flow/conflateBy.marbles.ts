import { range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { conflateBy } from '../../../operators/flow/conflateBy.ts'

// a, b, c are of one key, x, y, z of another; any other letter is a key of its own.
const symbolOf = (letter: string): string => ('abc'.includes(letter) ? 'A' : 'xyz'.includes(letter) ? 'X' : letter)
const pace = { everyMs: 6 } as const

describe('conflateBy', () => {
  it('gives the latest of each key when the first of them has waited', marbles((m) => {
    const source$ = m.hot('  -a-x-b-----y--|')
    const expected = '       -------(bx)---(y|)'
    const subs = '           ^-------------!'

    m.expect(source$.pipe(conflateBy(symbolOf, pace))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot('-').pipe(conflateBy(symbolOf, pace)), '^-----------!').toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<string>('--|').pipe(conflateBy(symbolOf, pace))).toBeObservable('--|')
  }))

  it('gives the only value when it has waited', marbles((m) => {
    m.expect(m.hot('-a---------|').pipe(conflateBy(symbolOf, pace))).toBeObservable('-------a---|')
  }))

  it('gives many values of one key one by one, at the pace', marbles((m) => {
    const source$ = m.hot('  abcabcabcabcabcabc|')
    const expected = '       ------a------b----(c|)'

    m.expect(source$.pipe(conflateBy(symbolOf, pace))).toBeObservable(expected)
  }))

  it('gives what it holds before the error of the source', marbles((m) => {
    m.expect(m.hot('-ax#').pipe(conflateBy(symbolOf, pace))).toBeObservable('---(ax#)')
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms c')
    const unsub = '          ^ 59s 999ms - 59s 999ms -------!'
    const expected = '       6ms a 59s 999ms b 59s 999ms c'

    m.expect(source$.pipe(conflateBy(symbolOf, pace)), unsub).toBeObservable(expected)
  }))

  it('drops what it holds and its timer when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-x-b--')
    const unsub = '          ^---!'

    m.expect(source$.pipe(conflateBy(symbolOf, pace)), unsub).toBeObservable('-----')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes two values of one frame in their order', marbles((m) => {
    const source$ = m.hot('  -(abx)------|')
    const expected = '       -------(bx)-|'

    m.expect(source$.pipe(conflateBy(symbolOf, pace))).toBeObservable(expected)
  }))

  it('gives early what waits when there is a key too many', marbles((m) => {
    const source$ = m.hot('  -axbk------|')
    const expected = '       ----(bx)--k|'

    m.expect(source$.pipe(conflateBy(symbolOf, { ...pace, keysMax: 2 }))).toBeObservable(expected)
  }))

  it('errors with what the key throws', marbles((m) => {
    const key = (letter: string): string => {
      if (letter === 'x') throw new RangeError('x has none')
      return letter
    }

    m.expect(m.hot('-a-x-').pipe(conflateBy(key, pace))).toBeObservable('---#', undefined, new RangeError('x has none'))
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(conflateBy((n) => n, { ...pace, keysMax: 1 }), take(2))).toBeObservable('(xy|)', { x: 0, y: 1 })
  }))

  it.each([
    [{ everyMs: -1 }, 'conflateBy: everyMs must be more than 0 and at most 2147483647 milliseconds, but is -1'],
    [{ everyMs: 1, keysMax: 0 }, 'conflateBy: keysMax must be a whole number of at least 1, but is 0'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => conflateBy(symbolOf, wrong)).toThrow(new RangeError(message))
  })
})
