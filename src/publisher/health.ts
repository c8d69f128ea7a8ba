import type { Client } from './client.ts'
import type { Emission, Settings } from './options.ts'
import type { Tally } from './outbox.ts'
import type { Switchboard } from './switchboard.ts'

/** A limit and how near it is. */
export interface Bound {
  readonly name: string
  readonly unit: string
  readonly limit: number
  /** The largest value of anything that the limit is for. */
  readonly now: number
}

/** Event types of one lane and who wants them. Events. */
export interface DeskHealth {
  readonly frequency: string
  readonly eventType: string
  readonly cohorts: number
  readonly held: number
}

/** The publisher as it is now: plain data, no keys, safe to serialise. */
export interface PublisherHealth {
  readonly url: string
  readonly clients: number
  readonly cohorts: number
  /** Bytes waiting for all clients. */
  readonly queuedBytes: number
  /** Since the start, what the network has taken; statuses are frames and bytes, not events. */
  readonly sent: Readonly<Tally>
  /** Clients that were cut because they read too slowly. */
  readonly cut: number
  /** Clients that were one too many. */
  readonly turnedAway: number
  /** Events that could not be put on the wire. */
  readonly refused: number
  readonly emission: Readonly<Record<string, Emission>>
  readonly desks: readonly DeskHealth[]
  readonly bounds: readonly Bound[]
}

export interface HealthSources {
  readonly url: string
  readonly settings: Settings
  readonly switchboard: Switchboard
  readonly clients: ReadonlySet<Client>
  readonly total: Tally
  readonly counts: { readonly cut: number; readonly turnedAway: number; readonly refused: number }
}

export const healthOf = ({ url, settings, switchboard, clients, total, counts }: HealthSources): PublisherHealth => {
  const { clientsMax, clientBytesMax, channelsMax, emission } = settings
  let queuedBytes = 0
  let bytesMost = 0
  let channelsMost = 0
  for (const { outbox, session } of clients) {
    const { bytes } = outbox
    queuedBytes += bytes
    bytesMost = Math.max(bytesMost, bytes)
    channelsMost = Math.max(channelsMost, session.size)
  }
  const desks = switchboard.desks.map(({ lane: { frequency, eventType, limit }, cohorts }) => {
    const held = Array.from(cohorts.all, (cohort) => cohort.held)
    return { frequency, eventType, limit, cohorts: cohorts.size, held: sum(held), heldMost: Math.max(0, ...held) }
  })

  return {
    url,
    clients: clients.size,
    cohorts: sum(desks.map(({ cohorts }) => cohorts)),
    queuedBytes,
    sent: { ...total },
    ...counts,
    emission: Object.fromEntries(Object.entries(emission).map(([name, one]) => [name, { ...one }])),
    desks: desks.map(({ frequency, eventType, cohorts, held }) => ({ frequency, eventType, cohorts, held })),
    bounds: [
      { name: 'clientsMax', unit: 'clients', limit: clientsMax, now: clients.size },
      { name: 'clientBytesMax', unit: 'bytes', limit: clientBytesMax, now: bytesMost },
      { name: 'channelsMax', unit: 'channels', limit: channelsMax, now: channelsMost },
      ...desks.map(({ frequency, eventType, limit, heldMost }) => ({
        name: `${frequency}/${eventType} cohort`,
        unit: 'events',
        limit: Math.min(limit, emission[frequency]?.count ?? limit),
        now: heldMost,
      })),
    ],
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((so, number) => so + number, 0)
