import {
  anyObject,
  either,
  type Field,
  type Fields,
  flag,
  key,
  type Kind,
  listOf,
  milliseconds,
  number,
  object,
  oneOf,
  orNull,
  text,
  type ValueOf,
  whole,
} from './kind.ts'
import {
  channelsOf,
  type FrequencyName,
  frequencySpellings,
  modes,
  presetNames,
  providerNames,
  providerSpellings,
} from './words.ts'

const field = <A>(
  kind: Kind<A>,
  meaning: string,
  fallback?: string,
  more: Partial<Omit<Field, 'kind'>> = {},
): Field<A> => ({
  kind,
  meaning,
  ...(fallback === undefined ? {} : { fallback }),
  ...more,
})

/** `*`, or symbols as the wire writes them. */
export const tickerForm = String.raw`^(\*|[^\s,*]+)$`
const ticker = text('a ticker such as BRK.B, without spaces, commas or *; or * for every one', tickerForm)
export const tickers = either(oneOf(['*']), listOf(ticker, { what: 'tickers such as ["AAPL", "BRK.B"]', least: 1 }))

const hostForm = String.raw`^[A-Za-z0-9.-]+(:\d+)?$`
const urlForm = String.raw`^wss?://\S+$`
const host = text('a host stem such as delayed-business, or a whole host name', hostForm)
export const address = text('an address that begins with ws:// or wss://', urlForm)
const name = text('a name')

const emission = object('an object with everyMs and count', {
  everyMs: field(milliseconds({ least: 0 }), 'How long an event may be held for the others of its frame.', undefined, {
    example: 250,
  }),
  count: field(whole({ least: 1, unit: 'events' }), 'So many events make a frame at once.', '500', { example: 500 }),
})

/** What providers a document may name: the built-in ones, and those that the host has registered. */
export interface KnownProviders {
  readonly names: readonly string[]
  /** Other words for them. */
  readonly aliases: Readonly<Record<string, string>>
}

export const builtInProviders: KnownProviders = { names: providerNames, aliases: providerSpellings }

const frequencyFields = (frequency: FrequencyName, provider: Kind<string>) => {
  const [usual, ...others] = channelsOf[frequency]
  const fallbackMs = { per_second: '250', per_minute: '100', fair_market_value: '500' }[frequency]
  return {
    enabled: field(flag, 'Whether it runs.', 'true, for a frequency that is named at all'),
    tickers: field(tickers, 'What it asks for: a list, or `*` for every ticker.', '"*"', { example: ['AAPL', 'MSFT'] }),
    channels: field(
      listOf(oneOf([usual, ...others]), { what: `event types, ${[usual, ...others].join(', ')}`, least: 1 }),
      'The event types it takes.',
      JSON.stringify([usual]),
    ),
    provider: field(provider, 'Where it comes from, when not from `provider`.', 'the one of the whole configuration'),
    fallbackProvider: field(
      orNull(provider),
      'Who serves it when its provider does not; never in `production`, unless `failover.inProduction` says so.',
      'null',
      { example: 'simulated' },
    ),
    maxTickers: field(whole({ least: 1, unit: 'tickers' }), 'More than so many are an error.', 'no limit', {
      example: 1000,
    }),
    priority: field(
      whole({ least: 1 }),
      '1 comes first: who keeps a socket, who is pumped and published first.',
      'its place in the file',
    ),
    host: field(host, "The vendor's host stem for it, such as `delayed`.", "the provider's"),
    url: field(address, 'A whole address instead.', "the provider's"),
    key: field(key, 'A key of its own.', "the provider's", { example: '${POLYGON_PER_MINUTE_API_KEY:}' }),
    account: field(
      name,
      'The vendor account that the key belongs to: its sockets are counted for themselves.',
      "the provider's",
    ),
    required: field(flag, 'Whether an engine is ready only with it.', 'true'),
    limit: field(whole({ least: 1, unit: 'events' }), 'Retained per event type.', '1000', { example: 1000 }),
    quietMs: field(milliseconds(), 'Without an event for this long it reads `quiet`.', 'by frequency'),
    staleMs: field(milliseconds(), 'Without one for this long, in an open market, `stale`.', 'by frequency'),
    budgetMs: field(milliseconds(), 'What its operators may take of each second; more is reported.', '500'),
    whenFull: field(
      oneOf(['lose', 'block']),
      'What a full lane does: lose the oldest, counted, or stop its link.',
      'lose',
    ),
    emission: field(emission, 'When the publisher sends what it holds of it.', `${fallbackMs} ms, 500 events`, {
      example: { everyMs: 250, count: 500 },
    }),
  } satisfies Fields
}

