import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { simulate, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'
import { closing, connectTo, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: the simulator on a real socket: the vendor's session, the market's events, and an end that leaves nothing behind.
// Method: clients on loopback; where bytes are compared the clock is held by the test, so that both sides see the same market from its start.

jest.setTimeout(30_000)
const open = closing()
afterEach(() => open.all())

const start = async (options: SimulateOptions = {}): Promise<Simulator> =>
  open.add(await simulate({ tickers: 10, ...options }))
const client = async (url: string): Promise<TestClient> => {
  const one = await connectTo(url)
  open.add({ close: () => one.socket.terminate() })
  return one
}
const subscriber = async (url: string, params: string): Promise<TestClient> => {
  const one = await subscribeTo(url, params)
  open.add({ close: () => one.socket.terminate() })
  return one
}

/** Everything a logger is told, as text. */
const listening = (): { logger: NonNullable<SimulateOptions['logger']>; texts: string[] } => {
  const texts: string[] = []
  const note = (facts: object, text: string): void => void texts.push(`${JSON.stringify(facts)} ${text}`)
  return { logger: { debug: note, info: note, warn: note, error: note }, texts }
}

/** A clock that stands still until the test moves it. */
const heldClock = (): { clock: () => number; forward(ms: number): void } => {
  let nowMs = 1_700_000_000_000
  return { clock: () => nowMs, forward: (ms) => void (nowMs += ms) }
}

/** The data frames among `frames`. */
const dataOf = (frames: readonly string[]): readonly string[] =>
  frames.filter((frame) => !frame.startsWith('[{"ev":"status"'))

describe('the session', () => {
  it('greets, authenticates, acknowledges in one frame, then sends', async () => {
    const sim = await start({ key: 'secret' })
    const one = await client(sim.url)
    await one.until((frames) => frames.length === 1)
    one.send('auth', 'secret')
    await one.until((frames) => frames.length === 2)
    one.send('subscribe', 'T.*,AM.AAPL')
    await one.until((frames) => frames.length > 3)

    expect(one.frames.slice(0, 3)).toEqual([
      '[{"ev":"status","status":"connected","message":"Connected Successfully"}]',
      '[{"ev":"status","status":"auth_success","message":"authenticated"}]',
      '[{"ev":"status","status":"success","message":"subscribed to: T.*"},{"ev":"status","status":"success","message":"subscribed to: AM.AAPL"}]',
    ])
    expect(one.events()[0]).toMatchObject({ ev: 'T' })
    expect(sim.connections()).toMatchObject([{ id: 1, state: 'authenticated', subscriptions: ['AM.AAPL', 'T.*'] }])
  })

  it('answers pipelined messages in order', async () => {
    const sim = await start()
    const one = await client(sim.url)
    one.send('subscribe', 'T.A')
    one.send('auth', 'k')
    one.send('subscribe', 'T.B,T.C')
    one.send('unsubscribe', 'T.B')
    one.sendText('nonsense')
    await one.until(() => one.statuses().length === 7)

    expect(one.statuses()).toEqual([
      'connected: Connected Successfully',
      'auth_required: authentication required',
      'auth_success: authenticated',
      'success: subscribed to: T.B',
      'success: subscribed to: T.C',
      'success: unsubscribed to: T.B',
      'error: invalid message: not JSON',
    ])
  })

  it('tells a wrong key so and drops the connection without a close frame, and logs no key', async () => {
    const { logger, texts } = listening()
    const sim = await start({ key: 'the-right-key', logger })
    const one = await client(sim.url)
    one.send('auth', 'a-wrong-key')
    one.send('subscribe', 'T.*')

    // 1006: no close frame came.
    expect(await one.closed).toBe(1006)
    expect(one.statuses()).toEqual(['connected: Connected Successfully', 'auth_failed: authentication failed'])
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.join()).not.toMatch(/the-right-key|a-wrong-key/)
    expect(sim.connections()).toEqual([])
  })

  it('closes a connection that does not authenticate in time', async () => {
    const sim = await start({ authTimeoutMs: 50 })
    const silent = await client(sim.url)
    const timely = await subscriber(sim.url, 'T.NOSUCH')

    expect(await silent.closed).toBe(1008)
    expect(silent.statuses()).toEqual([
      'connected: Connected Successfully',
      'auth_timeout: No authentication request received.',
    ])
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(timely.socket.readyState).toBe(timely.socket.OPEN)
  })

  it('answers pings', async () => {
    const one = await client((await start()).url)
    one.socket.ping('are you there')

    expect(String((await once(one.socket, 'pong'))[0])).toBe('are you there')
  })

  it('sends nothing for an unknown ticker, and nothing after the unsubscription', async () => {
    const sim = await start({ rate: 5000 })
    const unknown = await subscriber(sim.url, 'T.NOSUCH')
    const one = await subscriber(sim.url, 'T.AAPL,T.MSFT')
    await one.until(() => one.events().length > 20)
    one.send('unsubscribe', 'T.AAPL')
    await one.until((frames) => frames.some((frame) => frame.includes('unsubscribed to: T.AAPL')))
    const before = one.frames.length
    await one.until((frames) => frames.length > before + 5)

    const after = one.frames.slice(one.frames.findIndex((frame) => frame.includes('unsubscribed')) + 1).join()
    expect(after).toContain('"sym":"MSFT"')
    expect(after).not.toContain('"sym":"AAPL"')
    expect(unknown.events()).toEqual([])
  })

  it('sends an event once to a connection that wants it by name and by wildcard, until both are given up', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({ clock, rate: 5000 })
    const both = await subscriber(sim.url, 'T.*,T.AAPL')
    const wide = await subscriber(sim.url, 'T.*')
    forward(200)
    await wide.until((frames) => dataOf(frames).length === 10)
    await both.until((frames) => dataOf(frames).length === 10)
    expect(dataOf(both.frames)).toEqual(dataOf(wide.frames))

    both.send('unsubscribe', 'T.*')
    await both.until((frames) => frames.at(-1)!.includes('unsubscribed'))
    const seen = both.events().length
    forward(200)
    await both.until(() => both.events().length > seen)
    expect(
      new Set(
        both
          .events()
          .slice(seen)
          .map(({ sym }) => sym),
      ),
    ).toEqual(new Set(['AAPL']))
  })
})

