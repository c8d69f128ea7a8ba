import { Counter, Gauge, Registry } from 'prom-client'

import type { LedgerSnapshot } from '../../../streams/ledger.ts'
import type { Health } from '../health.ts'
import { families, type Family } from './families.ts'

/** Writes healths in the Prometheus text format. */
export interface Exposition {
  readonly contentType: string
  of(health: Health, ledger: LedgerSnapshot): Promise<string>
}

/** A registry of its own: a host's metrics and ours are not in each other's way. */
export const createExposition = (): Exposition => {
  const registry = new Registry()
  const setters = families.map((family) => setterOf(family, registry))

  return {
    contentType: registry.contentType,
    of: async (health, ledger) => {
      for (const set of setters) set(health, ledger)
      return registry.metrics()
    },
  }
}

type Setter = (health: Health, ledger: LedgerSnapshot) => void

const setterOf = ({ name, help, type, labels, lines }: Family, registry: Registry): Setter => {
  const labelNames = [...labels]
  const options = { name, help, labelNames, registers: [registry] }
  const labelled = (values: readonly string[]): Record<string, string> =>
    Object.fromEntries(labels.map((label, i) => [label, values[i] ?? '']))

  // What has gone since the last time is not told any more.
  if (type === 'gauge') {
    const gauge = new Gauge(options)
    return (health, ledger) => {
      gauge.reset()
      for (const [values, value] of lines(health, ledger)) gauge.set(labelled(values), value)
    }
  }
  const counter = new Counter(options)
  return (health, ledger) => {
    counter.reset()
    for (const [values, value] of lines(health, ledger)) counter.inc(labelled(values), value)
  }
}
