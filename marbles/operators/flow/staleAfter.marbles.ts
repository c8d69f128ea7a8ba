import { range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { staleAfter } from '../../../operators/flow/staleAfter.ts'

const said = { L: 'live', S: 'stale' } as const

describe('staleAfter', () => {
  it('goes stale after the quiet time and live at the next word', marbles((m) => {
    const source$ = m.hot('  -a-a------a-|')
    const expected = '       -L-----S--L-|'
    const subs = '           ^-----------!'

    m.expect(source$.pipe(staleAfter(4))).toBeObservable(expected, said)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('goes stale with a source that never speaks, once', marbles((m) => {
    m.expect(m.hot('-').pipe(staleAfter(4)), '^-----------!').toBeObservable('----S', said)
  }))

  it('completes with an empty source and drops its verdict', marbles((m) => {
    m.expect(m.cold('--|').pipe(staleAfter(4))).toBeObservable('--|')
    m.expect(m.cold('|').pipe(staleAfter(4))).toBeObservable('|')
  }))

  it('says live once for one value, then stale', marbles((m) => {
    m.expect(m.hot('-a----------|').pipe(staleAfter(4))).toBeObservable('-L---S------|', said)
  }))

  it('repeats nothing for many values', marbles((m) => {
    m.expect(m.hot('abcabcabc---|').pipe(staleAfter(4))).toBeObservable('L-----------|', said)
  }))

  it('fails with the source, at once', marbles((m) => {
    m.expect(m.hot('-a-#').pipe(staleAfter(4))).toBeObservable('-L-#', said)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms a 59s 999ms a')
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'
    const expected = '       L 4s 999ms S 54s 999ms L 4s 999ms S 54s 999ms L'

    m.expect(source$.pipe(staleAfter(5_000)), unsub).toBeObservable(expected, said)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('leaves no timer behind when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a--------')
    const unsub = '          ^--!'

    m.expect(source$.pipe(staleAfter(4)), unsub).toBeObservable('-L--', said)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes a value of the moment in which the time is over as one in time when it comes first', marbles((m) => {
    m.expect(m.hot('-a---a--|').pipe(staleAfter(4))).toBeObservable('-L------|', said)
  }))

  it('takes two values of one frame for one word', marbles((m) => {
    m.expect(m.hot('-(ab)------|').pipe(staleAfter(4))).toBeObservable('-L---S-----|', said)
  }))

  it('starts each subscription with a clock of its own', marbles((m) => {
    const liveness$ = m.hot('------------').pipe(staleAfter(4))

    m.expect(liveness$, '^---------!').toBeObservable('----S', said)
    m.expect(liveness$, '---^------!').toBeObservable('-------S', said)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(staleAfter(4), take(1))).toBeObservable('(L|)', said)
  }))

  it.each([0, -1, NaN, Infinity])('refuses %p when it is built', (quietMs) => {
    const message = `staleAfter: quietMs must be more than 0 and at most 2147483647 milliseconds, but is ${String(quietMs)}`

    expect(() => staleAfter(quietMs)).toThrow(new RangeError(message))
  })
})
