import { firstValueFrom, from, race, Subject, timer } from 'rxjs'

import type { FrequencyHandle } from '../engine/handle.ts'
import type { Engine } from '../engine.ts'
import { isLoopback } from '../listenErrors.ts'
import { createMarks } from './bounds.ts'
import type { Format } from './client.ts'
import { type ClientSession, clientSession, vendorSays } from './clientSession.ts'
import { createDeflater } from './deflater.ts'
import { deskMaker } from './deskMaker.ts'
import { createEmitter } from './emitter.ts'
import { createFramer } from './frames.ts'
import type { PublisherCounts, PublisherHealth } from './health.ts'
import { healthOf } from './healthOf.ts'
import { isPath, listen, type Listener } from './listener.ts'
import type { PublishOptions } from './options.ts'
import { originCheck } from './origins.ts'
import type { Tally } from './tally.ts'
import { pinger } from './pinger.ts'
import { createReception } from './reception.ts'
import { settingsOf, usualEmission } from './settings.ts'
import { createSwitchboard } from './switchboard.ts'
import { createTickstockFormat, tickstockPath } from './tickstock/format.ts'

/** What a publisher needs of an engine. */
export interface Publishable extends Pick<Engine, 'lane$' | 'attach'> {
  readonly frequencies: readonly Pick<FrequencyHandle, 'name' | 'eventTypes'>[]
}

export interface PublisherCloseOptions {
  /** How long to wait for clients to take what is theirs, in milliseconds. 5000. */
  readonly drainMs?: number
}

/** A running publisher. */
export interface Publisher extends AsyncDisposable {
  /** `ws://host:port`, without a path; on a server of the host's own with its path. */
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
 * it by changing the URL. Events are forwarded in the bytes they came in. With `format: 'tickstock'` also in TickStock's, at `/tickstock`.
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
  const deflater = settings.compress ? createDeflater(settings.compressBytesMin) : undefined
  const total: Tally = { events: 0, frames: 0, bytes: 0 }
  const counts: PublisherCounts = { cut: 0, turnedAway: 0, refused: 0, strangers: 0 }
  const marks = createMarks()
  const hurry$ = new Subject<void>()
  const emitter = createEmitter(names.map((name) => (emission[name] as (typeof emission)[string]).everyMs))
  /** A frequency that came later than the publisher goes behind the others. */
  const rankOf = (frequency: string): number => {
    const known = names.indexOf(frequency)
    if (known !== -1) return known
    names.push(frequency)
    return emitter.add(usualEmission(frequency).everyMs)
  }
  const framer = createFramer(settings.frameBytesMax)
  const connectionsMax = clientsMax + turnedAwayMax
  let url = ''
  const door: { listener?: Listener } = {}

  const seat = engine.attach({
    name: 'publisher',
    health: () => ({ ...health() }),
    flush: () => flushed(),
    close: () => {
      hurry$.next()
      return close({ drainMs: 0 })
    },
  })

  const switchboard = createSwitchboard({
    eventTypes: engine.frequencies.flatMap(({ eventTypes }) => eventTypes),
    deskFor: deskMaker({
      settings,
      seat,
      framer,
      pace: (frequency) => emitter.pace(rankOf(frequency)),
      isGone: (frequency) => !engine.frequencies.some(({ name }) => name === frequency),
      counts,
      marks,
      log,
    }),
    framer,
    portionBytesMax: settings.clientBytesMax,
    onManyAnswers: () => (marks.hits.answersMax += 1),
  })

  const vendor: Format<ClientSession> = {
    board: switchboard,
    says: vendorSays,
    session: (options) => clientSession({ ...options, channels: () => switchboard.channels }),
  }
  const tickstock = createTickstockFormat({
    settings,
    seat,
    frequencies: () => engine.frequencies,
    portionBytesMax: settings.clientBytesMax,
    onManyAnswers: () => (marks.hits.answersMax += 1),
    counts,
    log,
  })
  const reception = createReception({ settings, seat, deflater, total, counts, marks, log })
  const { clients } = reception

  const health = (): PublisherHealth =>
    healthOf({
      url,
      settings,
      desks: switchboard.desks,
      framer,
      clients,
      connections: door.listener?.connections ?? 0,
      connectionsMax,
      answers: Math.max(switchboard.answers(), tickstock?.board.answers() ?? 0),
      tickstock: tickstock?.board,
      total,
      counts,
      marks,
      compression: deflater?.figures,
    })

  const flushed = async (): Promise<void> => {
    await Promise.all([switchboard.flush(), tickstock?.board.flush()])
    await Promise.all(Array.from(clients, ({ outbox }) => outbox.drained()))
  }

  const listening = listen({
    host,
    port: settings.port,
    shared: settings.shared,
    connectionsMax,
    payloadBytesMax: 4 * messageBytesMax,
    isWelcome: originCheck(settings.origins, host),
    compress: settings.compress,
    alsoAt: tickstock && tickstockPath,
    log,
    welcome: (socket, raw, path) => {
      if (tickstock !== undefined && isPath(path, tickstockPath)) reception.welcome(socket, raw, tickstock)
      else reception.welcome(socket, raw, vendor)
    },
    onStranger: (origin) => {
      counts.strangers += 1
      const line = [
        { origin: short(origin) },
        'a page that may not connect was refused: its origin is not listed',
      ] as const
      if (counts.strangers === 1) log.warn(...line)
      else log.debug(...line)
    },
    onTooMany: () => (marks.hits.connectionsMax += 1),
  })
  // From here on everything is hot.
  const lanes = engine.lane$.subscribe((lane) => {
    switchboard.open(lane)
    tickstock?.board.open(lane)
  })
  const pings = pinger(settings.pingMs, clients)

  const leave = (): void => {
    signal?.removeEventListener('abort', onAbort)
    lanes.unsubscribe()
    pings.unsubscribe()
    switchboard.stop()
    tickstock?.stop()
    emitter.stop()
    reception.stop()
    seat.leave()
  }

  const end = async (drainMs: number): Promise<void> => {
    const listener = await listening.catch(() => undefined)
    // Whoever asked for the publisher hears why there is none.
    if (listener === undefined) return
    listener.refuse()
    lanes.unsubscribe()
    switchboard.close()
    tickstock?.board.close()
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
  door.listener = listener
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

/** It comes from outside, and may be of any length. */
const short = (origin: string): string => (origin.length > 200 ? `${origin.slice(0, 199)}…` : origin)
