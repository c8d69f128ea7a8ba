import { asyncScheduler, type Subscription } from 'rxjs'

import { createEngine, type Engine } from '../../src/engine.ts'
import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { AnyFrequency, EngineOptions } from '../../src/engine/options.ts'
import type { FrequencyOptions } from '../../streams/frequency.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { scriptedVendor, type ScriptedVendor, type Where } from '../index.ts'
import { noMachine } from '../kit/noMachine.ts'
import { type Books, createBooks } from './books.ts'
import { type Clock, virtualClock } from './clock.ts'
import { loopOf, type WatchedLoop } from './loop.ts'
import { type FaultyOperators, faultyOperators } from './operators.ts'
import {
  addressOf,
  type EventType,
  frequencyNames,
  type FrequencySetup,
  type Name,
  type Scenario,
  type Setup,
  tickersOf,
  typesOf,
} from './scenario.ts'
import { type WatchedReader, watchedReader } from './watchedReader.ts'

/** One frequency of a run, with all that is done to it and seen of it. */
export interface Actor {
  readonly name: Name
  readonly setup: FrequencySetup
  readonly handle: FrequencyHandle
  readonly operators: FaultyOperators
  readonly reader: WatchedReader
  readonly loop: WatchedLoop | undefined
  /** What became visible of it, in order, with the moment: what two runs are compared by. */
  readonly trace: string[]
  hasOtherKey: boolean
  /** Observables of the handle that have completed. */
  completed: number
}

/** What a diagram is drawn of: who did what, when. */
export type Note = (row: string, letter: string, means: string, atMs: number) => void

/** An engine in virtual time on the scripted vendor, and the books that are kept about it. */
export interface World {
  readonly setup: Setup
  readonly clock: Clock
  readonly vendor: ScriptedVendor
  readonly engine: Engine
  readonly books: Books
  readonly actors: readonly Actor[]
  readonly actorOf: (name: Name) => Actor
  readonly fail: (what: string) => void
  readonly violations: string[]
  readonly note: (row: string, letter: string, means: string) => void
  /** Remembers what a frequency is to be from now on; whoever calls it sees to it that it is. */
  readonly wants: (name: Name, change: (frequency: AnyFrequency) => AnyFrequency) => AnyFrequency
  /** Tells the engine all that its frequencies are to be, after one of them has changed. */
  readonly reconfigure: (name: Name) => void
  /** Time that steps have taken so far. */
  readonly elapsedMs: () => number
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void> | undefined
  readonly keep: () => Promise<unknown>
  /** What the harness itself has put off: lifted when all is mended. */
  readonly lifts: Set<Subscription>
  /** What is refused and ignored now; a pair stands there as often as it was said. */
  readonly refusals: { readonly refuses: string[]; readonly ignores: string[] }
  /** The connections of a frequency's link, and the address at which its rules are changed. */
  readonly whereOf: (name: Name) => Where
  readonly addressOf: (name: Name) => string
}

/** How many Observables of a handle are watched. */
export const watchedObservables = 6

const frequencyOf: Readonly<Record<Name, (options: Omit<FrequencyOptions, 'channels'>) => AnyFrequency>> = {
  per_second: (options) => perSecond({ ...options, channels: ['T', 'A'] }),
  per_minute: perMinute,
  fair_market_value: fairMarketValue,
}

/** Real time, for the promises of a virtual moment. The module's own function: the clock replaces the global ones only. */
export type Keep = () => Promise<unknown>

