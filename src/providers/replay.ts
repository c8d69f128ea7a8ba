import { asyncScheduler } from 'rxjs'

import { type ReadMeter, readMeter } from '../frames/readLines.ts'
import { recordingHeadOf } from '../frames/recordingHead.ts'
import { secret } from '../../streams/link/secret.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Turn } from '../../streams/pump.ts'
import { timerMsMax } from '../../streams/timerMs.ts'
import { createCutter } from './replay/cutter.ts'
import { fileItems } from './replay/fileItems.ts'
import { createPlayer, type Player } from './replay/player.ts'
import { createRoutes } from './replay/routes.ts'
import { createTimeline } from './replay/timeline.ts'

export interface ReplayOptions {
  /** What `record` has written, all parts from this one on; or any file of lines `<arrival ms> <frame>`, gzip or plain. */
  readonly file: string
  /** 1 as it was, 10 ten times as fast, `max` as fast as it is taken. 1. */
  readonly speed?: number | 'max'
  /** Plays what arrived at this moment and later, Unix milliseconds. */
  readonly fromMs?: number
  /** Plays what arrived before this moment, Unix milliseconds. */
  readonly toMs?: number
  /** Only events of these tickers. */
  readonly symbols?: readonly string[]
  /** How what comes next waits for a later turn. `setImmediate`. */
  readonly turn?: Turn
}

/** What has been played: frames and losses, of all links. */
export interface ReplayReport {
  /** False when it was closed before its end. */
  readonly isComplete: boolean
  readonly frames: number
  readonly bytes: number
  /** Sessions that were lost in the recording, and where it has holes of its own. */
  readonly losses: number
  /** Arrival of the first and the last, Unix milliseconds; absent when nothing was played. */
  readonly firstMs?: number
  readonly lastMs?: number
}

/** How far it has come; a file is read once per link. */
export interface ReplayProgress extends ReplayReport {
  readonly fileBytes: number
  readonly fileBytesTotal: number
}

export interface ReplayProvider extends Provider {
  /**
   * Resolves when the last frame has been handed to its link, or the engine has closed before; rejects with `FramesFileError` when the file turns out to be broken:
   * what stands before that has been played. Nobody needs to handle it. The links stay as they are, live and silent: what has been handed over is looked
   * at, and `engine.close()` waits for it and for its readers.
   */
  readonly ended: Promise<ReplayReport>
  readonly progress: () => ReplayProgress
}

/**
 * A recording as a vendor: its frames go the way that frames of a socket go.
 *
 *     const recording = replay({ file: 'today.frames.gz', speed: 'max' })
 *     const engine = createEngine({ provider: recording, frequencies: [perSecond({ whenFull: 'block' })] })
 *     await engine.start()
 *     await recording.ended
 *     await engine.close()
 *
 * Losses of the recording are losses of the links, so the gaps are where they were. At any speed nothing is skipped: while an engine has no
 * room the replay waits. What it plays is not chosen by channel; what a frequency has not asked for is counted as unwanted. Address, key and account of
 * frequencies are not looked at: the same frequencies can be played that were recorded.
 *
 * Throws `FramesFileError` when the file is none, RangeError for options that cannot be.
 */
export const replay = (options: ReplayOptions): ReplayProvider => {
  const { file, speed = 1, fromMs = -Infinity, toMs = Infinity, symbols, turn = nextTurn } = options
  checkOptions(options)
  const head = recordingHeadOf(file)
  const routes = createRoutes(head.links)
  const startMs = Math.max(head.firstMs, fromMs)
  const timeline = createTimeline({ startMs, speed, now: () => asyncScheduler.now() })
  const cut = createCutter(symbols === undefined ? undefined : new Set(symbols))
  const key = secret('replay')
  const players = new Map<string, Player>()
  const meters: ReadMeter[] = []
  const count = { frames: 0, bytes: 0, losses: 0, firstMs: Infinity, lastMs: -Infinity }

  const report = (isComplete: boolean): ReplayReport => {
    const { frames, bytes, losses, firstMs, lastMs } = count
    return { isComplete, frames, bytes, losses, ...(firstMs <= lastMs ? { firstMs, lastMs } : {}) }
  }

  let isClosing = false
  let settle: (failure: Error | undefined) => void = () => {}
  const ended = new Promise<ReplayReport>((resolve, reject) => {
    settle = (failure) => {
      if (failure !== undefined) reject(failure)
      else if ([...players.values()].every(({ isOver }) => isOver)) resolve(report(players.size > 0 && !isClosing))
    }
  })
  // Whoever awaits it hears of it; nobody must.
  ended.catch(() => {})

  const playerOf = (url: string): Player => {
    const known = players.get(url)
    if (known !== undefined) return known
    const meter = readMeter(file)
    meters.push(meter)
    const home = Number(new URL(url).pathname.slice(1))
    const player = createPlayer({
      source: fileItems({ file, meter, home, route: routes.follow(), fromMs, toMs, cut }),
      timeline,
      turn,
      played: ({ kind, atMs, bytes }) => {
        count[kind === 'frame' ? 'frames' : 'losses'] += 1
        count.bytes += bytes
        count.firstMs = Math.min(count.firstMs, atMs)
        count.lastMs = Math.max(count.lastMs, atMs)
      },
      over: (failure) => {
        settle(failure)
      },
    })
    players.set(url, player)
    return player
  }

  return {
    name: 'replay',
    ended,
    progress: () => ({
      ...report(false),
      fileBytes: meters.reduce((sum, { bytes }) => sum + bytes, 0),
      fileBytesTotal: meters.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0),
    }),
    endpoint: (wish) => ({ url: `ws://replay/${String(routes.homeOf(wish))}`, key, account: 'replay' }),
    // A loss is over when the recording goes on: the link is there at once, and waits for that.
    link: { retry: { initialMs: 1, capMs: 1 }, connectTimeoutMs: timerMsMax, settleMs: 0 },
    openSocket: (url, socketOptions) => playerOf(url).openSocket(url, socketOptions),
    close: async () => {
      isClosing = [...players.values()].some(({ isOver }) => !isOver)
      for (const player of players.values()) player.close()
      settle(undefined)
    },
  }
}

const nextTurn: Turn = (work) => {
  const handle = setImmediate(work)
  return () => {
    clearImmediate(handle)
  }
}

const checkOptions = ({ file, speed = 1, fromMs, toMs, symbols }: ReplayOptions): void => {
  if (typeof file !== 'string' || file.trim() === '') {
    throw new RangeError('replay needs a file, such as { file: "today.frames.gz" }')
  }
  if (speed !== 'max' && !(typeof speed === 'number' && speed > 0 && Number.isFinite(speed))) {
    throw new RangeError(`replay: speed is a number above 0, or "max", not ${String(speed)}`)
  }
  for (const [name, value] of Object.entries({ fromMs, toMs })) {
    if (value !== undefined && !Number.isFinite(value)) {
      throw new RangeError(`replay: ${name} is Unix milliseconds, not ${String(value)}`)
    }
  }
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new RangeError(
      `replay: fromMs has to be before toMs, but they are ${new Date(fromMs).toISOString()} and ${new Date(toMs).toISOString()}`,
    )
  }
  if (symbols?.length === 0) throw new RangeError('replay: symbols is an empty list, which would play nothing')
}
