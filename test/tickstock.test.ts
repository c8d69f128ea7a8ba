/**
 * Goal: the TickStock format stands beside the vendor's on one server, delivers every event once to whoever asked for it, in one real JSON
 * object per emission, and has none of the defects 17 to 26 of the system whose format it is.
 *
 * Method: a vendor that says what the test tells it, a real engine, a publisher and clients over real sockets on loopback; the ledger is
 * the witness. Emissions are far apart where a test flushes by the close, and close together where it waits for them.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, map, mergeMap, of, type OperatorFunction } from 'rxjs'
import { WebSocket } from 'ws'

import { handleFmv, handleMinuteBar, handleTick } from '../operators/market/index.ts'
import {
  fairMarketValue,
  perMinute,
  perSecond,
  publish,
  type PublishOptions,
  simulated,
  createEngine,
  type TickstockEvent,
  type TickstockMessage,
  type Trade,
} from '../src/index.ts'
import { settingsOf } from '../src/publisher/settings.ts'
import { configure } from '../src/setup/index.ts'
import type { Frequency } from '../streams/frequency.ts'
import { imbalances } from './netOrderImbalance.ts'
import { bar, fair, stand, type Stand, trade, until } from './publisherKit.ts'
import { closing, connectTo, subscribeTo, type TestClient } from './simulatorClient.ts'

const things = closing()
afterEach(() => things.all())

const fast: Partial<PublishOptions> = { format: 'tickstock', tickstock: { everyMs: 5 } }
const rare: Partial<PublishOptions> = { format: 'tickstock', tickstock: { everyMs: 60_000 } }

const open = async (options: Partial<PublishOptions> = fast, frequencies?: readonly Frequency[]): Promise<Stand> => {
  const here = await stand(options, frequencies)
  things.add({ close: () => here.vendor.close() })
  things.add(here.engine)
  return here
}

type Lists = Record<string, { ticker: string }[] | { up: { ticker: string }[]; down: { ticker: string }[] }>

const messages = (client: TestClient): readonly TickstockMessage[] =>
  client.frames
    .filter((frame) => !frame.startsWith('{"event":"status"'))
    .map((frame) => JSON.parse(frame) as TickstockMessage)

/** `per_second.ticks AAPL` for each event of all messages so far. */
const contents = (client: TestClient): readonly string[] =>
  messages(client).flatMap(({ frequencies }) =>
    Object.entries(frequencies).flatMap(([frequency, lists]) =>
      Object.entries(lists as Lists).flatMap(([list, events]) =>
        Array.isArray(events)
          ? events.map(({ ticker }) => `${frequency}.${list} ${ticker}`)
          : Object.entries(events).flatMap(([side, those]) =>
              those.map(({ ticker }) => `${frequency}.${list}.${side} ${ticker}`),
            ),
      ),
    ),
  )

const statuses = (client: TestClient): readonly Record<string, unknown>[] =>
  client.frames.map((frame) => JSON.parse(frame)).filter(({ event }) => event === 'status')

const ask = async (client: TestClient, request: object): Promise<Record<string, unknown>> => {
  const before = statuses(client).length
  client.sendText(JSON.stringify(request))
  await client.until(() => statuses(client).length > before)
  return statuses(client)[before]!
}

const come = async ({ server }: Pick<Stand, 'server'>, request?: object): Promise<TestClient> => {
  const client = await connectTo(`${server.url}/tickstock`)
  await client.until(() => client.frames.length === 1)
  if (request !== undefined) {
    expect(await ask(client, { action: 'subscribe', ...request })).toMatchObject({ status: 'success' })
  }
  return client
}

const got = (client: TestClient, count: number) => client.until(() => contents(client).length >= count)
const rows = ({ engine }: Pick<Stand, 'engine'>, kind: string) =>
  engine.ledger().rows.filter((row) => row.kind === kind)
const finish = async ({ engine }: Stand): Promise<void> => {
  engine.ledger().assertBalanced()
  await engine.close()
  engine.ledger().assertBalanced()
}

const exact = {
  T: trade('AAPL', 7, ',"c":[12]'),
  AM: bar('MSFT'),
  FMV: fair('AAPL'),
}

