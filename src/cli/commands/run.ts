import { createEngine, type Engine } from '../../engine.ts'
import { defaultOpsPort, type OpsServer, serveOps } from '../../ops/serve/index.ts'
import type { FrequencyHealth, Health } from '../../ops/health.ts'
import type { Logger } from '../../ops/logger.ts'
import { PortInUse, publish } from '../../publisher/index.ts'
import { type Configuration, examined, watchConfiguration } from '../../setup/index.ts'
import { boardOf, plainLinesOf } from '../board.ts'
import { command } from '../command.ts'
import { exitCodes, WrongUse } from '../errors.ts'
import type { Io } from '../io.ts'
import { logOption, loggerOf } from '../log.ts'
import { aboveZero, flag, text, wholeNumber } from '../options.ts'
import { headOf } from '../runHead.ts'
import { createRates } from '../rates.ts'
import { screenOf } from '../screen.ts'
import { setupOf } from '../setupOf.ts'
import { stopOf } from '../stop.ts'
import { duration, ledgerLines, type Look, tableOf } from '../table.ts'
import { configurationOf, engineChoice, filesOf } from './engineChoice.ts'
import { secondsOption } from './marketOptions.ts'

/** Between two tables: redrawn in place on a terminal, one below the other elsewhere. */
const redrawMs = { terminal: 1000, elsewhere: 10_000 } as const

/** How often the drain is looked at, for the last figures of readers that are about to go. */
const lookMs = 5

/** How often the files of the configuration are looked at. */
const watchMs = 1000

export const runCommand = command({
  name: 'run',
  summary:
    'An engine as it is configured, without anything with a simulated market, and a websocket publisher in front.',
  options: {
    'no-watch': flag({ help: 'changes of these files are not applied while it runs' }),
    port: wholeNumber({
      help: 'of the publisher; 0 for any free one (8787)',
      what: 'a port',
      least: 0,
      most: 65_535,
      fallback: undefined,
    }),
    'http-port': wholeNumber({
      help: 'of the page, health and metrics; 0 for any free one',
      what: 'a port',
      least: 0,
      most: 65_535,
      fallback: defaultOpsPort,
    }),
    'http-host': text({
      help: 'where these are served; beyond this machine give a token, too',
      what: 'a host name or address',
      placeholder: 'HOST',
      fallback: '127.0.0.1',
    }),
    'no-http': flag({ help: 'serve neither health nor metrics' }),
    'http-token': text({
      help: 'with which frequencies can be stopped, started and given other tickers',
      what: 'a token',
      env: 'TICKSTOCK_HTTP_TOKEN',
      isSecret: true,
      placeholder: 'TOKEN',
      fallback: undefined,
    }),
    tickstock: flag({ help: "serve TickStock's format too, at /tickstock" }),
    ...engineChoice,
    seconds: aboveZero(secondsOption),
    log: logOption,
  },
  notes: [
    'It reads the environment, .env, tickstock.config.json and the JSON files of docs/configuration.md; tickstock check says what comes of it.',
    'Files that change, and SIGHUP, are applied while it runs; what is invalid changes nothing.',
    'Ctrl-C drains, prints the ledger and leaves; a second one leaves at once.',
  ],
  examples: [
    'tickstock run',
    'tickstock run --config tickstock.config.json',
    'tickstock run --port 0 --rate 20000 --tickers 500 --seconds 60',
  ],

  act: async (values, _operands, io) => {
    const { seconds, log, config, port, tickstock } = values
    const {
      'http-host': httpHost,
      'http-port': httpPort,
      'no-http': isQuiet,
      'http-token': token,
      'no-watch': isDeaf,
    } = values
    const stop = stopOf(io, { seconds })
    const logger = loggerOf(log)
    const setup = setupOf({
      environment: io.env,
      directory: io.directory,
      commandLine: { ...configurationOf(values), ...publisherOf(port, tickstock) },
      logger,
      ...filesOf(config),
    })
    const { outlook } = await examined(setup.reading)
    for (const { source, message } of setup.warnings) io.complain(`${source}: ${message}`)
    const engine = createEngine(setup.engine)
    const watching = watchConfiguration(setup, engine, {
      logger,
      everyMs: isDeaf ? Infinity : watchMs,
      reloaded: ({ changes, problems }) => {
        for (const problem of problems) io.complain(`the configuration is not applied: ${problem}`)
        for (const { path, before, after } of changes) {
          io.out(`changed: ${path} from ${said(before)} to ${said(after)}\n`)
        }
      },
    })
    const offHangup = io.onHangup(() => void watching.reload())

    try {
      // First, so that a port that is taken is found before anything runs.
      const server = setup.publisher === undefined ? undefined : await publish(engine, setup.publisher)
      const http = isQuiet ? undefined : await openHttp(engine, { host: httpHost, port: httpPort, token, logger })
      const last = lastLook(engine)
      await Promise.race([engine.start(), stop.asked])
      io.out(headOf({ setup, outlook, server, http, io }))

      stop.startClock()
      await watch(engine, io, stop.asked)
      const atStop = engine.health()
      io.out('draining … Ctrl-C again leaves at once\n\n')
      await engine.close()
      const title = `at the end, after ${duration(atStop.nowMs - (atStop.startedMs ?? atStop.nowMs))}`
      io.out(`${[title, ...tableOf(last(atStop)), '', ...ledgerLines(engine.ledger())].join('\n')}\n`)
      return engine.ledger().balanced ? exitCodes.ok : exitCodes.failed
    } finally {
      offHangup()
      await watching.close()
      await engine.close()
      stop.release()
    }
  },
})

