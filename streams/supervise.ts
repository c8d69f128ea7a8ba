import { asyncScheduler, Observable, type OperatorFunction, Subject } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import { stamp } from './codecs/origin.ts'
import type { Stage } from './frequency.ts'
import { type Ending, instances } from './instances.ts'
import type { DeadLetter, EventLike, StreamOperators } from './model.ts'
import { outputs } from './outputs.ts'
import { type Outcome, quarantine, type Trust } from './quarantine.ts'
import { stageMeter, type StageMeter } from './stageMeter.ts'
import type { StageTimer } from './timeBudget.ts'

/** What flows inside a stream: batches, and beside them what became of the operators. None of it is an error. */
export type StreamSignal =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'deadLetter'; readonly deadLetter: DeadLetter }
  | { readonly kind: 'operators'; readonly operators: StreamOperators; readonly restarts: number }
  /** Whether the operators take no more time than they may. */
  | { readonly kind: 'budget'; readonly isKept: boolean }

export interface SuperviseOptions {
  readonly frequency: string
  readonly random: () => number
  /** Makes the bytes of events that operators made. That of the built-in event types by default. */
  readonly encode?: (event: EventLike) => Buffer
  readonly meter?: StageMeter
  /** Measures each batch; nothing is measured without it. What operators do at a time of their own is not measured. */
  readonly timer?: StageTimer | undefined
  /** Restarts in a row, without one event passed in between, that end in quarantine. 5. */
  readonly restartsMax?: number
  /** About how long the operators wait until they are tried again, doubled each time up to the cap. 1 s to 60 s. */
  readonly retryInitialMs?: number
  readonly retryCapMs?: number
  /** The waits start over only when the operators had been up for so long, from the first event passed after a wait. 30 s. */
  readonly retryStableMs?: number
}

/**
 * Runs the operators of a frequency so that their faults stay values.
 *
 *     batches                   --x-----y--     x = a, b, c    y = d, e, f
 *     operators that throw at b
 *     supervised                --(DX)--Y--     D = dead letter b    X = a, c    Y = d, e, f
 *
 * - A throw ends the instance: what was being pushed is a dead letter, the next event gets a fresh one. What the old one
 *   held is gone. An operator that completes is restarted too; the event that made it complete has passed.
 * - An error with the `_tag` `EventRefused` is a dead letter that does not count towards quarantine.
 * - After `restartsMax` restarts without an event passed: `quarantined`. Events are dead letters until the wait is over;
 *   the next one then tries a fresh instance, and it is `ok` when one has passed. An event of the very moment in which the
 *   wait ends may be on either side.
 * - What comes out while a batch is pushed is one batch per event type; what comes out later, by a timer, is one of its own.
 *   Something without `ev` and `symbol` is a dead letter of reason `notAnEvent`.
 * - When the source completes, so does the instance, and what it flushes still counts; if it throws then, that is a dead
 *   letter without events. Unsubscribing unsubscribes it and ends the wait.
 */
export const supervise = (
  stage: Stage,
  {
    frequency,
    random,
    encode,
    meter = stageMeter(),
    timer,
    restartsMax = 5,
    retryInitialMs = 1000,
    retryCapMs = 60_000,
    retryStableMs = 30_000,
  }: SuperviseOptions,
): OperatorFunction<StreamSignal, StreamSignal> => {
  const waits = { initialMs: retryInitialMs, capMs: retryCapMs, stableMs: retryStableMs, random }
  const trusted = quarantine({ restartsMax, ...waits })

  return (source$) =>
    new Observable<StreamSignal>((subscriber) => {
      const outcome$ = new Subject<Outcome>()
      let told: Outcome | undefined
      let trust: Trust = 'ok'
      let collected: unknown[] | undefined

      const bury = (reason: DeadLetter['reason'], events: readonly unknown[], error: unknown): void => {
        const atMs = asyncScheduler.now()
        subscriber.next({ kind: 'deadLetter', deadLetter: { frequency, reason, events, error, atMs } })
      }

      const emit = outputs(
        stage.kind,
        {
          batch: (batch) => {
            meter.emitted += batch.length
            subscriber.next({ kind: 'batch', batch })
          },
          refuse: (output, error) => {
            meter.emitted += 1
            meter.refused += 1
            bury('notAnEvent', [output], error)
          },
        },
        encode,
      )

      const tell = (outcome: Outcome): void => {
        // That yet another event has passed is no news, and saying it would cost something for each.
        if (outcome === 'passed' && told === 'passed') return
        told = outcome
        outcome$.next(outcome)
      }

      const restarted = (how: Ending, events: readonly unknown[]): void => {
        const isRefused = isRefusal(how.error)
        if ('error' in how) bury(isRefused ? 'refused' : 'threw', events, how.error)
        if (!isRefused) tell('failed')
      }

      const instance = instances(stage, {
        output: (output) => {
          if (collected === undefined) emit([output])
          else collected.push(output)
        },
        // Nothing was being pushed, so only what it held is gone.
        ended: (how) => {
          meter.restarts += 1
          restarted(how, [])
        },
      })

      // At the same moment out of the hand and into its column: whoever looks from inside a dead letter finds it balanced.
      const settle = (column: 'passed' | 'deadLettered', count: number): void => {
        meter.inHand -= count
        meter[column] += count
      }

      const push = (value: unknown, count: number): void => {
        if (trust === 'quarantined') {
          settle('deadLettered', count)
          bury('quarantined', eventsOf(value), new Error('the operators are quarantined'))
          return
        }
        const how = instance.push(value)
        if (how !== undefined) meter.restarts += 1
        if (how === undefined || !('error' in how)) {
          settle('passed', count)
          tell('passed')
        } else {
          settle('deadLettered', count)
          restarted(how, eventsOf(value))
        }
      }

      const eventsOf = (value: unknown): readonly unknown[] =>
        stage.kind === 'batches' ? [...(value as Batch)] : [value]

      const pushAll = (batch: Batch): void => {
        meter.offered += batch.length
        meter.inHand += batch.length
        if (stage.kind === 'batches') {
          push(batch, batch.length)
          return
        }
        for (let i = 0; i < batch.length; i += 1) {
          const event = batch.at(i)
          // Leaving as the same object, it keeps its bytes.
          stamp(event, batch, i)
          push(event, 1)
        }
      }

      // Once per batch: reading a stopwatch twice for each event would cost as much as many an operator.
      const pushTimed = (batch: Batch): void => {
        if (timer === undefined) {
          pushAll(batch)
          return
        }
        const began = timer.stopwatch()
        pushAll(batch)
        timer.took(timer.stopwatch() - began)
      }

      const flush = (work: () => void): void => {
        collected = []
        work()
        const outs = collected
        collected = undefined
        emit(outs)
      }

      subscriber.add(() => {
        instance.unsubscribe()
      })
      subscriber.add(
        outcome$.pipe(trusted).subscribe((next) => {
          trust = next
          if (next !== 'probation') {
            subscriber.next({ kind: 'operators', operators: next, restarts: meter.restarts })
          }
        }),
      )
      subscriber.add(
        source$.subscribe({
          next: (signal) => {
            if (signal.kind === 'batch') {
              flush(() => {
                pushTimed(signal.batch)
              })
            } else subscriber.next(signal)
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            let how: Ending | undefined
            flush(() => (how = instance.complete()))
            if (how !== undefined && 'error' in how) bury('threw', [], how.error)
            subscriber.complete()
          },
        }),
      )
    })
}

const isRefusal = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && '_tag' in error && error._tag === 'EventRefused'