describe('a message', () => {
  const empty = { highs: [], lows: [], trending: { up: [], down: [] }, surging: { up: [], down: [] } }

  it.each<[string, readonly Frequency[]]>([
    ['what comes from the wire', [perSecond(), perMinute(), fairMarketValue()]],
    [
      'what the handlers have made',
      [perSecond().pipe(handleTick()), perMinute().pipe(handleMinuteBar()), fairMarketValue().pipe(handleFmv())],
    ],
  ])('holds all three frequencies as transport objects, of %s', async (_, frequencies) => {
    const here = await open(rare, frequencies)
    const client = await come(here, { tickers: '*' })
    here.vendor.say(exact.T, exact.AM, exact.FMV)
    await until(() => here.server.health().tickstock?.held === 3)
    await here.engine.close()
    await client.until(() => messages(client).length === 1)

    const [message] = messages(client)
    expect(message).toEqual({
      event: 'stock_data',
      time: expect.closeTo(Date.now() / 1000, -2),
      frequencies: {
        per_second: {
          ...empty,
          ticks: [
            {
              ticker: 'AAPL',
              price: 100.5,
              volume: 7,
              timestamp: 1_700_000_000,
              event_id: expect.stringMatching(/^1700000000\.000000_[0-9a-f]{8}$/),
              source: 'unknown',
              event_type: 'T',
              market_status: 'AFTER',
              tick_close: 100.5,
              tick_volume: 7,
              tick_trade_size: 7,
              conditions: [12],
            },
          ],
        },
        per_minute: {
          aggregates: [
            {
              ticker: 'MSFT',
              type: 'aggregate_minute',
              price: 101,
              time: 1_700_000_060,
              event_id: expect.stringMatching(/^1700000060\.000000_[0-9a-f]{8}$/),
              direction: 'up',
              reversal: false,
              count: 0,
              count_up: 0,
              count_down: 0,
              percent_change: 1,
              vwap: 101,
              vwap_divergence: 0,
              volume: 10,
              rel_volume: 0,
              label: '',
              event_specific_data: {
                minute_open: 100,
                minute_high: 102,
                minute_low: 99,
                minute_close: 101,
                minute_volume: 10,
                minute_vwap: 101,
                accumulated_volume: 1000,
                daily_vwap: 100.5,
                daily_open: 100,
                average_trade_size: 5,
                start_timestamp: 1_700_000_000,
                end_timestamp: 1_700_000_060,
                is_otc: false,
                minute_range: 3,
                minute_price_change: 1,
                minute_price_change_pct: 1,
                vwap_deviation: 0,
                market_session: 'AFTER',
                revision: 0,
              },
            },
          ],
          ...empty,
        },
        fmv: {
          fmv_events: [
            {
              ticker: 'AAPL',
              type: 'fair_market_value',
              price: 189.22,
              time: 1_700_000_000,
              event_id: expect.stringMatching(/^1700000000\.000000_[0-9a-f]{8}$/),
              direction: '→',
              reversal: false,
              count: 0,
              count_up: 0,
              count_down: 0,
              percent_change: 0,
              vwap: null,
              vwap_divergence: 0,
              volume: 0,
              rel_volume: 0,
              label: '',
              event_specific_data: {
                fmv_price: 189.22,
                fmv_timestamp_ns: '1700000000000000123',
                fmv_vs_market_price: null,
                fmv_vs_market_pct: null,
                fmv_confidence: null,
                market_price: null,
                market_price_source: 'unknown',
                is_undervalued: null,
                is_overvalued: null,
                valuation_magnitude: null,
                precision_level: 'nanosecond',
                signal: 'UNKNOWN',
                signal_strength: null,
                is_significant_deviation: null,
                market_session: 'AFTER',
              },
            },
          ],
          valuation_alerts: [],
        },
      },
    })
    expect(rows(here, 'client').map(({ figures }) => figures)).toMatchObject([{ offered: 3, sent: 3 }])
    here.engine.ledger().assertBalanced()
  })

  it('says what a fair value is against the market, and a second bar and a quote as ticks', async () => {
    const second = perSecond({ channels: ['A', 'Q'] })
    const here = await open(fast, [second, fairMarketValue().pipe(handleFmv({ marketPrice: () => 172 }))])
    const client = await come(here, { tickers: ['AAPL'] })
    here.vendor.say(
      '{"ev":"Q","sym":"AAPL","bp":99,"ap":101,"t":1700000000004}',
      bar('AAPL').replace('"AM"', '"A"').replace('1700000060000', '1700000001000'),
      exact.FMV,
    )
    await got(client, 3)

    const ticks = messages(client).flatMap(({ frequencies }) => frequencies.per_second?.ticks ?? [])
    expect(ticks).toMatchObject([
      { event_type: 'Q', price: 100, bid: 99, ask: 101, timestamp: 1_700_000_000.004 },
      { event_type: 'A_second', price: 101, tick_open: 100, vwap: 100.5, tick_start_timestamp: 1_700_000_000 },
    ])
    const [value] = messages(client).flatMap(({ frequencies }) => frequencies.fmv?.fmv_events ?? [])
    expect(value).toMatchObject({
      direction: 'up',
      percent_change: expect.closeTo(10.01, 1),
      event_specific_data: { valuation_magnitude: 'significant_undervalued', signal: 'BUY_SIGNAL', market_price: 172 },
    })
    await finish(here)
  })

  it('puts what a host has made into the lists of its kind, or one of its own name', async () => {
    const made: OperatorFunction<Trade, { ev: string; symbol: string; price: number; atMs: number }> = mergeMap(
      ({ symbol, price, atMs, size }) => {
        const event = { symbol, price, atMs, strength: size }
        return of(
          { ev: 'high', ...event, count: 3, countUp: 2, label: 'session high' },
          { ev: 'low', ...event, percentChange: -1.5 },
          { ev: 'trend', ...event, direction: 'down' },
          { ev: 'surge', ...event, direction: '↑', relVolume: 4 },
          { ev: 'trend', ...event, percentChange: -2 },
          { ev: 'breakout', ...event },
          { ev: 'oddity', ...event, nested: { deepField: [1] } },
        )
      },
    )
    const here = await open({ ...fast, tickstock: { everyMs: 5, lists: { breakout: 'highs' } } }, [
      perSecond().pipe(made),
    ])
    const client = await come(here, { tickers: ['AAPL'], frequencies: ['per_second'] })
    here.vendor.say(trade('AAPL', 5))
    await got(client, 7)

    expect([...contents(client)].sort()).toEqual([
      'per_second.highs AAPL',
      'per_second.highs AAPL',
      'per_second.lows AAPL',
      'per_second.oddity AAPL',
      'per_second.surging.up AAPL',
      'per_second.trending.down AAPL',
      'per_second.trending.down AAPL',
    ])
    const of_ = (list: string): readonly TickstockEvent[] =>
      messages(client).flatMap(
        ({ frequencies }) => (frequencies.per_second as unknown as Record<string, TickstockEvent[]>)[list] ?? [],
      )
    expect(of_('highs')[0]).toEqual({
      ticker: 'AAPL',
      type: 'high',
      price: 100.5,
      time: 1_700_000_000,
      event_id: expect.any(String),
      direction: '→',
      reversal: false,
      count: 3,
      count_up: 2,
      count_down: 0,
      percent_change: 0,
      vwap: null,
      vwap_divergence: 0,
      volume: 0,
      rel_volume: 0,
      label: 'session high',
      event_specific_data: { at_ms: 1_700_000_000_000, strength: 5 },
    })
    expect(of_('lows')[0]).toMatchObject({ direction: 'down', percent_change: -1.5 })
    expect(of_('oddity')[0]!.event_specific_data).toMatchObject({ nested: { deepField: [1] } })
    await finish(here)
  })

  it('carries a frequency of the host’s own, each event under a name that is its own', async () => {
    const here = await open(fast, [imbalances()])
    const client = await come(here, { tickers: ['IBM'] })
    const noi = (i: number): string =>
      `{"ev":"NOI","T":"IBM","t":1601318039223013600,"at":930,"a":"M","i":${String(i)},"o":480,"p":440}`
    here.vendor.say(noi(1), noi(2))
    await got(client, 2)

    const events = messages(client).flatMap(
      ({ frequencies }) => (frequencies.imbalances as { NOI: TickstockEvent[] }).NOI,
    )
    expect(events.map(({ event_id }) => event_id)).toEqual(['1601318039.223000_00000000', '1601318039.223000_00000001'])
    expect(events[0]).toMatchObject({
      ticker: 'IBM',
      price: null,
      event_specific_data: { at_ns: '1601318039223013600', auction_type: 'M' },
    })
    await finish(here)
  })
})

