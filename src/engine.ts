import { asyncScheduler, defer, filter, firstValueFrom, from, map, merge, Subject, take, timer } from 'rxjs'

import { createLedger } from '../streams/ledger.ts'
import type { StreamWord } from '../streams/model.ts'
import type { Passing } from '../streams/parting.ts'
import type { Provider } from '../streams/provider.ts'
import { createPump } from '../streams/pump.ts'
import { closeOn } from './engine/closeOn.ts'
import { createCodecs } from './engine/codecs.ts'
import type { Control } from './engine/control.ts'
import { drained } from './engine/drain.ts'
import type { Engine, Verdicts } from './engine/face.ts'
import { watchFailover } from './engine/failover.ts'
import { createFleet, type Fleet } from './engine/fleet.ts'
import { createHandle, type FrequencyHandle } from './engine/handle.ts'
import { healthOf } from './engine/healthOf.ts'
import type { Latency } from './engine/latency.ts'
import { limitsOf, mayFailOver } from './engine/limits.ts'
import { statusLines } from './engine/lines.ts'
import { createLinkControl, type LinkControl } from './engine/links.ts'
import { createMonitor } from './engine/monitor.ts'
import {
  type AnyFrequency,
  type EngineOptions,
  type OutputNamed,
  problemsOf,
  refuse,
  type SourceNamed,
} from './engine/options.ts'
import { createParts } from './engine/parts.ts'
import type { Ground } from './engine/plan.ts'
import { createProviders } from './engine/providers.ts'
import { createReconfigure, providersOf, wantingOf } from './engine/reconfigure.ts'
import { createRoster } from './engine/roster.ts'
import { runtimeOf } from './engine/runtime.ts'
import { tapOf } from './engine/tap.ts'
import { warming } from './engine/warming.ts'
import { watchLink } from './engine/watch.ts'
import type { Health } from './ops/health.ts'
import { collapsing } from './ops/collapsing.ts'
import { silent } from './ops/logger.ts'

export type { CloseOptions, Engine, Verdicts } from './engine/face.ts'

const settled: readonly StreamWord[] = ['live', 'quiet', 'refused', 'quarantined', 'evicted', 'halted', 'stopped']

/**
 * Builds the engine: the composition root, and the only place that subscribes.
 *
 *     const engine = createEngine({ provider: simulated({ seed: 7 }), frequencies: [perSecond(), perMinute()] })
 *     await engine.start()
 */
