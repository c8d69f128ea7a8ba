import { bufferCount, concatMap, defer, delay, EMPTY, filter, from, map, merge, mergeMap, NEVER, type Observable, of, type OperatorFunction, scan, Subject, take, tap, throwError, timer } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import type { Batch } from '../../streams/codecs/batch.ts'
import { batchesOf } from '../../streams/codecs/index.ts'
import { perSecond } from '../../streams/frequencies/index.ts'
import type { Stage } from '../../streams/frequency.ts'
import type { EventLike, Trade } from '../../streams/model.ts'
import { stageMeter } from '../../streams/stageMeter.ts'
import { type StreamSignal, supervise, type SuperviseOptions } from '../../streams/supervise.ts'
import { EventRefused } from '../../operators/market/eventRefused.ts'
import { engineMarbles, letterEvents, trade } from '../index.ts'

const letterOf = (event: unknown): string => {
  const { price } = event as { readonly price?: number }
  return price === undefined ? '?' : String.fromCharCode(Math.trunc(price) - 101 + 97)
}
const batch = (letters: string): StreamSignal => ({ kind: 'batch', batch: batchesOf(letterEvents('T', letters))[0]! })
const refuses = (handler: string) => new EventRefused({ handler, symbol: 'AAPL', field: 'price', expected: 'dear', received: 1 })

/** What comes out as short text: `ac` for a batch, `threw b` for a dead letter, `quarantined` for the operators. */
const told = (signal: StreamSignal): string =>
  signal.kind === 'batch' ? [...signal.batch].map(letterOf).join('')
  : signal.kind === 'deadLetter' ? [signal.deadLetter.reason, signal.deadLetter.events.map(letterOf).join('')].join(' ').trim()
  : signal.kind === 'budget' ? String(signal.isKept)
  : signal.operators

const events = (build: OperatorFunction<never, unknown>): Stage => ({ kind: 'events', build: build as never })
const batches = (build: (batch$: Observable<Batch<Trade>>) => Observable<unknown>): Stage => ({ kind: 'batches', build: build as never })
const throwsAt = (...letters: string[]): OperatorFunction<never, unknown> => tap((event) => { if (letters.includes(letterOf(event))) throw new Error(letterOf(event)) })
/** Quarantined at the first throw: waits of 3, 6 and 12 ms, three quarters of 4, 8 and 16. */
const impatient = { restartsMax: 1, retryInitialMs: 4, retryCapMs: 16, retryStableMs: 10 }
const words = { Q: 'quarantined', o: 'ok' }
const isWord = (text: string): boolean => Object.values(words).includes(text)
const supervised = (stage: Stage, options: Partial<SuperviseOptions> = {}) => (source$: Observable<StreamSignal>) =>
  source$.pipe(supervise(stage, { frequency: 'per_second', random: () => 0.5, ...options }), map(told))

