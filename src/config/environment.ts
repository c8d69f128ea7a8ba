import { environmentFiles } from './files.ts'
import { flag, key, listOf, number, oneOf, seconds, text, whole } from './kind.ts'
import { recognised, row, type Row } from './row.ts'
import { address, tickers } from './shape.ts'
import { synthetic } from './synthetic.ts'
import { frequencyNames, marketProviders, modes, presetNames, providerNames, providerSpellings } from './words.ts'

const toMs = (value: number): number => Math.round(value * 1000)
const every = (field: string): readonly string[] => frequencyNames.map((name) => `frequencies.${name}.${field}`)

/** The vendor has had two names, and both are understood. */
const eitherVendor = (name: string): readonly string[] => [name.replace(/^POLYGON_/, 'MASSIVE_')]

const providerList = listOf(oneOf([...providerNames, 'both'], providerSpellings), {
  what: `providers, ${[...providerNames, ...Object.keys(providerSpellings), 'both'].join(', ')}`,
  least: 1,
})

const choosing: readonly Row[] = [
  row('DATA_SOURCE_MODE', oneOf(modes), 'What data may come from.', {
    to: 'mode',
    fallback: 'production',
    example: 'hybrid',
  }),
  row('ACTIVE_DATA_PROVIDERS', providerList, 'The providers that may be used, with commas between.', {
    to: 'activeProviders',
    make: (names) => [...new Set(names.flatMap((name) => (name === 'both' ? [...marketProviders] : [name])))],
    fallback: 'by mode: polygon; simulated in test; both in hybrid',
    example: 'polygon,synthetic',
    note: '`synthetic` is another word for `simulated`.',
  }),
  row('ENABLE_MULTI_FREQUENCY', flag, 'The master switch: off, only per_second runs.', {
    to: 'multiFrequency',
    fallback: 'false',
    example: 'true',
  }),
  row('WEBSOCKET_PER_SECOND_ENABLED', flag, 'Switches per_second.', {
    to: 'frequencies.per_second.enabled',
    fallback: 'true',
    example: 'true',
  }),
  row('WEBSOCKET_PER_MINUTE_ENABLED', flag, 'Switches per_minute.', {
    to: 'frequencies.per_minute.enabled',
    fallback: 'false',
    example: 'true',
  }),
  row('WEBSOCKET_FAIR_VALUE_ENABLED', flag, 'Switches fair_market_value.', {
    to: 'frequencies.fair_market_value.enabled',
    fallback: 'false',
    example: 'true',
  }),
  row('USE_POLYGON_API', flag, 'Legacy: polygon among the providers.', {
    class: 'mapped',
    note: 'To `ACTIVE_DATA_PROVIDERS`; see the migration.',
    example: 'true',
  }),
  row('USE_SYNTHETIC_DATA', flag, 'Legacy: made-up data instead of polygon.', {
    class: 'mapped',
    note: 'To `ACTIVE_DATA_PROVIDERS`; see the migration.',
    example: 'true',
  }),
]

const keys: readonly Row[] = [
  row('POLYGON_API_KEY', key, 'The key of an individual plan.', {
    aliases: eitherVendor('POLYGON_API_KEY'),
    to: 'providers.polygon.apiKey',
    example: '…',
  }),
  row('POLYGON_BUSINESS_API_KEY', key, 'The key of a Business plan: fair market values, minute bars.', {
    aliases: eitherVendor('POLYGON_BUSINESS_API_KEY'),
    to: 'providers.polygon.businessApiKey',
    example: '…',
  }),
  ...frequencyNames.flatMap((frequency) => {
    const name = { per_second: 'PER_SECOND', per_minute: 'PER_MINUTE', fair_market_value: 'FAIR_VALUE' }[frequency]
    return [
      row(`POLYGON_${name}_API_KEY`, key, `A key for ${frequency} alone.`, {
        aliases: eitherVendor(`POLYGON_${name}_API_KEY`),
        to: `frequencies.${frequency}.key`,
        example: '…',
      }),
      row(
        `POLYGON_${name}_HOST`,
        text('a host stem or a host name', String.raw`^[A-Za-z0-9.-]+(:\d+)?$`),
        `The vendor's host for ${frequency}.`,
        {
          aliases: eitherVendor(`POLYGON_${name}_HOST`),
          to: `frequencies.${frequency}.host`,
          example: frequency === 'per_second' ? 'delayed-business' : 'business',
        },
      ),
      row(`POLYGON_${name}_URL`, address, `A whole address for ${frequency}.`, {
        aliases: eitherVendor(`POLYGON_${name}_URL`),
        to: `frequencies.${frequency}.url`,
        example: 'wss://delayed.massive.com/stocks',
      }),
    ]
  }),
]

