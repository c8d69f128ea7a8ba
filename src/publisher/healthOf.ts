import { boundsOf, type BoundSources } from './bounds.ts'
import type { Compression } from './deflater.ts'
import type { Tally } from './tally.ts'
import type { Cohorts } from './cohorts.ts'
import type { Client } from './client.ts'
import type { ClientHealth, CohortHealth, PublisherCounts, PublisherHealth, TickstockHealth } from './health.ts'
import type { Settings } from './settings.ts'
import type { TickstockBoard } from './tickstock/tickstockBoard.ts'

export interface HealthSources extends BoundSources {
  readonly url: string
  readonly total: Tally
  readonly counts: PublisherCounts
  readonly compression: Compression | undefined
}

export const healthOf = (sources: HealthSources): PublisherHealth => {
  const { url, settings, desks, clients, total, counts, compression, tickstock } = sources
  const names: Record<string, number> = {}
  let queuedBytes = 0
  let lagging = 0
  let waitedFor = 0
  for (const { outbox, session } of clients) {
    const name = session.rights?.name
    queuedBytes += outbox.bytes + outbox.kept.bytes
    if (outbox.lags) lagging += 1
    if (outbox.isFull) waitedFor += 1
    if (name !== undefined) names[name] = (names[name] ?? 0) + 1
  }

  return {
    url,
    clients: clients.size,
    names,
    lagging,
    waitedFor,
    cohorts: desks.reduce((so, { cohorts }) => so + cohorts.size, 0),
    slowest: slowestOf(clients),
    queuedBytes,
    sent: { ...total },
    compression: compression === undefined ? null : { ...compression },
    ...counts,
    emission: Object.fromEntries(Object.entries(settings.emission).map(([name, one]) => [name, { ...one }])),
    desks: desks.map(({ lane: { frequency, eventType }, cohorts, waiting }) => ({
      frequency,
      eventType,
      cohorts: cohorts.size,
      held: Array.from(cohorts.all).reduce((so, { held }) => so + held, 0),
      lagging: cohorts.lagging,
      waiting,
      largest: largestOf(cohorts),
    })),
    tickstock: tickstock === undefined ? null : tickstockHealth(tickstock, settings),
    bounds: boundsOf(sources),
  }
}

const slowestMax = 20
const largestMax = 10
const tickersCharsMax = 60

const queuedOf = ({ outbox }: Client): number => outbox.bytes + outbox.kept.bytes

const slowestOf = (clients: ReadonlySet<Client>): readonly ClientHealth[] => {
  const nowMs = performance.now()
  const all = Array.from(clients, (client) => ({ client, queuedBytes: queuedOf(client) }))
  // Almost always nothing waits for almost all of them, and thousands need not be sorted.
  const behind = all.filter(({ queuedBytes }) => queuedBytes > 0).sort((a, b) => b.queuedBytes - a.queuedBytes)
  const others = all.filter(({ queuedBytes }) => queuedBytes === 0).slice(0, slowestMax)
  return [...behind, ...others].slice(0, slowestMax).map(({ client, queuedBytes }) => {
    const { id, sinceMs, session, outbox, missed } = client
    const name = session.rights?.name
    return {
      id,
      ...(name === undefined ? {} : { name }),
      forMs: Math.round(nowMs - sinceMs),
      channels: session.size,
      queuedBytes,
      lags: outbox.lags,
      missedPings: missed,
    }
  })
}

const largestOf = ({ all }: Cohorts): readonly CohortHealth[] =>
  [...all]
    .sort((a, b) => b.size - a.size)
    .slice(0, largestMax)
    .map(({ key, size, held }) => ({
      tickers: key.length > tickersCharsMax ? `${key.slice(0, tickersCharsMax - 1)}…` : key,
      clients: size,
      held,
    }))

const tickstockHealth = (board: TickstockBoard, { tickstock }: Settings): TickstockHealth => {
  const groups = board.groups()
  const sum = (of: (cohorts: Cohorts) => number): number => groups.reduce((so, cohorts) => so + of(cohorts), 0)
  return {
    everyMs: tickstock?.everyMs ?? 0,
    clients: board.parties.size,
    cohorts: sum(({ size }) => size),
    held: sum(({ all }) => Array.from(all).reduce((so, { held }) => so + held, 0)),
    lagging: sum(({ lagging }) => lagging),
    waiting: board.waiting(),
    messages: board.meter.messages,
  }
}
