import { randomUUID } from 'node:crypto'

import {
  asyncScheduler,
  defer,
  filter,
  firstValueFrom,
  from,
  map,
  merge,
  type Observable,
  ReplaySubject,
  scan,
  Subject,
  take,
  timer,
} from 'rxjs'

import { circuit } from '../streams/circuit.ts'
import { builtInCodecs } from '../streams/codecs/builtIn.ts'
import { createDecoder } from '../streams/codecs/decodeFrame.ts'
import { createEncoder } from '../streams/codecs/encodeEvent.ts'
import type { Reject } from '../streams/codecs/reject.ts'
import { createLedger, type LedgerSnapshot } from '../streams/ledger.ts'
import type { Lane, LaneLog } from '../streams/lane.ts'
import { linkDefaults } from '../streams/link/link.ts'
import type { StreamState, StreamWord } from '../streams/model.ts'
import type { Passing } from '../streams/parting.ts'
import { createPump } from '../streams/pump.ts'
import { replayed, type Stream } from '../streams/stream.ts'
import { type Control, createControl } from './engine/control.ts'
import { drained } from './engine/drain.ts'
import { createFleet } from './engine/fleet.ts'
import { createHandle, type FrequencyHandle } from './engine/handle.ts'
import { healthOf } from './engine/healthOf.ts'
import { createLinkControl, type LinkControl } from './engine/links.ts'
import { createMonitor } from './engine/monitor.ts'
import {
  type AnyFrequency,
  checkOptions,
  type EngineOptions,
  type OutputNamed,
  type Runtime,
  type SourceNamed,
} from './engine/options.ts'
import { createParts, type Part, type Seat } from './engine/parts.ts'
import { type LinkTap, tapOf } from './engine/tap.ts'
import { watchLink, watchStream } from './engine/watch.ts'
import type { Health, LinkTimeline } from './ops/health.ts'
import { silent } from './ops/logger.ts'
import { createMachine } from './ops/machine.ts'

/** Every frequency's first verdict, by name. */
export type Verdicts<F extends readonly AnyFrequency[]> = Readonly<Record<F[number]['name'], StreamState>>

export interface CloseOptions {
  /** How long to wait for the inboxes to empty, parts to flush and readers to commit, in milliseconds. 5000. */
  readonly drainMs?: number
}

/**
 * A running circuit. Nothing is opened before `start`.
 *
 * Whatever fails upstream is a value of a frequency's `state$`; only wrong use throws.
 */
