import { encodeEvent } from '../../streams/codecs/encodeEvent.ts'
import { secret } from '../../streams/link/secret.ts'
import type { EventLike } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'
import { answer, say } from './vendor/answers.ts'
import { type Connection, connectionOf, type WireWatch } from './vendor/connection.ts'
import { ruleBook, type VendorRules } from './vendor/rules.ts'

/** The rules from the start, and who may see the wire. */
export interface VendorScript extends VendorRules {
  readonly watch?: WireWatch
  /** How many connections the provider says that an account may have; by default it does not say. */
  readonly budget?: number
}

/** What goes into one frame: an event, the text of an element, or a list of both. */
export type Sent = EventLike | string | readonly (EventLike | string)[]

/** Which connections: those that carry an event type, `'T'`, or those to an address that ends so, `{ url: '/stocks' }`. */
export type Where = string | { readonly url: string }

export interface SendOptions {
  /** Only to these connections. */
  readonly where?: Where
  /** To all of them, subscribed or not: a vendor's mistake. */
  readonly isUnasked?: boolean
}

/**
 * A vendor without sockets: the wire's rules, driven by diagrams, and what can go wrong with it.
 *
 * What goes wrong is aimed at connections by `where`, at all of them when it is left out, and the number of those it met is
 * returned: 0 says that there was nothing to break. How the vendor answers is a rule, see `change`.
 */
export interface ScriptedVendor {
  readonly provider: Provider
  /**
   * One frame with these to every connection that has subscribed one of them: each gets its own. A text stands for an element as
   * it is, `'{"ev":"T"}'`, and goes with the events beside it; one with unbalanced brackets breaks the frame there.
   */
  send(events: readonly (EventLike | string)[], options?: SendOptions): void
  /** One frame, word for word, to every connection that has a subscription of that event type, or any. */
  sendText(text: string, eventType?: string): void
  /** Many frames that come in one chunk: the engine has read them all before a pause of its own can help. */
  flood(frames: readonly (readonly (EventLike | string)[])[], options?: SendOptions): void
  /** The last frame with events once more, byte for byte. */
  repeat(where?: Where): number
  /** A status that nobody asked for, `slow_consumer` or one that does not exist; the connection stays. */
  status(status: string, where?: Where): number

  /** The connections die without a close frame, 1006; what was on its way is lost. */
  lose(where?: Where): number
  /** A close frame with this code, behind what is on its way: 1000, 1001, 1008, 1011, … */
  close(code: number, where?: Where): number
  /** `max_connections`, then 1008: somebody else took the place. */
  evict(where?: Where): number
  /** `force_disconnect`, then 1000. */
  forceDisconnect(where?: Where): number
  /** `slow_consumer`, then 1008. */
  slowConsumer(where?: Where): number
  /** For so many milliseconds nothing comes but pongs; then what was sent meanwhile. */
  stall(ms: number, where?: Where): number
  /** Nothing comes any more and nothing arrives, pings and closes included, and nobody tells. */
  halfOpen(where?: Where): number
  /** A frame above `frameBytesMax`: the socket closes with 1009. */
  tooLarge(where?: Where): number

  /** Other rules from now on; those not named stay. With an address, by its end, only there. What is subscribed already stays. */
  change(rules: VendorRules, address?: string): void
  /** Those that the vendor takes for open. */
  readonly connections: () => readonly {
    /** Counts the sockets from 1. */
    readonly id: number
    readonly url: string
    readonly channels: readonly string[]
    readonly isHalfOpen: boolean
  }[]
  /** How many sockets have been opened so far. */
  readonly opened: () => number
}

