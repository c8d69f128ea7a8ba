import { BehaviorSubject, type Observable, Subject } from 'rxjs'

import { type Gate, gateOf } from '../../streams/arrivals.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import { channelsOf, checkTickers, type Frequency, type Tickers } from '../../streams/frequency.ts'
import { createLane, type LaneLog } from '../../streams/lane.ts'
import type { Ledger } from '../../streams/ledger.ts'
import type { DeadLetter } from '../../streams/model.ts'
import type { Pump } from '../../streams/pump.ts'

/** Event types one frequency may fill lanes with: operators name them, and a name is not a bound. */
export const lanesMax = 64

/** Dead letters kept per frequency; all are counted. */
export const deadLettersMax = 1000

/** What the engine holds for one frequency and links, plans and operators come and go beneath. */
export interface Control {
  readonly frequency: Frequency
  readonly priority: number
  readonly running$: BehaviorSubject<boolean>
  /** The channels it wants when it runs, none when it does not. */
  readonly wanted$: BehaviorSubject<readonly string[]>
  readonly gate: () => Gate
  /** Before `open` it is only remembered. */
  readonly run: (isRunning: boolean) => void
  /** The engine has started: runs unless it was stopped before. */
  readonly open: () => void
  readonly setTickers: (tickers: Tickers) => void
  /** Stops for good. */
  readonly end: () => void
  /** Undefined when there are as many lanes as there may be. */
  readonly lane: (eventType: string) => LaneLog | undefined
  readonly lanes: () => readonly LaneLog[]
  /** Into the lanes; what none takes is a dead letter. */
  readonly take: (batch: Batch) => void
  /** Outputs that no lane took. */
  readonly deadLetter$: Observable<DeadLetter>
  readonly bury: (deadLetter: DeadLetter) => void
  readonly deadLetters: () => readonly DeadLetter[]
  readonly counts: {
    toLanes: number
    refused: number
    deadLetters: number
    rejected: number
    gaps: number
    lastEventMs: number
  }
}

export interface ControlOptions {
  readonly frequency: Frequency
  readonly priority: number
  readonly epoch: string
  readonly pump: Pick<Pump, 'hold' | 'block'>
  readonly ledger: Ledger
  /** Told of each lane as it is made. */
  readonly made: (lane: LaneLog) => void
  readonly now: () => number
}

export const createControl = ({ frequency, priority, epoch, pump, ledger, made, now }: ControlOptions): Control => {
  const { name, eventTypes, options } = frequency
  const lanes = new Map<string, LaneLog>()
  const deadLetters: DeadLetter[] = []
  const deadLetter$ = new Subject<DeadLetter>()
  const counts: Control['counts'] = { toLanes: 0, refused: 0, deadLetters: 0, rejected: 0, gaps: 0, lastEventMs: NaN }
  let tickers: Tickers = options.tickers ?? '*'
  let gate = gateOf(false, tickers)
  let isOpen = false
  let isWished = true
  const running$ = new BehaviorSubject(false)
  const wanted$ = new BehaviorSubject<readonly string[]>([])

  const settle = (): void => {
    // The gate first: nothing that comes for the new channels is taken for unwanted.
    gate = gateOf(running$.value, tickers)
    wanted$.next(running$.value ? channelsOf(eventTypes, tickers) : [])
  }

  const lane = (eventType: string): LaneLog | undefined => {
    const known = lanes.get(eventType)
    if (known !== undefined || lanes.size >= lanesMax) return known
    const log = createLane({
      frequency: name,
      eventType,
      epoch,
      hold: (again) => {
        pump.hold(again)
      },
      block: () => pump.block(),
      ...(options.whenFull === undefined ? {} : { whenFull: options.whenFull }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
      opened: (reader) => ledger.open('reader', `${name}/${eventType}/${reader.name}`, () => reader.figures()),
    })
    lanes.set(eventType, log)
    ledger.open('lane', `${name}/${eventType}`, log.figures)
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
  if (frequency.stages.length === 0) for (const eventType of eventTypes) lane(eventType)

  return {
    frequency,
    priority,
    running$,
    wanted$,
    gate: () => gate,
    run,
    open: () => {
      isOpen = true
      run(isWished)
    },
    setTickers: (next) => {
      checkTickers(name, next)
      tickers = next === '*' ? '*' : [...new Set(next)]
      settle()
    },
    end: () => {
      running$.next(false)
      settle()
      running$.complete()
      wanted$.complete()
      deadLetter$.complete()
    },
    lane,
    lanes: () => [...lanes.values()],
    take: (batch) => {
      const log = lane(batch.eventType)
      // The newest event is the last of its batch.
      const lastMs = batch.atMs(batch.length - 1)
      if (!Number.isNaN(lastMs)) counts.lastEventMs = lastMs
      if (log !== undefined) {
        counts.toLanes += batch.length
        log.append(batch)
        return
      }
      counts.refused += batch.length
      const error = new RangeError(
        `${name} fills ${String(lanesMax)} event types already: none is left for ${batch.eventType}`,
      )
      deadLetter$.next({ frequency: name, reason: 'notAnEvent', events: [...batch], error, atMs: now() })
    },
    deadLetter$,
    bury: (deadLetter) => {
      counts.deadLetters += 1
      deadLetters.push(deadLetter)
      if (deadLetters.length > deadLettersMax) deadLetters.shift()
    },
    deadLetters: () => [...deadLetters],
    counts,
  }
}
