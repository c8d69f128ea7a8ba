import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

import { simulate, type Chaos, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'
import { closing, connectTo, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: each fault on demand, as a client sees it on the wire: whom it hits, whom it leaves alone, what can be taken back.
// Method: plain websocket clients on loopback, some of them with a clock that stands still so that only what is asked for is sent.

jest.setTimeout(30_000)
const open = closing()
afterEach(() => open.all())

const start = async (options: SimulateOptions = {}): Promise<Simulator> =>
  open.add(await simulate({ tickers: ['GME', 'AAPL'], rate: 500, ...options }))
const kept = (client: TestClient): TestClient => {
  open.add({ close: () => client.socket.terminate() })
  // A socket that is cut says so; unheard it would end the test run.
  client.socket.on('error', () => {})
  return client
}
const subscriber = async (url: string, params: string, key?: string): Promise<TestClient> =>
  kept(await subscribeTo(url, params, key))

/** Waits until it holds, for at most ten seconds. */
const untilIt = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 1000 && !holds(); i += 1) await wait(10)
  if (!holds()) throw new Error(`not so within ten seconds: ${String(holds)}`)
}

/** Resolves behind everything that the server had to say before. */
const acknowledged = async (client: TestClient, pair: string): Promise<void> => {
  client.send('subscribe', pair)
  await client.until(() => client.statuses().includes(`success: subscribed to: ${pair}`))
}

const pongs = (client: TestClient): (() => number) => {
  let count = 0
  client.socket.on('pong', () => (count += 1))
  return () => count
}

describe('an end', () => {
  it.each<[keyof Chaos, number, readonly string[]]>([
    ['kill', 1006, []],
    ['slowReader', 1006, ['slow_consumer: Too slow: the buffer of this connection is full.']],
    ['evict', 1008, ['max_connections: Maximum number of websocket connections exceeded. This connection is closed.']],
    ['forceDisconnect', 1008, ['force_disconnect: This connection was ended by the server.']],
    ['authTimeout', 1008, ['auth_timeout: No authentication request received.']],
    ['serverError', 1011, []],
    ['goingAway', 1001, []],
  ])('%s closes with %i', async (fault, code, said) => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    const other = await subscriber(sim.url, 'AM.*')
    const before = victim.statuses().length
    const strike = sim.chaos[fault] as Chaos['kill']

    expect(strike({ channel: 'T' })).toBe(1)
    await expect(victim.closed).resolves.toBe(code)
    expect(victim.statuses().slice(before)).toEqual(said)
    // Nobody is left to be hit, and nobody else was.
    expect(strike({ channel: 'T' })).toBe(0)
    await acknowledged(other, 'T.GME')
    expect(sim.connections()).toHaveLength(1)
  })

  it('an end leaves room in the account at once', async () => {
    const sim = await start({ evict: 'newer', evictAfterMs: 0 })
    await subscriber(sim.url, 'T.*', 'one')
    sim.chaos.kill()
    const next = await subscriber(sim.url, 'T.*', 'one')

    await next.until(() => next.events().length > 50)
    expect(next.statuses().join()).not.toContain('max_connections')
  })
})

