import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { filter, firstValueFrom, map } from 'rxjs'

import { wsSocket } from '../../streams/link/wsSocket.ts'
import type { Provider } from '../../streams/provider.ts'
import { createEngine } from '../../src/engine.ts'
import { polygon, type PolygonOptions, providers } from '../../src/providers/index.ts'
import {
  type Configuration,
  configure,
  ConfigurationError,
  type ConfigureOptions,
  examined,
  type Makers,
  type Setup,
  watchConfiguration,
} from '../../src/setup/index.ts'
import { simulate, type Simulator } from '../../src/simulator/index.ts'
import { folderOf } from './folder.ts'

// Goal: whatever `check` accepts starts, and every frequency that is enabled reaches its verdict: live where the plan has a socket for it.
// Method: generated configurations, read and examined as `check` does, then run by a real engine. The vendor's hosts are those of a
// simulator on loopback, which takes every key; so only the plan decides.

jest.setTimeout(120_000)

let vendor: Simulator
beforeAll(async () => {
  vendor = await simulate({
    hosts: ['socket', 'delayed', 'business', 'delayed-business'],
    connections: 1000,
    rate: 200,
    tickers: 5,
  })
})
afterAll(() => vendor.close())

/** One for all: providers that open sockets in the same way are of a kind, as polygon's are. */
const openSocket: Provider['openSocket'] = (url, socketOptions) => {
  const stem = /^wss:\/\/([a-z-]+)\./.exec(url)?.[1] ?? 'socket'
  const hosts: Readonly<Record<string, string>> = vendor.urls
  return wsSocket(`${hosts[stem] ?? vendor.url}/stocks`, socketOptions)
}

/** Polygon, with the simulator at the other end of its addresses. */
const onLoopback = (options: PolygonOptions): Provider => ({ ...polygon(options), openSocket })

const makers: Makers = {
  names: providers.names,
  aliases: providers.aliases,
  make: (name, options) => (name === 'polygon' ? onLoopback(options) : providers.make('simulated', options)),
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] })

const provider = fc.constantFrom('polygon', 'simulated', 'synthetic')
const frequency = (channels: readonly string[], hosts: readonly string[]) =>
  record({
    enabled: fc.constantFrom(true, true, false),
    tickers: fc.oneof(fc.constant('*' as const), fc.subarray(['AAPL', 'MSFT', 'NVDA', 'BRK.B'], { minLength: 1 })),
    channels: fc.subarray([...channels], { minLength: 1 }),
    provider,
    host: fc.constantFrom(...hosts),
    key: fc.constantFrom('a-key-of-its-own', 'another-one'),
    account: fc.constant('second'),
    priority: fc.integer({ min: 1, max: 5 }),
    limit: fc.integer({ min: 1, max: 2000 }),
    maxTickers: fc.constantFrom(2, 1000),
    fallbackProvider: fc.oneof(provider, fc.constant(null)),
    emission: record({ everyMs: fc.integer({ min: 0, max: 2000 }), count: fc.integer({ min: 1, max: 2000 }) }),
  })

const configuration = record({
  mode: fc.constantFrom('production', 'test', 'hybrid'),
  preset: fc.constantFrom('development', 'minimal', 'market_simulation'),
  multiFrequency: fc.constantFrom(true, true, false),
  activeProviders: fc.subarray(['polygon', 'simulated'], { minLength: 1 }),
  providers: record({
    polygon: record({
      apiKey: fc.constant('individual-key'),
      businessApiKey: fc.constant('business-key'),
      delayed: fc.boolean(),
      connectionsMax: fc.constantFrom(1, 2, 5),
    }),
    simulated: record({
      seed: fc.integer({ min: 0, max: 9 }),
      tickers: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(['AAPL'])),
      rate: fc.constantFrom(1, 100),
      secondsPerTrade: fc.constantFrom(0.5, 5),
      activity: fc.constantFrom('low', 'high'),
      hours: fc.constantFrom('always', 'calendar'),
    }),
  }),
  frequencies: fc.record(
    {
      per_second: frequency(['T', 'A', 'Q'], ['delayed', 'delayed-business', 'socket']),
      per_minute: frequency(['AM'], ['business', 'socket']),
      fmv: frequency(['FMV'], ['business', 'socket']),
    },
    { requiredKeys: [] },
  ),
  tickerConflicts: fc.constantFrom('allow', 'priority'),
  links: fc.constantFrom('shared', 'dedicated'),
  link: record({
    connectTimeoutMs: fc.constantFrom(10_000, 20_000),
    channelsPerMessage: fc.integer({ min: 1, max: 50 }),
    pingMs: fc.constantFrom(5_000, 30_000, 90_000),
    muteMs: fc.constantFrom(20_000, 60_000),
    lingerMs: fc.constantFrom(0, 100),
    retry: record({
      initialMs: fc.constantFrom(100, 5_000),
      capMs: fc.constantFrom(1_000, 60_000),
      retriesMax: fc.constantFrom(0, 5),
    }),
  }),
})

