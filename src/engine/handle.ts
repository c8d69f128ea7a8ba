import { merge, type Observable } from 'rxjs'

import { each } from '../../streams/arrivals.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import type { Reject } from '../../streams/codecs/reject.ts'
import type { Frequency, FrequencyChanges } from '../../streams/frequency.ts'
import type { Tickers } from '../../streams/tickers.ts'
import type { Lane } from '../../streams/lane.ts'
import type { DeadLetter, EventLike, Gap, StreamState } from '../../streams/model.ts'
import type { Stream } from '../../streams/stream.ts'
import { type Control, lanesMax } from './control.ts'
import type { Fleet } from './fleet.ts'

/**
 * One frequency of a running engine.
 *
 * The Observables are hot and belong to the engine: they say what comes after you subscribe and complete when it closes.
 * None of them errors. Unsubscribing releases nothing but your own part. What throws in your `subscribe` is an unhandled
 * error of your process, as RxJS has it; what throws in the frequency's operators is a dead letter.
 */
export interface FrequencyHandle<In extends EventLike = EventLike, Out extends EventLike = EventLike> {
  readonly name: string
  readonly eventTypes: readonly string[]
  /** Every event after the operators, in order. Builds each event: `batch$` or a reader do not. */
  readonly event$: Observable<Out>
  readonly batch$: Observable<Batch<Out>>
  /** Every event before the operators. */
  readonly source$: Observable<In>
  /** Replays its latest. */
  readonly state$: Observable<StreamState>
  readonly gap$: Observable<Gap>
  /** Elements of this frequency's event types that could not be decoded. */
  readonly reject$: Observable<Reject>
  readonly deadLetter$: Observable<DeadLetter>
  /** The last 1000. */
  readonly deadLetters: readonly DeadLetter[]
  /** The last 100, each in its latest form. */
  readonly gaps: readonly Gap[]
  /** The last 100. */
  readonly rejects: readonly Reject[]
  /** Unsubscribes its channels; what still arrives is counted as unwanted. Other frequencies are not touched. */
  stop(): void
  /** Subscribes them again, and gives a halted link another try when nothing else keeps it. */
  start(): void
  /**
   * Gives its channels back and asks for them again, refused ones too, builds its operators anew, and, when its link waits or has
   * none, tries at once. What is missed meanwhile was meant to be, and is no gap.
   */
  restart(): void
  /** Another set of tickers, while everything runs. A RangeError says which one cannot be. */
  setTickers(tickers: Tickers): void
  /**
   * Other tickers, channels, address, key or account, while everything runs: `change({ url, key })`. A change that needs another link
   * moves the frequency to it, and what it may miss on the way is a gap. Nothing of another frequency is touched, unless the account's
   * connections have to be shared out anew. A RangeError says what cannot be; then nothing has changed.
   *
   * The types of the handle stay those of the list that the engine was made with.
   */
  change(changes: FrequencyChanges): void
  /**
   * Other operators, from the next batch on: `setOperators((frequency) => frequency.pipe(dropOddLots()))`. Those in force are completed,
   * what they hold is given out; nothing is subscribed anew.
   */
  setOperators(build: (frequency: Frequency<string, In, In>) => Frequency<string, In, Out>): void
  /** The log of one event type. A RangeError names those there are. */
  lane<Type extends Out['ev']>(eventType: Type): Lane<Extract<Out, { readonly ev: Type }>>
}

export interface HandleOptions {
  readonly control: Control
  readonly stream: Stream
  readonly fleet: Pick<Fleet, 'change' | 'retry'>
  readonly isClosed: () => boolean
  /** The engine goes on without it. */
  readonly isRemoved: () => boolean
}

export const createHandle = ({ control, stream, fleet, isClosed, isRemoved }: HandleOptions): FrequencyHandle => {
  const { name } = control
  const open = (): void => {
    if (isClosed()) throw new Error(`the engine is closed: ${name} cannot be changed any more`)
    if (isRemoved()) throw new Error(`${name} was removed from the engine: it cannot be changed any more`)
  }
  const change = (changes: FrequencyChanges): void => {
    open()
    fleet.change(control, control.frequency.with(changes))
  }

  return {
    name,
    get eventTypes() {
      return control.frequency.eventTypes
    },
    event$: stream.output$.pipe(events()),
    batch$: stream.output$,
    source$: stream.source$.pipe(events()),
    state$: stream.state$,
    gap$: stream.gap$,
    reject$: stream.reject$,
    deadLetter$: merge(stream.deadLetter$, control.deadLetter$),
    get deadLetters() {
      return control.deadLetters()
    },
    get gaps() {
      return control.recent.gaps()
    },
    get rejects() {
      return control.recent.rejects()
    },
    stop: () => {
      open()
      control.run(false)
    },
    start: () => {
      open()
      control.run(true)
    },
    restart: () => {
      open()
      control.run(false)
      control.stages$.next([...control.frequency.stages])
      control.run(true)
      fleet.retry(control)
    },
    setTickers: (tickers) => {
      change({ tickers })
    },
    change,
    setOperators: (build) => {
      open()
      const { frequency } = control
      // What a host gives is looked at, whatever its type says.
      const next = build(frequency.bare()) as Frequency | undefined
      if (next?.options !== frequency.options) {
        throw new RangeError(
          `${name}: setOperators needs the frequency it was given, through pipe or pipeBatches; for tickers and addresses there is change`,
        )
      }
      control.become(next)
    },
    lane: (eventType) => {
      const { frequency } = control
      // Operators may make any type: then a lane may be asked for before its first event.
      const isKnown = frequency.stages.length > 0 || frequency.eventTypes.includes(eventType)
      const lane = isKnown ? control.lane(eventType) : undefined
      if (lane === undefined) {
        const there = control.lanes().map((other) => other.eventType)
        throw new RangeError(
          `${name} has no lane ${JSON.stringify(eventType)}; it has ${there.join(', ')}` +
            (there.length >= lanesMax ? ', as many as there may be' : ''),
        )
      }
      // The lane holds what the frequency's operators make of that type; the compiler has it from their types.
      return lane as unknown as Lane<never>
    },
  }
}

const events = () =>
  each<Batch, EventLike>((batch, emit) => {
    for (let i = 0; i < batch.length; i += 1) emit(batch.at(i))
  })
