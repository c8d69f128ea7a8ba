import { asyncScheduler, Observable } from 'rxjs'

import type { LinkSignal } from './link/linkSignal.ts'
import type { ChannelsState, Gap, GapPosition, LinkCause } from './model.ts'

export type Lost = Extract<LinkSignal, { kind: 'lost' }>

/** From here on a frequency may have missed something: its session ended, or it gave up its place on a link for another one. */
export interface Loss {
  readonly cause: LinkCause
  /** Arrival of the last frame or pong before, Unix milliseconds of the engine's clock. */
  readonly lastHeardMs: number
  /** Whose events come from here on, when that is another provider. */
  readonly provider?: string
}

export interface GapsSources {
  /** In order with the events: all that came before has been appended, nothing of what comes after has. */
  readonly loss$: Observable<Loss>
  readonly channels$: Observable<ChannelsState>
  /** What the frequency wants. Replays its latest. */
  readonly wanted$: Observable<readonly string[]>
}

export interface GapsOptions {
  readonly frequency: string
  /** Ids are `<epoch>-<number>`, counted up over all frequencies, links and reconnects. */
  readonly nextId: () => string
  /** Where each of its lanes stands. */
  readonly heads: () => readonly { readonly eventType: string; readonly nextOffset: number }[]
}

/**
 * What may be missing, as the gaps of one frequency.
 *
 *     loss$         ---l-----l-------
 *     channels$     p-h--p------h----      p = pending, h = held
 *     gaps          ---a-----------A-      a = opened, A = the same id, closed; the second loss widens the open one
 *
 * The hole lies behind the newest offset of each lane. A gap closes when every channel it names is held again, refused, or
 * no longer wanted (`'*'` changed to named tickers, or back, is wanted still: by other channels); and at a second loss, when an event has come since the first: then the second hole lies elsewhere. A frequency
 * that wants nothing at the loss misses nothing.
 *
 * Completes with `loss$`; unsubscribing forgets the open gap.
 */
export const gaps = (
  { loss$, channels$, wanted$ }: GapsSources,
  { frequency, nextId, heads }: GapsOptions,
): Observable<Gap> =>
  new Observable<Gap>((subscriber) => {
    let wanted: readonly string[] = []
    let open: Gap | undefined

    const close = (gap: Gap): void => {
      open = undefined
      subscriber.next({
        ...gap,
        toMs: asyncScheduler.now(),
        positions: gap.positions.map((position): GapPosition => ({
          ...position,
          beforeOffset: position.afterOffset + 1,
        })),
      })
    }

    const closeUnless = (isMissing: (channel: string) => boolean): void => {
      if (open === undefined) return
      const all = new Set(wanted)
      if (open.channels.some((channel) => heirsOf(channel, all).some(isMissing))) return
      close(open)
    }

    const newest = (): readonly GapPosition[] =>
      heads().map(({ eventType, nextOffset }) => ({ eventType, afterOffset: nextOffset - 1 }))

    /** Whether an event has come since: by a channel that was answered earlier than the others, or ahead of its answer. */
    const isPassed = ({ positions }: Gap): boolean =>
      newest().some(({ eventType, afterOffset }) => {
        const known = positions.find((position) => position.eventType === eventType)
        return afterOffset > (known?.afterOffset ?? -1)
      })

    subscriber.add(
      wanted$.subscribe((now) => {
        wanted = now
        // What is held is told by the channels alone: what they said last may be from before the loss.
        closeUnless(() => true)
      }),
    )
    subscriber.add(
      channels$.subscribe(({ held, refused }) => {
        closeUnless((channel) => !held.has(channel) && !refused.has(channel))
      }),
    )
    subscriber.add(
      loss$.subscribe({
        next: ({ cause, lastHeardMs, provider }) => {
          // This hole lies behind what has come since: it has a place of its own.
          if (open !== undefined && isPassed(open)) close(open)
          if (wanted.length === 0 || (open !== undefined && provider === undefined)) return
          open ??= { id: nextId(), frequency, channels: wanted, cause, fromMs: lastHeardMs, positions: newest() }
          if (provider !== undefined) open = { ...open, provider }
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

/**
 * The wanted channels through which what `channel` brought would come now: itself; and where it is wanted no more, `T.AAPL` and
 * `T.MSFT` for `T.*`, or `T.*` for `T.AAPL`.
 */
const heirsOf = (channel: string, wanted: ReadonlySet<string>): readonly string[] => {
  if (wanted.has(channel)) return [channel]
  const type = channel.slice(0, channel.indexOf('.') + 1)
  if (channel === `${type}*`) return [...wanted].filter((other) => other.startsWith(type))
  return wanted.has(`${type}*`) ? [`${type}*`] : []
}
