import {
  asyncScheduler,
  auditTime,
  BehaviorSubject,
  catchError,
  concat,
  defer,
  dematerialize,
  distinctUntilChanged,
  EMPTY,
  filter,
  ignoreElements,
  map,
  materialize,
  merge,
  NEVER,
  of,
  repeat,
  shareReplay,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  Observable,
} from 'rxjs'

import {
  retryBackoff,
  type RetryBackoffOptions,
  type RetryVerdict,
  type RetryWait,
} from '../../operators/flow/retryBackoff.ts'
import type { ChannelsState, LinkCause, LinkState } from '../model.ts'
import { causeOf } from './endings.ts'
import { evictionDefaults, evictions as evictionsOf, type EvictionOptions } from './evictions.ts'
import type { LinkSignal, SessionStatus } from './linkSignal.ts'
import type { Pulse } from './pulse.ts'
import type { Secret } from './secret.ts'
import { session } from './session.ts'
import type { OpenSocket } from './socket.ts'
import { subscriptions as subscriptionsOf } from './subscriptions.ts'

export interface LinkOptions extends LinkTuning {
  /** For people: the plan's id. */
  readonly id: string
  /** `ws:` or `wss:`. */
  readonly url: string
  readonly key: Secret
  readonly openSocket: OpenSocket
  /** From 0 up to but not 1: the jitter of the waits. */
  readonly random: () => number
  /** Where pings are measured, and by whose stopwatch frames are stamped. Nothing is measured without it. */
  readonly pulse?: Pulse
}

/** The waits and limits of a link. */
export interface LinkTuning {
  /** The waits between sessions; 1000, 2, 60_000, 30_000 by default. Stable counts from `live`. */
  readonly retry?: {
    readonly initialMs?: number
    readonly factor?: number
    readonly capMs?: number
    readonly stableMs?: number
    /** After so many in a row without a stable time the link is `halted`; unbounded by default. */
    readonly retriesMax?: number
  }
  /** When `max_connections` again and again becomes `evicted`, and for how long. */
  readonly eviction?: Partial<EvictionOptions>
  /** From opening the socket to the server's `connected`; 15_000 by default. */
  readonly connectTimeoutMs?: number
  /** From sending the key to `auth_success`; 10_000 by default. */
  readonly authTimeoutMs?: number
  /** How long the close of a socket is waited for before it is terminated; 2_000 by default. */
  readonly closeWaitMs?: number
  /** How long an unexplained close waits for a status that was ahead of it but is still being decoded; 250 by default. */
  readonly settleMs?: number
  /** How long a subscribe or unsubscribe may go without an answer; 5_000 by default. Each answer starts it anew. */
  readonly ackLimitMs?: number
  /** The most pairs in one message; 400 by default. */
  readonly channelsPerMessage?: number
  /** The least time between two messages that are parts of one list; 10 by default, 0 for none. */
  readonly chunkPauseMs?: number
  /**
   * How long refused channels wait until they are asked for again, one by one, while the session lasts: 60_000 before the first
   * time, doubling up to 900_000 by default. Each wait has a random length from half of it up.
   */
  readonly askAgain?: {
    readonly initialMs?: number
    readonly capMs?: number
  }
  /** How long the socket stays when nothing is wanted any more; 5_000 by default. */
  readonly lingerMs?: number
  /** Between two pings of ours; 25_000 by default. */
  readonly pingMs?: number
  /** Without a frame or a pong for so long the session is given up, longer than `pingMs`; 60_000 by default. */
  readonly muteMs?: number
  /** A larger message ends the session; 16 MiB by default. */
  readonly frameBytesMax?: number
}

/** What a link needs from outside. None of them may fail. */
export interface LinkSources {
  /** The channels to have. Replays its latest. */
  readonly wanted$: Observable<ReadonlySet<string>>
  /** Statuses as they come back from decode. Those of a session that is over are ignored. */
  readonly status$: Observable<SessionStatus>
  /** `true` while the inbox is full. Replays its latest; `false` until it speaks. */
  readonly paused$: Observable<boolean>
  /** A value ends a running wait, `waiting` or `evicted`: what it was for is over. */
  readonly wake$?: Observable<unknown>
  /**
   * Waits and limits that take the place of all those of the options. Asked at the begin of each session and of each wait, so they may
   * change while the link is open; what is wrong with them is to be found out before, by `checkTuning`.
   */
  readonly tuning?: () => LinkTuning
  /** A value ends the link for good: it closes its socket politely, and completes. Replays it. */
  readonly stop$?: Observable<unknown>
}

export const linkDefaults = {
  connectTimeoutMs: 15_000,
  authTimeoutMs: 10_000,
  closeWaitMs: 2_000,
  settleMs: 250,
  ackLimitMs: 5_000,
  channelsPerMessage: 400,
  chunkPauseMs: 10,
  lingerMs: 5_000,
  pingMs: 25_000,
  muteMs: 60_000,
  frameBytesMax: 16 * 1024 * 1024,
} satisfies Partial<LinkOptions>

