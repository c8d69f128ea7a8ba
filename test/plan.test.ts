/**
 * Goal: the plan over real sockets. An account that may hold fewer connections than was thought is found out by the vendor's own word:
 * dedicated links come to share one, what cannot share goes without and says so. A key is changed while the others run.
 *
 * Method: the simulator with accounts that allow one connection, behind `polygon` with addresses of its own. Every wait is for a state,
 * bounded by the test's own limit; each test closes what it opens.
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, firstValueFrom, map, timeout, timer } from 'rxjs'

import {
  createEngine,
  type Engine,
  fairMarketValue,
  type Gap,
  type Logger,
  perMinute,
  perSecond,
  polygon,
} from '../src/index.ts'
import { simulate, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'

const quick = {
  settleMs: 50,
  closeWaitMs: 500,
  retry: { initialMs: 20, capMs: 60 },
  eviction: { coolDownMs: 300, capMs: 300 },
} as const
const limitMs = 10_000

const warnings: string[] = []
const logger: Logger = {
  child: () => logger,
  debug: () => undefined,
  info: () => undefined,
  warn: (_fields: object, message: string) => {
    warnings.push(message)
  },
  error: () => undefined,
}

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  warnings.length = 0
})

const simulator = async (options: SimulateOptions): Promise<Simulator> => {
  const one = await simulate({ tickers: 10, rate: 500, seed: 7, ...options })
  open.push(one)
  return one
}
const start = <E extends Engine>(engine: E): E => {
  open.unshift({ close: () => engine.close({ drainMs: 200 }) })
  void engine.start()
  return engine
}

/** When every frequency has that word, or one of some. */
const until = (engine: Engine, words: Readonly<Record<string, readonly string[]>>, isSo = () => true) =>
  firstValueFrom(
    timer(0, 10).pipe(
      map(() => engine.health()),
      filter(
        ({ frequencies }) =>
          isSo() && frequencies.every(({ name, state }) => words[name]?.includes(state.word) ?? true),
      ),
      timeout(limitMs),
    ),
  )
const well = ['live', 'quiet']

describe('an account that allows one connection', () => {
  it('is told by its first max_connections: dedicated links come to share one, and nobody goes without', async () => {
    const vendor = await simulator({ connections: 1, evict: 'older' })
    const url = `${vendor.url}/stocks`
    const engine = start(
      createEngine({
        provider: polygon({ apiKey: 'one-key', connectionsMax: 3 }),
        links: 'dedicated',
        frequencies: [perSecond({ url }), perMinute({ url }), fairMarketValue({ url })],
        link: quick,
        logger,
      }),
    )

    const all = { per_second: well, per_minute: well, fair_market_value: well }
    const { links } = await until(engine, all, () => engine.health().links.length === 1)

    expect(links.map(({ frequencies }) => frequencies)).toStrictEqual([
      ['per_second', 'per_minute', 'fair_market_value'],
    ])
    expect(vendor.connections()).toHaveLength(1)
    expect(vendor.connections()[0]?.subscriptions).toHaveLength(3)
    expect(warnings.filter((message) => message.includes('may not hold both links'))).toHaveLength(2)
    engine.ledger().assertBalanced()
  }, 20_000)

  it('lets the least important go without where addresses differ, says so once, and leaves the other alone', async () => {
    const vendor = await simulator({
      hosts: ['socket', 'business'],
      accounts: [{ keys: ['one-key', 'other-key'], connections: 1 }],
    })
    const engine = start(
      createEngine({
        provider: polygon({ apiKey: 'one-key', businessApiKey: 'other-key' }),
        frequencies: [
          perSecond({ url: `${String(vendor.urls.socket)}/stocks` }),
          fairMarketValue({ url: `${String(vendor.urls.business)}/stocks`, key: 'other-key' }),
        ],
        link: quick,
        logger,
      }),
    )

    const { frequencies } = await until(
      engine,
      { per_second: well, fair_market_value: ['evicted'] },
      () => engine.health().links.length === 1,
    )

    const [, value] = frequencies
    expect(value?.state.link).toMatchObject({ kind: 'evicted', untilMs: null, cause: { _tag: 'noBudget' } })
    expect(value?.state.reason).toContain('the account default may hold 1 connection')
    expect(vendor.connections()).toHaveLength(1)
    expect(warnings.filter((message) => message.includes('more important frequencies'))).toHaveLength(1)
    engine.ledger().assertBalanced()
  }, 20_000)
})

describe('a change while it runs', () => {
  it('of the key closes the old socket first, so that an account of one connection is not exceeded', async () => {
    const vendor = await simulator({ accounts: [{ keys: ['old-key', 'new-key'], connections: 1 }] })
    const url = `${vendor.url}/stocks`
    const engine = start(
      createEngine({
        provider: polygon({ apiKey: 'old-key' }),
        frequencies: [perSecond({ url, limit: 100_000 })],
        link: quick,
        logger,
      }),
    )
    const seconds = engine.frequency('per_second')
    const causes: string[] = []
    const gaps: Gap[] = []
    seconds.gap$.subscribe((gap) => gaps.push(gap))
    engine.state$.subscribe(({ per_second: { link } = {} as never }) => {
      if ('cause' in link) causes.push(link.cause._tag)
    })
    await until(engine, { per_second: ['live'] })
    const reader = seconds.lane('T').reader('all')
    await firstValueFrom(seconds.batch$)

    seconds.change({ key: 'new-key' })
    await until(engine, { per_second: ['live'] }, () => gaps.some(({ toMs }) => toMs !== undefined))
    await firstValueFrom(seconds.batch$)

    expect(causes).toStrictEqual([])
    expect(gaps.map(({ cause }) => cause._tag)).toStrictEqual(['moved', 'moved'])
    expect(engine.health().links).toHaveLength(1)
    const before = reader.pull()
    expect(before.to - 1).toBe(gaps[1]?.positions[0]?.afterOffset)
    expect(reader.pull().gapBefore?.id).toBe(gaps[0]?.id)
    engine.ledger().assertBalanced()
  }, 20_000)

  it('from a refused key to a good one brings a halted frequency to life, and the other has lost nothing', async () => {
    const vendor = await simulator({ accounts: [{ keys: ['good-key'], connections: 2 }] })
    const url = `${vendor.url}/stocks`
    const engine = start(
      createEngine({
        provider: polygon({ apiKey: 'good-key', connectionsMax: 2 }),
        frequencies: [perSecond({ url }), perMinute({ url, key: 'bad-key' })],
        link: quick,
      }),
    )
    await until(engine, { per_second: ['live'], per_minute: ['halted'] })

    engine.frequency('per_minute').change({ key: 'good-key' })
    await until(engine, { per_second: ['live'], per_minute: well })

    expect(vendor.connections()).toHaveLength(1)
    expect(engine.health().frequencies.map(({ name, gaps }) => [name, gaps])).toStrictEqual([
      ['per_second', 0],
      ['per_minute', 0],
    ])
    engine.ledger().assertBalanced()
  }, 20_000)
})