describe('a subscription', () => {
  it('is by tickers and frequencies, and nobody gets more, less, or anything twice', async () => {
    const here = await open()
    const all = await come(here, { tickers: '*' })
    const one = await come(here, { tickers: ['AAPL'], frequencies: ['per_second', 'fmv'] })
    const two = await come(here, { tickers: ['MSFT', 'AAPL'], frequencies: ['fair_market_value'] })
    const bars = await come(here, { tickers: ['MSFT'], frequencies: ['per_minute'] })
    here.vendor.say(trade('AAPL', 1), trade('MSFT', 2), bar('AAPL'), bar('MSFT'), fair('AAPL'), fair('MSFT'))
    await Promise.all([got(all, 6), got(one, 2), got(two, 2), got(bars, 1)])

    expect([...contents(one)].sort()).toEqual(['fmv.fmv_events AAPL', 'per_second.ticks AAPL'])
    expect([...contents(two)].sort()).toEqual(['fmv.fmv_events AAPL', 'fmv.fmv_events MSFT'])
    expect(contents(bars)).toEqual(['per_minute.aggregates MSFT'])
    expect(new Set(contents(all)).size).toBe(6)
    // Only what was asked for stands in a message.
    expect(messages(two).map(({ frequencies }) => Object.keys(frequencies))).toEqual(messages(two).map(() => ['fmv']))
    expect(here.server.health().tickstock).toMatchObject({ clients: 4, cohorts: 4, lagging: 0, waiting: 0 })
    await finish(here)
  })

  it('takes the place of the one before, which gets its share first', async () => {
    const here = await open(rare)
    const client = await come(here, { tickers: ['AAPL'] })
    here.vendor.say(trade('AAPL', 1), trade('MSFT', 2))
    await here.reached('per_second/T', 2)
    expect(await ask(client, { action: 'subscribe', tickers: ['MSFT'], frequencies: ['per_second'] })).toEqual({
      event: 'status',
      status: 'success',
      message: 'subscribed',
      tickers: ['MSFT'],
      frequencies: ['per_second'],
    })
    // Before the answer.
    expect(contents(client)).toEqual(['per_second.ticks AAPL'])
    expect(JSON.parse(client.frames.at(-2)!)).toMatchObject({ event: 'stock_data' })

    here.vendor.say(trade('AAPL', 3), trade('MSFT', 4))
    await here.reached('per_second/T', 4)
    expect(await ask(client, { action: 'unsubscribe' })).toMatchObject({ status: 'success', message: 'unsubscribed' })
    here.vendor.say(trade('AAPL', 5), trade('MSFT', 6))
    await here.reached('per_second/T', 6)
    await finish(here)

    expect(contents(client)).toEqual(['per_second.ticks AAPL', 'per_second.ticks MSFT'])
    expect(rows(here, 'client')[0]!.figures).toMatchObject({ offered: 2, sent: 2 })
  })

  it('begins with what comes after it', async () => {
    const here = await open(rare)
    const early = await come(here, { tickers: '*' })
    here.vendor.say(trade('AAPL', 1))
    await here.reached('per_second/T', 1)
    const late = await come(here, { tickers: '*' })
    here.vendor.say(trade('AAPL', 2))
    await here.reached('per_second/T', 2)
    await finish(here)

    const sizes = (client: TestClient) =>
      messages(client).flatMap(({ frequencies }) => (frequencies.per_second?.ticks ?? []).map(({ volume }) => volume))
    expect([sizes(early), sizes(late)]).toEqual([[1, 2], [2]])
  })

  it.each<[object | string, string]>([
    [{ action: 'subscribe' }, 'tickers is "*" for all, or a list with at least one ticker, such as ["AAPL"]'],
    [
      { action: 'subscribe', tickers: [] },
      'tickers is "*" for all, or a list with at least one ticker, such as ["AAPL"]',
    ],
    [
      { action: 'subscribe', tickers: ['A,B'] },
      'tickers is "*" for all, or a list with at least one ticker, such as ["AAPL"]',
    ],
    [
      { action: 'subscribe', tickers: '*', frequencies: [] },
      'frequencies is a list with at least one of per_second, per_minute, fmv; leave it out for all',
    ],
    [
      { action: 'subscribe', tickers: '*', frequencies: ['per_hour'] },
      'unknown frequency: this server has per_second, per_minute, fmv',
    ],
    [{ action: 'subscribe', tickers: ['A', 'B', 'C', 'D'] }, 'too many tickers: at most 3; "*" for all'],
    [{ action: 'dance' }, 'unknown action: expected auth, subscribe or unsubscribe'],
    [{ action: 'auth' }, 'invalid message: token is not a text'],
    ['nonsense', 'invalid message: not JSON'],
    ['[]', 'invalid message: not an object'],
    ['x'.repeat(300), 'invalid message: longer than 200 bytes; "*" stands for all tickers'],
  ])('is refused when it is %j, and what was subscribed stays', async (request, message) => {
    const here = await open({ ...fast, messageBytesMax: 200, channelsMax: 3 })
    const client = await come(here, { tickers: ['AAPL'] })
    client.sendText(typeof request === 'string' ? request : JSON.stringify(request))
    await client.until(() => statuses(client).length === 3)
    expect(statuses(client).at(-1)).toEqual({ event: 'status', status: 'error', message })
    here.vendor.say(trade('AAPL', 1))
    await got(client, 1)
  })
})

