import fc from 'fast-check'

import type { OutFrame } from '../src/publisher/frames.ts'
import type { Line } from '../src/publisher/line.ts'
import type { SlowClient } from '../src/publisher/options.ts'
import { createOutbox, type Outbox } from '../src/publisher/outbox.ts'
import { everything } from '../src/publisher/rights.ts'
import { createSender } from '../src/publisher/sender.ts'
import type { TickstockMessage } from '../src/publisher/tickstock/message.ts'
import { createTickstockBoard } from '../src/publisher/tickstock/tickstockBoard.ts'
import {
  type Subscription,
  tickstockSession,
  type TickstockSession,
} from '../src/publisher/tickstock/tickstockSession.ts'
import { decodeFrame } from '../streams/codecs/decodeFrame.ts'
import { createLane, type Lane } from '../streams/lane.ts'
import type { Reader } from '../streams/reader.ts'
import { bar, trade } from './publisherKit.ts'

// Goal: over random subscriptions by tickers and frequencies, their changes, stalls, leaves and failures, what each client received is what the
// lanes held for its subscription, once, minus what its ledger row says.
// Method: real lanes, board, cohorts, messages and outboxes over lines that the test reads or leaves alone. A witness on the readers' pulls and on
// the seating says what each client should have; no socket, no time, only turns of the loop.

interface Event {
  /** Of one list. */
  readonly kind: string
  readonly symbol: string
  readonly n: number
}

const eventsOf = ({ bytes }: OutFrame): readonly Event[] => {
  const message = JSON.parse(bytes.toString()) as TickstockMessage | { readonly event: 'status' }
  if (message.event !== 'stock_data') return []
  const { per_second, per_minute } = message.frequencies
  return [
    ...(per_second?.ticks ?? []).map(({ ticker, volume }) => ({ kind: 'ticks', symbol: ticker, n: volume })),
    ...(per_minute?.aggregates ?? []).map(({ ticker, volume }) => ({ kind: 'aggregates', symbol: ticker, n: volume })),
  ]
}

const lineOf = () => {
  const got: Event[] = []
  let flights: (readonly [OutFrame, Parameters<Line['send']>[1]])[] = []
  let isBroken = false
  return {
    got,
    send: (frame: OutFrame, done: Parameters<Line['send']>[1]): void => {
      if (isBroken) process.nextTick(done, new Error('broken'), 0)
      else flights.push([frame, done])
    },
    get bufferedAmount() {
      return flights.reduce((sum, [{ bytes }]) => sum + bytes.length, 0)
    },
    read: (count = Infinity): void => {
      const now = flights.slice(0, count)
      flights = flights.slice(now.length)
      for (const [frame, done] of now) {
        got.push(...eventsOf(frame))
        done(null, frame.bytes.length)
      }
    },
    fail: (): void => {
      isBroken = true
      for (const [, done] of flights.splice(0)) done(new Error('broken'), 0)
    },
  }
}

interface Seated {
  readonly session: TickstockSession
  readonly outbox: Outbox
  end(): void
  readonly line: ReturnType<typeof lineOf>
  readonly expected: Event[]
  /** What it has been seated by. */
  seated: Subscription | undefined
  isOver: boolean
  isCut: boolean
}

const bound = 8000
const frameBytesMax = 2400
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const settled = async (): Promise<void> => {
  for (let i = 0; i < 6; i += 1) await turn()
}

const frequencies = [
  { name: 'per_second', eventTypes: ['T'], kind: 'ticks', field: 'size', element: trade },
  { name: 'per_minute', eventTypes: ['AM'], kind: 'aggregates', field: 'volume', element: bar },
] as const