describe('silence', () => {
  it('half open: nothing comes, nothing is answered, nothing closes, and events go on to be counted', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    const other = await subscriber(sim.url, 'T.*')
    await victim.until(() => victim.events().length > 0)
    const heard = pongs(victim)

    expect(sim.chaos.halfOpen({ connection: 1 })).toBe(1)
    // What was on its way is here when the other has what was sent after it.
    const sent = other.events().length
    await other.until(() => other.events().length > sent + 50)
    const frames = victim.frames.length
    const counted = sim.sent().connections.find(({ id }) => id === 1)?.frames ?? 0
    victim.socket.ping()
    victim.send('subscribe', 'AM.*')
    const seen = other.events().length
    await other.until(() => other.events().length > seen + 100)

    expect(victim.frames).toHaveLength(frames)
    expect(heard()).toBe(0)
    expect(victim.socket.readyState).toBe(victim.socket.OPEN)
    expect(sim.sent().connections.find(({ id }) => id === 1)?.frames).toBeGreaterThan(counted)
    // It cannot be reached any more, not by the simulator's other faults either.
    expect(sim.chaos.kill({ connection: 1 })).toBe(0)
  })

  it('half open: another client of the account takes its place unheard', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*', 'one')
    sim.chaos.halfOpen()
    const next = await subscriber(sim.url, 'T.*', 'one')
    await next.until(() => next.events().length > 50)

    expect(victim.statuses().join()).not.toContain('max_connections')
    expect(sim.connections().map(({ state }) => state)).toEqual(['ending', 'authenticated'])
  })

  it('frozen: everything waits, both ways, and comes in order', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    const heard = pongs(victim)
    expect(sim.chaos.freeze(1000)).toBe(1)
    victim.socket.ping()
    victim.send('subscribe', 'AM.*')
    await untilIt(() => (sim.connections()[0]?.bufferedBytes ?? 0) > 0)
    expect(heard()).toBe(0)
    expect(victim.statuses()).not.toContain('success: subscribed to: AM.*')

    await victim.until(() => victim.statuses().includes('success: subscribed to: AM.*'))
    sim.chaos.goingAway()
    await victim.closed
    expect(heard()).toBe(1)
    expect(victim.events()).toHaveLength(sim.sent().events.T ?? 0)
    const times = victim.events().map(({ t }) => Number(t))
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('frozen twice: the longer one counts', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    sim.chaos.freeze(60_000)
    sim.chaos.freeze(1)
    await untilIt(() => (sim.connections()[0]?.bufferedBytes ?? 0) > 0)
    const before = sim.connections()[0]?.bufferedBytes ?? 0
    await untilIt(() => (sim.connections()[0]?.bufferedBytes ?? 0) > 2 * before)
    expect(victim.socket.readyState).toBe(victim.socket.OPEN)
  })

  it('no pong: data and answers go on, until it is lifted', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    const heard = pongs(victim)
    expect(sim.chaos.noPong()).toBe(1)
    victim.socket.ping()
    await acknowledged(victim, 'AM.GME')
    expect(heard()).toBe(0)

    expect(sim.chaos.lift('refuse')).toBe(0)
    expect(sim.chaos.lift('noPong')).toBe(1)
    victim.socket.ping()
    await acknowledged(victim, 'AM.AAPL')
    expect(heard()).toBe(1)
  })
})

describe('bytes', () => {
  it('json: a message that is none, and the connection goes on', async () => {
    const sim = await start({ clock: () => 1_700_000_000_000 })
    const victim = await subscriber(sim.url, 'T.*')
    expect(sim.chaos.garbage('json')).toBe(1)
    await victim.until((frames) => frames.some((frame) => frame.startsWith('<html>')))
    victim.send('subscribe', 'AM.*')
    await victim.until((frames) => frames.at(-1)?.includes('subscribed to: AM.*') === true)
    expect(victim.socket.readyState).toBe(victim.socket.OPEN)
  })

  it.each([
    ['utf8', 'Invalid WebSocket frame: invalid UTF-8 sequence'],
    ['frame', 'Invalid WebSocket frame: RSV2 and RSV3 must be clear'],
  ] as const)('%s: the client cannot go on', async (kind, message) => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    const failed = once(victim.socket, 'error')
    sim.chaos.garbage(kind)

    expect((await failed)[0]).toMatchObject({ message })
    await victim.closed
  })

  it('a message of just that size, in the form of the vendor', async () => {
    const sim = await start({ clock: () => 1_700_000_000_000 })
    const victim = await subscriber(sim.url, 'T.*')
    expect(sim.chaos.oversized(300_000)).toBe(1)
    await victim.until((frames) => frames.some((frame) => frame.length === 300_000))
    expect(JSON.parse(victim.frames.find((frame) => frame.length === 300_000) ?? '')).toMatchObject([
      { ev: 'status', status: 'padding' },
    ])
  })

  it('a message above the limit of the client ends the connection', async () => {
    const sim = await start()
    const victim = kept(await connectTo(sim.url, { maxPayload: 100_000 }))
    const failed = once(victim.socket, 'error')
    sim.chaos.oversized(100_001)
    expect((await failed)[0]).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' })
  })
})