describe('nobody pays for somebody else', () => {
  it('an event that cannot be said is one event, counted; its frequency and all others go on', async () => {
    const broken = perMinute().pipe(
      handleMinuteBar(),
      map((minute) => (minute.symbol === 'BAD' ? { ...minute, volume: NaN } : minute)),
    )
    const here = await open(fast, [perSecond(), broken])
    const client = await come(here, { tickers: '*' })
    // A trade without a price above 0 is no trade for the decoder; a time outside the calendar is none for the handler.
    here.vendor.say(
      bar('AAPL'),
      bar('BAD'),
      trade('OLD', 1).replace('1700000000000', '1'),
      trade('AAPL', 2),
      bar('MSFT'),
    )
    await got(client, 3)

    expect([...contents(client)].sort()).toEqual([
      'per_minute.aggregates AAPL',
      'per_minute.aggregates MSFT',
      'per_second.ticks AAPL',
    ])
    expect(here.server.health().refused).toBe(2)
    expect(rows(here, 'cohort').map(({ figures }) => figures)).toMatchObject([{ offered: 5, encoded: 3, refused: 2 }])
    await finish(here)
  })

  it('a client that vanishes takes nothing with it but its own', async () => {
    const here = await open({ ...fast, tickstock: { everyMs: 20 } })
    const stays = await come(here, { tickers: '*' })
    for (const n of [0, 1, 2, 3]) {
      const leaver = await come(here, { tickers: n % 2 === 0 ? '*' : ['AAPL'] })
      here.vendor.say(trade('AAPL', n), bar('AAPL', n))
      await here.reached('per_minute/AM', n + 1)
      leaver.socket.terminate()
      here.engine.ledger().assertBalanced()
    }
    await got(stays, 8)
    await until(() => here.server.clients === 1)
    expect(contents(stays)).toHaveLength(8)
    expect(here.server.health().tickstock).toMatchObject({ clients: 1, cohorts: 1 })
    await finish(here)
  })

  it('without clients nothing is made, and nobody who comes later gets a backlog', async () => {
    const here = await open(fast)
    here.vendor.say(...Array.from({ length: 50 }, (_, q) => trade('AAPL', q)))
    await here.reached('per_second/T', 50)
    const client = await come(here, { tickers: '*' })
    here.vendor.say(trade('MSFT', 99))
    await got(client, 1)

    expect(contents(client)).toEqual(['per_second.ticks MSFT'])
    expect(here.server.health().tickstock).toMatchObject({ messages: 1 })
    await finish(here)
  })
})

