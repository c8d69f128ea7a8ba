import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { map } from 'rxjs'

import { limitUpLimitDown } from '../../streams/frequencies/index.ts'
import { createEngine, type Engine } from '../../src/engine.ts'
import type { Logger } from '../../src/ops/logger.ts'
import { configure, type Reload, type Setup, type Watching, watchConfiguration } from '../../src/setup/index.ts'
import { folderOf } from './folder.ts'
import { rejected } from './rejectedExamples.ts'

// Goal: what changes in the files is applied to a running engine, and only that; what is invalid changes nothing and says why.
// Method: an engine with the built-in market, a folder with its files, and a logger that keeps its lines. Waits are for what is told.

jest.setTimeout(60_000)

interface Line {
  readonly fields: object
  readonly message: string
}

const keeping = (): { readonly logger: Logger; readonly lines: Line[] } => {
  const lines: Line[] = []
  const keep = (fields: object, message: string): void => {
    lines.push({ fields, message })
  }
  const logger: Logger = { debug: () => {}, info: keep, warn: keep, error: keep, child: () => logger }
  return { logger, lines }
}

const first = {
  mode: 'test',
  providers: { simulated: { seed: 7, rate: 500 } },
  frequencies: { per_second: { tickers: ['AAPL', 'MSFT'] }, per_minute: { tickers: ['AAPL'] } },
}

interface Rig {
  readonly setup: Setup
  readonly engine: Engine
  readonly lines: readonly Line[]
  readonly logger: Logger
  write(content: unknown): void
  builds(): number
}

const running = async (use: (rig: Rig) => Promise<void>): Promise<void> => {
  const folder = folderOf({ 'tickstock.config.json': first })
  const { logger, lines } = keeping()
  let count = 0
  const setup = configure({
    environment: {},
    directory: folder.path,
    logger,
    operators: {
      per_second: (seconds) =>
        seconds.pipe((event$) => {
          count += 1
          return event$.pipe(map((event) => event))
        }),
    },
  })
  const engine = createEngine(setup.engine)
  try {
    await engine.start()
    await use({
      setup,
      engine,
      logger,
      lines,
      builds: () => count,
      write: (content) => {
        writeFileSync(
          join(folder.path, 'tickstock.config.json'),
          typeof content === 'string' ? content : JSON.stringify(content),
        )
      },
    })
  } finally {
    await engine.close()
    folder.remove()
  }
  engine.ledger().assertBalanced()
}

const changesIn = (lines: readonly Line[]): readonly Line[] =>
  lines.filter(({ message }) => message.startsWith('changed: '))

it('applies what is different, and nothing else', () =>
  running(async ({ setup, engine, lines, logger, write, builds }) => {
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity, logger })
    const built = builds()
    const links = engine.health().links.map(({ id }) => id)

    write({
      ...first,
      frequencies: { per_second: { tickers: ['AAPL', 'MSFT'] }, per_minute: { tickers: ['AAPL', 'NVDA'] }, fmv: {} },
    })
    const { changes, problems } = await watching.reload()

    expect(problems).toEqual([])
    expect(changes.map((change) => change.path).sort()).toEqual([
      'frequencies.fair_market_value',
      'frequencies.per_minute.tickers',
    ])
    // Each once, with before and after.
    expect(changesIn(lines)).toHaveLength(2)
    expect(changesIn(lines)).toContainEqual({
      message: 'changed: frequencies.per_minute.tickers',
      fields: { path: 'frequencies.per_minute.tickers', before: ['AAPL'], after: ['AAPL', 'NVDA'] },
    })
    // What did not change goes on: the same link, the same operators, no gap.
    expect(engine.health().links.map(({ id }) => id)).toEqual(links)
    expect(builds()).toBe(built)
    expect(engine.health().frequencies.find(({ name }) => name === 'per_second')?.gaps).toBe(0)

    const again = await watching.reload()
    expect(again).toEqual({ changes: [], problems: [], warnings: [] })
    await watching.close()
  }))

