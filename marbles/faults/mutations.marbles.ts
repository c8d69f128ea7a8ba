/**
 * Goal: the simulation can fail. An engine that is broken in one place is caught, and the scenario that shows it is small.
 *
 * Method: a module of the product is replaced by one that behaves like it but for one fault, and the simulation is run until
 * it has found something. The faults are made so that the engine itself counts nothing wrong wherever that can be.
 */
import { filter, interval, tap } from 'rxjs'

import type { Batch } from '../../streams/codecs/batch.ts'
import type * as Decoders from '../../streams/codecs/decodeFrame.ts'
import type * as Gaps from '../../streams/gaps.ts'
import type * as Lanes from '../../streams/lane.ts'
import type * as Links from '../../streams/link/link.ts'
import type * as Subscriptions from '../../streams/link/subscriptions.ts'
import type * as Paces from '../../streams/pace.ts'
import type * as Readers from '../../streams/reader.ts'
import type * as Supervision from '../../streams/supervise.ts'
import type * as Simulation from './simulate.ts'

/** A module, and what it exports instead. */
interface Broken {
  readonly at: string
  readonly as: (actual: never) => object
}

interface Mutation {
  readonly what: string
  readonly broken: readonly Broken[]
  /** A word of what it must be told for. */
  readonly told: RegExp
  /** No more steps than these are left when it has shrunk. */
  readonly steps: number
}

const broken = <M extends object>(at: string, as: (actual: M) => Partial<M>): Broken => ({ at, as: as })

/** A decoder with other batches. What it leaves out, it does not count either. */
const decoding = (change: (batches: readonly Batch[], nth: number) => readonly Batch[]): Broken =>
  broken<typeof Decoders>('../../streams/codecs/decodeFrame.ts', (actual) => ({
    createDecoder: (codecs) => {
      const decode = actual.createDecoder(codecs)
      const lengthOf = (all: readonly Batch[]): number => all.reduce((sum, { length }) => sum + length, 0)
      let nth = 0
      return (bytes) => {
        const decoded = decode(bytes)
        const batches = change(decoded.batches, decoded.batches.length > 0 ? (nth += 1) : 0)
        return { ...decoded, batches, elements: decoded.elements + lengthOf(batches) - lengthOf(decoded.batches) }
      }
    },
  }))

const linking = (change: (link: typeof Links.link) => typeof Links.link): Broken =>
  broken<typeof Links>('../../streams/link/link.ts', ({ link }) => ({ link: change(link) }))

let hasThrown = false