const wide = 'x'.repeat(2000)
const wideQuotes = perSecond().pipe(
  map((event) => ({
    ev: 'wide' as const,
    symbol: event.symbol,
    atMs: event.atMs,
    sequence: event.sequence,
    filler: wide,
  })),
)

describe('bounds', () => {
  it('a message that is full goes before its time', async () => {
    const here = await open({ format: 'tickstock', tickstock: { everyMs: 60_000, count: 10 } })
    const client = await come(here, { tickers: '*' })
    here.vendor.say(...Array.from({ length: 25 }, (_, q) => trade('AAPL', q)))
    await got(client, 20)
    expect(messages(client).map(({ frequencies }) => frequencies.per_second?.ticks.length)).toEqual([10, 10])
    expect(here.server.health().bounds.find(({ name }) => name === 'tickstock cohort')).toEqual({
      name: 'tickstock cohort',
      unit: 'events',
      limit: 10,
      now: 5,
      hits: 2,
    })
    await finish(here)
    expect(contents(client)).toHaveLength(25)
  })

  it('a message that would be too long is several, each whole', async () => {
    const here = await open({ ...rare, frameBytesMax: 4096 }, [wideQuotes])
    const client = await come(here, { tickers: '*' })
    here.vendor.say(...Array.from({ length: 20 }, (_, q) => trade('AAPL', q)))
    await here.reached('per_second/wide', 20)
    await finish(here)

    expect(messages(client)).toHaveLength(20)
    expect(Math.max(...client.frames.map(({ length }) => length))).toBeLessThanOrEqual(4096)
    expect(contents(client)).toHaveLength(20)
    expect(here.server.health().bounds.find(({ name }) => name === 'frameBytesMax')).toMatchObject({ hits: 19 })
  })

  it('a client that reads too slowly is told and cut, and only it', async () => {
    const here = await open({ ...fast, clientBytesMax: 128 * 1024, frameBytesMax: 64 * 1024 }, [wideQuotes])
    const client = await come(here, { tickers: '*' })
    const other = await come(here, { tickers: ['IBM'] })
    const ended = once(client.socket, 'close')
    here.vendor.say(...Array.from({ length: 80 }, (_, q) => trade('AAPL', q)), trade('IBM', 99))
    const [code, reason] = (await ended) as [number, Buffer]
    await got(other, 1)

    expect([code, reason.toString()]).toEqual([1008, 'too slow: more than 131072 bytes were waiting'])
    expect(statuses(client).at(-1)).toEqual({
      event: 'status',
      status: 'slow_consumer',
      message: 'too slow: more than 131072 bytes were waiting',
    })
    expect(here.server.health().cut).toBe(1)
    await finish(here)
  })

  it.each(['latest', 'wait'] as const)(
    'slowClient %s holds for this format too',
    async (slowClient) => {
      const options = { ...fast, slowClient, clientBytesMax: 128 * 1024, frameBytesMax: 32 * 1024 }
      const here = await open(options, [
        perSecond({ whenFull: slowClient === 'wait' ? 'block' : 'lose' }).pipe(
          map((event) => ({
            ev: event.sequence! % 2 === 0 ? 'even' : 'odd',
            symbol: event.symbol,
            sequence: event.sequence,
            filler: wide + wide,
          })),
        ),
      ])
      const slow = await come(here, { tickers: '*' })
      slow.socket.pause()
      const count = 3000
      for (let from = 0; from < count; from += 100) {
        here.vendor.say(...Array.from({ length: 100 }, (_, q) => trade(`S${String((from + q) % 7)}`, from + q)))
      }
      await until(() => here.server.health()[slowClient === 'wait' ? 'waitedFor' : 'lagging'] === 1, slowClient)
      here.engine.ledger().assertBalanced()
      slow.socket.resume()
      const sequences = (list: string): readonly number[] =>
        messages(slow).flatMap(({ frequencies }) =>
          ((frequencies.per_second as unknown as Record<string, TickstockEvent[]>)[list] ?? []).map(
            ({ event_specific_data }) => event_specific_data.sequence as number,
          ),
        )
      // Each of so many megabytes is looked at once.
      const missing = new Set([count - 2, count - 1])
      let looked = 0
      await slow.until((frames) => {
        for (; looked < frames.length; looked += 1)
          for (const one of missing) if (frames[looked]!.includes(`"sequence":${String(one)},`)) missing.delete(one)
        return missing.size === 0
      })
      const last = new Set([...sequences('even'), ...sequences('odd')])
      // Of each kind of each ticker the newest has come.
      expect(Array.from({ length: 14 }, (_, i) => last.has(count - 1 - i))).toEqual(Array(14).fill(true))
      await finish(here)
      const { figures } = rows(here, 'client')[0]!
      expect(figures.sent! + figures.conflated!).toBe(count)
      expect([figures.conflated! > 0, last.size === count]).toEqual([slowClient === 'latest', slowClient === 'wait'])
    },
    30_000,
  )
})

