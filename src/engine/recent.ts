import type { Reject } from '../../streams/codecs/reject.ts'
import type { Gap } from '../../streams/model.ts'

/** Gaps and rejects kept per frequency; all are counted. */
export const recentMax = 100

/** The newest of what a frequency has missed and of what could not be decoded, for people. */
export interface Recent {
  gap(gap: Gap): void
  reject(reject: Reject): void
  /** Each in its latest form, oldest first. */
  gaps(): readonly Gap[]
  rejects(): readonly Reject[]
  /** Those that have not closed; also of those that are not kept any more. */
  readonly open: number
}

export const createRecent = (): Recent => {
  const gaps = new Map<string, Gap>()
  const rejects: Reject[] = []
  const open = new Set<string>()

  return {
    gap: (gap) => {
      if (gap.toMs === undefined) open.add(gap.id)
      else open.delete(gap.id)
      // One that has been forgotten comes back as the newest when it closes.
      gaps.set(gap.id, gap)
      const [oldest] = gaps.keys()
      if (gaps.size > recentMax && oldest !== undefined) gaps.delete(oldest)
    },
    reject: (reject) => {
      rejects.push(reject)
      if (rejects.length > recentMax) rejects.shift()
    },
    gaps: () => [...gaps.values()],
    rejects: () => [...rejects],
    get open() {
      return open.size
    },
  }
}