describe('wrongKey', () => {
  it('drops who is in, refuses who comes, and can be lifted', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*', 'sesame')
    const other = await subscriber(sim.url, 'T.*', 'another')
    expect(sim.chaos.wrongKey({ account: 'sesame' })).toBe(1)
    await expect(victim.closed).resolves.toBe(1006)
    expect(victim.statuses().at(-1)).toBe('success: subscribed to: T.*')

    const again = kept(await connectTo(sim.url))
    again.send('auth', 'sesame')
    await expect(again.closed).resolves.toBe(1006)
    expect(again.statuses()).toEqual(['connected: Connected Successfully', 'auth_failed: authentication failed'])
    await acknowledged(other, 'AM.*')

    expect(sim.chaos.lift('wrongKey')).toBe(1)
    const back = await subscriber(sim.url, 'T.*', 'sesame')
    await back.until(() => back.events().length > 0)
  })

  it('with a channel: the keys of those that hold it now', async () => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*', 'sesame')
    await subscriber(sim.url, 'AM.*', 'another')
    expect(sim.chaos.wrongKey({ channel: 'T' })).toBe(1)
    await victim.closed
    const again = kept(await connectTo(sim.url))
    again.send('auth', 'sesame')
    await again.closed
    expect(again.statuses()).toContain('auth_failed: authentication failed')
    // Whatever it asks for, this one's key is good.
    await subscriber(sim.url, 'T.*', 'third')
    expect(sim.connections().map(({ id }) => id)).toEqual([2, 4])
  })

  it('without a selector: every key', async () => {
    const sim = await start()
    const one = await subscriber(sim.url, 'T.*')
    expect(sim.chaos.wrongKey()).toBe(1)
    await one.closed
    const again = kept(await connectTo(sim.url))
    again.send('auth', 'never seen before')
    await again.closed
    expect(again.statuses()).toContain('auth_failed: authentication failed')
  })
})

describe('refuse', () => {
  it('leaves what is held, refuses what is asked for, and can be lifted', async () => {
    const sim = await start()
    const holder = await subscriber(sim.url, 'T.GME')
    expect(sim.chaos.refuse('T.GME')).toBe(1)
    const events = holder.events().length
    await holder.until(() => holder.events().length > events + 50)

    const comer = kept(await connectTo(sim.url))
    comer.send('auth', 'k')
    comer.send('subscribe', 'T.GME,T.AAPL')
    await comer.until(() => comer.statuses().length === 4)
    expect(comer.statuses().slice(2).sort()).toEqual(['error: not authorized', 'success: subscribed to: T.AAPL'])

    expect(sim.chaos.lift()).toBe(1)
    await acknowledged(comer, 'T.GME')
  })

  it('a channel by its name alone is every pair of it, on the host that is named', async () => {
    const sim = await start({ hosts: ['socket', 'business'], connections: 2 })
    sim.chaos.refuse(['T', 'AM.*'], { host: 'business' })
    const comer = kept(await connectTo(sim.urls.business ?? ''))
    comer.send('auth', 'k')
    comer.send('subscribe', 'T.GME')
    comer.send('subscribe', 'T.*')
    comer.send('subscribe', 'AM.*')
    await acknowledged(comer, 'AM.GME')
    expect(comer.statuses().filter((text) => text === 'error: not authorized')).toHaveLength(3)
    await subscriber(sim.url, 'T.*,AM.*')
  })
})

