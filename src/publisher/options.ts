import { type Logger, silent } from '../ops/logger.ts'

/** When a cohort of one frequency sends what it holds: at so many events, or so long after the first of them. */
export interface Emission {
  /** Milliseconds, 0 or more. */
  readonly everyMs: number
  /** Events, 1 or more; never more than the lane's limit. */
  readonly count: number
}

export interface PublishOptions {
  /** 0 for any free one. */
  readonly port: number
  /** `127.0.0.1`: this machine only. */
  readonly host?: string
  /** The keys that `auth` accepts. Left out, every key is good. */
  readonly tokens?: readonly string[]
  /** By frequency. per_second 250 ms, per_minute 100 ms, fair_market_value 500 ms, others 250 ms; 500 events each. */
  readonly emission?: Readonly<Record<string, Partial<Emission>>>
  /** Bytes that may wait for one client before it is cut as too slow, at least `frameBytesMax`. 16 MiB. */
  readonly clientBytesMax?: number
  /** Clients at a time; one more is told `max_connections` and closed. 10,000. */
  readonly clientsMax?: number
  /** Channels, such as `T.AAPL`, that one client may hold. 30,000. */
  readonly channelsMax?: number
  /** A client's message above this is answered by an `error`; above four times this the connection is closed with 1009. 1 MiB. */
  readonly messageBytesMax?: number
  /** A frame is split before it gets longer; one longer event goes alone. 512 KiB: the smallest official client takes 1 MB. */
  readonly frameBytesMax?: number
  /** Time allowed for `auth`, in milliseconds. 30 s. */
  readonly authTimeoutMs?: number
  /** How often a client is pinged, in milliseconds; two unanswered in a row end it. 25 s. */
  readonly pingMs?: number
  /** A pino-compatible logger. Silent by default. Never a key, nor what a client wrote. */
  readonly logger?: Logger
  /** Closes the publisher when it aborts. */
  readonly signal?: AbortSignal
}

/** The same, checked and complete. */
export interface Settings {
  readonly port: number
  readonly host: string
  readonly tokens: readonly string[] | undefined
  /** Complete for every frequency of the engine. */
  readonly emission: Readonly<Record<string, Emission>>
  readonly clientBytesMax: number
  readonly clientsMax: number
  readonly channelsMax: number
  readonly messageBytesMax: number
  readonly frameBytesMax: number
  readonly authTimeoutMs: number
  readonly pingMs: number
  readonly logger: Logger
  readonly signal: AbortSignal | undefined
}

const defaults: Readonly<Record<string, Emission>> = {
  per_second: { everyMs: 250, count: 500 },
  per_minute: { everyMs: 100, count: 500 },
  fair_market_value: { everyMs: 500, count: 500 },
}
const other: Emission = { everyMs: 250, count: 500 }

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
      const { everyMs, count } = { ...(defaults[name] ?? other), ...given[name] }
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
const checkTokens = (tokens: readonly string[] | undefined): void => {
  if (tokens === undefined) return
  if (!Array.isArray(tokens) || tokens.length === 0)
    refuse('tokens', tokens, 'a list of at least one; leave it out to accept every key')
  if (!tokens.every((token: unknown) => typeof token === 'string' && token !== '')) {
    throw new RangeError('publish: tokens has one that is no text or empty')
  }
}

/** Fills in the defaults. Throws a RangeError that names the option, its value and what is expected. */
export const settingsOf = (options: PublishOptions, frequencies: readonly string[]): Settings => {
  const { host = '127.0.0.1', tokens, emission = {}, logger = silent, signal } = options
  if (typeof host !== 'string' || host === '') refuse('host', host, 'a host name or address')
  checkTokens(tokens)

  const frameBytesMax = whole('frameBytesMax', options.frameBytesMax ?? 512 * 1024, 'bytes', 1024)
  return {
    port: whole('port', options.port, 'the port', 0, 65_535),
    host,
    tokens,
    emission: emissionOf(emission, frequencies),
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
    authTimeoutMs: milliseconds('authTimeoutMs', options.authTimeoutMs ?? 30_000, 1),
    pingMs: milliseconds('pingMs', options.pingMs ?? 25_000, 16),
    logger,
    signal,
  }
}
