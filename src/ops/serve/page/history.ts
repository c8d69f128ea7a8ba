import type { FrequencyHealth, Health } from '../../health.ts'

/** One frequency at one look, as far as charts need it. Milliseconds; null where nothing was measured. */
export interface FrequencySample {
  readonly rate: number
  readonly receivedP50: number | null
  readonly receivedP99: number | null
  readonly appendedP50: number | null
  readonly appendedP99: number | null
}

/** One look at the engine. */
export interface Sample {
  readonly atMs: number
  readonly frequencies: Readonly<Record<string, FrequencySample>>
}

const frequencySample = ({ eventsPerSecond, latency }: FrequencyHealth): FrequencySample => ({
  rate: eventsPerSecond,
  receivedP50: latency.received?.p50 ?? null,
  receivedP99: latency.received?.p99 ?? null,
  appendedP50: latency.appended?.p50 ?? null,
  appendedP99: latency.appended?.p99 ?? null,
})

export const sampleOf = (health: Health): Sample => ({
  atMs: health.nowMs,
  frequencies: Object.fromEntries(health.frequencies.map((one) => [one.name, frequencySample(one)])),
})