const askAgainDefaults = { initialMs: 60_000, capMs: 900_000 }

const retryDefaults = { initialMs: 1_000, factor: 2, capMs: 60_000, stableMs: 30_000, retriesMax: Infinity }

/** How a cause's `retry` reads for `retryBackoff`. */
const verdicts = { soon: true, slow: 'slow', never: false } as const

const stateSignal = (state: LinkState): LinkSignal => ({ kind: 'state', state })

const noneAtAll: ReadonlySet<string> = new Set()

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((channel) => b.has(channel))

const sameChannels = (a: ChannelsState, b: ChannelsState): boolean =>
  sameSet(a.held, b.held) &&
  sameSet(a.refused, b.refused) &&
  sameSet(a.pending, b.pending) &&
  sameSet(a.unconfirmed ?? noneAtAll, b.unconfirmed ?? noneAtAll)

/** Throws RangeError for waits and limits that cannot be, naming `who` they are of. */
export const checkTuning = (tuning: LinkTuning, who: string): void => {
  const all = { ...linkDefaults, ...tuning }
  const { pingMs, muteMs, lingerMs, settleMs, chunkPauseMs } = all
  const fail = (rule: string): never => {
    throw new RangeError(`${who}: ${rule}`)
  }

  for (const name of ['connectTimeoutMs', 'authTimeoutMs', 'closeWaitMs', 'ackLimitMs', 'frameBytesMax'] as const) {
    if (!(all[name] > 0 && Number.isFinite(all[name]))) fail(`${name} must be more than 0, but is ${all[name]}`)
  }
  if (!(pingMs > 0 && muteMs > pingMs)) fail(`muteMs must be longer than pingMs, but they are ${muteMs} and ${pingMs}`)
  if (!(lingerMs >= 0 && settleMs >= 0))
    fail(`lingerMs and settleMs must be at least 0, but are ${lingerMs} and ${settleMs}`)
  if (!(chunkPauseMs >= 0 && Number.isFinite(chunkPauseMs)))
    fail(`chunkPauseMs must be at least 0, but is ${chunkPauseMs}`)

  retryBackoff({ ...retryDefaults, ...tuning.retry, random: () => 0 })
  evictionsOf({ ...evictionDefaults, ...tuning.eviction })
  retryBackoff({ ...askAgainDefaults, ...tuning.askAgain, random: () => 0 })
  subscriptionsOf(all)
}

/**
 * One physical, authenticated socket to one address with one key, for as long as it is wanted: sessions in a row.
 *
 *     wanted$    --w--------------------------------------e           w = some, e = none
 *     sockets      o-f--f--f-f--x     o-f--f--f-f---------------x     o = open, f = frame, x = closed, here by the network, there by us
 *     link       I-C-fA-fL-f-f----(lW)C-fA-fL-f-f---------------I     I, C, A, L, W = the states idle, connecting, authenticating,
 *                                                                     live, waiting; l = lost; channels not drawn
 *
 * Cold. Never errors, and completes only after `stop$`: an end is a state, or a wait that is a state: `waiting`, or `evicted` when the vendor gave the
 * account's connections to somebody else again and again. `halted`, for what no retry can mend, stays until nothing is wanted; wanting
 * again tries again. A deliberate close, `lingerMs` after the last wish, is not a loss.
 *
 * Unsubscribing terminates the socket and leaves no timer. Holds the wanted and the held channels and not one frame.
 * Wrong options are a RangeError when the link is built.
 */
