import { asyncScheduler, Observable, type OperatorFunction, Subject, type Subscription } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import { batchesOf, isEventLike } from './codecs/made.ts'
import { stamp } from './codecs/origin.ts'
import type { Stage } from './frequency.ts'
import type { DeadLetter, EventLike, StreamOperators } from './model.ts'

/** What flows inside a stream: batches, and beside them what became of the operators. None of it is an error. */
export type StreamSignal =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'deadLetter'; readonly deadLetter: DeadLetter }
  | { readonly kind: 'operators'; readonly operators: StreamOperators; readonly restarts: number }

/** The figures of one stage of operators, kept up to date by `supervise`. Events. */
export interface StageMeter {
  offered: number
  passed: number
  deadLettered: number
  inHand: number
  emitted: number
  refused: number
  restarts: number
}

export const stageMeter = (): StageMeter => ({
  offered: 0,
  passed: 0,
  deadLettered: 0,
  inHand: 0,
  emitted: 0,
  refused: 0,
  restarts: 0,
})

export interface SuperviseOptions {
  readonly frequency: string
  readonly random: () => number
  /** Makes the bytes of events that operators made. That of the built-in event types by default. */
  readonly encode?: (event: EventLike) => Buffer
  readonly meter?: StageMeter
  /** Restarts in a row, without one event passed in between, that end in quarantine. 5. */
  readonly restartsMax?: number
  /** The wait before the operators are tried again, doubled each time up to the cap, with full jitter. 1 s to 60 s. */
  readonly retryInitialMs?: number
  readonly retryCapMs?: number
}

/** One life of the operators. */
interface Instance {
  readonly input$: Subject<unknown>
  readonly subscription: Subscription
}

