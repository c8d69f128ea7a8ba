import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'

/*
 * A vendor on loopback that cuts every connection to its path `/per_second`, in ten ways, and none to its other paths.
 *
 *     connection    1     2  3  4  5  6  7  8  9  10  11    12 …
 *     ends by       held  a  b  c  d  e  f  g  h  i   held  a  …
 *
 * One in ten is held, so that there is a time at which everything stands still, until `cut` is called.
 */

/** How connections end, in turn, and whether the other side gets all that had been said before. */
const endings = [
  { name: 'held, then terminated', loses: false },
  { name: 'terminated behind the last event', loses: true },
  { name: 'closed with 1001', loses: false },
  { name: 'max_connections and 1008', loses: false },
  { name: 'gone instead of an upgrade', loses: true },
  { name: 'gone in the middle of the upgrade', loses: true },
  { name: 'gone before the key is answered', loses: true },
  { name: 'gone before the list is answered', loses: true },
  { name: 'gone in the middle of a frame', loses: true },
  { name: 'ended without a close frame', loses: false },
] as const

/** How the connection with that number, from 1, ends. */
export const endingOf = (connection: number): (typeof endings)[number] =>
  endings[(connection - 1) % endings.length] as (typeof endings)[number]

/** Trades that a connection gets at once when its list is answered. */
export const tradesEach = 8

/** What `/per_second` expects to be asked for, in more than one message; the trades are of the first one. */
export const tickers: readonly string[] = ['AAPL', ...Array.from({ length: 24 }, (_, i) => `TICK${i}`)]

export interface CuttingVendor {
  /** Without a path: `/per_second` is cut, any other is not. */
  readonly url: string
  /** What was asked for on each connection to `/per_second`, the first one first. */
  readonly asked: readonly (readonly string[])[]
  /** How many connections each path has had. */
  readonly connections: Readonly<Record<string, number>>
  /** Resolves when the connection with that number, one of those that are held, has been sent its events. */
  held(connection: number): Promise<void>
  /** Resolves when a path other than `/per_second` has a connection whose list is answered. */
  served(path: string): Promise<void>
  /** Terminates the one that is held. */
  cut(): void
  /** One frame to every connection of a path other than `/per_second`. */
  say(path: string, frame: string): void
  close(): Promise<void>
}

const status = (word: string, message: string) => ({ ev: 'status', status: word, message })

/** `sequence` is the connection's number, `id` the place among its trades. */
const trades = (connection: number): string =>
  JSON.stringify(
    Array.from({ length: tradesEach }, (_, i) => ({
      ev: 'T',
      sym: 'AAPL',
      i: String(i),
      p: 100,
      s: 1,
      t: 1_700_000_000_000 + connection,
      q: connection,
    })),
  )

export const cuttingVendor = async (): Promise<CuttingVendor> => {
  const http = createServer()
  const wire = new WebSocketServer({ noServer: true })
  const asked: string[][] = []
  const connections: Record<string, number> = {}
  const uncut = new Map<string, Set<WebSocket>>()
  const raw = new Set<Duplex>()
  const reached = new Set<number | string>()
  const waiting = new Map<number | string, () => void>()
  let held: WebSocket | undefined

  const reach = (place: number | string): void => {
    reached.add(place)
    waiting.get(place)?.()
  }
  const whenReached = (place: number | string): Promise<void> =>
    reached.has(place) ? Promise.resolve() : new Promise((resolve) => void waiting.set(place, resolve))

  const hold = (connection: number, socket: WebSocket): void => {
    held = socket
    reach(connection)
  }

  /** All that was asked for has been answered. */
  const serve = (connection: number, socket: WebSocket, stream: Duplex): void => {
    const { name } = endingOf(connection)
    const sent = (then: () => void): void => socket.send(trades(connection), then)

    if (name === 'held, then terminated') sent(() => hold(connection, socket))
    else if (name === 'terminated behind the last event') sent(() => socket.terminate())
    else if (name === 'gone in the middle of a frame') {
      // A text frame of a hundred bytes, of which five come.
      sent(() => stream.write(Buffer.from([0x81, 100, 91, 123, 34]), () => socket.terminate()))
    } else if (name === 'ended without a close frame') sent(() => stream.end())
    else if (name === 'closed with 1001') sent(() => socket.close(1001))
    else {
      sent(() => {
        socket.send(JSON.stringify([status('max_connections', 'Maximum number of websocket connections exceeded.')]))
        socket.close(1008)
      })
    }
  }

  /** `connection` is its number among those that are cut. */
  const converse = (socket: WebSocket, stream: Duplex, path: string, connection?: number): void => {
    const say = (...elements: readonly object[]): void => socket.send(JSON.stringify(elements))
    const ending = connection === undefined ? undefined : endingOf(connection).name
    const list: string[] = []

    if (connection !== undefined) asked[connection - 1] = list
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      const { action, params } = JSON.parse(data.toString()) as { action: string; params: string }
      if (action === 'auth') {
        if (ending === 'gone before the key is answered') socket.terminate()
        else say(status('auth_success', 'authenticated'))
        return
      }
      if (action !== 'subscribe') return
      list.push(...params.split(','))
      if (ending === 'gone before the list is answered') {
        socket.terminate()
        return
      }
      say(...params.split(',').map((channel) => status('success', `subscribed to: ${channel}`)))
      if (connection === undefined) reach(path)
      else if (list.length === tickers.length) serve(connection, socket, stream)
    })
    say(status('connected', 'Connected Successfully'))
  }

  http.on('connection', (socket) => {
    raw.add(socket)
    socket.on('close', () => raw.delete(socket))
  })
  http.on('upgrade', (request, stream, head) => {
    const path = request.url ?? ''
    const connection = (connections[path] = (connections[path] ?? 0) + 1)
    stream.on('error', () => {})
    if (path === '/per_second') {
      const ending = endingOf(connection).name
      asked[connection - 1] = []
      if (ending === 'gone instead of an upgrade') {
        stream.destroy()
        return
      }
      if (ending === 'gone in the middle of the upgrade') {
        stream.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso', () => stream.destroy())
        return
      }
    }
    wire.handleUpgrade(request, stream, head, (socket) => {
      if (path === '/per_second') converse(socket, stream, path, connection)
      else {
        uncut.set(path, (uncut.get(path) ?? new Set()).add(socket))
        socket.on('close', () => uncut.get(path)?.delete(socket))
        converse(socket, stream, path)
      }
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    connections,
    held: whenReached,
    served: whenReached,
    cut: () => held?.terminate(),
    say: (path, frame) => {
      for (const socket of uncut.get(path) ?? []) socket.send(frame)
    },
    close: async () => {
      for (const socket of raw) socket.destroy()
      wire.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
