import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'

import { lastWordsMs } from './client.ts'
import { windowBits } from './deflater.ts'
import type { ListenerOptions } from './listener.ts'

// Without the query: a key may stand in it.
export const pathOf = (url: string | undefined): string => (url ?? '/').replace(/[?#].*$/, '')

const strangerText =
  "This page's origin may not connect: it is not on this machine; whoever runs the publisher can list it in `origins`.\n"

export const refuseUpgrade = (socket: Duplex, status: string, text: string): void => {
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

/** Whoever asks for a window shorter than ours cannot read what is compressed for all. */
const asksForLess = (extensions: string | undefined): boolean =>
  Array.from(extensions?.matchAll(/server_max_window_bits\s*=\s*"?(\d+)/gi) ?? []).some(
    ([, bits]) => Number(bits) < windowBits,
  )

export interface UpgradesOptions extends Pick<
  ListenerOptions,
  'payloadBytesMax' | 'isWelcome' | 'compress' | 'welcome' | 'onStranger' | 'onTooMany'
> {
  readonly isOurs: (path: string) => boolean
  /** What to do with a websocket at another path. */
  readonly elsewhere: (socket: Duplex, path: string) => void
  readonly isFull: (clients: number) => boolean
}

export interface Upgrades {
  readonly clients: ReadonlySet<WebSocket>
  /** Takes no new ones. */
  refuse(): void
  /** Leaves the server to others. */
  leave(): void
}

/** Takes websockets of an HTTP server, at the paths that are ours. */
export const takeUpgrades = (
  http: Server,
  { isOurs, elsewhere, isFull, payloadBytesMax, isWelcome, compress, welcome, onStranger, onTooMany }: UpgradesOptions,
): Upgrades => {
  // Wider than the published types, which do not know closeTimeout yet.
  const upgradeOptions: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: payloadBytesMax,
    // Without the context of earlier frames one compressed frame fits everybody; ws itself is never asked to compress.
    perMessageDeflate: compress && { serverNoContextTakeover: true, clientNoContextTakeover: true },
    closeTimeout: lastWordsMs,
  }
  const upgrades = new WebSocketServer(upgradeOptions)
  let isRefusing = false

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client may leave while it is being refused.
    socket.on('error', () => socket.destroy())
    const path = pathOf(request.url)
    const { origin, host: asked } = request.headers
    if (!isOurs(path)) {
      elsewhere(socket, path)
    } else if (isRefusing) {
      socket.destroy()
    } else if (isFull(upgrades.clients.size)) {
      onTooMany()
      socket.destroy()
    } else if (!isWelcome(origin, asked)) {
      onStranger(String(origin))
      refuseUpgrade(socket, '403 Forbidden', strangerText)
    } else {
      if (asksForLess(request.headers['sec-websocket-extensions'])) delete request.headers['sec-websocket-extensions']
      upgrades.handleUpgrade(request, socket, head, (upgraded) => {
        welcome(upgraded, socket, path)
      })
    }
  }
  http.on('upgrade', onUpgrade)

  return {
    clients: upgrades.clients,
    refuse: () => {
      isRefusing = true
    },
    leave: () => {
      http.off('upgrade', onUpgrade)
    },
  }
}
