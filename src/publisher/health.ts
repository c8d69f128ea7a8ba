import { type Bound, boundsOf, type BoundSources } from './bounds.ts'
import type { Compression } from './deflater.ts'
import type { Emission } from './options.ts'
import type { Tally } from './flights.ts'

/** Event types of one lane and who wants them. Events, save `cohorts` and `lagging`, which are clients' seats. */
export interface DeskHealth {
  readonly frequency: string
  readonly eventType: string
  readonly cohorts: number
  readonly held: number
  /** Clients that get the latest per symbol here. */
  readonly lagging: number
  /** In the lane, because a client is waited for. */
  readonly waiting: number
}

/** Since the start. */
export interface PublisherCounts {
  /** Clients that were cut because they read too slowly. */
  cut: number
  /** Clients that were one too many. */
  turnedAway: number
  /** Events that could not be put on the wire. */
  refused: number
  /** Pages whose origin may not connect. */
  strangers: number
}

/** The publisher as it is now: plain data, no keys, safe to serialise. */
export interface PublisherHealth extends Readonly<PublisherCounts> {
  readonly url: string
  readonly clients: number
  /** By the names of their tokens, as far as these have one. */
  readonly names: Readonly<Record<string, number>>
  /** Clients that get the latest per symbol instead of everything. */
  readonly lagging: number
  /** Clients that are waited for. */
  readonly waitedFor: number
  readonly cohorts: number
  /** Bytes waiting for all clients. */
  readonly queuedBytes: number
  /** Since the start, what the network has taken; statuses are frames and bytes, not events. */
  readonly sent: Readonly<Tally>
  /** Since the start; frames that went out compressed. Null where that is off. */
  readonly compression: Readonly<Compression> | null
  readonly emission: Readonly<Record<string, Emission>>
  readonly desks: readonly DeskHealth[]
  readonly bounds: readonly Bound[]
}

export interface HealthSources extends BoundSources {
  readonly url: string
  readonly total: Tally
  readonly counts: PublisherCounts
  readonly compression: Compression | undefined
}

export const healthOf = (sources: HealthSources): PublisherHealth => {
  const { url, settings, desks, clients, total, counts, compression } = sources
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
    })),
    bounds: boundsOf(sources),
  }
}
