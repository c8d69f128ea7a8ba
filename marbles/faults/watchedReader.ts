import type { Lane } from '../../streams/lane.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { Reader } from '../../streams/reader.ts'
import { numberOf } from './numbers.ts'

export interface WatchedReaderOptions {
  readonly lane: Lane
  readonly name: string
  /** What stands at an offset of the lane, by the books. */
  readonly numberAt: (offset: number) => number | undefined
  /** Whether a gap lies right before this offset. */
  readonly isHole: (offset: number) => boolean
  readonly fail: (what: string) => void
  /** Told of each batch, for the comparison of two runs. */
  readonly pulled: (from: number, to: number, lostBefore: number) => void
}

/** A reader that is driven by steps, beside what a reader should be. */
export interface WatchedReader {
  readonly pull: (max?: number) => void
  readonly commit: () => void
  readonly commitOne: () => void
  readonly rewind: () => void
  readonly leave: () => void
  readonly comeBack: () => void
  /** Takes and commits all there is. */
  readonly drain: () => void
  readonly check: () => void
}

type Span = readonly [from: number, to: number]

export const watchedReader = ({ lane, name, numberAt, isHole, fail, pulled }: WatchedReaderOptions): WatchedReader => {
  const where = `the reader ${name} of ${lane.frequency}/${lane.eventType}`
  let reader: Reader | undefined = lane.reader(name)
  let committed = new Set<number>()
  let inFlight: Span[] = []
  let again: Span[] = []
  let next = 0

  const expect = (holds: boolean, what: string): void => {
    if (!holds) fail(`${where} ${what}`)
  }

  const isAsStored = (batch: Pulled): void => {
    for (let i = 0; i < batch.length; i += 1) {
      const offset = batch.from + i
      const n = numberOf(batch.at(i))
      expect(
        numberAt(offset) === n,
        `found ${String(n)} at offset ${String(offset)}, where ${String(numberAt(offset))} came`,
      )
      expect(i === 0 || !isHole(offset), `pulled over the gap before offset ${String(offset)}`)
    }
  }

  const done = (offset: number): void => {
    expect(!committed.has(offset), `committed offset ${String(offset)} twice`)
    committed.add(offset)
  }

  const pull = (max?: number): boolean => {
    const batch = reader?.pull(max === undefined ? {} : { max })
    if (batch === undefined || batch.length === 0) return false
    const first = again[0]
    if (first === undefined) {
      expect(
        batch.from === next + batch.lostBefore,
        `was given ${String(batch.from)} after ${String(next)} with ${String(batch.lostBefore)} lost`,
      )
      next = batch.to
    } else {
      expect(
        batch.from === first[0] && batch.to <= first[1],
        `was given ${String(batch.from)} to ${String(batch.to)} again, not ${String(first[0])} to ${String(first[1])}`,
      )
      if (batch.to === first[1]) again.shift()
      else again[0] = [batch.to, first[1]]
    }
    inFlight.push([batch.from, batch.to])
    isAsStored(batch)
    pulled(batch.from, batch.to, batch.lostBefore)
    return true
  }

  const commit = (): void => {
    reader?.commit()
    for (const [from, to] of inFlight) for (let offset = from; offset < to; offset += 1) done(offset)
    inFlight = []
  }

  const comeBack = (): void => {
    if (reader !== undefined) return
    next = lane.nextOffset
    reader = lane.reader(name, { from: 'now' })
    committed = new Set()
    inFlight = []
    again = []
  }

  return {
    pull: (max) => {
      pull(max)
    },
    commit,
    commitOne: () => {
      const first = inFlight[0]
      if (first === undefined || reader === undefined) return
      const [from, to] = first
      reader.commit(from + 1)
      done(from)
      if (from + 1 === to) inFlight.shift()
      else inFlight[0] = [from + 1, to]
    },
    rewind: () => {
      reader?.rewind()
      again = [...inFlight, ...again]
      inFlight = []
    },
    leave: () => {
      reader?.close()
      reader = undefined
      inFlight = []
    },
    comeBack,
    drain: () => {
      comeBack()
      do commit()
      while (pull())
    },
    check: () => {
      if (reader === undefined) return
      const figures = reader.figures()
      expect(
        figures.committed === committed.size,
        `counts ${String(figures.committed)} committed, ${String(committed.size)} are`,
      )
      expect(
        figures.inFlight <= lane.limit,
        `holds ${String(figures.inFlight)} events in flight, above its limit ${String(lane.limit)}`,
      )
    },
  }
}
