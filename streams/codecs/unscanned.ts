import type { Why } from './scan/why.ts'

/** Elements of one frame that the scanner left to their io-ts codec, whatever that made of them. Statuses do not count. */
export interface Unscanned {
  /** Absent where the element had no type that a codec here has. */
  readonly eventType?: string
  readonly why: Why
  readonly count: number
}

interface Tally extends Unscanned {
  count: number
}

/** One more of a kind; few kinds come in one frame, so they are looked for in a list. */
export const noteUnscanned = (tallies: Tally[], eventType: string | undefined, why: Why): void => {
  for (const tally of tallies) {
    if (tally.why !== why || tally.eventType !== eventType) continue
    tally.count += 1
    return
  }
  tallies.push({ ...(eventType === undefined ? {} : { eventType }), why, count: 1 })
}

export type { Tally as UnscannedTally }