/** What the options say of the publisher, in the configuration's words. */
const publisherOf = (port: number | undefined, tickstock: boolean): Pick<Configuration, 'publisher'> =>
  port === undefined && !tickstock
    ? {}
    : { publisher: { ...(port === undefined ? {} : { port }), ...(tickstock ? { format: 'tickstock' } : {}) } }

/** Nothing is the usual value. */
const said = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))

/** Says how to go without, should its port be taken: nobody has asked for this one by hand. */
const openHttp = async (
  engine: Engine,
  {
    host,
    port,
    token,
    logger,
  }: { readonly host: string; readonly port: number; readonly token: string | undefined; readonly logger: Logger },
): Promise<OpsServer> => {
  try {
    return await serveOps(engine, { host, port, logger, ...(token === undefined ? {} : { token }) })
  } catch (error) {
    if (error instanceof PortInUse)
      throw new WrongUse(`${error.message}, with --http-port; or --no-http`, { cause: error })
    throw error
  }
}

const lookAt = (engine: Engine): Look => ({ health: engine.health(), ledger: engine.ledger() })

/** Draws how well it is until it is time to end, and once more then: the rows of `tickstock top` and of the page. */
const watch = async (engine: Engine, io: Io, until: Promise<void>): Promise<void> => {
  const screen = screenOf(io)
  const rates = createRates()
  const isColoured = (io.env.NO_COLOR ?? '') === ''
  let health = engine.health()
  const draw = (): void => {
    if (io.isTerminal) screen.draw(boardOf(health, { width: io.columns() - 1, isColoured, ratesOf: rates.of }))
    else io.out(`${plainLinesOf(health).join('\n')}\n\n`)
  }
  const look = (): void => {
    health = engine.health()
    rates.add(health)
    draw()
  }

  if (io.isTerminal) look()
  const timer = setInterval(look, io.isTerminal ? redrawMs.terminal : redrawMs.elsewhere)
  const offResize = io.onResize(() => {
    if (io.isTerminal) draw()
  })
  try {
    await until
  } finally {
    clearInterval(timer)
    offResize()
    if (io.isTerminal) look()
  }
}

/**
 * The figures at the very end, with the states that were before it. Readers leave the engine before it has closed, and
 * their figures go with them: this looks while the engine drains, and keeps the last look that had them.
 */
const lastLook = (engine: Engine): ((atStop: Health) => Look) => {
  let lanes: ReadonlyMap<string, FrequencyHealth['lanes']> = new Map()
  let timer: NodeJS.Timeout | undefined
  const take = (): void => {
    const { frequencies } = engine.health()
    const isRead = frequencies.some((frequency) => frequency.lanes.some(({ readers }) => readers.length > 0))
    if (isRead) lanes = new Map(frequencies.map((frequency) => [frequency.name, frequency.lanes]))
  }

  engine.attach({
    name: 'table',
    health: () => ({}),
    flush: async () => {
      take()
      timer = setInterval(take, lookMs)
    },
    close: async () => {
      clearInterval(timer)
    },
  })

  return (atStop) => {
    const { health, ledger } = lookAt(engine)
    const frequencies = health.frequencies.map((frequency) => ({
      ...frequency,
      state: atStop.frequencies.find(({ name }) => name === frequency.name)?.state ?? frequency.state,
      lanes: lanes.get(frequency.name) ?? frequency.lanes,
    }))
    const links = health.links.map((link) => ({
      ...link,
      state: atStop.links.find(({ id }) => id === link.id)?.state ?? link.state,
    }))
    return { ledger, health: { ...health, nowMs: atStop.nowMs, frequencies, links } }
  }
}
