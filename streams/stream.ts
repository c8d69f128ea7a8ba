import { filter, map, mergeMap, type Observable, of, ReplaySubject, share, startWith, switchMap } from 'rxjs'

import { each, type Gate } from './arrivals.ts'
import type { Batch } from './codecs/batch.ts'
import type { Reject } from './codecs/reject.ts'
import type { Wire } from './circuit.ts'
import type { Frequency } from './frequency.ts'
import { gaps, type GapsOptions } from './gaps.ts'
import type { DeadLetter, EventLike, Gap, StreamOperators, StreamPace, StreamState } from './model.ts'
import { numberRevisions } from './numberRevisions.ts'
import { paceOf } from './pace.ts'
import { listening, streamState } from './streamState.ts'
import { stageMeter, type StageMeter, type StreamSignal, supervise } from './supervise.ts'

/** What a frequency needs from outside besides its events. */
export interface StreamSources {
  readonly gate: () => Gate
  readonly running$: Observable<boolean>
  readonly wanted$: Observable<readonly string[]>
  readonly random: () => number
  /** Makes the bytes of events that operators made. */
  readonly encode: (event: EventLike) => Buffer
  readonly gaps: Omit<GapsOptions, 'frequency'>
}

/** One frequency's logical flow. All hot once subscribed; none of them errors. */
export interface Stream {
  readonly name: string
  /** Before the operators, bars numbered. */
  readonly source$: Observable<Batch>
  /** After the operators: what the lanes get. */
  readonly output$: Observable<Batch>
  readonly deadLetter$: Observable<DeadLetter>
  readonly gap$: Observable<Gap>
  readonly reject$: Observable<Reject>
  /** Replays its latest. */
  readonly state$: Observable<StreamState>
  /** One per stage of operators, in order. */
  readonly meters: readonly StageMeter[]
}

/**
 *  wire ─ part ─┐
 *  wire ─ part ─┴─ numberRevisions ─ source$ ─ supervise … ─┬─ output$
 *                                                           ├─ deadLetter$
 *                                                           └─ operators$ ─┐
 *  running$, wanted$, link, channels, pace ────────────────────────────────┴─ state$
 */
export const stream = (frequency: Frequency, wire$: Observable<Wire>, sources: StreamSources): Stream => {
  const { name, eventTypes, stages, quietMs, staleMs, speaks } = frequency
  const { gate, running$, wanted$, random, encode } = sources

  // Hot from here on: for the operators, the pace and the host's own look at it.
  const source$ = wire$.pipe(
    mergeMap((wire) => wire.part(eventTypes, gate)),
    numberRevisions(),
    share(),
  )

  // Without operators there is still one stage, which only counts.
  const meters = stages.length === 0 ? [stageMeter()] : stages.map(() => stageMeter())
  const entry$ = source$.pipe(map((batch): StreamSignal => ({ kind: 'batch', batch })))
  const signal$ = (
    stages.length === 0
      ? entry$.pipe(counted(meters[0] as StageMeter))
      : stages.reduce(
          (so$, stage, i) =>
            so$.pipe(supervise(stage, { frequency: name, random, encode, meter: meters[i] as StageMeter })),
          entry$,
        )
  ).pipe(share())

  const output$ = signal$.pipe(
    only('batch'),
    map(({ batch }) => batch),
  )
  const deadLetter$ = signal$.pipe(
    only('deadLetter'),
    map(({ deadLetter }) => deadLetter),
  )
  const operators$ = signal$.pipe(
    only('operators'),
    map(({ operators }) => operators),
    startWith<StreamOperators>('ok'),
  )
  const gap$ = wire$.pipe(
    mergeMap((wire) => gaps(wire.lost$, wire.channels$, { ...sources.gaps, frequency: name })),
    share(),
  )
  const reject$ = wire$.pipe(
    mergeMap((wire) => wire.reject$),
    filter(({ eventType }) => eventType !== undefined && eventTypes.includes(eventType)),
    share(),
  )

  // The wire it is on now.
  const reach = {
    wanted$,
    link$: wire$.pipe(
      switchMap((wire) => wire.state$),
      startWith({ kind: 'idle' } as const),
    ),
    channels$: wire$.pipe(
      switchMap((wire) => wire.channels$),
      startWith(noChannels),
    ),
  }
  const pace = paceOf({ quietMs, staleMs, speaks, listening$: listening(reach) })

  const state$ = streamState({
    ...reach,
    running$,
    // Only while it runs: before and after that no clock ticks.
    pace$: running$.pipe(switchMap((isRunning) => (isRunning ? source$.pipe(pace) : of<StreamPace>('active')))),
    operators$,
  }).pipe(replayed())

  return { name, source$, output$, deadLetter$, gap$, reject$, state$, meters }
}

const noChannels = { pending: new Set<string>(), held: new Set<string>(), refused: new Set<string>() }

const only =
  <K extends StreamSignal['kind']>(kind: K) =>
  (signal$: Observable<StreamSignal>) =>
    signal$.pipe(filter((signal): signal is Extract<StreamSignal, { kind: K }> => signal.kind === kind))

const counted = (meter: StageMeter) =>
  each<StreamSignal, StreamSignal>((signal, emit) => {
    if (signal.kind === 'batch') {
      meter.offered += signal.batch.length
      meter.passed += signal.batch.length
      meter.emitted += signal.batch.length
    }
    emit(signal)
  })

/** Subscribed once, latest value replayed, also after the end. */
export const replayed = <T>() =>
  share<T>({
    connector: () => new ReplaySubject<T>(1),
    resetOnRefCountZero: false,
    resetOnComplete: false,
    resetOnError: false,
  })
