import { cohorts } from './cohorts.ts'
import { sentOf, type Sent } from './connection.ts'
import type { Client, Driver } from './driver.ts'
import { playbackDriver, timelineDriver } from './framesDriver.ts'
import { firstFrameAtMs } from './framesFile.ts'
import { market } from './market.ts'
import { marketDriver } from './marketDriver.ts'
import { settingsOf, type Settings, type SimulateOptions } from './options.ts'
import { serve, type Seat } from './server.ts'

/** One connection at the moment of asking. */
export interface SimulatorConnection {
  /** Counts up from 1. */
  readonly id: number
  /** `address:port` of the client. */
  readonly remote: string
  /** `ending`: cut or refused, waiting for the socket to go. */
  readonly state: 'unauthenticated' | 'authenticated' | 'ending'
  /** Pairs held: `T.AAPL`, `AM.*`, … in order. */
  readonly subscriptions: readonly string[]
  /** Bytes waiting for the client. */
  readonly bufferedBytes: number
  readonly sent: Sent
}

/** What was sent since the start; `connections` also holds the last thousand that have left. */
export interface SentReport extends Sent {
  readonly connections: readonly (Sent & { readonly id: number; readonly open: boolean })[]
}

export interface Simulator extends AsyncDisposable {
  /** `ws://host:port`, without a path. */
  readonly url: string
  readonly port: number
  /** The market's tickers, most traded first; empty when a recorded file is played. */
  readonly tickers: readonly string[]
  /** Counts of what was handed to the sockets. What a dropped socket had not taken yet is among them. */
  sent(): SentReport
  /** Connections that are open, oldest first. */
  connections(): readonly SimulatorConnection[]
  /**
   * Resolves when the recorded file is over: at a numeric speed for everybody, at `max` for everybody who began it. Rejects with `FramesFileError`
   * where the file turns out to be broken; unhandled, that does no harm. A market never ends by itself: then, and otherwise at the latest, `close` resolves it.
   */
  readonly ended: Promise<void>
  /** Closes every connection with 1001 and the port; idempotent. Leaves no timer behind. */
  close(): Promise<void>
}

const driverOf = (settings: Settings, shared: ReturnType<typeof cohorts<Client>>): Driver => {
  const { frames, speed, clock, stepMs, logger } = settings
  const onFailure = (error: unknown): void => {
    logger.error({ err: error }, 'simulator stopped sending')
  }

  if (frames === undefined)
    return marketDriver({ market: market(settings), stepMs, cohorts: shared, speed, clock, onFailure })
  if (speed === 'max') return playbackDriver({ path: frames, onFailure })
  return timelineDriver({ path: frames, cohorts: shared, speed, clock, onFailure })
}

const describe = ({ id, remote, session, connection }: Seat): SimulatorConnection => ({
  id,
  remote,
  state: !connection.open || session.state === 'ended' ? 'ending' : session.state,
  subscriptions: session.subscriptions.pairs(),
  bufferedBytes: connection.bufferedBytes,
  sent: sentOf(connection.tally),
})

/**
 * Starts a server that speaks the vendor's stocks protocol, with a simulated market or a recorded day behind it.
 *
 *     options ─ settings ─┬─ market ──── marketDriver ─┐
 *                         └─ frames file ── driver ────┴─ cohorts ─ connections ─ clients
 *
 * Rejects with a RangeError for a wrong option, `ListenError` when the port cannot be had, `FramesFileError` when the recorded file cannot be read or its
 * first line is wrong, and the signal's reason when that has aborted.
 */
export const simulate = async (options: SimulateOptions = {}): Promise<Simulator> => {
  const settings = settingsOf(options)
  const { signal, frames, logger } = settings
  signal?.throwIfAborted()
  if (frames !== undefined) await firstFrameAtMs(frames)
  signal?.throwIfAborted()

  const shared = cohorts<Client>(settings.eventsPerFrameMax)
  const driver = driverOf(settings, shared)
  const server = await serve({ ...settings, cohorts: shared, driver }).catch(async (error: unknown) => {
    await driver.close()
    throw error
  })

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', onAbort)
      // Together: a driver may be waiting for a socket to drain, which its end brings about.
      await Promise.all([server.close(), driver.close()])
      logger.info({ port: server.port }, 'simulator closed')
    })()
    return closing
  }
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) {
    await close()
    signal.throwIfAborted()
  }

  logger.info({ url: server.url, frames, tickers: settings.tickers.length, rate: settings.rate }, 'simulator listens')

  return {
    url: server.url,
    port: server.port,
    tickers: frames === undefined ? settings.tickers : [],
    sent: () => ({
      ...sentOf(server.total),
      connections: [
        ...server.left.map(({ id, tally }) => ({ id, open: false, ...sentOf(tally) })),
        ...Array.from(server.seats, ({ id, connection }) => ({ id, open: true, ...sentOf(connection.tally) })),
      ],
    }),
    connections: () => Array.from(server.seats, describe),
    ended: driver.ended,
    close,
    [Symbol.asyncDispose]: close,
  }
}