export const createWorld = ({ setup, steps }: Scenario, keep: Keep, noted: Note): World => {
  const violations: string[] = []
  const fail = (what: string): void => {
    violations.push(what)
  }
  const clock = virtualClock(setup.startMs)
  const elapsedMs = (): number => clock.now() - setup.startMs
  const note: World['note'] = (row, letter, means) => {
    noted(row, letter, means, elapsedMs())
  }
  const mayMove = steps.some(({ deed }) => ['change', 'connectionsMax', 'evict'].includes(deed.do))
  const books = createBooks(fail, mayMove)
  const vendor = scriptedVendor({
    latencyMs: setup.latencyMs,
    watch: { sent: books.sent, handed: books.handed },
    ...(setup.budget === 0 ? {} : { budget: setup.budget }),
  })
  const traces = Object.fromEntries(frequencyNames.map((name) => [name, [] as string[]])) as Record<Name, string[]>
  const operators = Object.fromEntries(
    frequencyNames.map((name) => [
      name,
      faultyOperators((events) => {
        books.swallowed(name, events)
      }),
    ]),
  ) as Record<Name, FaultyOperators>

  const frequencies = frequencyNames.map((name) => {
    const { limit, whenFull, tickers, stages } = setup.frequencies[name]
    const options = {
      limit,
      whenFull,
      tickers: tickersOf(tickers),
      url: `ws://vendor${addressOf(setup.layout, name)}`,
      quietMs: 2_000,
      staleMs: 5_000,
    }
    return operators[name].stagesOf(stages)(frequencyOf[name](options))
  })

  const wanted = Object.fromEntries(frequencies.map((frequency) => [frequency.name, frequency]))
  const options: Omit<EngineOptions, 'frequencies'> = {
    provider: vendor.provider,
    links: setup.layout === 'dedicated' ? 'dedicated' : 'shared',
    inboxBytes: setup.inboxBytes,
    turnBytes: setup.turnBytes,
    link: {
      settleMs: 2,
      connectTimeoutMs: 50,
      authTimeoutMs: 40,
      closeWaitMs: 10,
      lingerMs: 15,
      pingMs: 700,
      muteMs: 1_500,
      ackLimitMs: setup.ackLimitMs,
      channelsPerMessage: setup.channelsPerMessage,
      chunkPauseMs: setup.chunkPauseMs,
      retry: { initialMs: 5, capMs: 80, stableMs: 200 },
      eviction: { times: 3, windowMs: 400, coolDownMs: 300, capMs: 600 },
      askAgain: { initialMs: 60, capMs: 240 },
    },
    runtime: {
      turn: (work) => {
        const action = asyncScheduler.schedule(work, setup.turnMs)
        return () => {
          action.unsubscribe()
        }
      },
      random: () => setup.random,
      epoch: 'faults',
      stopwatch: () => asyncScheduler.now(),
      machine: noMachine,
      warmsUp: false,
    },
  }
  const engine: Engine = createEngine({ ...options, frequencies })

  /** All as it is, but for that: nothing else may be told to have changed. */
  const reconfigure = (name: Name): void => {
    const all = frequencyNames.map((one) => wanted[one] as AnyFrequency)
    engine.reconfigure({ ...options, frequencies: all }).then(
      (changes) => {
        const strange = changes.filter(({ path }) => !path.startsWith(`frequencies.${name}.`))
        for (const { path } of strange) fail(`reconfigure for ${name} has changed ${path}`)
      },
      (error: unknown) => {
        fail(`reconfigure was refused: ${String(error)}`)
      },
    )
  }

  const actors = frequencyNames.map((name): Actor => {
    const handle = engine.frequency(name) as unknown as FrequencyHandle
    const trace = traces[name]
    const say = (what: string): void => {
      trace.push(`${String(Math.floor(elapsedMs()))} ${what}`)
    }
    const holes = new Set<number>()
    const [first] = typesOf[name]
    const lanes = typesOf[name].map((type) => handle.lane(type as never))
    const numberAt = (offset: number): number | undefined => books.numberAt(name, first as never, offset)
    const isHole = (offset: number): boolean => holes.has(offset)
    const [lane] = lanes
    if (lane === undefined || first === undefined) throw new Error(`${name} has no lane`)

    const actor: Actor = {
      name,
      setup: setup.frequencies[name],
      handle,
      operators: operators[name],
      trace,
      hasOtherKey: false,
      completed: 0,
      reader: watchedReader({
        lane,
        name: 'by hand',
        numberAt,
        isHole,
        fail,
        pulled: (from, to, lost) => {
          say(`pulls ${String(from)} to ${String(to)}, ${String(lost)} lost`)
        },
      }),
      loop: setup.frequencies[name].isLooped ? loopOf({ lane, name: 'loop', numberAt, isHole, fail }) : undefined,
    }
    const complete = (): void => {
      actor.completed += 1
    }
    handle.source$.subscribe({
      next: (event) => {
        books.source(name, event)
      },
      complete,
    })
    handle.event$.subscribe({
      next: (event) => {
        note(`out of ${name}`, 'v', 'events come out of the operators')
        say(`gives ${event.ev} ${String(books.output(name, event))} at ${String(books.offsetOf(name, event.ev) - 1)}`)
      },
      complete,
    })
    handle.deadLetter$.subscribe({
      next: ({ reason, events }) => {
        books.dead(name, events)
        say(`buries ${String(events.length)}, ${reason}`)
      },
      complete,
    })
    handle.gap$.subscribe({
      next: (gap) => {
        books.gap(name, gap)
        for (const { eventType, afterOffset } of gap.positions) if (eventType === first) holes.add(afterOffset + 1)
        const where = gap.positions
          .map(({ eventType, afterOffset }) => `${eventType} ${String(afterOffset)}`)
          .join(', ')
        say(`gap ${gap.toMs === undefined ? 'opens' : 'closes'} after ${where}, ${gap.cause._tag}`)
        note(
          `gaps of ${name}`,
          gap.toMs === undefined ? 'o' : 'c',
          gap.toMs === undefined ? 'a gap opened' : 'the gap closed',
        )
      },
      complete,
    })
    let word = ''
    handle.state$.subscribe({
      next: (state) => {
        if (state.word === word) return
        word = state.word
        say(`is ${word}`)
        note(`state of ${name}`, word, word)
      },
      complete,
    })
    handle.reject$.subscribe({ complete })
    return actor
  })

  const hasLoops = actors.some(({ loop }) => loop !== undefined)

  return {
    setup,
    clock,
    vendor,
    engine,
    books,
    actors,
    actorOf: (name) => actors[frequencyNames.indexOf(name)] as Actor,
    fail,
    violations,
    note,
    wants: (name, change) => {
      wanted[name] = change(wanted[name] as AnyFrequency)
      return wanted[name]
    },
    reconfigure,
    elapsedMs,
    pass: (ms) => {
      if (hasLoops) return clock.advanceKeeping(ms, keep)
      clock.advance(ms)
      return undefined
    },
    keep,
    lifts: new Set(),
    refusals: { refuses: [], ignores: [] },
    whereOf: (name) =>
      setup.layout === 'dedicated' ? (typesOf[name][0] as EventType) : { url: books.wishOf(name).address },
    addressOf: (name) => books.wishOf(name).address,
  }
}
