import { folderOf } from './folder.ts'
import { shell } from './shell.ts'

// Goal: what `tickstock check` prints and leaves with.
// Method: the command in this process, with folders and environments of its own; nothing is connected to.

const individual = 'pk_individual_0123456789'
const business = 'pk_business_0123456789'
const file = {
  provider: 'polygon',
  providers: { polygon: { apiKey: '${POLYGON_API_KEY}', businessApiKey: '${MASSIVE_BUSINESS_API_KEY:}' } },
  frequencies: {
    per_second: { tickers: ['AAPL', 'MSFT'], channels: ['T', 'Q'], priority: 2 },
    per_minute: { tickers: '*', priority: 1, limit: 500 },
    fmv: { tickers: ['AAPL'], emission: { everyMs: 1000 } },
  },
}
const env = { POLYGON_API_KEY: individual, MASSIVE_BUSINESS_API_KEY: business }

const folders: { remove(): void }[] = []
afterAll(() => {
  for (const folder of folders) folder.remove()
})
const inFolder = (files: Readonly<Record<string, unknown>>): string => {
  const folder = folderOf(files)
  folders.push(folder)
  return folder.path
}

it('prints the plan that a person can read before the market opens', async () => {
  const { code, out, err } = await shell(['check'], { env, directory: inFolder({ 'tickstock.config.json': file }) })

  expect(err).toBe('')
  expect(out).toBe(`valid
read tickstock.config.json

mode  production

links
  socket.massive.com/stocks    polygon  key POLYGON_API_KEY ***           account default, up to 3 sockets  per_second + per_minute
  business.massive.com/stocks  polygon  key MASSIVE_BUSINESS_API_KEY ***  account default, up to 3 sockets  fair_market_value

streams
  1. per_minute         polygon  AM    every ticker           1 channel   on socket.massive.com/stocks
  2. per_second         polygon  T, Q  2 tickers: AAPL, MSFT  4 channels  on socket.massive.com/stocks
  3. fair_market_value  polygon  FMV   1 ticker: AAPL         1 channel   on business.massive.com/stocks

lanes
  per_minute/AM          the last 500 events
  per_second/T           the last 1000 events
  per_second/Q           the last 1000 events
  fair_market_value/FMV  the last 1000 events

emission, at ws://127.0.0.1:8787
  per_second         every 250 ms, or at 500 events
  per_minute         every 100 ms, or at 500 events
  fair_market_value  every 1000 ms, or at 500 events

conflicts
  per_minute has every ticker, and so those of per_second: AAPL, MSFT
  per_minute has every ticker, and so those of fair_market_value: AAPL
  per_second and fair_market_value both have AAPL
`)
  expect(code).toBe(0)
})

it('says the same as JSON', async () => {
  const { code, out } = await shell(['check', '--json'], {
    env,
    directory: inFolder({ 'tickstock.config.json': file }),
  })
  const report = JSON.parse(out) as { valid: boolean; files: string[]; errors: unknown[]; plan: { links: unknown[] } }

  expect(code).toBe(0)
  expect(report.valid).toBe(true)
  expect(report.files).toEqual(['tickstock.config.json'])
  expect(report.errors).toEqual([])
  expect(report.plan.links).toEqual([
    {
      id: 'socket.massive.com/stocks',
      place: 'socket.massive.com/stocks',
      provider: 'polygon',
      account: 'default',
      connectionsMax: 3,
      key: 'POLYGON_API_KEY ***',
      frequencies: ['per_second', 'per_minute'],
    },
    {
      id: 'business.massive.com/stocks',
      place: 'business.massive.com/stocks',
      provider: 'polygon',
      account: 'default',
      connectionsMax: 3,
      key: 'MASSIVE_BUSINESS_API_KEY ***',
      frequencies: ['fair_market_value'],
    },
  ])
})

it('leaves with 0 for warnings, and with 1 where they count', async () => {
  const options = { env: { POLYGON_API_KEY: individual }, directory: inFolder({ 'tickstock.config.json': file }) }
  const plain = await shell(['check'], options)
  const strict = await shell(['check', '--strict'], options)

  expect([plain.code, strict.code]).toEqual([0, 1])
  expect(plain.out).toMatch(/^valid, with 1 warning$/m)
  expect(plain.out).toContain(
    'fair_market_value is off: it needs a Business key: set POLYGON_BUSINESS_API_KEY; the others run',
  )
})

it('leaves with 2 for errors, all of them at once', async () => {
  const directory = inFolder({
    'tickstock.config.json': { provider: 'polygn', frequencies: { per_second: { tickers: [], limit: 0 } } },
    'broken.json': '{ "links": }',
  })
  const { code, out } = await shell(['check', 'tickstock.config.json', 'broken.json', 'nowhere.json'], {
    env,
    directory,
  })

  expect(code).toBe(2)
  expect(out).toContain('invalid: 5 errors')
  expect(out).toContain(
    'tickstock.config.json: provider: found "polygn", expected one of polygon, simulated, replay; did you mean polygon?',
  )
  expect(out).toContain('tickstock.config.json: frequencies.per_second.tickers: found an empty list, expected')
  expect(out).toContain(
    'tickstock.config.json: frequencies.per_second.limit: found 0, expected a whole number of events from 1 up',
  )
  expect(out).toContain('broken.json: line 1, column 12: found a text that is no JSON, expected a value')
  expect(out).toContain('nowhere.json: found no such file')
})

it('says in one line that nothing is configured', async () => {
  const { code, out } = await shell(['check'], { directory: inFolder({}) })

  expect(code).toBe(0)
  expect(out).toMatch(/^valid\nnothing is configured: simulated, all three frequencies\n/)
})

it('says what the engine would refuse, without starting it', async () => {
  const directory = inFolder({
    'tickstock.config.json': { provider: 'simulated', frequencies: { per_second: { staleMs: 1 } } },
  })
  const { code, out } = await shell(['check'], { directory })

  expect(code).toBe(2)
  expect(out).toContain('staleMs is quietMs')
})

it('prints no key, wherever it stands', async () => {
  const directory = inFolder({
    'tickstock.config.json': {
      ...file,
      mode: individual,
      [individual]: 1,
      links: '${MASSIVE_BUSINESS_API_KEY}',
      publisher: { tokens: ['token-of-a-client'], host: 'token-of-a-client' },
    },
    '.env': 'OTHER_SECRET=something-secret\nACTIVE_DATA_PROVIDERS=something-secret\n',
  })
  const said = await Promise.all([
    shell(['check'], { env, directory }),
    shell(['check', '--json'], { env, directory }),
    shell(['check', '--json'], {
      env: { ...env, ACTIVE_DATA_PROVIDERS: 'polygon', MASSIVE_API_KEY: 'another-key' },
      directory,
    }),
  ])

  for (const { out, err } of said) {
    for (const secret of [individual, business, 'token-of-a-client', 'something-secret', 'another-key']) {
      expect(out + err).not.toContain(secret)
    }
  }
  expect(said[0].code).toBe(2)
})
