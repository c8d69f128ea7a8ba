import type { Lane } from '../../streams/lane.ts'
import type { Pulled } from '../../streams/pulled.ts'
import { numberOf } from './numbers.ts'

/** A reader in a loop, `each`, whose function can be told to throw. */
export interface WatchedLoop {
  /** The next so many batches are not taken. */
  readonly throwNext: (times: number) => void
  readonly mend: () => void
}

export interface WatchedLoopOptions {
  readonly lane: Lane
  readonly name: string
  readonly numberAt: (offset: number) => number | undefined
  readonly isHole: (offset: number) => boolean
  readonly fail: (what: string) => void
}

/** What a loop takes, it takes once, in order, and what it does not take comes again. */
export const loopOf = ({ lane, name, numberAt, isHole, fail }: WatchedLoopOptions): WatchedLoop => {
  const where = `the reader ${name} of ${lane.frequency}/${lane.eventType}`
  const reader = lane.reader(name)
  let throws = 0
  let next = 0
  let refused: readonly [from: number, to: number] | undefined

  const take = (batch: Pulled): void => {
    if (refused === undefined) {
      if (batch.from !== next + batch.lostBefore) {
        fail(`${where} was given ${String(batch.from)} after ${String(next)} with ${String(batch.lostBefore)} lost`)
      }
    } else if (batch.from !== refused[0] || batch.to !== refused[1]) {
      fail(
        `${where} was given ${String(batch.from)} to ${String(batch.to)} again, not ${String(refused[0])} to ${String(refused[1])}`,
      )
    }
    for (let i = 0; i < batch.length; i += 1) {
      const offset = batch.from + i
      const n = numberOf(batch.at(i))
      if (numberAt(offset) !== n)
        fail(`${where} found ${String(n)} at offset ${String(offset)}, where ${String(numberAt(offset))} came`)
      if (i > 0 && isHole(offset)) fail(`${where} was given a batch over the gap before offset ${String(offset)}`)
    }
    if (throws > 0) {
      throws -= 1
      refused = [batch.from, batch.to]
      throw new Error('a reader threw')
    }
    refused = undefined
    next = batch.to
  }

  reader.each(take, { retryInitialMs: 3, retryCapMs: 30 }).catch((error: unknown) => {
    fail(`${where} ended: ${String(error)}`)
  })

  return {
    throwNext: (times) => {
      throws = times
    },
    mend: () => {
      throws = 0
    },
  }
}
