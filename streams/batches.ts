import { EMPTY, interval, Observable } from 'rxjs'

import type { EventLike } from './model.ts'
import type { Pulled } from './pulled.ts'
import type { Reader, ReaderOptions, ReadFrom } from './reader.ts'
import { checkTimerMs } from './timerMs.ts'

export interface BatchesOptions {
  /** At most this many events per batch, and with no `pull$` what makes one. At most the lane's limit, its default. */
  readonly count?: number
  /** What waits becomes a batch at each of these ticks, milliseconds apart from the subscription on. Without it only `count` makes one. */
  readonly everyMs?: number
  /** Each value asks for one batch; nothing is emitted without being asked for. */
  readonly pull$?: Observable<unknown>
  readonly from?: ReadFrom
  /** The reader's name, for the ledger and the metrics. */
  readonly name?: string
}

/**
 * The specification's bufferCount / bufferTime pull subject: a reader as an Observable of batches.
 *
 *     events                  -abc--d------e--
 *     count 2, everyMs 5      --x--y----z----w     x = ab, y = c, z = d, w = e, the last three by time
 *
 *     events                  -abc--d------e--
 *     pull$                   ----p----pp-----
 *     count 2, pull$          ----x----y---w--     x = ab, y = cd, w = e, which the third demand has waited for
 *
 * With `pull$` a demand gives what waits, at most `count`; with nothing waiting it stands until something comes. Asking
 * again commits the batch before. Without `pull$` a batch counts as consumed when `next` returns: for consumers that are
 * done by then, since nothing here can make the lane wait for others.
 *
 * Completes when the engine has closed, after the rest: with `pull$` at the demand that commits the last batch, or when the
 * engine stops waiting for it; also when `pull$` has completed and everything it asked for has come. Fails with
 * `pull$`. Unsubscribing closes the reader and stops the timer. Each subscription has its own reader.
 */
export const batches = <E extends EventLike>(
  limit: number,
  { count = limit, everyMs, pull$, from = 'oldest' }: BatchesOptions = {},
  open: (options: ReaderOptions) => Reader<E>,
): Observable<Pulled<E>> => {
  if (!(Number.isInteger(count) && count >= 1 && count <= limit)) {
    throw new RangeError(
      `count must be a whole number from 1 to the lane's limit of ${String(limit)}, not ${String(count)}`,
    )
  }
  if (everyMs !== undefined) checkTimerMs('everyMs', everyMs)
  if (pull$ !== undefined && everyMs !== undefined) {
    throw new RangeError('everyMs has no meaning beside pull$: the demand says when')
  }
  return pull$ === undefined
    ? byCountAndTime(count, everyMs, () => open({ from }))
    : onDemand(count, pull$, () => open({ from }))
}

const byCountAndTime = <E extends EventLike>(count: number, everyMs: number | undefined, open: () => Reader<E>) =>
  new Observable<Pulled<E>>((subscriber) => {
    const reader = open()
    let isHanding = false
    subscriber.add(() => {
      if (!isHanding) reader.close()
    })

    const flush = (least: number): void => {
      while (!subscriber.closed && reader.waiting >= least) {
        const batch = reader.pull({ max: count })
        isHanding = true
        subscriber.next(batch)
        isHanding = false
        reader.commit()
      }
      // Unsubscribed while it was handed a batch, which is consumed all the same.
      if (subscriber.closed) reader.close()
    }

    const tick$ = everyMs === undefined ? EMPTY : interval(everyMs)
    subscriber.add(tick$.subscribe(() => flush(1)))
    subscriber.add(reader.ready$.subscribe(() => flush(count)))
    flush(count)
    subscriber.add(
      reader.ended$.subscribe(() => {
        flush(1)
        subscriber.complete()
      }),
    )
  })

const onDemand = <E extends EventLike>(count: number, pull$: Observable<unknown>, open: () => Reader<E>) =>
  new Observable<Pulled<E>>((subscriber) => {
    const reader = open()
    let asked = 0
    let isAnswering = false
    let isEnding = false
    let isLastAsked = false
    subscriber.add(() => {
      reader.close()
    })

    const answer = (): void => {
      // Asking from inside `next` is answered after it, not within it.
      if (isAnswering) return
      isAnswering = true
      while (!subscriber.closed && asked > 0 && reader.waiting > 0) {
        asked -= 1
        reader.commit()
        subscriber.next(reader.pull({ max: count }))
      }
      // Asking once more than there is says that the last one is done with too.
      if (asked > 0) reader.commit()
      isAnswering = false
      if ((isEnding && reader.waiting === 0 && !reader.isBusy) || (isLastAsked && asked === 0)) subscriber.complete()
    }

    subscriber.add(reader.ready$.subscribe({ next: answer, complete: () => subscriber.complete() }))
    subscriber.add(
      reader.ended$.subscribe(() => {
        isEnding = true
        answer()
      }),
    )
    subscriber.add(
      pull$.subscribe({
        next: () => {
          asked += 1
          answer()
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          isLastAsked = true
          answer()
        },
      }),
    )
  })
