import { bufferCount, delay, map, merge, mergeMap, type OperatorFunction, range, scan, Subject, take, tap, throwError, timer } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { isolate, type IsolatedLetter } from '../../../operators/flow/isolate.ts'

const fault = new RangeError('b is too much')
/** To capitals; b is more than it can bear. */
const risky = map((letter: string) => {
  if (letter === 'b') throw fault
  return letter.toUpperCase()
})

/** Isolated, and beside it the dead letters as an Observable. */
const isolated = <R>(operator: OperatorFunction<string, R>, failuresMax?: number) => {
  const letter$ = new Subject<IsolatedLetter<string>>()
  const deadLetter = (letter: IsolatedLetter<string>): void => letter$.next(letter)
  const options = failuresMax === undefined ? { deadLetter } : { deadLetter, failuresMax }

  return { letter$, isolated: isolate(operator, options) }
}

describe('isolate', () => {
  it('spends a value on a fault and goes on with a fresh instance', marbles((m) => {
    const source$ = m.hot('  -a-b-c-|')
    const expected = '       -A---C-|'
    const letters = '        ---b----'
    const subs = '           ^------!'
    const { letter$, isolated: op } = isolated(risky)

    m.expect(letter$).toBeObservable(letters, { b: { values: ['b'], error: fault, atMs: 3 } })
    m.expect(source$.pipe(op)).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<string>('-').pipe(isolated(risky).isolated)).toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<string>('--|').pipe(isolated(risky).isolated)).toBeObservable('--|')
  }))

  it('gives what is made of the only value', marbles((m) => {
    m.expect(m.hot('-a-|').pipe(isolated(risky).isolated)).toBeObservable('-A-|')
  }))

  it('loses what the instance held, and only that', marbles((m) => {
    const sum = (so: string, letter: string): string => {
      if (letter === 'x') throw fault
      return so + letter
    }
    const source$ = m.hot('  -a-b-x-c-d-|')
    const expected = '       -A-B---C-D-|'

    m.expect(source$.pipe(isolated(scan(sum)).isolated)).toBeObservable(expected, { A: 'a', B: 'ab', C: 'c', D: 'cd' })
  }))

  it('builds operators that complete anew, and has taken the value', marbles((m) => {
    const source$ = m.hot('  -a-b-c-|')
    const { letter$, isolated: op } = isolated(take<string>(1))

    m.expect(letter$).toBeObservable('-')
    m.expect(source$.pipe(op)).toBeObservable('-a-b-c-|')
  }))

  it('says so when operators end before they take a value', marbles((m) => {
    const { letter$, isolated: op } = isolated(take<string>(0))
    const error = new Error('the isolated operators completed before they took a value')

    m.expect(letter$).toBeObservable('-a-', { a: { values: ['a'], error, atMs: 1 } })
    m.expect(m.hot('-a-|').pipe(op)).toBeObservable('---|')
  }))

  it('spends the value on operators that throw while they are built', marbles((m) => {
    const { letter$, isolated: op } = isolated<string>(() => {
      throw fault
    })

    m.expect(letter$).toBeObservable('-a-', { a: { values: ['a'], error: fault, atMs: 1 } })
    m.expect(m.hot('-a-|').pipe(op)).toBeObservable('---|')
  }))

  it('reports a fault of a timer without a value', marbles((m) => {
    const late: OperatorFunction<string, string> = (source$) => merge(source$, timer(2).pipe(mergeMap(() => throwError(() => fault))))
    const source$ = m.hot('  -a---b|')
    const { letter$, isolated: op } = isolated(late)

    m.expect(letter$).toBeObservable('---s---t', {
      s: { values: [], error: fault, atMs: 3 },
      t: { values: [], error: fault, atMs: 7 },
    })
    m.expect(source$.pipe(op)).toBeObservable('-a---b-|')
  }))

  it('gives what the inner operators still hold at the end, and waits for it', marbles((m) => {
    m.expect(m.hot('-ab|').pipe(isolated(bufferCount<string>(5)).isolated)).toBeObservable('---(X|)', { X: ['a', 'b'] })
    m.expect(m.hot('-ab|').pipe(isolated(delay<string>(4)).isolated)).toBeObservable('-----a(b|)')
  }))

  it('fails with the source at once', marbles((m) => {
    m.expect(m.hot('-a-#').pipe(isolated(risky).isolated)).toBeObservable('-A-#')
  }))

  it('errors with the last fault after so many in a row', marbles((m) => {
    const source$ = m.hot('  -b-b-a-b-b-b-')
    const expected = '       -----A-----#'

    m.expect(source$.pipe(isolated(risky, 2).isolated)).toBeObservable(expected, undefined, fault)
    m.expect(source$).toHaveSubscriptions('^----------!')
  }))

  it('errors with what the dead letters throw', marbles((m) => {
    const deadLetter = (): never => {
      throw new TypeError('the box is full')
    }

    m.expect(m.hot('-a-b-').pipe(isolate(risky, { deadLetter }))).toBeObservable('-A-#', undefined, new TypeError('the box is full'))
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms c')
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(isolated(risky).isolated), unsub).toBeObservable('A 59s 999ms - 59s 999ms C')
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('unsubscribes the inner pipeline when unsubscribed early', marbles((m) => {
    const clock$ = m.hot('   ------------')
    const source$ = m.hot('  -a---------b')
    const unsub = '          ^---!'
    const inner: OperatorFunction<string, string> = (in$) => merge(in$, clock$)

    m.expect(source$.pipe(isolated(inner).isolated), unsub).toBeObservable('-a---')
    m.expect(source$).toHaveSubscriptions(unsub)
    m.expect(clock$).toHaveSubscriptions('-^--!')
  }))

  it('takes two values of one frame, the bad one between them, in their order', marbles((m) => {
    m.expect(m.hot('-(abc|)').pipe(isolated(risky).isolated)).toBeObservable('-(AC|)')
  }))

  it('names the value that was pushed last when an answer leads back to the source', () => {
    const source$ = new Subject<string>()
    const { letter$, isolated: op } = isolated(risky)
    const seen: (readonly string[])[] = []
    letter$.subscribe(({ values }) => seen.push(values))
    source$.pipe(op, tap((letter) => letter === 'A' && source$.next('b'))).subscribe()
    source$.next('a')

    expect(seen).toEqual([['b']])
  })

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const all$ = range(0, Infinity).pipe(isolate(map((n: number) => n), { deadLetter: () => {} }), take(2))

    m.expect(all$).toBeObservable('(xy|)', { x: 0, y: 1 })
  }))

  it('refuses a bound of no failures when it is built', () => {
    expect(() => isolate(risky, { deadLetter: () => {}, failuresMax: 0 })).toThrow(
      new RangeError('isolate: failuresMax must be a whole number of at least 1, but is 0'),
    )
  })
})