describe('whom', () => {
  it('selectors narrow each other', async () => {
    const sim = await start({
      hosts: ['socket', 'business'],
      accounts: [{ keys: ['a', 'also a'], connections: 2 }, { keys: ['b'] }],
    })
    await subscriber(`${sim.url}/stocks/`, 'T.*', 'a')
    await subscriber(sim.urls.business ?? '', 'T.GME,AM.*', 'also a')
    await subscriber(`${sim.url}/options`, 'AM.GME', 'b')
    const hit = (selector: Parameters<Chaos['noPong']>[0]): number => sim.chaos.noPong(selector)

    expect(hit({})).toBe(3)
    expect(hit({ channel: 'T' })).toBe(2)
    expect(hit({ channel: 'T.*' })).toBe(1)
    expect(hit({ channel: ['T.*', 'AM.GME'] })).toBe(2)
    expect(hit({ channel: 'Q' })).toBe(0)
    expect(hit({ account: 'a' })).toBe(2)
    expect(hit({ account: 'nobody' })).toBe(0)
    expect(hit({ account: 'also a', channel: 'AM' })).toBe(1)
    expect(hit({ path: '/stocks' })).toBe(1)
    expect(hit({ host: 'business', channel: 'AM' })).toBe(1)
    expect(hit({ host: 'delayed' })).toBe(0)
    expect(hit({ connection: 3 })).toBe(1)
  })

  it.each<[(chaos: Chaos) => unknown, string]>([
    [(chaos) => chaos.kill({ channel: 'X' }), 'channel is "X"; expected one such as T, T.* or T.GME'],
    [(chaos) => chaos.kill({ channel: 'T.' }), 'channel is "T."'],
    [(chaos) => chaos.kill({ host: 'nowhere' as 'socket' }), 'host is "nowhere"; expected one of socket, delayed'],
    [(chaos) => chaos.kill({ path: 'stocks' }), 'path is "stocks"; expected one that begins with a slash'],
    [(chaos) => chaos.freeze(0), 'freeze, milliseconds, is 0; expected a whole number from 1'],
    [(chaos) => chaos.freeze(NaN), 'freeze, milliseconds, is NaN'],
    [(chaos) => chaos.oversized(1.5), 'oversized, bytes, is 1.5'],
    [(chaos) => chaos.garbage('xml' as 'json'), 'garbage is "xml"; expected one of json, utf8, frame'],
    [(chaos) => chaos.refuse([]), 'refuse has no channel'],
    [(chaos) => chaos.refuse('t'), 'channel is "t"'],
  ])('wrong use %# is a RangeError', async (use, message) => {
    const sim = await start()
    const victim = await subscriber(sim.url, 'T.*')
    expect(() => use(sim.chaos)).toThrow(RangeError)
    expect(() => use(sim.chaos)).toThrow(`chaos: ${message}`)
    await acknowledged(victim, 'AM.*')
  })

  it('each fault is logged once, without keys', async () => {
    const texts: string[] = []
    const note = (facts: object, text: string): void => void texts.push(`${JSON.stringify(facts)} ${text}`)
    const sim = await start({ logger: { debug: note, info: note, warn: note, error: note } })
    const victim = await subscriber(sim.url, 'T.*', 'sesame')
    sim.chaos.refuse('T.GME', { account: 'sesame' })
    sim.chaos.lift()
    sim.chaos.wrongKey({ account: 'sesame' })
    await victim.closed
    await sim.close()

    expect(texts.filter((text) => text.includes('chaos'))).toEqual([
      '{"fault":"refuse","channels":["T.GME"],"connections":[1]} simulator chaos: refuse',
      '{"fault":"refuse","channels":["T.GME"]} simulator chaos: refuse is lifted',
      '{"fault":"wrongKey","connections":[1]} simulator chaos: wrongKey',
    ])
    expect(texts.join('\n')).not.toContain('sesame')
  })

  it('closing ends what is frozen and what is half open, and leaves no timer', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const sim = await start()
    const frozen = await subscriber(sim.url, 'T.*')
    const lost = await subscriber(sim.url, 'AM.*')
    sim.chaos.freeze(60_000, { channel: 'T' })
    sim.chaos.halfOpen({ channel: 'AM' })
    await sim.close()
    await expect(Promise.all([frozen.closed, lost.closed])).resolves.toEqual([1006, 1006])
    await untilIt(() => timers() <= before)
  })
})
