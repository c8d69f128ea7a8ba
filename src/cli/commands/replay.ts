import { fairMarketValue, perMinute, perSecond } from '../../../streams/frequencies/index.ts'
import { createEngine, type Engine } from '../../engine.ts'
import { FramesFileError } from '../../frames/framesFileError.ts'
import { recordingHeadOf } from '../../frames/recordingHead.ts'
import { replay, type ReplayReport } from '../../providers/index.ts'
import { type LaneHash, outputHash } from '../../recording/index.ts'
import { command } from '../command.ts'
import { exitCodes, WrongUse } from '../errors.ts'
import { logOption, loggerOf } from '../log.ts'
import { type Moment, moment, momentMs, newYorkText } from '../moment.ts'
import { speed, tickerList } from '../options.ts'
import { showProgress } from '../progress.ts'
import { stopOf } from '../stop.ts'
import { aligned, whole } from '../table.ts'

/** Which part of a recording, as it is typed; `marbles` takes the same. */
export const partOptions = {
  from: moment({ help: 'plays what arrived then and later: 09:30 in New York, a date with time and zone, or Unix ms' }),
  to: moment({ help: 'plays what arrived before then' }),
  symbols: tickerList({ help: 'only events of these tickers', fallback: undefined }),
}

/** The same as `replay` takes it. Throws `WrongUse`, and `FramesFileError` when there is no such file. */
export const partOf = (
  file: string,
  { from, to, symbols }: { from: Moment | undefined; to: Moment | undefined; symbols: readonly string[] | undefined },
) => {
  const { firstMs } = recordingHeadOf(file)
  const fromMs = from === undefined ? undefined : momentMs(from, firstMs)
  const toMs = to === undefined ? undefined : momentMs(to, firstMs)
  if (from !== undefined && to !== undefined && (fromMs ?? 0) >= (toMs ?? 0)) {
    throw new WrongUse(`--from ${from.typed} is not before --to ${to.typed}`)
  }
  return {
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(symbols === undefined ? {} : { symbols }),
  }
}

/** Everything that may be in a recording. */
export const everyFrequency = () => [perSecond({ channels: ['T', 'A', 'Q'] }), perMinute(), fairMarketValue()] as const

export const replayCommand = command({
  name: 'replay',
  summary: 'Plays a recording through an engine and prints what came out of it as a hash: same file, same hash.',
  operands: ['FILE'],
  options: {
    speed: speed({ help: 'times the clock, or as fast as it is taken', fallback: 1 }),
    ...partOptions,
    log: logOption,
  },
  notes: [
    'FILE is what record has written, with all parts behind it, or any file of lines <arrival ms> <frame>, gzip or plain.',
    'The hash is of what each lane was given, the bytes of every event in order: it does not depend on the speed.',
  ],
  examples: [
    'tickstock replay today.frames.gz --speed max',
    'tickstock replay today.frames.gz --from 09:30 --to 09:31 --symbols SPY,IBM --speed max',
  ],

  act: async ({ speed: pace, log, ...part }, [file = ''], io) => {
    const stop = stopOf(io, { seconds: undefined })
    try {
      const provider = replay({ file, speed: pace, ...partOf(file, part) })
      const engine = createEngine({ provider, frequencies: everyFrequency(), logger: loggerOf(log) })
      const hash = outputHash(engine)
      const beganMs = performance.now()
      await engine.start()
      const hide = showProgress(io, 'frames', () => {
        const { frames, fileBytes, fileBytesTotal } = provider.progress()
        return { done: fileBytes, total: fileBytesTotal, count: frames }
      })
      try {
        await Promise.race([provider.ended, stop.asked])
      } finally {
        hide()
        await engine.close()
      }
      const report = await provider.ended
      const seconds = (performance.now() - beganMs) / 1000
      if (report.frames + report.losses === 0) throw nothingThere(file, part, report)
      io.out(
        `${reportLines({ file, report, engine, lanes: hash.lanes(), seconds }).join('\n')}\nhash ${hash.sha256()}\n`,
      )
      const isWhole = report.isComplete && engine.ledger().balanced
      return isWhole ? exitCodes.ok : exitCodes.failed
    } finally {
      stop.release()
    }
  },
})

/** A part of the recording that has nothing in it was not what was meant. */
const nothingThere = (
  file: string,
  { from, to, symbols }: { from: Moment | undefined; to: Moment | undefined; symbols: readonly string[] | undefined },
  { isComplete }: ReplayReport,
): Error => {
  if (!isComplete) return new WrongUse(`${file}: nothing had been played when it was ended`)
  const parts = [
    ...(from === undefined ? [] : [`from ${from.typed}`]),
    ...(to === undefined ? [] : [`to ${to.typed}`]),
    ...(symbols === undefined ? [] : [`of ${symbols.join(', ')}`]),
  ]
  if (parts.length === 0) return new FramesFileError({ path: file, expected: 'at least one frame', found: 'none' })
  return new WrongUse(
    `${file}: there is nothing ${parts.join(' ')}; it begins at ${newYorkText(recordingHeadOf(file).firstMs)} in New York`,
  )
}

const reportLines = (played: {
  readonly file: string
  readonly report: ReplayReport
  readonly engine: Engine
  readonly lanes: readonly LaneHash[]
  readonly seconds: number
}): readonly string[] => {
  const { file, report, engine, lanes, seconds } = played
  const { frames, losses, firstMs = 0, lastMs = 0, isComplete } = report
  const { links, frequencies, balanced } = engine.health()
  const events = lanes.reduce((sum, lane) => sum + lane.events, 0)
  const figures = [
    `gaps ${whole(frequencies.reduce((sum, { gaps }) => sum + gaps, 0))}`,
    `rejected ${whole(links.reduce((sum, { rejected }) => sum + rejected, 0))}`,
    `unwanted ${whole(links.reduce((sum, { unwanted }) => sum + unwanted, 0))}`,
    `ledger ${balanced ? 'balanced' : 'NOT balanced'}`,
  ]

  return [
    `${file}  ${newYorkText(firstMs)} to ${newYorkText(lastMs)} in New York`,
    `${whole(frames)} frames, ${whole(losses)} losses, ${whole(events)} events in ${seconds.toFixed(1)} s${isComplete ? '' : '; ended before its end'}`,
    ...aligned(
      [
        ['frequency', 'lane', 'events', 'sha256'],
        ...lanes.map(({ frequency, eventType, events: count, sha256 }) => [frequency, eventType, whole(count), sha256]),
      ],
      2,
    ),
    figures.join(', '),
  ]
}
