import type { Lane } from '../../streams/lane.ts'
import type { Reader } from '../../streams/reader.ts'
import type { Member } from './cohort.ts'
import { type Cohorts, createCohorts, type CohortsOptions } from './cohorts.ts'
import type { Held } from './frames.ts'
import type { Snapshot } from './snapshot.ts'

/** One lane and those who want its events. */
export interface Desk {
  readonly lane: Lane
  readonly cohorts: Cohorts
  readonly snapshot: Snapshot | undefined
  /** Events that wait in the lane, because a client is waited for. */
  readonly waiting: number
  /** Seats a member by its list; returns what it is to get after its acknowledgement, at once. */
  place(member: Member, tickers: ReadonlySet<string> | undefined): readonly Held[]
  leave(member: Member): void
  /** Takes one portion of what waits, if nobody is waited for; false when there is nothing left to take. */
  pullOne(): boolean
  /** Takes nothing newer from the lane; what waits now is still taken, and what cohorts hold is still theirs. */
  close(): void
  /** Takes nothing more. */
  stop(): void
}

export interface DeskOptions extends Omit<CohortsOptions, 'onEvent'> {
  readonly readerName: string
  /** Whether a client that wants this lane is waited for. */
  readonly isHeld: (cohorts: Cohorts) => boolean
  /** Whether the lane has ended although the engine goes on: nobody else closes the reader then. */
  readonly isGone: () => boolean
  readonly snapshot: Snapshot | undefined
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
 *  lane ─ reader ─ cohorts ─ clients
 *           └─ snapshot
 *
 * Pulls within the wake, so it neither lags nor loses while nobody is waited for: what nobody wants is committed unseen, the rest is
 * held by cohorts. While a client is waited for it leaves everything in the lane, for as long as that has room.
 */
export const createDesk = (lane: Lane, { readerName, isHeld, isGone, snapshot, ...options }: DeskOptions): Desk => {
  const cohorts = createCohorts({
    ...options,
    ...(snapshot === undefined ? {} : { onEvent: (event) => snapshot.see(event) }),
  })
  // What the lane still has is known, but nobody's.
  const reader = openReader(lane, readerName, snapshot === undefined ? 'now' : 'oldest')
  // Not more than a cohort holds: so much may still come to a client that is waited for.
  const most = Math.min(options.count, lane.limit)
  let end = Infinity
  let position = snapshot === undefined ? lane.nextOffset : lane.oldestOffset
  let isPulling = false

  const left = (): number => Math.min(reader.waiting, end - position)

  const pullOne = (): boolean => {
    if (isPulling || left() <= 0 || isHeld(cohorts)) return false
    isPulling = true
    const batch = reader.pull({ max: Math.min(most, left()) })
    position = batch.to
    cohorts.route(batch)
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
    lane,
    cohorts,
    snapshot,
    get waiting() {
      return Math.max(left(), 0)
    },
    place: (member, tickers) => {
      cohorts.place(member, tickers)
      return snapshot?.relist(member, tickers) ?? []
    },
    leave: (member) => {
      cohorts.leave(member)
      snapshot?.leave(member)
    },
    pullOne,
    close,
    stop: () => {
      reader.close()
    },
  }
}
