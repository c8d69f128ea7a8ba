import type { FrequencyConfiguration, PolygonConfiguration } from './shape.ts'
import type { FrequencyName, Mode } from './words.ts'

/** What a frequency on polygon needs and does not have. */
export interface Lack {
  /** The path in the configuration. */
  readonly path: string
  readonly allowed: string
  /** What is missing, of the frequency: `needs a Business key: set …`. */
  readonly sentence: string
  readonly isBusiness: boolean
}

/**
 * Whether the keys cover a frequency, by the rules of the provider: `business` hosts take the Business key, the others the individual one.
 * Undefined: they do.
 */
export const lackOf = (
  name: FrequencyName,
  { host, url, key }: Pick<FrequencyConfiguration, 'host' | 'url' | 'key'>,
  { apiKey, businessApiKey }: PolygonConfiguration,
): Lack | undefined => {
  if (key !== undefined) return undefined
  if (url !== undefined) {
    return apiKey === undefined && businessApiKey === undefined
      ? lack('providers.polygon.apiKey', 'POLYGON_API_KEY', 'has an address and no key', false)
      : undefined
  }
  if (host === undefined && name === 'per_second' && apiKey === undefined && businessApiKey !== undefined) {
    return {
      path: 'frequencies.per_second.host',
      allowed:
        'a host for a Business key: POLYGON_PER_SECOND_HOST=delayed-business; or the key of an individual plan, POLYGON_API_KEY',
      sentence: 'needs a host: a Business key alone does not say which one has its trades',
      isBusiness: false,
    }
  }
  const stem =
    host ??
    (name === 'fair_market_value' || (name === 'per_minute' && apiKey === undefined && businessApiKey !== undefined)
      ? 'business'
      : 'socket')
  const isBusiness = stem.includes('business')
  if ((isBusiness ? businessApiKey : apiKey) !== undefined) return undefined
  return isBusiness
    ? lack('providers.polygon.businessApiKey', 'POLYGON_BUSINESS_API_KEY', 'needs a Business key', true)
    : lack('providers.polygon.apiKey', 'POLYGON_API_KEY', 'needs a key of polygon', false)
}

const lack = (path: string, variable: string, why: string, isBusiness: boolean): Lack => ({
  path,
  allowed: `a key: set ${variable}, or take the data from the simulator with ACTIVE_DATA_PROVIDERS=simulated`,
  sentence: `${why}: set ${variable}`,
  isBusiness,
})

/** The providers that may be used when nobody lists them. */
export const usualProviders = (mode: Mode): readonly string[] =>
  ({ production: ['polygon'], test: ['simulated'], hybrid: ['polygon', 'simulated'] })[mode]

/** The provider of frequencies that do not say theirs. */
export const usualProvider = (mode: Mode, active: readonly string[]): string => {
  const best = mode === 'test' ? 'simulated' : 'polygon'
  const [first = best] = active
  return active.includes(best) ? best : first
}
