import { range, take, tap } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { batchBy } from '../../../operators/flow/batchBy.ts'

const lists = {
  A: ['a'], B: ['b'], X: ['a', 'b', 'c'], Y: ['d'], Z: ['e'], P: ['a', 'b'], Q: ['c', 'd'],
} as const
const bounds = { count: 3, everyMs: 4 } as const

describe('batchBy', () => {
  it('gives a list when it is full, when its first value has waited, and at the end', marbles((m) => {
    const source$ = m.hot('  -a-b-c----d------e-|')
    const expected = '       -----X--------Y----(Z|)'
    const subs = '           ^------------------!'

    m.expect(source$.pipe(batchBy(bounds))).toBeObservable(expected, lists)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot('-').pipe(batchBy(bounds)), '^-----------!').toBeObservable('-')
  }))

  it('gives no empty list for an empty source', marbles((m) => {
    m.expect(m.cold('--|').pipe(batchBy(bounds))).toBeObservable('--|')
    m.expect(m.cold('|').pipe(batchBy(bounds))).toBeObservable('|')
  }))

  it('gives the only value when it has waited', marbles((m) => {
    m.expect(m.hot('-a--------|').pipe(batchBy(bounds))).toBeObservable('-----A----|', lists)
  }))

  it('waits for a full list when it has no time', marbles((m) => {
    const source$ = m.hot('  -a---------b--c-d|')
    const expected = '       -----------P----Q|'

    m.expect(source$.pipe(batchBy({ count: 2 }))).toBeObservable(expected, lists)
  }))

  it('counts the time from the first value, and anew after a full list', marbles((m) => {
    const source$ = m.hot('  -a-b-----c-d----')
    const expected = '       ---P-------Q----'

    m.expect(source$.pipe(batchBy({ count: 2, everyMs: 9 })), '^---------------!').toBeObservable(expected, lists)
  }))

  it('gives what it holds before the error of the source', marbles((m) => {
    const source$ = m.hot('  -a-b#')
    const expected = '       ----(P#)'

    m.expect(source$.pipe(batchBy(bounds))).toBeObservable(expected, lists)
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  ab 59s 998ms ab 59s 998ms ab')
    const unsub = '          ^- 59s 998ms -- 59s 998ms --!'
    const expected = '       -P 59s 998ms -P 59s 998ms -P'

    m.expect(source$.pipe(batchBy({ count: 2, everyMs: 10 })), unsub).toBeObservable(expected, lists)
  }))

  it('drops what it holds and its timer when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b-c-')
    const unsub = '          ^---!'
    const expected = '       -----'

    m.expect(source$.pipe(batchBy(bounds)), unsub).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('keeps the order of two values and the end in one frame', marbles((m) => {
    const source$ = m.hot('  -(abcd|)')
    const expected = '       -(XY|)'

    m.expect(source$.pipe(batchBy(bounds))).toBeObservable(expected, lists)
  }))

  it('loses nothing to an answer that comes while a list goes out', marbles((m) => {
    const source$ = m.cold(' a-b')
    const answered: string[] = []
    const batched$ = source$.pipe(batchBy({ count: 1 }), tap(([value = '']) => answered.push(value)))

    m.expect(batched$).toBeObservable('A-B', lists)
    m.flush()
    expect(answered).toEqual(['a', 'b'])
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const batches$ = range(0, Infinity).pipe(batchBy({ count: 2 }), take(1))

    m.expect(batches$).toBeObservable('(x|)', { x: [0, 1] })
  }))

  it.each<[Partial<{ count: number; everyMs: number }>, string]>([
    [{ count: 0 }, 'batchBy: count must be a whole number of at least 1, but is 0'],
    [{ count: 1.5 }, 'batchBy: count must be a whole number of at least 1, but is 1.5'],
    [{ count: Infinity }, 'batchBy: count must be a whole number of at least 1, but is Infinity'],
    [{ everyMs: 0 }, 'batchBy: everyMs must be more than 0 and at most 2147483647 milliseconds, but is 0'],
    [{ everyMs: Infinity }, 'batchBy: everyMs must be more than 0 and at most 2147483647 milliseconds, but is Infinity'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => batchBy({ ...bounds, ...wrong })).toThrow(new RangeError(message))
  })
})