describe('the address', () => {
  it.each(['', '/', '/stocks', '/stocks/', '/options', '/futures/cme', '/stocks?x=1'])('serves %j', async (path) => {
    const sim = await start()
    const one = await client(`${sim.url}${path}`)
    await one.until((frames) => frames.length === 1)

    expect(one.statuses()).toEqual(['connected: Connected Successfully'])
  })

  it.each(['/stock', '/v2/stocks', '/futures/x', '/favicon.ico'])('refuses %j with 404', async (path) => {
    const sim = await start()

    await expect(connectTo(`${sim.url}${path}`)).rejects.toThrow('Unexpected server response: 404')
  })

  it('tells a browser what it is', async () => {
    const sim = await start()
    const answer = await fetch(sim.url.replace('ws', 'http'))

    expect(answer.status).toBe(426)
    expect(await answer.text()).toContain('websocket server')
  })

  it('says so when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo

    await expect(simulate({ port })).rejects.toMatchObject({
      _tag: 'ListenError',
      code: 'EADDRINUSE',
      port,
      host: '127.0.0.1',
    })
    other.close()
  })

  it.each<[SimulateOptions, string]>([
    [{ rate: -1 }, 'rate is -1'],
    [{ rate: NaN }, 'rate is NaN'],
    [{ tickers: 0 }, 'tickers is 0'],
    [{ tickers: [] }, 'tickers is a list'],
    [{ tickers: ['A', 'A'] }, 'tickers[1] is "A"'],
    [{ tickers: ['A,B'] }, 'tickers[0] is "A,B"'],
    [{ tickers: ['*'] }, 'tickers[0] is "*"'],
    [{ tickers: ['A"'] }, 'tickers[0] is'],
    [{ speed: 0 }, 'speed is 0'],
    [{ speed: 'fast' as 'max' }, 'speed is "fast"'],
    [{ stepMs: 30 }, 'stepMs is 30'],
    [{ seed: 1.5 }, 'seed is 1.5'],
    [{ port: 70_000 }, 'port is 70000'],
    [{ startMs: 17 }, 'startMs is 17'],
    [{ eventsPerFrameMax: 0 }, 'eventsPerFrameMax is 0'],
    [{ bufferBytesMax: 0 }, 'bufferBytesMax is 0'],
    [{ key: '' }, 'key is empty'],
  ])('refuses %j', async (options, text) => {
    await expect(simulate(options)).rejects.toThrow(RangeError)
    await expect(simulate(options)).rejects.toThrow(text)
    await expect(simulate(options)).rejects.toThrow('expected')
  })
})