export const createEngine = <const F extends readonly AnyFrequency[]>(options: EngineOptions<F>): Engine<F> => {
  refuse(problemsOf(options))
  const { frequencies } = options
  const logger = collapsing(options.logger ?? silent)
  let limits = limitsOf(options)
  const runtime = runtimeOf(options.runtime, limits.healthEveryMs)
  const { epoch, random } = runtime
  let ground: Ground = {
    provider: options.provider,
    mode: options.links ?? 'shared',
    standIn: (provider) => provider,
    failsOver: mayFailOver(limits),
  }

  const ledger = createLedger()
  const parts = createParts(ledger, (part, error) => {
    logger.error({ part, err: error }, `${part} failed while the engine closed`)
  })
  const pump = createPump({
    turn: runtime.turn,
    get turnBytes() {
      return limits.turnBytes
    },
  })
  const codecs = createCodecs(frequencies)
  let stopWarming: (() => void) | undefined
  const made$ = new Subject<LinkControl>()
  const closing$ = new Subject<void>()
  const looked$ = new Subject<void>()
  const cut$ = new Subject<void>()
  let startedMs: number | null = null
  let starting: Promise<Verdicts<F>> | undefined
  let ending: Promise<void> | undefined
  const isClosed = (): boolean => ending !== undefined

  const roster = createRoster({
    epoch,
    pump,
    ledger,
    now: () => asyncScheduler.now(),
    stopwatch: runtime.stopwatch,
    isMeasured: runtime.isMeasured,
    random,
    encode: codecs.encode,
    logger,
    closing$,
    handleOf: (control, stream) =>
      createHandle({
        control,
        stream,
        fleet,
        isClosed,
        isRemoved: () => roster.find(control.name)?.control !== control,
      }),
  })
  let inHand: Latency | undefined
  const passing: Passing = {
    begin: (frequency, batch, frame) => (inHand = roster.find(frequency)?.control.latency)?.begin(batch, frame),
    end: () => inHand?.end(),
  }
  const fleet: Fleet = createFleet({
    controls: roster.controls,
    ground,
    limits: () => limits,
    logger,
    cut$,
    make: (id, plan) =>
      createLinkControl({
        id,
        plan,
        pump,
        ledger,
        decode: codecs.decode,
        runtime,
        limits: () => limits,
        ...(runtime.isMeasured ? { passing } : {}),
        closing$,
        cut$,
      }),
    made: (link) => {
      watchLink(link, logger)
      made$.next(link)
    },
    planned: (next) => {
      ground = next
      pump.reorder()
      looked$.next()
    },
  })
  const { reject$ } = fleet
  const { machine } = runtime
  const providerName = ({ options: own }: AnyFrequency): string => (own.provider ?? ground.provider).name
  const health = (): Health =>
    healthOf({
      epoch,
      nowMs: asyncScheduler.now(),
      startedMs,
      isClosed: isClosed(),
      everyMs: limits.healthEveryMs,
      members: roster.members(),
      links: fleet.links(),
      linkOf: fleet.linkOf,
      providerName,
      states: roster.states,
      parts,
      ledger,
      pump,
      machine,
      samples: monitor.samples,
    })
  const monitor = createMonitor({
    everyMs: () => limits.healthEveryMs,
    members: roster.members,
    links: fleet.links,
    machine,
    health,
    ...(options.logger === undefined ? {} : { judged: statusLines(logger) }),
  })
  reject$.subscribe((reject) => {
    logger.warn(
      { reject },
      `an element could not be decoded: ${reject.kind}; it costs itself, see its frequency's rejects`,
    )
  })
  const providers = createProviders({
    isUsed: (provider) => fleet.links().some(({ plan }) => plan.provider === provider),
    logger,
  })
  fleet.gone$.subscribe(providers.settle)

  /** Its place it gets by the next plan. */
  const enter = (frequency: AnyFrequency, priority: number): Control => {
    const { control, stream } = roster.enter(frequency, priority)
    fleet.enter(control)
    watchFailover({
      control,
      state$: stream.state$,
      looked$,
      limits: () => limits,
      providerName: () => providerName(control.frequency),
      side: (side) => {
        fleet.side(control, side)
      },
      logger,
      end$: closing$,
    })
    return control
  }

  // Planned now, so that what cannot work is said by createEngine, not in the middle of the morning.
  const wanting = wantingOf(frequencies)
  const plan = fleet.draft(wanting, ground)
  for (const { frequency, priority } of wanting) enter(frequency, priority)
  fleet.adopt(plan, ground)
  providers.need(providersOf({ ground, frequencies: wanting }))

  const connect = (): void => {
    startedMs = asyncScheduler.now()
    monitor.start()
    for (const control of roster.controls()) control.open()
    fleet.open()
  }

  const verdicts = async (): Promise<Verdicts<F>> => {
    const entries = roster.members().map(async ({ name, stream: { state$ } }) => {
      const verdict$ = state$.pipe(filter(({ word }) => settled.includes(word)))
      const wait$ = merge(verdict$, timer(limits.startTimeoutMs), closing$)
      await firstValueFrom(wait$.pipe(take(1)), { defaultValue: undefined })
      return [name, await firstValueFrom(state$)] as const
    })
    return Object.fromEntries(await Promise.all(entries)) as Verdicts<F>
  }

  const needed = (): readonly Provider[] =>
    providersOf({ ground, frequencies: wantingOf(roster.controls().map(({ frequency }) => frequency)) })

  const start = async (): Promise<Verdicts<F>> => {
    // Without a wait where there is nothing to wait for: virtual time does not drive promises. Once more, since others may be needed by then.
    for (let opening = providers.start(needed()); opening !== undefined; opening = providers.start(needed())) {
      await opening
    }
    providers.settle()
    if (isClosed()) throw new Error('the engine was closed while it started')
    connect()
    const eventTypes = roster.controls().flatMap(({ frequency }) => frequency.eventTypes)
    if (runtime.warmsUp) stopWarming = warming(codecs.decode, codecs.of(eventTypes))
    return verdicts()
  }

  const close = async (drainMs: number): Promise<void> => {
    const untilMs = asyncScheduler.now() + drainMs
    logger.info({ drainMs }, 'closing')
    stopWarming?.()
    closing$.next()
    closing$.complete()
    fleet.close()
    const cut = (): void => {
      cut$.next()
    }
    await drained({ pump, lanes: roster.lanes, links: fleet.links(), parts, cut, untilMs })
    await providers.close()
    monitor.stop()
    roster.end()
    made$.complete()
    releaseSignal()
    logger.info({ balanced: ledger.snapshot().balanced }, 'closed')
    logger.end()
  }

  const reconfigure = createReconfigure({
    options,
    roster,
    fleet,
    enter,
    providers,
    codecs,
    limits: () => limits,
    limit: (next) => (limits = next),
    ground: () => ground,
    isOpen: () => startedMs !== null,
    isClosed,
    logger,
  })

  const engine: Engine<F> = {
    epoch,
    get frequencies() {
      return roster.members().map(({ handle }) => handle)
    },
    frequency: (name) => {
      const handle = roster.find(name)?.handle
      if (handle === undefined) {
        const there = roster.members().map((one) => one.name)
        throw new RangeError(`no frequency ${JSON.stringify(name)}; this engine has ${there.join(', ')}`)
      }
      // The list of frequencies says what this one takes and gives; the compiler has read it from there.
      return handle as unknown as FrequencyHandle<SourceNamed<F, typeof name>, OutputNamed<F, typeof name>>
    },
    state$: roster.state$,
    reject$,
    lane$: roster.lane$,
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
    reconfigure,
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
