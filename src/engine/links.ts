import { asyncScheduler, BehaviorSubject, endWith, filter, type Observable, Subject, takeUntil } from 'rxjs'

import { type Left, linkMeter, type LinkMeter } from '../../streams/arrivals.ts'
import { type Wire, wire } from '../../streams/circuit.ts'
import type { Decoder } from '../../streams/codecs/decodeFrame.ts'
import type { Ledger } from '../../streams/ledger.ts'
import { link } from '../../streams/link/link.ts'
import { createPulse, type Pulse } from '../../streams/link/pulse.ts'
import type { LinkSignal, SessionStatus } from '../../streams/link/linkSignal.ts'
import type { LinkState } from '../../streams/model.ts'
import type { Gate, Passing } from '../../streams/parting.ts'
import type { Pump } from '../../streams/pump.ts'
import type { Limits } from './limits.ts'
import { createLinkStory, type LinkStory } from './linkStory.ts'
import type { Runtime } from './options.ts'
import type { ProviderPlan } from './plan.ts'

/** One link of the engine with the loops that close it: wanted channels and statuses go back up to it. */
export interface LinkControl {
  readonly id: string
  /** The plan that it serves: of its address, key and account always the same. Who is on it is told by `gates`. */
  readonly plan: ProviderPlan
  /** The same link in a later plan: other frequencies, another priority. */
  readonly serve: (plan: ProviderPlan) => void
  readonly wire: Wire
  readonly meter: LinkMeter
  readonly pulse: Pulse
  readonly story: LinkStory
  readonly inboxBytes: number
  /** The frequencies that have a place here. */
  readonly gates: Map<string, () => Gate>
  readonly state: LinkState
  readonly wanted$: Subject<ReadonlySet<string>>
  readonly leave: (left: Left) => void
  /** Ends a running wait. */
  readonly wake: () => void
  /** Opens it, once. */
  readonly connect: () => void
  /** Closes the socket politely, for good. */
  readonly retire: () => void
  readonly isRetired: () => boolean
  /** The last word has been looked at: what the link has counted joins the closed rows. */
  readonly forget: () => void
  readonly pausedMs: () => number
  /** Rejects whose event type could not be read. */
  readonly nameless: () => number
  /** What is still in the inbox will not be looked at any more. */
  readonly abandon: () => void
}

export interface LinkControlOptions {
  readonly id: string
  readonly plan: ProviderPlan
  readonly pump: Pump
  readonly ledger: Ledger
  readonly decode: Decoder
  readonly runtime: Runtime
  /** Asked anew each time. */
  readonly limits: () => Limits
  readonly passing?: Passing
  /** The link says good-bye; what it has brought is still looked at. */
  readonly closing$: Observable<unknown>
  /** Nothing more is looked at. */
  readonly cut$: Observable<unknown>
}

export const createLinkControl = (options: LinkControlOptions): LinkControl => {
  const { id, pump, ledger, decode, runtime, limits, passing, closing$, cut$ } = options
  let { plan } = options
  const wanted$ = new BehaviorSubject<ReadonlySet<string>>(new Set())
  const paused$ = new BehaviorSubject(false)
  const status$ = new Subject<SessionStatus>()
  const leave$ = new Subject<Left>()
  const wake$ = new Subject<void>()
  const isRetired$ = new BehaviorSubject(false)
  const meter = linkMeter()
  const pulse = createPulse(runtime.stopwatch)
  const story = createLinkStory(() => asyncScheduler.now())
  const gates = new Map<string, () => Gate>()
  let state: LinkState = { kind: 'idle' }
  let pausedMs = 0
  let pausedSinceMs: number | undefined

  const full = (isFull: boolean): void => {
    const nowMs = asyncScheduler.now()
    if (pausedSinceMs !== undefined) pausedMs += nowMs - pausedSinceMs
    pausedSinceMs = isFull ? nowMs : undefined
    paused$.next(isFull)
  }

  const { url, key, provider } = plan
  const link$ = link(
    {
      id,
      url,
      key,
      random: runtime.random,
      ...(passing === undefined ? {} : { pulse }),
      openSocket: provider.openSocket,
    },
    {
      tuning: () => ({ ...provider.link, ...limits().link }),
      wanted$,
      status$,
      paused$,
      wake$,
      stop$: isRetired$.pipe(filter(Boolean)),
    },
  ).pipe(takeUntil(closing$), endWith<LinkSignal>({ kind: 'state', state: { kind: 'closed' } }))

  const closeRow = ledger.open('link', id, () => figuresOf(meter))

  const own = wire({
    id,
    gates,
    get priority() {
      return plan.priority
    },
    get inboxBytes() {
      return limits().inboxBytes
    },
    link$,
    leave$,
    pump,
    decode,
    full,
    hide: (text) => key.hide(text),
    meter,
    ...(passing === undefined ? {} : { passing }),
    cut$,
  })

  let isConnected = false
  const connect = (): void => {
    if (isConnected) return
    isConnected = true
    own.connect()
  }

  own.status$.subscribe(status$)
  own.state$.subscribe((next) => {
    state = next
    story.tell(next)
  })
  own.channels$.subscribe()
  let nameless = 0
  own.reject$.subscribe(({ eventType }) => {
    if (eventType === undefined) nameless += 1
  })

  return {
    id,
    get plan() {
      return plan
    },
    serve: (next) => (plan = next),
    wire: own,
    meter,
    pulse,
    story,
    get inboxBytes() {
      return limits().inboxBytes
    },
    gates,
    get state() {
      return state
    },
    wanted$,
    leave: (left) => {
      leave$.next(left)
    },
    wake: () => {
      wake$.next()
    },
    connect,
    retire: () => {
      isRetired$.next(true)
      // It ends by itself, which takes that it has begun.
      connect()
    },
    isRetired: () => isRetired$.value,
    forget: closeRow,
    pausedMs: () => pausedMs + (pausedSinceMs === undefined ? 0 : asyncScheduler.now() - pausedSinceMs),
    nameless: () => nameless,
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
