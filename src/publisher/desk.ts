import type { Lane } from '../../streams/lane.ts'
import type { Member } from './cohort.ts'
import { type Cohorts, createCohorts, type CohortsOptions } from './cohorts.ts'
import type { Held } from './frames.ts'
import type { Snapshot } from './snapshot.ts'
import { createTap, type Tap } from './tap.ts'

/** One lane and those who want its events. */
export interface Desk extends Tap {
  readonly lane: Lane
  readonly cohorts: Cohorts
  readonly snapshot: Snapshot | undefined
  /** Seats a member by its list; returns what it is to get after its acknowledgement, at once. */
  place(member: Member, tickers: ReadonlySet<string> | undefined): readonly Held[]
  leave(member: Member): void
}

export interface DeskOptions extends Omit<CohortsOptions, 'onEvent'> {
  readonly readerName: string
  /** Whether a client that wants this lane is waited for. */
  readonly isHeld: (cohorts: Cohorts) => boolean
  /** Whether the lane has ended although the engine goes on: nobody else closes the reader then. */
  readonly isGone: () => boolean
  readonly snapshot: Snapshot | undefined
}

/**
 *  lane ─ tap ─ cohorts ─ clients
 *          └─ snapshot
 *
 * What nobody wants is committed unseen, the rest is held by cohorts.
 */
export const createDesk = (lane: Lane, { readerName, isHeld, isGone, snapshot, ...options }: DeskOptions): Desk => {
  const cohorts = createCohorts({
    ...options,
    ...(snapshot === undefined ? {} : { onEvent: (event) => snapshot.see(event) }),
  })
  const tap = createTap(lane, {
    readerName,
    // What the lane still has is known, but nobody's.
    from: snapshot === undefined ? 'now' : 'oldest',
    count: options.count,
    isHeld: () => isHeld(cohorts),
    isGone,
    route: (batch) => {
      cohorts.route(batch)
    },
  })

  return {
    lane,
    cohorts,
    snapshot,
    get waiting() {
      return tap.waiting
    },
    pullOne: () => tap.pullOne(),
    close: () => {
      tap.close()
    },
    stop: () => {
      tap.stop()
    },
    place: (member, tickers) => {
      cohorts.place(member, tickers)
      return snapshot?.relist(member, tickers) ?? []
    },
    leave: (member) => {
      cohorts.leave(member)
      snapshot?.leave(member)
    },
  }
}
