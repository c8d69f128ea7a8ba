import { asyncScheduler, distinctUntilChanged, filter, interval, Observable, Subscription, timer } from 'rxjs'

import type { LinkCause, LinkState, Status } from '../model.ts'
import { asking, type Asking, type AskingOptions } from './asking.ts'
import {
  authTimeout,
  causeOfClose,
  causeOfRefusedOpening,
  causeOfStatus,
  connectTimeout,
  mute,
  SessionEnded,
} from './endings.ts'
import type { FrameRun, FrameSignal, LinkSignal, SessionStatus } from './linkSignal.ts'
import { answered, pinged, type Pulse, unpinged } from './pulse.ts'
import { createReading } from './reading.ts'
import type { Secret } from './secret.ts'
import { silence } from './silence.ts'
import type { OpenSocket, SocketSignal } from './socket.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface SessionOptions extends AskingOptions {
  readonly url: string
  readonly key: Secret
  readonly openSocket: OpenSocket
  readonly pulse?: Pulse
  readonly connectTimeoutMs: number
  readonly authTimeoutMs: number
  readonly closeWaitMs: number
  readonly settleMs: number
  readonly pingMs: number
  readonly muteMs: number
  readonly frameBytesMax: number
}

export interface SessionSources {
  readonly wanted$: Observable<ReadonlySet<string>>
  readonly status$: Observable<SessionStatus>
  /** Replays its latest. */
  readonly paused$: Observable<boolean>
  /** A value closes the session for good: it then completes. */
  readonly stop$: Observable<unknown>
  /** What is wanted and held; it outlives the session, which leaves it reset. */
  readonly subscriptions: Subscriptions
  /** Called after each change of `subscriptions`. */
  readonly changed: () => void
  /** Takes the frames, while the session lives, in their order among the signals. */
  readonly frame: (signal: FrameSignal | FrameRun) => void
}

/** `closed`: the socket is gone, its last statuses may still be on their way. `closing`: given up, nobody hears it any more. */
type Phase = 'connecting' | 'authenticating' | 'live' | 'closed' | 'closing'

// The vendor's own example and its server of 2019 say `success` where it is `connected` and `auth_success` today: only the text tells.
// Source: docs/protocol.md, 3, variants.
const isConnected = ({ status, message }: Status): boolean =>
  status === 'connected' || (status === 'success' && /^connected/i.test(message?.trim() ?? ''))

const isGranted = ({ status, message }: Status): boolean =>
  status === 'auth_success' || (status === 'success' && /^authenticated/i.test(message?.trim() ?? ''))

/**
 * The life of one socket: connect, authenticate, keep the server's subscriptions equal to the wanted ones, notice the end.
 *
 *     socket     o-f--f----f-f--x            o = open, f = frame, x = closed
 *     status$    ---c--a-----------          c = connected, a = auth_success, as they come back from decode
 *     session    C-fA-fL---f-f------(l#)     C, A, L = the states connecting, authenticating, live; l = lost, settleMs after x
 *
 * Frames go to `frame`, everything else is emitted: there is a frame every few microseconds, and the waits and retries around a session are
 * nothing to it.
 *
 * Errors with `SessionEnded` when it is over: the cause is what a status announced, else what the close says. A status may still be
 * on its way through decode when the socket closes, so an unexplained close waits `settleMs` for it. Completes only after `stop$`.
 * Both come after the socket's own close, or `closeWaitMs` after we asked for it: while this lives no other may be opened.
 *
 * From the moment the session is given up, nothing that its socket says or its timers do gets out. Unsubscribing terminates the socket
 * and every timer. Holds nothing but what `subscriptions` holds.
 */
