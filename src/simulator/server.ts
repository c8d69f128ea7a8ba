import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { AccountOf, Login } from './accounts.ts'
import type { Cohorts } from './cohorts.ts'
import { plainPath } from './chaos/selector.ts'
import { connection } from './connection.ts'
import type { Client, Driver } from './driver.ts'
import { ListenError } from './errors.ts'
import type { Hall, Seat } from './hall.ts'
import type { SimulatorLogger } from './options.ts'
import { accessOf, type HostStem } from './plans.ts'
import { coinOf } from './random.ts'
import type { SentFile } from './sentFile.ts'
import { session, type Reply } from './session.ts'
import { frameOf, statusWire } from './wire.ts'

export interface ServerOptions {
  readonly stem: HostStem
  readonly hall: Hall
  readonly host: string
  readonly port: number
  readonly seed: number
  readonly accountOf: AccountOf
  readonly subscriptionsMax: number
  readonly authTimeoutMs: number
  /** For a newcomer; an older connection goes at once. */
  readonly evictAfterMs: number
  readonly bufferBytesMax: number
  readonly logger: SimulatorLogger
  readonly cohorts: Cohorts<Client>
  readonly driver: Driver
  /** Where it is written down who has come. */
  readonly file: SentFile | undefined
}

export interface Server {
  readonly stem: HostStem
  readonly port: number
  /** Without a path. */
  readonly url: string
  close(): Promise<void>
}

/** The markets of docs/protocol.md, section 1; whichever is asked for, this market is served. */
const marketPath = /^\/(|stocks|options|forex|crypto|indices|futures(\/(cme|cbot|nymex|comex))?)\/?$/

/** Consumers send thousands of pairs in one message; beyond this the connection is closed with 1009. */
const messageBytesMax = 4 * 1024 * 1024

/** Clients get this long to answer the close at the end. */
const farewellMs = 250

const leftMax = 1000

/** The beginning is the vendor's, what follows is not known and ours. */
const tooMany = 'Maximum number of websocket connections exceeded. This connection is closed.'