/** How an instance ended while something was being pushed into it. */
interface Ending {
  readonly error?: unknown
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
 *   the next one then tries a fresh instance.
 * - What comes out while a batch is pushed is one batch per event type; what comes out later, by a timer, is one of its own.
 *   Something without `ev` and `symbol` is a dead letter of reason `notAnEvent`.
 * - When the source completes, so does the instance, and what it flushes still counts; if it throws then, that is a dead
 *   letter without events. Unsubscribing unsubscribes it.
 */
export const supervise =
  (
    stage: Stage,
    {
      frequency,
      random,
      encode,
      meter = stageMeter(),
      restartsMax = 5,
      retryInitialMs = 1000,
      retryCapMs = 60_000,
    }: SuperviseOptions,
  ): OperatorFunction<StreamSignal, StreamSignal> =>
  (source$) =>
    new Observable<StreamSignal>((subscriber) => {
      let instance: Instance | undefined
      let ending: Ending | undefined
      let collected: unknown[] | undefined
      let fruitless = 0
      let quarantines = 0
      let untilMs: number | undefined
      let isCompleting = false

      const now = (): number => asyncScheduler.now()

      const say = (operators: StreamOperators): void => {
        subscriber.next({ kind: 'operators', operators, restarts: meter.restarts })
      }

      const bury = (reason: DeadLetter['reason'], events: readonly unknown[], error: unknown): void => {
        subscriber.next({ kind: 'deadLetter', deadLetter: { frequency, reason, events, error, atMs: now() } })
      }

      const start = (): Instance => {
        const input$ = new Subject<unknown>()
        let output$: Observable<unknown>
        try {
          // What is pushed fits: `pipe` and `pipeBatches` have checked it, and the kind is switched on below.
          output$ = (stage.build as OperatorFunction<unknown, unknown>)(input$)
        } catch (error) {
          output$ = new Observable((failing) => {
            failing.error(error)
          })
        }
        const life = { isOver: false }
        const end = (how: Ending): void => {
          life.isOver = true
          ended(how)
        }
        const subscription = output$.subscribe({
          next: (output) => {
            if (collected === undefined) emit([output])
            else collected.push(output)
          },
          error: (error: unknown) => {
            end({ error })
          },
          complete: () => {
            end({})
          },
        })
        const started = { input$, subscription }
        if (!life.isOver) instance = started
        return started
      }

      const ended = (how: Ending): void => {
        instance = undefined
        if (!isCompleting) meter.restarts += 1
        if (collected !== undefined) {
          ending = how
          return
        }
        // By a timer of its own: nothing was being pushed, so only what the instance held is gone.
        if ('error' in how) bury(isRefusal(how.error) ? 'refused' : 'threw', [], how.error)
        failed(how)
      }

      const failed = (how: Ending): void => {
        if (isRefusal(how.error)) return
        fruitless += 1
        if (fruitless < restartsMax) return
        const delayMs = Math.min(retryInitialMs * 2 ** quarantines, retryCapMs)
        untilMs = now() + delayMs * random()
        quarantines += 1
        say('quarantined')
      }

      // At the same moment out of the hand and into its column: whoever looks from inside a dead letter finds it balanced.
      const settle = (column: 'passed' | 'deadLettered', count: number): void => {
        meter.inHand -= count
        meter[column] += count
      }

      const passed = (count: number): void => {
        settle('passed', count)
        fruitless = 0
        quarantines = 0
        if (untilMs !== undefined) {
          untilMs = undefined
          say('ok')
        }
      }

      const push = (value: unknown, count: number, events: () => readonly unknown[]): void => {
        if (untilMs !== undefined && now() < untilMs) {
          settle('deadLettered', count)
          bury('quarantined', events(), new Error('the operators are quarantined'))
        } else {
          deliver(value, count, events)
        }
      }

      const deliver = (value: unknown, count: number, events: () => readonly unknown[]): void => {
        ending = undefined
        const { input$ } = instance ?? start()
        // Told through `ending`, which the calls set: the compiler cannot see that.
        const stillborn = ending as Ending | undefined
        if (stillborn === undefined) input$.next(value)
        const how = ending as Ending | undefined

        if (how !== undefined && (stillborn !== undefined || 'error' in how)) {
          settle('deadLettered', count)
          const error = 'error' in how ? how.error : new Error('the operators completed before they took an event')
          bury(isRefusal(error) ? 'refused' : 'threw', events(), error)
          failed(how)
        } else {
          passed(count)
        }
      }

      const emit = (outputs: readonly unknown[]): void => {
        if (outputs.length === 0) return
        if (stage.kind === 'batches') {
          for (const batch of outputs as readonly Batch[]) {
            if (!isBatch(batch)) {
              refuse(batch, 'an operator over batches gave something that is no batch')
              continue
            }
            meter.emitted += batch.length
            if (batch.length > 0) subscriber.next({ kind: 'batch', batch })
          }
          return
        }
        const events: EventLike[] = []
        for (const output of outputs) {
          if (isEventLike(output)) events.push(output)
          else refuse(output, 'an operator gave something without the texts ev and symbol')
        }
        for (const batch of batchesOf(events, encode)) {
          meter.emitted += batch.length
          subscriber.next({ kind: 'batch', batch })
        }
      }

      const refuse = (output: unknown, why: string): void => {
        meter.emitted += 1
        meter.refused += 1
        bury('notAnEvent', [output], new TypeError(why))
      }

      const pushAll = (batch: Batch): void => {
        meter.offered += batch.length
        meter.inHand += batch.length
        if (stage.kind === 'batches') {
          push(batch, batch.length, () => [...batch])
          return
        }
        for (let i = 0; i < batch.length; i += 1) {
          const event = batch.at(i)
          // Leaving as the same object, it keeps its bytes.
          stamp(event, batch, i)
          push(event, 1, () => [event])
        }
      }

      const flush = (work: () => void): void => {
        collected = []
        work()
        const outputs = collected
        collected = undefined
        emit(outputs)
      }

      subscriber.add(() => instance?.subscription.unsubscribe())
      subscriber.add(
        source$.subscribe({
          next: (signal) => {
            if (signal.kind === 'batch') {
              flush(() => {
                pushAll(signal.batch)
              })
            } else subscriber.next(signal)
          },
          error: (error: unknown) => {
            subscriber.error(error)
          },
          complete: () => {
            isCompleting = true
            ending = undefined
            flush(() => instance?.input$.complete())
            const how = ending as Ending | undefined
            if (how !== undefined && 'error' in how) bury('threw', [], how.error)
            subscriber.complete()
          },
        }),
      )
    })

const isRefusal = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && '_tag' in error && error._tag === 'EventRefused'

const isBatch = (value: unknown): value is Batch =>
  typeof value === 'object' && value !== null && 'eventType' in value && 'wire' in value && 'length' in value
