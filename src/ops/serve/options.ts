import { isLoopback } from '../../listenErrors.ts'
import { type Logger, silent } from '../logger.ts'

export interface OpsOptions {
  /** 0 for any free one. 8788. */
  readonly port?: number
  /** `127.0.0.1`: this machine only. */
  readonly host?: string
  /**
   * A bearer token. Only with it can frequencies be started, stopped and given other tickers. Beyond this machine it is asked for everything save `/healthz` and
   * `/readyz`; there, leave it out only where whoever reaches the port may read all there is.
   */
  readonly token?: string
  /** Names by which this server may be called besides `localhost` and addresses, such as `feed.example`; see `hostCheck`. */
  readonly hostNames?: readonly string[]
  /** A pino-compatible logger. Silent by default. Never the token. */
  readonly logger?: Logger
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal
}

/** The options, checked and complete. */
export interface OpsSettings extends Required<Omit<OpsOptions, 'token' | 'signal'>> {
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
  readonly isLocal: boolean
}

export const defaultOpsPort = 8788

const fail = (rule: string): never => {
  throw new RangeError(`serveOps: ${rule}`)
}

/** Fills in the defaults. Throws a RangeError that names the option, its value and what is expected; of the token only that it is wrong. */
export const opsSettingsOf = (options: OpsOptions): OpsSettings => {
  const { port = defaultOpsPort, host = '127.0.0.1', token, hostNames = [], logger = silent, signal } = options
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    fail(`port is ${String(port)}; expected a whole number from 0 to 65535`)
  }
  if (typeof host !== 'string' || host === '') fail('host is empty; expected a host name or address')
  // What a header can carry: another one would never match.
  if (token !== undefined && !/^[\x21-\x7e]{8,}$/.test(token)) {
    fail(
      'token is not what a header can carry, or too short; expected 8 or more letters, digits and signs without a space',
    )
  }
  if (!Array.isArray(hostNames) || !hostNames.every((name) => typeof name === 'string' && /^[\w.-]+$/.test(name))) {
    fail('hostNames is not a list of names such as feed.example, without scheme and port')
  }
  return { port, host, token, hostNames, logger, signal, isLocal: isLoopback(host) }
}
