import { checkCount } from '../flow/bounds.ts'

/** How long after its end a window may still be waited for. Shared and kept by the host, so that what it has learnt stays. */
export interface LatenessModel {
  /** A bar has come so long after its end, milliseconds. */
  readonly observe: (lateMs: number) => void
  /** So long after its end a window is taken for complete, milliseconds. */
  readonly boundMs: () => number
}

export interface LearnedLatenessOptions {
  /** The share of bars that shall be in time, above 0 and below 1; 0.999 by default. */
  readonly quantile?: number
  /** Never less, milliseconds; 250 by default. */
  readonly minMs?: number
  /** Never more, and what holds until something has been learnt, milliseconds; 5,000 by default. */
  readonly maxMs?: number
  /** How many bars it remembers, the newest; 4,096 by default. */
  readonly barsMax?: number
}

/** Always the same wait. */
export const fixedLateness = (ms: number): LatenessModel => {
  if (!(ms >= 0 && ms < Infinity))
    throw new RangeError(`fixedLateness: ms must be finite and at least 0, but is ${String(ms)}`)

  return { observe: () => {}, boundMs: () => ms }
}

/**
 * Learns the wait from what came: the time by which a share of the last bars had come after their end.
 *
 *     bars late by    300, 320, 350, 1800 ms
 *     quantile 0.5    320 ms
 *     quantile 0.9    1800 ms
 *
 * A whole market's minute takes some hundred milliseconds to two seconds, and has no end marker; how long exactly differs with the plan, the
 * tickers and the hour. Until a hundred bars have come it is `maxMs`. Sorted anew at most once per 64 bars, when it is asked.
 */
export const learnedLateness = (options: LearnedLatenessOptions = {}): LatenessModel => {
  const { quantile = 0.999, minMs = 250, maxMs = 5_000, barsMax = 4_096 } = options
  if (!(quantile > 0 && quantile < 1)) {
    throw new RangeError(`learnedLateness: quantile must be above 0 and below 1, but is ${String(quantile)}`)
  }
  if (!(minMs >= 0)) throw new RangeError(`learnedLateness: minMs must be at least 0, but is ${String(minMs)}`)
  if (!(maxMs >= minMs && maxMs < Infinity)) {
    throw new RangeError(`learnedLateness: maxMs must be finite and at least minMs, but is ${String(maxMs)}`)
  }
  checkCount('learnedLateness: barsMax', barsMax)

  const seen = new Float64Array(barsMax)
  let count = 0
  let learntAt = -Infinity
  let bound = maxMs

  return {
    observe: (lateMs) => {
      seen[count % barsMax] = lateMs
      count += 1
    },
    boundMs: () => {
      if (count < Math.min(barsMax, LEARNT_FROM) || count - learntAt < RELEARNT_AFTER) return bound
      const sorted = seen.slice(0, Math.min(count, barsMax)).sort()
      const place = Math.min(sorted.length - 1, Math.ceil(quantile * sorted.length) - 1)
      learntAt = count
      bound = Math.min(maxMs, Math.max(minMs, sorted[place] ?? maxMs))
      return bound
    },
  }
}

const LEARNT_FROM = 100
const RELEARNT_AFTER = 64
