import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

import { publish } from '../src/publisher/index.ts'
import { originCheck } from '../src/publisher/origins.ts'
import { rightsOf } from '../src/publisher/rights.ts'
import { settingsOf } from '../src/publisher/settings.ts'
import { perSecond } from '../streams/frequencies/index.ts'
import { fair, stand, type Stand, trade, until } from './publisherKit.ts'
import { closing, connectTo, subscribeTo } from './simulatorClient.ts'

// Goal: who may come in, what each may have, what it gets first, and how it is sent are what the options say.
// Method: a scripted vendor, a real engine and clients over real sockets on loopback; what depends on nothing else in tables.

const things = closing()
afterEach(() => things.all())

const open = async (...args: Parameters<typeof stand>): Promise<Stand> => {
  const here = await stand(...args)
  things.add({ close: () => here.vendor.close() })
  things.add(here.engine)
  return here
}

const fast = { emission: { per_second: { everyMs: 5 }, per_minute: { everyMs: 5 }, fair_market_value: { everyMs: 5 } } }
const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)
const logOf = () => {
  const lines: string[] = []
  const log = (...line: unknown[]): void => void lines.push(JSON.stringify(line))
  const logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  return { lines, logger }
}

describe('tokens', () => {
  it.each([
    [['T.*'], ['T.AAPL', 'T.*'], ['AM.AAPL', 'AM.*']],
    [
      ['T.AAPL', 'AM.*'],
      ['T.AAPL', 'AM.*', 'AM.X'],
      ['T.*', 'T.MSFT', 'T.AAPL.X'],
    ],
    [['*.BRK.B'], ['T.BRK.B', 'AM.BRK.B'], ['T.BRK', 'T.*']],
    [['*.*'], ['T.*', 'FMV.A'], []],
    [undefined, ['T.*', 'FMV.A'], []],
  ])('with %j allow %j and not %j', (channels, allowed, refused) => {
    const { allows } = rightsOf({ channels })
    const answers = (pairs: readonly string[]): readonly boolean[] =>
      pairs.map((pair) => allows(pair.slice(0, pair.indexOf('.')), pair.slice(pair.indexOf('.') + 1)))
    expect(answers(allowed)).toEqual(allowed.map(() => true))
    expect(answers(refused)).toEqual(refused.map(() => false))
  })

  it('give each client its channels and no others, and say neither which nor whose', async () => {
    const { lines, logger } = logOf()
    const tokens = ['pk_master', { token: 'pk_desk', name: 'desk', channels: ['T.AAPL', 'FMV.*'] }]
    const here = await open({ ...fast, tokens, logger })
    const desk = await connectTo(here.server.url)
    desk.send('auth', 'pk_desk')
    desk.send('subscribe', 'T.*,T.AAPL,AM.AAPL,FMV.*,ZZ.A')
    await desk.until(() => desk.statuses().length === 7)
    const master = await subscribeTo(here.server.url, 'T.*', 'pk_master')
    here.vendor.say(trade('MSFT', 1), trade('AAPL', 2), fair('MSFT'))
    await desk.until(() => desk.events().length === 2)
    await master.until(() => master.events().length === 2)

    expect(desk.statuses().slice(2)).toEqual([
      'error: not authorized',
      'success: subscribed to: T.AAPL',
      'error: not authorized',
      'success: subscribed to: FMV.*',
      'error: not authorized',
    ])
    expect(here.server.health().names).toEqual({ desk: 1 })
    expect(lines.join()).toContain('"name":"desk"')
    expect([...lines, ...desk.frames, JSON.stringify(here.engine.health())].join()).not.toContain('pk_')
    here.engine.ledger().assertBalanced()
  })

  it.each([
    [[{ token: '' }], 'tokens has one that is no text or empty'],
    [['pk_a', { token: 'pk_a' }], 'tokens has the same one twice'],
    [[{ token: 'pk_a', channels: ['T'] }], 'tokens[0].channels is "T"; expected an event type, a dot and a ticker'],
    [[{ token: 'pk_a', channels: [] }], 'tokens[0].channels is a list; expected a list of at least one pattern'],
  ])('such as %j are refused without being said', (tokens, message) => {
    const settle = (): unknown => settingsOf({ port: 0, tokens }, ['per_second'])
    expect(settle).toThrow(RangeError)
    expect(settle).toThrow(`publish: ${message}`)
    expect(settle).not.toThrow('pk_')
  })
})

