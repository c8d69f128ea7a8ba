import { sessionAt } from '../../operators/calendar.ts'
import type { Frequency } from '../../streams/frequency.ts'
import type { LaneLog } from '../../streams/lane.ts'
import type { Ledger } from '../../streams/ledger.ts'
import type { StreamState } from '../../streams/model.ts'
import { isExpected } from '../../streams/pace.ts'
import type { Pump } from '../../streams/pump.ts'
import type { Stream } from '../../streams/stream.ts'
import type { FrequencyHealth, Health, LaneHealth, LinkHealth, PaceHealth, TimeHealth } from '../ops/health.ts'
import type { Machine } from '../ops/machine.ts'
import type { Control } from './control.ts'
import type { LinkControl } from './links.ts'
import type { Parts } from './parts.ts'
import type { Member } from './roster.ts'
import { frequencyCounts, growth, linkCounts, remembered, restartsOf, type Sample, type Samples } from './samples.ts'
import { type Lately, overallOf, verdictOf } from './verdict.ts'

export interface HealthSources {
  readonly epoch: string
  readonly nowMs: number
  readonly startedMs: number | null
  readonly isClosed: boolean
  readonly everyMs: number
  readonly members: readonly Member[]
  readonly links: readonly LinkControl[]
  /** The latest of each frequency. */
  readonly states: ReadonlyMap<string, StreamState>
  /** Of its own provider. */
  readonly providerName: (frequency: Frequency) => string
  readonly linkOf: (frequency: string) => LinkControl | undefined
  readonly parts: Parts
  readonly ledger: Ledger
  readonly pump: Pump
  readonly machine: Machine
  readonly samples: Samples
}

/** A plain snapshot: what is counted and what state it is in, nothing that changes afterwards, no keys. */
export const healthOf = (sources: HealthSources): Health => {
  const { epoch, nowMs, startedMs, isClosed, everyMs, members, links, parts, ledger, pump, machine } = sources
  const linkHealths = new Map(links.map((link) => [link, linkHealth(link, sources)]))
  const frequencies = members.map((member) => {
    const link = sources.linkOf(member.name)
    return frequencyHealth(member, link, link && linkHealths.get(link), sources)
  })
  const { balanced } = ledger.snapshot()
  const { loop, memory, cpuMs } = machine.read()

  return {
    ...overallOf({ isStarted: startedMs !== null, isClosed, balanced, loop, frequencies }),
    epoch,
    nowMs,
    startedMs,
    isClosed,
    balanced,
    everyMs,
    links: [...linkHealths.values()],
    frequencies,
    pump: {
      ...pump.figures(),
      waitingFrames: links.reduce((sum, { meter }) => sum + meter.inbox.frames, 0),
      waitingBytes: links.reduce((sum, { meter }) => sum + meter.inbox.bytes, 0),
    },
    loop,
    memory,
    cpuMs,
    parts: parts.health(),
  }
}

const rateOf = (grown: number, base: Sample | undefined, nowMs: number): number =>
  base === undefined || nowMs <= base.atMs ? 0 : (grown * 1000) / (nowMs - base.atMs)

const linkHealth = (link: LinkControl, { samples, nowMs }: HealthSources): LinkHealth => {
  const { id, plan, gates, state, meter, pulse, story, pausedMs } = link
  const base = samples.base()
  const counts = linkCounts(link)
  const rate = (name: 'frames' | 'bytes'): number => rateOf(growth(counts, base?.links.get(id), name), base, nowMs)

  return {
    id,
    host: new URL(plan.url).host,
    account: plan.account,
    frequencies: [...gates.keys()],
    state,
    ...story.read(),
    ...(Number.isNaN(pulse.roundTripMs) ? {} : { roundTripMs: pulse.roundTripMs }),
    // The newest may be answered yet.
    unansweredPings: Math.max(pulse.unanswered - 1, 0),
    framesPerSecond: rate('frames'),
    bytesPerSecond: rate('bytes'),
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
    unscanned: { ...meter.unscanned },
    lost: meter.lost,
    inbox: {
      frames: meter.inbox.frames,
      bytes: meter.inbox.bytes,
      bytesMax: meter.inbox.bytesMax,
      limit: link.inboxBytes,
    },
    pausedMs: pausedMs(),
  }
}

