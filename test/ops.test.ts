import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

import { scriptedVendor, trade, type VendorScript } from '../marbles/index.ts'
import {
  createEngine,
  type Engine,
  type Health,
  type OpsOptions,
  perMinute,
  perSecond,
  publish,
  serveOps,
} from '../src/index.ts'

// Goal: whoever looks after an engine is told the truth over HTTP, may change what the token allows and nothing else, and can scrape metrics that are well formed,
// bounded and without a ticker.
// Method: the real server on loopback over an engine on the marble kit's scripted vendor. See test/opsFaults.test.ts for what it says under faults.

const token = 'test-token-4711'
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const link = { settleMs: 0, retry: { initialMs: 5, capMs: 10 }, closeWaitMs: 20 } as const

const served = async (options: OpsOptions = {}, script?: VendorScript) => {
  const vendor = scriptedVendor(script)
  const engine = createEngine({
    provider: vendor.provider,
    link,
    frequencies: [perSecond(), perMinute({ required: false, tickers: ['AAPL'] })],
    healthEveryMs: 20,
  })
  open.push(() => engine.close({ drainMs: 0 }))
  const ops = await serveOps(engine, { port: 0, ...options })
  return { vendor, engine, ops }
}

const ask = async (
  url: string,
  { method = 'GET', token: own, body }: { method?: string; token?: string; body?: unknown } = {},
) => {
  const response = await fetch(url, {
    method,
    headers: {
      ...(own === undefined ? {} : { authorization: `Bearer ${own}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    code: response.status,
    text,
    json: (isJson ? JSON.parse(text) : undefined) as Record<string, unknown>,
    headers: response.headers,
  }
}

/** With a Host header of its own, which fetch does not allow. */
const askAs = async (url: string, host: string): Promise<number> => {
  const sent = request(`${url}/health`, { headers: { host } }).end()
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  return response.statusCode
}

describe('what is told', () => {
  it('is alive from the start, ready when the required frequencies are, and neither when the engine has closed', async () => {
    const { engine, ops } = await served({}, { ignores: ['AM.AAPL'] })
    expect(await ask(`${ops.url}/healthz`)).toMatchObject({ code: 200, json: { alive: true } })
    expect(await ask(`${ops.url}/readyz`)).toMatchObject({
      code: 503,
      json: { ready: false, waitingFor: { per_second: expect.any(String) } },
    })
    expect(await ask(`${ops.url}/health`)).toMatchObject({
      code: 503,
      json: { status: 'down', reasons: ['the engine has not been started'] },
    })

    void engine.start()
    await liveIn(engine, 'per_second')
    // per_minute is not answered for yet, and not required.
    expect(await ask(`${ops.url}/readyz`)).toMatchObject({ code: 200, json: { ready: true, waitingFor: {} } })
    expect(await ask(`${ops.url}/health`)).toMatchObject({
      code: 200,
      json: {
        status: 'degraded',
        // A busy machine may be a reason of its own.
        reasons: expect.arrayContaining([expect.stringMatching(/^per_minute is connecting/)]),
        parts: { ops: { url: ops.url } },
      },
    })

    await engine.close({ drainMs: 0 })
    await expect(ask(`${ops.url}/healthz`)).rejects.toThrow()
  })

  it('waits for nobody who is refused for good, and says who is refused', async () => {
    const { engine, ops } = await served({}, { refuses: ['T'] })
    await engine.start()
    const { code, json } = await ask(`${ops.url}/readyz`)
    expect([code, json.waitingFor]).toEqual([
      503,
      { per_second: 'per_second is refused: the vendor gives it none of T.*; does the plan of the key have it?' },
    ])
  })

  it('gives the ledger, gaps, rejects and dead letters', async () => {
    const { engine, ops, vendor } = await served()
    await engine.start()
    vendor.send([trade()])
    vendor.sendText('[{"ev":"T","sym":"A"}]', 'T')
    await until(() => engine.frequency('per_second').rejects.length === 1)
    vendor.lose()
    await until(() => engine.frequency('per_second').gaps.length === 1)

    const gaps = await ask(`${ops.url}/frequencies/per_second/gaps`)
    expect(gaps.json.gaps).toMatchObject([{ frequency: 'per_second', channels: ['T.*'] }])
    const rejects = await ask(`${ops.url}/frequencies/per_second/rejects`)
    expect(rejects.json.rejects).toMatchObject([{ kind: 'invalid', eventType: 'T', symbol: 'A' }])
    expect((await ask(`${ops.url}/frequencies/per_second/dead-letters/`)).json).toEqual({ deadLetters: [] })
    expect((await ask(`${ops.url}/ledger`)).json).toMatchObject({
      balanced: true,
      rows: expect.arrayContaining([expect.objectContaining({ kind: 'link' })]),
    })
    const { links } = (await ask(`${ops.url}/timeline`)).json as { links: { moments: { kind: string }[] }[] }
    expect(links[0]?.moments.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['connecting', 'live', 'waiting']))
  })

  it('says what is not there, and is not cached', async () => {
    const { ops } = await served()
    expect(await ask(`${ops.url}/frequencies/per_hour/gaps`)).toMatchObject({
      code: 404,
      json: { error: 'no frequency "per_hour"; this engine has per_second, per_minute' },
    })
    const { code, json, headers } = await ask(`${ops.url}/nowhere?key=secret-of-mine`)
    expect([code, json, headers.get('cache-control')]).toEqual([
      404,
      { error: 'nothing is served at GET /nowhere' },
      'no-store',
    ])
  })
})

describe('what can be changed', () => {
  it('takes a token, and with it stops, starts and gives other tickers', async () => {
    const { engine, ops } = await served({ token })
    await engine.start()
    const at = (what: string): string => `${ops.url}/frequencies/per_minute/${what}`

    expect(await ask(at('stop'), { method: 'POST' })).toMatchObject({ code: 401 })
    expect(await ask(at('stop'), { method: 'POST', token: `${token}5` })).toMatchObject({
      code: 401,
      json: { error: expect.stringContaining('takes the token') },
    })
    expect(engine.health().frequencies[1]?.state.word).not.toBe('stopped')

    expect(await ask(at('stop'), { method: 'POST', token })).toMatchObject({
      code: 200,
      json: { frequency: 'per_minute', asked: 'stop' },
    })
    expect(engine.health().frequencies[1]).toMatchObject({ status: 'down', state: { word: 'stopped' } })
    await ask(at('start'), { method: 'POST', token })
    await liveIn(engine, 'per_minute')

    expect(await ask(at('tickers'), { method: 'POST', token, body: { tickers: ['MSFT', 'AAPL'] } })).toMatchObject({
      code: 200,
    })
    await until(() => engine.ledger().balanced && (engine.health().links[0]?.statuses ?? 0) > 4)
    await liveIn(engine, 'per_minute')
  })

  it.each([
    [{ tickers: 'AAPL' }, 'expected {"tickers": ["AAPL", "MSFT"]} or {"tickers": "*"}'],
    [{ symbols: ['AAPL'] }, 'expected {"tickers": ["AAPL", "MSFT"]} or {"tickers": "*"}'],
    [undefined, 'expected {"tickers": ["AAPL", "MSFT"]} or {"tickers": "*"}'],
    [{ tickers: [] }, 'tickers'],
    [{ tickers: ['A B'] }, 'A B'],
  ])('%j is told what is wrong', async (body, sentence) => {
    const { ops } = await served({ token })
    const answer = await ask(`${ops.url}/frequencies/per_second/tickers`, { method: 'POST', token, body })
    expect(answer).toMatchObject({ code: 400, json: { error: expect.stringContaining(sentence) } })
  })

  it('changes nothing without a token of its own', async () => {
    const { engine, ops } = await served()
    await engine.start()
    const answer = await ask(`${ops.url}/frequencies/per_second/stop`, { method: 'POST', token })
    expect(answer).toMatchObject({
      code: 403,
      json: { error: 'nothing can be changed here: the server was started without a token' },
    })
    expect(engine.health().frequencies[0]?.state.running).toBe(true)
  })

  it('answers beyond this machine only who has the token, save for probes', async () => {
    const { engine, ops } = await served({ token, host: '0.0.0.0' })
    await engine.start()
    expect(await ask(`${ops.url}/healthz`)).toMatchObject({ code: 200 })
    expect(await ask(`${ops.url}/readyz`)).toMatchObject({ code: 200 })
    for (const path of ['health', 'metrics', 'ledger', 'timeline', 'frequencies/per_second/gaps']) {
      expect([path, (await ask(`${ops.url}/${path}`)).code]).toEqual([path, 401])
      expect([path, (await ask(`${ops.url}/${path}`, { token })).code]).toEqual([path, 200])
    }
  })

  it('does not answer under a name that is not its own: pages of strangers come by those', async () => {
    const { engine, ops } = await served({ hostNames: ['feed.example'] })
    await engine.start()
    const port = String(ops.port)
    expect(await askAs(ops.url, `evil.example:${port}`)).toBe(403)
    expect(await askAs(ops.url, `feed.example:${port}`)).toBe(200)
    expect(await askAs(ops.url, `localhost:${port}`)).toBe(200)
    expect(await askAs(ops.url, `127.0.0.1:${port}`)).toBe(200)
  })
})

describe('metrics', () => {
  it('are well formed, bounded, and name no ticker and no client', async () => {
    const { engine, ops, vendor } = await served()
    const server = await publish(engine, { port: 0 })
    await engine.start()
    for (let i = 0; i < 40; i += 1)
      engine
        .frequency('per_second')
        .lane('T')
        .reader(`reader ${String(i)}`)
    vendor.send([trade({ symbol: 'ZZZTEST' })])
    await until(() => engine.health().frequencies[0]?.emitted === 1)
    const { text, headers } = await ask(`${ops.url}/metrics`)

    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(text).not.toContain('ZZZTEST')
    const lines = text.trimEnd().split('\n')
    for (const line of lines) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z][a-z0-9_]* .+|[a-z][a-z0-9_]*(\{([a-z_]+="[^"]*",?)+\})? -?[\d.e+-]+|)$/,
      )
    }
    expect(lines).toEqual(
      expect.arrayContaining([
        'tickstock_status{status="down"} 0',
        'tickstock_frequency_status{frequency="per_second",status="ok"} 1',
        'tickstock_frequency_status{frequency="per_second",status="down"} 0',
        'tickstock_frequency_state{frequency="per_minute",state="live"} 1',
        'tickstock_frequency_required{frequency="per_minute"} 0',
        'tickstock_frequency_emitted_events_total{frequency="per_second"} 1',
        'tickstock_lane_appended_events_total{frequency="per_second",event_type="T"} 1',
        'tickstock_reader_lag_events{frequency="per_second",event_type="T",reader="reader 3"} 1',
        // Forty-one readers, the publisher's among them, and lines for no more than 32.
        'tickstock_reader_lag_events{frequency="per_second",event_type="T",reader="(others)"} 10',
        'tickstock_publisher_clients{publisher="publisher"} 0',
        'tickstock_ledger_balanced 1',
      ]),
    )
    // A counter is called _total and a total is a counter.
    const types = lines.flatMap((line) => /^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1) ?? [])
    for (let i = 0; i < types.length; i += 2) {
      expect([types[i], types[i]?.endsWith('_total')]).toEqual([types[i], types[i + 1] === 'counter'])
    }
    await server.close()
    expect((await ask(`${ops.url}/metrics`)).text).not.toContain('tickstock_publisher_clients{publisher="publisher"}')
  })

  it('never go back', async () => {
    const { engine, ops, vendor } = await served()
    await engine.start()
    const scrape = async (): Promise<ReadonlyMap<string, number>> => {
      const { text } = await ask(`${ops.url}/metrics`)
      const counters = [...text.matchAll(/^(tickstock_\w+_total\S*) (\S+)$/gm)]
      return new Map(counters.map(([, name, value]) => [name ?? '', Number(value)]))
    }
    vendor.send([trade(), trade()])
    const before = await scrape()
    vendor.lose()
    await until(() => engine.health().links[0]?.sessions === 2 && engine.health().status === 'ok')
    vendor.send([trade()])
    const after = await scrape()
    expect(before.size).toBeGreaterThan(30)
    for (const [name, value] of before) expect([name, (after.get(name) ?? NaN) >= value]).toEqual([name, true])
  })
})

describe('the server', () => {
  it('says when its port is somebody else’s, and leaves nothing behind', async () => {
    const { engine, ops } = await served()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    open.push(async () => void other.close())
    const { port } = other.address() as AddressInfo
    await expect(serveOps(engine, { port })).rejects.toMatchObject({
      _tag: 'PortInUse',
      message: `the operations server cannot listen on 127.0.0.1:${String(port)}: the port is in use; choose another, or 0 for any free one`,
    })
    await expect(serveOps(engine, { port: 0, host: '192.0.2.1' })).rejects.toMatchObject({ _tag: 'ListenFailed' })
    expect(engine.health().parts.ops).toEqual({ url: ops.url })
    expect(Object.keys(engine.health().parts)).toEqual(['ops', 'page', 'page feed'])
    await ops.close()
    expect(engine.health().parts).toEqual({})
  })

  it('closes with its signal, and is not opened for an engine that has closed', async () => {
    const stop = new AbortController()
    const { engine, ops } = await served({ signal: stop.signal })
    stop.abort()
    await ops.close()
    expect(engine.health().parts).toEqual({})
    await expect(serveOps(engine, { port: 0, signal: stop.signal })).rejects.toThrow('abort')
    await engine.close()
    await expect(serveOps(engine, { port: 0 })).rejects.toThrow('the engine is closed')
  })

  it.each<[OpsOptions, string]>([
    [{ port: 1.5 }, 'port is 1.5'],
    [{ host: '' }, 'host is empty'],
    [{ token: 'se cret-token' }, 'token is not what a header can carry'],
    [{ token: 'tiny' }, 'expected 8 or more'],
    [{ hostNames: ['http://feed'] }, 'hostNames'],
  ])('%j is refused by name, and the token is not repeated', async (options, sentence) => {
    const { engine } = await served()
    const refusal = serveOps(engine, options)
    await expect(refusal).rejects.toThrow(RangeError)
    await expect(refusal).rejects.toThrow(sentence)
    await expect(refusal).rejects.not.toThrow(options.token ?? 'no token')
  })

  it('loads its libraries only when somebody serves', async () => {
    jest.resetModules()
    jest.doMock('fastify', () => {
      throw new Error('fastify was loaded')
    })
    jest.doMock('prom-client', () => {
      throw new Error('prom-client was loaded')
    })
    const fresh = await import('../src/index.ts')
    expect(typeof fresh.serveOps).toBe('function')
    const engine = fresh.createEngine({ provider: scriptedVendor().provider, frequencies: [fresh.perSecond()] })
    open.push(() => engine.close())
    await expect(fresh.serveOps(engine, { port: 0 })).rejects.toThrow('was loaded')
    jest.dontMock('fastify').dontMock('prom-client')
  })
})

const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 2000 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5))
  if (!holds()) throw new Error('not within ten seconds')
}

const liveIn = (engine: Pick<Engine, 'health'>, name: string): Promise<void> =>
  until(() =>
    engine
      .health()
      .frequencies.some((one: Health['frequencies'][number]) => one.name === name && one.state.word === 'live'),
  )
