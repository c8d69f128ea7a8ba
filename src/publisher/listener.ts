import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

import type { Logger } from '../ops/logger.ts'
import { urlOf } from '../vendorWire.ts'
import { lastWordsMs } from './client.ts'
import { ListenFailed, PortInUse } from './errors.ts'
import type { OriginCheck } from './origins.ts'
import { windowBits } from './deflater.ts'

export interface Listener {
  readonly port: number
  /** Without a path. */
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
  readonly port: number
  /** Connections of any kind; more are not taken at all. */
  readonly connectionsMax: number
  /** A longer message closes its connection with 1009. */
  readonly payloadBytesMax: number
  readonly isWelcome: OriginCheck
  /** Agrees to permessage-deflate with those who offer it. */
  readonly compress: boolean
  readonly log: Logger
  /** A websocket, and the socket below it. */
  readonly welcome: (socket: WebSocket, raw: Duplex) => void
  /** A page that may not connect. */
  readonly onStranger: (origin: string) => void
  /** A connection beyond `connectionsMax`. */
  readonly onTooMany: () => void
}

/** One market is served; official clients ask for `/stocks`. */
const marketPath = /^\/+(stocks\/*)?$/

const plainText = (path: string): string =>
  marketPath.test(path)
    ? 'This is a websocket server: connect with ws://.\n'
    : 'Nothing is served at this path: connect to / or /stocks.\n'

// Without the query: a key may stand in it.
const pathOf = (url: string | undefined): string => (url ?? '/').replace(/[?#].*$/, '')

const strangerText =
  "This page's origin may not connect: it is not on this machine; whoever runs the publisher can list it in `origins`.\n"

const refuseUpgrade = (socket: Duplex, status: string, text: string): void => {
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** Whoever asks for a window shorter than ours cannot read what is compressed for all. */
const asksForLess = (extensions: string | undefined): boolean =>
  Array.from(extensions?.matchAll(/server_max_window_bits\s*=\s*"?(\d+)/gi) ?? []).some(
    ([, bits]) => Number(bits) < windowBits,
  )

/** Listens. Rejects with `PortInUse` or `ListenFailed`. */
export const listen = async ({
  host,
  port,
  connectionsMax,
  payloadBytesMax,
  isWelcome,
  compress,
  log,
  welcome,
  onStranger,
  onTooMany,
}: ListenerOptions): Promise<Listener> => {
  const http = createServer(({ url }, response) => {
    const path = pathOf(url)
    response.writeHead(marketPath.test(path) ? 426 : 404, { 'Content-Type': 'text/plain', Connection: 'close' })
    response.end(plainText(path))
  })
  http.maxConnections = connectionsMax
  let connections = 0
  http.on('drop', onTooMany)
  http.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => (connections -= 1))
  })

  // Wider than the published types, which do not know closeTimeout yet.
  const upgradeOptions: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: payloadBytesMax,
    // Without the context of earlier frames one compressed frame fits everybody; ws itself is never asked to compress.
    perMessageDeflate: compress && { serverNoContextTakeover: true, clientNoContextTakeover: true },
    closeTimeout: lastWordsMs,
  }
  const upgrades = new WebSocketServer(upgradeOptions)
  let ended: Promise<unknown> | undefined

  http.on('upgrade', (request, socket, head) => {
    // A client may leave while it is being refused.
    socket.on('error', () => socket.destroy())
    const path = pathOf(request.url)
    const { origin, host: asked } = request.headers
    if (ended !== undefined) {
      socket.destroy()
    } else if (!marketPath.test(path)) {
      refuseUpgrade(socket, '404 Not Found', plainText(path))
    } else if (!isWelcome(origin, asked)) {
      onStranger(String(origin))
      refuseUpgrade(socket, '403 Forbidden', strangerText)
    } else {
      if (asksForLess(request.headers['sec-websocket-extensions'])) delete request.headers['sec-websocket-extensions']
      upgrades.handleUpgrade(request, socket, head, (upgraded) => {
        welcome(upgraded, socket)
      })
    }
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
    get connections() {
      return connections
    },
    refuse: () => void refuse(),
    close: async () => {
      await Promise.all(Array.from(upgrades.clients, (socket) => once(socket, 'close')))
      // Requests that never became a websocket.
      http.closeAllConnections()
      await refuse()
    },
  }
}
