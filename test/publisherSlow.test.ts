import fc from 'fast-check'

import { clientSession } from '../src/publisher/clientSession.ts'
import { createDesk, type Desk } from '../src/publisher/desk.ts'
import { createFramer, type OutFrame } from '../src/publisher/frames.ts'
import type { Line } from '../src/publisher/line.ts'
import type { SlowClient } from '../src/publisher/options.ts'
import { createOutbox, type Outbox } from '../src/publisher/outbox.ts'
import { everything } from '../src/publisher/rights.ts'
import { createSender } from '../src/publisher/sender.ts'
import { createSnapshot } from '../src/publisher/snapshot.ts'
import { createSwitchboard, type Party } from '../src/publisher/switchboard.ts'
import { decodeFrame } from '../streams/codecs/decodeFrame.ts'
import { createLane, type Lane } from '../streams/lane.ts'
import type { Reader } from '../streams/reader.ts'
import { trade } from './publisherKit.ts'

// Goal: over random lists, joins, leaves, stalls and failures, what each client received is what the lane held for its list, minus
// what its ledger row says.
// Method: the real lane, desk, cohorts, switchboard and outboxes over lines that the test reads or leaves alone. A witness on the
// reader's pulls and on the seating says what each client should have; no socket, no time, only turns of the loop.

interface Event {
  readonly symbol: string
  readonly n: number
}

interface TestLine extends Line {
  /** The client reads so many frames; all of them by default. */
  read(count?: number): void
  /** The connection breaks: what is on its way fails. */
  fail(): void
  readonly got: readonly Event[]
}

const eventsOf = ({ bytes }: OutFrame): readonly Event[] =>
  (JSON.parse(bytes.toString()) as { ev: string; sym: string; q: number }[]).flatMap(({ ev, sym, q }) =>
    ev === 'status' ? [] : [{ symbol: sym, n: q }],
  )

const lineOf = (): TestLine => {
  const got: Event[] = []
  let flights: (readonly [OutFrame, Parameters<Line['send']>[1]])[] = []
  let isBroken = false
  return {
    got,
    send: (frame, done) => {
      if (isBroken) process.nextTick(done, new Error('broken'), 0)
      else flights.push([frame, done])
    },
    get bufferedAmount() {
      return flights.reduce((sum, [{ bytes }]) => sum + bytes.length, 0)
    },
    read: (count = Infinity) => {
      const [now, later] = [flights.slice(0, count), flights.slice(count)]
      flights = later
      for (const [frame, done] of now) {
        got.push(...eventsOf(frame))
        done(null, frame.bytes.length)
      }
    },
    fail: () => {
      isBroken = true
      const now = flights
      flights = []
      for (const [, done] of now) done(new Error('broken'), 0)
    },
  }
}

interface Seated extends Party {
  readonly line: TestLine
  readonly outbox: Outbox
  readonly expected: Event[]
  isOver: boolean
  isCut: boolean
}

const bound = 1500
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const settled = async (): Promise<void> => {
  for (let i = 0; i < 6; i += 1) await turn()
}

