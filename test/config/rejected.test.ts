import { ConfigurationError } from '../../src/config/problem.ts'
import { configured, type Reading, readConfiguration } from '../../src/config/readConfiguration.ts'
import { folderOf } from './folder.ts'
import {
  at,
  entry,
  type Env,
  type Files,
  key,
  multi,
  rejected,
  second,
  subscriptions,
  synthetic,
  ticker,
} from './rejectedExamples.ts'

// Goal: every example that the reference rejects gives its error and no options; what it only warns of is a warning; and what it did
// wrong is otherwise here.
// Method: one table for each, read from folders of their own.

const read = (environment: Env, files: Files = {}): Reading => {
  const folder = folderOf(files)
  try {
    return readConfiguration({ environment, directory: folder.path })
  } finally {
    folder.remove()
  }
}

const errorsOf = ({ problems }: Reading): readonly string[] =>
  problems.map(({ source, message }) => `${source}: ${message}`)
const warningsOf = ({ warnings }: Reading): string => warnings.map(({ message }) => message).join('\n')

it.each(rejected)('%s is an error', (_name, environment, files, errors) => {
  const reading = read(environment, files)

  expect(errorsOf(reading)).toEqual(errors)
  expect(reading.options).toBeUndefined()
})

it.each<readonly [string, Env, RegExp]>([
  ['both legacy flags', { USE_POLYGON_API: 'true', USE_SYNTHETIC_DATA: 'true' }, /both true: synthetic wins/],
  ['no sockets', { ...multi, ...key, WEBSOCKET_CONNECTION_POOL_SIZE: '0' }, /POOL_SIZE is 0; usual is 1 to 10/],
  ['too many sockets', { ...multi, ...key, WEBSOCKET_CONNECTION_POOL_SIZE: '11' }, /POOL_SIZE is 11; usual is 1 to 10/],
  ['a small tolerance', { ...synthetic, VALIDATION_VOLUME_TOLERANCE: '0.005' }, /is 0.005; usual is 0.01 to 0.2/],
  ['a wide tick', { ...synthetic, SYNTHETIC_TICK_VARIANCE: '0.02' }, /is 0.02; usual is 0 to 0.01/],
  ['a drift', { ...synthetic, SYNTHETIC_MINUTE_DRIFT: '0.03' }, /is 0.03; usual is 0 to 0.02/],
  ['a decay', { ...synthetic, SYNTHETIC_FMV_MOMENTUM_DECAY: '0.99' }, /is 0.99; usual is 0.1 to 0.95/],
  ['an order', { ...synthetic, SYNTHETIC_FMV_VOLATILE_CORRELATION: '0.8' }, /volatile \(0.8\) <= sideways \(0.75\)/],
  ['made-up data in production', synthetic, /per_second is made up: its provider in production is simulated/],
])('%s is a warning', (_name, environment, warned) => {
  const reading = read(environment)

  expect(errorsOf(reading)).toEqual([])
  expect(warningsOf(reading)).toMatch(warned)
  expect(reading.options).toBeDefined()
})

describe('providers of entries', () => {
  const withFallback = { ...entry, fallback_provider: 'synthetic' }

  it('are an error where they are not among the listed ones', () => {
    expect(errorsOf(read({ ACTIVE_DATA_PROVIDERS: 'synthetic' }, second(entry)))).toEqual([
      `${at}.provider: found "polygon", expected one of the providers in use: simulated`,
    ])
    // In production nothing falls back in silence.
    expect(errorsOf(read({ ACTIVE_DATA_PROVIDERS: 'synthetic' }, second(withFallback)))).toHaveLength(1)
  })

  it('give way to their fallback in test, and say so', () => {
    const reading = read({ DATA_SOURCE_MODE: 'test', USE_SYNTHETIC_DATA: 'true' }, second(withFallback))

    expect(errorsOf(reading)).toEqual([])
    expect(warningsOf(reading)).toContain(
      'per_second: polygon is not among the providers in use; it comes from simulated, its fallback',
    )
    expect(reading.options?.frequencies).toEqual([{ name: 'per_second', provider: 'simulated', tickers: ['AAPL'] }])
  })

  it('stay fallbacks where both are used', () => {
    const reading = read({ ...key, DATA_SOURCE_MODE: 'hybrid', ACTIVE_DATA_PROVIDERS: 'both' }, second(withFallback))

    expect(reading.options?.frequencies).toEqual([
      { name: 'per_second', provider: 'polygon', fallbackProvider: 'simulated', tickers: ['AAPL'] },
    ])
  })
})

