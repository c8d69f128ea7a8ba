import { filter, map, mergeMap, type Observable, of, ReplaySubject, share, startWith, switchMap } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Reject } from './codecs/reject.ts'
import type { Frequency, Stage } from './frequency.ts'
import { gaps, type GapsOptions } from './gaps.ts'
import { junctionByKind, shared } from './junction.ts'
import type { DeadLetter, EventLike, Fallback, Gap, StreamOperators, StreamPace, StreamState } from './model.ts'
import { numberRevisions } from './numberRevisions.ts'
import { operated } from './operated.ts'
import { paceOf, type PaceOptions } from './pace.ts'
import type { Gate } from './parting.ts'
import { noChannels, type Place } from './place.ts'
import { stageMeters, type StageMeters } from './stageMeters.ts'
import { listening, streamState } from './streamState.ts'
import { operatorTimes, type OperatorTimes } from './timeBudget.ts'

/** How long a frequency may be silent, and when it has to speak. */
export type Pacing = Pick<PaceOptions, 'quietMs' | 'staleMs' | 'speaks'>

/** What a frequency needs from outside. */
export interface StreamSources {
  /** Its place on a wire, and each later one when it has left the one before. */
  readonly place$: Observable<Place>
  /** Its operators, and each later row of them. Replays its latest. */
  readonly stages$: Observable<readonly Stage[]>
  readonly gate: () => Gate
  readonly running$: Observable<boolean>
  readonly wanted$: Observable<readonly string[]>
  /** When silence is worth a word, and each later answer. Replays its latest. */
  readonly pacing$: Observable<Pacing>
  /** Who serves it in its own provider's place, and each later answer. Replays its latest; absent where nobody ever does. */
  readonly fallback$?: Observable<Fallback | undefined>
  readonly random: () => number
  /** Makes the bytes of events that operators made. */
  readonly encode: (event: EventLike) => Buffer
  readonly gaps: Omit<GapsOptions, 'frequency'>
  /** Milliseconds from any origin: the operators' time. Nothing is measured without it. */
  readonly stopwatch?: () => number
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
  readonly meters: StageMeters
  readonly times: OperatorTimes
}

/**
 *  place ─ batch$ ─┐                                     stages$
 *  place ─ batch$ ─┴─ numberRevisions ─ source$ ─ operated ─┬─ output$
 *                                                           ├─ deadLetter$
 *                                                           └─ operators$, isOverBudget$ ─┐
 *  running$, wanted$, link, channels, pace ───────────────────────────────────────────────┴─ state$
 */
export const stream = (frequency: Frequency, sources: StreamSources): Stream => {
  const { name, budgetMs } = frequency
  const { place$, stages$, gate, running$, wanted$, pacing$, random, encode, stopwatch } = sources

  // Hot from here on: for the operators, the pace and the host's own look at it.
  const source$ = shared(
    place$.pipe(
      mergeMap(({ batch$ }) => batch$),
      numberRevisions(),
    ),
  )

  const meters = stageMeters()
  const times = operatorTimes()
  const time = stopwatch && { budgetMs, stopwatch, times }
  const said = junctionByKind(source$.pipe(operated(stages$, { frequency: name, random, encode, meters, time })))

  const output$ = said('batch').pipe(map(({ batch }) => batch))
  const deadLetter$ = said('deadLetter').pipe(map(({ deadLetter }) => deadLetter))
  const operators$ = said('operators').pipe(
    map(({ operators }) => operators),
    startWith<StreamOperators>('ok'),
  )
  const isOverBudget$ = said('budget').pipe(
    map(({ isKept }) => !isKept),
    startWith(false),
  )
  const reject$ = place$.pipe(
    mergeMap((place) => place.reject$),
    filter(({ eventType }) => eventType !== undefined && gate().eventTypes.includes(eventType)),
    share(),
  )

  // The place it has now.
  const reach = {
    wanted$,
    link$: place$.pipe(
      switchMap((place) => place.state$),
      startWith({ kind: 'idle' } as const),
    ),
    channels$: place$.pipe(
      switchMap((place) => place.channels$),
      startWith(noChannels),
    ),
  }
  const loss$ = place$.pipe(mergeMap((place) => place.loss$))
  const gap$ = gaps({ loss$, channels$: reach.channels$, wanted$ }, { ...sources.gaps, frequency: name }).pipe(share())
  const pace$ = pacing$.pipe(switchMap((pacing) => source$.pipe(paceOf({ ...pacing, listening$: listening(reach) }))))

  const state$ = streamState({
    ...reach,
    running$,
    // Only while it runs: before and after that no clock ticks.
    pace$: running$.pipe(switchMap((isRunning) => (isRunning ? pace$ : of<StreamPace>('active')))),
    operators$,
    isOverBudget$,
    ...(sources.fallback$ === undefined ? {} : { fallback$: sources.fallback$ }),
  }).pipe(replayed())

  return { name, source$, output$, deadLetter$, gap$, reject$, state$, meters, times }
}

/** Subscribed once, latest value replayed, also after the end. */
export const replayed = <T>() =>
  share<T>({
    connector: () => new ReplaySubject<T>(1),
    resetOnRefCountZero: false,
    resetOnComplete: false,
    resetOnError: false,
  })
