import { connect, filter, map, merge, Observable, type Observer, type OperatorFunction, Subject } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Stage } from './frequency.ts'
import type { EventLike } from './model.ts'
import type { StageMeter } from './stageMeter.ts'
import type { StageMeters } from './stageMeters.ts'
import { type StreamSignal, supervise } from './supervise.ts'
import { timeBudget, type TimeBudgetOptions, type TimeBudget } from './timeBudget.ts'

export interface OperatedOptions {
  readonly frequency: string
  readonly random: () => number
  /** Makes the bytes of events that operators made. */
  readonly encode: (event: EventLike) => Buffer
  readonly meters: StageMeters
  /** Where the operators' time is measured, and what they may take of each second, milliseconds. Nothing is measured without it. */
  readonly time?: Omit<TimeBudgetOptions, 'say'> | undefined
}

/** The operators in force, from the moment that they are. */
interface Row {
  take(batch: Batch): void
  /** Gives out what it holds, and ends. */
  finish(): void
  unsubscribe(): void
}

/**
 * Sends batches through the operators of a frequency, which may be exchanged for others while it runs.
 *
 *     batches     -a-b-----c-d-|
 *     stages$     f------g------      f holds what comes and gives it two at a time, g changes nothing
 *     operated    ---(ab)--c-d-|      what f still held at the change comes at the change
 *
 * An exchange completes the operators in force, so that what they hold is given out, and builds the next ones; a batch in hand still goes
 * through the former ones to its end. Quarantine and its count end with the operators that earned it. Without operators there is one
 * stage, which only counts, and no time is measured.
 *
 * Completes with the source, after what is held. Unsubscribing unsubscribes the operators.
 */
export const operated =
  (stages$: Observable<readonly Stage[]>, options: OperatedOptions): OperatorFunction<Batch, StreamSignal> =>
  (source$) =>
    new Observable<StreamSignal>((subscriber) => {
      let row: Row | undefined
      let next: readonly Stage[] | undefined
      let isBusy = false
      const quarantined = new Set<number>()
      const budget =
        options.time && timeBudget({ ...options.time, say: (isKept) => subscriber.next({ kind: 'budget', isKept }) })

      const say = ({ stage, signal }: Staged): void => {
        if (signal.kind !== 'operators') {
          subscriber.next(signal)
          return
        }
        if (signal.operators === 'quarantined') quarantined.add(stage)
        else quarantined.delete(stage)
        // One stage that is well again says nothing of the others.
        subscriber.next({ ...signal, operators: quarantined.size > 0 ? 'quarantined' : 'ok' })
      }

      const build = (stages: readonly Stage[]): Row => {
        const meters = options.meters.next(Math.max(stages.length, 1))
        if (stages.length === 0) return counting(meters[0] as StageMeter, subscriber)
        const input$ = new Subject<StreamSignal>()
        const subscription = rowOf(
          stages,
          meters,
          options,
          budget,
        )(input$).subscribe({
          next: say,
          error: (error: unknown) => {
            subscriber.error(error)
          },
        })
        return {
          take: (batch) => {
            input$.next({ kind: 'batch', batch })
          },
          finish: () => {
            input$.complete()
            subscription.unsubscribe()
          },
          unsubscribe: () => {
            subscription.unsubscribe()
          },
        }
      }

      const finish = (): void => {
        row?.finish()
        row = undefined
      }

      /** Nothing that this causes may begin in the middle of it. */
      const alone = (work: () => void): void => {
        isBusy = true
        try {
          work()
        } finally {
          isBusy = false
        }
        exchange()
      }

      const exchange = (): void => {
        const stages = next
        if (stages === undefined || isBusy || subscriber.closed) return
        next = undefined
        alone(() => {
          finish()
          if (quarantined.size > 0) {
            quarantined.clear()
            subscriber.next({ kind: 'operators', operators: 'ok', restarts: 0 })
          }
          budget?.renew()
          row = build(stages)
        })
      }

      subscriber.add(() => row?.unsubscribe())
      subscriber.add(budget)
      subscriber.add(
        stages$.subscribe((stages) => {
          next = stages
          exchange()
        }),
      )
      subscriber.add(
        source$.subscribe({
          // As `alone` has it, without a closure per batch.
          next: (batch) => {
            isBusy = true
            try {
              row?.take(batch)
            } finally {
              isBusy = false
            }
            if (next !== undefined) exchange()
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            next = undefined
            isBusy = true
            finish()
            subscriber.complete()
          },
        }),
      )
    })

/** A signal with the place of the stage that it comes from. */
interface Staged {
  readonly stage: number
  readonly signal: StreamSignal
}

const rowOf =
  (
    stages: readonly Stage[],
    meters: readonly StageMeter[],
    { frequency, random, encode }: OperatedOptions,
    budget: TimeBudget | undefined,
  ): OperatorFunction<StreamSignal, Staged> =>
  (input$) => {
    const meterOf = (i: number): StageMeter => meters[i] as StageMeter
    return stages.reduce<Observable<Staged>>(
      (so$, stage, i) =>
        so$.pipe(
          afterwards(i, supervise(stage, { frequency, random, encode, meter: meterOf(i), timer: budget?.timer(i) })),
        ),
      input$.pipe(map((signal) => ({ stage: 0, signal }))),
    )
  }

/** Batches go through the next stage; what an earlier one says beside them passes it by. */
const afterwards = (
  stage: number,
  through: OperatorFunction<StreamSignal, StreamSignal>,
): OperatorFunction<Staged, Staged> =>
  connect((staged$) =>
    merge(
      staged$.pipe(
        map(({ signal }) => signal),
        filter(({ kind }) => kind === 'batch'),
        through,
        map((signal) => ({ stage, signal })),
      ),
      staged$.pipe(filter(({ signal }) => signal.kind !== 'batch')),
    ),
  )

/** Without operators: what comes in goes out, and is counted. */
const counting = (meter: StageMeter, observer: Pick<Observer<StreamSignal>, 'next'>): Row => ({
  take: (batch) => {
    meter.offered += batch.length
    meter.passed += batch.length
    meter.emitted += batch.length
    observer.next({ kind: 'batch', batch })
  },
  finish: () => {},
  unsubscribe: () => {},
})
