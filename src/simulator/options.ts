import { tickerNames } from './tickers.ts'

/** The part of a pino logger that is used here. */
export interface SimulatorLogger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export interface SimulateOptions {
  /** Whole number from 0 to 2^32 - 1; default 1. The same seed, `startMs` and `stepMs` give the same bytes. */
  readonly seed?: number
  /** Default 0: any free port. */
  readonly port?: number
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string
  /** How many tickers, or which, most traded first; default 100. */
  readonly tickers?: number | readonly string[]
  /** Trades per simulated second over all tickers; default 1000. Bars, quotes and fair values come on top. */
  readonly rate?: number
  /** The only key that is accepted; default: every key is. */
  readonly key?: string
  /** A recorded file, gzip or plain, to play instead of the market: `<arrival ms> <frame>` a line. `seed`, `tickers` and `rate` then have no effect. */
  readonly frames?: string
  /**
   * Simulated or recorded time per time of the clock; default 1. `max`: as fast as clients read, dropping nothing; a recorded file is then played from
   * its start for each connection.
   */
  readonly speed?: number | 'max'
  /** Unix ms at which the market begins, 13 digits, rounded down to a whole step; default: what the clock says. */
  readonly startMs?: number
  /** ms; only its differences set the pace. Default: the time of the process, which never goes back. */
  readonly clock?: () => number
  /** Step of simulated time in ms, a divisor of 1000; default 20. What happens in one step is sent as one frame. */
  readonly stepMs?: number
  /** Events in one frame; default 500. A recorded frame is never split. */
  readonly eventsPerFrameMax?: number
  /** Bytes that may wait for one client before it is cut as too slow; default 16 MiB. No effect at speed `max`, where the client is waited for. */
  readonly bufferBytesMax?: number
  /** Time allowed for `auth`; default 30 000 ms. The vendor's is not published. */
  readonly authTimeoutMs?: number
  /** Closes the simulator when it aborts. */
  readonly signal?: AbortSignal
  /** Pino or alike; default: silence. Keys and messages of clients are never logged. */
  readonly logger?: SimulatorLogger
}

/** The same, checked and complete. */
export interface Settings {
  readonly seed: number
  readonly port: number
  readonly host: string
  readonly tickers: readonly string[]
  readonly rate: number
  readonly key: string | undefined
  readonly frames: string | undefined
  readonly speed: number | 'max'
  readonly startMs: number
  readonly clock: () => number
  readonly stepMs: number
  readonly eventsPerFrameMax: number
  /** Infinity at speed `max`. */
  readonly bufferBytesMax: number
  readonly authTimeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly logger: SimulatorLogger
}

const silent: SimulatorLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const tickersMax = 1_000_000

/** Nothing that would need an escape in JSON or part a list of pairs. */
const symbolForm = /^(?!\*$)[!#-+\--[\]-~]{1,32}$/

const refuse = (option: string, value: unknown, expected: string): never => {
  const shown =
    typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : Array.isArray(value) ? 'a list' : String(value)
  throw new RangeError(`simulate: ${option} is ${shown}; expected ${expected}`)
}

const whole = (option: string, value: number, least: number, most: number): number =>
  Number.isInteger(value) && value >= least && value <= most
    ? value
    : refuse(option, value, `a whole number from ${least} to ${most}`)

const symbolsOf = (tickers: number | readonly string[]): readonly string[] => {
  if (typeof tickers === 'number') return tickerNames(whole('tickers', tickers, 1, tickersMax))
  if (!Array.isArray(tickers) || tickers.length === 0 || tickers.length > tickersMax) {
    return refuse('tickers', tickers, `a whole number from 1 to ${tickersMax}, or a list of at least one name`)
  }

  const seen = new Set<string>()
  for (const [place, symbol] of (tickers as readonly string[]).entries()) {
    if (typeof symbol !== 'string' || !symbolForm.test(symbol)) {
      refuse(
        `tickers[${place}]`,
        symbol,
        'a name of 1 to 32 printable characters without space, comma, quote or backslash, and not "*"',
      )
    }
    if (seen.has(symbol)) refuse(`tickers[${place}]`, symbol, 'a name that is not in the list already')
    seen.add(symbol)
  }
  return [...seen]
}

/** Monotonic, and close to Unix time. */
const processClock = (): number => performance.timeOrigin + performance.now()

/** Fills in the defaults. Throws a RangeError that names the option, its value and what is allowed; the value of `key` is never among them. */
export const settingsOf = (options: SimulateOptions): Settings => {
  const { rate = 1000, speed = 1, stepMs = 20, clock = processClock, host = '127.0.0.1', key, frames } = options
  const most = Number.MAX_SAFE_INTEGER
  const bufferBytesMax = whole('bufferBytesMax', options.bufferBytesMax ?? 16 * 1024 * 1024, 1, most)

  if (!Number.isFinite(rate) || rate <= 0) refuse('rate', rate, 'trades per second, a number above 0')
  if (speed !== 'max' && (!Number.isFinite(speed) || speed <= 0)) refuse('speed', speed, "a number above 0, or 'max'")
  if (1000 % whole('stepMs', stepMs, 1, 1000) !== 0) refuse('stepMs', stepMs, 'a divisor of 1000')
  if (typeof clock !== 'function') refuse('clock', clock, 'a function that gives milliseconds')
  if (typeof host !== 'string' || host === '') refuse('host', host, 'a host name or address')
  if (frames !== undefined && (typeof frames !== 'string' || frames === ''))
    refuse('frames', frames, 'the path of a file')
  if (key !== undefined && (typeof key !== 'string' || key === '')) {
    throw new RangeError('simulate: key is empty or no text; expected a text of at least one character')
  }

  return {
    seed: whole('seed', options.seed ?? 1, 0, 4_294_967_295),
    port: whole('port', options.port ?? 0, 0, 65_535),
    host,
    tickers: symbolsOf(options.tickers ?? 100),
    rate,
    key,
    frames,
    speed,
    // With a recorded file the market never begins.
    startMs: frames === undefined ? whole('startMs', options.startMs ?? Math.floor(clock()), 1e12, 1e13 - 1) : 0,
    clock,
    stepMs,
    eventsPerFrameMax: whole('eventsPerFrameMax', options.eventsPerFrameMax ?? 500, 1, most),
    bufferBytesMax: speed === 'max' ? Infinity : bufferBytesMax,
    authTimeoutMs: whole('authTimeoutMs', options.authTimeoutMs ?? 30_000, 1, 2_147_483_647),
    signal: options.signal,
    logger: options.logger ?? silent,
  }
}