const frequencyHealth = (
  { control, stream }: Member,
  link: LinkControl | undefined,
  linkNow: LinkHealth | undefined,
  sources: HealthSources,
): FrequencyHealth => {
  const { name, priority, counts, recent, latency, frequency } = control
  const { nowMs, samples, states } = sources
  const { offered, passed } = stream.meters.at(0)
  const now = frequencyCounts(control, stream)
  const base = samples.base()
  const gap = recent.gaps().at(-1)
  const { lastArrivalMs } = latency

  const health = {
    name,
    priority,
    required: frequency.options.required ?? true,
    state: states.get(name) as StreamState,
    sinceMs: counts.sinceMs,
    ...(link === undefined ? {} : { link: link.id }),
    provider: states.get(name)?.fallback?.provider ?? sources.providerName(frequency),
    eventsPerSecond: rateOf(growth(now, base?.frequencies.get(name), 'emitted'), base, nowMs),
    offered,
    passed,
    emitted: now.emitted,
    deadLetters: counts.deadLetters,
    restarts: restartsOf(stream),
    rejected: counts.rejected,
    gaps: counts.gaps,
    gapsOpen: recent.open,
    ...(gap === undefined
      ? {}
      : {
          lastGap: {
            fromMs: gap.fromMs,
            ...(gap.toMs === undefined ? {} : { toMs: gap.toMs }),
            cause: gap.cause.message,
          },
        }),
    ...(Number.isNaN(counts.lastEventMs) ? {} : { lastEventMs: counts.lastEventMs }),
    ...(Number.isNaN(lastArrivalMs) ? {} : { lastArrivalMs }),
    pace: paceHealth(control, nowMs),
    latency: latency.read(nowMs),
    time: timeHealth(control, stream, states.get(name)?.isOverBudget ?? false),
    lanes: control.lanes().map(laneHealth),
  }
  const lately = latelyOf({ control, stream }, link, samples.oldest(), sources)
  return { ...health, ...verdictOf({ health, link: linkNow, lately, nowMs }) }
}

const latelyOf = (
  { control, stream }: Pick<Member, 'control' | 'stream'>,
  link: LinkControl | undefined,
  then: Sample | undefined,
  { nowMs, everyMs }: HealthSources,
): Lately => {
  // Before the first look nothing is past.
  const now = frequencyCounts(control, stream)
  const before = then === undefined ? now : then.frequencies.get(control.name)
  const ofFrequency = (name: keyof typeof now): number => growth(now, before, name)
  const links = link === undefined ? undefined : linkCounts(link)
  const linkBefore = then === undefined ? links : link && then.links.get(link.id)

  return {
    overMs: then === undefined ? 0 : nowMs - then.atMs,
    usualMs: remembered * everyMs,
    gaps: ofFrequency('gaps'),
    rejected: ofFrequency('rejected'),
    deadLetters: ofFrequency('deadLetters'),
    restarts: ofFrequency('restarts'),
    lost: ofFrequency('lost'),
    nameless: links === undefined ? 0 : growth(links, linkBefore, 'nameless'),
    pausedMs: links === undefined ? 0 : growth(links, linkBefore, 'pausedMs'),
  }
}

const timeHealth = ({ frequency }: Control, { times }: Stream, isOver: boolean): TimeHealth => ({
  budgetMs: Number.isFinite(frequency.budgetMs) ? frequency.budgetMs : null,
  isOver,
  broken: times.broken,
  ...(times.broken > 0 ? { brokenMs: times.brokenMs } : {}),
  stages: times.stages.map((stage) => ({ ...stage })),
})

const paceHealth = ({ frequency }: Control, nowMs: number): PaceHealth => ({
  quietMs: frequency.quietMs,
  staleMs: Number.isFinite(frequency.staleMs) ? frequency.staleMs : null,
  isExpected: isExpected(frequency.speaks, nowMs, sessionAt),
})

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
