import { marbles } from 'rxjs-marbles/jest/index.js'

import { held, scanFrom } from '../../../operators/flow/scanFrom.ts'

const add = (sum: string, letter: string): string => {
  if (letter === 'x') throw new RangeError('x')
  return sum + letter
}
const sums = { A: 'a', B: 'ab', C: 'abc' } as const

describe('scanFrom', () => {
  it('goes on where the instance that failed has been', marbles((m) => {
    const source$ = m.hot('  -a-b-x-c-|')
    const expected = '       -A-B-#    '
    const again = '          -------C-|'
    const place = held('')
    const scanned$ = source$.pipe(scanFrom(place, add))

    m.expect(scanned$).toBeObservable(expected, sums, new RangeError('x'))
    m.expect(scanned$, '     ------^').toBeObservable(again, sums)
    m.flush()
    expect(place.value).toBe('abc')
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<string>('-').pipe(scanFrom(held(''), add))).toBeObservable('-')
  }))

  it('completes with an empty source and leaves the state as it is', marbles((m) => {
    const place = held('a')

    m.expect(m.cold<string>('--|').pipe(scanFrom(place, add))).toBeObservable('--|')
    m.flush()
    expect(place.value).toBe('a')
  }))

  it('gives the state after the only value', marbles((m) => {
    m.expect(m.hot('-b-|').pipe(scanFrom(held('a'), add))).toBeObservable('-B-|', sums)
  }))

  it('gives what the output makes of state and value', marbles((m) => {
    const output = (sum: string, letter: string): string => `${letter} of ${sum}`

    m.expect(m.hot('-ab-|').pipe(scanFrom(held(''), add, output))).toBeObservable('-AB-|', { A: 'a of a', B: 'b of ab' })
  }))

  it('has kept the value when only the output throws', marbles((m) => {
    const place = held('')
    const output = (): never => {
      throw new RangeError('no')
    }

    m.expect(m.hot('-a-').pipe(scanFrom(place, add, output))).toBeObservable('-#', undefined, new RangeError('no'))
    m.flush()
    expect(place.value).toBe('a')
  }))

  it('fails with the source', marbles((m) => {
    m.expect(m.hot('-a-#').pipe(scanFrom(held(''), add))).toBeObservable('-A-#', sums)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms c')
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(scanFrom(held(''), add)), unsub).toBeObservable('A 59s 999ms B 59s 999ms C', sums)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source and keeps the state when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b-c')
    const unsub = '          ^--!'
    const place = held('')

    m.expect(source$.pipe(scanFrom(place, add)), unsub).toBeObservable('-A--', sums)
    m.expect(source$).toHaveSubscriptions(unsub)
    m.flush()
    expect(place.value).toBe('a')
  }))

  it('takes two values and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(abc|)').pipe(scanFrom(held(''), add))).toBeObservable('-(ABC|)', sums)
  }))

  it('shares a place between the operators that are given it', marbles((m) => {
    const place = held('')

    m.expect(m.hot('-a---|').pipe(scanFrom(place, add))).toBeObservable('-A---|', sums)
    m.expect(m.hot('---b-|').pipe(scanFrom(place, add))).toBeObservable('---B-|', sums)
  }))
})