/** Without the query: a key may stand in it. */
const pathOf = ({ url = '/' }: IncomingMessage): string => url.replace(/[?#].*$/, '')

const refuseUpgrade = (socket: Duplex, path: string): void => {
  const text = `No market at ${JSON.stringify(path.slice(0, 100))}: connect to /, /stocks or another market's path.\n`
  socket.end(
    `HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** An address that one can connect to from this machine. */
const urlOf = (host: string, port: number): string => {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `ws://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/**
 * One host: listens, and holds each connection's session against its socket: what the session says is sent, what it holds decides its cohort, and its account
 * whether it, or another in the hall, has to go.
 * Rejects with `ListenError` when the port cannot be had.
 */
export const serve = async (options: ServerOptions): Promise<Server> => {
  const { stem, hall, host, port, seed, subscriptionsMax, authTimeoutMs, evictAfterMs, bufferBytesMax } = options
  const { logger, cohorts, driver } = options
  const { seats, left, total } = hall

  const http = createServer((_, response) => {
    response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket', Connection: 'close' })
    response.end('This is a websocket server: connect with ws://.\n')
  })
  const upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    // Answered by hand, since they may have to stay unanswered.
    autoPong: false,
  })

  const apply = (seat: Seat, { frames, changed, then }: Reply): void => {
    for (const frame of frames) seat.connection.status(frame)

    if (changed) {
      seat.changes += 1
      cohorts.place(seat, seat.session.subscriptions)
      driver.changed(seat)
    }
    if (then === 'stay') return
    logger.info({ connection: seat.id, then }, 'simulator ends a connection that did not authenticate')
    if (then === 'drop') seat.connection.drop()
    else seat.connection.close()
  }

  const welcome = (socket: WebSocket, request: IncomingMessage): void => {
    const id = hall.nextId()
    const caller = { id, stem, path: plainPath(pathOf(request)) }
    let login: Login | undefined
    let eviction: NodeJS.Timeout | undefined

    const seat: Seat = {
      ...caller,
      get login() {
        return login
      },
      socket,
      remote: `${request.socket.remoteAddress ?? ''}:${request.socket.remotePort ?? 0}`,
      session: session({
        accessOf: (key) => {
          const account = options.accountOf(key)
          if (account === undefined || hall.rules.refusesKey({ ...caller, login: { key, account } })) return undefined
          // Whoever is in keeps the account it came in with.
          if (seat.session.state === 'unauthenticated') login = { key, account }
          return accessOf(account.plan, stem, account.agreements)
        },
        refusesPair: (pair) => hall.rules.refusesPair(seat, pair),
        coin: coinOf(seed, id),
        subscriptionsMax,
      }),
      connection: connection(socket, {
        tcp: request.socket,
        bufferBytesMax,
        total,
        onSlow: () => {
          seat.leave()
          logger.warn({ connection: id, bufferBytesMax }, 'simulator cuts a connection that reads too slowly')
        },
      }),
      changes: 0,
      evict: () => {
        if (!seat.connection.open) return
        seat.connection.status(frameOf([statusWire('max_connections', tooMany)]))
        seat.leave()
        seat.connection.close()
        logger.info({ connection: id, host: stem }, 'simulator evicts a connection of an account that has too many')
      },
      leave: () => {
        clearTimeout(eviction)
        clearTimeout(unauthenticated)
        cohorts.leave(seat)
        hall.occupancy.leave(seat)
      },
      answersPings: true,
    }

    const unauthenticated = setTimeout(() => {
      apply(seat, seat.session.timeOut())
    }, authTimeoutMs)

    const takePlace = (): void => {
      if (login === undefined) return
      options.file?.connection(seat)
      const surplus = hall.occupancy.enter(login.account, seat)
      if (surplus === seat) eviction = setTimeout(seat.evict, evictAfterMs)
      else surplus?.evict()
    }

    seats.add(seat)
    logger.info({ connection: id, host: stem, remote: seat.remote }, 'simulator connection opened')

    socket.on('message', (data: Buffer) => {
      if (!seat.connection.open || seat.connection.halfOpen) return
      const before = seat.session.state
      apply(seat, seat.session.receive(data.toString()))
      const after = seat.session.state
      if (after !== 'unauthenticated') clearTimeout(unauthenticated)
      if (after === 'ended') seat.leave()
      else if (after !== before) takePlace()
    })
    socket.on('ping', (data: Buffer) => {
      if (seat.answersPings && !seat.connection.halfOpen) socket.pong(data)
    })
    socket.on('error', (error) => {
      logger.warn({ connection: id, err: error }, 'simulator connection failed')
    })
    socket.on('close', (code) => {
      seat.leave()
      seats.delete(seat)
      left.push({ id, tally: seat.connection.tally })
      if (left.length > leftMax) left.shift()
      seat.connection.ended()
      logger.info({ connection: id, code }, 'simulator connection closed')
    })

    apply(seat, seat.session.open())
  }

  http.on('upgrade', (request, socket, head) => {
    // A client may leave while it is being refused.
    socket.on('error', () => socket.destroy())
    const path = pathOf(request)
    if (marketPath.test(path)) upgrades.handleUpgrade(request, socket, head, welcome)
    else refuseUpgrade(socket, path)
  })

  http.listen(port, host)
  try {
    await once(http, 'listening')
  } catch (error) {
    throw new ListenError({ host, port, cause: error as NodeJS.ErrnoException })
  }
  http.on('error', (error) => {
    logger.error({ err: error }, 'simulator server failed')
  })
  const bound = (http.address() as AddressInfo).port

  return {
    stem,
    port: bound,
    url: urlOf(host, bound),
    close: async () => {
      const own = [...seats].filter((seat) => seat.stem === stem)
      const closed = once(http.close(), 'close')
      const farewell = setTimeout(() => {
        for (const { socket } of own) socket.terminate()
      }, farewellMs)
      const ends = own.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)))
      for (const { socket, connection } of own) {
        if (connection.halfOpen) socket.terminate()
        else socket.close(1001, 'simulator closed')
      }

      await Promise.all(ends)
      clearTimeout(farewell)
      // Requests that never became a websocket.
      http.closeAllConnections()
      await closed
    },
  }
}