const floorOf = (slowClient: SlowClient, hasSnapshot: boolean) => {
  const lane = createLane({
    frequency: 'per_second',
    eventType: 'T',
    epoch: 'e',
    limit: 20,
    whenFull: slowClient === 'wait' ? 'block' : 'lose',
    hold: (again) => setImmediate(again),
  })
  const parties = new Set<Seated>()
  const lists = new Map<unknown, ReadonlySet<string>>()
  const last = new Map<string, Event>()
  const holding = new Set<{ flush(): void }>()
  const framer = createFramer(1024)
  const sender = createSender()
  const bySeat = new Map<unknown, Seated>()
  let reader: Reader | undefined
  let n = 0
  let arrivals = 0
  const arrival = new Map<string, number>()

  const wants = (list: ReadonlySet<string> | undefined, symbol: string): boolean =>
    list !== undefined && (list.has('*') || list.has(symbol))

  // What is pulled is what the lists of this moment say.
  const witnessed: Lane = Object.assign(Object.create(lane) as Lane, {
    reader: (...args: Parameters<Lane['reader']>): Reader => {
      const own = lane.reader(...args)
      reader = own
      return Object.assign(Object.create(own) as Reader, {
        pull: (options: Parameters<Reader['pull']>[0]) => {
          const batch = own.pull(options)
          for (let i = 0; i < batch.length; i += 1) {
            const event = { symbol: batch.symbol(i), n: batch.number(i, 'sequence') }
            last.set(event.symbol, event)
            arrival.set(event.symbol, (arrivals += 1))
            for (const [member, list] of lists) if (wants(list, event.symbol)) bySeat.get(member)?.expected.push(event)
          }
          return batch
        },
      })
    },
  })

  const switchboard = createSwitchboard({
    eventTypes: ['T'],
    framer,
    portionBytesMax: bound,
    onManyAnswers: () => {},
    deskFor: (own, isHeld) => {
      const desk = createDesk(own, {
        readerName: 'publisher',
        isHeld,
        isGone: () => false,
        snapshot: hasSnapshot ? createSnapshot(100, () => {}) : undefined,
        count: 7,
        framer,
        pace: { holds: (cohort) => holding.add(cohort), empty: (cohort) => holding.delete(cohort) },
        opened: (cohort) => () => expect(cohort.held).toBe(0),
        onRefused: () => {},
      })
      return Object.assign(Object.create(desk) as Desk, {
        place: (member: Outbox, tickers: ReadonlySet<string> | undefined) => {
          const before = lists.get(member)
          const events = desk.place(member, tickers)
          if (tickers === undefined) lists.delete(member)
          else lists.set(member, new Set(tickers))
          if (hasSnapshot) {
            const fresh = [...last.values()].filter(({ symbol }) => wants(tickers, symbol) && !wants(before, symbol))
            bySeat.get(member)?.expected.push(...fresh.sort((a, b) => arrival.get(a.symbol)! - arrival.get(b.symbol)!))
          }
          return events
        },
        leave: (member: Outbox) => {
          lists.delete(member)
          desk.leave(member)
        },
      })
    },
  })
  switchboard.open(witnessed)

  const come = (): Seated => {
    const line = lineOf()
    const session = clientSession({
      rightsOfKey: () => everything,
      channels: () => switchboard.channels,
      channelsMax: 100,
      messageBytesMax: 10_000,
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
        switchboard.remove(party)
      },
      onFull: () => {
        switchboard.full(party)
      },
      onRoom: () => {
        switchboard.room(party)
      },
    })
    const party: Seated = { line, session, outbox, expected: [], isOver: false, isCut: false, end: () => {} }
    parties.add(party)
    bySeat.set(outbox, party)
    switchboard.add(party)
    session.receive('{"action":"auth","params":"x"}')
    return party
  }

  return {
    parties,
    come,
    say: (symbols: readonly string[]) => {
      const elements = symbols.map((symbol) => trade(symbol, (n += 1)))
      lane.append(decodeFrame(Buffer.from(`[${elements.join(',')}]`)).batches[0]!)
    },
    ask: (party: Seated, action: string, tickers: readonly string[]) => {
      const params = tickers.map((ticker) => `T.${ticker}`).join(',')
      switchboard.answer(party, party.session.receive(JSON.stringify({ action, params })))
    },
    go: (party: Seated) => {
      party.isOver = true
      party.line.fail()
      switchboard.remove(party)
      party.outbox.gone()
    },
    flush: () => {
      for (const cohort of [...holding]) cohort.flush()
    },
    /** Everybody reads until nothing waits anywhere. */
    finish: async () => {
      switchboard.close()
      const done = switchboard.flush()
      for (let i = 0; i < 60; i += 1) {
        for (const { line } of parties) line.read()
        await turn()
      }
      await done
      for (let i = 0; i < 60; i += 1) {
        for (const { line } of parties) line.read()
        await turn()
      }
    },
    lost: () => reader!.figures().lost,
    stop: () => {
      switchboard.stop()
      sender.stop()
    },
  }
}

