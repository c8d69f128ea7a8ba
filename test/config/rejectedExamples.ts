/** Variables of the environment. */
export type Env = Readonly<Record<string, string>>
/** Contents by path. */
export type Files = Readonly<Record<string, unknown>>

export const multi = { ENABLE_MULTI_FREQUENCY: 'true' }
export const synthetic = { ...multi, ACTIVE_DATA_PROVIDERS: 'synthetic' }
export const key = { POLYGON_API_KEY: 'a-key-of-nobody' }
export const place = 'config/websocket_subscriptions.json'
export const entry = { enabled: true, provider: 'polygon', tickers: ['AAPL'] }
export const without = (name: keyof typeof entry): object =>
  Object.fromEntries(Object.entries(entry).filter(([one]) => one !== name))
export const subscriptions = (json: unknown): Files => ({ [place]: json })
export const second = (perSecond: object): Files =>
  subscriptions({ version: '1.0', subscriptions: { per_second: perSecond } })

export const noKey =
  'configuration: providers.polygon.apiKey: found no key of polygon, expected a key: set POLYGON_API_KEY, or take the data from the simulator with ACTIVE_DATA_PROVIDERS=simulated'
export const ticker = 'a ticker such as BRK.B, without spaces, commas or *; or * for every one'
export const tickers = 'a list of tickers such as ["AAPL", "BRK.B"], or ["*"], at least one'
export const at = `${place}: subscriptions.per_second`

/** What the reference rejects: a name, what is given, and every error. */
export const rejected: readonly (readonly [string, Env, Files, readonly string[]])[] = [
  ['USE_POLYGON_API and no key', { USE_POLYGON_API: 'true' }, {}, [noKey]],
  ['polygon listed and no key', { ...multi, ACTIVE_DATA_PROVIDERS: 'polygon' }, {}, [noKey]],
  [
    'an unknown mode',
    { ...multi, ...key, DATA_SOURCE_MODE: 'live' },
    {},
    ['environment: DATA_SOURCE_MODE: found "live", expected one of production, test, hybrid'],
  ],
  [
    'a mode in other letters',
    { ...multi, ...key, DATA_SOURCE_MODE: 'Production' },
    {},
    [
      'environment: DATA_SOURCE_MODE: found "Production", expected one of production, test, hybrid; did you mean production?',
    ],
  ],
  [
    'providers that do not exist, each named',
    { ...multi, ...key, ACTIVE_DATA_PROVIDERS: 'polygon,bloomberg,reuters' },
    {},
    [
      'environment: ACTIVE_DATA_PROVIDERS: found "bloomberg", expected one of polygon, simulated, replay, both',
      'environment: ACTIVE_DATA_PROVIDERS: found "reuters", expected one of polygon, simulated, replay, both',
    ],
  ],
  [
    'multi-frequency and no stream',
    { ...multi, ...key, WEBSOCKET_PER_SECOND_ENABLED: 'false' },
    {},
    [
      'configuration: frequencies: found none that is switched on, expected at least one: WEBSOCKET_PER_SECOND_ENABLED, or with ENABLE_MULTI_FREQUENCY=true also WEBSOCKET_PER_MINUTE_ENABLED or WEBSOCKET_FAIR_VALUE_ENABLED',
    ],
  ],
  ...(
    [
      ['SYNTHETIC_FMV_CORRELATION', '0.05', '0.1 to 1'],
      ['SYNTHETIC_FMV_TRENDING_CORRELATION', '1.5', '0 to 1'],
      ['SYNTHETIC_FMV_UPDATE_INTERVAL', '400', '5 to 300'],
      ['SYNTHETIC_FMV_UPDATE_INTERVAL', '3', '5 to 300'],
      ['SYNTHETIC_PER_SECOND_FREQUENCY', '90', '0.1 to 60'],
      ['VALIDATION_PRICE_TOLERANCE', '0.05', '0.0001 to 0.01'],
      ['VALIDATION_VOLUME_TOLERANCE', '0.3', '0.001 to 0.2'],
      ['VALIDATION_VWAP_TOLERANCE', '1', '0.0001 to 0.01'],
    ] as const
  ).map(([name, value, range]): readonly [string, Env, Files, readonly string[]] => [
    `${name}=${value}`,
    { ...synthetic, [name]: value },
    {},
    [`environment: ${name}: found ${value}, expected a number from ${range}`],
  ]),
  [
    'subscriptions without a version',
    key,
    subscriptions({ subscriptions: {} }),
    [`${place}: version: found nothing, expected a version`],
  ],
  [
    'a file without subscriptions',
    key,
    subscriptions({ version: '1.0' }),
    [`${place}: subscriptions: found nothing, expected an object`],
  ],
  [
    'an entry without enabled',
    key,
    second(without('enabled')),
    [`${at}.enabled: found nothing, expected true or false`],
  ],
  [
    'an entry without a provider',
    key,
    second(without('provider')),
    [`${at}.provider: found nothing, expected one of polygon, simulated, replay`],
  ],
  ['an entry without tickers', key, second(without('tickers')), [`${at}.tickers: found nothing, expected ${tickers}`]],
  [
    'a provider that does not exist',
    key,
    second({ ...entry, provider: 'polygn' }),
    [`${at}.provider: found "polygn", expected one of polygon, simulated, replay; did you mean polygon?`],
  ],
  [
    'tickers that are no list',
    key,
    second({ ...entry, tickers: 'AAPL' }),
    [`${at}.tickers: found "AAPL", expected ${tickers}`],
  ],
  [
    'no tickers, in an entry that is off too',
    key,
    subscriptions({
      version: '1.0',
      subscriptions: { per_second: entry, per_minute: { ...entry, enabled: false, tickers: [] } },
    }),
    [`${place}: subscriptions.per_minute.tickers: found an empty list, expected ${tickers}`],
  ],
  [
    'more than max_tickers',
    key,
    second({ ...entry, tickers: ['AAPL', 'MSFT', 'NVDA'], max_tickers: 2 }),
    [`${at}.tickers: found 3 tickers, expected at most 2, as its max_tickers says`],
  ],
]
