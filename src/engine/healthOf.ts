import { asyncScheduler } from 'rxjs'

import type { Ledger } from '../../streams/ledger.ts'
import type { LaneLog } from '../../streams/lane.ts'
import type { StreamState } from '../../streams/model.ts'
import type { Stream } from '../../streams/stream.ts'
import type { FrequencyHealth, Health, LaneHealth, LinkHealth } from '../ops/health.ts'
import type { Control } from './control.ts'
import type { LinkControl } from './links.ts'
import type { Parts } from './parts.ts'

export interface HealthSources {
  readonly epoch: string
  readonly startedMs: number | null
  readonly isClosed: boolean
  readonly controls: readonly Control[]
  readonly streams: readonly Stream[]
  readonly links: readonly LinkControl[]
  /** The latest of each frequency. */
  readonly states: ReadonlyMap<string, StreamState>
  readonly linkOf: (frequency: string) => LinkControl | undefined
  readonly parts: Parts
  readonly ledger: Ledger
}

/** A plain snapshot: what is counted and what state it is in, nothing that changes afterwards, no keys. */
export const healthOf = (sources: HealthSources): Health => {
  const { epoch, startedMs, isClosed, controls, streams, links, states, linkOf, parts, ledger } = sources
  return {
    epoch,
    nowMs: asyncScheduler.now(),
    startedMs,
    isClosed,
    balanced: ledger.snapshot().balanced,
    links: links.map(linkHealth),
    frequencies: controls.flatMap((control) =>
      streams
        .filter(({ name }) => name === control.name)
        .map((stream) => frequencyHealth(control, stream, states, linkOf(control.name)?.id)),
    ),
    parts: parts.health(),
  }
}

const linkHealth = ({ id, plan, gates, state, meter, pausedMs }: LinkControl): LinkHealth => ({
  id,
  account: plan.account,
  frequencies: [...gates.keys()],
  state,
  frames: meter.frames,
  bytes: meter.bytes,
  broken: meter.broken,
  elements: meter.elements,
  events: meter.events,
  statuses: meter.statuses,
  unknownStatuses: meter.unknownStatuses,
  rejected: meter.rejected,
  unwanted: meter.unwanted,
  drifted: meter.drifted,
  lost: meter.lost,
  inbox: { frames: meter.inbox.frames, bytes: meter.inbox.bytes, bytesMax: meter.inbox.bytesMax },
  pausedMs: pausedMs(),
})

const frequencyHealth = (
  control: Control,
  { meters }: Stream,
  states: ReadonlyMap<string, StreamState>,
  link: string | undefined,
): FrequencyHealth => {
  const { name, priority, counts } = control
  const { offered, passed } = meters.at(0)
  return {
    name,
    priority,
    state: states.get(name) as StreamState,
    ...(link === undefined ? {} : { link }),
    offered,
    passed,
    emitted: meters.output().emitted,
    deadLetters: counts.deadLetters,
    restarts: Array.from({ length: meters.count }, (_, i) => meters.at(i).restarts).reduce((sum, one) => sum + one, 0),
    rejected: counts.rejected,
    gaps: counts.gaps,
    ...(Number.isNaN(counts.lastEventMs) ? {} : { lastEventMs: counts.lastEventMs }),
    lanes: control.lanes().map(laneHealth),
  }
}

const laneHealth = (lane: LaneLog): LaneHealth => ({
  eventType: lane.eventType,
  nextOffset: lane.nextOffset,
  retained: lane.nextOffset - lane.oldestOffset,
  limit: lane.limit,
  readers: lane.readers.map((reader) => {
    const { committed, inFlight, waiting, lost, lag, failures } = reader.figures()
    return { name: reader.name, committed, inFlight, waiting, lost, lag, failures }
  }),
})
