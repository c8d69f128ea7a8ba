import type { LedgerRow, LedgerSnapshot } from '../../../streams/ledger.ts'
import type { LinkState, StreamWord } from '../../../streams/model.ts'
import type { PublisherHealth } from '../../publisher/health.ts'
import type { FrequencyHealth, Health, LaneHealth, LinkHealth, Percentiles, ReaderHealth, Verdict } from '../health.ts'

/** One line of a metric: its labels, in the order of the family's, and its value. */
type Line = readonly [labels: readonly string[], value: number]

/** A metric with all its lines. Counters count since the engine was made; nothing is labelled by ticker or client. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labels: readonly string[]
  readonly lines: (health: Health, ledger: LedgerSnapshot) => readonly Line[]
}

const verdicts: readonly Verdict[] = ['ok', 'degraded', 'down']
const words: readonly StreamWord[] = [
  'stopped',
  'halted',
  'evicted',
  'refused',
  'quarantined',
  'recovering',
  'connecting',
  'stale',
  'quiet',
  'live',
]
const kinds: readonly LinkState['kind'][] = [
  'idle',
  'connecting',
  'authenticating',
  'live',
  'waiting',
  'evicted',
  'halted',
  'closed',
]

/** One line for each word, 1 for the one that holds. */
const oneOf = (labels: readonly string[], all: readonly string[], now: string): readonly Line[] =>
  all.map((word) => [[...labels, word], word === now ? 1 : 0])

/** To the microsecond: finer is nothing here, and a division leaves a tail of digits. */
const seconds = (ms: number): number => Math.round(ms * 1000) / 1e6
const bit = (is: boolean): number => (is ? 1 : 0)

const family = (
  type: Family['type'],
  name: string,
  help: string,
  labels: readonly string[],
  lines: Family['lines'],
): Family => ({ type, name: `tickstock_${name}`, help, labels, lines })

const ofEngine = (type: Family['type'], name: string, help: string, value: (health: Health) => number): Family =>
  family(type, name, help, [], (health) => [[[], value(health)]])

/** Absent where `value` is undefined. */
const ofFrequency = (
  type: Family['type'],
  name: string,
  help: string,
  value: (frequency: FrequencyHealth) => number | undefined,
): Family =>
  family(type, `frequency_${name}`, help, ['frequency'], ({ frequencies }) =>
    frequencies.flatMap((frequency): readonly Line[] => {
      const found = value(frequency)
      return found === undefined ? [] : [[[frequency.name], found]]
    }),
  )

const ofLink = (
  type: Family['type'],
  name: string,
  help: string,
  value: (link: LinkHealth) => number | undefined,
): Family =>
  family(type, `link_${name}`, help, ['link'], ({ links }) =>
    links.flatMap((link): readonly Line[] => {
      const found = value(link)
      return found === undefined ? [] : [[[link.id], found]]
    }),
  )

const ofLane = (type: Family['type'], name: string, help: string, value: (lane: LaneHealth) => number): Family =>
  family(type, `lane_${name}`, help, ['frequency', 'event_type'], ({ frequencies }) =>
    frequencies.flatMap((frequency) =>
      frequency.lanes.map((lane): Line => [[frequency.name, lane.eventType], value(lane)]),
    ),
  )

/** Readers of one lane that have lines of their own; hosts name them, and a name is no bound. The others are summed. */
const readersMax = 32
export const otherReaders = '(others)'

const readerLines = (
  lane: LaneHealth,
  value: (reader: ReaderHealth) => number,
): readonly (readonly [string, number])[] => {
  const own = lane.readers.length > readersMax ? lane.readers.slice(0, readersMax - 1) : lane.readers
  const rest = lane.readers.slice(own.length)
  return [
    ...own.map((reader) => [reader.name, value(reader)] as const),
    ...(rest.length === 0 ? [] : [[otherReaders, rest.reduce((sum, reader) => sum + value(reader), 0)] as const]),
  ]
}

const ofReader = (type: Family['type'], name: string, help: string, value: (reader: ReaderHealth) => number): Family =>
  family(type, `reader_${name}`, help, ['frequency', 'event_type', 'reader'], ({ frequencies }) =>
    frequencies.flatMap((frequency) =>
      frequency.lanes.flatMap((lane) =>
        readerLines(lane, value).map(([reader, found]): Line => [[frequency.name, lane.eventType, reader], found]),
      ),
    ),
  )

const isPublisher = (part: unknown): part is PublisherHealth =>
  typeof part === 'object' && part !== null && 'desks' in part && 'bounds' in part

const publishers = ({ parts }: Health): readonly (readonly [string, PublisherHealth])[] =>
  Object.entries(parts).flatMap(([name, part]) => (isPublisher(part) ? [[name, part] as const] : []))