export const session = (number: number, options: SessionOptions, sources: SessionSources): Observable<LinkSignal> =>
  // A machine of five phases fed from six sides, some of which answer within a call to them: one variable says it, operators would not.
  new Observable((subscriber) => {
    const { key, closeWaitMs, pulse } = options
    const { paused$, subscriptions, frame } = sources
    const socket = options.openSocket(options.url, { frameBytesMax: options.frameBytesMax })

    let phase: Phase = 'connecting'
    let announced: LinkCause | undefined
    let closeCode: number | undefined
    let hasOpened = false
    let hasSpoken = false
    let isLost = true
    const reading = createReading({
      session: number,
      hand: frame,
      now: () => asyncScheduler.now(),
      stopwatch: pulse?.stopwatch,
    })

    // Ends with the phase `live`, at the latest.
    const work = new Subscription()
    let talk: Asking | undefined
    let limit = Subscription.EMPTY

    const say = (state: LinkState): void => subscriber.next({ kind: 'state', state })

    const limitTo = (quietMs: number, then: () => void): void => {
      limit.unsubscribe()
      work.add((limit = silence({ quietMs, paused$ }).subscribe(then)))
    }

    /** The server holds nothing for us any more, and a session that was live is lost with its cause, once. */
    const leave = (next: Phase): void => {
      phase = next
      if (pulse !== undefined) unpinged(pulse)
      work.unsubscribe()
      subscriptions.reset()
      sources.changed()
    }

    const lose = (cause: LinkCause): void => {
      if (isLost) return
      isLost = true
      subscriber.next({ kind: 'lost', session: number, cause, lastHeardMs: reading.heardMs })
    }

    const end = (cause: LinkCause): void => {
      lose(cause)
      subscriber.error(new SessionEnded(cause))
    }

    let whenClosed = (): void => {}

    const closeDown = (then: () => void): void => {
      reading.flush()
      leave('closing')
      whenClosed = then
      subscriber.add(timer(closeWaitMs).subscribe(then))
      // A paused socket would not read the answer to its own close.
      socket.resume()
      socket.close(1000)
    }

    const giveUp = (cause: LinkCause): void => {
      const wasLive = phase === 'live'

      // Read before it was given up: ahead of the loss.
      reading.flush()
      phase = 'closing'
      lose(cause)
      // Not live any more, and on the way to the next one.
      if (wasLive) say({ kind: 'connecting' })
      closeDown(() => end(cause))
    }

    const authenticate = (): void => {
      phase = 'authenticating'
      limitTo(options.authTimeoutMs, () => giveUp(authTimeout(options.authTimeoutMs)))
      say({ kind: 'authenticating' })
      socket.send(JSON.stringify({ action: 'auth', params: key.reveal() }))
    }

    const goLive = (): void => {
      phase = 'live'
      isLost = false
      limit.unsubscribe()
      work.add(
        interval(options.pingMs).subscribe(() => {
          if (pulse !== undefined) pinged(pulse)
          socket.ping()
        }),
      )
      work.add(
        silence({ quietMs: options.muteMs, heardMs: () => reading.heardMs, paused$ }).subscribe(() =>
          giveUp(mute(options.muteMs)),
        ),
      )
      talk = asking(options, { subscriptions, paused$, send: (text) => socket.send(text), changed: sources.changed })
      work.add(talk.subscription)
      say({ kind: 'live', sinceMs: asyncScheduler.now() })
      talk.look()
    }

    const announce = (cause: LinkCause): void => {
      // The first word counts: what follows it is its consequence.
      if (announced !== undefined) return

      const told = { ...cause, message: key.hide(cause.message) }

      announced = told
      if (phase === 'closed') end({ ...told, ...(closeCode !== undefined && { code: closeCode }) })
      else limitTo(closeWaitMs, () => giveUp(told))
    }

    const hear = (status: Status): void => {
      const ending = causeOfStatus(status)

      if (ending !== undefined) announce(ending)
      else if (phase === 'connecting' && isConnected(status)) authenticate()
      else if (phase === 'authenticating' && isGranted(status)) goLive()
      else if (phase === 'live') talk?.hear(status)
    }

    const hearClose = (closed: Extract<SocketSignal, { readonly kind: 'closed' }>): void => {
      if (phase === 'closing') {
        whenClosed()

        return
      }
      leave('closed')
      closeCode = closed.code

      const cause = hasOpened ? causeOfClose(closed) : causeOfRefusedOpening(closed)
      const told = { ...cause, message: key.hide(cause.message) }

      if (announced !== undefined) end({ ...announced, code: closed.code })
      else if (!hasSpoken || told._tag === 'frameTooLarge') end(told)
      else subscriber.add(timer(options.settleMs).subscribe(() => end(told)))
    }

    subscriber.add(work)
    say({ kind: 'connecting' })
    limitTo(options.connectTimeoutMs, () => giveUp(connectTimeout(options.connectTimeoutMs)))

    // Everything that can answer the socket listens before the socket opens.
    subscriber.add(
      sources.status$
        .pipe(filter((tagged) => tagged.session === number && phase !== 'closing'))
        .subscribe(({ status }) => hear(status)),
    )
    work.add(
      paused$.pipe(distinctUntilChanged()).subscribe((isPaused) => (isPaused ? socket.pause() : socket.resume())),
    )
    work.add(
      sources.wanted$.subscribe((wanted) => {
        subscriptions.want(wanted)
        sources.changed()
        talk?.look()
      }),
    )
    work.add(sources.stop$.subscribe(() => closeDown(() => subscriber.complete())))

    subscriber.add(
      socket.signal$.subscribe({
        next: (signal) => {
          if (signal.kind === 'frame') {
            if (phase === 'closing') return
            hasSpoken = true
            reading.take(signal.bytes)
            return
          }
          reading.flush()
          if (signal.kind === 'closed') hearClose(signal)
          else if (signal.kind === 'open') hasOpened = true
          else if (phase !== 'closing') {
            reading.heard()
            if (signal.answer === true && pulse !== undefined) answered(pulse)
          }
        },
        error: (error: unknown) => subscriber.error(error),
      }),
    )
  })