const isWithin = (got: readonly Event[], all: readonly Event[]): boolean => {
  let at = 0
  for (const event of all) if (at < got.length && got[at]!.n === event.n) at += 1
  return at === got.length
}

const perSymbol = (events: readonly Event[]): ReadonlyMap<string, readonly Event[]> => {
  const groups = new Map<string, Event[]>()
  for (const event of events) groups.set(event.symbol, [...(groups.get(event.symbol) ?? []), event])
  return groups
}

const symbol = fc.constantFrom('A', 'B', 'C', 'D')
const who = fc.nat(3)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      symbols: fc.array(symbol, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const),
      who,
      tickers: fc.array(fc.oneof(symbol, fc.constant('*')), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('read' as const), who, count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stall' as const), who, isStalled: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
)

/** So that every run has somebody at the bound. */
const beginning: readonly Act[] = [
  { kind: 'subscribe', who: 0, tickers: ['*'] },
  { kind: 'stall', who: 0, isStalled: true },
]

describe.each(['cut', 'latest', 'wait'] as const)('with slowClient: %s', (slowClient) => {
  it.each([false, true])('each client receives what its list held, minus its row; snapshot %s', async (hasSnapshot) => {
    const atBound = { cut: 0, latest: 0, wait: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 60 }), async (acts) => {
        const floor = floorOf(slowClient, hasSnapshot)
        const seats = Array.from({ length: 4 }, floor.come)
        const stalled = new Set<Seated>()
        for (const one of [...beginning, ...acts]) {
          if (one.kind === 'events') floor.say(one.symbols)
          else if (one.kind === 'flush') floor.flush()
          else if (one.kind === 'leave') {
            floor.go(seats[one.who]!)
            seats[one.who] = floor.come()
          } else if (one.kind === 'stall') {
            if (one.isStalled) stalled.add(seats[one.who]!)
            else stalled.delete(seats[one.who]!)
          } else if (one.kind === 'read') seats[one.who]!.line.read(one.count)
          else floor.ask(seats[one.who]!, one.kind, one.tickers)
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
          const { got } = line
          const { sent, queued, conflated, dropped, abandoned } = outbox.figures()
          if (conflated > 0) atBound.latest += 1
          if (isCut) atBound.cut += 1
          expect(got).toHaveLength(sent)
          for (const [name, events] of perSymbol(got)) {
            expect([isWithin(events, perSymbol(expected).get(name) ?? []), events]).toEqual([true, events])
          }
          if (isOver) continue

          expect(queued).toBe(0)
          expect(expected.length - got.length).toBe(conflated + dropped + abandoned)
          expect(slowClient === 'latest' ? expected : got).toEqual(expected)
          expect(outbox.lags).toBe(false)
          // What was given up may have been the last.
          if (abandoned > 0) continue
          const held = party(outbox)
          for (const [name, events] of perSymbol(expected)) {
            const isWanted = held.has('*') || held.has(name)
            expect(isWanted ? perSymbol(got).get(name)?.at(-1) : undefined).toEqual(
              isWanted ? events.at(-1) : undefined,
            )
          }
        }
        expect(floor.lost()).toBe(0)
        floor.stop()

        function party(outbox: Outbox): ReadonlySet<string> {
          const own = [...floor.parties].find((one) => one.outbox === outbox)!
          return own.session.wanted.get('T') ?? new Set()
        }
      }),
      { numRuns: 60 },
    )
    // It has been at its bound, or it has shown nothing.
    expect(atBound[slowClient]).toBeGreaterThan(0)
  })
})