const ofPublisher = (
  type: Family['type'],
  name: string,
  help: string,
  value: (health: PublisherHealth) => number,
): Family =>
  family(type, `publisher_${name}`, help, ['publisher'], (health) =>
    publishers(health).map(([publisher, own]): Line => [[publisher], value(own)]),
  )

const ofBound = (
  name: string,
  help: string,
  type: Family['type'],
  value: (bound: PublisherHealth['bounds'][number]) => number,
): Family =>
  family(type, `publisher_bound_${name}`, help, ['publisher', 'bound', 'unit'], (health) =>
    publishers(health).flatMap(([publisher, { bounds }]) =>
      bounds.map((bound): Line => [[publisher, bound.name, bound.unit], value(bound)]),
    ),
  )

const quantiles = [
  ['0.5', 'p50'],
  ['0.99', 'p99'],
  ['0.999', 'p999'],
  ['1', 'max'],
] as const satisfies readonly (readonly [string, keyof Percentiles])[]

const steps = ['received', 'appended', 'delivered'] as const

const sumOf = (rows: readonly LedgerRow[], kind: LedgerRow['kind'], figure: string): number =>
  rows.reduce((sum, row) => (row.kind === kind ? sum + (row.figures[figure] ?? 0) : sum), 0)

const clientOutcomes = ['sent', 'conflated', 'dropped', 'abandoned'] as const

