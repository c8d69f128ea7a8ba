import { firstValueFrom, from, race, Subject, timer } from 'rxjs'
import type { WebSocket } from 'ws'

import type { Lane } from '../../streams/lane.ts'
import type { Engine } from '../engine.ts'
import { framesOfStatuses, statusWire } from '../vendorWire.ts'
import { type Client, createClient } from './client.ts'
import { createDesk, type Desk } from './desk.ts'
import { createEmitter } from './emitter.ts'
import { healthOf, type PublisherHealth } from './health.ts'
import { keyCheck } from './keys.ts'
import { listen } from './listener.ts'
import { type PublishOptions, settingsOf } from './options.ts'
import type { Tally } from './outbox.ts'
import { pinger } from './pinger.ts'
import { createSender } from './sender.ts'
import { createSwitchboard } from './switchboard.ts'

/** What a publisher needs of an engine. */
export type Publishable = Pick<Engine, 'frequencies' | 'lane$' | 'attach'>

export interface PublisherCloseOptions {
  /** How long to wait for clients to take what is theirs, in milliseconds. 5000. */
  readonly drainMs?: number
}

/** A running publisher. */
export interface Publisher extends AsyncDisposable {
  /** `ws://host:port`, without a path. */
  readonly url: string
  readonly port: number
  /** Connected now. */
  readonly clients: number
  health(): PublisherHealth
  /**
   * Takes no new client and no new event, sends what is held, waits until clients have it, for at most `drainMs`, and closes
   * them with 1001. Idempotent. Leaves no timer behind.
   */
  close(options?: PublisherCloseOptions): Promise<void>
}

/** Connections beyond `clientsMax` that are told so; more are not taken at all. */
const turnedAwayMax = 64

/**
 * Serves an engine's lanes to websocket clients, in the vendor's own protocol: official clients in any language work against
 * it by changing the URL. Events are forwarded in the bytes they came in.
 *
 *     await using server = await publish(engine, { port: 8787 })          // server.url
 *
 *  engine ─ lane ─ desk ─ cohorts ─┐
 *  engine ─ lane ─ desk ─ cohorts ─┴─ outboxes ─ sender ─ sockets
 *                 emitter ┘                       │
 *                           sessions ◄────────────┘
 *
 * Hangs on the engine: its rows stand in the engine's ledger, its health beside the engine's, and it ends with the engine.
 * Rejects with a RangeError for a wrong option, `PortInUse`, `ListenFailed`, an Error when the engine is closed, and the
 * signal's reason when that has aborted.
 */
export const publish = async (engine: Publishable, options: PublishOptions): Promise<Publisher> => {
  const names = engine.frequencies.map(({ name }) => name)
  const settings = settingsOf(options, names)
  const { host, clientsMax, messageBytesMax, emission, signal } = settings
  signal?.throwIfAborted()

  const log = settings.logger.child({ part: 'publisher' })
  const isGood = keyCheck(settings.tokens)
  const clients = new Set<Client>()
  const total: Tally = { events: 0, frames: 0, bytes: 0 }
  const counts = { cut: 0, turnedAway: 0, refused: 0 }
  const complained = new Set<string>()
  const hurry$ = new Subject<void>()
  const sender = createSender()
  const emitter = createEmitter(names.map((name) => (emission[name] as (typeof emission)[string]).everyMs))
  let lastId = 0
  let cohortCount = 0
  let url = ''

  const seat = engine.attach({
    name: 'publisher',
    health: () => ({ ...health() }),
    flush: () => flushed(),
    close: () => {
      hurry$.next()
      return close({ drainMs: 0 })
    },
  })

  const deskFor = (lane: Lane): Desk => {
    const { frequency, eventType, limit } = lane
    const where = `${frequency}/${eventType}`
    return createDesk(lane, seat.name, {
      count: Math.min(emission[frequency]?.count ?? limit, limit),
      frameBytesMax: settings.frameBytesMax,
      pace: emitter.pace(names.indexOf(frequency)),
      opened: (cohort) =>
        seat.row('cohort', `${seat.name}/${where}/${String((cohortCount += 1))}: ${short(cohort.key)}`, cohort.figures),
      onRefused: (error) => {
        counts.refused += 1
        if (complained.has(where)) return
        complained.add(where)
        log.warn(
          { frequency, eventType, err: error },
          'an event cannot be put on the wire; others of its type are only counted',
        )
      },
    })
  }
  const switchboard = createSwitchboard(
    engine.frequencies.flatMap(({ eventTypes }) => eventTypes),
    deskFor,
  )

  const welcome = (socket: WebSocket): void => {
    if (clients.size >= clientsMax) {
      counts.turnedAway += 1
      turnAway(socket)
      return
    }
    const id = (lastId += 1)
    const client = createClient({
      ...settings,
      id,
      socket,
      switchboard,
      sender,
      total,
      isGood,
      log,
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

  const health = (): PublisherHealth => healthOf({ url, settings, switchboard, clients, total, counts })

  const flushed = async (): Promise<void> => {
    switchboard.flush()
    await Promise.all(Array.from(clients, ({ outbox }) => outbox.drained()))
  }

  const listening = listen({
    host,
    port: settings.port,
    connectionsMax: clientsMax + turnedAwayMax,
    payloadBytesMax: 4 * messageBytesMax,
    log,
    welcome,
  })
  // From here on everything is hot.
  const lanes = engine.lane$.subscribe((lane) => {
    switchboard.open(lane)
  })
  const pings = pinger(settings.pingMs, clients)

  const leave = (): void => {
    signal?.removeEventListener('abort', onAbort)
    lanes.unsubscribe()
    switchboard.close()
    pings.unsubscribe()
    switchboard.stop()
    emitter.stop()
    sender.stop()
    seat.leave()
  }

  const end = async (drainMs: number): Promise<void> => {
    const listener = await listening.catch(() => undefined)
    // Whoever asked for the publisher hears why there is none.
    if (listener === undefined) return
    listener.refuse()
    lanes.unsubscribe()
    switchboard.close()
    await firstValueFrom(race(from(flushed()), timer(drainMs), hurry$))
    for (const client of clients) client.shut()
    await listener.close()
    leave()
    log.info({ url }, 'the publisher is closed')
  }

  let ending: Promise<void> | undefined
  const close = ({ drainMs = 5000 }: PublisherCloseOptions = {}): Promise<void> => {
    if (!(drainMs >= 0)) throw new RangeError(`drainMs must be 0 milliseconds or more, not ${String(drainMs)}`)
    return (ending ??= end(drainMs))
  }
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort)

  const listener = await listening.catch((error: unknown) => {
    leave()
    throw error
  })
  url = listener.url
  if (ending !== undefined) {
    await ending
    signal?.throwIfAborted()
    throw new Error('the engine was closed while the publisher started')
  }

  log.info({ url }, 'the publisher listens')
  if (settings.tokens === undefined && !isLoopback(host)) {
    log.warn({ host }, 'everybody who reaches this host can read everything: set tokens, or listen on 127.0.0.1')
  }

  return {
    url,
    port: listener.port,
    get clients() {
      return clients.size
    },
    health,
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}

const turnAway = (socket: WebSocket): void => {
  socket.on('error', () => {})
  const message = 'Maximum number of websocket connections exceeded.'
  for (const frame of framesOfStatuses([statusWire('max_connections', message)])) socket.send(frame, () => {})
  socket.close(1008)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** A list of thousands of tickers is no name. */
const short = (key: string): string => (key.length > 60 ? `${key.slice(0, 59)}…` : key)