describe('supervise', () => {
  it('buries what an operator threw at and goes on with the next', marbles((m) => {
    const source$ = m.hot('  --x-----y--', { x: batch('abc'), y: batch('def') })
    const expected = '       --(DX)--Y--'

    m.expect(source$.pipe(supervised(events(throwsAt('b'))))).toBeObservable(expected, { D: 'threw b', X: 'ac', Y: 'def' })
  }))

  it('never speaks over a source that never does, and completes with an empty one', marbles((m) => {
    m.expect(NEVER.pipe(supervised(events(throwsAt('b'))))).toBeObservable('-')
    m.expect(m.cold('  --|').pipe(supervised(events(throwsAt('b'))))).toBeObservable('--|')
  }))

  it('errors with its source, and unsubscribes from it', marbles((m) => {
    const source$ = m.hot('                                       -x-y-#', { x: batch('a'), y: batch('b') })

    m.expect(source$.pipe(supervised(events(map((event) => event))))).toBeObservable('            -x-y-#', { x: 'a', y: 'b' })
    m.expect(source$.pipe(supervised(events(map((event) => event)))), '           ^-!').toBeObservable('-x----', { x: 'a' })
    m.expect(source$).toHaveSubscriptions(['^----!', '^-!'])
  }))

  it('loses what the instance held when it throws, and nothing else', marbles((m) => {
    const pairs = (event$: Observable<never>) => event$.pipe(throwsAt('c'), bufferCount(2), concatMap((pair) => from(pair)))
    const meter = stageMeter()
    const source$ = m.hot('                                                                   -x---y-', { x: batch('abx'), y: batch('cde') })

    m.expect(source$.pipe(supervised(events(pairs), { meter }))).toBeObservable('-X---(DY)', { X: 'ab', D: 'threw c', Y: 'de' })
    m.flush()
    expect(meter).toMatchObject({ offered: 6, passed: 5, deadLettered: 1, emitted: 4, restarts: 1 })
  }))

  it('starts a fresh instance when one completes, and that event has passed', marbles((m) => {
    const meter = stageMeter()
    const source$ = m.hot('                                                    -x-y-', { x: batch('abc'), y: batch('d') })

    m.expect(source$.pipe(supervised(events(take(1)), { meter }))).toBeObservable('-X-Y-', { X: 'abc', Y: 'd' })
    m.flush()
    expect(meter).toMatchObject({ offered: 4, passed: 4, deadLettered: 0, restarts: 4 })
  }))

  it('builds state anew after a throw', marbles((m) => {
    const counting = (event$: Observable<never>) => event$.pipe(throwsAt('c'), scan((count) => count + 1, 0), map((count) => trade({ price: 100 + count })))
    const source$ = m.hot('                                       -x---y-', { x: batch('abc'), y: batch('de') })

    // a, b count 1, 2; after c the next ones count from 1 again.
    m.expect(source$.pipe(supervised(events(counting)))).toBeObservable('-(DX)Y-', { D: 'threw c', X: 'ab', Y: 'ab' })
  }))

  it('tells of a timer that throws as a dead letter without events', marbles((m) => {
    const late = mergeMap(() => timer(2).pipe(mergeMap(() => throwError(() => new Error('late')))))
    const source$ = m.hot('                                    -x----y-', { x: batch('a'), y: batch('b') })

    m.expect(source$.pipe(supervised(events(late)))).toBeObservable('---D----D', { D: 'threw' })
  }))

  it('gives what comes by a timer as a batch of its own', marbles((m) => {
    const source$ = m.hot('                                        -x-----', { x: batch('ab') })

    m.expect(source$.pipe(supervised(events(delay(2))))).toBeObservable('---(ab)')
  }))

  it('quarantines operators that pass nothing, and tries again after a wait', marbles((m) => {
    const source$ = m.hot('  -a-b---c-d-------e---', { a: batch('a'), b: batch('b'), c: batch('c'), d: batch('d'), e: batch('e') })
    const expected = '       -a-(bQ)c-d-------(oe)'
    const said = { a: 'threw a', b: 'threw b', Q: 'quarantined', c: 'quarantined c', d: 'quarantined d', o: 'ok', e: 'e' }

    // At 3, for three quarters of 16 ms: until 15.
    m.expect(source$.pipe(supervised(events(throwsAt('a', 'b')), { restartsMax: 2, retryInitialMs: 16 }))).toBeObservable(expected, said)
  }))

  it('builds nothing by a timer: the next event after the wait does', marbles((m) => {
    const source$ = m.hot('  -a--------b--', { a: batch('a'), b: batch('b') })
    const built: number[] = []
    const building = (event$: Observable<never>) => defer(() => {
      built.push(m.scheduler.now())
      return event$.pipe(throwsAt('a'))
    })

    m.expect(source$.pipe(supervised(events(building), { ...impatient, retryInitialMs: 4 }), filter(isWord))).toBeObservable('-Q--------o--', words)
    m.flush()
    expect(built).toEqual([1, 10])
  }))

  it('waits longer each time, up to the cap', marbles((m) => {
    const source$ = m.hot('  -aaaaaaaaaaaaaaaaaaa', { a: batch('a') })
    // For 3, 6 and 6 ms, which is three quarters of 4, 8 and 8; the next event is the try.
    const expected = '       -Q---Q------Q------Q'
    const meter = stageMeter()

    m.expect(source$.pipe(supervised(events(throwsAt('a')), { ...impatient, retryCapMs: 8, meter }), filter(isWord))).toBeObservable(expected, words)
    m.flush()
    expect(meter).toMatchObject({ offered: 19, deadLettered: 19, restarts: 4 })
  }))

  it('waits at least half of each wait, whatever chance says', marbles((m) => {
    const source$ = m.hot('  -aaaaaaaaa', { a: batch('a') })
    const expected = '       -Q--Q----Q'

    m.expect(source$.pipe(supervised(events(throwsAt('a')), { ...impatient, random: () => 0 }), filter(isWord))).toBeObservable(expected, words)
  }))

  it('goes on with longer waits when the operators were up for less than the stable time', marbles((m) => {
    const source$ = m.hot('  -abbbbabbbbbbbbbbbbbbbabbbbbbbbbbbbb', { a: batch('a'), b: batch('b') })
    // Up from 5 to 6 and from 13 to 22: the waits are 3, 6 and 12.
    const expected = '       -Q---oQ------o--------Q------------o'

    m.expect(source$.pipe(supervised(events(throwsAt('a')), impatient), filter(isWord))).toBeObservable(expected, words)
  }))

  it('starts the waits over when the operators were up for the stable time', marbles((m) => {
    const source$ = m.hot('  -abbbbabbbbbbbbbbbbbbbbabbbb', { a: batch('a'), b: batch('b') })
    // Up from 5 to 6 and from 13 to 23: the waits are 3, 6 and 3.
    const expected = '       -Q---oQ------o---------Q---o'

    m.expect(source$.pipe(supervised(events(throwsAt('a')), impatient), filter(isWord))).toBeObservable(expected, words)
  }))

  it('takes 30 s for a stable time unless told otherwise', marbles((m) => {
    const { retryStableMs: _default, ...options } = impatient
    const again = { retryInitialMs: 1000, retryCapMs: 60_000 }
    const values = { a: batch('a'), b: batch('b') }
    const short$ = m.hot('                                                                               -a 999ms b 29998ms a 750ms b 749ms b', values)
    const long$ = m.hot('                                                                                -a 999ms b 29999ms a 750ms b', values)

    m.expect(short$.pipe(supervised(events(throwsAt('a')), { ...options, ...again }), filter(isWord))).toBeObservable('-Q 999ms o 29998ms Q 1500ms o', words)
    m.expect(long$.pipe(supervised(events(throwsAt('a')), { ...options, ...again }), filter(isWord))).toBeObservable(' -Q 999ms o 29999ms Q 750ms o', words)
  }))

  it('leaves no timer behind, whether its source completes or it is unsubscribed', () => {
    jest.useFakeTimers()
    try {
      const counts: number[] = []
      for (const end of ['complete', 'unsubscribe'] as const) {
        const signal$ = new Subject<StreamSignal>()
        const subscription = signal$.pipe(supervised(events(throwsAt('a')), impatient)).subscribe()

        signal$.next(batch('a'))
        counts.push(jest.getTimerCount())
        if (end === 'complete') signal$.complete()
        else subscription.unsubscribe()
        counts.push(jest.getTimerCount())
      }

      expect(counts).toEqual([1, 0, 1, 0])
    } finally {
      jest.useRealTimers()
    }
  })

  it('refuses waits that cannot be when it is built', () => {
    expect(() => supervised(events(throwsAt('a')), { retryInitialMs: 0 })(EMPTY)).toThrow(RangeError)
    expect(() => supervise(events(throwsAt('a')), { frequency: 'f', random: () => 0, restartsMax: 0 })).toThrow('restartsMax must be a whole number from 1')
  })

  it('tells also of an instance that ends while it is being said ok', marbles((m) => {
    const kill$ = new Subject<never>()
    const mortal = (event$: Observable<never>) => merge(event$.pipe(throwsAt('a')), kill$.pipe(tap(() => { throw new Error('killed') })))
    const source$ = m.hot('  -a--x-----', { a: batch('aa'), x: batch('bc') })
    const expected = '       -Q--(DoX)-'
    const told$ = source$.pipe(supervised(events(mortal), { restartsMax: 2, retryInitialMs: 2 }), filter((word) => word !== 'threw a'))

    m.expect(told$.pipe(tap((word) => { if (word === 'ok') kill$.next(undefined as never) }))).toBeObservable(expected, { Q: 'quarantined', D: 'threw', o: 'ok', X: 'bc' })
  }))

  it('does not count refusals towards quarantine', marbles((m) => {
    const refusing = tap(() => { throw refuses('handleTick') })
    const meter = stageMeter()
    const source$ = m.hot('  -x--------', { x: batch('abcdefgh') })
    const expected = '       -(abcdefgh)'

    m.expect(source$.pipe(supervised(events(refusing), { meter, restartsMax: 2 }))).toBeObservable(expected, Object.fromEntries('abcdefgh'.split('').map((letter) => [letter, `refused ${letter}`])))
    m.flush()
    expect(meter).toMatchObject({ offered: 8, deadLettered: 8, restarts: 8 })
  }))

  it('buries outputs that no lane can take', marbles((m) => {
    const meter = stageMeter()
    const strange = map((event) => (letterOf(event) === 'b' ? { price: 102.5 } : event))
    const source$ = m.hot('                                                       -x---', { x: batch('abc') })

    m.expect(source$.pipe(supervised(events(strange), { meter }))).toBeObservable('-(DX)', { D: 'notAnEvent b', X: 'ac' })
    m.flush()
    expect(meter).toMatchObject({ offered: 3, passed: 3, emitted: 3, refused: 1 })
  }))

  it('flushes what the operators hold when the source completes', marbles((m) => {
    const meter = stageMeter()
    const pairs = (event$: Observable<never>) => event$.pipe(bufferCount(2), concatMap((pair) => from(pair)))
    const source$ = m.hot('                                                    -x--|', { x: batch('abc') })

    m.expect(source$.pipe(supervised(events(pairs), { meter }))).toBeObservable('-X--(Y|)', { X: 'ab', Y: 'c' })
    m.flush()
    expect(meter).toMatchObject({ emitted: 3, restarts: 0 })
  }))

  it('tells of operators that throw while they flush', marbles((m) => {
    const holding = (event$: Observable<never>) => event$.pipe(bufferCount(9), tap(() => { throw new Error('full') }))
    const source$ = m.hot('                                        -x--|', { x: batch('abc') })

    m.expect(source$.pipe(supervised(events(holding)))).toBeObservable('----(D|)', { D: 'threw' })
  }))

  it('buries what comes when the operators end before they take it', marbles((m) => {
    const source$ = m.hot('                                              -x---', { x: batch('ab') })

    m.expect(source$.pipe(supervised(events(take(0) as never)))).toBeObservable('-(ab)', { a: 'threw a', b: 'threw b' })
    m.expect(source$.pipe(supervised(events(() => { throw new Error('unbuilt') })))).toBeObservable('-(ab)', { a: 'threw a', b: 'threw b' })
  }))

  it('buries the whole batch when an operator over batches throws', marbles((m) => {
    const build = tap((one: Batch<Trade>) => { if (one.length > 1) throw new Error('two') })
    const source$ = m.hot('                                                     -x-y-', { x: batch('ab'), y: batch('c') })

    m.expect(source$.pipe(supervised(batches((batch$) => batch$.pipe(build))))).toBeObservable('-D-Y-', { D: 'threw ab', Y: 'c' })
  }))

  it('buries what an operator over batches gives and is none', marbles((m) => {
    const source$ = m.hot('                                                     -x---', { x: batch('ab') })

    m.expect(source$.pipe(supervised(batches((batch$) => batch$.pipe(mergeMap((one) => of(one, 7))))))).toBeObservable('-(XD)', { X: 'ab', D: 'notAnEvent ?' })
  }))

  it('gives one batch per event type out of one frame, and the very bytes of events that pass', marbles((m) => {
    const source = batchesOf(letterEvents('T', 'abc'))[0]!
    const split = mergeMap((event: EventLike) => (letterOf(event) === 'b' ? of(event, { ...event, ev: 'X' }) : of(event)))
    const out: Batch[] = []
    m.hot<StreamSignal>('-x-', { x: { kind: 'batch', batch: source } }).pipe(supervise(events(split as never), { frequency: 'f', random: () => 0 })).subscribe((signal) => {
      if (signal.kind === 'batch') out.push(signal.batch)
    })
    m.flush()

    expect(out.map(({ eventType, length }) => [eventType, length])).toEqual([['T', 3], ['X', 1]])
    expect(out[0]!.wire(1)).toBe(source.wire(1))
  }))
})

