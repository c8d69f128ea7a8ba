import { flag, milliseconds, number, seconds, type Kind, whole } from './kind.ts'
import { recognised, row, type Row } from './row.ts'
import { frequencyNames } from './words.ts'

const none = (name: string, kind: Kind, meaning: string, why: string, example: unknown): Row =>
  recognised(name, kind, meaning, why, { example })

const isolated = 'frequencies are always apart: the failures of one stay its own'
const inOrder = 'what the vendor sends twice is delivered twice, bars with a `revision`'
const bounded = 'every queue has a limit of its own'
const measured = 'counters and the ledger are always on'

const batching = 'processing.batch_processing'
const parallel = 'processing.parallel_streams'
const routing = 'processing.event_routing'
const failover = 'processing.failover'
const pooling = 'performance.connection_pooling'
const memory = 'performance.memory_management'
const monitoring = 'performance.monitoring'

/** Fields of the processing JSON, and of its first draft, which was flat. */
export const processingRows: readonly Row[] = [
  none(`${batching}.enabled`, flag, 'Sends events in batches.', 'events always travel in batches', true),
  row(`${batching}.batch_size`, whole({ least: 1, unit: 'events' }), 'Events in a batch.', {
    class: 'mapped',
    to: 'publisher.emission.count',
    note: 'To the frames of the publisher.',
    example: 100,
  }),
  row(`${batching}.max_batch_age_ms`, milliseconds({ least: 0 }), 'How long an event waits for the others.', {
    class: 'mapped',
    to: 'publisher.emission.everyMs',
    note: 'To the frames of the publisher.',
    example: 500,
  }),
  none(`${batching}.per_frequency_batching`, flag, 'Batches for each frequency.', isolated, true),

  none(`${parallel}.enabled`, flag, 'Streams side by side.', isolated, true),
  none(`${parallel}.max_concurrent_streams`, whole({ least: 1 }), 'How many.', 'every frequency has its own', 3),
  none(`${parallel}.stream_isolation`, flag, 'Keeps failures apart.', isolated, true),
  none(`${parallel}.cross_stream_deduplication`, flag, 'Drops repeats.', inOrder, true),

  none(`${routing}.deduplicate_events`, flag, 'Drops repeats.', inOrder, true),
  none(`${routing}.event_priority_routing`, flag, 'Important events first.', '`priority` of a frequency says it', true),
  ...frequencyNames.flatMap((frequency) => {
    const at = `${routing}.frequency_based_buffering.${frequency}`
    const [size, ageMs] = { per_second: [1000, 1000], per_minute: [500, 5000], fair_market_value: [100, 30000] }[
      frequency
    ] as [number, number]
    return [
      row(`${at}.buffer_size`, whole({ least: 1, unit: 'events' }), `Events of ${frequency} that are retained.`, {
        to: `frequencies.${frequency}.limit`,
        fallback: '1000',
        example: size,
      }),
      row(`${at}.max_age_ms`, milliseconds({ least: 0 }), `How long an event of ${frequency} waits for the others.`, {
        to: `frequencies.${frequency}.emission.everyMs`,
        note: 'An event is held back for clients no longer than this; for readers it is there at once.',
        example: ageMs,
      }),
    ]
  }),

  row(`${failover}.enabled`, flag, 'Another provider when one fails.', {
    to: 'failover.enabled',
    fallback: 'true',
    note: '`fallback_provider` of an entry names it.',
    example: true,
  }),
  row(`${failover}.failover_delay_ms`, milliseconds(), 'How long a provider may fail before.', {
    to: 'failover.delayMs',
    fallback: '5000',
    example: 5000,
  }),
  row(`${failover}.max_failover_attempts`, whole({ least: 1, unit: 'takeovers' }), 'How often it moves by itself.', {
    class: 'mapped',
    to: 'failover.attemptsMax',
    note: 'Within an hour; then it gives back only at a restart.',
    fallback: '3',
    example: 3,
  }),
  none(
    `${failover}.provider_health_check_interval`,
    seconds(),
    'How often providers are looked at.',
    'their state is known at each change',
    30,
  ),

  row(`${pooling}.max_connections_per_provider`, whole({ least: 1, unit: 'sockets' }), 'How many sockets.', {
    class: 'mapped',
    to: 'providers.polygon.connectionsMax',
    note: 'To the sockets of the vendor account; WEBSOCKET_CONNECTION_POOL_SIZE comes first.',
    example: 5,
  }),
  row(`${pooling}.connection_reuse`, flag, 'Frequencies share a socket.', {
    class: 'mapped',
    to: 'links',
    make: (isShared) => (isShared ? 'shared' : 'dedicated'),
    note: 'To `links`: true is shared, false is dedicated.',
    example: true,
  }),
  row(`${pooling}.idle_timeout_seconds`, seconds({ least: 0 }), 'How long a socket stays unused.', {
    class: 'mapped',
    to: 'link.lingerMs',
    make: (value) => Math.round(value * 1000),
    note: 'To the linger of a link of which nothing is wanted.',
    example: 300,
  }),
  none(`${memory}.max_memory_mb`, number({ above: 0 }), 'How much memory.', bounded, 512),
  none(`${memory}.gc_trigger_threshold`, number({ least: 0, most: 1 }), 'When memory is collected.', bounded, 0.8),
  none(`${memory}.buffer_cleanup_interval`, seconds(), 'How often buffers are cleared.', bounded, 60),
  none(`${monitoring}.latency_tracking`, flag, 'Measures delays.', measured, true),
  none(`${monitoring}.throughput_monitoring`, flag, 'Measures rates.', measured, true),
  none(`${monitoring}.error_rate_tracking`, flag, 'Counts errors.', measured, true),
  none(
    `${monitoring}.metrics_export_interval`,
    seconds(),
    'How often figures are written.',
    'they are there whenever they are asked for',
    30,
  ),

  none('batch_processing', flag, 'First draft: batches.', 'events always travel in batches', true),
  row('batch_size', whole({ least: 1, unit: 'events' }), 'First draft: events in a batch.', {
    class: 'mapped',
    to: 'publisher.emission.count',
    note: 'To the frames of the publisher.',
    example: 100,
  }),
  none('parallel_streams', flag, 'First draft: streams side by side.', isolated, true),
  none('stream_isolation', flag, 'First draft: keeps failures apart.', isolated, true),
  row('fallback_on_error', flag, 'First draft: another provider when one fails.', {
    class: 'mapped',
    to: 'failover.enabled',
    note: '`fallback_provider` of an entry names it.',
    example: true,
  }),
]