type OriginCase = readonly [
  origin: string | undefined,
  host: string,
  listed: readonly string[] | undefined,
  ownHost: string,
  isWelcome: boolean,
  what: string,
]

describe('origins', () => {
  it.each<OriginCase>([
    [undefined, '127.0.0.1:8787', undefined, '127.0.0.1', true, 'a program'],
    ['http://localhost:3000', '127.0.0.1:8787', undefined, '127.0.0.1', true, 'a page from this machine'],
    ['http://[::1]:3000', '10.0.0.5:8787', undefined, '0.0.0.0', true, 'a page from this machine'],
    ['https://evil.example', '127.0.0.1:8787', undefined, '127.0.0.1', false, 'a page on the web'],
    ['http://evil.example:8787', 'evil.example:8787', undefined, '127.0.0.1', false, 'a name pointed at us'],
    ['http://localhost.evil.example', '127.0.0.1:8787', undefined, '127.0.0.1', false, 'a name that begins well'],
    ['http://127.0.0.1.evil.example', '127.0.0.1:8787', undefined, '127.0.0.1', false, 'a name that begins well'],
    ['http://10.0.0.5', '10.0.0.5:8787', undefined, '0.0.0.0', true, 'the same host by address'],
    ['http://10.0.0.6', '10.0.0.5:8787', undefined, '0.0.0.0', false, 'another host by address'],
    ['https://feed.example', 'feed.example:8787', undefined, 'feed.example', true, 'the name we were given'],
    ['null', '127.0.0.1:8787', undefined, '127.0.0.1', false, 'a file, or a sandbox'],
    ['null', '127.0.0.1:8787', ['null'], '127.0.0.1', true, 'a file, listed'],
    ['https://Desk.example', 'x', ['https://desk.example'], '0.0.0.0', true, 'a page that is listed'],
    ['http://desk.example', 'x', ['https://desk.example'], '0.0.0.0', false, 'another scheme than listed'],
    ['https://evil.example', 'x', ['*'], '0.0.0.0', true, 'anybody, with *'],
    ['nonsense', 'nonsense', undefined, '127.0.0.1', false, 'no origin at all'],
  ])('%s to %s, listed %j, listening on %s: %s (%s)', (origin, host, listed, ownHost, expected) => {
    expect(originCheck(listed, ownHost)(origin, host)).toBe(expected)
  })

  it('that may not connect are refused by 403 and a sentence, counted, and said once', async () => {
    const { lines, logger } = logOf()
    const here = await open({ logger, origins: ['https://desk.example'] })
    for (const path of ['/', '/stocks']) {
      const stranger = new WebSocket(here.server.url + path, { origin: 'https://evil.example' })
      const [, response] = (await once(stranger, 'unexpected-response')) as [
        unknown,
        NodeJS.ReadableStream & { statusCode: number },
      ]
      const [body] = (await once(response, 'data')) as [Buffer]
      expect([response.statusCode, body.toString()]).toEqual([403, expect.stringContaining('may not connect')])
    }
    for (const origin of ['https://desk.example', 'http://localhost:5173']) {
      const page = await connectTo(here.server.url, { origin })
      expect(page.socket.readyState).toBe(WebSocket.OPEN)
    }
    expect(here.server.health()).toMatchObject({ strangers: 2, clients: 2 })
    expect(lines.filter((line) => line.includes('evil.example'))).toHaveLength(2)
    expect(() => settingsOf({ port: 0, origins: ['desk.example'] }, [])).toThrow(
      'publish: origins is "desk.example"; expected',
    )
  })
})

