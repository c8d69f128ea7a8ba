import { setTimeout as wait } from 'node:timers/promises'

import { hostStems, plans, simulate, type Simulator } from '../../simulator/index.ts'
import { command } from '../command.ts'
import { exitCodes } from '../errors.ts'
import { logOption, loggerOf } from '../log.ts'
import { aboveZero, chaos, oneOf, someOf, speed, text, tickers, wholeNumber } from '../options.ts'
import { stopOf } from '../stop.ts'
import { bytes, whole } from '../table.ts'
import { version } from '../version.ts'
import { chaosOption, marketOptions, secondsOption } from './marketOptions.ts'

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
      fallback: 8789,
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
    plan: oneOf(plans, { help: 'what a key may have; without it everything', fallback: undefined }),
    hosts: someOf(hostStems, {
      help: `the vendor's hosts, each on a port of its own: ${hostStems.join(', ')}`,
      fallback: ['socket'],
    }),
    connections: wholeNumber({
      help: 'sockets per key; the vendor allows one',
      what: 'connections',
      least: 1,
      most: 1_000_000,
      fallback: 1,
    }),
    evict: oneOf(['older', 'newer', 'either'], { help: 'which one goes when there are too many', fallback: 'older' }),
    hours: oneOf(['always', 'calendar'], { help: 'trade always, or when the US market does', fallback: 'always' }),
    oddities: oneOf(['live', 'none'], {
      help: 'late and repeated trades, odd numbers and other habits of the live feed',
      fallback: 'live',
    }),
    chaos: chaos(chaosOption),
    sent: text({
      help: 'a file to which each event is appended before it is sent, with whom it goes to',
      what: 'a file',
      placeholder: 'FILE',
      fallback: undefined,
    }),
    seconds: aboveZero(secondsOption),
    log: logOption,
  },
  notes: [
    'A recording begins with the first client. Ctrl-C prints what was sent and leaves, and so does the end of a recording;',
    'with --speed max it is played anew for each client, and has no end.',
    'docs/simulator.md has the words of --chaos; --log warn says each fault as it happens.',
  ],
  examples: ['tickstock simulate --rate 20000', 'tickstock simulate --frames day.frames.gz --speed 10'],

  act: async (options, _operands, io) => {
    const {
      key,
      frames,
      speed: pace,
      rate,
      tickers: names,
      seed,
      seconds,
      log,
      plan,
      chaos: faults,
      sent,
      ...rest
    } = options
    const stop = stopOf(io, { seconds })
    try {
      const simulator = await simulate({
        ...rest,
        rate,
        tickers: names,
        seed,
        speed: pace,
        logger: loggerOf(log),
        ...(key === undefined ? {} : { key }),
        ...(frames === undefined ? {} : { frames }),
        ...(plan === undefined ? {} : { plan }),
        ...(faults === undefined ? {} : { chaos: faults }),
        ...(sent === undefined ? {} : { sentFile: sent }),
      })
      const what = frames ?? `${simulator.tickers.length} tickers, ${rate} trades/s, seed ${seed}`
      const secret = key === undefined ? '' : ' --key …'
      io.out(
        [
          `tickstock ${version}`,
          `  simulator  ${simulator.url}  ${what}, speed ${pace}`,
          ...otherHosts(simulator),
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

/** The first host has the line above. */
const otherHosts = ({ urls, url }: Simulator): readonly string[] =>
  Object.entries(urls)
    .filter(([, other]) => other !== url)
    .map(([stem, other]) => `  ${stem.padEnd(16)}  ${other}`)

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
