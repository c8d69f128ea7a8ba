import { setTimeout as wait } from 'node:timers/promises'

import { secret } from '../../../streams/link/secret.ts'
import { wsSocket } from '../../../streams/link/wsSocket.ts'
import type { Provider } from '../../../streams/provider.ts'
import { createEngine, type Engine } from '../../engine.ts'
import type { EngineOptions } from '../../engine/options.ts'
import type { Logger } from '../../ops/logger.ts'
import { simulated, type SimulatedProvider } from '../../providers/index.ts'
import { record, type Recording } from '../../recording/index.ts'
import { command } from '../command.ts'
import { exitCodes, WrongUse } from '../errors.ts'
import type { Io } from '../io.ts'
import { logOption, loggerOf } from '../log.ts'
import { aboveZero, speed, text } from '../options.ts'
import { screenOf } from '../screen.ts'
import { setupOf } from '../setupOf.ts'
import { stopOf } from '../stop.ts'
import { bytes, duration, ledgerLines, whole } from '../table.ts'
import { version } from '../version.ts'
import { configurationOf, type EngineChoice, engineChoice, filesOf } from './engineChoice.ts'
import { secondsOption } from './marketOptions.ts'
import { everyFrequency } from './replay.ts'

const megabyte = 1024 * 1024
const redrawMs = { terminal: 1000, elsewhere: 10_000 } as const

/** What was sent at the end of a played file gets this long to arrive. */
const arriveMs = 10_000
const lookMs = 20

export const recordCommand = command({
  name: 'record',
  summary: 'Records what arrives, raw frames with their time, into a compressed file that replay plays.',
  operands: ['FILE'],
  options: {
    url: text({
      help: "a server of the vendor's protocol to record from, instead of what is configured",
      what: 'a websocket address',
      placeholder: 'URL',
      fallback: undefined,
    }),
    key: text({
      help: 'the key of your account with that server',
      what: 'a key',
      placeholder: 'KEY',
      env: 'TICKSTOCK_KEY',
      isSecret: true,
      fallback: undefined,
    }),
    frames: text({
      help: 'a recorded file that the simulator plays; its end is the end',
      what: 'a file',
      placeholder: 'FILE',
      fallback: undefined,
    }),
    speed: speed({ help: 'of --frames: times the clock, or as fast as it is taken', fallback: 1 }),
    ...engineChoice,
    'part-mb': aboveZero({
      help: 'a part with so many megabytes is ended, and the next one begins',
      what: 'megabytes',
      most: 1e6,
      fallback: 256,
    }),
    'keep-mb': aboveZero({
      help: 'all parts together: the oldest are deleted',
      what: 'megabytes',
      most: 1e9,
      fallback: undefined,
    }),
    seconds: aboveZero(secondsOption),
    log: logOption,
  },
  notes: [
    'Without --url or --frames it records what run would run: environment, .env and tickstock.config.json say what.',
    'A file that is there is never touched: the recording goes on in its next part, FILE-2. Ctrl-C ends it.',
    'It ends with 1 when frames are missing from the file.',
  ],
  examples: [
    'tickstock record today.frames.gz',
    'tickstock record today.frames.gz --keep-mb 20000',
    'tickstock record sim.frames.gz --rate 2000 --seconds 10',
  ],

  act: async (values, [file = ''], io) => {
    const { seconds, log, 'part-mb': partMb, 'keep-mb': keepMb } = values
    const stop = stopOf(io, { seconds })
    const logger = loggerOf(log)
    try {
      const { options, simulator } = sourceOf(values, io, logger)
      const engine = createEngine(options)
      try {
        const recording = record(engine, {
          file,
          logger,
          // Of what is kept, the oldest quarter at most goes at a time.
          partBytesMax: Math.min(partMb, (keepMb ?? Infinity) / 4) * megabyte,
          ...(keepMb === undefined ? {} : { bytesMax: keepMb * megabyte }),
        })
        io.out(
          `tickstock ${version}\n  recording  ${recording.path}\n${io.isTerminal ? '\nCtrl-C ends it.\n\n' : '\n'}`,
        )
        await Promise.race([engine.start(), stop.asked])
        stop.startClock()
        const isPlayed = values.frames !== undefined
        await watch(engine, recording, io, Promise.race([stop.asked, isPlayed ? played(engine, simulator) : never]))
        const words = wordsOf(engine)
        await engine.close()
        const figures = recording.figures()
        io.out(`${[...recordingLines(engine, recording, words), '', ...ledgerLines(engine.ledger())].join('\n')}\n`)
        return engine.ledger().balanced && figures.dropped === 0 ? exitCodes.ok : exitCodes.failed
      } finally {
        await engine.close()
      }
    } finally {
      stop.release()
    }
  },
})