export const scriptedVendor = ({ watch = {}, budget, ...script }: VendorScript = {}): ScriptedVendor => {
  const connections = new Set<Connection>()
  const rules = ruleBook(script)
  let opened = 0

  const at = (where?: Where): readonly Connection[] =>
    [...connections].filter((connection) => where === undefined || isAt(connection, where))

  const strike = (where: Where | undefined, blow: (connection: Connection) => void): number => {
    const struck = at(where)
    for (const connection of struck) blow(connection)
    return struck.length
  }

  const sayAndClose = (status: string, message: string, code: number) => (where?: Where) =>
    strike(where, (connection) => {
      say(connection, { status, message })
      connection.close(code)
    })

  const evict = sayAndClose('max_connections', 'Maximum number of websocket connections exceeded. ', 1008)

  /** One connection too many is let in and authenticated; only then one of them has to go. */
  const admitted = (connection: Connection): void => {
    const { connectionsMax = Infinity, evicts = 'older' } = rules.at(connection.url)
    const inside = [...connections].filter(({ isAuthenticated }) => isAuthenticated)
    if (inside.length <= connectionsMax) return
    const others = inside.filter((one) => one !== connection)
    const out = evicts === 'newer' ? connection : (others[0] ?? connection)
    say(out, { status: 'max_connections', message: 'Maximum number of websocket connections exceeded. ' })
    out.close(1008)
  }

  const put = (connection: Connection, elements: readonly (EventLike | string)[], isUnasked: boolean): void => {
    const own = elements.filter((element) => typeof element === 'string' || isUnasked || isHeld(connection, element))
    const events = own.filter((element) => typeof element !== 'string')
    if (events.length === 0) return
    const texts = own.map((element) => (typeof element === 'string' ? element : encodeEvent(element).toString()))
    connection.frame(`[${texts.join(',')}]`, events)
  }

  return {
    provider: {
      name: 'scripted',
      endpoint: ({ url = 'ws://vendor/stocks', key = 'a key', account = 'scripted' }) => ({
        url,
        key: secret(key),
        account,
        ...(budget === undefined ? {} : { connectionsMax: budget }),
      }),
      openSocket: (url, { frameBytesMax }) =>
        connectionOf({
          id: (opened += 1),
          url,
          frameBytesMax,
          watch,
          isDown: () => {
            const { isDown = false } = rules.at(url)
            return typeof isDown === 'function' ? isDown() : isDown
          },
          latencyMs: () => {
            const { latencyMs = 0 } = rules.at(url)
            return typeof latencyMs === 'function' ? latencyMs() : latencyMs
          },
          opened: (connection) => {
            connections.add(connection)
            if (rules.at(url).isMute === true) return
            connection.later(0, () => {
              say(connection, { status: 'connected', message: 'Connected Successfully' })
            })
          },
          heard: (connection, text) => {
            answer(connection, text, rules.at(url), () => {
              admitted(connection)
            })
          },
          over: (connection) => {
            connections.delete(connection)
          },
        }),
    },
    send: (events, { where, isUnasked = false } = {}) => {
      for (const connection of at(where)) put(connection, events, isUnasked)
    },
    sendText: (text, eventType) => {
      const isMeant = (connection: Connection): boolean =>
        eventType === undefined ? connection.channels.size > 0 : carries(connection, eventType)
      for (const connection of at()) if (isMeant(connection)) connection.frame(text)
    },
    flood: (frames, { where, isUnasked = false } = {}) => {
      for (const connection of at(where)) {
        connection.chunk(() => {
          for (const events of frames) put(connection, events, isUnasked)
        })
      }
    },
    repeat: (where) =>
      strike(where, (connection) => {
        connection.repeat()
      }),
    status: (status, where) =>
      strike(where, (connection) => {
        say(connection, { status, message: 'by the script' })
      }),

    lose: (where) =>
      strike(where, (connection) => {
        connection.drop()
      }),
    close: (code, where) =>
      strike(where, (connection) => {
        connection.close(code)
      }),
    evict,
    forceDisconnect: sayAndClose('force_disconnect', 'disconnected', 1000),
    slowConsumer: sayAndClose('slow_consumer', 'too slow', 1008),
    stall: (ms, where) =>
      strike(where, (connection) => {
        connection.stall(ms)
      }),
    halfOpen: (where) =>
      strike(where, (connection) => {
        connection.halfOpen()
      }),
    tooLarge: (where) =>
      strike(where, (connection) => {
        connection.drop(1009, new RangeError('Max payload size exceeded'))
      }),

    change: (changed, address) => {
      rules.change(changed, address)
    },
    connections: () =>
      [...connections].map(({ id, url, channels, isHalfOpen }) => ({
        id,
        url,
        channels: [...channels],
        isHalfOpen: isHalfOpen(),
      })),
    opened: () => opened,
  }
}

const isHeld = ({ channels }: Connection, { ev, symbol }: EventLike): boolean =>
  channels.has(`${ev}.*`) || channels.has(`${ev}.${symbol}`)

const carries = ({ channels }: Connection, eventType: string): boolean =>
  [...channels].some((channel) => channel.startsWith(`${eventType}.`))

const isAt = (connection: Connection, where: Where): boolean =>
  typeof where === 'string' ? carries(connection, where) : connection.url.endsWith(where.url)
