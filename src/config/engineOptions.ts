import type {
  FailoverConfiguration,
  FrequencyConfiguration,
  LinkConfiguration,
  PolygonConfiguration,
  PublisherConfiguration,
  SimulatedConfiguration,
} from './shape.ts'
import type { FrequencyName, Mode } from './words.ts'

/** One frequency that is switched on. */
export interface FrequencySettings extends Omit<FrequencyConfiguration, 'enabled' | 'maxTickers' | 'provider'> {
  readonly name: FrequencyName
  readonly provider: string
  readonly tickers: '*' | readonly string[]
  /** Why it does not run although it is switched on: it is there, visible, and says this. */
  readonly off?: string
}

export type ProviderSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>> & {
  readonly polygon?: PolygonConfiguration
  readonly simulated?: SimulatedConfiguration
}

/**
 * What every source of configuration decodes to: complete, checked, with providers by name. `engineOptionsOf` makes of it what
 * `createEngine` takes.
 */
export interface EngineOptions {
  readonly mode: Mode
  /** The providers in use, and their options. */
  readonly activeProviders: readonly string[]
  readonly providers: ProviderSettings
  /** Those that are switched on, the most important first where they say so. */
  readonly frequencies: readonly FrequencySettings[]
  readonly tickerConflicts: 'allow' | 'priority'
  readonly links: 'shared' | 'dedicated'
  readonly link: LinkConfiguration
  readonly failover: FailoverConfiguration
  readonly startTimeoutMs?: number
  readonly healthEveryMs?: number
  readonly inboxBytes?: number
  readonly turnBytes?: number
  readonly publisher: PublisherConfiguration
}
