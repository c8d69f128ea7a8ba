import { filter, ignoreElements, map, of, tap, type Observable } from 'rxjs'
import type { Context } from 'rxjs-marbles/context.js'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { link, type LinkOptions, type LinkSources } from '../../../streams/link/link.ts'
import type { LinkSignal, SessionStatus } from '../../../streams/link/linkSignal.ts'
import { secret } from '../../../streams/link/secret.ts'
import type { LinkState } from '../../../streams/model.ts'
import { fakeSockets, feedback, letters } from './fakeSockets.ts'

const base = {
  id: 'test/stocks',
  url: 'wss://test/stocks',
  key: secret('k3y'),
  random: () => 0.5,
  retry: { initialMs: 8, factor: 2, capMs: 32, stableMs: 30 },
  connectTimeoutMs: 10,
  authTimeoutMs: 10,
  closeWaitMs: 4,
  settleMs: 2,
  ackLimitMs: 6,
  chunkPauseMs: 0,
  lingerMs: 5,
  pingMs: 20,
  muteMs: 50,
} satisfies Partial<LinkOptions>

const sets = { e: new Set<string>(), w: new Set(['T.A']), b: new Set(['T.A', 'T.B']), n: new Set(['T.B']) }

interface Setting {
  readonly sockets: readonly string[]
  readonly wanted?: string
  readonly paused?: string
  readonly options?: Partial<LinkOptions>
  readonly close?: { readonly closeMs?: number; readonly answersClose?: boolean }
}

const linkOf = (m: Context, { sockets, wanted = '-w', paused, options = {}, close }: Setting) => {
  const { openSocket, log } = fakeSockets(m, sockets, close)
  const { status$, through } = feedback()
  const sources: LinkSources = {
    wanted$: m.cold<ReadonlySet<string>>(wanted, sets),
    status$,
    paused$: paused === undefined ? of(false) : m.hot<boolean>(paused, { t: true, f: false }),
  }
  const link$ = through(link({ ...base, openSocket, ...options }, sources))

  return { link$, log }
}

const statesOf = (link$: Observable<LinkSignal>): Observable<LinkState> =>
  link$.pipe(
    filter((signal) => signal.kind === 'state'),
    map(({ state }) => state),
  )

const channelsOf = (link$: Observable<LinkSignal>): Observable<string> =>
  link$.pipe(
    filter((signal) => signal.kind === 'channels'),
    map(({ channels }) => [channels.pending, channels.held, channels.refused].map((set) => [...set].join()).join('/')),
  )

const auth = 'send {"action":"auth","params":"k3y"}'
const subscribe = (params: string) => `send {"action":"subscribe","params":"${params}"}`
const unsubscribe = (params: string) => `send {"action":"unsubscribe","params":"${params}"}`

/** Without the resumes, of which a new socket gets one to be sure. */
const essential = (log: readonly string[]) => log.filter((line) => !line.endsWith('resume'))

