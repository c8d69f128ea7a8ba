import fc from 'fast-check'

import type { Batch } from '../streams/codecs/batch.ts'
import type { Cohort } from '../src/publisher/cohort.ts'
import { createCohorts } from '../src/publisher/cohorts.ts'
import { createFramer, type OutFrame } from '../src/publisher/frames.ts'
import { createKept, type Kept } from '../src/publisher/kept.ts'

// Goal: whatever lists change between whatever events, a member gets exactly the events that came while it wanted them, in order, once.
// Method: random lists, events, flushes and departures against a model that keeps per member what it should have; no socket, no time.

interface Listener {
  readonly got: number[]
  push(frames: readonly OutFrame[]): boolean
  readonly lags: boolean
  readonly kept: Kept
}

const listener = (): Listener => {
  const got: number[] = []
  return {
    got,
    push: (frames) => {
      for (const { bytes, events } of frames) {
        const numbers = JSON.parse(bytes.toString()) as number[]
        expect(numbers).toHaveLength(events)
        got.push(...numbers)
      }
      return true
    },
    lags: false,
    kept: createKept(() => {}),
  }
}

/** Event n of symbol s is the number n; one that is `bad` cannot be encoded. */
const batchOf = (
  events: readonly { readonly symbol: string; readonly n: number; readonly isBad: boolean }[],
): Batch => {
  const wire = (i: number): Buffer => {
    if (events[i]!.isBad) throw new Error('cannot be encoded')
    return Buffer.from(String(events[i]!.n))
  }
  return {
    length: events.length,
    symbol: (i: number) => events[i]!.symbol,
    wire,
    wireLength: (i: number) => wire(i).length,
    copyWire: (target: Buffer, at: number, from: number, to: number) =>
      at + target.write(Array.from({ length: to - from }, (_, i) => wire(from + i).toString()).join(), at),
  } as unknown as Batch
}

const symbol = fc.constantFrom('A', 'B', 'C')
const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      symbols: fc.array(fc.tuple(symbol, fc.nat(9)), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      who: fc.nat(4),
      list: fc.array(fc.oneof(symbol, fc.constant('*')), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(4) }) },
)

describe('cohorts', () => {
  it('give each member exactly what it wanted when it came', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (acts, count) => {
        const open = new Set<Cohort>()
        const closed = { offered: 0, out: 0 }
        const holding = new Set<unknown>()
        let refused = 0
        const cohorts = createCohorts({
          count,
          framer: createFramer(12),
          pace: { holds: (cohort) => holding.add(cohort), empty: (cohort) => holding.delete(cohort) },
          opened: (cohort) => {
            open.add(cohort)
            return () => {
              open.delete(cohort)
              const { offered, encoded, held, refused: bad, abandoned } = cohort.figures()
              closed.offered += offered
              closed.out += encoded + held + bad + abandoned
              expect(held).toBe(0)
            }
          },
          onRefused: () => (refused += 1),
        })
        let members = Array.from({ length: 5 }, listener)
        let lists: ReadonlySet<string>[] = members.map(() => new Set<string>())
        let expected: number[][] = members.map(() => [])
        const departed: (readonly [got: readonly number[], wanted: readonly number[]])[] = []
        let n = 0

        for (const one of acts) {
          if (one.kind === 'events') {
            const events = one.symbols.map(([name, luck]) => ({ symbol: name, n: (n += 1), isBad: luck === 0 }))
            cohorts.route(batchOf(events))
            for (const [i, list] of lists.entries()) {
              expected[i]!.push(
                ...events
                  .filter((event) => !event.isBad && (list.has('*') || list.has(event.symbol)))
                  .map((event) => event.n),
              )
            }
          } else if (one.kind === 'list') {
            const list = new Set(one.list)
            lists = lists.with(one.who, list)
            cohorts.place(members[one.who]!, list.size === 0 ? undefined : list)
          } else if (one.kind === 'leave') {
            // Whoever leaves gets nothing more: a new one takes the seat.
            cohorts.leave(members[one.who]!)
            departed.push([members[one.who]!.got, expected[one.who]!])
            members = members.with(one.who, listener())
            lists = lists.with(one.who, new Set())
            expected = expected.with(one.who, [])
          } else cohorts.flush()

          for (const cohort of open) {
            const { offered, encoded, held, refused: bad, abandoned } = cohort.figures()
            expect(offered).toBe(encoded + held + bad + abandoned)
            expect(held).toBeLessThan(count)
            expect(holding.has(cohort)).toBe(held > 0)
          }
          expect(closed.offered).toBe(closed.out)
          expect(cohorts.size).toBe(
            new Set(lists.filter(({ size }) => size > 0).map((list) => (list.has('*') ? '*' : [...list].sort().join())))
              .size,
          )
        }
        cohorts.flush()
        expect(members.map(({ got }) => got)).toEqual(expected)
        for (const [got, wanted] of departed) expect(got).toEqual(wanted.slice(0, got.length))
        expect(refused).toBeLessThanOrEqual(n)
      }),
      { numRuns: 500 },
    )
  })

  it('encode once for all members', () => {
    const cohorts = createCohorts({
      count: 100,
      framer: createFramer(1000),
      pace: { holds: () => {}, empty: () => {} },
      opened: () => () => {},
      onRefused: () => {},
    })
    const pushed: (readonly OutFrame[])[] = []
    for (let i = 0; i < 3; i += 1) {
      cohorts.place({ ...listener(), push: (frames) => pushed.push(frames) > 0 }, new Set(['A', 'B']))
    }
    cohorts.route(batchOf([{ symbol: 'A', n: 1, isBad: false }]))
    cohorts.flush()
    expect(pushed).toHaveLength(3)
    expect(new Set(pushed.map(([frame]) => frame!.bytes)).size).toBe(1)
  })

  it('cut frames below the limit, and send alone what is longer', () => {
    const events = ['1', '22', '333333333333', '4'].map((text) => ({ symbol: text, bytes: Buffer.from(text) }))
    const framer = createFramer(6)
    expect(framer.framesOf(events).map(({ bytes, events: count }) => [bytes.toString(), count])).toEqual([
      ['[1,22]', 2],
      ['[333333333333]', 1],
      ['[4]', 1],
    ])
    expect(framer.framesOf(events, 4)).toEqual([])
  })
})
