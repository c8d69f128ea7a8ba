import { accountOf } from './accounts.ts'
import type { Chaos } from './chaos/chaos.ts'
import { createChaos } from './chaos/createChaos.ts'
import { runTimetable } from './chaos/timetable.ts'
import { feeds } from './feeds.ts'
import { firstFrameAtMs } from './framesFile.ts'
import { hall, type Seat } from './hall.ts'
import { settingsOf, type SimulateOptions } from './options.ts'
import type { HostStem } from './plans.ts'
import { random } from './random.ts'
import { sentOf, type Sent } from './sent.ts'
import { openSentFile } from './sentFile.ts'
import { serve, type Server } from './server.ts'

/** One connection at the moment of asking. */
export interface SimulatorConnection {
  /** Counts up from 1. */
  readonly id: number
  /** Which of the vendor's hosts it came to. */
  readonly host: HostStem
  /** `address:port` of the client. */
  readonly remote: string
  /** `ending`: cut, refused or evicted, waiting for the socket to go. */
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

/** `Host`: the hosts that were asked for by name. */
export interface Simulator<Host extends HostStem = never> extends AsyncDisposable {
  /** `ws://host:port`, without a path; of the first host where there are several. */
  readonly url: string
  /** The same of every host. */
  readonly urls: Readonly<Partial<Record<HostStem, string>> & Record<Host, string>>
  readonly port: number
  /** The market's tickers, most traded first; empty when a recorded file is played. */
  readonly tickers: readonly string[]
  /** Counts of what was handed to the sockets. What a dropped socket had not taken yet is among them. */
  sent(): SentReport
  /** Connections that are open, oldest first. */
  connections(): readonly SimulatorConnection[]
  /** Faults on demand. */
  readonly chaos: Chaos
  /**
   * Resolves when the recorded file is over: at a numeric speed for everybody, at `max` for everybody who began it. Rejects with `FramesFileError`
   * where the file turns out to be broken; unhandled, that does no harm. A market never ends by itself: then, and otherwise at the latest, `close` resolves it.
   */
  readonly ended: Promise<void>
  /** Closes every connection with 1001 and the port; idempotent. Leaves no timer behind. */
  close(): Promise<void>
}

const describe = ({ id, stem, remote, session, connection }: Seat): SimulatorConnection => ({
  id,
  host: stem,
  remote,
  state: !connection.open || session.state === 'ended' ? 'ending' : session.state,
  subscriptions: session.subscriptions.pairs(),
  bufferedBytes: connection.bufferedBytes,
  sent: sentOf(connection.tally),
})

/** Whether a fault left to chance has somebody to hit there. */
const isListening = ({ session, connection }: Seat): boolean =>
  connection.open && !connection.halfOpen && session.subscriptions.size > 0

/**
 * Starts a server that speaks the vendor's stocks protocol, with a simulated market or a recorded day behind it; one port for each of `hosts`.
 *
 *     options ─ settings ─┬─ market ────── driver ─┐
 *                         └─ frames file ─ driver ─┴─ cohorts ─ connections ─ clients
 *
 * Rejects with a RangeError for a wrong option, `ListenError` when the port cannot be had, `FramesFileError` when the recorded file cannot be read or its
 * first line is wrong, `SentFileError` when what is sent cannot be written down, and the signal's reason when that has aborted.
 */
export const simulate = async <const Host extends HostStem = 'socket'>(
  options: SimulateOptions<Host> = {},
): Promise<Simulator<Host>> => {
  const settings = settingsOf(options)
  const { signal, frames, logger, hosts, port, sentFile } = settings
  signal?.throwIfAborted()
  if (frames !== undefined) await firstFrameAtMs(frames)
  signal?.throwIfAborted()

  const everybody = hall(settings)
  const file = sentFile === undefined ? undefined : openSentFile(sentFile, settings)
  const fed = feeds(settings, file)
  const servers: Server[] = []
  const stop = async (): Promise<void> => {
    // Together: a driver may be waiting for a socket to drain, which its end brings about.
    await Promise.all([...servers.map((server) => server.close()), fed.close()])
    file?.close()
  }

  const common = { ...settings, hall: everybody, accountOf: accountOf(settings), file }
  const chaos = createChaos(common)
  for (const [place, stem] of hosts.entries()) {
    const own = { ...common, ...fed.of(stem), stem, port: port === 0 ? 0 : port + place }
    try {
      servers.push(await serve(own))
    } catch (error) {
      await stop()
      throw error
    }
  }

  const stopTimetable = runTimetable({
    entries: settings.chaos,
    strike: (fault, selector) => chaos.strike(fault, selector),
    connections: () =>
      Array.from(everybody.seats)
        .filter(isListening)
        .map(({ id }) => id),
    // The market has the first streams of the seed.
    randomOf: (place) => random(settings.seed, 16 + place),
  })

  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      signal?.removeEventListener('abort', onAbort)
      stopTimetable()
      await stop()
      logger.info({ port: first.port }, 'simulator closed')
    })()
    return closing
  }
  const onAbort = (): void => void close()
  const first = servers[0] as Server
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) {
    await close()
    signal.throwIfAborted()
  }

  const urls = Object.fromEntries(servers.map(({ stem, url }) => [stem, url])) as Simulator<Host>['urls']
  logger.info({ urls, frames, tickers: settings.tickers.length, rate: settings.rate }, 'simulator listens')

  return {
    url: first.url,
    urls,
    port: first.port,
    tickers: frames === undefined ? settings.tickers : [],
    sent: () => ({
      ...sentOf(everybody.total),
      connections: [
        ...everybody.left.map(({ id, tally }) => ({ id, open: false, ...sentOf(tally) })),
        ...Array.from(everybody.seats, ({ id, connection }) => ({ id, open: true, ...sentOf(connection.tally) })),
      ],
    }),
    connections: () => Array.from(everybody.seats, describe),
    chaos: chaos.door,
    ended: fed.ended,
    close,
    [Symbol.asyncDispose]: close,
  }
}
