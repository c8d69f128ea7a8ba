import { channelsOf } from '../config/words.ts'
import type { Decision } from '../config/conflicts.ts'
import type { EngineOptions, FrequencySettings } from '../config/engineOptions.ts'
import type { Origin } from '../config/layers.ts'
import { problem, type Problem } from '../config/problem.ts'
import type { Reading } from '../config/readConfiguration.ts'
import { createEngine } from '../engine.ts'
import { type EnginePlan, planOf } from '../engine/plan.ts'
import type { EngineOptions as RunnableOptions } from '../engine/options.ts'
import { settingsOf as publisherSettingsOf } from '../publisher/settings.ts'
import { settingsOf as simulatorSettingsOf } from '../simulator/options.ts'
import { engineOptionsOf, publishOptionsOf } from './engineOptionsOf.ts'
import { createShelf, type Makers, simulatedTickers, simulateOptionsOf } from './shelf.ts'

/** One socket that will be there. */
export interface LinkOutlook {
  readonly id: string
  /** Host and path. */
  readonly place: string
  readonly provider: string
  readonly account: string
  /** Sockets that the account may hold, where that is known. */
  readonly connectionsMax: number | null
  /** Where its key was given, never the key. */
  readonly key: string
  readonly frequencies: readonly string[]
}

/** One frequency as it will be. */
export interface StreamOutlook {
  readonly name: string
  readonly provider: string
  readonly channels: readonly string[]
  readonly tickers: '*' | readonly string[]
  /** Tickers; null for every one. */
  readonly count: number | null
  readonly priority: number
  /** What it moves to when its provider fails. */
  readonly fallbackProvider: string | null
  /** Why it does not run, or null. */
  readonly off: string | null
}

/** What will be, when this is started: read before the market opens. No key is in it. */
export interface Outlook {
  readonly mode: EngineOptions['mode']
  readonly links: readonly LinkOutlook[]
  /** Frequencies for which no socket is left. */
  readonly unplaced: readonly {
    readonly frequency: string
    readonly account: string
    readonly connectionsMax: number
  }[]
  readonly streams: readonly StreamOutlook[]
  readonly lanes: readonly { readonly lane: string; readonly limit: number }[]
  /** The built-in market, where a frequency comes from it. */
  readonly simulator?: {
    readonly tickers: number
    readonly rate: number
    readonly seed: number
    readonly speed: number | 'max'
  }
  /** Undefined where nothing is published. */
  readonly publisher?: {
    readonly host: string
    readonly port: number
    readonly emission: readonly { readonly frequency: string; readonly everyMs: number; readonly count: number }[]
  }
  readonly decisions: readonly Decision[]
}

