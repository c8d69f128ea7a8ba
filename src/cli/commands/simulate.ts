import { setTimeout as wait } from 'node:timers/promises'

import { simulate, type Simulator } from '../../simulator/index.ts'
import { command } from '../command.ts'
import { exitCodes } from '../errors.ts'
import { logOption, loggerOf } from '../log.ts'
import { aboveZero, speed, text, tickers, wholeNumber } from '../options.ts'
import { stopOf } from '../stop.ts'
import { bytes, whole } from '../table.ts'
import { version } from '../version.ts'
import { marketOptions, secondsOption } from './marketOptions.ts'

/** At the end of a recording clients get this long to read what is theirs. */
const farewellMs = 5000
const lookMs = 20

export const simulateCommand = command({
  name: 'simulate',
  summary: "The simulator alone: a server that speaks the vendor's protocol, with a made-up market or a recorded day.",
  options: {
    port: wholeNumber({
      help: 'to listen on; 0 for any free one',
      what: 'a port',
      least: 0,
      most: 65_535,
      fallback: 8788,
    }),
    host: text({ help: 'to listen on', what: 'a host name or address', placeholder: 'HOST', fallback: '127.0.0.1' }),
    key: text({
      help: 'the only key that is accepted; without it every key is',
      what: 'a key',
      placeholder: 'KEY',
      isSecret: true,
      fallback: undefined,
    }),
    frames: text({
      help: 'a recorded file to play, gzip or plain; then --rate, --tickers and --seed have no effect',
      what: 'a file',
      placeholder: 'FILE',
      fallback: undefined,
    }),
    speed: speed({ help: 'times the clock, or as fast as clients read', fallback: 1 }),
    rate: aboveZero(marketOptions.rate),
    tickers: tickers(marketOptions.tickers),
    seed: wholeNumber(marketOptions.seed),
    seconds: aboveZero(secondsOption),
    log: logOption,
  },
  notes: [
    'A recording begins with the first client. Ctrl-C prints what was sent and leaves, and so does the end of a recording;',
    'with --speed max it is played anew for each client, and has no end.',
  ],
  examples: ['tickstock simulate --rate 20000', 'tickstock simulate --frames day.frames.gz --speed 10'],

  act: async ({ port, host, key, frames, speed: pace, rate, tickers: names, seed, seconds, log }, _operands, io) => {
    const stop = stopOf(io, { seconds })
    try {
      const simulator = await simulate({
        port,
        host,
        rate,
        tickers: names,
        seed,
        speed: pace,
        logger: loggerOf(log),
        ...(key === undefined ? {} : { key }),
        ...(frames === undefined ? {} : { frames }),
      })
      const what = frames ?? `${simulator.tickers.length} tickers, ${rate} trades/s, seed ${seed}`
      const secret = key === undefined ? '' : ' --key …'
      io.out(
        [
          `tickstock ${version}`,
          `  simulator  ${simulator.url}  ${what}, speed ${pace}`,
          '',
          'in another terminal:',
          `  ${io.self} tail ${simulator.url} "T.*,AM.*,FMV.*"${secret}`,
          '\n',
        ].join('\n'),
      )

      stop.startClock()
      try {
        await Promise.race([
          stop.asked,
          recordingOver(simulator, { isEndless: frames === undefined || pace === 'max' }),
        ])
      } finally {
        await simulator.close()
        io.out(`${sentLines(simulator).join('\n')}\n`)
      }
      return exitCodes.ok
    } finally {
      stop.release()
    }
  },
})

/** Rejects where the file turns out to be broken. */
const recordingOver = async (simulator: Simulator, { isEndless }: { readonly isEndless: boolean }): Promise<void> => {
  await simulator.ended
  if (isEndless) return new Promise(() => {})

  const untilMs = performance.now() + farewellMs
  const isWaitedFor = (): boolean => simulator.connections().some(({ bufferedBytes }) => bufferedBytes > 0)
  while (isWaitedFor() && performance.now() < untilMs) await wait(lookMs)
}

const sentLines = (simulator: Simulator): readonly string[] => {
  const { events, frames, bytes: size, connections } = simulator.sent()
  const types = Object.entries(events).map(([ev, count]) => `${ev} ${whole(count)}`)
  const count = connections.length

  return [
    `sent on ${count} connection${count === 1 ? '' : 's'}: ${types.join(', ') || 'no events'}`,
    `in ${whole(frames)} frame${frames === 1 ? '' : 's'}, ${bytes(size)}`,
  ]
}