const linkFields = {
  connectTimeoutMs: field(milliseconds(), "From opening a socket to the server's `connected`.", '15000'),
  authTimeoutMs: field(milliseconds(), 'From sending the key to its acceptance.', '10000'),
  closeWaitMs: field(milliseconds(), 'How long the close of a socket is waited for.', '2000'),
  settleMs: field(milliseconds({ least: 0 }), 'How long an unexplained close waits for its explanation.', '250'),
  ackLimitMs: field(milliseconds(), 'How long a subscribe may go without an answer.', '5000'),
  channelsPerMessage: field(whole({ least: 1, unit: 'channels' }), 'The most in one subscribe message.', '400'),
  chunkPauseMs: field(milliseconds({ least: 0 }), 'Between two parts of one list.', '10'),
  lingerMs: field(milliseconds({ least: 0 }), 'How long a socket stays when nothing is wanted of it.', '5000'),
  pingMs: field(milliseconds(), 'Between two pings: how often the health of a socket is checked.', '25000'),
  muteMs: field(
    milliseconds(),
    'Without a frame or a pong for so long a socket is given up; more than `pingMs`.',
    '60000',
  ),
  frameBytesMax: field(whole({ least: 1024, unit: 'bytes' }), 'A longer message ends the session.', '16777216'),
  retry: field(
    object('an object with the waits between sessions', {
      initialMs: field(milliseconds(), 'The first wait.', '1000'),
      factor: field(number({ least: 1, most: 100 }), 'Each wait is so many times the one before.', '2'),
      capMs: field(milliseconds(), 'No wait is longer; at least `initialMs`.', '60000'),
      stableMs: field(milliseconds({ least: 0 }), 'Counted anew only after so long live.', '30000'),
      retriesMax: field(whole({ least: 0, unit: 'retries' }), 'After so many in a row it is `halted`.', 'no limit'),
    }),
    'The waits between two sessions, each of a random part of its length.',
  ),
  askAgain: field(
    object('an object with the waits before refused channels are asked for again', {
      initialMs: field(milliseconds(), 'The first wait.', '60000'),
      capMs: field(milliseconds(), 'No wait is longer; at least `initialMs`.', '900000'),
    }),
    'When refused channels are asked for again.',
  ),
  eviction: field(
    object('an object that says when max_connections becomes evicted', {
      times: field(whole({ least: 1, most: 100 }), 'So many sessions ended by `max_connections` …', '3'),
      windowMs: field(milliseconds(), '… within so long are an eviction.', '300000'),
      coolDownMs: field(milliseconds(), 'The first cool-down.', '300000'),
      capMs: field(milliseconds(), 'No cool-down is longer; at least `coolDownMs`.', '1800000'),
    }),
    'When being thrown out again and again becomes `evicted`, and for how long.',
  ),
} satisfies Fields

const polygonFields = {
  apiKey: field(key, 'Of an individual plan: trades, quotes, bars.', undefined, { example: '${POLYGON_API_KEY:}' }),
  businessApiKey: field(key, 'Of a Business plan: fair market values and minute bars.', undefined, {
    example: '${POLYGON_BUSINESS_API_KEY:}',
  }),
  delayed: field(flag, 'Individual plans that are 15 minutes behind: host `delayed`.', 'false'),
  domain: field(text('a domain', hostForm), '`polygon.io` speaks the same protocol.', 'massive.com'),
  market: field(text('a market', String.raw`^[a-z]+(/[a-z]+)?$`), 'One connection serves one market.', 'stocks'),
  account: field(name, 'Names the vendor account, whose sockets are counted together.', 'default'),
  connectionsMax: field(
    whole({ least: 1, unit: 'sockets' }),
    'How many sockets the account may hold at one time.',
    '1, or 3 with a Business key',
  ),
} satisfies Fields

const share = (most: number): Kind<number> => number({ least: 0, most })