describe('the market on the wire', () => {
  const everything = 'T.*,A.*,AM.*,FMV.*'

  it('is the same, frame by frame, from two simulators of one seed, whoever else listens to what', async () => {
    const run = async (others: readonly string[], hops: readonly number[]): Promise<readonly string[]> => {
      const { clock, forward } = heldClock()
      const sim = await start({
        seed: 7,
        startMs: 1_700_000_030_000,
        rate: 3000,
        tickers: 40,
        eventsPerFrameMax: 25,
        clock,
      })
      for (const other of others) await subscriber(sim.url, other)
      const one = await subscriber(sim.url, everything)
      for (const hop of hops) {
        forward(hop)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      // Past the turn of the minute: minute bars are among them.
      await one.until((frames) => frames.at(-1)!.includes('"t":1700000044'))
      await sim.close()
      return dataOf(one.frames)
    }
    const first = await run([], [14_000, 980])
    const second = await run(['Q.*', 'T.AAPL', everything], [1, 19, 21, 7, 4000, 0, 500, 10_432])

    const last = Math.min(first.length, second.length)
    expect(last).toBeGreaterThan(1000)
    expect(second.slice(0, last)).toEqual(first.slice(0, last))
    expect(first.join()).toContain('"ev":"AM"')
    expect(Math.max(...first.map((frame) => (JSON.parse(frame) as unknown[]).length))).toBe(25)
  })

  it('has sent what has arrived, per event type and connection', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({ clock, rate: 2000, oddities: 'none' })
    const all = await subscriber(sim.url, `${everything},Q.*`)
    const some = await subscriber(sim.url, 'T.AAPL,A.MSFT')
    forward(3040)
    await all.until((frames) => dataOf(frames).length >= 152)
    await some.until((frames) => dataOf(frames).length === sim.sent().connections[1]!.frames)
    const { connections, ...total } = sim.sent()

    const arrived = (one: TestClient): Record<string, number> => {
      const counts: Record<string, number> = {}
      for (const { ev } of one.events()) counts[String(ev)] = (counts[String(ev)] ?? 0) + 1
      return counts
    }
    expect(connections).toMatchObject([
      { id: 1, open: true, events: arrived(all), frames: dataOf(all.frames).length },
      { id: 2, open: true, events: arrived(some), frames: dataOf(some.frames).length },
    ])
    expect(arrived(all).Q).toBe(arrived(all).T)
    expect(total.events.T).toBe(arrived(all).T! + arrived(some).T!)
    expect(total.bytes).toBe([...dataOf(all.frames), ...dataOf(some.frames)].join('').length)
    expect(new Set(some.events().map(({ ev, sym }) => `${String(ev)}.${String(sym)}`))).toEqual(
      new Set(['T.AAPL', 'A.MSFT']),
    )
  })

  it('makes up for a clock that jumped, without holding the process', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({ clock, rate: 10_000, oddities: 'none' })
    const one = await subscriber(sim.url, 'T.*')
    let turns = 0
    const counting = setInterval(() => (turns += 1), 1)
    forward(60_000)
    await one.until((frames) => dataOf(frames).length >= 3000)
    clearInterval(counting)

    expect(turns).toBeGreaterThan(10)
    const times = one.events().map(({ t }) => Number(t))
    expect(times.every((time, at) => time >= (times[at - 1] ?? 0))).toBe(true)
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(59_000)
  })

  it('runs as fast as the client reads at speed max, and drops nothing', async () => {
    const sim = await start({ speed: 'max', rate: 10_000, startMs: 1_700_000_000_000, bufferBytesMax: 1000 })
    const one = await subscriber(sim.url, 'A.*')
    await one.until(() => one.frames.at(-1)!.includes('"s":1700000030000'))
    one.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 100))
    one.socket.resume()
    await one.until(() => one.frames.at(-1)!.includes('"s":1700000060000'))

    const seconds = one.events().map(({ s }) => Number(s))
    expect([...new Set(seconds)].slice(0, 60)).toEqual(
      Array.from({ length: 60 }, (_, second) => 1_700_000_000_000 + second * 1000),
    )
  })

  it('runs at a multiple of the clock', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({ clock, speed: 60, startMs: 1_700_000_000_000 })
    const one = await subscriber(sim.url, 'AM.AAPL')
    forward(1000)
    await one.until(() => one.events().length > 0)

    expect(one.events()).toMatchObject([{ ev: 'AM', sym: 'AAPL', e: 1_700_000_040_000 }])
  })
})