export const link = (options: LinkOptions, sources: LinkSources): Observable<LinkSignal> => {
  const { id, url, key, random } = options
  // The address stays out of the message: it may carry a user, a password or a key.
  if (!URL.canParse(url) || !/^wss?:/i.test(url))
    throw new RangeError(`link ${id}: url must begin with ws:// or wss://`)
  // What is wrong shall be said now, not at the first wish.
  checkTuning({ ...options, ...sources.tuning?.() }, `link ${id}`)

  /** As they are now. */
  const settings = () => ({ ...linkDefaults, ...(sources.tuning?.() ?? options) })
  const retry = () => ({ ...retryDefaults, ...settings().retry })
  const eviction = () => ({ ...evictionDefaults, ...settings().eviction })

  const hiddenCauseOf = (error: unknown): LinkCause => {
    const cause = causeOf(error)

    return { ...cause, message: key.hide(cause.message) }
  }
  // The only wait with a length of its own is a cool-down.
  const waiting = ({ attempt, nextTryAtMs, error, verdict }: RetryWait): LinkSignal =>
    stateSignal(
      typeof verdict === 'object'
        ? { kind: 'evicted', untilMs: nextTryAtMs, cause: hiddenCauseOf(error) }
        : { kind: 'waiting', nextTryAtMs, attempt, cause: hiddenCauseOf(error) },
    )
  const isLive = (signal: LinkSignal): boolean => signal.kind === 'state' && signal.state.kind === 'live'
  // Read at each wait, each eviction and each message: getters, since a spread would hold on to what they say now.
  const backoff = (own: Pick<RetryBackoffOptions<LinkSignal, LinkSignal>, 'retryIf' | 'wake$'>) => ({
    ...own,
    random,
    isUp: isLive,
    waiting,
    get initialMs() {
      return retry().initialMs
    },
    get factor() {
      return retry().factor
    },
    get capMs() {
      return retry().capMs
    },
    get stableMs() {
      return retry().stableMs
    },
    get retriesMax() {
      return retry().retriesMax
    },
  })
  const evicting: EvictionOptions = {
    get times() {
      return eviction().times
    },
    get windowMs() {
      return eviction().windowMs
    },
    get coolDownMs() {
      return eviction().coolDownMs
    },
    get capMs() {
      return eviction().capMs
    },
  }
  const parts = {
    get channelsPerMessage() {
      return settings().channelsPerMessage
    },
  }
  const sessionOptions = () => ({
    ...options,
    ...settings(),
    askAgain: { ...askAgainDefaults, ...settings().askAgain },
  })

  return new Observable((subscriber) => {
    const subscriptions = subscriptionsOf(parts)
    const changed$ = new Subject<void>()
    const evictions = evictionsOf(evicting)
    let number = 0

    const retryIf = (error: unknown): RetryVerdict => {
      const cause = causeOf(error)
      const slowMs = evictions.over(asyncScheduler.now(), cause)

      return slowMs === undefined ? verdicts[cause.retry] : { slowMs }
    }

    // A source that completes has said its last word, it has not taken it back.
    const wanted$ = concat(sources.wanted$, NEVER).pipe(shareReplay({ bufferSize: 1, refCount: true }))
    const paused$ = concat(sources.paused$, NEVER).pipe(
      startWith(false),
      distinctUntilChanged(),
      shareReplay({ bufferSize: 1, refCount: true }),
    )

    const empty$ = wanted$.pipe(filter((wanted) => wanted.size === 0))
    const over$ = concat(sources.stop$ ?? EMPTY, NEVER).pipe(take(1), shareReplay({ bufferSize: 1, refCount: true }))
    const ended$ = new Subject<void>()
    let isOver = false

    /** From the first wish until nothing is wanted any more and the socket is closed. */
    const run$ = defer(() => {
      const isStopped$ = new BehaviorSubject(false)
      const stop$ = isStopped$.pipe(filter(Boolean))

      const unwanted$ = wanted$.pipe(switchMap((wanted) => (wanted.size > 0 ? NEVER : timer(settings().lingerMs))))
      const linger$ = merge(unwanted$, over$).pipe(
        take(1),
        tap(() => isStopped$.next(true)),
        ignoreElements(),
      )

      const session$ = defer(() =>
        isStopped$.value
          ? EMPTY
          : session(++number, sessionOptions(), {
              wanted$,
              status$: sources.status$,
              paused$,
              stop$,
              subscriptions,
              changed: () => changed$.next(),
              frame: (signal) => subscriber.next(signal),
            }).pipe(
              tap({
                next: (signal) => isLive(signal) && evictions.live(asyncScheduler.now()),
                complete: () => void evictions.over(asyncScheduler.now()),
              }),
            ),
      )

      const sessions$ = session$.pipe(
        // The stop replays: once it is said, no wait lasts.
        retryBackoff(backoff({ retryIf, wake$: merge(stop$, sources.wake$ ?? NEVER) })),
        catchError((error: unknown) =>
          concat(
            of(stateSignal({ kind: 'halted', cause: hiddenCauseOf(error) })),
            merge(empty$, over$).pipe(take(1), ignoreElements()),
          ),
        ),
      )

      // Materialised so that the end of the sessions ends the linger too.
      return merge(linger$, sessions$.pipe(materialize())).pipe(dematerialize())
    })

    const channels$ = merge(wanted$.pipe(tap((wanted) => subscriptions.want(wanted))), changed$).pipe(
      // Answers come by the hundred in one frame, and a state of thousands of channels is made for all of them once.
      auditTime(0),
      map(() => subscriptions.channels()),
      distinctUntilChanged(sameChannels),
      map((channels): LinkSignal => ({ kind: 'channels', channels })),
    )

    const sessions$ = concat(
      of(stateSignal({ kind: 'idle' })),
      merge(wanted$.pipe(filter((wanted) => wanted.size > 0)), over$).pipe(take(1), ignoreElements()),
      defer(() => (isOver ? EMPTY : run$)),
    ).pipe(repeat({ delay: () => (isOver ? EMPTY : of(undefined)) }))

    const beside$ = merge(
      over$.pipe(
        tap(() => (isOver = true)),
        ignoreElements(),
      ),
      channels$,
      // The pauses are heard also between two sessions.
      paused$.pipe(ignoreElements()),
    )

    // The channels first: what is wanted is known before a session asks.
    return merge(beside$.pipe(takeUntil(ended$)), sessions$.pipe(tap({ complete: () => ended$.next() }))).subscribe(
      subscriber,
    )
  })
}
