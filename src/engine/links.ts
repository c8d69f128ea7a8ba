import { asyncScheduler, BehaviorSubject, endWith, Subject, takeUntil, type Observable } from 'rxjs'

import { linkMeter, type LinkMeter } from '../../streams/arrivals.ts'
import { type Wire, wire } from '../../streams/circuit.ts'
import type { Decoded } from '../../streams/codecs/decodeFrame.ts'
import type { Ledger } from '../../streams/ledger.ts'
import { link } from '../../streams/link/link.ts'
import type { LinkSignal, SessionStatus } from '../../streams/link/linkSignal.ts'
import { type LinkMode, type LinkPlan, planLinks } from '../../streams/link/planner.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Pump } from '../../streams/pump.ts'
import type { Control } from './control.ts'
import type { EngineOptions, Runtime } from './options.ts'

/** A plan with the provider that opens its socket. */
export interface ProviderPlan extends LinkPlan {
  readonly provider: Provider
}

/** Which links the frequencies need: grouped per provider, then by address and key. Throws RangeError for what cannot be. */
export const planOf = (
  controls: readonly Control[],
  engineProvider: Provider,
  mode: LinkMode,
): readonly ProviderPlan[] => {
  const providers = new Set(controls.map(({ frequency }) => frequency.options.provider ?? engineProvider))
  const plans = [...providers].flatMap((provider) => {
    const needs = controls
      .filter(({ frequency }) => (frequency.options.provider ?? engineProvider) === provider)
      .map(({ frequency: { name, eventTypes, options }, priority }) => {
        const { url, host, key } = options
        const wish = {
          ...(url === undefined ? {} : { url }),
          ...(host === undefined ? {} : { host }),
          ...(key === undefined ? {} : { key }),
        }
        return { frequency: name, eventTypes, priority, ...provider.endpoint({ frequency: name, eventTypes, ...wish }) }
      })
    return planLinks(needs, mode).map((plan): ProviderPlan => ({ ...plan, provider }))
  })
  return named(plans.sort((a, b) => a.priority - b.priority))
}

/** Two providers may have the same address: the second one's link gets a number. */
const named = (plans: readonly ProviderPlan[]): readonly ProviderPlan[] => {
  const taken = new Set<string>()
  return plans.map((plan) => {
    let { id } = plan
    for (let n = 2; taken.has(id); n += 1) id = `${plan.id}#${String(n)}`
    taken.add(id)
    return { ...plan, id }
  })
}

/** One link of the engine with the loops that close it: wanted channels and statuses go back up to it. */
export interface LinkControl {
  readonly plan: ProviderPlan
  readonly wire: Wire
  readonly meter: LinkMeter
  readonly controls: readonly Control[]
  readonly wanted$: BehaviorSubject<ReadonlySet<string>>
  readonly status$: Subject<SessionStatus>
  readonly pausedMs: () => number
  /** What is still in the inbox will not be looked at any more. */
  readonly abandon: () => void
}

export interface LinkControlOptions {
  readonly plan: ProviderPlan
  readonly controls: readonly Control[]
  readonly pump: Pump
  readonly ledger: Ledger
  readonly decode: (bytes: Buffer) => Decoded
  readonly runtime: Runtime
  readonly inboxBytes: number
  readonly link: NonNullable<EngineOptions['link']>
  /** The link says good-bye; what it has brought is still looked at. */
  readonly closing$: Observable<unknown>
  /** Nothing more is looked at. */
  readonly cut$: Observable<unknown>
}

export const createLinkControl = (options: LinkControlOptions): LinkControl => {
  const { plan, controls, pump, ledger, decode, runtime, inboxBytes, closing$, cut$ } = options
  const wanted$ = new BehaviorSubject<ReadonlySet<string>>(new Set())
  const paused$ = new BehaviorSubject(false)
  const status$ = new Subject<SessionStatus>()
  const meter = linkMeter()
  let pausedMs = 0
  let pausedSinceMs: number | undefined

  const full = (isFull: boolean): void => {
    const nowMs = asyncScheduler.now()
    if (pausedSinceMs !== undefined) pausedMs += nowMs - pausedSinceMs
    pausedSinceMs = isFull ? nowMs : undefined
    paused$.next(isFull)
  }

  const { id, url, key, priority, provider } = plan
  const link$ = link(
    { ...options.link, id, url, key, random: runtime.random, openSocket: provider.openSocket },
    { wanted$, status$, paused$ },
  ).pipe(takeUntil(closing$), endWith<LinkSignal>({ kind: 'state', state: { kind: 'closed' } }))

  ledger.open('link', id, () => figuresOf(meter))

  return {
    plan,
    wire: wire({
      id,
      frequencies: controls.map(({ frequency }) => frequency),
      priority,
      link$,
      pump,
      inboxBytes,
      decode,
      full,
      hide: (text) => key.hide(text),
      meter,
      cut$,
    }),
    meter,
    controls,
    wanted$,
    status$,
    pausedMs: () => pausedMs + (pausedSinceMs === undefined ? 0 : asyncScheduler.now() - pausedSinceMs),
    abandon: () => {
      meter.abandoned += meter.inbox.frames
      meter.inbox.frames = 0
    },
  }
}

const figuresOf = ({
  frames,
  parsed,
  broken,
  abandoned,
  elements,
  events,
  statuses,
  rejected,
  offered,
  unwanted,
  inHand,
  inbox,
}: LinkMeter) => ({
  frames,
  parsed,
  broken,
  inInbox: inbox.frames,
  abandoned,
  elements,
  events,
  statuses,
  rejected,
  offered,
  unwanted,
  inHand,
})
