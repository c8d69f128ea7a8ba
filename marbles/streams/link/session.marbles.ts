import { catchError, concat, NEVER, Observable, of } from 'rxjs'
import type { Context } from 'rxjs-marbles/context.js'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { SessionEnded } from '../../../streams/link/endings.ts'
import type { LinkSignal } from '../../../streams/link/linkSignal.ts'
import { secret } from '../../../streams/link/secret.ts'
import { session } from '../../../streams/link/session.ts'
import { subscriptions } from '../../../streams/link/subscriptions.ts'
import { fakeSockets, letters } from './fakeSockets.ts'

const options = {
  url: 'wss://test/stocks',
  key: secret('k3y'),
  connectTimeoutMs: 10,
  authTimeoutMs: 10,
  closeWaitMs: 4,
  settleMs: 4,
  ackLimitMs: 6,
  chunkPauseMs: 0,
  askAgain: { initialMs: 60, capMs: 60 },
  random: () => 0.5,
  pingMs: 20,
  muteMs: 50,
  frameBytesMax: 1024,
}

const told = {
  c: { session: 1, status: { ev: 'status', status: 'connected' } },
  a: { session: 1, status: { ev: 'status', status: 'auth_success' } },
} as const

const sessionOf = (m: Context, socket: string, statuses: string, stop = '-') => {
  const { openSocket, log } = fakeSockets(m, [socket])
  const sources = {
    wanted$: concat(of(new Set(['T.A'])), NEVER),
    status$: m.hot(statuses, told),
    paused$: concat(of(false), NEVER),
    stop$: m.hot(stop),
    subscriptions: subscriptions({ channelsPerMessage: 1 }),
    changed: () => {},
  }

  // Both in their order, as a link has them.
  const session$ = new Observable<LinkSignal>((subscriber) =>
    session(1, { ...options, openSocket }, { ...sources, frame: (signal) => subscriber.next(signal) }).subscribe(subscriber),
  )

  return { session$, log }
}

/** The letters, and `E` for the error that a session ends with. */
const lettersOf = (session$: ReturnType<typeof sessionOf>['session$']): Observable<string> =>
  letters(session$).pipe(catchError((error: unknown) => of(error instanceof SessionEnded ? 'E' : '?')))

describe('session', () => {
  it('connects, authenticates, lives and is lost', marbles((m) => {
    const socket = '         o-d--d----d-d--x'
    const statuses = '       ---c--a'
    const expected = '       C-fA-fL---f-f------(l#)'
    const { session$ } = sessionOf(m, socket, statuses)
    const ending = { _tag: 'closed', retry: 'soon', code: 1006, message: 'the connection closed with 1006 (no close frame)' } as const

    m.expect(letters(session$)).toBeObservable(expected, undefined, new SessionEnded(ending))
  }))

  it('ends without a loss when it had not become live', marbles((m) => {
    const socket = '         o-d--x'
    const statuses = '       ---c'
    const expected = '       C-fA-----(E|)'
    const { session$ } = sessionOf(m, socket, statuses)

    m.expect(lettersOf(session$)).toBeObservable(expected)
  }))

  it('sends each thing once and in its turn', marbles((m) => {
    const socket = '         o'
    const statuses = '       ---c--a--a-c'
    const unsub = '          ------------!'
    const { session$, log } = sessionOf(m, socket, statuses)

    m.expect(letters(session$), unsub).toBeObservable('C--A--L')
    m.flush()
    expect(log).toStrictEqual([
      '0 1 resume', '0 1 open', '3 1 send {"action":"auth","params":"k3y"}', '6 1 send {"action":"subscribe","params":"T.A"}', '12 1 gone',
    ])
  }))

  it('completes after a stop, when the socket has closed, and says nothing more', marbles((m) => {
    const socket = '         o-d--d--d--d-d'
    const statuses = '       ---c--a'
    const stop = '           ---------s'
    const expected = '       C-fA-fL-f-|'
    const { session$ } = sessionOf(m, socket, statuses, stop)

    m.expect(letters(session$)).toBeObservable(expected)
  }))

  it('is stopped, not lost, when the stop comes first in the frame of the close', marbles((m) => {
    const socket = '         o-d--d---x'
    const statuses = '       ---c--a'
    const stop = '           ---------s'
    const { session$, log } = sessionOf(m, socket, statuses, stop)

    // A hot source speaks before a cold one here.
    m.expect(letters(session$)).toBeObservable('C-fA-fL--|')
    m.flush()
    expect(log).toContain('9 1 close 1000')
  }))

  it('terminates its socket when unsubscribed', marbles((m) => {
    const { session$, log } = sessionOf(m, 'o-d--d--d', '---c--a')

    m.expect(letters(session$), '-------!').toBeObservable('C-fA-fL')
    m.flush()
    expect(log.at(-1)).toBe('7 1 gone')
  }))
})
