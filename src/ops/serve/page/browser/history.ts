import type { FrequencyHealth, Health } from '../../../health.ts'
import type { FrequencySample, Sample } from '../history.ts'
import { sampleOf } from '../history.ts'

/** Looks kept for the charts: ten minutes at one a second. */
export const looksMax = 600

/** What the charts draw: columns over time, one set per frequency. */
export interface Series {
  readonly times: readonly number[]
  readonly of: (frequency: string, read: (sample: FrequencySample) => number | null) => readonly (number | null)[]
}

/** What the page has seen of the engine, look by look; what was before it opened comes from the engine. */
export interface History extends Series {
  begin(samples: readonly Sample[]): void
  add(health: Health): void
}

export const createHistory = (): History => {
  let samples: Sample[] = []

  return {
    begin: (earlier) => {
      const first = samples[0]?.atMs ?? Infinity
      samples = [...earlier.filter(({ atMs }) => atMs < first), ...samples].slice(-looksMax)
    },
    add: (health) => {
      // The engine may have been started anew: what was before is another one's.
      if (health.nowMs <= (samples.at(-1)?.atMs ?? 0)) samples = []
      samples.push(sampleOf(health))
      if (samples.length > looksMax) samples.shift()
    },
    get times() {
      return samples.map(({ atMs }) => atMs / 1000)
    },
    of: (frequency, read) =>
      samples.map(({ frequencies }) => {
        const sample = frequencies[frequency]
        return sample === undefined ? null : read(sample)
      }),
  }
}

/** Lost for good, or not used: what a person asks about first. */
export const lossesOf = ({ lanes, deadLetters, rejected }: FrequencyHealth): Readonly<Record<string, number>> => ({
  'lost by readers': lanes.flatMap(({ readers }) => readers).reduce((sum, { lost }) => sum + lost, 0),
  'dead letters': deadLetters,
  rejects: rejected,
})
