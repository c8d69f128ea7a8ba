import { environmentRows } from '../../src/config/environment.ts'
import { type Kind, FromText } from '../../src/config/kind.ts'
import { processingRows } from '../../src/config/processing.ts'
import { readConfiguration } from '../../src/config/readConfiguration.ts'
import type { Row } from '../../src/config/row.ts'
import { builtInProviders, shapeOf } from '../../src/config/shape.ts'
import { subscriptionRows } from '../../src/config/subscriptions.ts'

// Goal: every variable and field of the earlier configuration has its row, goes where its row says, or says why it goes nowhere.
// Method: their names written down once more; each row's own example, read alone.

const variables = `
  DATA_SOURCE_MODE ACTIVE_DATA_PROVIDERS ENABLE_MULTI_FREQUENCY WEBSOCKET_SUBSCRIPTIONS_FILE PROCESSING_CONFIG_FILE
  WEBSOCKET_CONNECTION_POOL_SIZE WEBSOCKET_CONNECTION_TIMEOUT WEBSOCKET_SUBSCRIPTION_BATCH_SIZE WEBSOCKET_HEALTH_CHECK_INTERVAL
  WEBSOCKET_PER_SECOND_ENABLED WEBSOCKET_PER_MINUTE_ENABLED WEBSOCKET_FAIR_VALUE_ENABLED POLYGON_API_KEY
  POLYGON_WEBSOCKET_RECONNECT_DELAY POLYGON_WEBSOCKET_MAX_RECONNECT_DELAY POLYGON_WEBSOCKET_MAX_RETRIES EMISSION_INTERVAL
  UPDATE_INTERVAL COLLECTION_INTERVAL COLLECTION_MAX_EVENTS COLLECTION_TIMEOUT MAX_EVENTS_PER_PUBLISH PUBLISH_BATCH_SIZE
  MAX_BUFFER_SIZE HEARTBEAT_INTERVAL MARKET_TIMEZONE ENABLE_PER_MINUTE_EVENTS ENABLE_FMV_EVENTS POLYGON_BUSINESS_API_KEY
  ENABLE_SYNTHETIC_DATA_VALIDATION VALIDATION_PRICE_TOLERANCE VALIDATION_VOLUME_TOLERANCE VALIDATION_VWAP_TOLERANCE
  SYNTHETIC_TICK_VARIANCE SYNTHETIC_VOLUME_MULTIPLIER SYNTHETIC_VWAP_VARIANCE SYNTHETIC_MINUTE_WINDOW
  SYNTHETIC_MINUTE_VOLUME_MULTIPLIER SYNTHETIC_MINUTE_DRIFT SYNTHETIC_ACTIVITY_LEVEL SIMULATOR_UNIVERSE
  SYNTHETIC_FMV_UPDATE_INTERVAL SYNTHETIC_FMV_CORRELATION SYNTHETIC_FMV_VARIANCE SYNTHETIC_FMV_PREMIUM_RANGE
  SYNTHETIC_FMV_MOMENTUM_DECAY SYNTHETIC_FMV_LAG_FACTOR SYNTHETIC_FMV_VOLATILITY_DAMPENING SYNTHETIC_FMV_TRENDING_CORRELATION
  SYNTHETIC_FMV_SIDEWAYS_CORRELATION SYNTHETIC_FMV_VOLATILE_CORRELATION SYNTHETIC_DATA_RATE SYNTHETIC_DATA_VARIANCE
  SYNTHETIC_PER_SECOND_FREQUENCY SYNTHETIC_PER_SECOND_PRICE_VARIANCE SYNTHETIC_PER_SECOND_VOLUME_RANGE
  SYNTHETIC_PER_MINUTE_WINDOW SYNTHETIC_PER_MINUTE_MIN_TICKS SYNTHETIC_PER_MINUTE_MAX_TICKS
  SYNTHETIC_PER_MINUTE_OHLC_VARIANCE SYNTHETIC_PER_MINUTE_VOLUME_MULTIPLIER USE_POLYGON_API USE_SYNTHETIC_DATA`

const entryFields = `enabled provider tickers max_tickers connection_id subscription_format priority fallback_provider activity_level
  universe rate handler`