describe('a snapshot', () => {
  const wanted = { ...fast, snapshot: true }
  const pairs = (events: readonly Record<string, unknown>[]) =>
    events.map(({ sym, q }) => `${String(sym)} ${String(q)}`)

  it('comes after the acknowledgement and before later events, for what was not on the list before', async () => {
    const here = await open(wanted)
    here.vendor.say(trade('AAPL', 1), trade('MSFT', 2), trade('AAPL', 3))
    await here.reached('per_second/T', 3)
    const client = await subscribeTo(here.server.url, 'T.AAPL,T.NONE')
    here.vendor.say(trade('AAPL', 4), trade('MSFT', 5))
    await client.until(() => client.events().length === 2)
    client.send('subscribe', 'T.*')
    await client.until(() => client.events().length === 3)
    here.vendor.say(trade('AAPL', 6))
    await client.until(() => client.events().length === 4)
    client.send('subscribe', 'T.MSFT')
    await client.until(() => client.statuses().length === 6)
    here.vendor.say(trade('MSFT', 7))
    await client.until(() => client.events().length === 5)

    expect(pairs(client.events())).toEqual(['AAPL 3', 'AAPL 4', 'MSFT 5', 'AAPL 6', 'MSFT 7'])
    expect(client.frames[2]).toContain('subscribed to: T.AAPL')
    expect(client.frames[3]).toContain('"q":3')
    await here.engine.close()
    here.engine.ledger().assertBalanced()
    const row = here.engine.ledger().rows.find(({ kind }) => kind === 'client')!
    expect(row.figures).toMatchObject({ offered: 5, sent: 5 })
  })

  it('knows what the lane still held when the publisher was opened, and no more symbols than it may', async () => {
    const here = await open({})
    here.vendor.say(...numbers(0, 10).map((n) => trade(`S${String(n)}`, n)))
    await here.reached('per_second/T', 10)
    const server = things.add(await publish(here.engine, { port: 0, ...wanted, snapshotSymbolsMax: 6 }))
    const client = await subscribeTo(server.url, 'T.*')
    await client.until(() => client.events().length === 6)
    expect(pairs(client.events())).toEqual(numbers(0, 6).map((n) => `S${String(n)} ${String(n)}`))
    expect(server.health().bounds.find(({ name }) => name === 'per_second/T snapshotSymbolsMax')).toEqual({
      name: 'per_second/T snapshotSymbolsMax',
      unit: 'symbols',
      limit: 6,
      now: 6,
      hits: 4,
    })
  })
})

describe('compression', () => {
  const smaller = { ...fast, compress: true }
  const pad = ',"c":[12,37]'

  it('is agreed on with those who offer it, once per frame, and everybody gets the same text', async () => {
    const here = await open({ ...smaller, emission: { per_second: { everyMs: 60_000, count: 200 } } })
    const clients = await Promise.all(numbers(0, 5).map(() => subscribeTo(here.server.url, 'T.*')))
    const plain = await connectTo(here.server.url, { perMessageDeflate: false })
    const narrow = await connectTo(here.server.url, { perMessageDeflate: { serverMaxWindowBits: 9 } })
    const twelve = await connectTo(here.server.url, { perMessageDeflate: { serverMaxWindowBits: 12 } })
    for (const client of [plain, narrow, twelve]) {
      client.send('auth', 'x')
      client.send('subscribe', 'T.*')
      await client.until(() => client.statuses().length === 3)
    }
    const elements = numbers(0, 400).map((q) => trade('AAPL', q, pad))
    here.vendor.say(...elements.slice(0, 200))
    here.vendor.say(...elements.slice(200))
    for (const client of [...clients, plain, narrow, twelve]) {
      await client.until(() => client.events().length === 400)
      const frames = client.frames.filter((frame) => !frame.includes('"status"'))
      expect(frames.map((frame) => frame.slice(1, -1)).join(',')).toBe(elements.join(','))
    }
    expect([plain, narrow, twelve].map(({ socket }) => socket.extensions)).toEqual(['', '', 'permessage-deflate'])
    const { compression, sent } = here.server.health()
    expect(compression).toMatchObject({ frames: 2 })
    expect(compression!.bytesOut * 3).toBeLessThan(compression!.bytesIn)
    expect(sent.bytes).toBeLessThan(2.6 * compression!.bytesIn + 8000)
    await here.engine.close()
    here.engine.ledger().assertBalanced()
  })

  it('takes compressed messages of clients too, and no more of them than their bound', async () => {
    const here = await open({ ...smaller, messageBytesMax: 2000 })
    const client = await connectTo(here.server.url, { perMessageDeflate: { threshold: 0 } })
    client.send('auth', 'x')
    client.send(
      'subscribe',
      numbers(0, 100)
        .map((n) => `T.S${String(n)}`)
        .join(','),
    )
    await client.until(() => client.statuses().length === 102)
    client.sendText('x'.repeat(100_000))
    expect(await client.closed).toBe(1009)
  })
})

