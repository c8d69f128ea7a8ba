import type { EngineOptions } from '../config/engineOptions.ts'
import type { SimulatedConfiguration } from '../config/shape.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Logger } from '../ops/logger.ts'
import { providers as builtIn } from '../providers/registry.ts'
import { tickerNames } from '../simulator/tickers.ts'

/** What a registry of providers can do here. */
export interface Makers {
  readonly names: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
  make(name: string, options: object): Provider
}

/**
 * The providers of one engine, each made once: a frequency that comes from the same one as before is not moved when a configuration is
 * read again.
 */
export interface Shelf {
  readonly makers: Makers
  /** The options that providers have from now on. One whose options have changed is made anew when it is asked for. */
  stock(options: EngineOptions): void
  /** A RangeError says what its maker refuses. */
  get(name: string): Provider
}

/** How much livelier than medium. */
const factors = { low: 0.25, medium: 1, high: 4, opening_bell: 16 } as const

const usualRate = 1000
const rateMax = 1_000_000
const usualTickers = 100

/** What the simulator takes of its settings: a rate of the settings that stand for one. */
export const simulateOptionsOf = (
  { secondsPerTrade, activity = 'medium', rate, tickers, ...others }: SimulatedConfiguration,
  wanted: readonly string[],
): Omit<SimulatedConfiguration, 'secondsPerTrade' | 'activity'> => {
  const own = tickers ?? usualTickers
  const names = typeof own === 'number' ? tickerNames(own) : own
  const missing = wanted.filter((ticker) => !names.includes(ticker))
  const all = missing.length === 0 ? own : [...names, ...missing]
  const count = names.length + missing.length
  const usual = secondsPerTrade === undefined ? usualRate : count / secondsPerTrade
  return { ...others, tickers: all, rate: rate ?? Math.min(usual * factors[activity], rateMax) }
}

const tickersOf = ({ frequencies }: EngineOptions): readonly string[] => [
  ...new Set(
    frequencies.flatMap(({ provider, tickers }) => (provider === 'simulated' && tickers !== '*' ? tickers : [])),
  ),
]

/** Polygon wants a key of its own, also where every frequency brings one. */
const polygonOptionsOf = ({ providers: { polygon = {} }, frequencies }: EngineOptions): object => {
  if (polygon.apiKey !== undefined || polygon.businessApiKey !== undefined) return polygon
  const own = frequencies.find(({ provider, key }) => provider === 'polygon' && key !== undefined)?.key
  return own === undefined ? polygon : { ...polygon, apiKey: own }
}

export const createShelf = (makers: Makers = builtIn, logger?: Logger): Shelf => {
  const made = new Map<string, { readonly identity: string; readonly provider: Provider }>()
  let options: EngineOptions | undefined

  const settingsOf = (name: string): object => {
    if (options === undefined) return {}
    return name === 'polygon' ? polygonOptionsOf(options) : (options.providers[name] ?? {})
  }
  const make = (name: string): Provider => {
    const settings = settingsOf(name)
    if (name !== 'simulated' || options === undefined) return makers.make(name, settings)
    const child = logger?.child({ part: 'simulator' })
    return makers.make(name, {
      ...simulateOptionsOf(settings, tickersOf(options)),
      ...(child === undefined ? {} : { logger: child }),
    })
  }

  return {
    makers,
    stock: (next) => {
      options = next
    },
    get: (name) => {
      // Without the tickers that frequencies ask for: a market that has begun goes on.
      const identity = JSON.stringify(settingsOf(name))
      const known = made.get(name)
      if (known?.identity === identity) return known.provider
      const provider = make(name)
      made.set(name, { identity, provider })
      return provider
    },
  }
}
