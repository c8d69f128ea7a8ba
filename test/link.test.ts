/**
 * Goal: the link and its socket hold against a real server: handshake, bytes, size limit, drops, refusals; nothing unhandled,
 * nothing left open.
 *
 * Method: a `ws` server on loopback that speaks the vendor's wire; each test ends itself within a second or two, and the server
 * and all sockets are closed after it.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import {
  BehaviorSubject,
  filter,
  firstValueFrom,
  map,
  of,
  Subject,
  take,
  tap,
  timeout,
  toArray,
  type Observable,
} from 'rxjs'
import { WebSocketServer, type WebSocket } from 'ws'

import { SocketUsed, UpgradeRefused, type SocketSignal } from '../streams/link/socket.ts'
import { link, type LinkOptions } from '../streams/link/link.ts'
import type { LinkSignal, SessionStatus } from '../streams/link/linkSignal.ts'
import { secret } from '../streams/link/secret.ts'
import { wsSocket } from '../streams/link/wsSocket.ts'
import type { LinkState, Status } from '../streams/model.ts'

const keyText = 'pk_test_4711'
const say = (socket: WebSocket, ...elements: readonly unknown[]): void => socket.send(JSON.stringify(elements))
const status = (status: string, message: string) => ({ ev: 'status', status, message })

/** The vendor, as far as a link sees it: what it got is in `received`. */
const speakTheWire = (socket: WebSocket, received: string[]): void => {
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    const { action, params } = JSON.parse(data.toString()) as { action: string; params: string }

    received.push(`${action} ${params}`)
    if (action === 'auth' && params === keyText) say(socket, status('auth_success', 'authenticated'))
    else if (action === 'auth') {
      say(socket, status('auth_failed', `authentication failed for ${params}`))
      // The vendor drops the connection without a close frame; what was said still gets out.
      setTimeout(() => socket.terminate(), 20)
    } else {
      const word = action === 'subscribe' ? 'subscribed to' : 'unsubscribed to'

      say(socket, ...params.split(',').map((channel) => status('success', `${word}: ${channel}`)))
    }
  })
  say(socket, status('connected', 'Connected Successfully'))
}

