import { isDeepStrictEqual } from 'node:util'

import { BehaviorSubject, type Observable, ReplaySubject, Subject } from 'rxjs'

import type { Batch } from '../../streams/codecs/batch.ts'
import type { Frequency, Stage } from '../../streams/frequency.ts'
import { channelsOf } from '../../streams/tickers.ts'
import { createLane, type LaneLog } from '../../streams/lane.ts'
import type { Ledger } from '../../streams/ledger.ts'
import type { DeadLetter, Fallback } from '../../streams/model.ts'
import { type Gate, gateOf } from '../../streams/parting.ts'
import type { Place } from '../../streams/place.ts'
import type { Pump } from '../../streams/pump.ts'
import type { Target } from './berths.ts'
import { createLatency, type LaneLatency, type Latency, noLatency } from './latency.ts'
import { createRecent, type Recent } from './recent.ts'
import type { Pacing } from '../../streams/stream.ts'

/** Event types one frequency may fill lanes with: operators name them, and a name is not a bound. */
export const lanesMax = 64

/** Dead letters kept per frequency; all are counted. */
export const deadLettersMax = 1000

/** What the engine holds for one frequency and links, plans and operators come and go beneath. */
export interface Control {
  readonly name: string
  /** As it is now: tickers, channels, address and operators change. */
  readonly frequency: Frequency
  /** 1 first; it may change. */
  readonly priority: number
  /** The place it has on a wire, and each later one. */
  readonly place$: Subject<Place>
  /** The operators in force, and each later row. */
  readonly stages$: BehaviorSubject<readonly Stage[]>
  readonly running$: BehaviorSubject<boolean>
  /** The channels it wants when it runs, none when it does not. */
  readonly wanted$: BehaviorSubject<readonly string[]>
  /** When its silence is worth a word, and each later answer. */
  readonly pacing$: BehaviorSubject<Pacing>
  /** Where its own provider has it by the plan, whoever serves it: on a link, or nowhere, and why. */
  readonly primary$: BehaviorSubject<Target | undefined>
  /** Who is to serve it in its own provider's place. */
  readonly side$: BehaviorSubject<Fallback | undefined>
  /** Who does. */
  readonly fallback$: BehaviorSubject<Fallback | undefined>
  /** When a fallback took over, within the last hour. */
  readonly takeovers: number[]
  readonly gate: () => Gate
  /** Before `open` it is only remembered. */
  readonly run: (isRunning: boolean) => void
  /** The engine has started: runs unless it was stopped before. */
  readonly open: () => void
  /** The same frequency with other wishes: they hold from now on. */
  readonly become: (next: Frequency) => void
  /** The same wishes in another value: nothing follows from it. */
  readonly keep: (next: Frequency) => void
  readonly rank: (priority: number) => void
  /** Opens a row of the ledger that lasts as long as the frequency has its place in the engine. */
  readonly row: Ledger['open']
  /** Stops for good. */
  readonly end: () => void
  /** It waits for nobody any more, so that what is on its way to it comes through. */
  readonly release: () => void
  /** Its lanes end, and its rows join the sums. Readers keep what is retained until they are closed. */
  readonly retire: () => void
  /** Undefined when there are as many lanes as there may be. */
  readonly lane: (eventType: string) => LaneLog | undefined
  readonly lanes: () => readonly LaneLog[]
  /** Into the lanes; what none takes is a dead letter. */
  readonly take: (batch: Batch) => void
  /** Beside the live events, from elsewhere. */
  readonly takeBackfilled: (batch: Batch) => void
  /** What the frequency lost beside its operators: outputs that no lane took, and what `onGap` failed with. */
  readonly deadLetter$: Observable<DeadLetter>
  readonly lose: (deadLetter: DeadLetter) => void
  readonly bury: (deadLetter: DeadLetter) => void
  readonly deadLetters: () => readonly DeadLetter[]
  readonly recent: Recent
  readonly latency: Latency
  readonly counts: {
    toLanes: number
    refused: number
    deadLetters: number
    rejected: number
    gaps: number
    lastEventMs: number
    /** Since when it has the word that it has. */
    sinceMs: number
  }
}

export interface ControlOptions {
  readonly frequency: Frequency
  readonly priority: number
  readonly epoch: string
  readonly pump: Pick<Pump, 'hold' | 'block'>
  readonly ledger: Ledger
  /** Where a lane goes on when one of that name has been before; 0 elsewhere. */
  readonly firstOffset?: (eventType: string) => number
  /** Told of each lane as it is made. */
  readonly made: (lane: LaneLog) => void
  readonly now: () => number
  readonly stopwatch: () => number
  readonly isMeasured?: boolean
}

