import {
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  type OperatorFunction,
  takeWhile,
  throwError,
  timer,
  EMPTY,
} from 'rxjs'

import { EventRefused } from '../../operators/market/eventRefused.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import type { AnyFrequency } from '../../src/engine/options.ts'
import type { EventLike } from '../../streams/model.ts'
import type { FrequencySetup, OperatorFault } from './scenario.ts'

/** The operators of one frequency: they pass everything, until they are told otherwise. */
export interface FaultyOperators {
  /** The next so many events, or batches, are treated so. */
  readonly fail: (fault: OperatorFault, times: number) => void
  readonly mend: () => void
  /** Behind a frequency, whatever it is so far. */
  readonly stagesOf: (stages: FrequencySetup['stages']) => <F extends AnyFrequency>(frequency: F) => F
}

interface Passed<T> {
  readonly value: T
  readonly isLast: boolean
}

/** `swallowed` is told of events that go in and by intention do not come out. */
export const faultyOperators = (swallowed: (events: readonly EventLike[]) => void): FaultyOperators => {
  let fault: OperatorFault = 'swallows'
  let times = 0

  const next = (): OperatorFault | undefined => {
    if (times === 0) return undefined
    times -= 1
    return fault
  }

  const treated = <T>(value: T, rubbish: T, eventsOf: (value: T) => readonly EventLike[]): Observable<Passed<T>> => {
    switch (next()) {
      case 'throws':
        throw new Error('an operator threw')
      case 'refuses':
        throw new EventRefused({ handler: 'faulty', symbol: 'AAPL', field: 'price', expected: 'another', received: 1 })
      case 'rubbish':
        swallowed(eventsOf(value))
        return of({ value: rubbish, isLast: false })
      case 'swallows':
        swallowed(eventsOf(value))
        return EMPTY
      case 'completes':
        return of({ value, isLast: true })
      case 'timer':
        return merge(
          of({ value, isLast: false }),
          timer(2).pipe(mergeMap(() => throwError(() => new Error('a timer of an operator threw')))),
        )
      case undefined:
        return of({ value, isLast: false })
    }
  }

  const faulty =
    <T>(rubbish: T, eventsOf: (value: T) => readonly EventLike[]): OperatorFunction<T, T> =>
    (value$) =>
      value$.pipe(
        mergeMap((value) => treated(value, rubbish, eventsOf)),
        takeWhile(({ isLast }) => !isLast, true),
        map(({ value }) => value),
      )

  const overEvents = faulty<EventLike>({ price: 1 } as unknown as EventLike, (event) => [event])
  const overBatches = faulty<Batch>('rubbish' as unknown as Batch, (batch) => [...batch])

  return {
    fail: (what, count) => {
      fault = what
      times = count
    },
    mend: () => {
      times = 0
    },
    stagesOf:
      (stages) =>
      <F extends AnyFrequency>(frequency: F): F => {
        // The types that come out are those that go in.
        let so: AnyFrequency = frequency
        if (stages === 'events' || stages === 'both') so = so.pipe(overEvents)
        if (stages === 'batches' || stages === 'both') so = so.pipeBatches(overBatches)
        return so as F
      },
  }
}