export interface Engine<F extends readonly AnyFrequency[] = readonly AnyFrequency[]> {
  readonly epoch: string
  /** In the order of priority. */
  readonly frequencies: readonly FrequencyHandle[]
  /** A RangeError names those there are. */
  frequency<Name extends F[number]['name']>(name: Name): FrequencyHandle<SourceNamed<F, Name>, OutputNamed<F, Name>>
  /** Every frequency's state by name, at once and at each change. */
  readonly state$: Observable<Readonly<Record<string, StreamState>>>
  /** Every element that could not be decoded, of whatever event type. */
  readonly reject$: Observable<Reject>
  /** Every lane there is, and each one made later. */
  readonly lane$: Observable<Lane>
  /** Every link there is, and each one made later: raw frames as they arrive, for a recorder. */
  readonly link$: Observable<LinkTap>
  /**
   * Opens the links. Resolves when each frequency has its first verdict, live, refused, evicted or halted, or after
   * `startTimeoutMs`; what is not live by then goes on trying. Rejects only for wrong use.
   */
  start(): Promise<Verdicts<F>>
  health(): Health
  /** The health at once, and then every `healthEveryMs` from the start on. Completes when the engine has closed, after the last one. */
  readonly health$: Observable<Health>
  /** What its links have been through in the last hour. */
  timeline(): readonly LinkTimeline[]
  ledger(): LedgerSnapshot
  /** Hangs a part on the engine: its health beside ours, its rows in the ledger, its flush before the close. */
  attach(part: Part): Seat
  /**
   * Unsubscribes upstream, empties the pump, lets parts flush and looping readers commit, for at most `drainMs`; counts
   * the rest as abandoned. Idempotent.
   */
  close(options?: CloseOptions): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const settled: readonly StreamWord[] = ['live', 'quiet', 'refused', 'quarantined', 'evicted', 'halted', 'stopped']

/**
 * Builds the engine: the composition root, and the only place that subscribes.
 *
 *     const engine = createEngine({ provider: simulated({ seed: 7 }), frequencies: [perSecond(), perMinute()] })
 *     await engine.start()
 */
export const createEngine = <const F extends readonly AnyFrequency[]>(options: EngineOptions<F>): Engine<F> => {
  checkOptions(options)
  const {
    provider,
    frequencies,
    links: mode = 'shared',
    logger = silent,
    startTimeoutMs = 30_000,
    inboxBytes = 256 * 1024,
    healthEveryMs = 1000,
  } = options
  const runtime: Runtime = {
    turn: nextTurn,
    random: Math.random,
    epoch: randomUUID(),
    stopwatch: () => performance.now(),
    // What is told of the loop covers from five looks to ten.
    machine: createMachine(5 * healthEveryMs),
    ...options.runtime,
  }
  const { epoch, random } = runtime

  const ledger = createLedger()
  const parts = createParts(ledger, (part, error) => {
    logger.error({ part, err: error }, `${part} failed while the engine closed`)
  })
  const pump = createPump({
    turn: runtime.turn,
    ...(options.turnBytes === undefined ? {} : { turnBytes: options.turnBytes }),
  })
  const codecs = new Map(
    [...builtInCodecs, ...frequencies.flatMap((frequency) => frequency.known)].map((codec) => [codec.ev, codec]),
  )
  const decode = createDecoder([...codecs.values()])
  const encode = createEncoder([...codecs.values()])
  const lane$ = new ReplaySubject<LaneLog>(Infinity)
  const made$ = new Subject<LinkControl>()
  const closing$ = new Subject<void>()
  const cut$ = new Subject<void>()
  const states = new Map<string, StreamState>()
  let startedMs: number | null = null
  let starting: Promise<Verdicts<F>> | undefined
  let opening: Promise<void> | undefined
  let ending: Promise<void> | undefined
  let gapCount = 0

  const controls = frequencies
    .map((frequency, i) =>
      createControl({
        frequency,
        priority: frequency.options.priority ?? i + 1,
        epoch,
        pump,
        ledger,
        made: (lane) => {
          lane$.next(lane)
        },
        now: () => asyncScheduler.now(),
        stopwatch: runtime.stopwatch,
      }),
    )
    .sort((a, b) => a.priority - b.priority)
  const controlOf = (name: string): Control => controls.find((control) => control.name === name) as Control

  const { streams, state$: states$ } = circuit(frequencies, {
    of: ({ name }) => {
      const control = controlOf(name)
      const { place$, stages$, gate, running$, wanted$, lanes } = control
      const nextId = (): string => `${epoch}-${String((gapCount += 1))}`
      const { stopwatch } = runtime
      return { place$, stages$, gate, running$, wanted$, random, encode, stopwatch, gaps: { nextId, heads: lanes } }
    },
  })
  const state$ = states$.pipe(
    scan((so, { frequency, state }): Readonly<Record<string, StreamState>> => ({ ...so, [frequency]: state }), {}),
    replayed(),
  )
  const streamOf = (name: string): Stream => streams.find((stream) => stream.name === name) as Stream

  // From here on everything is hot. Lanes first: what a host hears of an event, its lane holds already.
  for (const stream of streams) {
    watchStream({ stream, control: controlOf(stream.name), ledger, logger, states, encode, end$: closing$ })
  }
  state$.subscribe()

  const latencies = new Map(controls.map(({ name, latency }) => [name, latency]))
  const passing: Passing = {
    begin: (frequency, batch, frame) => latencies.get(frequency)?.begin(batch, frame),
    end: (frequency) => latencies.get(frequency)?.end(),
  }

  // Planned now, so that what cannot work is said by createEngine, not in the middle of the morning.
  const fleet = createFleet({
    controls,
    provider,
    mode,
    windowMs: options.link?.eviction?.windowMs,
    // Long against what an answer takes, and against a stall of the vendor.
    joinLimitMs: 20 * (options.link?.ackLimitMs ?? linkDefaults.ackLimitMs),
    logger,
    cut$,
    make: (id, plan) =>
      createLinkControl({
        id,
        plan,
        pump,
        ledger,
        decode,
        runtime,
        inboxBytes,
        passing,
        link: options.link ?? {},
        closing$,
        cut$,
      }),
    made: (link) => {
      watchLink(link, logger)
      made$.next(link)
    },
  })
  const { reject$ } = fleet
  const { machine } = runtime
  const health = (): Health =>
    healthOf({
      epoch,
      nowMs: asyncScheduler.now(),
      startedMs,
      isClosed: ending !== undefined,
      everyMs: healthEveryMs,
      controls,
      streamOf,
      links: fleet.links(),
      linkOf: fleet.linkOf,
      states,
      parts,
      ledger,
      pump,
      machine,
      samples: monitor.samples,
    })
  const monitor = createMonitor({ everyMs: healthEveryMs, controls, streamOf, links: fleet.links, machine, health })
  reject$.subscribe((reject) => {
    logger.debug({ reject }, 'an element was rejected')
  })

  const connect = (): void => {
    startedMs = asyncScheduler.now()
    monitor.start()
    for (const control of controls) control.open()
    fleet.open()
  }

  const verdicts = async (): Promise<Verdicts<F>> => {
    const entries = controls.map(async ({ name }) => {
      const own$ = streamOf(name).state$
      const verdict$ = own$.pipe(filter(({ word }) => settled.includes(word)))
      await firstValueFrom(merge(verdict$, timer(startTimeoutMs), closing$).pipe(take(1)), { defaultValue: undefined })
      return [name, await firstValueFrom(own$)] as const
    })
    return Object.fromEntries(await Promise.all(entries)) as Verdicts<F>
  }

  const providers = [...new Set(controls.map(({ frequency }) => frequency.options.provider ?? provider))]

  const open = async (): Promise<void> => {
    for (const one of providers) if (one.start !== undefined) await one.start()
  }

  const start = async (): Promise<Verdicts<F>> => {
    // Without a wait where there is nothing to wait for: virtual time does not drive promises.
    if (providers.some((one) => one.start !== undefined)) await (opening = open())
    if (ending !== undefined) throw new Error('the engine was closed while it started')
    connect()
    return verdicts()
  }

  const close = async (drainMs: number): Promise<void> => {
    const untilMs = asyncScheduler.now() + drainMs
    logger.info({ drainMs }, 'closing')
    closing$.next()
    closing$.complete()
    fleet.close()
    // A provider that is still starting is waited for, or what it opens then would stay.
    await opening?.catch(() => undefined)
    const cut = (): void => {
      cut$.next()
    }
    await drained({ pump, controls, links: fleet.links(), parts, cut, untilMs })
    await Promise.all(
      providers.map(async (one) => {
        try {
          await one.close?.()
        } catch (error) {
          logger.error({ provider: one.name, err: error }, `${one.name} failed while the engine closed`)
        }
      }),
    )
    monitor.stop()
    for (const control of controls) control.end()
    lane$.complete()
    made$.complete()
    releaseSignal()
    logger.info({ balanced: ledger.snapshot().balanced }, 'closed')
  }

  const isClosed = (): boolean => ending !== undefined
  const handles = controls.map((control) => createHandle({ control, stream: streamOf(control.name), fleet, isClosed }))

  const engine: Engine<F> = {
    epoch,
    frequencies: handles,
    frequency: (name) => {
      const handle = handles.find((one) => one.name === name)
      if (handle === undefined) {
        throw new RangeError(
          `no frequency ${JSON.stringify(name)}; this engine has ${handles.map((one) => one.name).join(', ')}`,
        )
      }
      // The list of frequencies says what this one takes and gives; the compiler has read it from there.
      return handle as unknown as FrequencyHandle<SourceNamed<F, typeof name>, OutputNamed<F, typeof name>>
    },
    state$,
    reject$,
    lane$: lane$.asObservable(),
    link$: defer(() => merge(from(fleet.links()), made$)).pipe(map(tapOf)),
    start: () => {
      if (ending !== undefined) return Promise.reject(new Error('the engine is closed: make a new one'))
      return (starting ??= start())
    },
    health,
    health$: monitor.health$,
    timeline: () =>
      fleet
        .links()
        .map(({ id, gates, story }) => ({ link: id, frequencies: [...gates.keys()], moments: story.moments() })),
    ledger: () => ledger.snapshot(),
    attach: (part) => {
      if (ending !== undefined) throw new Error('the engine is closed: nothing can be attached')
      return parts.attach(part)
    },
    close: ({ drainMs = 5000 } = {}) => {
      // Also when it is closed already: wrong use is wrong use.
      if (!(drainMs >= 0)) throw new RangeError(`drainMs must be 0 milliseconds or more, not ${String(drainMs)}`)
      return (ending ??= close(drainMs))
    },
    [Symbol.asyncDispose]: () => engine.close(),
  }

  const releaseSignal = closeOn(options.signal, engine)
  return engine
}

const nextTurn = (work: () => void): (() => void) => {
  const handle = setImmediate(work)
  return () => {
    clearImmediate(handle)
  }
}

/** Returns what lets go of the signal, which may live longer than the engine. */
const closeOn = (signal: AbortSignal | undefined, engine: { close(): Promise<void> }): (() => void) => {
  const close = (): void => void engine.close()
  if (signal?.aborted === true) close()
  else signal?.addEventListener('abort', close, { once: true })
  return () => {
    signal?.removeEventListener('abort', close)
  }
}