export const createControl = (options: ControlOptions): Control => {
  const { epoch, pump, ledger, firstOffset = () => 0, made, now, stopwatch, isMeasured = true } = options
  const { name } = options.frequency
  const lanes = new Map<string, LaneLog>()
  const latency = isMeasured ? createLatency({ stopwatch, now }) : noLatency
  const steps = new Map<LaneLog, LaneLatency>()
  const deadLetters: DeadLetter[] = []
  const deadLetter$ = new Subject<DeadLetter>()
  const counts: Control['counts'] = {
    toLanes: 0,
    refused: 0,
    deadLetters: 0,
    rejected: 0,
    gaps: 0,
    lastEventMs: NaN,
    sinceMs: now(),
  }
  const rows: (() => void)[] = []
  let { frequency, priority } = options
  let gate = gateOf(false, frequency.eventTypes, '*')
  let isOpen = false
  let isWished = true
  const place$ = new ReplaySubject<Place>(1)
  const stages$ = new BehaviorSubject(frequency.stages)
  const running$ = new BehaviorSubject(false)
  const wanted$ = new BehaviorSubject<readonly string[]>([])
  const pacing$ = new BehaviorSubject<Pacing>(pacingOf(frequency))
  const primary$ = new BehaviorSubject<Target | undefined>(undefined)
  const side$ = new BehaviorSubject<Fallback | undefined>(undefined)
  const fallback$ = new BehaviorSubject<Fallback | undefined>(undefined)

  const row: Ledger['open'] = (kind, rowName, read) => {
    const close = ledger.open(kind, rowName, read)
    rows.push(close)
    return close
  }

  const settle = (): void => {
    const { eventTypes } = frequency
    const tickers = frequency.options.tickers ?? '*'
    // The gate first: nothing that comes for the new channels is taken for unwanted.
    gate = gateOf(running$.value, eventTypes, tickers)
    wanted$.next(running$.value ? [...new Set(channelsOf(eventTypes, tickers))] : [])
  }

  const lane = (eventType: string): LaneLog | undefined => {
    const known = lanes.get(eventType)
    if (known !== undefined || lanes.size >= lanesMax) return known
    const { whenFull, limit } = frequency.options
    const first = firstOffset(eventType)
    const own = latency.lane(first)
    const log = createLane({
      frequency: name,
      eventType,
      epoch,
      hold: (again) => {
        pump.hold(again)
      },
      block: () => pump.block(),
      stored: own.stored,
      committed: own.committed,
      ...(whenFull === undefined ? {} : { whenFull }),
      ...(limit === undefined ? {} : { limit }),
      firstOffset: first,
      opened: (reader) => ledger.open('reader', `${name}/${eventType}/${reader.name}`, () => reader.figures()),
    })
    lanes.set(eventType, log)
    steps.set(log, own)
    row('lane', `${name}/${eventType}`, log.figures)
    made(log)
    return log
  }

  const run = (isRunning: boolean): void => {
    isWished = isRunning
    if (!isOpen || isRunning === running$.value) return
    running$.next(isRunning)
    settle()
  }

  // Without operators what comes in goes out: its lanes are there from the start.
  const makeLanes = (): void => {
    if (frequency.stages.length === 0) for (const eventType of frequency.eventTypes) lane(eventType)
  }

  /** The lane that takes it; without one it is a dead letter. */
  const laneFor = (batch: Batch): LaneLog | undefined => {
    const log = lane(batch.eventType)
    if (log !== undefined) return log
    const error = new RangeError(
      `${name} fills ${String(lanesMax)} event types already: none is left for ${batch.eventType}`,
    )
    deadLetter$.next({ frequency: name, reason: 'notAnEvent', events: [...batch], error, atMs: now() })
    return undefined
  }

  const give = (batch: Batch, how: 'append' | 'appendBackfilled'): void => {
    const log = laneFor(batch)
    if (log === undefined) return
    const own = steps.get(log)
    own?.comes(batch.length)
    log[how](batch)
    own?.came()
  }

  makeLanes()

  return {
    name,
    get frequency() {
      return frequency
    },
    get priority() {
      return priority
    },
    place$,
    stages$,
    running$,
    wanted$,
    pacing$,
    primary$,
    side$,
    fallback$,
    takeovers: [],
    gate: () => gate,
    run,
    open: () => {
      isOpen = true
      run(isWished)
    },
    become: (next) => {
      const isOperated = !areSameStages(next.stages, frequency.stages)
      const isPacedAnew = !isDeepStrictEqual(pacingOf(next), pacingOf(frequency))
      frequency = next
      makeLanes()
      if (isOperated) stages$.next(next.stages)
      if (isPacedAnew) pacing$.next(pacingOf(next))
      settle()
    },
    keep: (next) => (frequency = next),
    rank: (next) => (priority = next),
    row,
    end: () => {
      running$.next(false)
      settle()
      running$.complete()
      wanted$.complete()
      place$.complete()
      stages$.complete()
      for (const one$ of [pacing$, primary$, side$, fallback$]) one$.complete()
      deadLetter$.complete()
    },
    release: () => {
      for (const log of lanes.values()) log.release()
    },
    retire: () => {
      for (const log of lanes.values()) log.end()
      for (const close of rows) close()
    },
    lane,
    lanes: () => [...lanes.values()],
    take: (batch) => {
      // The newest event is the last of its batch.
      const lastMs = batch.atMs(batch.length - 1)
      if (!Number.isNaN(lastMs)) counts.lastEventMs = lastMs
      const log = lane(batch.eventType)
      // Counted before anybody hears of it: the ledger is balanced for whoever looks then.
      counts[log === undefined ? 'refused' : 'toLanes'] += batch.length
      give(batch, 'append')
    },
    takeBackfilled: (batch) => {
      give(batch, 'appendBackfilled')
    },
    deadLetter$,
    lose: (deadLetter) => {
      deadLetter$.next(deadLetter)
    },
    bury: (deadLetter) => {
      counts.deadLetters += 1
      deadLetters.push(deadLetter)
      if (deadLetters.length > deadLettersMax) deadLetters.shift()
    },
    deadLetters: () => [...deadLetters],
    recent: createRecent(),
    latency,
    counts,
  }
}

/** Operators are compared by identity: what a function does cannot be seen. */
export const areSameStages = (a: readonly Stage[], b: readonly Stage[]): boolean =>
  a.length === b.length && a.every((stage, i) => stage === b[i])

const pacingOf = ({ quietMs, staleMs, speaks }: Frequency): Pacing => ({ quietMs, staleMs, speaks })
