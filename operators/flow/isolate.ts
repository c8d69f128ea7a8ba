import { asyncScheduler, defer, type OperatorFunction, type SchedulerLike, Subject, Subscription } from 'rxjs'
import { checkCount } from './bounds.ts'
import { operate } from './operate.ts'

/** What cost an inner pipeline its instance. */
export interface IsolatedLetter<T> {
  /** What was being pushed; empty when a timer of the inner pipeline threw, or its end did. */
  readonly values: readonly T[]
  readonly error: unknown
  /** Unix milliseconds of the scheduler's clock. */
  readonly atMs: number
}

export interface IsolateOptions<T> {
  /** Called with each dead letter. Nothing is dropped in silence, so there is no default. */
  readonly deadLetter: (letter: IsolatedLetter<T>) => void
  /**
   * So many failures in a row, without a value taken in between, are borne; one more is the operator's own error, for what
   * is around it to judge. Infinity by default.
   */
  readonly failuresMax?: number
  readonly scheduler?: SchedulerLike
}

/**
 * Runs operators of their own inside a pipeline, so that their faults cost the value being pushed and not the pipeline around them.
 *
 *     source                        -a-b-c-|
 *     isolate(risky, …)             -A---C-|     risky throws at b: the next value finds a fresh one
 *     dead letters                  ---b----
 *
 * What `risky` held when it threw is gone, as in a stage of a frequency; operators before and behind the isolated ones keep theirs.
 * Operators that complete are built anew too, and the value that made them complete has been taken.
 *
 * Completes when the source has and the inner pipeline has given what it still held; an error then is a dead letter without values.
 * Fails with the source at once, with what `deadLetter` throws, and with the last error after `failuresMax`. Unsubscribing unsubscribes
 * the inner pipeline. Holds the one instance. A wrong bound is a RangeError when the operator is built.
 */
export const isolate = <T, R>(operator: OperatorFunction<T, R>, options: IsolateOptions<T>): OperatorFunction<T, R> => {
  const { deadLetter, failuresMax = Infinity, scheduler = asyncScheduler } = options
  if (failuresMax !== Infinity) checkCount('isolate: failuresMax', failuresMax)

  return operate<T, R>((subscriber, attempt) => {
    let input$: Subject<T> | undefined
    let inner = Subscription.EMPTY
    let isOver = false
    let failures = 0
    let isPushing = false
    let pushed: T | undefined

    const failed = (error: unknown): void => {
      failures += 1
      attempt(() => {
        deadLetter({ values: isPushing ? [pushed as T] : [], error, atMs: scheduler.now() })
        if (isOver) subscriber.complete()
        else if (failures > failuresMax) subscriber.error(error)
      })
    }

    const start = (): void => {
      const fresh$ = new Subject<T>()
      input$ = fresh$
      // There before the operators are built: they may have us unsubscribed while they are.
      inner = new Subscription()
      inner.add(
        defer(() => operator(fresh$)).subscribe({
          next: (output) => {
            subscriber.next(output)
          },
          error: (error: unknown) => {
            input$ = undefined
            failed(error)
          },
          complete: () => {
            input$ = undefined
            if (isOver) subscriber.complete()
          },
        }),
      )
    }

    return {
      next: (value) => {
        // What comes out may lead back to the source: then one value is pushed within another.
        const wasPushing = isPushing
        const outer = pushed
        const before = failures
        isPushing = true
        pushed = value
        if (input$ === undefined) start()
        if (input$ !== undefined) input$.next(value)
        else if (failures === before) failed(new Error('the isolated operators completed before they took a value'))
        if (failures === before) failures = 0
        isPushing = wasPushing
        pushed = outer
      },
      completed: () => {
        isOver = true
        if (input$ === undefined) subscriber.complete()
        else input$.complete()
      },
      released: () => inner.unsubscribe(),
    }
  })
}
