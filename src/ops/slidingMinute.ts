import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

import type { Percentiles } from './health.ts'

/** What was measured within the last minute. */
export interface SlidingMinute {
  /** Milliseconds; below one microsecond counts as one. */
  record(ms: number, nowMs: number): void
  /** Null when there is nothing. */
  read(nowMs: number): Percentiles | null
}

/** A minute is as many parts: the oldest goes as a whole, so it is between 50 and 60 seconds that are told. */
const parts = 6
const partMs = 60_000 / parts

/** Microseconds up to three years, for old recordings too, each to within one in a hundred: 40 kB. */
const settings = { lowest: 1, highest: 1e14, figures: 2 }

/**
 * A histogram of the last minute: Node's own (HdrHistogram in C), one for each sixth of it, added up when somebody looks. To record takes
 * about 25 ns, to look about a tenth of a millisecond; nothing is allocated before the first record.
 */
export const slidingMinute = (): SlidingMinute => {
  const ring: { part: number; histogram: RecordableHistogram }[] = []
  let sum: RecordableHistogram | undefined
  let current: RecordableHistogram | undefined
  let currentPart = NaN

  const turnTo = (part: number): RecordableHistogram => {
    const place = ring[part % parts]
    currentPart = part
    if (place === undefined) {
      const histogram = createHistogram(settings)
      ring[part % parts] = { part, histogram }
      return (current = histogram)
    }
    // A clock that was put back goes on in the part it finds.
    if (place.part !== part) place.histogram.reset()
    place.part = part
    return (current = place.histogram)
  }

  return {
    record: (ms, nowMs) => {
      const part = Math.floor(nowMs / partMs)
      const histogram = part === currentPart && current !== undefined ? current : turnTo(part)
      histogram.record(Math.min(Math.max(Math.round(ms * 1000), 1), settings.highest))
    },
    read: (nowMs) => {
      const newest = Math.floor(nowMs / partMs)
      sum ??= createHistogram(settings)
      sum.reset()
      // A hole in the array where a part has never been.
      for (const place of ring as ((typeof ring)[number] | undefined)[]) {
        if (place !== undefined && place.part > newest - parts && place.part <= newest) sum.add(place.histogram)
      }
      const { count } = sum
      if (count === 0) return null
      return {
        count,
        p50: sum.percentile(50) / 1000,
        p99: sum.percentile(99) / 1000,
        p999: sum.percentile(99.9) / 1000,
        max: sum.max / 1000,
      }
    },
  }
}
