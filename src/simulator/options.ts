import type { Evict } from './accounts.ts'
import { parseChaos, type Entry } from './chaos/spec.ts'
import type { Hours } from './hours.ts'
import { hostStems, isDelayed, plans, type HostStem, type Plan } from './plans.ts'
import { tickerNames } from './tickers.ts'

/** The part of a pino logger that is used here. */
export interface SimulatorLogger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** One customer of the vendor. */
export interface AccountOptions {
  readonly keys: readonly string[]
  /** Default: the option `plan`. */
  readonly plan?: Plan
  /** Default: the option `connections`. */
  readonly connections?: number
  /** Exchange agreements signed: a Business account then has `T`, `Q` and `A` on `business`. Default false. */
  readonly agreements?: boolean
}

export interface SimulateOptions<Host extends HostStem = HostStem> {
  /** Whole number from 0 to 2^32 - 1; default 1. The same seed, `startMs` and `stepMs` give the same bytes. */
  readonly seed?: number
  /** Default 0: any free port. Otherwise the port of the first of `hosts`; the others have the ports that follow. */
  readonly port?: number
  /** Default `127.0.0.1`: this machine only. */
  readonly host?: string
  /** How many tickers, or which, most traded first; default 100. */
  readonly tickers?: number | readonly string[]
  /** Trades per simulated second over all tickers; default 1000. Bars, quotes and fair values come on top. */
  readonly rate?: number
  /** The only key that is accepted; default: every key is, each for an account of its own. */
  readonly key?: string
  /** Instead of `key`: the customers whose keys are accepted. */
  readonly accounts?: readonly AccountOptions[]
  /** Decides with the host which channels a key gets; default: every channel everywhere. */
  readonly plan?: Plan
  /** Connections that an account may have at one time over all hosts; default 1, as the vendor's individual plans. */
  readonly connections?: number
  /** Which connection goes when an account has one too many; default `older`. `either`: by the seed, now one, now the other. */
  readonly evict?: Evict
  /** Time that a newcomer has before it is evicted; default 1000 ms. An older connection goes at once. */
  readonly evictAfterMs?: number
  /** Pairs that a connection may hold; default: any number, as for stocks. A request beyond it is refused as a whole. */
  readonly subscriptionsMax?: number
  /** The vendor's hosts, each on a port of its own; default `['socket']`. The first is that of `Simulator.url`. */
  readonly hosts?: readonly Host[]
  /** How late the delayed hosts send what happened, simulated ms; default 900 000. No effect at speed `max`. */
  readonly delayMs?: number
  /**
   * `always`, the default: a market that never closes. `calendar`: the hours of the US stock market with its holidays and early closes, thin before the
   * open and after the close; nothing while it is closed, fair values in regular hours only.
   */
  readonly hours?: Hours
  /** `live`, the default, or `none`: what each of the next four is where it is not given. */
  readonly oddities?: 'live' | 'none'
  /** Share of trades reported 3 s to 15 min late, with their bars sent again; at most 0.3, live 0.0002. */
  readonly lateTrades?: number
  /** Share of trades sent twice; live 0.0001. */
  readonly repeatedTrades?: number
  /** Share of trades whose `q` does not grow; live 0.0002. */
  readonly backwardSequences?: number
  /** Share of trades, bars and quotes in a rare form: `c` empty, no `ds`, `z` as `12.0` or `1.2e+01`, one side missing; live 0.001. */
  readonly oddForms?: number
  /** How long second bars are held back for late trades; at most 2000 ms, default 2000. */
  readonly secondBarsHeldMs?: number
  /** A recorded file, gzip or plain, to play instead of the market: `<arrival ms> <frame>` a line. `seed`, `tickers` and `rate` then have no effect. */
  readonly frames?: string
  /**
   * Simulated or recorded time per time of the clock; default 1. `max`: as fast as clients read, dropping nothing; a recorded file is then played from
   * its start for each connection.
   */
  readonly speed?: number | 'max'
  /** Unix ms at which the market begins, before the year 2100, rounded down to a whole step; default: what the clock says, `delayMs` earlier where all hosts are delayed. */
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
  /** A timetable of faults, from the moment it listens: `kill@5s, every 30s freeze T 3s, refuse T.GME@5s..60s, random 20s`. docs/simulator.md has the words. */
  readonly chaos?: string
  /**
   * A file to which every event is appended before it is sent, with whom it goes to, as JSON lines: what it does not hold has not left, whatever becomes of
   * the process. docs/simulator.md has the lines.
   */
  readonly sentFile?: string
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
  readonly accounts: readonly AccountOptions[] | undefined
  readonly plan: Plan | undefined
  readonly connections: number
  readonly evict: Evict
  readonly evictAfterMs: number
  readonly subscriptionsMax: number
  readonly hosts: readonly [HostStem, ...HostStem[]]
  readonly delayMs: number
  readonly hours: Hours
  readonly lateTrades: number
  readonly repeatedTrades: number
  readonly backwardSequences: number
  readonly oddForms: number
  readonly secondBarsHeldMs: number
  readonly frames: string | undefined
  readonly speed: number | 'max'
  readonly startMs: number
  readonly clock: () => number
  readonly stepMs: number
  readonly eventsPerFrameMax: number
  /** Infinity at speed `max`. */
  readonly bufferBytesMax: number
  readonly authTimeoutMs: number
  readonly chaos: readonly Entry[]
  readonly sentFile: string | undefined
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

const oneOf = <T extends string>(option: string, value: T, allowed: readonly T[]): T =>
  allowed.includes(value) ? value : refuse(option, value, `one of ${allowed.join(', ')}`)

const partOf = (option: string, value: number, most: number): number =>
  Number.isFinite(value) && value >= 0 && value <= most ? value : refuse(option, value, `a share from 0 to ${most}`)

const hostsOf = (hosts: readonly HostStem[]): Settings['hosts'] => {
  const [first, ...others] = Array.isArray(hosts) ? (hosts as readonly HostStem[]) : []
  if (first === undefined) return refuse('hosts', hosts, `a list of at least one of ${hostStems.join(', ')}`)

  const seen = new Set<HostStem>()
  for (const [place, stem] of [first, ...others].entries()) {
    if (seen.has(oneOf(`hosts[${place}]`, stem, hostStems))) {
      refuse(`hosts[${place}]`, stem, 'a host that is not in the list already')
    }
    seen.add(stem)
  }
  return [first, ...others]
}

/** Keys are never shown. */
const keyOf = (option: string, key: string): string => {
  if (typeof key === 'string' && key !== '') return key
  throw new RangeError(`simulate: ${option} is empty or no text; expected a text of at least one character`)
}

const accountsOf = (accounts: readonly AccountOptions[]): readonly AccountOptions[] => {
  if (!Array.isArray(accounts) || accounts.length === 0) {
    return refuse('accounts', accounts, 'a list of at least one { keys }')
  }

  const seen = new Set<string>()
  for (const [place, { keys, plan, connections }] of (accounts as readonly AccountOptions[]).entries()) {
    const at = `accounts[${place}]`
    if (!Array.isArray(keys) || keys.length === 0) refuse(`${at}.keys`, keys, 'a list of at least one key')
    for (const [index, key] of (keys as readonly string[]).entries()) {
      if (seen.has(keyOf(`${at}.keys[${index}]`, key))) {
        throw new RangeError(`simulate: ${at}.keys[${index}] is there already; expected a key of one account, once`)
      }
      seen.add(key)
    }
    if (plan !== undefined) oneOf(`${at}.plan`, plan, plans)
    if (connections !== undefined) whole(`${at}.connections`, connections, 1, Number.MAX_SAFE_INTEGER)
  }
  return accounts as readonly AccountOptions[]
}

/** What live frames show in so many cases; single observations, so the sizes are guesses of the right order. */
const oddities = {
  live: { lateTrades: 0.0002, repeatedTrades: 0.0001, backwardSequences: 0.0002, oddForms: 0.001 },
  none: { lateTrades: 0, repeatedTrades: 0, backwardSequences: 0, oddForms: 0 },
} as const

const timerMost = 2_147_483_647

/** The calendar's last year is 2099. */
const startMost = Date.UTC(2100, 0, 1) - 1

/** Monotonic, and close to Unix time. */
const processClock = (): number => performance.timeOrigin + performance.now()

/** Fills in the defaults. Throws a RangeError that names the option, its value and what is allowed; a key is never among them. */
export const settingsOf = (options: SimulateOptions): Settings => {
  const { rate = 1000, speed = 1, stepMs = 20, clock = processClock, host = '127.0.0.1', key, frames } = options
  const most = Number.MAX_SAFE_INTEGER
  const bufferBytesMax = whole('bufferBytesMax', options.bufferBytesMax ?? 16 * 1024 * 1024, 1, most)
  const hosts = hostsOf(options.hosts ?? ['socket'])
  const delayMs = whole('delayMs', options.delayMs ?? 900_000, 0, 86_400_000)
  const odd = oddities[oneOf('oddities', options.oddities ?? 'live', ['live', 'none'])]

  if (!Number.isFinite(rate) || rate <= 0) refuse('rate', rate, 'trades per second, a number above 0')
  if (speed !== 'max' && (!Number.isFinite(speed) || speed <= 0)) refuse('speed', speed, "a number above 0, or 'max'")
  if (1000 % whole('stepMs', stepMs, 1, 1000) !== 0) refuse('stepMs', stepMs, 'a divisor of 1000')
  if (typeof clock !== 'function') refuse('clock', clock, 'a function that gives milliseconds')
  if (typeof host !== 'string' || host === '') refuse('host', host, 'a host name or address')
  if (frames !== undefined && (typeof frames !== 'string' || frames === ''))
    refuse('frames', frames, 'the path of a file')
  if (options.sentFile !== undefined && (typeof options.sentFile !== 'string' || options.sentFile === ''))
    refuse('sentFile', options.sentFile, 'the path of a file')
  if (key !== undefined) keyOf('key', key)
  if (key !== undefined && options.accounts !== undefined) {
    throw new RangeError('simulate: key and accounts are both given; expected one of them')
  }

  // Only where somebody hears the present must the market begin in it.
  const beganMs = Math.floor(clock()) - (hosts.every(isDelayed) ? delayMs : 0)

  return {
    seed: whole('seed', options.seed ?? 1, 0, 4_294_967_295),
    port: options.port === undefined || options.port === 0 ? 0 : whole('port', options.port, 0, 65_536 - hosts.length),
    host,
    tickers: symbolsOf(options.tickers ?? 100),
    rate,
    key,
    accounts: options.accounts === undefined ? undefined : accountsOf(options.accounts),
    plan: options.plan === undefined ? undefined : oneOf('plan', options.plan, plans),
    connections: whole('connections', options.connections ?? 1, 1, most),
    evict: oneOf('evict', options.evict ?? 'older', ['older', 'newer', 'either']),
    evictAfterMs: whole('evictAfterMs', options.evictAfterMs ?? 1000, 0, timerMost),
    subscriptionsMax:
      options.subscriptionsMax === undefined ? Infinity : whole('subscriptionsMax', options.subscriptionsMax, 1, most),
    hosts,
    delayMs,
    hours: oneOf('hours', options.hours ?? 'always', ['always', 'calendar']),
    lateTrades: partOf('lateTrades', options.lateTrades ?? odd.lateTrades, 0.3),
    repeatedTrades: partOf('repeatedTrades', options.repeatedTrades ?? odd.repeatedTrades, 1),
    backwardSequences: partOf('backwardSequences', options.backwardSequences ?? odd.backwardSequences, 1),
    oddForms: partOf('oddForms', options.oddForms ?? odd.oddForms, 1),
    secondBarsHeldMs: whole('secondBarsHeldMs', options.secondBarsHeldMs ?? 2000, 0, 2000),
    frames,
    speed,
    // With a recorded file the market never begins.
    startMs: frames === undefined ? whole('startMs', options.startMs ?? beganMs, 1e12, startMost) : 0,
    clock,
    stepMs,
    eventsPerFrameMax: whole('eventsPerFrameMax', options.eventsPerFrameMax ?? 500, 1, most),
    bufferBytesMax: speed === 'max' ? Infinity : bufferBytesMax,
    authTimeoutMs: whole('authTimeoutMs', options.authTimeoutMs ?? 30_000, 1, timerMost),
    chaos: options.chaos === undefined ? [] : parseChaos(options.chaos),
    sentFile: options.sentFile,
    signal: options.signal,
    logger: options.logger ?? silent,
  }
}