const simulatedFields = {
  seed: field(whole({ least: 0, most: 4_294_967_295 }), 'Another number, another market.', '1'),
  tickers: field(
    either(
      whole({ least: 1, most: 1_000_000 }),
      listOf(text('a ticker', String.raw`^[!#-+\-./0-9:-[\]-~]{1,32}$`), { what: 'tickers', least: 1 }),
    ),
    'How many, or which; those that frequencies list are always among them.',
    '100',
  ),
  rate: field(number({ above: 0, most: 1_000_000 }), 'Trades per second over all tickers.', '1000'),
  activity: field(
    oneOf(['low', 'medium', 'high', 'opening_bell']),
    'Multiplies the rate that is not given: by 0.25, 1, 4, 16.',
    'medium',
  ),
  secondsPerTrade: field(
    number({ least: 0.01, most: 3600 }),
    'In place of `rate`: seconds between two trades of one ticker, on average.',
    undefined,
    { example: 0.1 },
  ),
  speed: field(
    either(number({ above: 0, most: 1_000_000 }), oneOf(['max'])),
    'Times the clock, or as fast as it is read.',
    '1',
  ),
  hours: field(oneOf(['always', 'calendar']), 'Trades always, or when the US market does.', 'always'),
  oddities: field(oneOf(['live', 'none']), 'Late and repeated trades and other habits of the live feed.', 'live'),
  lateTrades: field(share(0.3), 'Share of trades that are reported late.', 'by `oddities`'),
  repeatedTrades: field(share(1), 'Share of trades that are sent twice.', 'by `oddities`'),
  backwardSequences: field(share(1), 'Share of trades whose number does not grow.', 'by `oddities`'),
  oddForms: field(share(1), 'Share of events in a rare form.', 'by `oddities`'),
  delayMs: field(whole({ least: 0, most: 86_400_000 }), 'How late the delayed hosts are.', '900000'),
  connections: field(whole({ least: 1 }), 'Sockets that an account may have.', '16'),
  chaos: field(text('a timetable of faults'), 'Faults by a timetable; docs/simulator.md.', undefined, {
    example: 'every 30s kill, refuse T.GME@5s..60s',
  }),
} satisfies Fields

const replayFields = {
  file: field(
    text('the path of a recording'),
    'What `tickstock record` has written, all parts from this one on.',
    undefined,
    {
      example: 'today.frames.gz',
    },
  ),
  speed: field(
    either(number({ above: 0, most: 1_000_000 }), oneOf(['max'])),
    'Times the clock, or as fast as it is taken.',
    '1',
  ),
  fromMs: field(number({ least: 0, most: 8.64e15, unit: 'Unix milliseconds' }), 'Plays what arrived then and later.'),
  toMs: field(number({ least: 0, most: 8.64e15, unit: 'Unix milliseconds' }), 'Plays what arrived before.'),
  symbols: field(listOf(ticker, { what: 'tickers', least: 1 }), 'Only events of these tickers.'),
} satisfies Fields

const publisherFields = {
  enabled: field(flag, 'Whether `tickstock run` serves websocket clients.', 'true'),
  port: field(whole({ least: 0, most: 65_535 }), '0 for any free one.', '8787'),
  host: field(name, 'Where it listens.', '127.0.0.1'),
  format: field(
    oneOf(['vendor', 'tickstock']),
    "The vendor's format alone, or TickStock's beside it, at /tickstock; that one is sent by `emission`, too.",
    'vendor',
  ),
  tokens: field(
    listOf(key, { what: 'keys that clients may use', least: 1 }),
    'The keys that clients may use.',
    'every key is good',
    { example: ['${CLIENT_TOKEN}'] },
  ),
  origins: field(
    listOf(text('a scheme and a host, null, or *'), { what: 'origins' }),
    'Pages that may connect.',
    'those of this machine',
    { example: ['https://desk.example'] },
  ),
  emission: field(emission, 'When frames are sent, of every frequency that says nothing else.', 'by frequency'),
  slowClient: field(oneOf(['cut', 'latest', 'wait']), 'What is done with a client that reads too slowly.', 'cut'),
  snapshot: field(flag, 'Whether who subscribes gets the last event of each symbol first.', 'false'),
  compress: field(flag, 'Whether clients that offer compression get it.', 'false'),
  clientBytesMax: field(whole({ least: 1024, unit: 'bytes' }), 'What may wait for one client.', '16777216'),
  clientsMax: field(whole({ least: 1, unit: 'clients' }), 'At one time.', '10000'),
  channelsMax: field(whole({ least: 1, unit: 'channels' }), 'That one client may hold.', '30000'),
  frameBytesMax: field(whole({ least: 1024, unit: 'bytes' }), 'A frame is split before it gets longer.', '524288'),
  pingMs: field(milliseconds({ least: 16 }), 'How often a client is pinged.', '25000'),
} satisfies Fields