/** What is refused is refused before anything is opened, and says why; anything else that is thrown is a fault. */
const setupOf = (options: ConfigureOptions): Setup | undefined => {
  try {
    return configure(options)
  } catch (error) {
    if (error instanceof ConfigurationError && error.problems.length > 0) return undefined
    throw error
  }
}

it('starts whatever check accepts, and gives every enabled frequency its verdict', async () => {
  const counts = { accepted: 0, refused: 0, live: 0, halted: 0, evicted: 0 }

  await fc.assert(
    fc.asyncProperty(configuration, maybe(fc.constant('true')), async (code, multi) => {
      const environment = { ENABLE_MULTI_FREQUENCY: multi }
      const options = { code: code as Configuration, environment, files: [], directory: '/nowhere', providers: makers }
      const setup = setupOf(options)
      const { outlook } = setup === undefined ? {} : await examined(setup.reading, makers)
      if (setup === undefined || outlook === undefined) {
        counts.refused += 1
        return
      }
      counts.accepted += 1

      const engine = createEngine(setup.engine)
      try {
        const verdicts = await engine.start()
        const unplaced = outlook.unplaced.map(({ frequency }) => frequency)
        for (const { name, off } of outlook.streams) {
          const word = verdicts[name]?.word
          const expected = off !== null ? 'halted' : unplaced.includes(name) ? 'evicted' : 'live'
          counts[expected] += 1
          expect([name, word === 'quiet' ? 'live' : word]).toEqual([name, expected])
        }
        expect(Object.keys(verdicts).sort()).toEqual(outlook.streams.map(({ name }) => name).sort())
      } finally {
        await engine.close({ drainMs: 1000 })
      }
      engine.ledger().assertBalanced()
    }),
    { numRuns: 60, endOnFailure: false },
  )

  // What is generated is worth it.
  expect(counts.accepted).toBeGreaterThan(10)
  expect(counts.live).toBeGreaterThan(10)
})

it('shows fair market value without a Business key as off, runs the others, and has it when .env gets the key', async () => {
  const folder = folderOf({ '.env': 'POLYGON_API_KEY=individual-key\n' })
  const environment = {
    ENABLE_MULTI_FREQUENCY: 'true',
    WEBSOCKET_PER_MINUTE_ENABLED: 'true',
    WEBSOCKET_FAIR_VALUE_ENABLED: 'true',
  }
  const setup = configure({ environment, directory: folder.path, providers: makers })
  const engine = createEngine(setup.engine)
  try {
    const before = await engine.start()
    expect(Object.entries(before).map(([name, { word }]) => [name, word])).toEqual([
      ['per_second', 'live'],
      ['per_minute', 'live'],
      ['fair_market_value', 'halted'],
    ])
    expect(before.fair_market_value?.reason).toContain('it needs a Business key: set POLYGON_BUSINESS_API_KEY')
    expect(engine.health().frequencies.find(({ name }) => name === 'fair_market_value')?.state.word).toBe('halted')

    writeFileSync(join(folder.path, '.env'), 'POLYGON_API_KEY=individual-key\nPOLYGON_BUSINESS_API_KEY=business-key\n')
    const watching = watchConfiguration(setup, engine, { everyMs: Infinity })
    const { problems, changes } = await watching.reload()
    await watching.close()

    expect(problems).toEqual([])
    expect(JSON.stringify(changes)).not.toContain('business-key')
    const word$ = engine.frequency('fair_market_value').state$.pipe(map(({ word }) => word))
    await firstValueFrom(word$.pipe(filter((word) => word === 'live')))
    expect(
      engine
        .health()
        .frequencies.map(({ gaps }) => gaps)
        .slice(0, 2),
    ).toEqual([0, 0])
  } finally {
    await engine.close({ drainMs: 1000 })
    folder.remove()
  }
  engine.ledger().assertBalanced()
})