export interface Examined {
  /** Absent where there are problems. */
  readonly outlook?: Outlook
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

const laneLimit = 1000

/** Where the key of a frequency was given. */
const keyOf = (
  { name, key, url, host }: FrequencySettings,
  options: EngineOptions,
  origins: ReadonlyMap<string, Origin>,
): string => {
  const said = (path: string): string => {
    const origin = origins.get(path)
    return origin === undefined ? path : origin.path
  }
  if (key !== undefined) return `${said(`frequencies.${name}.key`)} ***`
  const { apiKey, businessApiKey } = options.providers.polygon ?? {}
  const wantsBusiness =
    url === undefined &&
    (host?.includes('business') ?? (name === 'fair_market_value' || (name === 'per_minute' && apiKey === undefined)))
  const field = (wantsBusiness && businessApiKey !== undefined) || apiKey === undefined ? 'businessApiKey' : 'apiKey'
  return `${said(`providers.polygon.${field}`)} ***`
}

const prioritised = (runnable: RunnableOptions): EnginePlan =>
  planOf({
    frequencies: runnable.frequencies.map((frequency, i) => ({
      frequency,
      priority: frequency.options.priority ?? i + 1,
    })),
    provider: runnable.provider,
    mode: runnable.links ?? 'shared',
    limitOf: () => Infinity,
    linkOf: () => undefined,
    standIn: (provider) => provider,
    failsOver: false,
    fallsBack: () => false,
  })

const placeOf = (url: string): string => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const linksOf = (
  options: EngineOptions,
  plan: EnginePlan,
  origins: ReadonlyMap<string, Origin>,
): readonly LinkOutlook[] =>
  plan.links
    .filter(({ provider }) => provider.name !== 'absent')
    .map(({ id, url, account, frequencies, provider }): LinkOutlook => {
      const settings = options.frequencies.filter(({ name }) => frequencies.includes(name))
      const [first] = settings
      const endpoint = provider.endpoint({
        frequency: first?.name ?? '',
        eventTypes: [],
        ...(first === undefined ? {} : wishOf(first)),
      })
      return {
        id,
        place: placeOf(url),
        provider: provider.name,
        account,
        connectionsMax: endpoint.connectionsMax ?? null,
        key:
          provider.name === 'polygon' && first !== undefined ? keyOf(first, options, origins) : 'needs none of yours',
        frequencies,
      }
    })

const wishOf = ({ url, host, key, account }: FrequencySettings): object =>
  Object.fromEntries(Object.entries({ url, host, key, account }).filter(([, value]) => value !== undefined))

const streamOf = (settings: FrequencySettings, place: number): StreamOutlook => {
  const { name, provider, tickers, channels, priority = place + 1, fallbackProvider, off } = settings
  return {
    name,
    provider,
    channels: channels ?? [channelsOf[name][0]],
    tickers,
    count: tickers === '*' ? null : tickers.length,
    priority,
    fallbackProvider: fallbackProvider ?? null,
    off: off ?? null,
  }
}

const simulatorOf = (options: EngineOptions): NonNullable<Outlook['simulator']> => {
  const given = simulateOptionsOf(options.providers.simulated ?? {}, simulatedTickers(options))
  const { tickers, rate, seed, speed } = simulatorSettingsOf(given)
  return { tickers: tickers.length, rate, seed, speed }
}

const outlookOf = (options: EngineOptions, runnable: RunnableOptions, { origins, decisions }: Reading): Outlook => {
  const plan = prioritised(runnable)
  const settings = publisherSettingsOf(
    publishOptionsOf(options),
    options.frequencies.map(({ name }) => name),
  )
  const streams = options.frequencies.map(streamOf).sort((a, b) => a.priority - b.priority)
  return {
    mode: options.mode,
    links: linksOf(options, plan, origins),
    unplaced: plan.unplaced.map(({ frequency, account, connectionsMax }) => ({ frequency, account, connectionsMax })),
    streams,
    lanes: streams.flatMap(({ name, channels, off }) =>
      off === null
        ? channels.map((channel) => ({
            lane: `${name}/${channel}`,
            limit: options.frequencies.find((one) => one.name === name)?.limit ?? laneLimit,
          }))
        : [],
    ),
    ...(streams.some(({ provider, off }) => provider === 'simulated' && off === null)
      ? { simulator: simulatorOf(options) }
      : {}),
    ...(options.publisher.enabled === false
      ? {}
      : {
          publisher: {
            host: settings.host,
            port: settings.port,
            emission: Object.entries(settings.emission).map(([frequency, one]) => ({ frequency, ...one })),
          },
        }),
    decisions,
  }
}

const refused = (error: unknown): Problem => {
  const isRefusal = error instanceof RangeError || (error instanceof Error && '_tag' in error)
  if (!isRefusal) throw error
  return problem({
    source: 'configuration',
    path: '',
    found: 'something that the engine refuses',
    allowed: `otherwise: ${error.message}`,
  })
}

/**
 * What a reading will become, without connecting to anything: an engine is built of it and closed again, so what it would refuse in
 * the morning is said now.
 */
export const examined = async (reading: Reading, makers?: Makers): Promise<Examined> => {
  const { options, problems, warnings } = reading
  if (options === undefined) return { problems, warnings }
  try {
    const runnable = engineOptionsOf(options, {
      shelf: createShelf({ options, ...(makers === undefined ? {} : { makers }) }),
    })
    simulatorSettingsOf(simulateOptionsOf(options.providers.simulated ?? {}, simulatedTickers(options)))
    const engine = createEngine(runnable)
    await engine.close()
    const outlook = outlookOf(options, runnable, reading)
    return { outlook, problems, warnings: [...warnings, ...crowded(outlook)] }
  } catch (error) {
    return { problems: [refused(error)], warnings }
  }
}

/** Who gets no socket is a warning: the others run. */
const crowded = ({ unplaced }: Outlook): readonly Problem[] =>
  unplaced.map(({ frequency, account, connectionsMax }) => ({
    source: 'configuration',
    path: `frequencies.${frequency}`,
    found: '',
    allowed: '',
    message: `${frequency} gets no socket: the account ${account} may hold ${connectionsMax}, and they go to more important ones; it reads evicted`,
  }))
