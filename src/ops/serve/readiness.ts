import type { FrequencyHealth, Health } from '../health.ts'

/** Whether whoever depends on this engine can be sent to it, and what it still waits for. */
export interface Readiness {
  readonly ready: boolean
  /** Frequencies that are not live yet, or not any more, each with a sentence. */
  readonly waitingFor: Readonly<Record<string, string>>
}

/**
 * A frequency is ready while it runs, its link is live and the vendor sends its channels; refused ones among them it does not wait for as long as
 * there are others. How well its events come is not asked: silence of a market is no reason to send people away.
 */
const isReady = ({ state: { running, link, channels } }: FrequencyHealth): boolean =>
  running && link.kind === 'live' && (channels === 'live' || channels === 'partlyRefused')

/** Every frequency that is not marked `required: false` has to be ready. */
export const readinessOf = ({ startedMs, isClosed, frequencies }: Health): Readiness => {
  const missing = frequencies.filter((one) => one.required && !isReady(one))
  return {
    ready: startedMs !== null && !isClosed && missing.length === 0,
    waitingFor: Object.fromEntries(missing.map(({ name, why, state }) => [name, why[0] ?? `${name} is ${state.word}`])),
  }
}
