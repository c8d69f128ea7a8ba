import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

import type { Logger } from '../ops/logger.ts'
import { urlOf } from '../vendorWire.ts'
import { lastWordsMs } from './client.ts'
import { ListenFailed, PortInUse } from './errors.ts'

export interface Listener {
  readonly port: number
  /** Without a path. */
  readonly url: string
  /** Takes no new connections. */
  refuse(): void
  /** Resolves when every connection has ended. Those that were asked to close get a second for it. */
  close(): Promise<void>
}

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  /** Connections of any kind; more are not taken at all. */
  readonly connectionsMax: number
  /** A longer message closes its connection with 1009. */
  readonly payloadBytesMax: number
  readonly log: Logger
  readonly welcome: (socket: WebSocket) => void
}

/** One market is served; official clients ask for `/stocks`. */
const marketPath = /^\/+(stocks\/*)?$/

const plainText = (path: string): string =>
  marketPath.test(path)
    ? 'This is a websocket server: connect with ws://.\n'
    : 'Nothing is served at this path: connect to / or /stocks.\n'

// Without the query: a key may stand in it.
const pathOf = (url: string | undefined): string => (url ?? '/').replace(/[?#].*$/, '')

const refuseUpgrade = (socket: Duplex, path: string): void => {
  const text = plainText(path)
  socket.end(
    `HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** Listens. Rejects with `PortInUse` or `ListenFailed`. */
export const listen = async ({
  host,
  port,
  connectionsMax,
  payloadBytesMax,
  log,
  welcome,
}: ListenerOptions): Promise<Listener> => {
  const http = createServer(({ url }, response) => {
    const path = pathOf(url)
    response.writeHead(marketPath.test(path) ? 426 : 404, { 'Content-Type': 'text/plain', Connection: 'close' })
    response.end(plainText(path))
  })
  http.maxConnections = connectionsMax

  // Wider than the published types, which do not know closeTimeout yet.
  const upgradeOptions: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: payloadBytesMax,
    perMessageDeflate: false,
    closeTimeout: lastWordsMs,
  }
  const upgrades = new WebSocketServer(upgradeOptions)
  let ended: Promise<unknown> | undefined

  http.on('upgrade', (request, socket, head) => {
    // A client may leave while it is being refused.
    socket.on('error', () => socket.destroy())
    const path = pathOf(request.url)
    if (ended !== undefined) socket.destroy()
    else if (marketPath.test(path)) upgrades.handleUpgrade(request, socket, head, welcome)
    else refuseUpgrade(socket, path)
  })

  http.listen(port, host)
  try {
    await once(http, 'listening')
  } catch (error) {
    const cause = error as NodeJS.ErrnoException
    throw cause.code === 'EADDRINUSE' ? new PortInUse(host, port, cause) : new ListenFailed(host, port, cause)
  }
  http.on('error', (error) => {
    log.error({ err: error }, 'the server of the publisher failed')
  })

  const bound = (http.address() as AddressInfo).port
  const refuse = (): Promise<unknown> => (ended ??= once(http.close(), 'close'))

  return {
    port: bound,
    url: urlOf(host, bound),
    refuse: () => void refuse(),
    close: async () => {
      await Promise.all(Array.from(upgrades.clients, (socket) => once(socket, 'close')))
      // Requests that never became a websocket.
      http.closeAllConnections()
      await refuse()
    },
  }
}
