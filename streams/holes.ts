import type { Gap } from './model.ts'

/** A gap's place: right before the event with the offset `at`. `sequence` counts the lane's holes. */
export interface Hole {
  readonly at: number
  readonly sequence: number
  readonly gap: Gap
}

/** Where something may be missing in one lane. */
export interface Holes {
  /** By their places. */
  readonly all: () => readonly Hole[]
  /** How many there have been. */
  readonly count: () => number
  /** A gap that is known already is only updated. */
  readonly mark: (gap: Gap, at: number) => void
  /** The sequence number of the newest one that lies before this offset; 0 when none does. */
  readonly seenBefore: (offset: number) => number
}

/** More holes than this are not told apart any more: the oldest is forgotten. */
const holesMax = 64

export const createHoles = (): Holes => {
  let holes: readonly Hole[] = []
  let count = 0

  return {
    all: () => holes,
    count: () => count,
    mark: (gap, at) => {
      if (holes.some((hole) => hole.gap.id === gap.id)) {
        holes = holes.map((hole) => (hole.gap.id === gap.id ? { ...hole, gap } : hole))
        return
      }
      // A gap that opened before the lane was made, or that is too old to be told apart, has no place here.
      if (gap.toMs !== undefined) return
      count += 1
      holes = [...holes.slice(1 - holesMax), { at, sequence: count, gap }]
    },
    seenBefore: (offset) => holes.findLast((hole) => hole.at < offset)?.sequence ?? 0,
  }
}
