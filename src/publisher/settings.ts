import type { Server } from 'node:http'

import { silent } from '../ops/logger.ts'
import { pairOf } from '../vendorWire.ts'
import type { Emission, PublishOptions, SlowClient, TickstockOptions, Token } from './options.ts'

/** The options, checked and complete. */
export interface Settings extends Required<
  Omit<PublishOptions, 'server' | 'path' | 'tokens' | 'origins' | 'emission' | 'signal' | 'format' | 'tickstock'>
> {
  readonly shared: { readonly server: Server; readonly path: string } | undefined
  readonly tokens: readonly (string | Token)[] | undefined
  readonly origins: readonly string[] | undefined
  /** Complete for every frequency of the engine. */
  readonly emission: Readonly<Record<string, Emission>>
  readonly signal: AbortSignal | undefined
  /** Undefined where that format is not spoken. */
  readonly tickstock: Required<TickstockOptions> | undefined
}

const defaults: Readonly<Record<string, Emission>> = {
  per_second: { everyMs: 250, count: 500 },
  per_minute: { everyMs: 100, count: 500 },
  fair_market_value: { everyMs: 500, count: 500 },
}
const other: Emission = { everyMs: 250, count: 500 }

/** Of a frequency that nothing was said about. */
export const usualEmission = (frequency: string): Emission => defaults[frequency] ?? other

/** What a timer takes: 2^31 - 1 ms, about 24 days. */
const timerMsMax = 2_147_483_647

const refuse = (option: string, value: unknown, expected: string): never => {
  const shown = typeof value === 'string' ? JSON.stringify(value) : Array.isArray(value) ? 'a list' : String(value)
  throw new RangeError(`publish: ${option} is ${shown}; expected ${expected}`)
}