describe('the door', () => {
  it('serves the vendor’s format beside it, and another path than these not at all', async () => {
    const here = await open({ ...fast, emission: { per_second: { everyMs: 5 } } })
    const vendor = await subscribeTo(here.server.url, 'T.*')
    const client = await come(here, { tickers: '*' })
    here.vendor.say(exact.T)
    await vendor.until(() => vendor.events().length === 1)
    await got(client, 1)
    expect(vendor.frames.at(-1)).toBe(`[${exact.T}]`)

    const http = here.server.url.replace('ws', 'http')
    expect((await fetch(`${http}/tickstock/`)).status).toBe(426)
    const refused = await fetch(`${http}/other`)
    expect([refused.status, await refused.text()]).toEqual([
      404,
      'Nothing is served at this path: connect to / or /stocks, or to /tickstock.\n',
    ])
    expect(rows(here, 'reader').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['per_second/T/publisher', 'per_second/T/publisher/tickstock']),
    )
    await finish(here)
    expect(await client.closed).toBe(1001)
  })

  it('does not exist where it was not asked for', async () => {
    const here = await open({})
    const refused = new WebSocket(`${here.server.url}/tickstock`)
    const [, { statusCode }] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect([statusCode, here.server.health().tickstock]).toEqual([404, null])
  })

  it('is on a server of the host’s own, too', async () => {
    const host = createServer((_, response) => response.end('the host')).listen(0, '127.0.0.1')
    await once(host, 'listening')
    things.add({ close: () => once(host.close(), 'close') })
    const { engine, vendor } = await open({})
    const server = await publish(engine, { server: host, path: '/feed', ...fast })
    const client = await come(
      { server: { ...server, url: `ws://127.0.0.1:${String((host.address() as AddressInfo).port)}` } },
      { tickers: '*' },
    )
    vendor.say(exact.T)
    await got(client, 1)
    await server.close()
    expect(await client.closed).toBe(1001)
  })

  it('asks for a token where there are tokens, and gives what that one may have', async () => {
    const here = await open({
      ...fast,
      tokens: ['master', { token: 'narrow', channels: ['T.AAPL', 'AM.*'], name: 'desk' }],
    })
    const narrow = await come(here)
    expect(await ask(narrow, { action: 'subscribe', tickers: '*' })).toEqual({
      event: 'status',
      status: 'auth_required',
      message: 'authentication required',
    })
    expect(await ask(narrow, { action: 'auth', token: 'narrow' })).toMatchObject({ status: 'auth_success' })
    expect(await ask(narrow, { action: 'subscribe', tickers: ['IBM'], frequencies: ['per_second'] })).toMatchObject({
      status: 'error',
      message: 'not authorized',
    })
    expect(
      await ask(narrow, { action: 'subscribe', tickers: ['IBM', 'AAPL'], frequencies: ['per_second'] }),
    ).toMatchObject({
      status: 'success',
      tickers: ['AAPL'],
      notAuthorized: ['IBM'],
    })
    expect(await ask(narrow, { action: 'subscribe', tickers: '*' })).toMatchObject({ status: 'success', tickers: '*' })
    const master = await come(here)
    expect(await ask(master, { action: 'auth', params: 'master' })).toMatchObject({ status: 'auth_success' })
    expect(await ask(master, { action: 'subscribe', tickers: '*' })).toMatchObject({ status: 'success' })

    here.vendor.say(trade('AAPL', 1), trade('MSFT', 2), bar('IBM'), fair('AAPL'))
    await Promise.all([got(master, 4), got(narrow, 2)])
    expect([...contents(narrow)].sort()).toEqual(['per_minute.aggregates IBM', 'per_second.ticks AAPL'])
    expect(here.server.health().names).toEqual({ desk: 1 })

    const bad = await come(here)
    bad.sendText(JSON.stringify({ action: 'auth', token: 'a-wrong-key' }))
    expect(await bad.closed).toBe(1006)
    expect([statuses(bad).at(-1)!.status, JSON.stringify(here.engine.health()).includes('wrong')]).toEqual([
      'auth_failed',
      false,
    ])
    await finish(here)
  })

  it('closes on who has no token in time, and waits for nobody where none is asked for', async () => {
    const strict = await open({ ...fast, tokens: ['x'], authTimeoutMs: 20 })
    const late = await come(strict)
    expect(await late.closed).toBe(1008)
    expect(statuses(late).at(-1)).toMatchObject({ status: 'auth_timeout' })

    const free = await open({ ...fast, authTimeoutMs: 1 })
    const client = await come(free)
    expect(await ask(client, { action: 'subscribe', tickers: '*' })).toMatchObject({ status: 'success' })
    expect(free.server.health().bounds.find(({ name }) => name === 'authTimeoutMs')).toMatchObject({ hits: 0, now: 0 })
  })

  it('turns away who is one too many, in its own words', async () => {
    const here = await open({ ...fast, clientsMax: 1 })
    await come(here)
    const second = await connectTo(`${here.server.url}/tickstock`)
    expect(await second.closed).toBe(1008)
    expect(statuses(second)).toEqual([
      { event: 'status', status: 'max_connections', message: 'Maximum number of websocket connections exceeded.' },
    ])
  })

  it.each<[Partial<PublishOptions>, string]>([
    [{ format: 'json' as 'vendor' }, 'publish: format is "json"; expected vendor or tickstock'],
    [{ tickstock: {} }, 'publish: tickstock is "given"; expected format: \'tickstock\' beside it'],
    [
      { format: 'tickstock', tickstock: { everyMs: -1 } },
      'publish: tickstock.everyMs is -1; expected milliseconds from 0 to 2147483647',
    ],
    [
      { format: 'tickstock', tickstock: { count: 0 } },
      'publish: tickstock.count is 0; expected a whole number of events, 1 or more',
    ],
    [
      { format: 'tickstock', tickstock: { lists: { a: '' } } },
      'publish: tickstock.lists.a is ""; expected the name of a list',
    ],
  ])('refuses the options %j', (options, message) => {
    expect(() => settingsOf({ port: 0, ...options }, ['per_second'])).toThrow(new RangeError(message))
  })
})