const floorOf = (slowClient: SlowClient) => {
  const parties = new Set<Seated>()
  const holding = new Set<{ flush(): void }>()
  const readers: Reader[] = []
  const sender = createSender()
  const rows = new Set<() => { readonly held: number }>()
  let n = 0

  const board = createTickstockBoard({
    seat: {
      name: 'publisher',
      row: (_, __, read) => {
        rows.add(read as never)
        return () => {
          expect((read() as unknown as { held: number }).held).toBe(0)
          rows.delete(read as never)
        }
      },
    },
    pace: { holds: (cohort) => holding.add(cohort), empty: (cohort) => holding.delete(cohort) },
    count: 7,
    frameBytesMax,
    lists: {},
    frequencies: () => frequencies,
    now: () => 0,
    onRefused: (_, error) => {
      throw error
    },
    portionBytesMax: bound,
    onManyAnswers: () => {},
  })

  const lanes = frequencies.map(({ name, eventTypes, kind, field }) => {
    const lane = createLane({
      frequency: name,
      eventType: eventTypes[0],
      epoch: 'e',
      limit: 20,
      whenFull: slowClient === 'wait' ? 'block' : 'lose',
      hold: (again) => setImmediate(again),
    })
    // What is pulled is what the subscriptions of this moment say.
    const witnessed: Lane = Object.assign(Object.create(lane) as Lane, {
      reader: (...args: Parameters<Lane['reader']>): Reader => {
        const own = lane.reader(...args)
        readers.push(own)
        return Object.assign(Object.create(own) as Reader, {
          pull: (options: Parameters<Reader['pull']>[0]) => {
            const batch = own.pull(options)
            for (let i = 0; i < batch.length; i += 1) {
              const event = { kind, symbol: batch.symbol(i), n: batch.number(i, field) }
              for (const { seated, isOver, expected } of parties) {
                if (seated === undefined || isOver || !seated.frequencies.includes(name)) continue
                if (seated.tickers.has('*') || seated.tickers.has(event.symbol)) expected.push(event)
              }
            }
            return batch
          },
        })
      },
    })
    board.open(witnessed)
    return lane
  })

  const come = (): Seated => {
    const line = lineOf()
    const inner = tickstockSession({
      rightsOfKey: () => everything,
      open: everything,
      frequencies: () => frequencies.map(({ name }) => name),
      allows: () => true,
      channelsMax: 100,
      messageBytesMax: 10_000,
    })
    // Only the seating asks.
    const session = Object.defineProperty(Object.create(inner) as TickstockSession, 'subscription', {
      get: () => (party.seated = inner.subscription),
    })
    const outbox = createOutbox({
      line,
      clientBytesMax: bound,
      slowClient,
      sender,
      total: { events: 0, frames: 0, bytes: 0 },
      onCut: () => {
        party.isOver = true
        party.isCut = true
        board.remove(party)
      },
      onFull: () => {
        board.full(party)
      },
      onRoom: () => {
        board.room(party)
      },
    })
    const party: Seated = {
      line,
      session,
      outbox,
      expected: [],
      seated: undefined,
      isOver: false,
      isCut: false,
      end: () => {},
    }
    parties.add(party)
    board.add(party)
    return party
  }

  const quiet = async (): Promise<void> => {
    for (let i = 0; i < 60; i += 1) {
      for (const { line } of parties) line.read()
      await turn()
    }
  }

  return {
    parties,
    board,
    come,
    say: (which: number, symbols: readonly string[]) => {
      const elements = symbols.map((symbol) => frequencies[which]!.element(symbol, (n += 1)))
      lanes[which]!.append(decodeFrame(Buffer.from(`[${elements.join(',')}]`)).batches[0]!)
    },
    ask: (party: Seated, request: object) => {
      board.answer(party, party.session.receive(JSON.stringify(request)))
    },
    go: (party: Seated) => {
      party.isOver = true
      party.line.fail()
      board.remove(party)
      party.outbox.gone()
    },
    flush: () => {
      for (const cohort of [...holding]) cohort.flush()
    },
    /** Everybody reads until nothing waits anywhere. */
    finish: async () => {
      board.close()
      const done = board.flush()
      await quiet()
      await done
      await quiet()
      expect(readers.map((reader) => reader.figures().lost)).toEqual([0, 0])
      board.stop()
      sender.stop()
    },
  }
}

/** By list and ticker. */
const apart = (events: readonly Event[]): ReadonlyMap<string, readonly number[]> => {
  const groups = new Map<string, number[]>()
  for (const { kind, symbol, n } of events)
    groups.set(`${kind} ${symbol}`, [...(groups.get(`${kind} ${symbol}`) ?? []), n])
  return groups
}

const isWithin = (got: readonly number[], all: readonly number[]): boolean => {
  let at = 0
  for (const n of all) if (got[at] === n) at += 1
  return at === got.length
}

