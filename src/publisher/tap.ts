import type { Lane } from '../../streams/lane.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { Reader } from '../../streams/reader.ts'

/** A lane as the publisher reads it. */
export interface Tap {
  /** Events that wait in the lane, because a client is waited for. */
  readonly waiting: number
  /** Takes one portion of what waits, if nobody is waited for; false when there is nothing left to take. */
  pullOne(): boolean
  /** Takes nothing newer from the lane; what waits now is still taken. */
  close(): void
  /** Takes nothing more. */
  stop(): void
}

export interface TapOptions {
  readonly readerName: string
  readonly from: 'oldest' | 'now'
  /** Events of one portion, at most the lane's limit. */
  readonly count: number
  /** Whether a client that wants this lane is waited for. */
  readonly isHeld: () => boolean
  /** Whether the lane has ended although the engine goes on: nobody else closes the reader then. */
  readonly isGone: () => boolean
  /** Must not throw: what it is given is committed when it returns. */
  readonly route: (batch: Pulled) => void
}

/** A host may have a reader of our name; it does not have ten. */
const namesMax = 10

const openReader = (lane: Lane, name: string, from: 'oldest' | 'now'): Reader => {
  for (let n = 1; ; n += 1) {
    try {
      return lane.reader(n === 1 ? name : `${name} (${n})`, { from })
    } catch (error) {
      if (n === namesMax) throw error
    }
  }
}

/**
 *  lane ─ reader ─ route
 *
 * Pulls within the wake, so it neither lags nor loses while nobody is waited for. While a client is waited for it leaves everything in
 * the lane, for as long as that has room.
 */
export const createTap = (lane: Lane, { readerName, from, count, isHeld, isGone, route }: TapOptions): Tap => {
  const reader = openReader(lane, readerName, from)
  // Not more than a cohort holds: so much may still come to a client that is waited for.
  const most = Math.min(count, lane.limit)
  let end = Infinity
  let position = from === 'now' ? lane.nextOffset : lane.oldestOffset
  let isPulling = false

  const left = (): number => Math.min(reader.waiting, end - position)

  const pullOne = (): boolean => {
    if (isPulling || left() <= 0 || isHeld()) return false
    isPulling = true
    const batch = reader.pull({ max: Math.min(most, left()) })
    position = batch.to
    route(batch)
    // May bring the next events at once, of a lane that waited for us.
    reader.commit()
    isPulling = false
    if (end <= position) reader.close()
    return left() > 0
  }

  const pull = (): void => {
    while (pullOne());
  }

  const close = (): void => {
    end = lane.nextOffset
    if (left() <= 0) reader.close()
  }

  reader.ready$.subscribe(pull)
  reader.ended$.subscribe(() => {
    if (isGone()) close()
  })
  pull()

  return {
    get waiting() {
      return Math.max(left(), 0)
    },
    pullOne,
    close,
    stop: () => {
      reader.close()
    },
  }
}
