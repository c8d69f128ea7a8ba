import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'

/** One websocket client on loopback that keeps every frame as text. */
export interface TestClient {
  readonly socket: WebSocket
  readonly frames: readonly string[]
  send(action: string, params: string): void
  sendText(text: string): void
  /** Resolves when `enough` is true of the frames so far; rejects after fifteen seconds, saying what has come. */
  until(enough: (frames: readonly string[]) => boolean): Promise<readonly string[]>
  /** Elements of every frame so far that are no statuses, as parsed. */
  events(): readonly Record<string, unknown>[]
  /** Texts of the statuses so far: `status: message`. */
  statuses(): readonly string[]
  /** Close code, once closed. */
  readonly closed: Promise<number>
}

const patienceMs = 15_000

export const connectTo = async (url: string, options: ClientOptions = {}): Promise<TestClient> => {
  const socket = new WebSocket(url, options)
  const frames: string[] = []
  const watchers = new Set<() => void>()
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve)
  })
  socket.on('message', (data: Buffer) => {
    frames.push(data.toString())
    for (const watch of watchers) watch()
  })
  await once(socket, 'open')

  const elements = (): readonly Record<string, unknown>[] => frames.flatMap((frame) => JSON.parse(frame))
  const client: TestClient = {
    socket,
    frames,
    closed,
    send: (action, params) => client.sendText(JSON.stringify({ action, params })),
    sendText: (text) => socket.send(text),
    until: (enough) =>
      new Promise((resolve, reject) => {
        const giveUp = setTimeout(() => {
          watchers.delete(look)
          reject(
            new Error(
              `not seen within ${patienceMs} ms; ${frames.length} frames, the last: ${frames.at(-1)?.slice(0, 300) ?? 'none'}`,
            ),
          )
        }, patienceMs)
        const look = (): void => {
          if (!enough(frames)) return
          clearTimeout(giveUp)
          watchers.delete(look)
          resolve(frames)
        }
        watchers.add(look)
        look()
      }),
    events: () => elements().filter(({ ev }) => ev !== 'status'),
    statuses: () =>
      elements().flatMap(({ ev, status, message }) =>
        ev === 'status' ? [`${String(status)}: ${String(message)}`] : [],
      ),
  }

  return client
}

let keys = 0

/** A key that nobody had before: an account of its own. */
export const freshKey = (): string => `key ${++keys}`

/** Connected, authenticated and subscribed; acknowledged when it resolves. `params` is acknowledged in as many pairs as it has. */
export const subscribeTo = async (url: string, params: string, key = freshKey()): Promise<TestClient> => {
  const client = await connectTo(url)
  client.send('auth', key)
  client.send('subscribe', params)
  await client.until(
    () => client.statuses().filter((text) => text.startsWith('success: ')).length === params.split(',').length,
  )
  return client
}

/** Things to close after each test, last opened first. */
export const closing = (): { add<T extends { close(): unknown }>(thing: T): T; all(): Promise<void> } => {
  const things: { close(): unknown }[] = []

  return {
    add: (thing) => {
      things.push(thing)
      return thing
    },
    all: async () => {
      for (const thing of things.splice(0).reverse()) await thing.close()
    },
  }
}