describe('health', () => {
  it('has every bound by name with its limit, its value and how often it took effect', async () => {
    const here = await open({ ...fast, clientsMax: 2, channelsMax: 2, messageBytesMax: 100, authTimeoutMs: 50 })
    const client = await subscribeTo(here.server.url, 'T.A,T.B')
    client.send('subscribe', 'T.C')
    client.sendText('x'.repeat(200))
    await client.until(() => client.statuses().length === 6)
    const late = await connectTo(here.server.url)
    const more = await connectTo(here.server.url)
    await Promise.all([late.closed, more.closed])
    await until(() => here.server.clients === 1)

    const bounds = new Map(here.server.health().bounds.map(({ name, limit, now, hits }) => [name, [limit, now, hits]]))
    expect(Object.fromEntries(bounds)).toEqual({
      clientsMax: [2, 1, 1],
      connectionsMax: [66, 1, 0],
      clientBytesMax: [16 * 1024 * 1024, 0, 0],
      socketBytesMax: [(256 + 512) * 1024, 0, 0],
      channelsMax: [2, 2, 1],
      messageBytesMax: [100, 200, 1],
      frameBytesMax: [512 * 1024, 0, 0],
      answersMax: [1000, 0, 0],
      authTimeoutMs: [50, 0, 1],
      missedPings: [2, 0, 0],
      'per_second/T cohort': [500, 0, 0],
      'per_minute/AM cohort': [500, 0, 0],
      'fair_market_value/FMV cohort': [500, 0, 0],
    })
  })

  it('counts connections that are not taken at all', async () => {
    const here = await open({ clientsMax: 1 })
    const sockets = numbers(0, 70).map(() => connect(here.server.port, '127.0.0.1').on('error', () => {}))
    const hits = () => here.server.health().bounds.find(({ name }) => name === 'connectionsMax')!.hits
    await until(() => hits() > 4)
    expect(hits()).toBe(5)
    for (const socket of sockets) socket.destroy()
  })
})

it('a connection that breaks in the middle of a send costs nobody else anything', async () => {
  const here = await open(fast)
  const stays = await subscribeTo(here.server.url, 'T.*')
  const breaks = await subscribeTo(here.server.url, 'T.*')
  const wide = ',"pad":"' + 'x'.repeat(50_000) + '"'
  breaks.socket.pause()
  for (const round of numbers(0, 20)) {
    here.vendor.say(...numbers(round * 10, round * 10 + 10).map((q) => trade('A', q, wide)))
    if (round === 15) breaks.socket.terminate()
    await here.reached('per_second/T', round * 10 + 10)
  }
  await stays.until(() => stays.events().length === 200)
  await until(() => here.server.clients === 1)
  expect(stays.events().map(({ q }) => q)).toEqual(numbers(0, 200))
  const gone = here.engine.ledger().rows.find(({ kind, name }) => kind === 'client' && name === '(closed)')!
  expect(gone.figures.abandoned).toBeGreaterThan(0)
  here.engine.ledger().assertBalanced()
})

