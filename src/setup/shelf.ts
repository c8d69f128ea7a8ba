import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Provider } from '../../streams/provider.ts'
import type { EngineOptions } from '../config/engineOptions.ts'
import type { SimulatedConfiguration } from '../config/shape.ts'
import type { FrequencyName } from '../config/words.ts'
import type { AnyFrequency } from '../engine/options.ts'
import type { Logger } from '../ops/logger.ts'
import { absent } from '../providers/absent.ts'
import { providers as builtIn } from '../providers/registry.ts'
import { tickerNames } from '../simulator/tickers.ts'

/** What a registry of providers can do here. */
export interface Makers {
  readonly names: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
  make(name: string, options: object): Provider
}

/** Puts a host's operators on frequencies that a configuration names. */
export interface Operators {
  readonly per_second?: (frequency: ReturnType<typeof perSecond>) => AnyFrequency
  readonly per_minute?: (frequency: ReturnType<typeof perMinute>) => AnyFrequency
  readonly fair_market_value?: (frequency: ReturnType<typeof fairMarketValue>) => AnyFrequency
}

/**
 * Providers and frequencies of one engine, each made once: what is the same in a configuration that is read again is the same in the
 * engine too, and is not moved or built anew.
 */
export interface Shelf {
  readonly makers: Makers
  /** A RangeError says what its maker refuses. */
  provider(name: string): Provider
  /** One that cannot be had, and why. */
  absent(reason: string): Provider
  /** A frequency with its operators and these options, all others having their usual values. */
  frequency(name: FrequencyName, options: object): AnyFrequency
}

interface Made {
  readonly identity: string
  readonly provider: Provider
}

/** What was made before, under the names of `Shelf`. */
export interface Stock {
  readonly providers: Map<string, Made>
  readonly absent: Map<string, Provider>
  readonly frequencies: Map<FrequencyName, AnyFrequency>
}

export const emptyStock = (): Stock => ({ providers: new Map(), absent: new Map(), frequencies: new Map() })

/** How much livelier than medium. */
const factors = { low: 0.25, medium: 1, high: 4, opening_bell: 16 } as const

const usualRate = 1000
const rateMax = 1_000_000
const usualTickers = 100

/** What the simulator takes of its settings: a rate of the settings that stand for one, and the tickers that are asked for. */
export const simulateOptionsOf = (
  { secondsPerTrade, activity = 'medium', rate, tickers, ...others }: SimulatedConfiguration,
  wanted: readonly string[],
): Omit<SimulatedConfiguration, 'secondsPerTrade' | 'activity'> => {
  const own = tickers ?? usualTickers
  const names = typeof own === 'number' ? tickerNames(own) : own
  const missing = wanted.filter((ticker) => !names.includes(ticker))
  const count = names.length + missing.length
  const usual = secondsPerTrade === undefined ? usualRate : count / secondsPerTrade
  return {
    ...others,
    tickers: missing.length === 0 ? own : [...names, ...missing],
    rate: rate ?? Math.min(usual * factors[activity], rateMax),
  }
}

/** What frequencies of the simulator ask for by name. */
export const simulatedTickers = ({ frequencies }: EngineOptions): readonly string[] => [
  ...new Set(
    frequencies.flatMap(({ provider, fallbackProvider, tickers }) =>
      [provider, fallbackProvider].includes('simulated') && tickers !== '*' ? tickers : [],
    ),
  ),
]

/** Polygon wants a key of its own, also where every frequency brings one. */
const polygonOptionsOf = ({ providers: { polygon = {} }, frequencies }: EngineOptions): object => {
  if (polygon.apiKey !== undefined || polygon.businessApiKey !== undefined) return polygon
  const own = frequencies.find(({ provider, key }) => provider === 'polygon' && key !== undefined)?.key
  return own === undefined ? polygon : { ...polygon, apiKey: own }
}

const settingsOf = (name: string, options: EngineOptions): object =>
  name === 'polygon' ? polygonOptionsOf(options) : (options.providers[name] ?? {})

const definitions = { per_second: perSecond, per_minute: perMinute, fair_market_value: fairMarketValue }

export interface ShelfOptions {
  readonly options: EngineOptions
  readonly makers?: Makers
  readonly operators?: Operators
  readonly logger?: Logger
  /** Taken from where it is still what is asked for. */
  readonly before?: Stock
  /** What is asked for is put here. */
  readonly stock?: Stock
}

export const createShelf = (given: ShelfOptions): Shelf => {
  const { options, makers = builtIn, operators = {}, logger, before = emptyStock(), stock = emptyStock() } = given

  const make = (name: string): Provider => {
    const settings = settingsOf(name, options)
    if (name !== 'simulated') return makers.make(name, settings)
    return makers.make(name, {
      ...simulateOptionsOf(settings, simulatedTickers(options)),
      ...(logger === undefined ? {} : { logger: logger.child({ part: 'simulator' }) }),
    })
  }

  return {
    makers,
    provider: (name) => {
      // Without the tickers that frequencies ask for: a market that has begun goes on.
      const identity = JSON.stringify(settingsOf(name, options))
      const known = stock.providers.get(name) ?? before.providers.get(name)
      const made = known?.identity === identity ? known : { identity, provider: make(name) }
      stock.providers.set(name, made)
      return made.provider
    },
    absent: (reason) => {
      const made = stock.absent.get(reason) ?? before.absent.get(reason) ?? absent(reason)
      stock.absent.set(reason, made)
      return made
    },
    frequency: (name, wishes) => {
      const known = before.frequencies.get(name)
      const own = (operators[name] ?? asItIs) as (frequency: AnyFrequency) => AnyFrequency
      const taken = Object.fromEntries(Object.keys(known?.options ?? {}).map((option) => [option, undefined]))
      // `with` keeps the operators as they are: made anew, they would lose what they hold. It takes any option.
      const made =
        known === undefined
          ? own((definitions[name] as (options: object) => AnyFrequency)(wishes))
          : known.with({ ...taken, ...wishes })
      stock.frequencies.set(name, made)
      return made
    },
  }
}

const asItIs = (frequency: AnyFrequency): AnyFrequency => frequency