const symbol = fc.constantFrom('A', 'B', 'C')
const who = fc.nat(3)
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      which: fc.nat(1),
      symbols: fc.array(symbol, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      who,
      tickers: fc.oneof(fc.constant('*'), fc.uniqueArray(symbol, { minLength: 1, maxLength: 3 })),
      frequencies: fc.oneof(
        fc.constant(undefined),
        fc.uniqueArray(fc.constantFrom('per_second', 'per_minute'), { minLength: 1 }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('read' as const), who, count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stall' as const), who, isStalled: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

/** So that every run has somebody at the bound. */
const beginning: readonly Act[] = [
  { kind: 'subscribe', who: 0, tickers: '*', frequencies: undefined },
  { kind: 'stall', who: 0, isStalled: true },
  { kind: 'events', which: 1, symbols: ['A', 'B', 'C', 'A', 'B', 'C', 'A', 'B', 'C', 'A', 'B', 'C'] },
  { kind: 'flush' },
]

describe.each(['cut', 'latest', 'wait'] as const)('with slowClient: %s', (slowClient) => {
  it('each client receives what its subscription held, once, minus its row', async () => {
    const atBound = { cut: 0, latest: 0, wait: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 50 }), async (acts) => {
        const floor = floorOf(slowClient)
        const seats = Array.from({ length: 4 }, floor.come)
        const stalled = new Set<Seated>()
        for (const one of [...beginning, ...acts]) {
          if (one.kind === 'events') floor.say(one.which, one.symbols)
          else if (one.kind === 'flush') floor.flush()
          else if (one.kind === 'leave') {
            floor.go(seats[one.who]!)
            seats[one.who] = floor.come()
          } else if (one.kind === 'stall') {
            if (one.isStalled) stalled.add(seats[one.who]!)
            else stalled.delete(seats[one.who]!)
          } else if (one.kind === 'read') seats[one.who]!.line.read(one.count)
          else {
            const { who: _who, kind, ...wishes } = one
            floor.ask(seats[one.who]!, { action: kind, ...wishes })
          }
          await settled()
          for (const seat of seats) if (!stalled.has(seat)) seat.line.read()
          await settled()

          for (const { outbox } of floor.parties) {
            const { offered, sent, queued, conflated, dropped, abandoned } = outbox.figures()
            expect(offered).toBe(sent + queued + conflated + dropped + abandoned)
            expect(outbox.kept.bytes).toBeLessThanOrEqual(bound)
            expect(slowClient === 'cut' ? outbox.bytes : 0).toBeLessThanOrEqual(bound)
            if (outbox.isFull) atBound.wait += 1
          }
        }
        await floor.finish()

        for (const { line, outbox, expected, isOver, isCut } of floor.parties) {
          const { sent, queued, conflated, dropped, abandoned } = outbox.figures()
          if (conflated > 0) atBound.latest += 1
          if (isCut) atBound.cut += 1
          const [got, wanted] = [apart(line.got), apart(expected)]
          expect(line.got).toHaveLength(sent)
          for (const [list, numbers] of got) {
            expect([isWithin(numbers, wanted.get(list) ?? []), numbers]).toEqual([true, numbers])
          }
          if (isOver) continue
          expect([queued, outbox.lags]).toEqual([0, false])
          expect(expected.length - line.got.length).toBe(conflated + dropped + abandoned)
          expect(slowClient === 'latest' ? undefined : got).toEqual(slowClient === 'latest' ? undefined : wanted)
          // What was given up may have been the last.
          if (abandoned > 0) continue
          for (const [list, numbers] of wanted) expect([list, got.get(list)?.at(-1)]).toEqual([list, numbers.at(-1)])
        }
      }),
      { numRuns: 60 },
    )
    // It has been at its bound, or it has shown nothing.
    expect(atBound[slowClient]).toBeGreaterThan(0)
  }, 180_000)
})

it('a client whose share is too much for it when it changes its subscription is not left sitting', async () => {
  const floor = floorOf('cut')
  const seat = floor.come()
  floor.ask(seat, { action: 'subscribe', tickers: '*' })
  await settled()
  while (seat.outbox.bytes < bound - 2 * frameBytesMax) {
    floor.say(0, ['A'])
    floor.flush()
  }
  for (let i = 0; i < 4; i += 1) floor.say(1, ['A', 'B', 'C'].slice(0, i === 0 ? 3 : 1))
  expect(seat.isCut).toBe(false)
  floor.ask(seat, { action: 'subscribe', tickers: ['A'], frequencies: ['per_minute'] })
  await settled()

  expect([seat.isCut, floor.board.groups()]).toEqual([true, []])
  floor.say(1, ['A'])
  await floor.finish()
})
