import { range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { dedupeBy } from '../../../operators/flow/dedupeBy.ts'

const idOf = (letter: string): string => letter.toLowerCase()

describe('dedupeBy', () => {
  it('drops what has been there, for as long as it is remembered', marbles((m) => {
    const source$ = m.hot('  -a-b-a-c-a-b-|')
    const expected = '       -a-b---c-a-b-|'
    const subs = '           ^------------!'

    m.expect(source$.pipe(dedupeBy(idOf, { keysMax: 2 }))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot('-').pipe(dedupeBy(idOf))).toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<string>('--|').pipe(dedupeBy(idOf))).toBeObservable('--|')
  }))

  it('gives the only value', marbles((m) => {
    m.expect(m.hot('-a-|').pipe(dedupeBy(idOf))).toBeObservable('-a-|')
  }))

  it('tells values by their key and gives the first, as it is', marbles((m) => {
    m.expect(m.hot('aAbBBac|').pipe(dedupeBy(idOf))).toBeObservable('a-b---c|')
  }))

  it('forgets by time, counted from the first value', marbles((m) => {
    const source$ = m.hot('  -a--a-a--a-|')
    const expected = '       -a----a----|'

    m.expect(source$.pipe(dedupeBy(idOf, { windowMs: 5 }))).toBeObservable(expected)
  }))

  it('fails with the source', marbles((m) => {
    m.expect(m.hot('-a-a#').pipe(dedupeBy(idOf))).toBeObservable('-a--#')
  }))

  it('errors with what the key throws', marbles((m) => {
    const key = (): string => {
      throw new RangeError('no key')
    }

    m.expect(m.hot('-a-').pipe(dedupeBy(key))).toBeObservable('-#', undefined, new RangeError('no key'))
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms a 59s 999ms b')
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(dedupeBy(idOf)), unsub).toBeObservable('a 59s 999ms - 59s 999ms b')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b-c')
    const unsub = '          ^--!'

    m.expect(source$.pipe(dedupeBy(idOf)), unsub).toBeObservable('-a--')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('gives one of two that are the same in one frame, before the end', marbles((m) => {
    m.expect(m.hot('-(aAb|)').pipe(dedupeBy(idOf))).toBeObservable('-(ab|)')
  }))

  it('begins each subscription with nothing remembered', marbles((m) => {
    const deduped$ = m.cold('aa-a|').pipe(dedupeBy(idOf))

    m.expect(deduped$).toBeObservable('a---|')
    m.expect(deduped$, '-----^').toBeObservable('-----a---|')
  }))

  it('remembers no more than it may, however many keys come', marbles((m) => {
    const repeats$ = range(0, 100_000).pipe(dedupeBy((n) => n % 7, { keysMax: 6 }), take(20))

    m.expect(repeats$.pipe(dedupeBy((n) => n, { keysMax: 1 }), take(1))).toBeObservable('(z|)', { z: 0 })
    let count = 0
    range(0, 7_000).pipe(dedupeBy((n) => n % 7, { keysMax: 6 })).subscribe(() => (count += 1))
    // Each of the seven has just been forgotten when it comes again.
    expect(count).toBe(7_000)
  }))

  it.each([
    [{ keysMax: 0 }, 'dedupeBy: keysMax must be a whole number of at least 1, but is 0'],
    [{ windowMs: 0 }, 'dedupeBy: windowMs must be more than 0, but is 0'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => dedupeBy(idOf, wrong)).toThrow(new RangeError(message))
  })
})
