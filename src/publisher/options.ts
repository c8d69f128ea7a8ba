import type { Server } from 'node:http'

import type { Logger } from '../ops/logger.ts'

/** When a cohort of one frequency sends what it holds: at so many events, or so long after the first of them. */
export interface Emission {
  /** Milliseconds, 0 or more. */
  readonly everyMs: number
  /** Events, 1 or more; never more than the lane's limit. */
  readonly count: number
}

/**
 * What happens to a client when more than `clientBytesMax` waits for it.
 *
 * - `cut` it is told `slow_consumer` and closed with 1008.
 * - `latest` it leaves its cohort, and gets the latest event per symbol, whenever there is room, until it has caught up.
 * - `wait` nothing more is taken from the lanes it has channels of, until half of the bound has gone: everybody on these lanes waits.
 */
export type SlowClient = 'cut' | 'latest' | 'wait'

/** A key that `auth` accepts, and what may be subscribed with it. */
export interface Token {
  readonly token: string
  /** Patterns such as `T.*`, `AM.AAPL`, `*.AAPL`; another pair is answered by `not authorized`. Left out, everything. */
  readonly channels?: readonly string[]
  /** For logs and health, in place of the token. */
  readonly name?: string
}

/** What the TickStock format does differently from the vendor's. */
export interface TickstockOptions {
  /** From the first event that a message holds until it is sent, milliseconds. 1000. */
  readonly everyMs?: number
  /** Events of one message at most; one that is full goes before its time. 1000. */
  readonly count?: number
  /** Lists by event type, for events of a host's own: `{ breakout: 'highs' }`. A type that is not named has a list of its own name. */
  readonly lists?: Readonly<Record<string, string>>
}

export interface PublishOptions {
  /** `vendor` (default), or `tickstock`: that one too, at `/tickstock`, beside the vendor's. */
  readonly format?: 'vendor' | 'tickstock'
  /** With `format: 'tickstock'`. */
  readonly tickstock?: TickstockOptions
  /** 0 for any free one. Left out where `server` is given, and only there. */
  readonly port?: number
  /**
   * An HTTP server of the host's own that listens already, such as Fastify's `app.server`: the publisher takes the websockets at `path`,
   * leaves everything else to it, and does not close it. Another websocket server beside it has to leave this path alone: `ws` with
   * `{ server, path }` does not, with `{ noServer }` it can.
   */
  readonly server?: Server
  /** With `server`: where clients connect. `/stocks`. */
  readonly path?: string
  /** `127.0.0.1`: this machine only. */
  readonly host?: string
  /** The keys that `auth` accepts. Left out, every key is good. */
  readonly tokens?: readonly (string | Token)[]
  /** Pages that may connect besides those of this machine, such as `https://desk.example`; `*` for every page. See `originCheck`. */
  readonly origins?: readonly string[]
  /** By frequency. per_second 250 ms, per_minute 100 ms, fair_market_value 500 ms, others 250 ms; 500 events each. */
  readonly emission?: Readonly<Record<string, Partial<Emission>>>
  /** Bytes that may wait for one client before it is found too slow, at least `frameBytesMax`; before compression. 16 MiB. */
  readonly clientBytesMax?: number
  /** What is done with a client that is found too slow. `cut`. */
  readonly slowClient?: SlowClient
  /** Whether who subscribes gets the last event of each symbol first, as far as there was one. Off. */
  readonly snapshot?: boolean
  /** Symbols per lane whose last event is kept for that; those seen first. 20,000. */
  readonly snapshotSymbolsMax?: number
  /** Whether clients that offer permessage-deflate get it; each frame is compressed once for all of them. Off. */
  readonly compress?: boolean
  /** Shorter frames are not compressed. Bytes. 1024. */
  readonly compressBytesMin?: number
  /** Clients at a time; one more is told `max_connections` and closed. 10,000. */
  readonly clientsMax?: number
  /** Channels, such as `T.AAPL`, that one client may hold. 30,000. */
  readonly channelsMax?: number
  /** A client's message above this is answered by an `error`; above four times this the connection is closed with 1009. 1 MiB. */
  readonly messageBytesMax?: number
  /** A frame is split before it gets longer; one longer event goes alone. 512 KiB: the smallest official client takes 1 MB. */
  readonly frameBytesMax?: number
  /** Time allowed for `auth`, in milliseconds. 30 s. */
  readonly authTimeoutMs?: number
  /** How often a client is pinged, in milliseconds; two unanswered in a row end it. 25 s. */
  readonly pingMs?: number
  /** A pino-compatible logger. Silent by default. Never a key, nor what a client wrote. */
  readonly logger?: Logger
  /** Closes the publisher when it aborts. */
  readonly signal?: AbortSignal
}