describe('a client that does not read', () => {
  it('is cut, told why, and costs nobody else anything', async () => {
    const sim = await start({ rate: 100_000, bufferBytesMax: 200_000 })
    const reading = await subscriber(sim.url, 'T.*')
    const slow = await subscriber(sim.url, 'T.*')
    slow.socket.pause()
    const deadline = Date.now() + 10_000
    while (sim.connections().every(({ state }) => state === 'authenticated') && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(sim.connections().map(({ id, state }) => [id, state])).toEqual([
      [1, 'authenticated'],
      [2, 'ending'],
    ])
    expect(sim.connections()[1]!.bufferedBytes).toBeLessThan(400_000)
    slow.socket.resume()

    expect(await slow.closed).toBe(1006)
    expect(slow.statuses().at(-1)).toMatch(/^slow_consumer: /)
    const before = reading.frames.length
    await reading.until((frames) => frames.length > before + 5)
    const [heard, all] = [dataOf(slow.frames), dataOf(reading.frames)]
    const from = all.indexOf(heard[0]!)
    expect(heard).toEqual(all.slice(from, from + heard.length))
  })
})

describe('the end', () => {
  it('closes every connection with 1001 and the port, once', async () => {
    const sim = await start()
    const [one, idle] = [await subscriber(sim.url, 'T.*'), await client(sim.url)]
    const [first, second] = [sim.close(), sim.close()]
    expect(first).toBe(second)
    await first
    await sim.ended

    expect([await one.closed, await idle.closed]).toEqual([1001, 1001])
    expect(sim.connections()).toEqual([])
    await expect(connectTo(sim.url)).rejects.toThrow('ECONNREFUSED')
  })

  it('does not wait for a client that does not answer', async () => {
    const sim = await start()
    const deaf = await subscriber(sim.url, 'T.*')
    deaf.socket.pause()
    const beganMs = Date.now()
    await sim.close()

    expect(Date.now() - beganMs).toBeLessThan(2000)
  })

  it('comes with the signal', async () => {
    const stop = new AbortController()
    const sim = await start({ signal: stop.signal })
    const one = await subscriber(sim.url, 'T.*')
    stop.abort()
    await sim.ended

    expect(await one.closed).toBe(1001)
    await expect(simulate({ signal: stop.signal })).rejects.toThrow('aborted')
  })

  it('can be left to a scope', async () => {
    const sim = await simulate()
    await sim[Symbol.asyncDispose]()

    await expect(connectTo(sim.url)).rejects.toThrow('ECONNREFUSED')
  })
})
