import {
  asyncScheduler,
  defer,
  delay,
  filter,
  finalize,
  map,
  merge,
  of,
  Subject,
  takeWhile,
  tap,
  type Observable,
} from 'rxjs'
import type { Context } from 'rxjs-marbles/context.js'

import type { LinkSignal, SessionStatus } from '../../../streams/link/linkSignal.ts'
import type { OpenSocket, SocketSignal } from '../../../streams/link/socket.ts'
import type { Status } from '../../../streams/model.ts'

const status = (status: string, message?: string): Status => ({
  ev: 'status',
  status,
  ...(message !== undefined && { message }),
})
const frameOf = (...elements: readonly unknown[]): SocketSignal => ({
  kind: 'frame',
  bytes: Buffer.from(JSON.stringify(elements)),
})
const closed = (code: number, error?: Error): SocketSignal => ({
  kind: 'closed',
  code,
  reason: '',
  ...(error && { error }),
})

/** The letters of a fake socket's diagram. */
export const heard: Readonly<Record<string, SocketSignal>> = {
  o: { kind: 'open' },
  p: { kind: 'pong' },
  d: frameOf({ ev: 'T', sym: 'A' }),
  c: frameOf(status('connected', 'Connected Successfully')),
  y: frameOf(status('auth_success', 'authenticated')),
  n: frameOf(status('auth_failed', 'bad key k3y, no plan')),
  m: frameOf(status('max_connections', 'Maximum number of websocket connections exceeded. ')),
  s: frameOf(status('slow_consumer')),
  k: frameOf(status('force_disconnect')),
  t: frameOf(status('auth_timeout')),
  u: frameOf(status('brand_new', 'what is this')),
  e: frameOf(status('error', 'not authorized')),
  f: frameOf(status('error', 'not authorized'), status('success', 'subscribed to: T.A')),
  a: frameOf(status('success', 'subscribed to: T.A')),
  b: frameOf(status('success', 'subscribed to: T.B ')),
  r: frameOf(status('success', 'unsubscribed to: T.A')),
  C: frameOf(status('success', 'Connected Successfully')),
  Y: frameOf(status('success', 'authenticated')),
  x: closed(1006),
  h: closed(1000),
  w: closed(1001),
  j: closed(1007),
  v: closed(1008),
  i: closed(1011),
  g: closed(1009, new Error('Max payload size exceeded')),
  z: closed(1006, new Error('connect ECONNREFUSED, k3y')),
}

/** The statuses of a frame, as decode would find them. */
export const statusesOf = (signal: LinkSignal): readonly SessionStatus[] => {
  if (signal.kind !== 'frame') return []

  const { session, bytes } = signal.frame

  const elements = JSON.parse(bytes.toString()) as readonly (Status | { readonly ev: 'T' })[]

  return elements.filter((one): one is Status => one.ev === 'status').map((told) => ({ session, status: told }))
}

/** The way back from decode, 1 ms long. */
export const feedback = () => {
  const told$ = new Subject<SessionStatus>()

  return {
    status$: told$.pipe(delay(1)),
    through: (link$: Observable<LinkSignal>): Observable<LinkSignal> =>
      link$.pipe(tap((signal) => statusesOf(signal).forEach((one) => told$.next(one)))),
  }
}

/**
 * Sockets out of diagrams, the first for the first session and so on; `answersClose` of them come `closeMs` after ours.
 * `log` tells what was done to them and when: `7 1 send {…}`.
 */
export const fakeSockets = (m: Context, diagrams: readonly string[], { closeMs = 1, answersClose = true } = {}) => {
  const log: string[] = []
  let count = 0

  const openSocket: OpenSocket = () => {
    const index = count++
    const note = (what: string): void => void log.push(`${asyncScheduler.now()} ${index + 1} ${what}`)
    const close$ = new Subject<SocketSignal>()
    const close = (code?: number): void => {
      note(`close ${code}`)
      if (answersClose)
        of(closed(code ?? 1005))
          .pipe(delay(closeMs))
          .subscribe((signal) => close$.next(signal))
    }

    return {
      signal$: defer(() => {
        note('open')

        return merge(m.cold(diagrams[index] ?? '-', heard), close$).pipe(
          takeWhile((signal) => signal.kind !== 'closed', true),
          finalize(() => note('gone')),
        )
      }),
      send: (text) => note(`send ${text}`),
      ping: () => note('ping'),
      pause: () => note('pause'),
      resume: () => note('resume'),
      close,
      terminate: () => note('terminate'),
    }
  }

  return { openSocket, log }
}

const stateLetters = {
  idle: 'I',
  connecting: 'C',
  authenticating: 'A',
  live: 'L',
  waiting: 'W',
  evicted: 'E',
  halted: 'H',
  closed: 'X',
} as const

/** One letter for each signal: the states' capitals, `f` a frame, `l` lost, `K` the channels. */
export const letterOf = (signal: LinkSignal): string =>
  signal.kind === 'state'
    ? stateLetters[signal.state.kind]
    : signal.kind === 'frame'
      ? 'f'
      : signal.kind === 'lost'
        ? 'l'
        : 'K'

/** All but the channels, as letters. */
export const letters = (link$: Observable<LinkSignal>): Observable<string> =>
  link$.pipe(
    filter(({ kind }) => kind !== 'channels'),
    map(letterOf),
  )