it('is a matter of configuration, where the interval of emissions holds for it, too', () => {
  const files = {
    environment: { EMISSION_INTERVAL: '2.5', ACTIVE_DATA_PROVIDERS: 'simulated' },
    files: [],
    code: { publisher: { format: 'tickstock' } },
  } as const
  expect(configure(files).publisher).toMatchObject({ format: 'tickstock', tickstock: { everyMs: 2500 } })
  expect(configure({ ...files, code: {} }).publisher).not.toHaveProperty('tickstock')
})

it('carries the simulated market, whole', async () => {
  const provider = simulated({ seed: 7, tickers: 10, rate: 2000, oddities: 'none' })
  const engine = things.add(
    createEngine({
      provider,
      frequencies: [
        perSecond().pipe(
          handleTick(),
          filter(({ price }) => price > 0),
        ),
        fairMarketValue(),
      ],
    }),
  )
  await engine.start()
  const server = await publish(engine, { port: 0, ...fast })
  const client = await come({ server }, { tickers: '*' })
  await got(client, 1500)
  engine.ledger().assertBalanced()
  await engine.close()
  expect(await client.closed).toBe(1001)
  engine.ledger().assertBalanced()

  const { figures } = rows({ engine }, 'client')[0]!
  expect(figures).toMatchObject({
    offered: contents(client).length,
    sent: contents(client).length,
    dropped: 0,
    abandoned: 0,
  })
  const ids = messages(client).flatMap(({ frequencies }) =>
    (frequencies.per_second?.ticks ?? []).map(({ event_id }) => event_id),
  )
  expect(new Set(ids).size).toBe(ids.length)
})