/** Every metric there is, in the order of the way of an event. */
export const families: readonly Family[] = [
  family('gauge', 'status', '1 for the word that says how well the engine is', ['status'], ({ status }) =>
    oneOf([], verdicts, status),
  ),
  ofEngine('gauge', 'start_time_seconds', 'When the engine was started, Unix time; 0 before', ({ startedMs }) =>
    seconds(startedMs ?? 0),
  ),
  ofEngine('gauge', 'ledger_balanced', '1 while every event is accounted for', ({ balanced }) => bit(balanced)),

  family('gauge', 'link_state', '1 for the state that the link is in', ['link', 'state'], ({ links }) =>
    links.flatMap(({ id, state }) => oneOf([id], kinds, state.kind)),
  ),
  family(
    'gauge',
    'link_carries',
    '1 for each frequency that has its place on the link',
    ['link', 'frequency'],
    ({ links }) => links.flatMap(({ id, frequencies }) => frequencies.map((name): Line => [[id, name], 1])),
  ),
  ofLink('counter', 'frames_total', 'Websocket messages received', ({ frames }) => frames),
  ofLink('counter', 'received_bytes_total', 'Bytes of the messages received', ({ bytes }) => bytes),
  ofLink('counter', 'elements_total', 'Elements of the messages decoded', ({ elements }) => elements),
  ofLink('counter', 'events_total', 'Market events among the elements', ({ events }) => events),
  ofLink('counter', 'statuses_total', 'Statuses among the elements', ({ statuses }) => statuses),
  ofLink(
    'counter',
    'unknown_statuses_total',
    'Statuses with a word that the protocol does not document',
    (link) => link.unknownStatuses,
  ),
  ofLink('counter', 'rejected_elements_total', 'Elements that could not be decoded', ({ rejected }) => rejected),
  ofLink(
    'counter',
    'broken_frames_total',
    'Messages whose elements could not be told apart to the end',
    ({ broken }) => broken,
  ),
  ofLink('counter', 'unwanted_events_total', 'Events that no frequency takes', ({ unwanted }) => unwanted),
  ofLink(
    'counter',
    'drift_total',
    'Things in good events that the codec does not expect, such as unknown fields',
    ({ drifted }) => drifted,
  ),
  family(
    'counter',
    'unscanned_elements_total',
    'Elements that the byte scanner left to JSON.parse and their codec, by why',
    ['link', 'why'],
    ({ links }) =>
      links.flatMap(({ id, unscanned }) => Object.entries(unscanned).map(([why, count]): Line => [[id, why], count])),
  ),
  ofLink('counter', 'sessions_total', 'Sockets opened', ({ sessions }) => sessions),
  ofLink('counter', 'lost_total', 'Live sessions lost', ({ lost }) => lost),
  ofLink('gauge', 'attempts', 'Sockets tried since it was live last', ({ attempts }) => attempts),
  ofLink('gauge', 'round_trip_seconds', 'From the newest answered ping to its answer', ({ roundTripMs }) =>
    roundTripMs === undefined ? undefined : seconds(roundTripMs),
  ),
  ofLink('gauge', 'unanswered_pings', 'Pings in a row that a later one has overtaken', (link) => link.unansweredPings),
  ofLink('gauge', 'inbox_bytes', 'Bytes that wait to be decoded', ({ inbox }) => inbox.bytes),
  ofLink('gauge', 'inbox_limit_bytes', 'Bytes from which on the socket is paused', ({ inbox }) => inbox.limit),
  ofLink(
    'counter',
    'paused_seconds_total',
    'How long the socket was paused because the engine was behind',
    ({ pausedMs }) => seconds(pausedMs),
  ),

  family(
    'gauge',
    'frequency_status',
    '1 for the word that says how well the frequency is',
    ['frequency', 'status'],
    ({ frequencies }) => frequencies.flatMap(({ name, status }) => oneOf([name], verdicts, status)),
  ),
  family('gauge', 'frequency_state', '1 for the word of its state', ['frequency', 'state'], ({ frequencies }) =>
    frequencies.flatMap(({ name, state }) => oneOf([name], words, state.word)),
  ),
  family(
    'gauge',
    'frequency_provider',
    '1 for the provider that its events come from; fallback is true while that is not its own',
    ['frequency', 'provider', 'fallback'],
    ({ frequencies }) =>
      frequencies.map(({ name, provider, state }): Line => [[name, provider, String(state.fallback !== undefined)], 1]),
  ),
  ofFrequency('gauge', 'required', '1 when the engine is ready only with it', ({ required }) => bit(required)),
  ofFrequency('counter', 'offered_events_total', 'Events that came from its links', ({ offered }) => offered),
  ofFrequency('counter', 'passed_events_total', 'Events that its operators took', ({ passed }) => passed),
  ofFrequency('counter', 'emitted_events_total', 'Events out of its operators', ({ emitted }) => emitted),
  ofFrequency(
    'counter',
    'rejected_elements_total',
    'Elements of its event types that could not be decoded',
    ({ rejected }) => rejected,
  ),
  ofFrequency(
    'counter',
    'dead_letters_total',
    'Dead letters: what cost its operators, or what no lane took',
    ({ deadLetters }) => deadLetters,
  ),
  ofFrequency(
    'counter',
    'operator_restarts_total',
    'How often its operators were built anew',
    ({ restarts }) => restarts,
  ),
  ofFrequency('counter', 'gaps_total', 'Gaps: it may have missed events', ({ gaps }) => gaps),
  ofFrequency('gauge', 'gaps_open', 'Gaps that have not closed yet', ({ gapsOpen }) => gapsOpen),
  ofFrequency(
    'gauge',
    'refused_channels',
    'Channels that the vendor does not give',
    ({ state }) => state.refused.length,
  ),
  ofFrequency(
    'gauge',
    'last_event_time_seconds',
    'Time of its newest event by the vendor, Unix time',
    ({ lastEventMs }) => (lastEventMs === undefined ? undefined : seconds(lastEventMs)),
  ),
  ofFrequency('gauge', 'last_arrival_time_seconds', 'When its newest event arrived, Unix time', ({ lastArrivalMs }) =>
    lastArrivalMs === undefined ? undefined : seconds(lastArrivalMs),
  ),
  ofFrequency('gauge', 'events_expected', '1 while the market calendar expects events', ({ pace }) =>
    bit(pace.isExpected),
  ),
  family(
    'gauge',
    'latency_seconds',
    'How long events take to be received, appended and delivered, over the last minute',
    ['frequency', 'step', 'quantile'],
    ({ frequencies }) =>
      frequencies.flatMap(({ name, latency }) =>
        steps.flatMap((step) => {
          const found = latency[step]
          return found === null
            ? []
            : quantiles.map(([label, which]): Line => [[name, step, label], seconds(found[which])])
        }),
      ),
  ),
  ofFrequency(
    'gauge',
    'clock_ahead_seconds',
    'By how much event times were ahead of our clock at most, in the last minute',
    ({ latency }) => seconds(latency.aheadMs),
  ),

  family(
    'counter',
    'frequency_operator_seconds_total',
    'Time its operators took, by their place in the row',
    ['frequency', 'stage'],
    ({ frequencies }) =>
      frequencies.flatMap(({ name, time }) =>
        time.stages.map(({ busyMs }, i): Line => [[name, String(i + 1)], seconds(busyMs)]),
      ),
  ),
  ofFrequency('gauge', 'operator_budget_seconds', 'Of each second, what its operators may take', ({ time }) =>
    time.budgetMs === null ? undefined : seconds(time.budgetMs),
  ),
  ofFrequency('counter', 'operator_budget_broken_total', 'How often they took more', ({ time }) => time.broken),
  ofFrequency('gauge', 'operator_budget_is_over', '1 while they take more', ({ time }) => bit(time.isOver)),

  ofLane('counter', 'appended_events_total', 'Events appended', ({ nextOffset }) => nextOffset),
  ofLane('gauge', 'retained_events', 'Events that can still be read', ({ retained }) => retained),
  ofLane('gauge', 'limit_events', 'Events that can be read at most', ({ limit }) => limit),
  ofReader('gauge', 'lag_events', 'Events between what it is done with and the newest', ({ lag }) => lag),
  ofReader('gauge', 'in_flight_events', 'Events it has pulled and is not done with', ({ inFlight }) => inFlight),
  ofReader('counter', 'committed_events_total', 'Events it is done with', ({ committed }) => committed),
  ofReader('counter', 'lost_events_total', 'Events it was too slow for', ({ lost }) => lost),
  ofReader('counter', 'failures_total', 'Batches that its function rejected', ({ failures }) => failures),

  ofPublisher('gauge', 'clients', 'Clients connected', ({ clients }) => clients),
  ofPublisher(
    'gauge',
    'lagging_clients',
    'Clients that get the latest per symbol instead of everything',
    ({ lagging }) => lagging,
  ),
  ofPublisher('gauge', 'waited_for_clients', 'Clients that lanes wait for', ({ waitedFor }) => waitedFor),
  ofPublisher(
    'gauge',
    'cohorts',
    'Lists of tickers that are encoded once for all their clients',
    ({ cohorts }) => cohorts,
  ),
  ofPublisher('gauge', 'queued_bytes', 'Bytes that wait for clients', ({ queuedBytes }) => queuedBytes),
  ofPublisher('counter', 'sent_frames_total', 'Messages that the network has taken', ({ sent }) => sent.frames),
  ofPublisher('counter', 'sent_bytes_total', 'Bytes that the network has taken', ({ sent }) => sent.bytes),
  ofPublisher('counter', 'cut_clients_total', 'Clients cut because they read too slowly', ({ cut }) => cut),
  ofPublisher('counter', 'turned_away_clients_total', 'Clients that were one too many', ({ turnedAway }) => turnedAway),
  ofPublisher('counter', 'refused_events_total', 'Events that could not be put on the wire', ({ refused }) => refused),
  ofPublisher('counter', 'strangers_total', 'Pages whose origin may not connect', ({ strangers }) => strangers),
  ofBound('now', 'How near to the bound the nearest is', 'gauge', ({ now }) => now),
  ofBound('limit', 'The bound', 'gauge', ({ limit }) => limit),
  ofBound('hits_total', 'How often the bound took effect', 'counter', ({ hits }) => hits),
  family('counter', 'client_events_total', 'What became of events for clients', ['outcome'], (_health, { rows }) =>
    clientOutcomes.map((outcome): Line => [[outcome], sumOf(rows, 'client', outcome)]),
  ),

  ofEngine('counter', 'pump_turns_total', 'Turns of the pump', ({ pump }) => pump.turns),
  ofEngine('gauge', 'pump_waiting_frames', 'Messages that wait to be decoded', ({ pump }) => pump.waitingFrames),
  ofEngine('gauge', 'pump_waiting_bytes', 'Their bytes', ({ pump }) => pump.waitingBytes),
  ofEngine('gauge', 'pump_held_links', 'Links that a slow reader holds up', ({ pump }) => pump.heldLinks),
  family('gauge', 'event_loop_delay_seconds', 'How late timers come, of the last looks', ['quantile'], ({ loop }) => [
    [['0.5'], seconds(loop.p50Ms)],
    [['0.99'], seconds(loop.p99Ms)],
    [['1'], seconds(loop.maxMs)],
  ]),

  // Of the process, by the names that every Prometheus client gives them.
  ...(
    [
      ['counter', 'process_cpu_user_seconds_total', 'User CPU time', ({ cpuMs }) => seconds(cpuMs.user)],
      ['counter', 'process_cpu_system_seconds_total', 'System CPU time', ({ cpuMs }) => seconds(cpuMs.system)],
      [
        'counter',
        'process_cpu_seconds_total',
        'User and system CPU time',
        ({ cpuMs }) => seconds(cpuMs.user + cpuMs.system),
      ],
      ['gauge', 'process_resident_memory_bytes', 'Resident memory', ({ memory }) => memory.rss],
      ['gauge', 'nodejs_heap_size_total_bytes', 'Heap size', ({ memory }) => memory.heapTotal],
      ['gauge', 'nodejs_heap_size_used_bytes', 'Heap used', ({ memory }) => memory.heapUsed],
      ['gauge', 'nodejs_external_memory_bytes', 'Memory outside the heap', ({ memory }) => memory.external],
    ] as const satisfies readonly (readonly [Family['type'], string, string, (health: Health) => number])[]
  ).map(([type, name, help, value]): Family => ({
    type,
    name,
    help,
    labels: [],
    lines: (health) => [[[], value(health)]],
  })),
]