describe('what the reference did wrong', () => {
  it('does not start with what is invalid: it throws, with all of it at once', () => {
    const options = { environment: { DATA_SOURCE_MODE: 'live', EMISSION_INTERVAL: 'soon' }, directory: '/nowhere' }

    expect(() => configured(options)).toThrow(ConfigurationError)
    expect(() => configured(options)).toThrow(/DATA_SOURCE_MODE[^]*EMISSION_INTERVAL/)
  })

  it('refuses a provider that does not exist also without multi-frequency', () => {
    expect(errorsOf(read({ ...key, ACTIVE_DATA_PROVIDERS: 'bloomberg' }))).toHaveLength(1)
  })

  it('takes both for both providers', () => {
    const reading = read({ ...multi, ...key, ACTIVE_DATA_PROVIDERS: 'both', DATA_SOURCE_MODE: 'hybrid' })

    expect(reading.options?.activeProviders).toEqual(['polygon', 'simulated'])
  })

  it('migrates before it validates: synthetic data needs no key', () => {
    const reading = read({ ...multi, USE_SYNTHETIC_DATA: 'true' })

    expect(errorsOf(reading)).toEqual([])
    expect(reading.options?.activeProviders).toEqual(['simulated'])
  })

  it('gives variables in files the types that they stand for', () => {
    const reading = read(
      { ...multi, ...key, ON: 'false', MOST: '2', LIST: 'AAPL, MSFT' },
      subscriptions({
        version: '1.0',
        subscriptions: {
          per_second: { ...entry, tickers: ['${LIST}'], max_tickers: '${MOST}' },
          per_minute: { ...entry, enabled: '${ON}' },
          fmv: { ...entry, enabled: '${FMV_ON:false}', priority: '${NOWHERE:3}' },
        },
      }),
    )

    expect(errorsOf(reading)).toEqual([])
    expect(reading.options?.frequencies).toEqual([
      { name: 'per_second', provider: 'polygon', tickers: ['AAPL', 'MSFT'] },
    ])
  })

  it('refuses tickers of a variable that is not set', () => {
    expect(errorsOf(read(key, second({ ...entry, tickers: ['AAPL', '${NONE}'] })))).toEqual([
      `${at}.tickers[1]: found nothing (NONE is not set), expected ${ticker}`,
    ])
  })

  it('puts the real environment above .env, and .env above files', () => {
    const files = {
      '.env': 'TICKSTOCK_LINKS=shared\nTICKSTOCK_PORT=1111\nTICKSTOCK_SEED=3\n',
      'tickstock.config.json': { links: 'shared', publisher: { port: 2222, pingMs: 30000 }, provider: 'simulated' },
    }
    const folder = folderOf(files)
    const { options } = readConfiguration({
      environment: { TICKSTOCK_LINKS: 'dedicated', TICKSTOCK_SEED: '' },
      directory: folder.path,
      commandLine: { publisher: { compress: true } },
      code: { publisher: { compress: false } },
    })
    folder.remove()

    expect(options?.links).toBe('dedicated')
    expect(options?.publisher).toEqual({ port: 1111, pingMs: 30000, compress: false })
    // Set to nothing, the real one hides the file's.
    expect(options?.providers.simulated?.seed).toBeUndefined()
  })

  it('takes on for true, and says what is neither true nor false', () => {
    expect(read({ ...synthetic, WEBSOCKET_PER_MINUTE_ENABLED: 'on' }).options?.frequencies).toHaveLength(2)
    expect(errorsOf(read({ ...synthetic, WEBSOCKET_PER_MINUTE_ENABLED: 'maybe' }))).toEqual([
      'environment: WEBSOCKET_PER_MINUTE_ENABLED: found "maybe", expected true or false',
    ])
  })

  it('refuses numbers that are none, instead of keeping the old', () => {
    expect(errorsOf(read({ ...synthetic, POLYGON_WEBSOCKET_MAX_RETRIES: 'five', EMISSION_INTERVAL: '-1' }))).toEqual([
      'environment: POLYGON_WEBSOCKET_MAX_RETRIES: found "five", expected a whole number of retries from 0 up',
      'environment: EMISSION_INTERVAL: found "-1", expected a number of seconds from 0 to 2,147,483',
    ])
  })

  it('says that a file which is named is not there', () => {
    expect(errorsOf(read({ ...key, WEBSOCKET_SUBSCRIPTIONS_FILE: 'nowhere.json' }))).toEqual([
      'nowhere.json: found no such file, expected a file of JSON, or of variables where its name is .env',
    ])
  })

  it('keeps nothing of a preset when another one is named', () => {
    const first = read({ TICKSTOCK_PRESET: 'performance_testing' })
    const second = read({ TICKSTOCK_PRESET: 'development' })

    expect(first.options?.frequencies).toHaveLength(3)
    expect(second.options?.frequencies.map(({ name }) => name)).toEqual(['per_second'])
    expect(second.options?.providers.simulated).toEqual({ secondsPerTrade: 2, activity: 'medium' })
  })

  it('lets every setting that it knows do something', () => {
    const { options } = read({
      ...multi,
      ...key,
      POLYGON_BUSINESS_API_KEY: 'business-key',
      WEBSOCKET_CONNECTION_POOL_SIZE: '2',
      WEBSOCKET_CONNECTION_TIMEOUT: '20',
      WEBSOCKET_SUBSCRIPTION_BATCH_SIZE: '50',
      WEBSOCKET_HEALTH_CHECK_INTERVAL: '90',
      MASSIVE_WEBSOCKET_RECONNECT_DELAY: '5',
      MASSIVE_WEBSOCKET_MAX_RECONNECT_DELAY: '120',
      POLYGON_WEBSOCKET_MAX_RETRIES: '5',
      MASSIVE_PER_SECOND_HOST: 'delayed',
      POLYGON_PER_SECOND_API_KEY: 'a-second-key',
      EMISSION_INTERVAL: '1.0',
      UPDATE_INTERVAL: '2',
      COLLECTION_MAX_EVENTS: '1000',
      MAX_EVENTS_PER_PUBLISH: '100',
      HEARTBEAT_INTERVAL: '2.0',
      MAX_BUFFER_SIZE: '700',
    })

    expect(options?.providers.polygon?.connectionsMax).toBe(2)
    expect(options?.link).toEqual({
      connectTimeoutMs: 20_000,
      channelsPerMessage: 50,
      pingMs: 90_000,
      // Moved along: a socket is not given up before its ping could be answered.
      muteMs: 216_000,
      retry: { initialMs: 5000, capMs: 120_000, retriesMax: 5 },
    })
    expect(options?.frequencies).toEqual([
      {
        name: 'per_second',
        provider: 'polygon',
        tickers: '*',
        host: 'delayed',
        key: 'a-second-key',
        limit: 700,
      },
    ])
    expect(options?.publisher).toEqual({ emission: { everyMs: 2000, count: 100 }, pingMs: 2000 })
  })
})