it.each<readonly [string, unknown, RegExp]>([
  [
    'a word that is none',
    { ...first, links: 'sharde' },
    /links: found "sharde", expected one of shared, dedicated; did you mean shared/,
  ],
  ['no JSON', '{ "mode": ', /line 1, column 11: found a text that is no JSON/],
  ['no frequency', { ...first, frequencies: { per_second: { enabled: false } } }, /none that is switched on/],
  [
    'what the engine refuses',
    {
      ...first,
      frequencies: { per_second: { tickers: ['AAPL', 'MSFT'], limit: 5 }, per_minute: { tickers: ['AAPL'] } },
    },
    /limit cannot change/,
  ],
])('changes nothing for %s, and says why', (_name, content, why) =>
  running(async ({ setup, engine, lines, logger, write }) => {
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity, logger })
    const links = engine.health().links.map(({ id }) => id)
    const names = engine.frequencies.map(({ name }) => name)

    write(content)
    const refused = await watching.reload()
    expect(refused.changes).toEqual([])
    expect(refused.problems.join()).toMatch(why)
    expect(changesIn(lines)).toEqual([])
    expect(JSON.stringify(lines.filter(({ message }) => message === 'the configuration is not applied'))).toMatch(
      /found|change/,
    )
    expect(engine.frequencies.map(({ name }) => name)).toEqual(names)
    expect(engine.health().links.map(({ id }) => id)).toEqual(links)

    // And it can be put right again.
    write(first)
    expect(await watching.reload()).toEqual({ changes: [], problems: [], warnings: [] })
    await watching.close()
  }),
)

it('sees by itself that a file has changed', () =>
  running(async ({ setup, engine, write }) => {
    write({ ...first, links: 'dedicated' })
    let watching: Watching | undefined
    const { changes, problems } = await new Promise<Reload>((resolve) => {
      watching = watchConfiguration(setup, engine, { everyMs: 20, reloaded: resolve })
    })

    expect(problems).toEqual([])
    expect(changes).toEqual([{ path: 'links', before: 'shared', after: 'dedicated' }])
    await watching?.close()
  }))

it('says that the publisher stays as it was opened, and masks keys', () =>
  running(async ({ setup, engine, lines, logger, write }) => {
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity, logger })
    write({
      ...first,
      publisher: { port: 9999 },
      frequencies: {
        per_second: { tickers: ['AAPL', 'MSFT'] },
        per_minute: { tickers: ['AAPL'], provider: 'polygon', url: 'ws://127.0.0.1:9/stocks' },
      },
      activeProviders: ['simulated', 'polygon'],
      providers: { ...first.providers, polygon: { apiKey: 'pk_0123456789', connectionsMax: 1 } },
      mode: 'hybrid',
      link: { retry: { initialMs: 60_000 } },
    })
    const { warnings, problems } = await watching.reload()

    expect(problems).toEqual([])
    expect(warnings.map(({ message }) => message)).toEqual([
      'the options of the publisher have changed: they hold when it is opened again',
    ])
    expect(JSON.stringify(lines)).not.toContain('pk_0123456789')
    await watching.close()
  }))

it('changes nothing for any example that the reference rejects', async () => {
  const usual = 'ACTIVE_DATA_PROVIDERS=synthetic\nTICKSTOCK_TICKERS=AAPL\n'
  const folder = folderOf({ '.env': usual })
  const { logger, lines } = keeping()
  const setup = configure({ environment: {}, directory: folder.path, logger })
  const engine = createEngine(setup.engine)
  try {
    await engine.start()
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity })
    const links = engine.health().links.map(({ id }) => id)

    for (const [name, environment, files, errors] of rejected) {
      const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}\n`)
      const written = folder.write({ '.env': variables.join(''), ...files })
      const { changes, problems } = await watching.reload()
      written.undo()

      // The same errors, of the other source.
      const expected = errors.map((error) => error.replace(/^environment: /, '.env: '))
      expect({ name, changes, problems }).toEqual({ name, changes: [], problems: expected })
    }
    expect(changesIn(lines)).toEqual([])
    expect(engine.health().links.map(({ id }) => id)).toEqual(links)
    expect(engine.frequencies.map(({ name }) => name)).toEqual(['per_second'])

    folder.write({ '.env': usual })
    expect((await watching.reload()).problems).toEqual([])
    await watching.close()
  } finally {
    await engine.close()
    folder.remove()
  }
  engine.ledger().assertBalanced()
})

it("keeps a host's own frequencies beside those that are configured", async () => {
  const folder = folderOf({ 'tickstock.config.json': first })
  const setup = configure({ environment: {}, directory: folder.path, frequencies: [limitUpLimitDown()] })
  const engine = createEngine(setup.engine)
  try {
    folder.write({ 'tickstock.config.json': { ...first, frequencies: { per_minute: { tickers: ['AAPL'] } } } })
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity })
    const { changes } = await watching.reload()
    await watching.close()

    expect(changes.map(({ path }) => path)).toContain('frequencies.per_second')
    expect(engine.frequencies.map(({ name }) => name)).toEqual(['per_minute', 'limit_up_limit_down'])
  } finally {
    await engine.close()
    folder.remove()
  }
})
