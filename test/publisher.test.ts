import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { websocketClient as massive } from '@massive.com/client-js'
import { websocketClient as polygon } from '@polygon.io/client-js'
import { map } from 'rxjs'
import { WebSocket } from 'ws'

import { handleMinuteBar } from '../operators/market/handleMinuteBar.ts'
import { createEngine } from '../src/engine.ts'
import { publish } from '../src/publisher/index.ts'
import { simulated } from '../src/providers/simulated.ts'
import { fairMarketValue, perMinute, perSecond } from '../streams/frequencies/index.ts'
import { bar, fair, stand, type Stand, trade, until, vendor } from './publisherKit.ts'
import { closing, connectTo, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: what the engine has reaches every client that wants it, once, in order, in the bytes it came in; nobody pays for somebody else.
// Method: a vendor that says what the test tells it, a real engine, a publisher and clients over real sockets on loopback; the ledger is the witness.

const things = closing()
afterEach(() => things.all())

const open = async (...args: Parameters<typeof stand>): Promise<Stand> => {
  const here = await stand(...args)
  things.add({ close: () => here.vendor.close() })
  things.add(here.engine)
  return here
}

const fast = { emission: { per_second: { everyMs: 5 }, per_minute: { everyMs: 5 }, fair_market_value: { everyMs: 5 } } }
const sequenceOf = (client: TestClient): readonly number[] => client.events().map(({ q }) => q as number)
const rows = ({ engine }: Pick<Stand, 'engine'>, kind: string) =>
  engine.ledger().rows.filter((row) => row.kind === kind)
const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('official clients, unmodified', () => {
  it.each([
    ['@polygon.io/client-js', polygon],
    ['@massive.com/client-js', massive],
  ])('%s gets T, AM and FMV by changing the URL', async (_, connectBy) => {
    const { vendor: source, server, engine } = await open(fast)
    const client = connectBy('any key', server.url).stocks()
    const events: Record<string, unknown>[] = []
    const statuses: unknown[] = []
    client.onmessage = ({ data }) => {
      for (const element of JSON.parse(data as string) as Record<string, unknown>[]) {
        if (element.ev !== 'status') events.push(element)
        else statuses.push(`${String(element.status)}: ${String(element.message)}`)
        if (element.status === 'auth_success')
          client.send(JSON.stringify({ action: 'subscribe', params: 'T.*,AM.*,FMV.*' }))
      }
    }
    await until(() => statuses.length === 5)
    source.say(trade('AAPL', 1), bar('MSFT'), fair('AAPL'))
    await until(() => events.length === 3)

    expect(statuses).toEqual([
      'connected: Connected Successfully',
      'auth_success: authenticated',
      'success: subscribed to: T.*',
      'success: subscribed to: AM.*',
      'success: subscribed to: FMV.*',
    ])
    expect(new Set(events.map(({ ev }) => ev))).toEqual(new Set(['T', 'AM', 'FMV']))
    await engine.close()
    engine.ledger().assertBalanced()
  })
})

it('serves the simulated market, whole', async () => {
  const provider = simulated({ seed: 7, tickers: 20, rate: 4000, oddities: 'none' })
  const engine = things.add(createEngine({ provider, frequencies: [perSecond(), perMinute(), fairMarketValue()] }))
  await engine.start()
  const server = await publish(engine, { port: 0 })
  const client = await subscribeTo(server.url, 'T.*,FMV.*')
  await client.until(() => client.events().length > 2000)
  engine.ledger().assertBalanced()
  await engine.close()

  expect(await client.closed).toBe(1001)
  engine.ledger().assertBalanced()
  // The vendor counts per ticker.
  const last = new Map<unknown, number>()
  for (const { sym, q } of client.events().filter(({ ev }) => ev === 'T')) {
    expect(q).toBeGreaterThan(last.get(sym) ?? 0)
    last.set(sym, q as number)
  }
  expect(rows({ engine }, 'client').map(({ figures }) => figures.sent)).toEqual([client.events().length])
})

describe('what is sent', () => {
  it('is forwarded byte for byte: number forms, order of keys, white space, unknown fields', async () => {
    const { vendor: source, server } = await open(fast)
    const client = await subscribeTo(server.url, 'T.*,FMV.*')
    const elements = [
      '{"t":1700000000000,"sym":"BRK.B","ev":"T","p":1.50,"s":1.2e+03,"pt":1,"brand_new":{"a":[1, "]"]},"x":4,"q":1,"z":1}',
      '{ "ev" : "T", "sym" : "AAPL",\n "p" : 100.10, "s" : 5.0, "t" : 1700000000000, "x": 4, "q": 2, "z": 1 }',
    ]
    const value = '{"ev":"FMV","fmv":189.220,"sym":"A\\u0041PL","t":1700000000000000123}'
    source.say(...elements, value)
    await client.until(() => client.events().length === 3)

    const frames = client.frames.filter((frame) => !frame.includes('"status"'))
    expect([...frames].sort()).toEqual([`[${elements.join(',')}]`, `[${value}]`].sort())
  })

  it('is split below frameBytesMax, and full cohorts do not wait', async () => {
    const { vendor: source, server } = await open({
      frameBytesMax: 1024,
      emission: { per_second: { everyMs: 60_000, count: 100 } },
    })
    const client = await subscribeTo(server.url, 'T.*')
    const elements = numbers(0, 100).map((q) => trade('AAPL', q))
    source.say(...elements)
    await client.until(() => client.events().length === 100)

    const frames = client.frames.filter((frame) => !frame.includes('"status"'))
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThanOrEqual(1024)
    expect(frames.map((frame) => frame.slice(1, -1)).join(',')).toBe(elements.join(','))
  })

  it('is what an operator made, from the first event on; what cannot be encoded is counted', async () => {
    const minutes = perMinute().pipe(
      handleMinuteBar(),
      map((model) => (model.symbol === 'BAD' ? { ...model, volume: NaN } : model)),
    )
    const here = await open({ emission: { per_minute: { everyMs: 5 } } }, [minutes])
    const client = await connectTo(here.server.url)
    client.send('auth', 'x')
    client.send('subscribe', 'aggregate_minute.*,AM.*')
    await client.until(() => client.statuses().length === 4)
    expect(client.statuses().slice(2)).toEqual([
      'success: subscribed to: AM.*',
      'error: unknown channel: this server has AM',
    ])

    here.vendor.say(bar('AAPL'), bar('BAD'), bar('MSFT'))
    await client.until(() => client.events().length === 2)
    expect(client.statuses().at(-1)).toBe('success: subscribed to: aggregate_minute.*')
    expect(client.events().map(({ ev, sym }) => `${String(ev)} ${String(sym)}`)).toEqual([
      'aggregate_minute AAPL',
      'aggregate_minute MSFT',
    ])
    expect(rows(here, 'cohort').map(({ figures }) => figures)).toEqual([
      { offered: 3, encoded: 2, held: 0, refused: 1, abandoned: 0 },
    ])
    expect(here.server.health().refused).toBe(1)
    here.engine.ledger().assertBalanced()
  })

  it('is nothing to those who want nothing: without clients nothing is encoded, and nothing is lost', async () => {
    const here = await open(fast)
    here.vendor.say(...numbers(0, 300).map((q) => trade('AAPL', q)))
    await here.reached('per_second/T', 300)

    expect(rows(here, 'cohort')).toEqual([])
    expect(here.server.health().sent).toEqual({ events: 0, frames: 0, bytes: 0 })
    expect(rows(here, 'reader').map(({ figures }) => figures.lost)).toEqual([0, 0, 0])
    here.engine.ledger().assertBalanced()
  })
})

describe('lists', () => {
  it('reach each client exactly with what it asked for, whatever overlaps', async () => {
    const { vendor: source, server, engine } = await open(fast)
    const wishes = ['T.*', 'T.AAPL', 'T.AAPL, T.MSFT', 'T.*,T.AAPL', 'T.MSFT,T.AAPL', 'T.BRK.B,AM.AAPL']
    const clients = await Promise.all(wishes.map((wish) => subscribeTo(server.url, wish)))
    const symbols = ['AAPL', 'MSFT', 'BRK.B', 'TSLA']
    for (const round of numbers(0, 20)) source.say(...symbols.map((symbol, i) => trade(symbol, round * 4 + i)))
    source.say(bar('AAPL'), bar('MSFT'))
    await clients[5]!.until(() => clients[5]!.events().length === 21)
    await clients[0]!.until(() => clients[0]!.events().length === 80)

    const wanted = [symbols, ['AAPL'], ['AAPL', 'MSFT'], symbols, ['AAPL', 'MSFT']]
    for (const [i, those] of wanted.entries()) {
      await clients[i]!.until(() => clients[i]!.events().length === those.length * 20)
      expect(sequenceOf(clients[i]!)).toEqual(numbers(0, 80).filter((q) => those.includes(symbols[q % 4]!)))
    }
    expect(server.health().cohorts).toBe(5)
    engine.ledger().assertBalanced()
  })

  it('change in mid-stream without a loss and without a repeat', async () => {
    const here = await open({ emission: { per_second: { everyMs: 30, count: 7 } } })
    const symbols = ['A', 'B', 'C', 'D']
    const clients = await Promise.all(numbers(0, 5).map(() => subscribeTo(here.server.url, 'T.A')))
    const held = clients.map(() => new Set(['A']))
    const expected: number[][] = clients.map(() => [])
    let state = 42
    const random = (n: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % n
    let q = 0

    for (let step = 0; step < 200; step += 1) {
      const burst = numbers(q, q + 1 + random(6))
      const names = burst.map(() => symbols[random(4)]!)
      here.vendor.say(...burst.map((n, i) => trade(names[i]!, n)))
      q += burst.length
      await here.reached('per_second/T', q)
      for (const [c, own] of held.entries()) {
        expected[c]!.push(...burst.filter((_, i) => own.has('*') || own.has(names[i]!)))
      }

      const c = random(5)
      const [client, own] = [clients[c]!, held[c]!]
      const ticker = random(5) === 0 ? '*' : symbols[random(4)]!
      const before = client.statuses().length
      if (own.has(ticker)) own.delete(ticker)
      else own.add(ticker)
      client.send(own.has(ticker) ? 'subscribe' : 'unsubscribe', `T.${ticker}`)
      await client.until(() => client.statuses().length > before)
      here.engine.ledger().assertBalanced()
    }

    await here.engine.close()
    await Promise.all(clients.map(({ closed }) => closed))
    expect(clients.map(sequenceOf)).toEqual(expected)
    here.engine.ledger().assertBalanced()
    const lost = rows(here, 'client').map(({ figures }) => [figures.abandoned, figures.dropped, figures.queued])
    expect(lost).toEqual([[0, 0, 0]])
  })

  it('come in thousands of messages of one pair each, and are answered one by one', async () => {
    const { server, vendor: source } = await open(fast)
    const client = await subscribeTo(server.url, 'AM.*')
    for (const n of numbers(0, 3000)) client.send('subscribe', `T.S${String(n)}`)
    await client.until(() => client.frames.length > 3000)
    expect(client.statuses().slice(3)).toEqual(numbers(0, 3000).map((n) => `success: subscribed to: T.S${String(n)}`))
    source.say(trade('S2999', 1))
    await client.until(() => client.events().length === 1)
    expect(server.health().cohorts).toBe(2)
  })
})

describe('health', () => {
  it('has a line for each client, those first that wait for most, and for each list of tickers', async () => {
    const here = await open(fast)
    const slow = await subscribeTo(here.server.url, 'T.*')
    const quick = await subscribeTo(here.server.url, 'T.MSFT,T.AAPL')
    slow.socket.pause()
    const wide = ',"pad":"' + 'x'.repeat(10_000) + '"'
    let queued = 0
    for (let round = 0; round < 200 && queued === 0; round += 1) {
      const end = round * 50 + 50
      here.vendor.say(...numbers(round * 50, end).map((q) => trade('AAPL', q, wide)))
      await quick.until((frames) => frames.at(-1)!.includes(`"q":${String(end - 1)},`))
      queued = here.server.health().slowest.find(({ channels }) => channels === 1)?.queuedBytes ?? 0
    }

    const { slowest, desks } = here.server.health()
    slow.socket.resume()
    expect(queued).toBeGreaterThan(0)
    expect(slowest.map(({ channels }) => channels)).toEqual([1, 2])
    expect(slowest[0]).toMatchObject({ lags: false, missedPings: 0, queuedBytes: expect.any(Number) })
    expect(desks[0]?.largest.map(({ tickers, clients }) => `${tickers} ${String(clients)}`).sort()).toEqual([
      '* 1',
      'AAPL,MSFT 1',
    ])
  })
})

describe('one client is no other client', () => {
  const wide = ',"pad":"' + 'x'.repeat(10_000) + '"'

  it('is cut with 1008 when it reads too slowly, and only it', async () => {
    const here = await open({ ...fast, clientBytesMax: 1024 * 1024 })
    const slow = await subscribeTo(here.server.url, 'T.*')
    const quick = await subscribeTo(here.server.url, 'T.*')
    slow.socket.pause()

    for (const round of numbers(0, 40)) {
      const end = round * 50 + 50
      here.vendor.say(...numbers(round * 50, end).map((q) => trade('AAPL', q, wide)))
      await quick.until((frames) => frames.at(-1)!.includes(`"q":${String(end - 1)},`))
      here.engine.ledger().assertBalanced()
    }
    expect(sequenceOf(quick)).toEqual(numbers(0, 2000))
    await until(() => here.server.clients === 1)
    here.engine.ledger().assertBalanced()

    expect(here.server.health().cut).toBe(1)
    expect(here.server.health().bounds.find(({ name }) => name === 'clientBytesMax')).toMatchObject({
      limit: 1024 * 1024,
    })
    const gone = rows(here, 'client').find(({ name }) => name === '(closed)')!.figures
    expect(gone.dropped).toBeGreaterThan(0)
    // Since it is cut it is offered nothing.
    expect(gone.offered).toBeLessThan(2000)
    slow.socket.resume()
    await slow.closed
    expect(sequenceOf(slow)).toEqual(numbers(0, sequenceOf(slow).length))
  })

  it('is told why it was cut when it still reads', async () => {
    const here = await open({ ...fast, clientBytesMax: 128 * 1024, frameBytesMax: 64 * 1024 })
    const client = await subscribeTo(here.server.url, 'T.*')
    const ended = once(client.socket, 'close')
    here.vendor.say(...numbers(0, 60).map((q) => trade('AAPL', q, wide)))
    const [code, reason] = (await ended) as [number, Buffer]

    expect([code, reason.toString()]).toEqual([1008, 'too slow: more than 131072 bytes were waiting'])
    expect(client.statuses().at(-1)).toBe('slow_consumer: too slow: more than 131072 bytes were waiting')
    here.engine.ledger().assertBalanced()
  })

  it('vanishes and takes nothing with it but its own', async () => {
    const here = await open({ emission: { per_second: { everyMs: 20 } } })
    const stays = await subscribeTo(here.server.url, 'T.*')
    const leavers = await Promise.all(
      numbers(0, 10).map((n) => subscribeTo(here.server.url, n % 2 === 0 ? 'T.*' : `T.S${String(n)}`)),
    )
    for (const [n, leaver] of leavers.entries()) {
      here.vendor.say(trade(`S${String(n)}`, n * 2), trade('X', n * 2 + 1))
      await here.reached('per_second/T', n * 2 + 2)
      leaver.socket.terminate()
      here.engine.ledger().assertBalanced()
    }
    await until(() => here.server.clients === 1)
    await stays.until(() => stays.events().length === 20)
    expect(sequenceOf(stays)).toEqual(numbers(0, 20))
    expect(here.server.health().cohorts).toBe(1)
    here.engine.ledger().assertBalanced()
  })

  it('answers no ping twice and is ended', async () => {
    const here = await open({ ...fast, pingMs: 60 })
    const dead = new WebSocket(here.server.url, { autoPong: false })
    const alive = await subscribeTo(here.server.url, 'T.*')
    const [code] = (await once(dead, 'close')) as [number]
    expect(code).toBe(1006)
    expect(alive.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('is turned away when it is one too many', async () => {
    const here = await open({ clientsMax: 1 })
    await connectTo(here.server.url)
    const second = await connectTo(here.server.url)
    expect(await second.closed).toBe(1008)
    expect(second.statuses()).toEqual(['max_connections: Maximum number of websocket connections exceeded.'])
    expect(here.server.health()).toMatchObject({ clients: 1, turnedAway: 1 })
  })
})

describe('the door', () => {
  it('lets in only known tokens, and never repeats a key', async () => {
    const lines: string[] = []
    const log = (...line: unknown[]): void => void lines.push(JSON.stringify(line))
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
    const here = await open({ tokens: ['first-token', 'second-token'], logger })
    const good = await connectTo(here.server.url)
    good.send('subscribe', 'T.*')
    good.send('auth', 'second-token')
    const bad = await connectTo(here.server.url)
    bad.send('auth', 'a-wrong-key')

    expect(await bad.closed).toBe(1006)
    expect(bad.statuses()).toEqual(['connected: Connected Successfully', 'auth_failed: authentication failed'])
    await good.until(() => good.statuses().length === 3)
    expect(good.statuses().slice(1)).toEqual(['auth_required: authentication required', 'auth_success: authenticated'])
    const said = [...lines, ...bad.frames, ...good.frames, JSON.stringify(here.engine.health())].join()
    expect(said).not.toMatch(/token|a-wrong-key/)
    here.engine.ledger().assertBalanced()
  })

  it('closes on who does not authenticate in time', async () => {
    const here = await open({ authTimeoutMs: 30 })
    const client = await connectTo(here.server.url)
    expect(await client.closed).toBe(1008)
    expect(client.statuses().at(-1)).toBe('auth_timeout: No authentication request received.')
  })

  it('answers what is no request, and stays', async () => {
    const { server, vendor: source } = await open({ ...fast, messageBytesMax: 200, channelsMax: 3 })
    const client = await connectTo(server.url)
    client.send('auth', 'x')
    for (const text of [
      'nonsense',
      '[]',
      '{"action":1}',
      '{"action":"subscribe","params":["T.*"]}',
      '{"action":"dance","params":""}',
      'x'.repeat(300),
    ]) {
      client.sendText(text)
    }
    client.send('subscribe', 'T.A, T.A ,ZZ.A,T,.A,,T.B,T.C,T.D')
    await client.until(() => client.statuses().length === 13)
    expect(client.statuses().slice(2)).toEqual([
      'error: invalid message: not JSON',
      'error: invalid message: no action',
      'error: invalid message: no action',
      'error: invalid message: params is not a text',
      'error: unknown action: expected auth, subscribe or unsubscribe',
      'error: invalid message: longer than 200 bytes; send several',
      'success: subscribed to: T.A',
      'success: subscribed to: T.B',
      'error: unknown channel: this server has T, AM, FMV',
      'error: not a channel: expected an event type, a dot and a ticker or *, such as T.AAPL',
      'error: Subscription limit reached for feed. Please remove some subscriptions and try again.',
    ])
    source.say(trade('B', 1))
    await client.until(() => client.events().length === 1)
    client.sendText('x'.repeat(2000))
    expect(await client.closed).toBe(1009)
  })

  it('is at / and /stocks, and nowhere else', async () => {
    const { server } = await open()
    for (const path of ['', '/', '/stocks', '/stocks/', '//stocks', '/?apiKey=k']) {
      const client = await connectTo(server.url + path)
      client.socket.terminate()
    }
    const refused = new WebSocket(`${server.url}/crypto`)
    const [, response] = (await once(refused, 'unexpected-response')) as [
      unknown,
      NodeJS.ReadableStream & { statusCode: number },
    ]
    const [body] = (await once(response, 'data')) as [Buffer]
    expect([response.statusCode, body.toString()]).toEqual([
      404,
      'Nothing is served at this path: connect to / or /stocks.\n',
    ])
    const http = server.url.replace('ws', 'http')
    expect((await fetch(`${http}/stocks`)).status).toBe(426)
    expect((await fetch(`${http}/crypto`)).status).toBe(404)
  })

  it('says when its port is somebody else’s, and leaves nothing behind', async () => {
    const source = await vendor()
    things.add(source)
    const engine = things.add(createEngine({ provider: source.provider, frequencies: [perSecond()] }))
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo

    await expect(publish(engine, { port })).rejects.toMatchObject({
      _tag: 'PortInUse',
      message: `the publisher cannot listen on 127.0.0.1:${String(port)}: the port is in use; choose another, or 0 for any free one`,
    })
    expect(engine.health().parts).toEqual({})
    other.close()
    await once(other, 'close')
    await expect(publish(engine, { port: 0, host: '192.0.2.1' })).rejects.toMatchObject({ _tag: 'ListenFailed' })
    const server = await publish(engine, { port })
    expect(server.port).toBe(port)
    await server.close()
    expect(rows({ engine }, 'reader').filter(({ name }) => name !== '(closed)')).toEqual([])
  })

  it.each([
    [{ port: -1 }, 'publish: port is -1; expected'],
    [{ port: 0, tokens: [] }, 'publish: tokens is a list; expected a list of at least one'],
    [
      { port: 0, emission: { hourly: { count: 1 } } },
      'publish: emission is "hourly"; expected a frequency of this engine: per_second',
    ],
    [{ port: 0, emission: { per_second: { everyMs: NaN } } }, 'publish: emission.per_second.everyMs is NaN'],
    [{ port: 0, clientBytesMax: 10_000 }, 'publish: clientBytesMax is 10000'],
    [{ port: 0, pingMs: 0 }, 'publish: pingMs is 0'],
  ])('refuses %j', async (options, message) => {
    const source = await vendor()
    things.add(source)
    const engine = things.add(createEngine({ provider: source.provider, frequencies: [perSecond()] }))
    await expect(publish(engine, options)).rejects.toThrow(RangeError)
    await expect(publish(engine, options)).rejects.toThrow(message)
  })
})

describe('the end', () => {
  const slowly = { emission: { per_second: { everyMs: 60_000 } } }

  it('of the engine is the publisher’s: what is held is sent, then 1001', async () => {
    const here = await open(slowly)
    const client = await subscribeTo(here.server.url, 'T.*')
    here.vendor.say(...numbers(0, 50).map((q) => trade('AAPL', q)))
    await here.reached('per_second/T', 50)
    expect(client.events()).toEqual([])
    await here.engine.close()

    expect(await client.closed).toBe(1001)
    expect(sequenceOf(client)).toEqual(numbers(0, 50))
    here.engine.ledger().assertBalanced()
    await expect(connectTo(here.server.url)).rejects.toThrow('ECONNREFUSED')
  })

  it('of the publisher is not the engine’s, and it can be opened again', async () => {
    const here = await open(slowly)
    const client = await subscribeTo(here.server.url, 'T.*')
    here.vendor.say(trade('AAPL', 1))
    await here.reached('per_second/T', 1)
    await Promise.all([here.server.close(), here.server.close()])
    expect(await client.closed).toBe(1001)
    expect(sequenceOf(client)).toEqual([1])
    expect(here.engine.health().parts).toEqual({})

    const again = await publish(here.engine, { port: here.server.port, ...fast })
    const other = await publish(here.engine, { port: 0, ...fast })
    const [a, b] = [await subscribeTo(again.url, 'T.*'), await subscribeTo(other.url, 'T.*')]
    here.vendor.say(trade('AAPL', 2))
    await Promise.all([a.until(() => a.events().length === 1), b.until(() => b.events().length === 1)])
    expect(Object.keys(here.engine.health().parts)).toEqual(['publisher', 'publisher#2'])
    here.engine.ledger().assertBalanced()
  })

  it('waits no longer than it is told to for a client that does not read', async () => {
    const here = await open(fast)
    const client = await subscribeTo(here.server.url, 'T.*')
    client.socket.pause()
    const wide = ',"pad":"' + 'x'.repeat(20_000) + '"'
    for (const round of numbers(0, 10)) {
      here.vendor.say(...numbers(round * 50, round * 50 + 50).map((q) => trade('AAPL', q, wide)))
      await here.reached('per_second/T', round * 50 + 50)
    }
    const beganMs = performance.now()
    await here.engine.close({ drainMs: 100 })
    expect(performance.now() - beganMs).toBeLessThan(2500)
    here.engine.ledger().assertBalanced()
    expect(rows(here, 'client')[0]!.figures.abandoned).toBeGreaterThan(0)
    client.socket.terminate()
  })

  it('comes with the signal', async () => {
    const here = await open()
    const aborter = new AbortController()
    const server = await publish(here.engine, { port: 0, signal: aborter.signal })
    const client = await connectTo(server.url)
    aborter.abort()
    expect(await client.closed).toBe(1001)
    await server.close()
    await expect(publish(here.engine, { port: 0, signal: aborter.signal })).rejects.toThrow('aborted')
  })

  it('does not wait for connections that never became a websocket', async () => {
    const here = await open()
    const raw = connect(here.server.port, '127.0.0.1')
    await once(raw, 'connect')
    raw.on('error', () => {})
    await here.server.close()
    raw.destroy()
    expect(here.server.clients).toBe(0)
  })
})
