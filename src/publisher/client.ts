import { asyncScheduler, firstValueFrom, from, race, timer } from 'rxjs'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'

import type { Logger } from '../ops/logger.ts'
import type { Board, Party } from './board.ts'
import type { Deflater } from './deflater.ts'
import { createLine } from './line.ts'
import type { SlowClient } from './options.ts'
import type { Tally } from './tally.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { Rights } from './rights.ts'
import type { Sender } from './sender.ts'
import type { Reply, Says, Session } from './session.ts'

/** One connected client. */
export interface Client<S extends Session = Session> extends Party<S> {
  readonly id: number
  /** Pings in a row that it has not answered. */
  readonly missed: number
  /** When it came, milliseconds of the loop's clock. */
  readonly sinceMs: number
  /** Pings it, and ends it if the last two were not answered. */
  beat(): void
  /** Close handshake with 1001; what it was not given yet is abandoned. */
  shut(): void
}

/** A protocol that clients may speak, with all who speak it. */
export interface Format<S extends Session = Session> {
  readonly board: Board<S>
  readonly says: Says
  readonly session: (options: SessionOptions) => S
}

export interface SessionOptions {
  /** Undefined for a key that is none. */
  readonly rightsOfKey: (key: string) => Rights | undefined
  readonly channelsMax: number
  readonly messageBytesMax: number
  /** Told of each message above `channelsMax`. */
  readonly onLimit: () => void
}

export interface ClientOptions<S extends Session> {
  readonly format: Format<S>
  readonly id: number
  readonly socket: WebSocket
  /** The socket below. */
  readonly raw: Duplex
  readonly deflater: Deflater | undefined
  readonly sender: Sender
  readonly total: Tally
  readonly rightsOfKey: (key: string) => Rights | undefined
  readonly slowClient: SlowClient
  readonly clientBytesMax: number
  readonly channelsMax: number
  readonly messageBytesMax: number
  readonly authTimeoutMs: number
  readonly log: Logger
  /** Told of each bound it has come to. */
  readonly hit: (bound: ClientBound) => void
  /** Told of the length of each message. */
  readonly onMessage: (bytes: number) => void
  /** Called once, when it is cut as too slow. */
  readonly onCut: () => void
  /** Called once, when its socket is gone. */
  readonly onGone: () => void
}

/** The bounds that one client can come to. */
export type ClientBound = 'clientBytesMax' | 'channelsMax' | 'messageBytesMax' | 'authTimeoutMs' | 'missedPings'

/** A client that is sent away gets this long to read why. Milliseconds. */
export const lastWordsMs = 1000

export const missedMax = 2

/** See `createLine`: ws itself never compresses. */
const asItIs = { binary: false, compress: false } as const

/** `ws` hands over one Buffer, the parts of one, or their ArrayBuffer, by its settings. */
const textOf = (data: RawData): string =>
  (Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString()

const lengthOf = (data: RawData): number =>
  Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength

/**
 *  socket ─ message ─ session ─ board ─ cohorts
 *  socket ◄───────── outbox ◄───┴─────────┘
 *
 * One connection from its upgrade to its end. Nothing of what it writes is logged.
 */
export const createClient = <S extends Session>(options: ClientOptions<S>): Client<S> => {
  const { format, id, socket, raw, deflater, sender, authTimeoutMs, clientBytesMax, messageBytesMax, slowClient } =
    options
  const { board } = format
  const { log, hit, onMessage, onCut, onGone } = options
  const sinceMs = performance.now()
  let isHeard = true
  let missed = 0
  let takenBefore = 0

  const session = format.session({
    ...options,
    onLimit: () => {
      hit('channelsMax')
    },
  })
  const outbox: Outbox = createOutbox({
    ...options,
    line: createLine(socket, raw, deflater),
    onFull: () => {
      hit('clientBytesMax')
      log.info({ client: id, clientBytesMax, slowClient }, 'a client reads too slowly')
      board.full(client)
    },
    onRoom: () => {
      board.room(client)
    },
    onCut: () => {
      board.remove(client)
      hit('clientBytesMax')
      onCut()
      log.warn({ client: id, clientBytesMax }, 'a client reads too slowly and is cut')
      const reason = `too slow: more than ${clientBytesMax} bytes were waiting`
      for (const frame of format.says('slow_consumer', reason)) socket.send(frame, asItIs, () => {})
      // Ends without an answer too, by the server's closeTimeout.
      socket.close(1008, reason)
    },
  })

  const end = (how: Exclude<Reply['then'], 'stay'>): void => {
    board.remove(client)
    log.info({ client: id, how }, 'a client that did not authenticate is sent away')
    const left$ = race(from(outbox.drained()), timer(lastWordsMs))
    void firstValueFrom(left$, { defaultValue: undefined }).then(() => {
      if (how === 'drop') socket.terminate()
      else socket.close(1008, 'not authenticated')
    })
  }

  const unauthenticated = asyncScheduler.schedule(() => {
    hit('authTimeoutMs')
    board.answer(client, session.timeOut())
  }, authTimeoutMs)
  // Where no key is asked for there is nothing to wait for.
  if (session.state === 'authenticated') unauthenticated.unsubscribe()

  const receive = (data: RawData): void => {
    isHeard = true
    const length = lengthOf(data)
    onMessage(length)
    if (length > messageBytesMax) hit('messageBytesMax')
    board.answer(client, length > messageBytesMax ? session.tooLarge() : session.receive(textOf(data)))
    if (session.state === 'unauthenticated' || unauthenticated.closed) return
    unauthenticated.unsubscribe()
    if (session.rights?.name !== undefined)
      log.info({ client: id, name: session.rights.name }, 'a client has authenticated')
  }

  const client: Client<S> = {
    id,
    sinceMs,
    get missed() {
      return missed
    },
    session,
    outbox,
    end,
    beat: () => {
      // Behind a backlog a pong says nothing; there it is progress that shows life.
      if (isHeard || (outbox.socketBytes > 0 && outbox.taken > takenBefore)) missed = 0
      else missed += 1
      isHeard = false
      takenBefore = outbox.taken
      if (missed < missedMax) {
        socket.ping(undefined, undefined, () => {})
        return
      }
      hit('missedPings')
      log.info({ client: id }, 'a client answers no ping and is ended')
      socket.terminate()
    },
    shut: () => {
      board.remove(client)
      outbox.stop()
      socket.close(1001, 'the publisher is closing')
    },
  }

  // Pongs alone may have filled it: nothing of ours lands then.
  raw.on('drain', () => {
    sender.wake(outbox)
  })
  socket.on('message', receive)
  socket.on('pong', () => (isHeard = true))
  socket.on('ping', () => {
    isHeard = true
    // Each was answered, and somebody who reads no answers would fill the socket with them.
    outbox.look()
  })
  socket.on('error', (error) => {
    log.debug({ client: id, code: 'code' in error ? error.code : error.name }, 'the socket of a client failed')
  })
  socket.on('close', (code) => {
    unauthenticated.unsubscribe()
    board.remove(client)
    outbox.gone()
    log.debug({ client: id, code }, 'a client has gone')
    onGone()
  })

  board.add(client)
  board.answer(client, session.open())
  return client
}
