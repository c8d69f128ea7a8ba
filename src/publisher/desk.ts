import type { Lane } from '../../streams/lane.ts'
import type { Reader } from '../../streams/reader.ts'
import { type Cohorts, createCohorts, type CohortsOptions } from './cohorts.ts'

/** One lane and those who want its events. */
export interface Desk {
  readonly lane: Lane
  readonly cohorts: Cohorts
  /** Takes nothing more from the lane; what cohorts hold is still theirs. */
  close(): void
}

/** A host may have a reader of our name; it does not have ten. */
const namesMax = 10

const openReader = (lane: Lane, name: string): Reader => {
  for (let n = 1; ; n += 1) {
    try {
      return lane.reader(n === 1 ? name : `${name} (${n})`, { from: 'now' })
    } catch (error) {
      if (n === namesMax) throw error
    }
  }
}

/**
 *  lane ─ reader ─ cohorts ─ clients
 *
 * Pulls within the wake, so it never lags and never loses: what nobody wants is committed unseen, the rest is held by cohorts.
 */
export const createDesk = (lane: Lane, readerName: string, options: CohortsOptions): Desk => {
  const cohorts = createCohorts(options)
  const reader = openReader(lane, readerName)

  reader.ready$.subscribe(() => {
    for (let batch = reader.pull(); batch.length > 0; batch = reader.pull()) {
      cohorts.route(batch)
      reader.commit()
    }
  })

  return {
    lane,
    cohorts,
    close: () => {
      reader.close()
    },
  }
}