let http: Server
let wire: WebSocketServer
let url: string
let received: string[]
let sockets: WebSocket[]
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeEach(async () => {
  unhandled.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  received = []
  sockets = []
  http = createServer()
  wire = new WebSocketServer({ server: http })
  wire.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/stocks`
})

afterEach(async () => {
  for (const socket of wire.clients) socket.terminate()
  wire.close()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  if (unhandled.length > 0) throw new AggregateError(unhandled, 'unhandled')
})

const start = (options: Partial<LinkOptions> = {}, channels: readonly string[] = ['T.A', 'AM.*']) => {
  const status$ = new Subject<SessionStatus>()
  const wanted$ = new BehaviorSubject<ReadonlySet<string>>(new Set(channels))
  const seen: LinkSignal[] = []
  const signal$ = new Subject<LinkSignal>()
  const subscription = link(
    {
      id: 'loopback',
      url,
      key: secret(keyText),
      openSocket: wsSocket,
      random: () => 0.5,
      retry: { initialMs: 20, capMs: 40 },
      lingerMs: 10,
      settleMs: 60,
      ...options,
    },
    { wanted$, status$, paused$: of(false) },
  )
    .pipe(
      tap((signal) => {
        seen.push(signal)
        if (signal.kind !== 'frame') return
        const { session, bytes } = signal.frame
        const elements = JSON.parse(bytes.toString()) as readonly (Status | { readonly ev: 'T' })[]

        // As decode would: not within the socket's own turn.
        setImmediate(() =>
          elements
            .filter((one): one is Status => one.ev === 'status')
            .forEach((one) => status$.next({ session, status: one })),
        )
      }),
    )
    .subscribe(signal$)

  const next = <T extends LinkSignal>(isIt: (signal: LinkSignal) => signal is T): Promise<T> =>
    firstValueFrom(signal$.pipe(filter(isIt), timeout(3_000)))
  const state = (kind: LinkState['kind']): Promise<LinkState> =>
    firstValueFrom(
      signal$.pipe(
        filter((signal) => signal.kind === 'state'),
        map((signal) => signal.state),
        filter((told) => told.kind === kind),
        timeout(3_000),
      ),
    )
  const held = (count: number) =>
    firstValueFrom(
      signal$.pipe(
        filter((signal) => signal.kind === 'channels' && signal.channels.held.size === count),
        timeout(3_000),
      ),
    )

  return { seen, next, state, held, wanted$, stop: () => subscription.unsubscribe() }
}

const all = (signal$: Observable<SocketSignal>): Promise<readonly SocketSignal[]> =>
  firstValueFrom(signal$.pipe(toArray(), timeout(3_000)))
const lastOf = async (signal$: Observable<SocketSignal>) => {
  const last = (await all(signal$)).at(-1)

  if (last?.kind !== 'closed') throw new Error('the last signal is always closed')

  return last
}
const isFrame = (signal: LinkSignal) => signal.kind === 'frame'
const kinds = (seen: readonly LinkSignal[]) =>
  seen.flatMap((signal) => (signal.kind === 'state' ? [signal.state.kind] : signal.kind === 'lost' ? ['lost'] : []))

describe('link over a real socket', () => {
  it('does not take a stall of its own process for a mute server', async () => {
    wire.on('connection', (socket) => speakTheWire(socket, received))
    const muteMs = 200
    const { seen, held, stop } = start({ pingMs: 20, muteMs })

    await held(2)
    for (let i = 0; i < 3; i += 1) {
      // What is sent here lies in the kernel while nobody reads, for longer than a mute server is waited for.
      await new Promise((resolve) => setImmediate(resolve))
      sockets[0]!.send('[]')
      const until = performance.now() + 1.5 * muteMs
      while (performance.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    stop()

    expect(kinds(seen)).not.toContain('lost')
    expect(sockets).toHaveLength(1)
  })

  it('shakes hands, subscribes, passes frames byte by byte, and closes with 1000 when nothing is wanted', async () => {
    const text = '[{"ev":"T","sym":"Ä€","p":1.50},\n {"ev":"FMV","t":1678220098130000123}]'

    wire.on('connection', (socket) => speakTheWire(socket, received))
    const { seen, next, state, held, wanted$, stop } = start()

    await held(2)
    const arrived = next(isFrame)
    sockets[0]!.send(text.slice(0, 10), { fin: false })
    sockets[0]!.send(text.slice(10))
    const closed = new Promise<number>((resolve) => sockets[0]!.on('close', resolve))

    await arrived
    wanted$.next(new Set())
    await state('idle')

    expect(await closed).toBe(1000)
    const last = seen
      .filter(isFrame)
      .map(({ frame }) => frame)
      .find(({ bytes }) => bytes.includes('FMV'))

    expect(last?.bytes.equals(Buffer.from(text))).toBe(true)
    expect(last?.session).toBe(1)
    expect(received).toStrictEqual([`auth ${keyText}`, 'subscribe T.A,AM.*', 'unsubscribe T.A,AM.*'])
    expect(kinds(seen)).toStrictEqual(['idle', 'connecting', 'authenticating', 'live', 'idle'])
    stop()
  })

  it('comes back and subscribes again after a server that drops it', async () => {
    wire.on('connection', (socket) => speakTheWire(socket, received))
    const { seen, state, held, stop } = start()

    await held(2)
    const waiting = state('waiting')
    sockets[0]!.terminate()
    expect(await waiting).toMatchObject({ attempt: 1, cause: { _tag: 'closed', code: 1006, retry: 'soon' } })
    await held(2)
    expect(sockets).toHaveLength(2)
    expect(received.slice(2)).toStrictEqual([`auth ${keyText}`, 'subscribe T.A,AM.*'])
    expect(kinds(seen)).toStrictEqual([
      'idle',
      'connecting',
      'authenticating',
      'live',
      'lost',
      'waiting',
      'connecting',
      'authenticating',
      'live',
    ])
    stop()
  })

  it('halts when the key is refused and the connection dropped, and names no key', async () => {
    wire.on('connection', (socket) => speakTheWire(socket, received))
    const { seen, state, stop } = start({ key: secret('pk_wrong_1') })

    expect(await state('halted')).toStrictEqual({
      kind: 'halted',
      cause: {
        _tag: 'authFailed',
        retry: 'never',
        code: 1006,
        message: 'the vendor refused the key or the plan: authentication failed for ***',
      },
    })
    expect(JSON.stringify(seen.filter((signal) => signal.kind !== 'frame'))).not.toContain('pk_wrong')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sockets).toHaveLength(1)
    stop()
  })

  it('ends a session with 1009, for both sides, when a frame is too large', async () => {
    wire.on('connection', (socket) => speakTheWire(socket, received))
    const { state, held, stop } = start({ frameBytesMax: 1_000 })

    await held(2)
    const closed = new Promise<number>((resolve) => sockets[0]!.on('close', resolve))
    const waiting = state('waiting')
    sockets[0]!.send('x'.repeat(1_001))
    expect(await waiting).toMatchObject({ cause: { _tag: 'frameTooLarge', code: 1009, retry: 'slow' } })
    expect(await closed).toBe(1009)
    stop()
  })

  it('asks for 10,000 tickers in parts of 400 pairs with a pause between them', async () => {
    const tickers = Array.from({ length: 10_000 }, (_, index) => `T.S${index}`)
    const arrivedMs: number[] = []

    wire.on('connection', (socket) => {
      speakTheWire(socket, received)
      socket.on('message', () => arrivedMs.push(performance.now()))
    })
    const { held, stop } = start({ chunkPauseMs: 5 }, tickers)

    await held(10_000)
    const lists = received.filter((line) => line.startsWith('subscribe')).map((line) => line.slice(10).split(','))

    expect(lists.map(({ length }) => length)).toStrictEqual(Array.from({ length: 25 }, () => 400))
    expect(lists.flat()).toStrictEqual(tickers)
    // 24 pauses between the first list and the last; a timer may be a millisecond early.
    expect((arrivedMs.at(-1) ?? 0) - (arrivedMs[1] ?? 0)).toBeGreaterThan(24 * 4)
    stop()
  })

  it('leaves no socket when unsubscribed, and says good-bye', async () => {
    wire.on('connection', (socket) => speakTheWire(socket, received))
    const { held, stop } = start()

    await held(2)
    const closed = new Promise<number>((resolve) => sockets[0]!.on('close', resolve))
    stop()
    expect(await closed).toBe(1000)
  })
})

describe('wsSocket', () => {
  it.each([401, 404, 503])('tells an upgrade refused with %d', async (httpStatus) => {
    wire.close()
    http.removeAllListeners('upgrade')
    http.on('upgrade', (_request, socket) =>
      socket.end(`HTTP/1.1 ${httpStatus} Because\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
    )

    const { code, error } = await lastOf(wsSocket(url, { frameBytesMax: 1_000 }).signal$)

    expect(code).toBe(1006)
    expect(error).toStrictEqual(new UpgradeRefused(httpStatus, 'Because'))
    expect(error?.message).toBe(`the server refused the upgrade with HTTP ${httpStatus} Because`)
  })

  it('tells a refused connection, a name that is none, and an address that cannot be', async () => {
    const probe = createTcpServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))

    const refused = await lastOf(wsSocket(`ws://127.0.0.1:${port}`, { frameBytesMax: 1 }).signal$)
    const unknown = await lastOf(wsSocket('ws://nobody.invalid', { frameBytesMax: 1 }).signal$)
    const nonsense = await lastOf(wsSocket('no address', { frameBytesMax: 1 }).signal$)

    expect(refused.error).toMatchObject({ code: 'ECONNREFUSED' })
    expect(unknown.error?.message).toMatch(/nobody\.invalid/)
    expect(nonsense).toMatchObject({ kind: 'closed', code: 1006 })
    expect(nonsense.error).toBeInstanceOf(Error)
  })

  it('terminates an opening that nobody answers, and is silent afterwards', async () => {
    const deaf = createTcpServer()
    // Read, so that the end is seen, but never answered.
    const dropped = new Promise<void>((resolve) =>
      deaf.on('connection', (peer) =>
        peer
          .on('error', () => {})
          .on('close', () => resolve())
          .resume(),
      ),
    )
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const heard: SocketSignal[] = []
    const socket = wsSocket(`ws://127.0.0.1:${(deaf.address() as AddressInfo).port}`, { frameBytesMax: 1 })
    const subscription = socket.signal$.subscribe((signal) => heard.push(signal))

    socket.send('too early')
    socket.ping()
    await new Promise((resolve) => setTimeout(resolve, 30))
    subscription.unsubscribe()
    deaf.close()
    await dropped
    expect(heard).toStrictEqual([])
  })

  it('answers and hears pings, closes with a code and a reason, and opens once', async () => {
    wire.on('connection', (socket) => {
      socket.ping()
      socket.on('ping', () => socket.close(4_001, 'enough'))
    })
    const socket = wsSocket(url, { frameBytesMax: 1_000 })
    const heard = all(socket.signal$.pipe(tap((signal) => signal.kind === 'pong' && socket.ping())))

    const signals = await heard

    expect(signals[0]).toStrictEqual({ kind: 'open' })
    expect(signals[1]).toStrictEqual({ kind: 'pong' })
    expect(signals.at(-1)).toStrictEqual({ kind: 'closed', code: 4_001, reason: 'enough' })
    socket.send('too late')
    socket.ping()
    await expect(all(socket.signal$)).rejects.toStrictEqual(new SocketUsed())
  })

  it('reads nothing while paused, also when paused before it opened', async () => {
    wire.on('connection', (socket) => say(socket, status('connected', 'Connected Successfully')))
    const socket = wsSocket(url, { frameBytesMax: 1_000 })
    const heard: SocketSignal['kind'][] = []

    socket.pause()
    const frame = firstValueFrom(
      socket.signal$.pipe(
        tap(({ kind }) => heard.push(kind)),
        filter(({ kind }) => kind === 'frame'),
        take(1),
        timeout(3_000),
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 60))
    const before = [...heard]
    socket.resume()
    await frame
    expect(before).toStrictEqual(['open'])
    expect(heard).toStrictEqual(['open', 'frame'])
  })

  it('says 1007 of text that is no UTF-8', async () => {
    wire.on('connection', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }))

    const { code, error } = await lastOf(wsSocket(url, { frameBytesMax: 1_000 }).signal$)

    expect(code).toBe(1007)
    expect(error).toBeInstanceOf(Error)
  })
})