const links: readonly Row[] = [
  row(
    'WEBSOCKET_CONNECTION_POOL_SIZE',
    whole({ most: 1000, unit: 'sockets' }),
    'How many sockets the account may hold.',
    {
      to: 'providers.polygon.connectionsMax',
      make: (sockets) => Math.max(1, sockets),
      warnOutside: [1, 10],
      fallback: '1, or 3 with a Business key',
      example: '3',
      note: 'Less than 1 is taken for 1.',
    },
  ),
  row('WEBSOCKET_CONNECTION_TIMEOUT', seconds(), 'How long a connect may take.', {
    to: 'link.connectTimeoutMs',
    make: toMs,
    fallback: '15',
    example: '15',
  }),
  row('WEBSOCKET_SUBSCRIPTION_BATCH_SIZE', whole({ least: 1, unit: 'channels' }), 'Tickers in one subscribe message.', {
    to: 'link.channelsPerMessage',
    fallback: '400',
    example: '50',
  }),
  row('WEBSOCKET_HEALTH_CHECK_INTERVAL', seconds(), 'Between two pings.', {
    to: 'link.pingMs',
    make: toMs,
    fallback: '25',
    example: '30',
  }),
  row('POLYGON_WEBSOCKET_RECONNECT_DELAY', seconds(), 'The first wait before a reconnect.', {
    aliases: eitherVendor('POLYGON_WEBSOCKET_RECONNECT_DELAY'),
    to: 'link.retry.initialMs',
    make: toMs,
    fallback: '1',
    example: '5',
  }),
  row('POLYGON_WEBSOCKET_MAX_RECONNECT_DELAY', seconds(), 'No wait before a reconnect is longer.', {
    aliases: eitherVendor('POLYGON_WEBSOCKET_MAX_RECONNECT_DELAY'),
    to: 'link.retry.capMs',
    make: toMs,
    fallback: '60',
    example: '60',
  }),
  row('POLYGON_WEBSOCKET_MAX_RETRIES', whole({ least: 0, unit: 'retries' }), 'After so many in a row it gives up.', {
    aliases: eitherVendor('POLYGON_WEBSOCKET_MAX_RETRIES'),
    to: 'link.retry.retriesMax',
    fallback: 'no limit',
    example: '5',
  }),
]

const publishing: readonly Row[] = [
  row('EMISSION_INTERVAL', seconds({ least: 0 }), 'How long an event is held for the others of its frame.', {
    to: 'publisher.emission.everyMs',
    make: toMs,
    joining: 'largest',
    fallback: 'by frequency: 0.25, 0.1, 0.5',
    example: '1.0',
  }),
  ...(['UPDATE_INTERVAL', 'COLLECTION_INTERVAL', 'COLLECTION_TIMEOUT'] as const).map((name) =>
    row(name, seconds({ least: 0 }), 'The period of collecting.', {
      to: 'publisher.emission.everyMs',
      make: toMs,
      joining: 'largest',
      note: 'Collecting and emitting are one step here: the longest of these intervals counts.',
      example: '0.5',
    }),
  ),
  row('COLLECTION_MAX_EVENTS', whole({ least: 1, unit: 'events' }), 'The most events of one collection.', {
    to: 'publisher.emission.count',
    joining: 'least',
    fallback: '500',
    note: 'Collecting and emitting are one step here: the least of these limits counts.',
    example: '1000',
  }),
  ...(['MAX_EVENTS_PER_PUBLISH', 'PUBLISH_BATCH_SIZE'] as const).map((name) =>
    row(name, whole({ least: 1, unit: 'events' }), 'Events that are published together.', {
      class: 'mapped',
      to: 'publisher.emission.count',
      joining: 'least',
      note: 'The least of these limits makes a frame.',
      example: '100',
    }),
  ),
  row('MAX_BUFFER_SIZE', whole({ least: 1, unit: 'events' }), 'Events retained per frequency and event type.', {
    class: 'mapped',
    to: every('limit'),
    note: 'To the `limit` of every frequency.',
    fallback: '1000',
    example: '1000',
  }),
  row('HEARTBEAT_INTERVAL', seconds({ least: 0.016 }), 'The heartbeat to clients.', {
    class: 'mapped',
    to: 'publisher.pingMs',
    make: toMs,
    note: 'To the pings of the publisher.',
    fallback: '25',
    example: '2.0',
  }),
  ...(['ENABLE_PER_MINUTE_EVENTS', 'ENABLE_FMV_EVENTS'] as const).map((name) =>
    recognised(name, flag, 'Lets its events be emitted.', 'a client gets what it subscribes to, and nothing else', {
      example: 'true',
    }),
  ),
  recognised(
    'MARKET_TIMEZONE',
    text('a time zone'),
    'The zone of the session.',
    'the sessions of the US market are those of New York',
    { example: 'US/Eastern' },
  ),
]

const own: readonly Row[] = [
  row('TICKSTOCK_PRESET', oneOf(presetNames), 'Settings by name, below everything else.', {
    to: 'preset',
    example: 'development',
  }),
  row('TICKSTOCK_TICKERS', tickers, 'The tickers of every frequency.', {
    to: every('tickers'),
    fallback: '*',
    example: 'AAPL,MSFT',
  }),
  row('TICKSTOCK_TICKER_CONFLICTS', oneOf(['allow', 'priority']), 'A ticker in several frequencies.', {
    to: 'tickerConflicts',
    fallback: 'allow',
    example: 'priority',
  }),
  row('TICKSTOCK_LINKS', oneOf(['shared', 'dedicated']), 'The fewest sockets, or one for each frequency.', {
    to: 'links',
    fallback: 'shared',
    example: 'dedicated',
  }),
  row('TICKSTOCK_PORT', whole({ least: 0, most: 65_535 }), 'The port of the publisher; 0 for any free one.', {
    to: 'publisher.port',
    fallback: '8787',
    example: '8787',
  }),
  row('TICKSTOCK_SEED', whole({ least: 0, most: 4_294_967_295 }), 'The seed of the simulator.', {
    to: 'providers.simulated.seed',
    fallback: '1',
    example: '7',
  }),
  row('TICKSTOCK_SPEED', number({ above: 0, most: 1_000_000 }), 'The speed of the simulator, times the clock.', {
    to: 'providers.simulated.speed',
    fallback: '1',
    example: '30',
  }),
]

/** Every variable that is understood, in the order in which the documents have them. */
export const environmentRows: readonly Row[] = [
  ...choosing,
  ...environmentFiles,
  ...keys,
  ...links,
  ...publishing,
  ...synthetic,
  ...own,
]