describe('operators of a frequency', () => {
  it('run stage by stage, each supervised for itself', engineMarbles((m) => {
    const engine = m.engine({
      frequencies: [perSecond().pipe(filter(({ price }) => price !== 101)).pipeBatches(map((one) => one.filter((all, i) => all.number(i, 'price') !== 102))).pipe(throwsAt('c') as never)],
    })

    m.feed.T('                        -(abcd)--')
    m.expectEvents('per_second', '     -d-------')
    m.expectDeadLetters('per_second', '-c-------')
    m.at('--z', { z: () => expect(engine.ledger().rows.filter(({ kind }) => kind === 'pipe' || kind === 'stream').map(({ figures }) => [figures.offered, figures.emitted])).toEqual([[4, 3], [3, 2], [2, 1]]) })
  }))

  it('are quarantined without a word to the other frequencies, and the state says so', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond().pipe(throwsAt('a') as never)] })

    m.feed.T('                          -a-a-a-a-a-a-- 750ms b')
    m.expectStates('per_second', '      L--------Q---- 750ms L')
    m.expectDeadLetters('per_second', ' -a-a-a-a-a-a-- 750ms -')
    m.expectEvents('per_second', '      -------------- 750ms b')
  }))

  it('leave the ledger balanced for whoever looks from inside', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ channels: ['T', 'Q'] }).pipe(throwsAt('b') as never, take(2))] })
    const balances: boolean[] = []
    const look = (): void => { balances.push(engine.ledger().balanced) }
    const handle = engine.frequency('per_second')
    handle.event$.subscribe(look)
    handle.source$.subscribe(look)
    handle.deadLetter$.subscribe(look)
    handle.lane('T').reader('one').ready$.subscribe(look)

    m.feed.events('-x-x-', { x: [...letterEvents('T', 'abc'), ...letterEvents('Q', 'abc'), ...letterEvents('T', 'de')] })
    m.at('      -----z', { z: () => { expect(balances.length).toBeGreaterThan(30); expect(balances).not.toContain(false) } })
  }))
})
