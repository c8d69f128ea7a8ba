import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { AnyFrequency as Frequency, EngineOptions as RunnableOptions } from '../engine/options.ts'
import type { EngineOptions, FrequencySettings } from '../config/engineOptions.ts'
import type { Logger } from '../ops/logger.ts'
import { absent } from '../providers/absent.ts'
import type { PublishOptions } from '../publisher/options.ts'
import type { Shelf } from './shelf.ts'

/** The address of the publisher where nobody says another. */
export const usualPort = 8787

type Definition = typeof perSecond | typeof perMinute | typeof fairMarketValue
const definitions: Readonly<Record<FrequencySettings['name'], Definition>> = {
  per_second: perSecond,
  per_minute: perMinute,
  fair_market_value: fairMarketValue,
}

const frequencyOf = (settings: FrequencySettings, shelf: Shelf): Frequency => {
  const { name, provider, off, tickers, fallbackProvider: _fallback, emission: _emission, ...options } = settings
  // The codecs of the configuration know the channels of each frequency.
  const define = definitions[name] as (options: object) => Frequency
  return define({
    ...options,
    // What is off for want of tickers asks for some all the same: there is nobody to answer.
    tickers: tickers === '*' || tickers.length > 0 ? tickers : '*',
    provider: off === undefined ? shelf.get(provider) : absent(off),
  })
}

/**
 * What `createEngine` takes, with providers made by name.
 *
 *     const engine = createEngine(engineOptionsOf(configured(), { shelf: createShelf() }))
 *
 * A RangeError says what a provider or a frequency refuses.
 */
export const engineOptionsOf = (
  options: EngineOptions,
  { shelf, logger }: { readonly shelf: Shelf; readonly logger?: Logger },
): RunnableOptions => {
  const { links, link, startTimeoutMs, inboxBytes, turnBytes } = options
  shelf.stock(options)
  const frequencies = options.frequencies.map((settings) => frequencyOf(settings, shelf))
  const first = frequencies[0]?.options.provider ?? absent('there is no frequency')

  return {
    provider: first,
    frequencies,
    links,
    link,
    ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
    ...(inboxBytes === undefined ? {} : { inboxBytes }),
    ...(turnBytes === undefined ? {} : { turnBytes }),
    ...(logger === undefined ? {} : { logger }),
  }
}

/** What `publish` takes. */
export const publishOptionsOf = ({ publisher, frequencies }: EngineOptions, logger?: Logger): PublishOptions => {
  const { enabled: _enabled, emission: general = {}, port = usualPort, ...others } = publisher
  return {
    ...others,
    port,
    emission: Object.fromEntries(frequencies.map(({ name, emission }) => [name, { ...general, ...emission }])),
    ...(logger === undefined ? {} : { logger }),
  }
}
