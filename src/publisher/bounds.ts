import type { Bound } from './health.ts'
import { answersMax } from './switchboard.ts'
import { type Client, type ClientBound, missedMax } from './client.ts'
import type { Desk } from './desk.ts'
import type { Framer } from './frames.ts'
import { windowBytes } from './outbox.ts'
import type { Settings } from './settings.ts'
import type { TickstockBoard } from './tickstock/tickstockBoard.ts'

/** Kept along by the publisher. */
export interface Marks {
  readonly hits: Record<ClientBound | 'clientsMax' | 'connectionsMax' | 'answersMax' | 'snapshotSymbolsMax', number>
  readonly most: { messageBytes: number }
}

export const createMarks = (): Marks => ({
  hits: {
    clientsMax: 0,
    connectionsMax: 0,
    clientBytesMax: 0,
    channelsMax: 0,
    messageBytesMax: 0,
    authTimeoutMs: 0,
    missedPings: 0,
    answersMax: 0,
    snapshotSymbolsMax: 0,
  },
  most: { messageBytes: 0 },
})

export interface BoundSources {
  readonly settings: Settings
  readonly clients: ReadonlySet<Client>
  /** Connections of any kind, and how many there may be. */
  readonly connections: number
  readonly connectionsMax: number
  readonly answers: number
  readonly desks: readonly Desk[]
  readonly framer: Framer
  readonly marks: Marks
  readonly tickstock: TickstockBoard | undefined
}

/** Every bound of the publisher by its option's name, or, where it is none, by a name of its own. */
export const boundsOf = (sources: BoundSources): readonly Bound[] => {
  const { settings, clients, connections, connectionsMax, answers, desks, framer, marks, tickstock } = sources
  const { hits, most } = marks
  const all = [...clients]
  const nowMs = performance.now()
  const largest = (of: (client: Client) => number): number => all.reduce((so, client) => Math.max(so, of(client)), 0)

  return [
    { name: 'clientsMax', unit: 'clients', limit: settings.clientsMax, now: clients.size, hits: hits.clientsMax },
    { name: 'connectionsMax', unit: 'connections', limit: connectionsMax, now: connections, hits: hits.connectionsMax },
    {
      name: 'clientBytesMax',
      unit: 'bytes',
      limit: settings.clientBytesMax,
      now: largest(({ outbox }) => Math.max(outbox.bytes, outbox.kept.bytes)),
      hits: hits.clientBytesMax,
    },
    {
      name: 'socketBytesMax',
      unit: 'bytes',
      limit: windowBytes + settings.frameBytesMax,
      now: largest(({ outbox }) => outbox.socketBytes),
      hits: all.reduce((so, { outbox }) => so + outbox.blocked, 0),
    },
    {
      name: 'channelsMax',
      unit: 'channels',
      limit: settings.channelsMax,
      now: largest(({ session }) => session.size),
      hits: hits.channelsMax,
    },
    {
      name: 'messageBytesMax',
      unit: 'bytes',
      limit: settings.messageBytesMax,
      now: most.messageBytes,
      hits: hits.messageBytesMax,
    },
    {
      name: 'frameBytesMax',
      unit: 'bytes',
      limit: settings.frameBytesMax,
      now: Math.max(framer.longest, tickstock?.meter.longest ?? 0),
      hits: framer.splits + (tickstock?.meter.splits ?? 0),
    },
    { name: 'answersMax', unit: 'frames', limit: answersMax, now: answers, hits: hits.answersMax },
    {
      name: 'authTimeoutMs',
      unit: 'milliseconds',
      limit: settings.authTimeoutMs,
      now: Math.round(largest(({ session, sinceMs }) => (session.state === 'unauthenticated' ? nowMs - sinceMs : 0))),
      hits: hits.authTimeoutMs,
    },
    {
      name: 'missedPings',
      unit: 'pings',
      limit: missedMax,
      now: largest(({ missed }) => missed),
      hits: hits.missedPings,
    },
    ...desks.flatMap((desk) => deskBounds(desk, sources)),
    ...(tickstock === undefined ? [] : [messageBound(tickstock, settings)]),
  ]
}

const messageBound = (board: TickstockBoard, { tickstock }: Settings): Bound => {
  const cohorts = board.groups().flatMap((group) => [...group.all])
  return {
    name: 'tickstock cohort',
    unit: 'events',
    limit: tickstock?.count ?? 0,
    now: cohorts.reduce((so, { held }) => Math.max(so, held), 0),
    hits: board.filled(),
  }
}

const deskBounds = ({ lane, cohorts, snapshot }: Desk, { settings, marks }: BoundSources): readonly Bound[] => {
  const where = `${lane.frequency}/${lane.eventType}`
  const cohort = {
    name: `${where} cohort`,
    unit: 'events',
    limit: Math.min(lane.limit, settings.emission[lane.frequency]?.count ?? lane.limit),
    now: Array.from(cohorts.all).reduce((so, { held }) => Math.max(so, held), 0),
    hits: cohorts.filled,
  }
  if (snapshot === undefined) return [cohort]
  const { snapshotSymbolsMax: limit } = settings
  const hits = marks.hits.snapshotSymbolsMax
  return [cohort, { name: `${where} snapshotSymbolsMax`, unit: 'symbols', limit, now: snapshot.size, hits }]
}
