import type { Batch } from '../../streams/codecs/batch.ts'
import { type Cohort, createCohort, type CohortOptions, type Member } from './cohort.ts'

/** The cohorts of one lane. */
export interface Cohorts {
  readonly size: number
  readonly all: Iterable<Cohort>
  /** Seats a member by its list, `undefined` for none; call again after every change. */
  place(member: Member, tickers: ReadonlySet<string> | undefined): void
  /** The member is not there any more. */
  leave(member: Member): void
  /** Gives each event to those who want it. */
  route(batch: Batch): void
  /** Sends all that is held. */
  flush(): void
}

export interface CohortsOptions extends Omit<CohortOptions, 'key'> {
  /** Told of each cohort as it is made; what it returns is called when the cohort has no member any more. */
  readonly opened: (cohort: Cohort) => () => void
  /** Told of each event that cannot be put on the wire. */
  readonly onRefused: (error: unknown) => void
}

/** Equal for equal lists. A wildcard covers every ticker. */
const keyOf = (tickers: ReadonlySet<string>): string => (tickers.has('*') ? '*' : [...tickers].sort().join(','))

/**
 * Groups members by what they want, so that equal wishes share one encoded frame, and finds the groups that want an event
 * through an index by ticker, so that an event costs only those who want it. A member is in one cohort at most: no event
 * reaches it twice.
 */
export const createCohorts = ({ opened, onRefused, ...options }: CohortsOptions): Cohorts => {
  const byKey = new Map<string, Cohort>()
  const byMember = new Map<Member, Cohort>()
  const index = new Map<string, Set<Cohort>>()
  const closers = new Map<Cohort, () => void>()
  const nobody: ReadonlySet<Cohort> = new Set()
  let everyone: Cohort | undefined

  const open = (key: string, tickers: ReadonlySet<string>): Cohort => {
    const cohort = createCohort({ key, ...options })
    byKey.set(key, cohort)
    closers.set(cohort, opened(cohort))
    if (key === '*') {
      everyone = cohort
      return cohort
    }
    for (const ticker of tickers) {
      const those = index.get(ticker)
      if (those === undefined) index.set(ticker, new Set([cohort]))
      else those.add(cohort)
    }
    return cohort
  }

  const closeIfEmpty = (cohort: Cohort): void => {
    if (cohort.size > 0) return
    byKey.delete(cohort.key)
    if (everyone === cohort) everyone = undefined
    // The key is the list: no ticker contains a comma.
    else {
      for (const ticker of cohort.key.split(',')) {
        const those = index.get(ticker)
        those?.delete(cohort)
        if (those?.size === 0) index.delete(ticker)
      }
    }
    closers.get(cohort)?.()
    closers.delete(cohort)
  }

  const wireOf = (batch: Batch, i: number): Uint8Array | undefined => {
    try {
      return batch.wire(i)
    } catch (error) {
      onRefused(error)
      return undefined
    }
  }

  const give = (cohort: Cohort, event: Uint8Array | undefined): void => {
    if (event === undefined) cohort.refuse()
    else cohort.add(event)
  }

  return {
    get size() {
      return byKey.size
    },
    get all() {
      return byKey.values()
    },
    place: (member, tickers) => {
      const key = tickers === undefined ? undefined : keyOf(tickers)
      const before = byMember.get(member)
      if (before?.key === key) return

      byMember.delete(member)
      before?.move(member)
      if (before !== undefined) closeIfEmpty(before)
      if (tickers === undefined || key === undefined) return

      const cohort = byKey.get(key) ?? open(key, tickers)
      byMember.set(member, cohort)
      cohort.join(member)
    },
    leave: (member) => {
      const cohort = byMember.get(member)
      if (cohort === undefined) return
      byMember.delete(member)
      cohort.leave(member)
      closeIfEmpty(cohort)
    },
    route: (batch) => {
      if (byKey.size === 0) return
      for (let i = 0; i < batch.length; i += 1) {
        const those = index.get(batch.symbol(i)) ?? nobody
        if (everyone === undefined && those.size === 0) continue
        // Once for all who want it.
        const event = wireOf(batch, i)
        if (everyone !== undefined) give(everyone, event)
        for (const cohort of those) give(cohort, event)
      }
    },
    flush: () => {
      for (const cohort of [...byKey.values()]) cohort.flush()
    },
  }
}