/** The fields of `tickstock.config.json` and of a configuration in code, with the providers that may be named. */
export const shapeOf = ({ names, aliases }: KnownProviders) => {
  const provider: Kind<string> = oneOf<string>(names, aliases)
  const frequency = (one: FrequencyName) =>
    field(object(`an object of what ${one} wants`, frequencyFields(one, provider)), `What ${one} wants.`)
  // What the host has registered takes whatever its own maker takes.
  const own = names.filter((one) => !(providerNames as readonly string[]).includes(one))
  const providers = {
    polygon: field(object("an object of polygon's options", polygonFields), 'Polygon.io, now Massive.'),
    simulated: field(object("an object of the simulator's options", simulatedFields), 'The market that is built in.'),
    replay: field(object("an object of replay's options", replayFields), 'A recording.'),
    ...Object.fromEntries(own.map((one) => [one, field(anyObject('an object of its options'), `Options of ${one}.`)])),
  }

  return object('an object', {
    $schema: field(text('the place of a JSON schema'), 'For editors; nothing is read from there.', undefined, {
      example: './node_modules/tickstock/schemas/tickstock.config.schema.json',
    }),
    mode: field(oneOf(modes), 'What data may come from: docs/configuration.md, modes.', 'production', {
      example: 'hybrid',
    }),
    preset: field(oneOf(presetNames), 'Settings by name, below everything else that is given.', undefined, {
      example: 'development',
    }),
    multiFrequency: field(flag, 'Off, only per_second runs.', 'true when this file lists frequencies, otherwise false'),
    provider: field(provider, 'Where frequencies come from that do not say it.', 'by `mode` and `activeProviders`'),
    activeProviders: field(
      listOf(provider, { what: 'providers', least: 1 }),
      'Which providers may be used.',
      'by `mode`',
      { example: ['polygon', 'simulated'] },
    ),
    providers: field(object('an object of providers', providers, aliases), 'The options of each provider.'),
    frequencies: field(
      object(
        'an object of frequencies',
        {
          per_second: frequency('per_second'),
          per_minute: frequency('per_minute'),
          fair_market_value: frequency('fair_market_value'),
        },
        frequencySpellings,
      ),
      'Which frequencies run, and of what. Those that are not named are off.',
    ),
    tickerConflicts: field(
      oneOf(['allow', 'priority']),
      'A ticker in several frequencies: reported, or left to the one of the best `priority`.',
      'allow',
    ),
    links: field(oneOf(['shared', 'dedicated']), 'The fewest sockets, or one for each frequency.', 'shared'),
    link: field(object('an object of the waits and limits of links', linkFields), 'The waits and limits of links.'),
    failover: field(
      object('an object that says when a fallback serves', {
        enabled: field(flag, 'Off, no fallback ever serves.', 'true'),
        inProduction: field(flag, 'Whether one may serve in `production` too.', 'false'),
        delayMs: field(milliseconds(), 'It takes over when the provider has not served for so long.', '5000'),
        returnMs: field(milliseconds(), 'It gives back when the provider has been ready for so long.', '30000'),
        attemptsMax: field(
          whole({ least: 1, unit: 'takeovers' }),
          'After so many within an hour it gives back only at a restart.',
          '3',
        ),
      }),
      'When the `fallbackProvider` of a frequency takes over, and when it gives back.',
    ),
    startTimeoutMs: field(milliseconds(), 'How long the start waits for a first verdict.', '30000'),
    inboxBytes: field(whole({ least: 1, unit: 'bytes' }), 'A link that holds so much is paused.', '262144'),
    turnBytes: field(whole({ least: 1, unit: 'bytes' }), 'The most that is taken from one link in one turn.', '32768'),
    healthEveryMs: field(milliseconds(), 'Between two looks at the health of the engine.', '1000'),
    publisher: field(object("an object of the publisher's options", publisherFields), 'The websocket server.'),
  })
}

/** What a file, the environment, the command line or code may say. Everything may be absent. */
export type Configuration = ValueOf<ReturnType<typeof shapeOf>>
export type FrequencyConfiguration = NonNullable<NonNullable<Configuration['frequencies']>['per_second']>
export type PolygonConfiguration = NonNullable<NonNullable<Configuration['providers']>['polygon']>
export type SimulatedConfiguration = NonNullable<NonNullable<Configuration['providers']>['simulated']>
export type FailoverConfiguration = NonNullable<Configuration['failover']>
export type LinkConfiguration = NonNullable<Configuration['link']>
export type PublisherConfiguration = NonNullable<Configuration['publisher']>
