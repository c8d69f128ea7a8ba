import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

import type { Seat } from '../engine/parts.ts'
import type { Logger } from '../ops/logger.ts'
import type { Marks } from './bounds.ts'
import { type Client, createClient, type Format } from './client.ts'
import type { Deflater } from './deflater.ts'
import type { PublisherCounts } from './health.ts'
import { keyCheck } from './keys.ts'
import type { Tally } from './tally.ts'
import { createSender } from './sender.ts'
import type { Settings } from './settings.ts'
import type { Says, Session } from './session.ts'

export interface Reception {
  readonly clients: ReadonlySet<Client>
  /** A websocket has been opened: it becomes a client, or is told that it is one too many. */
  welcome<S extends Session>(socket: WebSocket, raw: Duplex, format: Format<S>): void
  /** Nothing more is sent. */
  stop(): void
}

export interface ReceptionOptions {
  readonly settings: Settings
  readonly seat: Seat
  readonly deflater: Deflater | undefined
  readonly total: Tally
  readonly counts: PublisherCounts
  readonly marks: Marks
  readonly log: Logger
}

/** Where clients come and go: one row in the ledger for each. */
export const createReception = (options: ReceptionOptions): Reception => {
  const { settings, seat, counts, marks, log } = options
  const { hits, most } = marks
  const rightsOfKey = keyCheck(settings.tokens)
  const clients = new Set<Client>()
  const sender = createSender()
  let lastId = 0

  const admit = <S extends Session>(socket: WebSocket, raw: Duplex, format: Format<S>): void => {
    const id = (lastId += 1)
    const client = createClient({
      ...settings,
      ...options,
      format,
      id,
      socket,
      raw,
      sender,
      rightsOfKey,
      hit: (bound) => (hits[bound] += 1),
      onMessage: (bytes) => (most.messageBytes = Math.max(most.messageBytes, bytes)),
      onCut: () => (counts.cut += 1),
      onGone: () => {
        clients.delete(client)
        closeRow()
      },
    })
    clients.add(client)
    const closeRow = seat.row('client', `${seat.name}/client ${String(id)}`, client.outbox.figures)
    log.debug({ client: id }, 'a client has come')
  }

  return {
    clients,
    welcome: (socket, raw, format) => {
      if (clients.size < settings.clientsMax) {
        admit(socket, raw, format)
        return
      }
      counts.turnedAway += 1
      hits.clientsMax += 1
      turnAway(socket, format.says)
    },
    stop: () => {
      sender.stop()
    },
  }
}

const turnAway = (socket: WebSocket, says: Says): void => {
  socket.on('error', () => {})
  const message = 'Maximum number of websocket connections exceeded.'
  const asItIs = { compress: false } as const
  for (const frame of says('max_connections', message)) socket.send(frame, asItIs, () => {})
  socket.close(1008)
}