const never = new Promise<void>(() => {})

interface Source {
  readonly options: EngineOptions
  readonly simulator: SimulatedProvider | undefined
}

interface SourceValues extends EngineChoice {
  readonly config: string | undefined
  readonly url: string | undefined
  readonly key: string | undefined
  readonly frames: string | undefined
  readonly speed: number | 'max'
}

/** Throws `WrongUse` for two sources at once, and for a configuration that is invalid. */
const sourceOf = (values: SourceValues, io: Io, logger: Logger): Source => {
  const { url, key, frames, speed: pace, config, rate, tickers: names, seed, links, chaos: faults } = values
  const own = Object.entries({ url, frames }).find(([, value]) => value !== undefined)?.[0]
  const others = { frames, config, rate, tickers: names, seed, ...(own === 'url' ? { chaos: faults } : {}) }
  const other = Object.entries(others).find(([name, value]) => value !== undefined && name !== own)?.[0]
  if (own !== undefined && other !== undefined) {
    throw new WrongUse(`--${own} and --${other} say two sources; one recording has one`)
  }
  if (own === undefined) {
    const { engine, warnings } = setupOf({
      environment: io.env,
      directory: io.directory,
      commandLine: configurationOf(values),
      logger,
      ...filesOf(config),
    })
    for (const { source, message } of warnings) io.complain(`${source}: ${message}`)
    return { options: engine, simulator: undefined }
  }
  const common = { frequencies: everyFrequency(), logger, ...(links === undefined ? {} : { links }) }
  if (url !== undefined) return { options: { provider: serverAt(url, key), ...common }, simulator: undefined }
  const simulator = simulated({
    logger: logger.child({ part: 'simulator' }),
    speed: pace,
    ...(frames === undefined ? {} : { frames }),
    ...(faults === undefined ? {} : { chaos: faults }),
  })
  return { options: { provider: simulator, ...common }, simulator }
}

const serverAt = (address: string, key: string | undefined): Provider => {
  if (!/^wss?:\/\/./i.test(address) || !URL.canParse(address)) {
    throw new WrongUse('--url is no websocket address: expected one such as ws://127.0.0.1:8788')
  }
  const url = new URL(address)
  if (url.pathname === '/') url.pathname = '/stocks'
  return {
    name: 'server',
    endpoint: () => ({ url: url.href, key: secret(key ?? 'tickstock'), account: 'server' }),
    openSocket: wsSocket,
  }
}

/** All that the simulator has played has arrived. Rejects where the file turns out to be broken. */
const played = async (engine: Engine, provider: SimulatedProvider | undefined): Promise<void> => {
  const simulator = provider?.simulator()
  if (simulator === undefined) return never
  await simulator.ended
  const sent = (): number => Object.values(simulator.sent().events).reduce((sum, count) => sum + count, 0)
  const arrived = (): number =>
    engine.health().links.reduce((sum, { elements, statuses }) => sum + elements - statuses, 0)
  const untilMs = performance.now() + arriveMs
  while (arrived() < sent() && performance.now() < untilMs) await wait(lookMs)
}

const wordsOf = (engine: Engine): ReadonlyMap<string, string> =>
  new Map(engine.health().frequencies.map(({ name, state: { word } }) => [name, word]))

/** `words`: the states that are to be shown, those before the end when it is over. */
const recordingLines = (engine: Engine, recording: Recording, words = wordsOf(engine)): readonly string[] => {
  const { written, queued, dropped, fileBytes, path, lost, state } = recording.figures()
  const { nowMs, startedMs, frequencies } = engine.health()
  return [
    `${path}  after ${duration(nowMs - (startedMs ?? nowMs))}`,
    `${whole(written)} frames written, ${whole(queued)} waiting, ${whole(dropped)} dropped, ${bytes(fileBytes)} packed, ${whole(lost)} losses${state === 'failing' ? '; CANNOT BE WRITTEN, tried again each second' : ''}`,
    frequencies.map(({ name, offered }) => `${name} ${words.get(name) ?? ''} ${whole(offered)}`).join(', '),
  ]
}

const watch = async (engine: Engine, recording: Recording, io: Io, until: Promise<void>): Promise<void> => {
  const screen = screenOf(io)
  const draw = (): void => {
    screen.draw(recordingLines(engine, recording))
  }
  const timer = setInterval(draw, io.isTerminal ? redrawMs.terminal : redrawMs.elsewhere)
  try {
    await until
  } finally {
    clearInterval(timer)
    if (io.isTerminal) draw()
  }
}
