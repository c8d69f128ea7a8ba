import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import {
  asyncScheduler,
  distinctUntilChanged,
  filter,
  firstValueFrom,
  map,
  merge,
  type Observable,
  ReplaySubject,
  scan,
  Subject,
  take,
  timer,
} from 'rxjs'

import { circuit, type Wire } from '../streams/circuit.ts'
import { builtInCodecs } from '../streams/codecs/builtIn.ts'
import { createDecoder } from '../streams/codecs/decodeFrame.ts'
import { createEncoder } from '../streams/codecs/encodeEvent.ts'
import type { Reject } from '../streams/codecs/reject.ts'
import { createLedger, type LedgerSnapshot } from '../streams/ledger.ts'
import type { Lane, LaneLog } from '../streams/lane.ts'
import type { DeadLetter, LinkState, StreamState, StreamWord } from '../streams/model.ts'
import { createPump } from '../streams/pump.ts'
import { replayed } from '../streams/stream.ts'
import { createControl } from './engine/control.ts'
import { drained } from './engine/drain.ts'
import { createHandle, type FrequencyHandle } from './engine/handle.ts'
import { healthOf } from './engine/healthOf.ts'
import { createLinkControl, type LinkControl, planOf } from './engine/links.ts'
import {
  type AnyFrequency,
  checkOptions,
  type EngineOptions,
  type OutputNamed,
  type Runtime,
  type SourceNamed,
} from './engine/options.ts'
import { createParts, type Part, type Seat } from './engine/parts.ts'
import type { Health } from './ops/health.ts'
import { type Logger, silent } from './ops/logger.ts'

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
  /**
   * Opens the links. Resolves when each frequency has its first verdict, live, refused, evicted or halted, or after
   * `startTimeoutMs`; what is not live by then goes on trying. Rejects only for wrong use.
   */
  start(): Promise<Verdicts<F>>
  health(): Health
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
  } = options
  const runtime: Runtime = { turn: nextTurn, random: Math.random, epoch: randomUUID(), ...options.runtime }
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
    [...builtInCodecs, ...frequencies.flatMap((frequency) => frequency.codecs)].map((codec) => [codec.ev, codec]),
  )
  const decode = createDecoder([...codecs.values()])
  const encode = createEncoder([...codecs.values()])
  const lane$ = new ReplaySubject<LaneLog>(Infinity)
  const wire$ = new ReplaySubject<Wire>(Infinity)
  const closing$ = new Subject<void>()
  const cut$ = new Subject<void>()
  const states = new Map<string, StreamState>()
  const linkStates = new Map<string, LinkState>()
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
      }),
    )
    .sort((a, b) => a.priority - b.priority)
  const controlOf = new Map(controls.map((control) => [control.frequency.name, control]))

  // Planned now, so that what cannot work is said by createEngine, not in the middle of the morning.
  const plans = planOf(controls, provider, mode)
  const links: readonly LinkControl[] = plans.map((plan) =>
    createLinkControl({
      plan,
      controls: controls.filter(
        ({ frequency }) =>
          plan.frequencies.includes(frequency.name) && (frequency.options.provider ?? provider) === plan.provider,
      ),
      pump,
      ledger,
      decode,
      runtime,
      inboxBytes,
      link: options.link ?? {},
      closing$,
      cut$,
    }),
  )

  const { streams, state$: states$ } = circuit(frequencies, {
    wire$,
    of: ({ name }) => {
      const control = controlOf.get(name) as (typeof controls)[number]
      return {
        gate: control.gate,
        running$: control.running$,
        wanted$: control.wanted$,
        random,
        encode,
        gaps: {
          nextId: () => `${epoch}-${String((gapCount += 1))}`,
          wanted: () => control.wanted$.value,
          heads: () => control.lanes(),
        },
      }
    },
  })
  const state$ = states$.pipe(
    scan((so, { frequency, state }): Readonly<Record<string, StreamState>> => ({ ...so, [frequency]: state }), {}),
    replayed(),
  )
  const reject$ = merge(...links.map(({ wire }) => wire.reject$))

  // From here on everything is hot. Lanes first: what a host hears of an event, its lane holds already.
  streams.forEach((stream) => {
    const control = controlOf.get(stream.name) as (typeof controls)[number]
    const log = logger.child({ frequency: stream.name })
    const { counts, bury } = control
    const say = deadLetterLines(log)

    ledger.open('stream', stream.name, () => stream.meters[0] as (typeof stream.meters)[number])
    stream.meters
      .slice(1)
      .forEach((meter, i) => ledger.open('pipe', `${stream.name}/${String(i + 1)}`, () => ({ ...meter })))
    ledger.open('output', stream.name, () => {
      const last = stream.meters.at(-1) as (typeof stream.meters)[number]
      return { emitted: last.emitted, toLanes: counts.toLanes, refused: last.refused + counts.refused }
    })

    stream.output$.subscribe(control.take)
    merge(stream.deadLetter$, control.deadLetter$).subscribe((deadLetter) => {
      bury(deadLetter)
      say(deadLetter)
    })
    stream.reject$.subscribe(() => (counts.rejected += 1))
    stream.gap$.subscribe((gap) => {
      if (gap.toMs === undefined) counts.gaps += 1
      for (const lane of control.lanes()) lane.markHole(gap)
      log.warn({ gap }, gap.toMs === undefined ? 'a gap opened' : 'the gap closed')
    })
    stream.state$.subscribe((state) => {
      const { word, reason } = state
      if (states.get(stream.name)?.word !== word) log.info({ word, reason }, `${stream.name} is ${word}`)
      states.set(stream.name, state)
    })
  })
  state$.subscribe()
  for (const { wire, status$, plan } of links) {
    const log = logger.child({ link: plan.id })
    wire.status$.subscribe(status$)
    wire.state$.subscribe((state) => {
      linkStates.set(plan.id, state)
      log.info({ state }, `link ${plan.id} is ${state.kind}`)
    })
    wire.channels$
      .pipe(
        map(({ refused }) => [...refused].sort()),
        distinctUntilChanged((a, b) => isDeepStrictEqual(a, b)),
      )
      .subscribe((refused) => {
        if (refused.length > 0) log.warn({ refused: refused.slice(0, 20), count: refused.length }, 'channels refused')
      })
  }
  reject$.subscribe((reject) => {
    logger.debug({ reject }, 'an element was rejected')
  })
  for (const { wanted$, controls: own } of links) {
    merge(...own.map((control) => control.wanted$)).subscribe(() => {
      wanted$.next(new Set(own.flatMap((control) => control.wanted$.value)))
    })
  }

  const connect = (): void => {
    startedMs = asyncScheduler.now()
    for (const { wire } of links) wire$.next(wire)
    wire$.complete()
    for (const control of controls) control.open()
    for (const { wire } of links) wire.connect()
  }

  const verdicts = async (): Promise<Verdicts<F>> => {
    const entries = controls.map(async ({ frequency: { name } }) => {
      const own$ = (streams.find((stream) => stream.name === name) as (typeof streams)[number]).state$
      const verdict$ = own$.pipe(filter(({ word }) => settled.includes(word)))
      await firstValueFrom(merge(verdict$, timer(startTimeoutMs), closing$).pipe(take(1)), { defaultValue: undefined })
      return [name, await firstValueFrom(own$)] as const
    })
    return Object.fromEntries(await Promise.all(entries)) as Verdicts<F>
  }

  const providers = [...new Set(plans.map((plan) => plan.provider))]

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
    const cut = (): void => {
      cut$.next()
      wire$.complete()
    }
    // A provider that is still starting is waited for, or what it opens then would stay.
    await opening?.catch(() => undefined)
    await drained({ pump, controls, links, parts, cut, untilMs })
    await Promise.all(
      providers.map(async (one) => {
        try {
          await one.close?.()
        } catch (error) {
          logger.error({ provider: one.name, err: error }, `${one.name} failed while the engine closed`)
        }
      }),
    )
    for (const control of controls) control.end()
    lane$.complete()
    releaseSignal()
    logger.info({ balanced: ledger.snapshot().balanced }, 'closed')
  }

  const handles = controls.map((control) =>
    createHandle(control, streams.find(({ name }) => name === control.frequency.name) as (typeof streams)[number], {
      isClosed: () => ending !== undefined,
    }),
  )

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
    start: () => {
      if (ending !== undefined) return Promise.reject(new Error('the engine is closed: make a new one'))
      return (starting ??= start())
    },
    health: () =>
      healthOf({
        epoch,
        startedMs,
        isClosed: ending !== undefined,
        controls,
        streams,
        links,
        states,
        linkStates,
        parts,
        ledger,
      }),
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

/** Between two lines about dead letters of one frequency, milliseconds: a broken operator has one with every event. */
const deadLetterLineMs = 1_000

const deadLetterLines = (log: Logger): ((deadLetter: DeadLetter) => void) => {
  let count = 0
  let saidMs = -Infinity
  return ({ reason, error }) => {
    count += 1
    const nowMs = asyncScheduler.now()
    if (nowMs - saidMs < deadLetterLineMs) return
    log.warn({ reason, err: error, count }, count === 1 ? 'a dead letter' : `${String(count)} dead letters, the newest`)
    count = 0
    saidMs = nowMs
  }
}
