import { map, type Observable, of, Subject, take, throwError } from 'rxjs'

import { perSecond } from '../../streams/frequencies/index.ts'
import type { BatchesOptions } from '../../streams/batches.ts'
import type { Trade } from '../../streams/model.ts'
import { engineMarbles, type EngineMarbles } from '../index.ts'

const letters = (batch: Iterable<Trade>): string => [...batch].map(({ price }) => String.fromCharCode(price - 101 + 97)).join('')
const engineOf = (m: EngineMarbles, limit = 1000) => m.engine({ frequencies: [perSecond({ limit })] })

const batchesOf = (m: EngineMarbles, options: BatchesOptions, engine = engineOf(m)): Observable<string> =>
  engine.frequency('per_second').lane('T').batches(options).pipe(map(letters))

/** A demand at each p. */
const demands = (m: EngineMarbles, diagram: string): Observable<unknown> => {
  const pull$ = new Subject<void>()
  m.at(diagram, { p: () => { pull$.next() } })
  return pull$
}

describe('batches', () => {
  it('makes a batch at each count, and of what waits at each tick', engineMarbles((m) => {
    m.feed.T('                                           -abc--d------e--')
    m.expect(batchesOf(m, { count: 2, everyMs: 5 })).toBe('--x--y----z----w', { x: 'ab', y: 'c', z: 'd', w: 'e' })
  }))

  it('gives what waits when it is asked for, and keeps a demand until something comes', engineMarbles((m) => {
    m.feed.T('                                                         -abc--d------e--')
    m.expect(batchesOf(m, { count: 2, pull$: demands(m, '----p----pp-----') })).toBe('----x----y---w--', { x: 'ab', y: 'cd', w: 'e' })
  }))

  it('emits nothing without demand', engineMarbles((m) => {
    m.feed.T('                                              -abc--d-')
    m.expect(batchesOf(m, { count: 2, pull$: demands(m, '--------') })).toBe('--------')
  }))

  it('makes a batch by count alone, and none of fewer', engineMarbles((m) => {
    m.feed.T('                                -a-(bcdef)-------')
    m.expect(batchesOf(m, { count: 2 })).toBe('---(xyz)---------', { x: 'ab', y: 'cd', z: 'ef' })
  }))

  it('gives what was there before it was subscribed', engineMarbles((m) => {
    const batch$ = batchesOf(m, { count: 2 })
    const seen: string[] = []

    m.feed.T('-(abc)--')
    m.at('    ------sz', { s: () => { batch$.subscribe((batch) => seen.push(batch)) }, z: () => expect(seen).toEqual(['ab']) })
  }))

  it('makes nothing at a tick when nothing waits', engineMarbles((m) => {
    m.feed.T('                                           ------a--------')
    m.expect(batchesOf(m, { everyMs: 5, count: 100 })).toBe('----------x----', { x: 'a' })
  }))

  it('opens a reader per subscription and closes it with it', engineMarbles((m) => {
    const engine = engineOf(m)
    const lane = engine.frequency('per_second').lane('T')
    const readers = () => engine.health().frequencies[0]!.lanes[0]!.readers.map(({ name }) => name)
    const first = lane.batches({ count: 1 }).subscribe()
    const second = lane.batches({ count: 1, name: 'mine' }).subscribe()

    m.at('-z-x-y', {
      z: () => { expect(readers()).toEqual(['batches 1', 'mine']) },
      x: () => { first.unsubscribe(); second.unsubscribe() },
      y: () => { expect(readers()).toEqual([]) },
    })
  }))

  it('counts the batch during which it was unsubscribed as consumed', engineMarbles((m) => {
    const engine = engineOf(m)

    m.feed.T('                                                       -(abc)--')
    m.expect(batchesOf(m, { count: 2 }, engine).pipe(take(1))).toBe('-(x|)---', { x: 'ab' })
    m.at('--z', { z: () => expect(engine.ledger().rows.find(({ kind }) => kind === 'reader')!.figures).toMatchObject({ committed: 2, abandoned: 1 }) })
  }))

  it('commits with the next demand and not before', engineMarbles((m) => {
    const engine = engineOf(m)
    const committed = () => engine.health().frequencies[0]!.lanes[0]!.readers[0]!.committed
    const counts: number[] = []

    m.feed.T('                                                                 -(ab)--------')
    m.expect(batchesOf(m, { count: 1, pull$: demands(m, '       --p-p-p---') }, engine)).toBe('--a-b----', { a: 'a', b: 'b' })
    m.at('--z-z-zz', { z: () => counts.push(committed()) })
    m.at('---------y', { y: () => expect(counts).toEqual([0, 1, 2, 2]) })
  }))

  it('answers what is asked from inside its own batch after that batch', engineMarbles((m) => {
    const pull$ = new Subject<void>()
    const seen: string[] = []
    batchesOf(m, { count: 1, pull$ }).subscribe((batch) => {
      pull$.next()
      seen.push(batch)
    })

    m.feed.T('-(abc)-')
    m.at('    ------pz', { p: () => { pull$.next() }, z: () => expect(seen).toEqual(['a', 'b', 'c']) })
  }))

  it('completes when the demands have, once all are answered', engineMarbles((m) => {
    const failure = new Error('no')

    m.feed.T('                                                   ---a--')
    m.expect(batchesOf(m, { pull$: of(1) })).toBe('              ---(x|)', { x: 'a' })
    m.expect(batchesOf(m, { pull$: throwError(() => failure) })).toBe('#', {}, failure)
  }))

  it('loses its oldest when demand is slower than the lane is long, and says so', engineMarbles((m) => {
    const engine = engineOf(m, 2)
    const lost$ = engine.frequency('per_second').lane('T').batches({ pull$: demands(m, '-------p') }).pipe(map(({ lostBefore }) => lostBefore))

    m.feed.T('-(abcde)')
    m.expect(lost$).toBe('-------n', { n: 3 })
  }))

  it('throws RangeError for what cannot be', engineMarbles((m) => {
    const lane = engineOf(m, 10).frequency('per_second').lane('T')

    expect(() => lane.batches({ count: 11 })).toThrow("count must be a whole number from 1 to the lane's limit of 10, not 11")
    expect(() => lane.batches({ count: 0 })).toThrow(RangeError)
    expect(() => lane.batches({ everyMs: 0 })).toThrow('everyMs must be above 0')
    expect(() => lane.batches({ everyMs: Infinity })).toThrow(RangeError)
    expect(() => lane.batches({ everyMs: 1, pull$: of(1) })).toThrow('everyMs has no meaning beside pull$')
  }))
})
