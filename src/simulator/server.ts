import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Cohorts } from './cohorts.ts'
import { connection, tally, type Tally } from './connection.ts'
import type { Client, Driver } from './driver.ts'
import { ListenError } from './errors.ts'
import type { SimulatorLogger } from './options.ts'
import { session, type Reply } from './session.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly key: string | undefined
  readonly authTimeoutMs: number
  readonly bufferBytesMax: number
  readonly logger: SimulatorLogger
  readonly cohorts: Cohorts<Client>
  readonly driver: Driver
}

/** A client with what only the server needs to know of it. */
export interface Seat extends Client {
  readonly socket: WebSocket
  /** `address:port` of the other side. */
  readonly remote: string
}

export interface Server {
  readonly port: number
  /** Without a path. */
  readonly url: string
  /** Connected now, oldest first. */
  readonly seats: ReadonlySet<Seat>
  /** The last thousand that have left, oldest first. */
  readonly left: readonly { readonly id: number; readonly tally: Tally }[]
  /** Over all connections since the start. */
  readonly total: Tally
  close(): Promise<void>
}

/** The markets of docs/protocol.md, section 1; whichever is asked for, this market is served. */
const marketPath = /^\/(|stocks|options|forex|crypto|indices|futures(\/(cme|cbot|nymex|comex))?)\/?$/

/** Consumers send thousands of pairs in one message; beyond this the connection is closed with 1009. */
const messageBytesMax = 4 * 1024 * 1024

/** Clients get this long to answer the close at the end. */
const farewellMs = 250

const leftMax = 1000

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
 * Listens, and holds each connection's session against its socket: what the session says is sent, what it holds decides its cohort.
 * Rejects with `ListenError` when the port cannot be had.
 */
export const serve = async (options: ServerOptions): Promise<Server> => {
  const { host, port, key, authTimeoutMs, bufferBytesMax, logger, cohorts, driver } = options
  const seats = new Set<Seat>()
  const left: { readonly id: number; readonly tally: Tally }[] = []
  const total = tally()
  let lastId = 0

  const http = createServer((_, response) => {
    response.writeHead(426, { 'Content-Type': 'text/plain', Upgrade: 'websocket', Connection: 'close' })
    response.end('This is a websocket server: connect with ws://.\n')
  })
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax, perMessageDeflate: false })

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
    else seat.connection.refuse()
  }

  const welcome = (socket: WebSocket, request: IncomingMessage): void => {
    const seat: Seat = {
      id: ++lastId,
      socket,
      remote: `${request.socket.remoteAddress ?? ''}:${request.socket.remotePort ?? 0}`,
      session: session({ key }),
      connection: connection(socket, {
        bufferBytesMax,
        total,
        onSlow: () => {
          cohorts.leave(seat)
          logger.warn({ connection: seat.id, bufferBytesMax }, 'simulator cuts a connection that reads too slowly')
        },
      }),
      changes: 0,
    }
    seats.add(seat)
    logger.info({ connection: seat.id, remote: seat.remote }, 'simulator connection opened')

    const unauthenticated = setTimeout(() => {
      apply(seat, seat.session.timeOut())
    }, authTimeoutMs)

    socket.on('message', (data: Buffer) => {
      if (!seat.connection.open) return
      apply(seat, seat.session.receive(data.toString()))
      if (seat.session.state !== 'unauthenticated') clearTimeout(unauthenticated)
    })
    socket.on('error', (error) => {
      logger.warn({ connection: seat.id, err: error }, 'simulator connection failed')
    })
    socket.on('close', (code) => {
      clearTimeout(unauthenticated)
      cohorts.leave(seat)
      seats.delete(seat)
      left.push({ id: seat.id, tally: seat.connection.tally })
      if (left.length > leftMax) left.shift()
      seat.connection.ended()
      logger.info({ connection: seat.id, code }, 'simulator connection closed')
    })

    apply(seat, seat.session.open())
  }

  http.on('upgrade', (request, socket, head) => {
    // A client may leave while it is being refused.
    socket.on('error', () => socket.destroy())
    // Without the query: a key may stand in it.
    const path = (request.url ?? '/').replace(/[?#].*$/, '')
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
    port: bound,
    url: urlOf(host, bound),
    seats,
    left,
    total,
    close: async () => {
      const closed = once(http.close(), 'close')
      const farewell = setTimeout(() => {
        for (const { socket } of seats) socket.terminate()
      }, farewellMs)
      const gone = Array.from(seats, ({ socket }) => new Promise((resolve) => socket.once('close', resolve)))
      for (const { socket } of seats) socket.close(1001, 'simulator closed')

      await Promise.all(gone)
      clearTimeout(farewell)
      // Requests that never became a websocket.
      http.closeAllConnections()
      await closed
    },
  }
}