const whole = (
  option: string,
  value: number,
  unit: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number =>
  Number.isInteger(value) && value >= least && value <= most
    ? value
    : refuse(option, value, `a whole number of ${unit}, ${least} or more`)

const milliseconds = (option: string, value: number, least: number): number =>
  value >= least && value <= timerMsMax ? value : refuse(option, value, `milliseconds from ${least} to ${timerMsMax}`)

const emissionOf = (
  given: Readonly<Record<string, Partial<Emission>>>,
  frequencies: readonly string[],
): Settings['emission'] => {
  for (const name of Object.keys(given)) {
    if (!frequencies.includes(name)) refuse('emission', name, `a frequency of this engine: ${frequencies.join(', ')}`)
  }
  return Object.fromEntries(
    frequencies.map((name) => {
      const { everyMs, count } = { ...usualEmission(name), ...given[name] }
      return [
        name,
        {
          everyMs: milliseconds(`emission.${name}.everyMs`, everyMs, 0),
          count: whole(`emission.${name}.count`, count, 'events', 1),
        },
      ]
    }),
  )
}

// A token is never part of a sentence.
const checkTokens = (tokens: Settings['tokens']): void => {
  if (tokens === undefined) return
  if (!Array.isArray(tokens) || tokens.length === 0)
    refuse('tokens', tokens, 'a list of at least one; leave it out to accept every key')
  const rules = tokens.map((one) => (typeof one === 'string' ? { token: one } : (one as Partial<Token> | null)))
  if (!rules.every((rule) => typeof rule?.token === 'string' && rule.token !== '')) {
    throw new RangeError('publish: tokens has one that is no text or empty')
  }
  if (new Set(rules.map((rule) => rule?.token)).size < rules.length) {
    throw new RangeError('publish: tokens has the same one twice')
  }
  rules.forEach((rule, i) => {
    const where = `tokens[${String(i)}]`
    if (rule?.name !== undefined && (typeof rule.name !== 'string' || rule.name === '')) {
      refuse(`${where}.name`, rule.name, 'a text')
    }
    if (rule?.channels === undefined) return
    if (!Array.isArray(rule.channels) || rule.channels.length === 0) {
      refuse(`${where}.channels`, rule.channels, 'a list of at least one pattern; leave it out for every channel')
    }
    for (const pattern of rule.channels as readonly unknown[]) {
      if (typeof pattern === 'string' && !pattern.includes(',') && pairOf(pattern) !== undefined) continue
      refuse(`${where}.channels`, pattern, 'an event type, a dot and a ticker, * for all of either, such as T.*')
    }
  })
}

const originPattern = /^(\*|null|[a-z][a-z\d+.-]*:\/\/[^\s/?#]+)$/i

const checkOrigins = (origins: Settings['origins']): void => {
  if (origins === undefined) return
  if (!Array.isArray(origins)) refuse('origins', origins, 'a list')
  for (const origin of origins as readonly unknown[]) {
    if (typeof origin === 'string' && originPattern.test(origin)) continue
    refuse('origins', origin, 'a scheme and a host, such as https://desk.example, null, or * for every page')
  }
}

const sharedOf = ({ server, path, port }: PublishOptions): Settings['shared'] => {
  if (server === undefined) {
    if (path !== undefined) refuse('path', path, 'to be left out without a server of your own')
    if (port === undefined) refuse('port', port, 'a port, 0 for any free one, or a server of your own in its place')
    return undefined
  }
  if (port !== undefined) refuse('port', port, 'to be left out where server is given: that one has its port')
  const own = path ?? '/stocks'
  if (typeof own !== 'string' || !/^(\/[\w.~-]+)+$/.test(own))
    refuse('path', own, 'a path such as /stocks or /feed/live')
  if (!server.listening || typeof server.address() !== 'object') {
    throw new RangeError('publish: server does not listen on a port; call publish after it does')
  }
  return { server, path: own }
}

/** Where the host's own server listens; else this machine only. */
const hostOf = (shared: Settings['shared']): string => {
  const address = shared?.server.address()
  return typeof address === 'object' && address !== null ? address.address : '127.0.0.1'
}

const slowClients: readonly SlowClient[] = ['cut', 'latest', 'wait']

const flag = (option: string, value: unknown): boolean =>
  typeof value === 'boolean' ? value : refuse(option, value, 'true or false')

const tickstockOf = ({ format = 'vendor', tickstock }: PublishOptions): Settings['tickstock'] => {
  if (!['vendor', 'tickstock'].includes(format)) refuse('format', format, 'vendor or tickstock')
  if (format === 'vendor') {
    if (tickstock !== undefined) refuse('tickstock', 'given', "format: 'tickstock' beside it")
    return undefined
  }
  const { everyMs = 1000, count = 1000, lists = {} } = tickstock ?? {}
  for (const [eventType, list] of Object.entries(lists)) {
    if (typeof list !== 'string' || list === '') refuse(`tickstock.lists.${eventType}`, list, 'the name of a list')
  }
  return {
    everyMs: milliseconds('tickstock.everyMs', everyMs, 0),
    count: whole('tickstock.count', count, 'events', 1),
    lists,
  }
}

/** Fills in the defaults. Throws a RangeError that names the option, its value and what is expected. */
export const settingsOf = (options: PublishOptions, frequencies: readonly string[]): Settings => {
  const shared = sharedOf(options)
  const { host = hostOf(shared), tokens, origins, emission = {}, slowClient = 'cut', logger = silent, signal } = options
  if (typeof host !== 'string' || host === '') refuse('host', host, 'a host name or address')
  if (!slowClients.includes(slowClient)) refuse('slowClient', slowClient, `one of ${slowClients.join(', ')}`)
  checkTokens(tokens)
  checkOrigins(origins)

  const frameBytesMax = whole('frameBytesMax', options.frameBytesMax ?? 512 * 1024, 'bytes', 1024)
  return {
    port: whole('port', options.port ?? 0, 'the port', 0, 65_535),
    shared,
    host,
    tokens,
    origins,
    emission: emissionOf(emission, frequencies),
    slowClient,
    snapshot: flag('snapshot', options.snapshot ?? false),
    snapshotSymbolsMax: whole('snapshotSymbolsMax', options.snapshotSymbolsMax ?? 20_000, 'symbols', 1),
    compress: flag('compress', options.compress ?? false),
    compressBytesMin: whole('compressBytesMin', options.compressBytesMin ?? 1024, 'bytes', 0),
    clientBytesMax: whole(
      'clientBytesMax',
      options.clientBytesMax ?? 16 * 1024 * 1024,
      'bytes (frameBytesMax)',
      frameBytesMax,
    ),
    clientsMax: whole('clientsMax', options.clientsMax ?? 10_000, 'clients', 1),
    channelsMax: whole('channelsMax', options.channelsMax ?? 30_000, 'channels', 1),
    messageBytesMax: whole('messageBytesMax', options.messageBytesMax ?? 1024 * 1024, 'bytes', 64, 256 * 1024 * 1024),
    frameBytesMax,
    tickstock: tickstockOf(options),
    authTimeoutMs: milliseconds('authTimeoutMs', options.authTimeoutMs ?? 30_000, 1),
    pingMs: milliseconds('pingMs', options.pingMs ?? 25_000, 16),
    logger,
    signal,
  }
}
