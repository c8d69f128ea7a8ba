import type { Health } from '../ops/health.ts'

/** Events/s of each frequency at the last looks, for sparklines. */
export interface Rates {
  add(health: Health): void
  readonly of: (frequency: string) => readonly number[]
}

const looksMax = 60

export const createRates = (): Rates => {
  const rates = new Map<string, number[]>()

  return {
    add: ({ frequencies }) => {
      for (const { name, eventsPerSecond } of frequencies) {
        const own = rates.get(name) ?? []
        own.push(eventsPerSecond)
        if (own.length > looksMax) own.shift()
        rates.set(name, own)
      }
    },
    of: (frequency) => rates.get(frequency) ?? [],
  }
}
