import { firstValueFrom, Observable, race, timer } from 'rxjs'

import type { EventLike } from './model.ts'
import type { Pulled } from './pulled.ts'
import type { PullOptions, Reader } from './reader.ts'
import { checkTimerMs } from './timerMs.ts'

/** What a loop needs of the reader that it runs on. */
export interface LoopedReader<E extends EventLike> extends Pick<Reader<E>, 'name' | 'pull' | 'commit' | 'rewind'> {
  readonly isClosed: () => boolean
  /** No more events will come. */
  readonly isEnding: () => boolean
  /** Completes when the reader is closed. */
  readonly closed$: Observable<unknown>
  /** A loop has begun: from now on the reader wants to be woken. */
  readonly begun: () => void
}

/** The loops of one reader, one at a time. */
export interface ReaderLoops<E extends EventLike> {
  readonly each: Reader<E>['each']
  readonly iterate: () => AsyncIterator<Pulled<E>, undefined>
  readonly isRunning: () => boolean
  /** Whether one waits for something to pull. */
  readonly isAwaiting: () => boolean
  /** Ends that wait. */
  readonly wake: () => void
  /** How often the function given to `each` has rejected. */
  readonly failures: () => number
}

/** The last step of the circuit and the only one with promises: everything before it is driven by virtual time as well. */
export const readerLoops = <E extends EventLike>(reader: LoopedReader<E>): ReaderLoops<E> => {
  const { name, pull, commit, rewind, isClosed, isEnding, closed$, begun } = reader
  let failures = 0
  let isRunning = false
  let resolveReady: (() => void) | undefined

  const wake = (): void => {
    const resolve = resolveReady
    resolveReady = undefined
    resolve?.()
  }

  const claim = (): void => {
    if (isClosed()) throw new Error(`reader ${name} is closed: ask the lane for a new one`)
    if (isRunning)
      throw new Error(
        `reader ${name} is already being read by each or for await: open a second reader under another name`,
      )
    isRunning = true
    begun()
  }

  const next = async (options?: PullOptions, stopped = (): boolean => false): Promise<Pulled<E> | undefined> => {
    while (!stopped()) {
      const batch = pull(options)
      if (batch.length > 0) return batch
      if (isClosed() || isEnding()) return undefined
      await new Promise<void>((resolve) => (resolveReady = resolve))
    }
    return undefined
  }

  return {
    each: async (handle, { max, retryInitialMs = 100, retryCapMs = 10_000, onError, signal } = {}) => {
      checkTimerMs(`reader ${name}: retryInitialMs`, retryInitialMs)
      checkTimerMs(`reader ${name}: retryCapMs`, retryCapMs)
      claim()
      const aborted$ = abortOf(signal)
      const stop = aborted$.subscribe(wake)
      let inARow = 0
      try {
        for (;;) {
          const batch = await next(max === undefined ? {} : { max }, () => signal?.aborted === true)
          if (batch === undefined) return
          try {
            await handle(batch)
            if (!isClosed()) commit()
            inARow = 0
          } catch (error) {
            failures += 1
            rewind()
            onError?.(error)
            const waitMs = Math.min(retryInitialMs * 2 ** inARow, retryCapMs)
            inARow += 1
            await firstValueFrom(race(timer(waitMs), aborted$, completed(closed$)), { defaultValue: 0 })
          }
        }
      } finally {
        stop.unsubscribe()
        isRunning = false
      }
    },
    iterate: () => {
      claim()
      let isLeft = false
      let answered: Promise<unknown> = Promise.resolve()
      const leave = (): IteratorReturnResult<undefined> => {
        // Only once: by then another loop may have claimed the reader.
        if (!isLeft) isRunning = false
        isLeft = true
        return { done: true, value: undefined }
      }
      const step = async (): Promise<IteratorResult<Pulled<E>, undefined>> => {
        if (isLeft) return leave()
        if (!isClosed()) commit()
        const batch = await next({}, () => isLeft)
        return batch === undefined ? leave() : { done: false, value: batch }
      }
      return {
        // One after the other, as generators have it: asking twice must not commit what the first answer has not brought yet.
        next: () => {
          const answer = answered.then(step)
          answered = answer
          return answer
        },
        return: () => {
          if (!isLeft && !isClosed()) rewind()
          const answer = leave()
          // An answer that is still waited for.
          wake()
          return Promise.resolve(answer)
        },
      }
    },
    isRunning: () => isRunning,
    isAwaiting: () => resolveReady !== undefined,
    wake,
    failures: () => failures,
  }
}

const abortOf = (signal: AbortSignal | undefined): Observable<unknown> =>
  new Observable((subscriber) => {
    if (signal === undefined) return
    const told = (): void => {
      subscriber.next(0)
    }
    if (signal.aborted) told()
    signal.addEventListener('abort', told)
    return () => {
      signal.removeEventListener('abort', told)
    }
  })

const completed = (closed$: Observable<unknown>): Observable<unknown> =>
  new Observable((subscriber) =>
    closed$.subscribe({
      complete: () => {
        subscriber.next(0)
      },
    }),
  )
