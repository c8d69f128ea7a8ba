import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

import type { Logger } from '../ops/logger.ts'
import { urlOf } from '../vendorWire.ts'
import { listenErrorOf } from '../listenErrors.ts'
import type { OriginCheck } from './origins.ts'
import { pathOf, refuseUpgrade, takeUpgrades } from './upgrades.ts'

export interface Listener {
  readonly port: number
  /** Without a path; on the host's own server with ours. */
  readonly url: string
  /** Of any kind, now. */
  readonly connections: number
  /** Takes no new connections. */
  refuse(): void
  /** Resolves when every connection has ended. Those that were asked to close get a second for it. */
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly host: string
  /** Of a server of its own. */
  readonly port: number
  /** The host's own server, which listens already: only websockets at `path` are ours. */
  readonly shared: { readonly server: Server; readonly path: string } | undefined
  /** Connections of any kind; more are not taken at all. On the host's own server, websockets. */
  readonly connectionsMax: number
  /** A longer message closes its connection with 1009. */
  readonly payloadBytesMax: number
  readonly isWelcome: OriginCheck
  /** Agrees to permessage-deflate with those who offer it. */
  readonly compress: boolean
  readonly log: Logger
  /** Another path that websockets are taken at, beside the market's. */
  readonly alsoAt: string | undefined
  /** A websocket, the socket below it, and the path that was asked for. */
  readonly welcome: (socket: WebSocket, raw: Duplex, path: string) => void
  /** A page that may not connect. */
  readonly onStranger: (origin: string) => void
  /** A connection beyond `connectionsMax`. */
  readonly onTooMany: () => void
}

/** One market is served; official clients ask for `/stocks`. */
const marketPath = /^\/+(stocks\/*)?$/

/** Whether a path is this one, whatever slashes follow. */
export const isPath = (path: string, one: string | undefined): boolean => path.replace(/\/+$/, '') === one

const websocketsOnly = 'This is a websocket server: connect with ws://.\n'

const elsewhereText = (alsoAt: string | undefined): string =>
  `Nothing is served at this path: connect to / or /stocks${alsoAt === undefined ? '' : `, or to ${alsoAt}`}.\n`

const closed = async (clients: ReadonlySet<WebSocket>): Promise<void> => {
  await Promise.all(Array.from(clients, (socket) => once(socket, 'close')))
}

/** On a server of the host's own, which is neither opened nor closed here. */
const share = (server: Server, path: string, options: ListenerOptions): Listener => {
  const { port } = server.address() as AddressInfo
  const ways = [path, ...(options.alsoAt === undefined ? [] : [options.alsoAt])].join(' or ')
  const upgrades = takeUpgrades(server, {
    ...options,
    isOurs: (asked) => isPath(asked, path) || isPath(asked, options.alsoAt),
    // Another one's, if there is another one.
    elsewhere: (socket, asked) => {
      if (server.listenerCount('upgrade') === 1)
        refuseUpgrade(socket, '404 Not Found', `No websocket is at ${JSON.stringify(asked)}: connect to ${ways}.\n`)
    },
    isFull: (clients) => clients >= options.connectionsMax,
  })

  return {
    port,
    url: `${urlOf(options.host, port)}${path}`,
    get connections() {
      return upgrades.clients.size
    },
    refuse: () => {
      upgrades.refuse()
    },
    close: async () => {
      await closed(upgrades.clients)
      upgrades.leave()
    },
  }
}

/** On a server of its own. Rejects with `PortInUse` or `ListenFailed`. */
const listenAlone = async (options: ListenerOptions): Promise<Listener> => {
  const { host, port, connectionsMax, alsoAt, log, onTooMany } = options
  const isOurs = (path: string): boolean => marketPath.test(path) || isPath(path, alsoAt)
  const http = createServer(({ url }, response) => {
    const isHere = isOurs(pathOf(url))
    response.writeHead(isHere ? 426 : 404, { 'Content-Type': 'text/plain', Connection: 'close' })
    response.end(isHere ? websocketsOnly : elsewhereText(alsoAt))
  })
  http.maxConnections = connectionsMax
  let connections = 0
  http.on('drop', onTooMany)
  http.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => (connections -= 1))
  })
  const upgrades = takeUpgrades(http, {
    ...options,
    isOurs,
    elsewhere: (socket) => {
      refuseUpgrade(socket, '404 Not Found', elsewhereText(alsoAt))
    },
    isFull: () => false,
  })

  http.listen(port, host)
  try {
    await once(http, 'listening')
  } catch (error) {
    throw listenErrorOf('the publisher', host, port, error as NodeJS.ErrnoException)
  }
  http.on('error', (error) => {
    log.error({ err: error }, 'the server of the publisher failed')
  })

  const bound = (http.address() as AddressInfo).port
  let ended: Promise<unknown> | undefined
  const refuse = (): Promise<unknown> => {
    upgrades.refuse()
    return (ended ??= once(http.close(), 'close'))
  }

  return {
    port: bound,
    url: urlOf(host, bound),
    get connections() {
      return connections
    },
    refuse: () => void refuse(),
    close: async () => {
      await closed(upgrades.clients)
      // Requests that never became a websocket.
      http.closeAllConnections()
      await refuse()
    },
  }
}

/** Takes websockets, on a port of its own or on the host's server. */
export const listen = async (options: ListenerOptions): Promise<Listener> =>
  options.shared === undefined ? listenAlone(options) : share(options.shared.server, options.shared.path, options)