const processingFields = `
  processing.batch_processing.{enabled,batch_size,max_batch_age_ms,per_frequency_batching}
  processing.parallel_streams.{enabled,max_concurrent_streams,stream_isolation,cross_stream_deduplication}
  processing.event_routing.{deduplicate_events,event_priority_routing}
  processing.event_routing.frequency_based_buffering.per_second.{buffer_size,max_age_ms}
  processing.event_routing.frequency_based_buffering.per_minute.{buffer_size,max_age_ms}
  processing.event_routing.frequency_based_buffering.fair_market_value.{buffer_size,max_age_ms}
  processing.failover.{enabled,failover_delay_ms,max_failover_attempts,provider_health_check_interval}
  performance.connection_pooling.{max_connections_per_provider,connection_reuse,idle_timeout_seconds}
  performance.memory_management.{max_memory_mb,gc_trigger_threshold,buffer_cleanup_interval}
  performance.monitoring.{latency_tracking,throughput_monitoring,error_rate_tracking,metrics_export_interval}
  batch_processing batch_size parallel_streams stream_isolation fallback_on_error`

const words = (text: string): readonly string[] => text.trim().split(/\s+/)
const spread = (text: string): readonly string[] =>
  words(text).flatMap((word) => {
    const [, head = '', names] = /^(.*)\{(.*)\}$/.exec(word) ?? []
    return names === undefined ? [word] : names.split(',').map((name) => head + name)
  })

const subscriptions = subscriptionRows(builtInProviders)
const all: readonly Row[] = [...environmentRows, ...subscriptions, ...processingRows]

it.each<readonly [string, readonly string[], readonly Row[]]>([
  ['every variable', words(variables), environmentRows],
  [
    'every field of the subscriptions JSON',
    [
      ...['version', 'default_provider', 'routing_rules'],
      ...['per_second', 'per_minute', 'fair_market_value', 'synthetic_simulation'].flatMap((entry) =>
        words(entryFields).map((field) => `subscriptions.${entry}.${field}`),
      ),
    ],
    subscriptions,
  ],
  ['every field of the processing JSON', spread(processingFields), processingRows],
])('has a row for %s, once', (_what, expected, rows) => {
  const names = rows.map(({ name }) => name)

  expect(expected.filter((name) => !names.includes(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

it('understands variables of the vendor under both of its names', () => {
  const named = environmentRows.filter(({ name }) => name.startsWith('POLYGON_'))

  expect(named.map(({ aliases }) => aliases)).toEqual(named.map(({ name }) => [name.replace('POLYGON', 'MASSIVE')]))
})

/** The kind at a path of the shape. */
const kindAt = (path: string): Kind | undefined =>
  path.split('.').reduce<Kind | undefined>((so, name) => so?.fields?.[name]?.kind, shapeOf(builtInProviders))

/** Read in a way of their own: where files are, and what is migrated. */
const special = [
  'WEBSOCKET_SUBSCRIPTIONS_FILE',
  'PROCESSING_CONFIG_FILE',
  'TICKSTOCK_CONFIG',
  'USE_POLYGON_API',
  'USE_SYNTHETIC_DATA',
  'version',
]

it('takes every row to a place that is there, with a value that belongs there, or says why it goes nowhere', () => {
  const wrong = all.flatMap((row) => {
    const { name, kind, example, to, make, note } = row
    const decoded = kind.codec.decode(typeof example === 'string' ? new FromText(example) : example)
    if (decoded._tag === 'Left') return [`${name}: its example is wrong`]
    if (row.class === 'recognised')
      return to.length > 0 || note === undefined ? [`${name}: goes somewhere, or says nothing`] : []
    if (to.length === 0)
      return special.includes(name) || name.startsWith('subscriptions.synthetic_simulation.')
        ? []
        : [`${name}: goes nowhere`]
    return to.flatMap((path) => {
      const place = kindAt(path)
      return place?.codec.decode(make(decoded.right))._tag === 'Right' ? [] : [`${name}: does not belong to ${path}`]
    })
  })

  expect(wrong).toEqual([])
})

it('warns of every variable that means nothing here, and of no other', () => {
  const wrong = environmentRows.flatMap((row) => {
    const environment = { POLYGON_API_KEY: 'a-key-of-nobody', [row.name]: String(row.example) }
    const { warnings } = readConfiguration({ environment, files: [], directory: '/nowhere' })
    const isWarned = warnings.some(({ path, message }) => path === row.name && message.includes('has no effect'))
    return isWarned === (row.class === 'recognised') ? [] : [row.name]
  })

  expect(wrong).toEqual([])
})