describe('a client that reads too slowly', () => {
  const wide = ',"pad":"' + 'x'.repeat(10_000) + '"'
  const sequenceOf = (events: readonly Record<string, unknown>[]): readonly number[] =>
    events.map(({ q }) => q as number)
  const small = { ...fast, clientBytesMax: 1024 * 1024 }
  const rowOf = ({ engine }: Stand, nth: number) =>
    engine.ledger().rows.filter(({ kind }) => kind === 'client')[nth]!.figures

  it('with latest: gets the latest per symbol until it has caught up, and then everything again', async () => {
    const here = await open({ ...small, slowClient: 'latest' })
    const slow = await subscribeTo(here.server.url, 'T.*')
    const quick = await subscribeTo(here.server.url, 'T.*')
    slow.socket.pause()
    const symbols = ['A', 'B', 'C', 'D', 'E']
    for (const round of numbers(0, 60)) {
      const end = round * 50 + 50
      here.vendor.say(...numbers(round * 50, end).map((q) => trade(symbols[q % 5]!, q, wide)))
      await quick.until((frames) => frames.at(-1)!.includes(`"q":${String(end - 1)},`))
      here.engine.ledger().assertBalanced()
    }
    expect(here.server.health()).toMatchObject({ clients: 2, lagging: 1, cut: 0 })
    expect(rowOf(here, 0).conflated).toBeGreaterThan(0)
    expect(here.server.health().bounds.find(({ name }) => name === 'clientBytesMax')!.hits).toBe(1)

    slow.socket.resume()
    await until(() => here.server.health().lagging === 0)
    here.vendor.say(...numbers(3000, 3010).map((q) => trade('A', q)))
    await slow.until((frames) => frames.at(-1)!.includes('"q":3009,'))
    await quick.until((frames) => frames.at(-1)!.includes('"q":3009,'))
    const got = sequenceOf(slow.events())
    expect(got).toEqual([...new Set(got)].sort((a, b) => a - b))
    expect(got.slice(-15)).toEqual(numbers(2995, 3010))
    const { conflated, offered, sent } = rowOf(here, 0)
    expect([offered, sent! + conflated!, got.length]).toEqual([3010, 3010, sent])
    expect(sequenceOf(quick.events())).toEqual(numbers(0, 3010))
  })

  it('with wait: is waited for, up to the vendor, and loses nothing', async () => {
    const { lines, logger } = logOf()
    const here = await open({ clientBytesMax: 1024 * 1024, slowClient: 'wait', logger }, [
      perSecond({ whenFull: 'block' }),
    ])
    const slow = await subscribeTo(here.server.url, 'T.*')
    const other = await subscribeTo(here.server.url, 'T.*')
    slow.socket.pause()
    for (const round of numbers(0, 80)) {
      here.vendor.say(...numbers(round * 50, round * 50 + 50).map((q) => trade('A', q, wide)))
    }
    // 40 MB: more than all buffers on the way hold.
    const lane = () => here.engine.health().frequencies[0]!.lanes[0]!
    await until(() => here.engine.health().links[0]!.pausedMs > 0 && here.server.health().desks[0]!.waiting === 1000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(lane().nextOffset).toBeLessThan(4000)
    expect(here.server.health()).toMatchObject({ clients: 2, waitedFor: 1, desks: [{ waiting: 1000 }] })
    here.engine.ledger().assertBalanced()

    slow.socket.resume()
    await slow.until((frames) => frames.at(-1)!.includes('"q":3999,'))
    await other.until((frames) => frames.at(-1)!.includes('"q":3999,'))
    expect(sequenceOf(slow.events())).toEqual(numbers(0, 4000))
    expect(sequenceOf(other.events())).toEqual(numbers(0, 4000))
    expect(lines.join()).not.toContain("slowClient is 'wait'")
    await here.engine.close()
    here.engine.ledger().assertBalanced()
  }, 30_000)

  it('with wait and lanes that lose: is said once, and what was lost is the reader’s', async () => {
    const { lines, logger } = logOf()
    const here = await open({ ...small, slowClient: 'wait', logger })
    const slow = await subscribeTo(here.server.url, 'T.*')
    slow.socket.pause()
    for (const round of numbers(0, 80)) {
      here.vendor.say(...numbers(round * 50, round * 50 + 50).map((q) => trade('A', q, wide)))
      await here.reached('per_second/T', round * 50 + 50)
    }
    const readers = here.engine.ledger().rows.filter(({ kind }) => kind === 'reader')
    const lost = readers.reduce((sum, { figures }) => sum + figures.lost!, 0)
    expect(lost).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes("slowClient is 'wait'"))).toHaveLength(1)
    slow.socket.resume()
    await slow.until((frames) => frames.at(-1)!.includes('"q":3999,'))
    expect(slow.events()).toHaveLength(4000 - lost)
    here.engine.ledger().assertBalanced()
  })
})
