import { Observable, takeWhile, type OperatorFunction, type Subscriber } from 'rxjs'

/** What an operator with timers does with its source. */
interface Parts<T> {
  readonly next: (value: T) => void
  /** The source has ended, either way: what is held goes out now. */
  readonly ended?: () => void
  /** The source has completed: called in place of `ended` and of completing at once. */
  readonly completed?: () => void
  /** Unsubscribed, failed or completed: timers go. */
  readonly released?: () => void
}

/** Runs what a timer sets off, so that what a function of the host throws there becomes the operator's error. */
type Attempt = (work: () => void) => void

/**
 * The frame of an operator that has state and timers. What it throws is its error, wherever it throws; it completes and fails
 * with the source, after `ended`; a source that never pauses is left as soon as nobody listens.
 */
export const operate =
  <T, R>(parts: (subscriber: Subscriber<R>, attempt: Attempt) => Parts<T>): OperatorFunction<T, R> =>
  (source$) =>
    new Observable<R>((subscriber) => {
      const attempt: Attempt = (work) => {
        try {
          work()
        } catch (error) {
          subscriber.error(error)
        }
      }
      const { next, ended, completed, released } = parts(subscriber, attempt)
      subscriber.add(released)
      const end = (): void => {
        if (ended !== undefined && !subscriber.closed) attempt(ended)
      }

      // As `attempt` has it, without a closure per value.
      const take = (value: T): boolean => {
        try {
          next(value)
        } catch (error) {
          subscriber.error(error)
        }
        return !subscriber.closed
      }

      subscriber.add(
        source$.pipe(takeWhile(take)).subscribe({
          error: (error: unknown) => {
            end()
            subscriber.error(error)
          },
          complete: () => {
            if (completed !== undefined && !subscriber.closed) {
              attempt(completed)
              return
            }
            end()
            subscriber.complete()
          },
        }),
      )
    })
