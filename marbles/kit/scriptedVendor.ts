import { asyncScheduler, Observable, type Subscriber } from 'rxjs'

import { encodeEvent } from '../../streams/codecs/encodeEvent.ts'
import { secret } from '../../streams/link/secret.ts'
import type { Socket, SocketSignal } from '../../streams/link/socket.ts'
import type { EventLike } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'

export interface VendorScript {
  /** Channels or whole event types that are refused: `FMV.*`, `T.GME`, `FMV`. Asking for one is answered by `not authorized`. */
  readonly refuses?: readonly string[]
  /** Asked for, never answered: what the vendor does for a channel it does not know. */
  readonly ignores?: readonly string[]
  /** The key is wrong. */
  readonly refusesKey?: boolean
  /** The server does not answer while this holds. */
  readonly isDown?: () => boolean
}

/** What goes into one frame: an event, the text of an element, or a list of both. */
export type Sent = EventLike | string | readonly (EventLike | string)[]

/** A vendor without sockets: the wire's rules, driven by diagrams. */
export interface ScriptedVendor {
  readonly provider: Provider
  /** One frame with these to every connection that has subscribed one of them: each gets its own. */
  send(events: readonly EventLike[]): void
  /** One frame, word for word, to every connection that has a subscription of that event type, or any. */
  sendText(text: string, eventType?: string): void
  /** The connections that carry this event type die without a close frame. */
  lose(eventType: string): void
  readonly connections: () => readonly { readonly channels: readonly string[] }[]
  /** How many sockets have been opened so far. */
  readonly opened: () => number
}

interface Connection {
  readonly channels: Set<string>
  readonly say: (signal: SocketSignal) => void
  isPaused: boolean
  readonly held: SocketSignal[]
}

export const scriptedVendor = ({
  refuses = [],
  ignores = [],
  refusesKey = false,
  isDown = () => false,
}: VendorScript = {}): ScriptedVendor => {
  const connections = new Set<Connection>()
  let opened = 0

  const end = (connection: Connection, code: number): void => {
    if (!connections.delete(connection)) return
    connection.say({ kind: 'closed', code, reason: '' })
  }

  const frame = (connection: Connection, text: string): void => {
    connection.say({ kind: 'frame', bytes: Buffer.from(text) })
  }

  const reply = (
    connection: Connection,
    ...statuses: readonly (readonly [status: string, message: string])[]
  ): void => {
    // In a later step of the same virtual moment, as a network would.
    asyncScheduler.schedule(() => {
      if (connections.has(connection) && statuses.length > 0) {
        frame(connection, JSON.stringify(statuses.map(([status, message]) => ({ ev: 'status', status, message }))))
      }
    })
  }

  const answer = (connection: Connection, text: string): void => {
    const { action, params } = JSON.parse(text) as { readonly action: string; readonly params: string }
    const pairs = action === 'auth' ? [] : params.split(',')
    if (action === 'auth') {
      if (refusesKey) {
        reply(connection, ['auth_failed', 'authentication failed'])
        asyncScheduler.schedule(() => {
          end(connection, 1006)
        })
      } else reply(connection, ['auth_success', 'authenticated'])
    } else if (action === 'subscribe') {
      const fresh = pairs.filter((pair) => !connection.channels.has(pair) && !matches(ignores, pair))
      for (const pair of fresh) if (!matches(refuses, pair)) connection.channels.add(pair)
      reply(
        connection,
        ...fresh.map((pair) =>
          matches(refuses, pair)
            ? (['error', 'not authorized'] as const)
            : (['success', `subscribed to: ${pair}`] as const),
        ),
      )
    } else {
      for (const pair of pairs) connection.channels.delete(pair)
      reply(connection, ...pairs.map((pair) => ['success', `unsubscribed to: ${pair}`] as const))
    }
  }

  const openSocket = (): Socket => {
    let connection: Connection | undefined
    let out: Subscriber<SocketSignal> | undefined

    const deliver = (signal: SocketSignal): void => {
      if (signal.kind !== 'closed' && connection?.isPaused === true) {
        connection.held.push(signal)
        return
      }
      out?.next(signal)
      if (signal.kind === 'closed') out?.complete()
    }

    return {
      signal$: new Observable((subscriber) => {
        opened += 1
        out = subscriber
        const own: Connection = { channels: new Set(), say: deliver, isPaused: connection?.isPaused ?? false, held: [] }
        connection = own
        subscriber.add(
          asyncScheduler.schedule(() => {
            if (isDown()) {
              deliver({ kind: 'closed', code: 1006, reason: '' })
              return
            }
            connections.add(own)
            deliver({ kind: 'open' })
            reply(own, ['connected', 'Connected Successfully'])
          }),
        )
        subscriber.add(() => connections.delete(own))
      }),
      send: (text) => {
        if (connection !== undefined && connections.has(connection)) answer(connection, text)
      },
      ping: () => {
        if (connection !== undefined && connections.has(connection)) deliver({ kind: 'pong' })
      },
      pause: () => {
        if (connection !== undefined) connection.isPaused = true
      },
      resume: () => {
        if (connection === undefined) return
        connection.isPaused = false
        for (const signal of connection.held.splice(0)) deliver(signal)
      },
      close: (code = 1000) => {
        const own = connection
        asyncScheduler.schedule(() => {
          if (own !== undefined) end(own, code)
        })
      },
      terminate: () => {
        if (connection !== undefined) end(connection, 1006)
      },
    }
  }

  return {
    provider: {
      name: 'scripted',
      endpoint: ({ url = 'ws://vendor/stocks' }) => ({ url, key: secret('a key'), account: 'scripted' }),
      openSocket,
    },
    send: (events) => {
      for (const connection of [...connections]) {
        const own = events.filter(
          ({ ev, symbol }) => connection.channels.has(`${ev}.*`) || connection.channels.has(`${ev}.${symbol}`),
        )
        if (own.length > 0) frame(connection, `[${own.map((event) => encodeEvent(event).toString()).join(',')}]`)
      }
    },
    sendText: (text, eventType) => {
      for (const connection of [...connections]) if (carries(connection, eventType)) frame(connection, text)
    },
    lose: (eventType) => {
      for (const connection of [...connections]) if (carries(connection, eventType)) end(connection, 1006)
    },
    connections: () => [...connections].map(({ channels }) => ({ channels: [...channels] })),
    opened: () => opened,
  }
}

const carries = ({ channels }: Connection, eventType: string | undefined): boolean =>
  [...channels].some((channel) => eventType === undefined || channel.startsWith(`${eventType}.`))

const matches = (patterns: readonly string[], pair: string): boolean =>
  patterns.some((pattern) => pair === pattern || pair.startsWith(`${pattern}.`))