const mutations: readonly Mutation[] = [
  {
    what: 'a decoder that loses an event of a frame, and does not count it',
    broken: [decoding((batches, nth) => (nth % 4 === 3 ? batches.map((batch) => batch.slice(1)).filter(({ length }) => length > 0) : batches))],
    told: /vanished|no gap lies/,
    steps: 6,
  },
  {
    what: 'a decoder that gives a batch twice',
    broken: [decoding((batches, nth) => (nth % 4 === 3 ? batches.flatMap((batch) => [batch, batch]) : batches))],
    told: /came twice/,
    steps: 6,
  },
  {
    what: 'a decoder that swaps two events',
    broken: [decoding((batches) => batches.map((batch) => (batch.length === 2 ? batch.select([1, 0]) : batch)))],
    told: /after a later one/,
    steps: 6,
  },
  {
    what: 'a lane that drops a batch in silence',
    broken: [
      broken<typeof Lanes>('../../streams/lane.ts', (actual) => ({
        createLane: (options) => {
          const log = actual.createLane<never>(options)
          const { append } = log
          let nth = 0
          return Object.defineProperty(log, 'append', { value: (batch: Batch<never>) => { if ((nth += 1) % 3 !== 0) append(batch) } })
        },
      })),
    ],
    told: /does not balance/,
    steps: 6,
  },
  {
    what: 'a lane that keeps one event more than its limit',
    broken: [broken<typeof Lanes>('../../streams/lane.ts', (actual) => ({ createLane: (options) => actual.createLane({ ...options, limit: (options.limit ?? 1_000) + 1 }) }))],
    told: /above its limit/,
    steps: 6,
  },
  {
    what: 'a reader whose rewind forgets what it had',
    broken: [
      broken<typeof Readers>('../../streams/reader.ts', (actual) => ({
        createReader: (start) => {
          const reader = actual.createReader(start)
          const { commit } = reader
          return Object.assign(reader, { rewind: () => { commit() } })
        },
      })),
    ],
    told: /reader by hand/,
    steps: 6,
  },
  {
    what: 'a loss that is not reported as a gap',
    broken: [linking((link) => (options, sources) => link(options, sources).pipe(filter(({ kind }) => kind !== 'lost')))],
    told: /no gap lies/,
    steps: 7,
  },
  {
    what: 'a gap with its place off by one',
    broken: [
      broken<typeof Gaps>('../../streams/gaps.ts', (actual) => ({
        gaps: (sources, options) =>
          actual.gaps(sources, { ...options, heads: () => options.heads().map((head) => ({ ...head, nextOffset: Math.max(head.nextOffset - 1, 0) })) }),
      })),
    ],
    told: /no gap lies|pulled over the gap/,
    steps: 7,
  },
  {
    what: 'a link that forgets a channel when it comes back',
    broken: [
      broken<typeof Subscriptions>('../../streams/link/subscriptions.ts', (actual) => ({
        subscriptions: (options) => {
          const all = actual.subscriptions(options)
          let hasEnded = false
          return {
            ...all,
            reset: () => { hasEnded = true; all.reset() },
            next: () => {
              const message = all.next()
              return hasEnded && message !== undefined ? { ...message, params: message.params.replace(/^[^,]*,/, '') } : message
            },
          }
        },
      })),
    ],
    told: /not well/,
    steps: 6,
  },
  {
    what: 'a fault of one frequency that makes the links of others wait longer',
    broken: [
      broken<typeof Supervision>('../../streams/supervise.ts', ({ supervise }) => ({
        supervise: (stage, options) => (source$) =>
          source$.pipe(supervise(stage, options), tap(({ kind }) => { hasThrown ||= kind === 'deadLetter' })),
      })),
      linking((link) => (options, sources) => {
        // Made at the start of each run.
        hasThrown = false
        return link({ ...options, random: () => (hasThrown ? 0.9 : options.random()) }, sources)
      }),
    ],
    told: /changed what/,
    steps: 9,
  },
  {
    what: 'a timer that is left after the close',
    broken: [broken<typeof Paces>('../../streams/pace.ts', ({ paceOf }) => ({ paceOf: (options) => { interval(60_000).subscribe(); return paceOf(options) } }))],
    told: /timers run on after the close/,
    steps: 1,
  },
  {
    what: 'an engine that asks real chance',
    broken: [linking((link) => (options, sources) => link({ ...options, random: Math.random }, sources))],
    told: /differently the second time|changed what/,
    steps: 9,
  },
]

let inForce: Mutation | undefined

/** What a module exports goes through here: a function of the mutation in force, or its own. */
const switched = (at: string) => (): object => {
  const actual = jest.requireActual<Readonly<Record<string, unknown>>>(at)
  const known = new Map<Broken, object>()
  const exportsNow = (): Readonly<Record<string, unknown>> => {
    const now = inForce?.broken.find((one) => one.at === at)
    if (now === undefined) return actual
    const changed = known.get(now) ?? now.as(actual as never)
    known.set(now, changed)
    return { ...actual, ...changed }
  }
  const through = (key: string, own: unknown): unknown =>
    typeof own === 'function' && !/^[A-Z]/.test(key) ? (...args: unknown[]) => (exportsNow()[key] as (...all: unknown[]) => unknown)(...args) : own
  return Object.fromEntries(Object.entries(actual).map(([key, own]) => [key, through(key, own)]))
}

describe('the simulation', () => {
  const paths = new Set(mutations.flatMap((mutation) => mutation.broken.map(({ at }) => at)))
  let simulate: typeof Simulation.simulate

  beforeAll(() => {
    for (const at of paths) jest.doMock(at, switched(at))
    // After the modules have been replaced, so not by an import.
    ;({ simulate } = jest.requireActual<typeof Simulation>('./simulate.ts'))
  })

  afterAll(() => {
    for (const at of paths) jest.dontMock(at)
  })

  it('finds nothing where nothing is broken', async () => {
    inForce = undefined

    expect((await simulate({ seed: 1, runs: 50, stepsMax: 16 })).failure).toBeUndefined()
  }, 120_000)

  it.each(mutations)('catches $what', async (mutation) => {
    inForce = mutation
    const { failure } = await simulate({ seed: 1, runs: 1_000, stepsMax: 16 })

    expect(failure?.violations.join('\n')).toMatch(mutation.told)
    expect(failure!.scenario.steps.length).toBeLessThanOrEqual(mutation.steps)
    expect(failure!.text).toContain('violationsOf')
  }, 120_000)
})
