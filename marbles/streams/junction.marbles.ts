import { concat, EMPTY, map, merge, NEVER, type Observable, of, Subject, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { junction, junctionByKind } from '../../streams/junction.ts'

const ofLetters = (source$: Observable<string>) => junction(source$, (letter) => letter)

describe('junction', () => {
  it('gives each listener the values of its keys, and subscribes the source once', marbles((m) => {
    const source$ = m.hot('-a-b-a-c---|')
    const a = '            -a---a-----|'
    const bc = '           ---b---c---|'
    const keyed = ofLetters(source$)

    m.expect(keyed('a')).toBeObservable(a)
    m.expect(keyed('b', 'c')).toBeObservable(bc)
    m.expect(source$).toHaveSubscriptions('^----------!')
  }))

  it('gives one value to all who want it, in the order in which they came', marbles((m) => {
    const keyed = ofLetters(m.hot(' -a---b---|'))
    const both = '                  -(AB)b---|'
    const first$ = keyed('a').pipe(map(() => 'A'))
    const second$ = keyed('a', 'b').pipe(map((letter) => (letter === 'a' ? 'B' : letter)))

    m.expect(merge(first$, second$)).toBeObservable(both)
  }))

  it('gives a listener without keys the end alone', marbles((m) => {
    m.expect(ofLetters(m.hot('-a-b-|'))()).toBeObservable('-----|')
    m.expect(ofLetters(m.hot('-a-b-#'))()).toBeObservable('-----#')
  }))

  it('drops what nobody wants', marbles((m) => {
    m.expect(ofLetters(m.hot('-a-b-|'))('x')).toBeObservable('-----|')
  }))

  it('completes and fails with its source, and never speaks over one that does not', marbles((m) => {
    m.expect(ofLetters(EMPTY)('a')).toBeObservable('|')
    m.expect(ofLetters(m.cold('a-#'))('a')).toBeObservable('a-#')
    m.expect(ofLetters(NEVER)('a'), '^---!').toBeObservable('----')
  }))

  it('unsubscribes the source when its last listener has gone, and begins anew with the next', marbles((m) => {
    const source$ = m.cold('    a-b-a-b-|')
    const keyed = ofLetters(source$)

    m.expect(keyed('a'), '      ^----!').toBeObservable('a---a-')
    m.expect(keyed('b'), '      ^--!').toBeObservable('  --b-')
    m.expect(keyed('a'), '      ------^--!').toBeObservable('------a--')
    m.expect(source$).toHaveSubscriptions(['^----!', '------^--!'])
  }))

  it('hears a source that says everything within the call', () => {
    const heard: string[] = []
    const source$ = of('a', 'b', 'a')
    const keyed = ofLetters(source$)

    keyed('a').subscribe({ next: (letter) => heard.push(letter), complete: () => heard.push('|') })
    keyed('b').subscribe({ next: (letter) => heard.push(letter), complete: () => heard.push('|') })

    expect(heard).toStrictEqual(['a', 'a', '|', 'b', '|'])
  })

  it('gives nothing more to a listener that leaves while the value is on its way', () => {
    const source$ = new Subject<string>()
    const heard: string[] = []
    const keyed = ofLetters(source$)
    keyed('a').pipe(take(1)).subscribe(() => {
      later.unsubscribe()
      heard.push('first')
    })
    const later = keyed('a').subscribe(() => heard.push('second'))
    keyed('a').subscribe(() => heard.push('third'))

    source$.next('a')
    source$.next('a')

    expect(heard).toStrictEqual(['first', 'third', 'third'])
  })

  it('lets a listener of the moment of the end begin anew', marbles((m) => {
    const source$ = m.cold('a-|')
    const keyed = ofLetters(source$)

    m.expect(concat(keyed('a'), keyed('a'))).toBeObservable('a-a-|')
    m.expect(source$).toHaveSubscriptions(['^-!', '--^-!'])
  }))
})

describe('junctionByKind', () => {
  it('gives each listener the values of its kinds', marbles((m) => {
    const values = { f: { kind: 'frame' }, l: { kind: 'lost' }, s: { kind: 'state' } } as const
    const told = junctionByKind(m.hot('-s-f-f-l-s-|', values))

    m.expect<unknown>(told('frame', 'lost')).toBeObservable('---f-f-l---|', values)
    m.expect<unknown>(told('state')).toBeObservable('        -s-------s-|', values)
  }))
})