describe('link', () => {
  it('strings sessions together for as long as it is wanted', marbles((m) => {
    const wanted = '         --w--------------------------------------e'
    const first = '            o-c--y--d-d--x'.trim()
    const second = '                              o-c--y--d-d'.trim()
    const unsub = '          ---------------------------------------------------!'
    const expected = '       I-C-fA-fL-f-f----(lW)C-fA-fL-f-f---------------I----'
    const { link$, log } = linkOf(m, { sockets: [first, second], wanted, options: { ackLimitMs: 100 } })

    m.expect(letters(link$), unsub).toBeObservable(expected)
    m.flush()
    expect(essential(log)).toStrictEqual([
      '2 1 open', `5 1 ${auth}`, `8 1 ${subscribe('T.A')}`, '15 1 gone',
      '21 2 open', `24 2 ${auth}`, `27 2 ${subscribe('T.A')}`, '46 2 close 1000', '47 2 gone',
    ])
  }))

  it('stays idle while nothing is wanted', marbles((m) => {
    const { link$, log } = linkOf(m, { sockets: ['o-c'], wanted: '-e-e' })

    m.expect(letters(link$), '-------!').toBeObservable('I')
    m.flush()
    expect(log).toStrictEqual([])
  }))

  it('goes on wanting when the source of wishes has completed', marbles((m) => {
    const wanted = '          -(w|)'
    const unsub = '           ---------!'
    const expected = '        IC-fA-fL--'
    const { link$ } = linkOf(m, { sockets: ['o-c--y'], wanted })

    m.expect(letters(link$), unsub).toBeObservable(expected)
  }))

  it('tells each state with its facts', marbles((m) => {
    const sockets = ['         o-c--y-x'.trim()]
    const unsub = '           ------------!'
    const expected = '        IC--A--L--W'
    const { link$ } = linkOf(m, { sockets })
    const cause = { _tag: 'closed', retry: 'soon', code: 1006, message: 'the connection closed with 1006 (no close frame)' }

    m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, {
      I: { kind: 'idle' },
      C: { kind: 'connecting' },
      A: { kind: 'authenticating' },
      L: { kind: 'live', sinceMs: 7 },
      W: { kind: 'waiting', attempt: 1, nextTryAtMs: 14, cause },
    })
  }))

  it('passes each frame as it came', marbles((m) => {
    const sockets = ['         o-c---d'.trim()]
    const unsub = '           --------!'
    const expected = '        ---c---d'
    const { link$ } = linkOf(m, { sockets })
    const frame$ = link$.pipe(filter((signal) => signal.kind === 'frame'), map(({ frame }) => ({ ...frame, bytes: String(frame.bytes) })))

    m.expect(frame$, unsub).toBeObservable(expected, {
      c: { bytes: '[{"ev":"status","status":"connected","message":"Connected Successfully"}]', receivedMs: 3, session: 1 },
      d: { bytes: '[{"ev":"T","sym":"A"}]', receivedMs: 7, session: 1 },
    })
  }))

  it('takes the older words for connected and auth_success', marbles((m) => {
    const sockets = ['         o-C--Y'.trim()]
    const unsub = '           ---------!'
    const expected = '        IC-fA-fL--'
    const { link$ } = linkOf(m, { sockets })

    m.expect(letters(link$), unsub).toBeObservable(expected)
  }))

  it('ends nothing for a status that it does not know', marbles((m) => {
    const sockets = ['         o-c-u--y-u-d'.trim()]
    const unsub = '           -------------!'
    const expected = '        IC-fAf--fLf-f'
    const { link$ } = linkOf(m, { sockets })

    m.expect(letters(link$), unsub).toBeObservable(expected)
  }))

  describe('halted', () => {
    it('stays for a refused key until nothing is wanted, and tries again at the next wish', marbles((m) => {
      const wanted = '        -w---------e--w'
      const sockets = ['       o-c--(nx)', '           o'].map((diagram) => diagram.trim())
      const unsub = '         ----------------!'
      const expected = '      IC--A--H---I--C'
      const { link$ } = linkOf(m, { sockets, wanted })
      const message = 'the vendor refused the key or the plan: bad key ***, no plan'

      m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, {
        I: { kind: 'idle' },
        C: { kind: 'connecting' },
        A: { kind: 'authenticating' },
        H: { kind: 'halted', cause: { _tag: 'authFailed', retry: 'never', code: 1006, message } },
      })
    }))

    it('comes after as many retries in a row as are allowed', marbles((m) => {
      const sockets = ['           x', '       x', '           x'].map((diagram) => diagram.trim())
      const options = { retry: { ...base.retry, retriesMax: 2 } }
      const { link$ } = linkOf(m, { sockets, options })

      m.expect(letters(link$), '99ms !').toBeObservable('I(CW)(CW)----(CH)')
    }))

    it('leaves no timer behind', marbles((m) => {
      const { link$, log } = linkOf(m, { sockets: ['o-c--(nx)'] })

      m.expect(letters(link$), '99ms !').toBeObservable('IC-fA-fH')
      m.flush()
      expect(log.at(-1)).toBe('6 1 gone')
    }))
  })

  describe('an end that a status announces', () => {
    const cause = {
      _tag: 'maxConnections',
      retry: 'slow',
      message: 'the account has too many connections: Maximum number of websocket connections exceeded.',
    }
    const states = { I: { kind: 'idle' }, C: { kind: 'connecting' }, A: { kind: 'authenticating' }, L: { kind: 'live', sinceMs: 7 } }

    it('is the cause of the close that follows', marbles((m) => {
      const sockets = ['       o-c--y--m-v'.trim()]
      const unsub = '         ------------!'
      const expected = '      IC--A--L---W'
      const { link$ } = linkOf(m, { sockets })
      const W = { kind: 'waiting', attempt: 1, nextTryAtMs: 35, cause: { ...cause, code: 1008 } }

      m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, { ...states, W })
    }))

    it('is waited for a moment when the close is faster than the decode', marbles((m) => {
      const sockets = ['       o-c--y--(mv)'.trim()]
      const unsub = '         ------------!'
      const expected = '      IC--A--L--W'
      const { link$ } = linkOf(m, { sockets })
      const W = { kind: 'waiting', attempt: 1, nextTryAtMs: 34, cause: { ...cause, code: 1008 } }

      m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, { ...states, W })
    }))

    it('is carried out by us when the server does not', marbles((m) => {
      const sockets = ['       o-c--y--m---d'.trim()]
      const unsub = '         -----------------!'
      const expected = '      IC--A--L------CW'
      const { link$, log } = linkOf(m, { sockets })
      const { link$: again$ } = linkOf(m, { sockets, close: { answersClose: false } })
      const W = { kind: 'waiting', attempt: 1, nextTryAtMs: 39, cause }

      m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, { ...states, W })
      m.expect(letters(again$), '-------------------!').toBeObservable('IC-fA-fL-f---f(lC)W')
      m.flush()
      expect(essential(log).slice(-2)).toStrictEqual(['14 1 close 1000', '15 1 gone'])
    }))
  })

  describe('a status that ends a session', () => {
    const cases: readonly (readonly [string, string, string, string])[] = [
      ['auth_timeout', 'o-c--(tx)', 'authTimeout', 'soon'],
      ['force_disconnect', 'o-c--(kx)', 'forceDisconnect', 'soon'],
      ['slow_consumer', 'o-c--(sx)', 'slowConsumer', 'slow'],
      ['max_connections', 'o-c--(mx)', 'maxConnections', 'slow'],
    ]

    it.each(cases)('is %s', (_name, diagram, tag, retry) => {
      marbles((m) => {
        const { link$ } = linkOf(m, { sockets: [diagram] })
        const waits$ = statesOf(link$).pipe(
          filter((state) => state.kind === 'waiting'),
          map(({ cause, nextTryAtMs }) => `${cause._tag} ${cause.retry} ${nextTryAtMs}`),
        )

        m.expect(waits$, '12ms !').toBeObservable('7ms W', { W: `${tag} ${retry} ${7 + (retry === 'slow' ? 24 : 4)}` })
      })()
    })
  })

  describe('an end that nobody explains', () => {
    const cases: readonly (readonly [string, string, string, string, number])[] = [
      ['a drop', 'o-c--y--x', 'closed', 'soon', 11],
      ['an ordinary close', 'o-c--y--h', 'closed', 'soon', 11],
      ['a peer that goes away', 'o-c--y--w', 'closed', 'soon', 11],
      ['text that is none', 'o-c--y--j', 'closed', 'soon', 11],
      ['an error of the server', 'o-c--y--i', 'closed', 'soon', 11],
      ['a policy violation without a status', 'o-c--y--v', 'closed', 'soon', 11],
      ['a frame that is too large', 'o-c--y--g', 'frameTooLarge', 'slow', 9],
      ['a refused connection', '--------z', 'connectFailed', 'soon', 9],
    ]

    it.each(cases)('is %s', (_name, diagram, tag, retry, atMs) => {
      marbles((m) => {
        const { link$ } = linkOf(m, { sockets: [diagram] })
        const waits$ = statesOf(link$).pipe(
          filter((state) => state.kind === 'waiting'),
          map(({ cause, nextTryAtMs }) => `${cause._tag} ${cause.retry} ${nextTryAtMs}`),
        )

        m.expect(waits$, '12ms !').toBeObservable(`${atMs}ms W`, { W: `${tag} ${retry} ${atMs + (retry === 'slow' ? 24 : 4)}` })
      })()
    })
  })

  describe('evicted', () => {
    const message = 'the account has too many connections: Maximum number of websocket connections exceeded.'
    const cause = { _tag: 'maxConnections', retry: 'slow', code: 1008, message }
    const eviction = { times: 2, windowMs: 60, coolDownMs: 20, capMs: 50 }
    const short = { initialMs: 4, factor: 2, capMs: 8, stableMs: 30 }
    /** Let in, and thrown out after some time. */
    const after = (ms: number) => `o-c--y ${ms}ms (mv)`
    const options = { eviction, retry: short }
    const restOf = (link$: Observable<LinkSignal>): Observable<string> =>
      statesOf(link$).pipe(
        filter(({ kind }) => kind === 'waiting' || kind === 'evicted'),
        map((state) => ('untilMs' in state ? `E${state.untilMs}` : 'nextTryAtMs' in state ? `W${state.nextTryAtMs}` : '')),
      )

    it('is what max_connections again and again makes of a wait, and is tried again after it', marbles((m) => {
      const sockets = ['       o-c--(mv)', '            o-c--(mv)', '                         o'].map((diagram) => diagram.trim())
      const unsub = '         -------------------------------------!'
      const expected = '      IC--A--W-----C--A--E--------------C---'
      const { link$ } = linkOf(m, { sockets, options })

      m.expect<unknown>(statesOf(link$), unsub).toBeObservable(expected, {
        I: { kind: 'idle' },
        C: { kind: 'connecting' },
        A: { kind: 'authenticating' },
        W: { kind: 'waiting', attempt: 1, nextTryAtMs: 13, cause },
        E: { kind: 'evicted', untilMs: 34, cause },
      })
    }))

    it('lasts at least half of the cool-down', marbles((m) => {
      const sockets = ['o-c--(mv)', 'o-c--(mv)', 'o']
      const { link$ } = linkOf(m, { sockets, options: { ...options, random: () => 0 } })

      m.expect(restOf(link$), '30ms !').toBeObservable('7ms W 9ms E', { W: 'W11', E: 'E27' })
    }))

    it('lasts twice as long each time, up to the cap, without counting to the limit again', marbles((m) => {
      const sockets = Array.from({ length: 6 }, () => 'o-c--(mv)')
      const { link$ } = linkOf(m, { sockets, options })
      // From half up: 15 of 20, 30 of 40, 38 of 50.
      const expected = '      7ms W 11ms E 20ms F 35ms G 43ms H'

      m.expect(restOf(link$), '125ms !').toBeObservable(expected, { W: 'W13', E: 'E34', F: 'E70', G: 'E114', H: 'E158' })
    }))

    it('is forgotten after a session that lived for the window', marbles((m) => {
      const sockets = [after(0), after(0), after(60), after(0)]
      const { link$ } = linkOf(m, { sockets, options: { ...options, muteMs: 99 } })

      m.expect(restOf(link$).pipe(map((word) => word.charAt(0))), '130ms !').toBeObservable('8ms W 12ms E 81ms W 12ms E')
    }))

    it('does not come of ends that are too far apart, nor of others', marbles((m) => {
      const apart = linkOf(m, { sockets: [after(0), `o-c--y 55ms x`, after(0)], options: { ...options, muteMs: 99 } })
      const others = linkOf(m, { sockets: ['o-c--(mv)', 'o-c--(sx)', 'o-c--(kx)', '-'], options })

      m.expect(restOf(apart.link$).pipe(filter((word) => word.startsWith('E'))), '95ms !').toBeObservable('')
      m.expect(restOf(others.link$).pipe(filter((word) => word.startsWith('E'))), '60ms !').toBeObservable('')
    }))

    it('ends when nothing is wanted any more, and the next wish tries at once', marbles((m) => {
      const wanted = '        -w------e--------w'
      const sockets = ['       o-c--(mv)', '                o'].map((diagram) => diagram.trim())
      const unsub = '         -------------------!'
      const expected = '      IC--A--E-----I---C--'
      const { link$ } = linkOf(m, { sockets, wanted, options: { eviction: { ...eviction, times: 1 } } })

      m.expect(letters(link$).pipe(filter((letter) => letter !== 'f')), unsub).toBeObservable(expected)
    }))
  })

  describe('a limit that passes', () => {
    it('gives up a socket that does not connect, and hears nothing of it any more', marbles((m) => {
      const sockets = ['        o-----------c-y-d-x', '                o'].map((diagram) => diagram.trim())
      const unsub = '          ---------------------!'
      const expected = '       IC-------------W---C--'
      const { link$, log } = linkOf(m, { sockets, close: { answersClose: false } })

      m.expect(letters(link$), unsub).toBeObservable(expected)
      m.flush()
      expect(essential(log)).toStrictEqual(['1 1 open', '11 1 close 1000', '15 1 gone', '19 2 open', '21 2 gone'])
    }))

    it('gives up a socket that does not answer the key', marbles((m) => {
      const sockets = ['        o-c'.trim()]
      const unsub = '          -----------------!'
      const expected = '       IC-fA----------W-'
      const { link$ } = linkOf(m, { sockets })

      m.expect(letters(link$), unsub).toBeObservable(expected)
    }))

    it('gives up a mute socket: lost at once, the next one after its close', marbles((m) => {
      const sockets = ['        o-c--y--p---------d'.trim()]
      const unsub = '          ------------------------!'
      const expected = '       IC-fA-fL----------(lC)W--'
      const options = { pingMs: 5, muteMs: 9 }
      const close = { answersClose: false }
      const { link$, log } = linkOf(m, { sockets, options, close })
      const lost$ = linkOf(m, { sockets, options, close }).link$.pipe(filter(({ kind }) => kind === 'lost'))
      const cause = { _tag: 'mute', retry: 'soon', message: 'neither a frame nor a pong came for 9 ms' }

      m.expect(letters(link$), unsub).toBeObservable(expected)
      m.expect<unknown>(lost$, unsub).toBeObservable('------------------l', { l: { kind: 'lost', session: 1, cause, lastHeardMs: 9 } })
      m.flush()
      expect(log.filter((line) => line.includes('1 ping'))).toStrictEqual(['12 1 ping', '17 1 ping'])
    }))

    it('does not call a socket mute that only pongs', marbles((m) => {
      const sockets = ['        o-c--y--p----p----p----p----p'.trim()]
      const unsub = '          -------------------------------!'
      const expected = '       IC-fA-fL'
      const { link$ } = linkOf(m, { sockets, options: { pingMs: 5, muteMs: 9 } })

      m.expect(letters(link$), unsub).toBeObservable(expected)
    }))

    it('does not pass while the inbox is full', marbles((m) => {
      const sockets = ['        o-c--y'.trim()]
      const paused = '         f-------t---------------------f'
      const unsub = '          ----------------------------------------!'
      const expected = '       ---------------------------------------l'
      const { link$, log } = linkOf(m, { sockets, paused, options: { pingMs: 5, muteMs: 9 } })

      m.expect(letters(link$).pipe(filter((letter) => letter === 'l')), unsub).toBeObservable(expected)
      m.flush()
      expect(log.filter((line) => line.endsWith('pause'))).toStrictEqual(['8 1 pause'])
      expect(log).toContain('30 1 resume')
    }))
  })

  it('pauses also a socket that is made while the inbox is full', marbles((m) => {
    const sockets = ['          --z', '   o'].map((diagram) => diagram.trim())
    const paused = '           f-t'
    const unsub = '            ---------!'
    const { link$, log } = linkOf(m, { sockets, paused })

    m.expect(letters(link$), unsub).toBeObservable('IC-W---C-')
    m.flush()
    expect(log.filter((line) => line.endsWith('pause'))).toStrictEqual(['2 1 pause', '7 2 pause'])
  }))

  describe('nothing wanted any more', () => {
    it('lingers, and a wish in time keeps the socket', marbles((m) => {
      const wanted = '         -w-------e--w------e'
      const sockets = ['        o-c--y'.trim()]
      const unsub = '          ---------------------------!'
      const expected = '       IC-fA-fL-----------------I'
      const { link$, log } = linkOf(m, { sockets, wanted, options: { ackLimitMs: 100 } })

      m.expect(letters(link$), unsub).toBeObservable(expected)
      m.flush()
      expect(essential(log).slice(-2)).toStrictEqual(['24 1 close 1000', '25 1 gone'])
    }))

    it('opens no other socket before the old one has closed', marbles((m) => {
      const wanted = '         -w-------e------w'
      const sockets = ['        o-c--y-------------d', '                o'].map((diagram) => diagram.trim())
      const unsub = '          ---------------------!'
      const expected = '       IC--A--L----------(IC)'
      const { link$, log } = linkOf(m, { sockets, wanted, close: { closeMs: 4 }, options: { closeWaitMs: 9 } })

      m.expect(letters(link$).pipe(filter((letter) => letter !== 'f')), unsub).toBeObservable(expected)
      m.flush()
      expect(essential(log).slice(-4)).toStrictEqual(['14 1 close 1000', '18 1 gone', '18 2 open', '21 2 gone'])
    }))

    it('terminates a socket that does not answer the close', marbles((m) => {
      const wanted = '         -w-------e'
      const sockets = ['        o-c--y-------------d'.trim()]
      const unsub = '          ---------------------!'
      const expected = '       IC-fA-fL----------I'
      const { link$, log } = linkOf(m, { sockets, wanted, close: { answersClose: false } })

      m.expect(letters(link$), unsub).toBeObservable(expected)
      m.flush()
      expect(essential(log).slice(-2)).toStrictEqual(['14 1 close 1000', '18 1 gone'])
    }))

    it('ends a wait', marbles((m) => {
      const wanted = '         -w-e------w'
      const sockets = ['        --z', '       o'].map((diagram) => diagram.trim())
      const unsub = '          ------------!'
      const expected = '       IC-W----I-C'
      const { link$ } = linkOf(m, { sockets, wanted, options: { retry: { initialMs: 20, capMs: 20 } } })

      m.expect(letters(link$), unsub).toBeObservable(expected)
    }))
  })

  it('counts the attempts anew only after a stable time', marbles((m) => {
    const sockets = ['          o-c--y-x', '  o-c--y-x', '  o-c--y-x', '  o-c--y 40ms x'].map((diagram) => diagram.trim())
    const unsub = '            105ms !'
    const expected = '         ----------1------------2----------------3 63ms 1'
    const { link$ } = linkOf(m, { sockets })
    const attempt$ = statesOf(link$).pipe(
      filter((state) => state.kind === 'waiting'),
      map(({ attempt }) => String(attempt)),
    )

    m.expect(attempt$, unsub).toBeObservable(expected)
  }))

  it('ignores the statuses of a session that is over', marbles((m) => {
    const status$ = m.hot<SessionStatus>('    ----------s-t', {
      s: { session: 1, status: { ev: 'status', status: 'connected' } },
      t: { session: 2, status: { ev: 'status', status: 'connected' } },
    })
    const sockets = ['          --z', '   o'].map((diagram) => diagram.trim())
    const unsub = '            --------------!'
    const expected = '         IC-W---C----A'
    const { openSocket } = fakeSockets(m, sockets)
    const wanted$ = m.cold<ReadonlySet<string>>('-w', sets)

    m.expect(letters(link({ ...base, openSocket }, { wanted$, status$, paused$: of(false) })), unsub).toBeObservable(expected)
  }))

  it('leaves nothing behind when unsubscribed', marbles((m) => {
    const { link$, log } = linkOf(m, { sockets: ['o-c--y--d--d'] })

    m.expect(letters(link$), '----------!').toBeObservable('IC-fA-fL-f')
    m.flush()
    expect(log.at(-1)).toBe('10 1 gone')
  }))

  it('lets no key out', marbles((m) => {
    const seen: LinkSignal[] = []
    const { link$ } = linkOf(m, { sockets: ['z', 'o-c--y--n--x', 'o'] })

    m.expect(link$.pipe(tap((signal) => seen.push(signal)), ignoreElements()), '60ms !').toBeObservable('')
    m.flush()

    const said = JSON.stringify(seen.filter(({ kind }) => kind !== 'frame'))

    expect(said).toContain('bad key ***')
    expect(said).toContain('ECONNREFUSED, ***')
    expect(said).not.toContain('k3y')
  }))

  describe('channels', () => {
    it('are pending, then held as they are answered, and nothing is held after a loss', marbles((m) => {
      const wanted = '         -w-------b'
      const sockets = ['        o-c--y--a---b--x'.trim()]
      const unsub = '          ------------------!'
      const expected = '       -1-------23---4-2'
      const { link$, log } = linkOf(m, { sockets, wanted })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A//', 2: 'T.A,T.B//', 3: 'T.B/T.A/', 4: '/T.A,T.B/' })
      m.flush()
      expect(log.filter((line) => line.includes('subscribe'))).toStrictEqual([`7 1 ${subscribe('T.A')}`, `10 1 ${subscribe('T.B')}`])
    }))

    it('are refused at once when one alone is left of a message that had an error', marbles((m) => {
      const sockets = ['        o-c--y--e-a'.trim()]
      const unsub = '          --------------!'
      const expected = '       -1----------2'
      const { link$ } = linkOf(m, { sockets, wanted: '-b' })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A,T.B//', 2: '/T.A/T.B' })
    }))

    it('are refused when nothing is said of them for the whole limit', marbles((m) => {
      const sockets = ['        o-c--y'.trim()]
      const unsub = '          ---------------!'
      const expected = '       -1-----------2'
      const { link$ } = linkOf(m, { sockets })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A//', 2: '//T.A' })
    }))

    it('are not refused while the inbox is full', marbles((m) => {
      const sockets = ['        o-c--y'.trim()]
      const paused = '         f-------t-----------f'
      const unsub = '          ----------------------------!'
      const expected = '       -1------------------------2'
      const { link$ } = linkOf(m, { sockets, paused })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A//', 2: '//T.A' })
    }))

    const waits = { askAgain: { initialMs: 12, capMs: 24 } }
    const subscribes = (log: readonly string[]) => log.filter((line) => line.includes('subscribe'))

    it('are asked for again, each alone and slowly, when they are refused, and stay shown as refused meanwhile', marbles((m) => {
      // Refused at 10, again at 21, accepted when it is asked for 18 ms after that.
      const sockets = ['        o-c--y--f----------e---------------------b'.trim()]
      const unsub = '          ----------------------------------------------!'
      const expected = '       -1--------2--------------------------------3'
      const { link$, log } = linkOf(m, { sockets, wanted: '-b', options: { ...waits, ackLimitMs: 100 } })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A,T.B//', 2: '/T.A/T.B', 3: '/T.A,T.B/' })
      m.flush()
      expect(subscribes(log)).toStrictEqual([`7 1 ${subscribe('T.A,T.B')}`, `19 1 ${subscribe('T.B')}`, `39 1 ${subscribe('T.B')}`])
    }))

    it('are given back when nothing was said of them, since they may be held, and asked for again', marbles((m) => {
      const sockets = ['        o-c--y--------r---------a'.trim()]
      const unsub = '          ----------------------------!'
      const expected = '       -1-----------2------------3'
      const { link$, log } = linkOf(m, { sockets, options: waits })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A//', 2: '//T.A', 3: '/T.A/' })
      m.flush()
      expect(subscribes(log)).toStrictEqual([`7 1 ${subscribe('T.A')}`, `13 1 ${unsubscribe('T.A')}`, `22 1 ${subscribe('T.A')}`])
    }))

    it('are asked for with a pause between the messages', marbles((m) => {
      const sockets = ['        o-c--y-a-----b'.trim()]
      const unsub = '          -----------------!'
      const expected = '       -1-------2-----3'
      const { link$, log } = linkOf(m, { sockets, wanted: '-b', options: { channelsPerMessage: 1, chunkPauseMs: 4 } })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A,T.B//', 2: 'T.B/T.A/', 3: '/T.A,T.B/' })
      m.flush()
      expect(subscribes(log)).toStrictEqual([`7 1 ${subscribe('T.A')}`, `11 1 ${subscribe('T.B')}`])
    }))

    it('are given back when they are no longer wanted', marbles((m) => {
      const wanted = '         -b-----------n'
      const sockets = ['        o-c--y--(ab)----r'.trim()]
      const unsub = '          --------------------!'
      const expected = '       -1--------2-------3'
      const { link$, log } = linkOf(m, { sockets, wanted })

      m.expect(channelsOf(link$), unsub).toBeObservable(expected, { 1: 'T.A,T.B//', 2: '/T.A,T.B/', 3: '/T.B/' })
      m.flush()
      expect(log.at(-2)).toBe(`13 1 ${unsubscribe('T.A')}`)
    }))
  })

  it.each<[Partial<LinkOptions>, string]>([
    [{ url: 'https://user:k3y@test' }, 'link test/stocks: url must begin with ws:// or wss://'],
    [{ connectTimeoutMs: 0 }, 'link test/stocks: connectTimeoutMs must be more than 0, but is 0'],
    [{ muteMs: 20 }, 'link test/stocks: muteMs must be longer than pingMs, but they are 20 and 20'],
    [{ lingerMs: -1 }, 'link test/stocks: lingerMs and settleMs must be at least 0, but are -1 and 2'],
    [{ chunkPauseMs: -1 }, 'link test/stocks: chunkPauseMs must be at least 0, but is -1'],
    [{ askAgain: { capMs: 1 } }, 'capMs must be from initialMs up to 2147483647, but is 1'],
    [{ channelsPerMessage: 0 }, 'channelsPerMessage must be a whole number from 1, but is 0'],
    [{ eviction: { times: 0 } }, 'eviction times must be a whole number from 1, but is 0'],
    [{ eviction: { capMs: 1 } }, 'eviction capMs must be from coolDownMs up to 2147483647, but is 1'],
    [{ eviction: { windowMs: 0 } }, 'eviction windowMs must be more than 0, but is 0'],
    [{ eviction: { coolDownMs: -1 } }, 'eviction coolDownMs must be more than 0 and at most 2147483647, but is -1'],
    [{ retry: { capMs: 1 } }, 'capMs must be from initialMs up to 2147483647, but is 1'],
  ])('refuses %p when it is built', (wrong, message) => {
    const sources = { wanted$: of(sets.e), status$: of(), paused$: of(false) }
    const openSocket = () => {
      throw new Error('not here')
    }

    expect(() => link({ ...base, openSocket, ...wrong }, sources)).toThrow(new RangeError(message))
  })
})
