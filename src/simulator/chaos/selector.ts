import type { AccountOf, Login } from '../accounts.ts'
import { hostStems, type HostStem } from '../plans.ts'
import { knownChannels } from '../subscriptions.ts'

/** Which connections a fault is for: those that fit everything given; every one without. */
export interface Selector {
  /** Holds any pair of the channel (`T`), or that very pair (`T.*`, `T.GME`); of a list, any of them. */
  readonly channel?: string | readonly string[]
  /** Which of the simulator's hosts it came to. */
  readonly host?: HostStem
  /** What it asked that host for: `/stocks`. */
  readonly path?: string
  /** A key of its account. */
  readonly account?: string
  /** Its number, as `Simulator.connections()` has it. */
  readonly connection?: number
}

/** What is known of a connection from its first moment on, and with `login` from its authentication. */
export interface Caller {
  readonly id: number
  readonly stem: HostStem
  readonly path: string
  readonly login: Login | undefined
}

/** What it holds. */
export interface Holder extends Caller {
  readonly session: { readonly subscriptions: { pairs(): readonly string[] } }
}

/** Without the slash at its end; `/stocks/` and `/stocks` are one. */
export const plainPath = (path: string): string => path.replace(/(?<=.)\/$/, '')

/** The channel of `T`, `T.*`, `T.GME`. */
export const channelOf = (pattern: string): string => pattern.replace(/\..*$/s, '')

/** Whether `T.GME` is meant by `T`, or by `T.GME`. */
export const isMeant = (pair: string, pattern: string): boolean =>
  pattern === pair || (!pattern.includes('.') && channelOf(pair) === pattern)

/** `T`, `T.*`, `BRK.B` no: a channel that there is, and behind the first dot, if there is one, a ticker. */
export const isPattern = (text: string): boolean => knownChannels.has(channelOf(text)) && !text.endsWith('.')

const listOf = (channel: string | readonly string[]): readonly string[] =>
  typeof channel === 'string' ? [channel] : channel

/** Throws a RangeError for what no connection could ever fit. */
export const checkSelector = (selector: Selector): void => {
  const { channel, host, path } = selector
  for (const one of channel === undefined ? [] : listOf(channel)) checkPattern(one)
  if (host !== undefined && !hostStems.includes(host))
    throw new RangeError(`chaos: host is ${JSON.stringify(host)}; expected one of ${hostStems.join(', ')}`)
  if (path !== undefined && !path.startsWith('/'))
    throw new RangeError(
      `chaos: path is ${JSON.stringify(path)}; expected one that begins with a slash, such as /stocks`,
    )
}

export const checkPattern = (pattern: string): void => {
  if (isPattern(pattern)) return
  const known = [...knownChannels].join(', ')
  throw new RangeError(
    `chaos: channel is ${JSON.stringify(pattern)}; expected one such as T, T.* or T.GME, of ${known}`,
  )
}

/** Whether a caller fits, whatever it holds. */
export const fitsCaller = (
  { host, path, account, connection }: Selector,
  caller: Caller,
  accountOf: AccountOf,
): boolean =>
  (connection === undefined || caller.id === connection) &&
  (host === undefined || caller.stem === host) &&
  (path === undefined || caller.path === plainPath(path)) &&
  (account === undefined || (caller.login !== undefined && accountOf(account)?.id === caller.login.account.id))

export const fits = (selector: Selector, holder: Holder, accountOf: AccountOf): boolean => {
  if (!fitsCaller(selector, holder, accountOf)) return false
  if (selector.channel === undefined) return true

  const patterns = listOf(selector.channel)
  return holder.session.subscriptions.pairs().some((pair) => patterns.some((pattern) => isMeant(pair, pattern)))
}
