import type { EngineOptions, FrequencySettings } from '../config/engineOptions.ts'
import type { AnyFrequency, EngineOptions as RunnableOptions } from '../engine/options.ts'
import type { Logger } from '../ops/logger.ts'
import type { PublishOptions } from '../publisher/options.ts'
import type { Shelf } from './shelf.ts'

/** The port of the publisher where nobody says another. */
export const usualPort = 8787

const frequencyOf = (settings: FrequencySettings, shelf: Shelf): AnyFrequency => {
  const { name, provider, off, tickers, fallbackProvider, emission: _emission, ...options } = settings
  return shelf.frequency(name, {
    ...options,
    // What is off for want of tickers asks for some all the same: there is nobody to answer.
    tickers: tickers === '*' || tickers.length > 0 ? tickers : '*',
    provider: off === undefined ? shelf.provider(provider) : shelf.absent(off),
    ...(off === undefined && fallbackProvider !== undefined && fallbackProvider !== null
      ? { fallback: shelf.provider(fallbackProvider) }
      : {}),
  })
}

/** What `createEngine` takes, of a configuration. A RangeError says what a provider or a frequency refuses. */
export const engineOptionsOf = (
  options: EngineOptions,
  { shelf, logger }: { readonly shelf: Shelf; readonly logger?: Logger },
): RunnableOptions => {
  const { mode, failover, links, link, startTimeoutMs, healthEveryMs, inboxBytes, turnBytes } = options
  const frequencies = options.frequencies.map((settings) => frequencyOf(settings, shelf))

  return {
    provider: frequencies[0]?.options.provider ?? shelf.absent('there is no frequency'),
    frequencies,
    mode,
    failover,
    links,
    link,
    ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
    ...(healthEveryMs === undefined ? {} : { healthEveryMs }),
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
    // The interval of the former system was that of such messages.
    ...(others.format === 'tickstock' ? { tickstock: general } : {}),
    port,
    emission: Object.fromEntries(frequencies.map(({ name, emission }) => [name, { ...general, ...emission }])),
    ...(logger === undefined ? {} : { logger }),
  }
}
