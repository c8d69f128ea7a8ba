import { asyncScheduler, Observable } from 'rxjs'

import type { LinkSignal } from './link/linkSignal.ts'
import type { ChannelsState, Gap, GapPosition } from './model.ts'

export type Lost = Extract<LinkSignal, { kind: 'lost' }>

export interface GapsOptions {
  readonly frequency: string
  /** Ids are `<frequency>-<number>`, counted up over all links and reconnects. */
  readonly nextId: () => string
  /** What the frequency wants at the moment of asking. */
  readonly wanted: () => readonly string[]
  /** Where each of its lanes stands. */
  readonly heads: () => readonly { readonly eventType: string; readonly nextOffset: number }[]
}

/**
 * Losses of a link as the gaps of one frequency on it.
 *
 *     lost$         ---l-----l-------
 *     channels$     p-h--p------h----      p = pending, h = held
 *     gaps          ---a-----------A-      a = opened, A = the same id, closed; the second loss widens the open one
 *
 * `lost$` has come the way of the frames, so every event of the lost session has been appended and none of the next one:
 * the hole lies behind the newest offset of each lane. A gap closes when every channel it names is held again, refused, or
 * no longer wanted. A frequency that wants nothing at the loss misses nothing.
 *
 * Completes with `lost$`; unsubscribing forgets the open gap.
 */
export const gaps = (
  lost$: Observable<Lost>,
  channels$: Observable<ChannelsState>,
  { frequency, nextId, wanted, heads }: GapsOptions,
): Observable<Gap> =>
  new Observable<Gap>((subscriber) => {
    let open: Gap | undefined

    subscriber.add(
      channels$.subscribe(({ held, refused }) => {
        if (open === undefined) return
        const stillWanted = new Set(wanted())
        if (open.channels.some((channel) => stillWanted.has(channel) && !held.has(channel) && !refused.has(channel)))
          return
        const closed: Gap = {
          ...open,
          toMs: asyncScheduler.now(),
          positions: open.positions.map((position): GapPosition => ({
            ...position,
            beforeOffset: position.afterOffset + 1,
          })),
        }
        open = undefined
        subscriber.next(closed)
      }),
    )
    subscriber.add(
      lost$.subscribe({
        next: ({ cause, lastHeardMs }) => {
          const channels = wanted()
          if (open !== undefined || channels.length === 0) return
          open = {
            id: nextId(),
            frequency,
            channels,
            cause,
            fromMs: lastHeardMs,
            positions: heads().map(({ eventType, nextOffset }) => ({ eventType, afterOffset: nextOffset - 1 })),
          }
          subscriber.next(open)
        },
        error: (error: unknown) => {
          subscriber.error(error)
        },
        complete: () => {
          subscriber.complete()
        },
      }),
    )
  })
