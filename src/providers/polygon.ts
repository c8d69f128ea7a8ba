import { secret } from '../../streams/link/secret.ts'
import { wsSocket } from '../../streams/link/wsSocket.ts'
import type { Endpoint, EndpointWish, Provider } from '../../streams/provider.ts'

export interface PolygonOptions {
  /** Of an individual plan: trades, quotes and bars from `socket`, or `delayed` with `delayed: true`. */
  readonly apiKey?: string
  /** Of a Business plan: fair market value and minute bars from `business`. */
  readonly businessApiKey?: string
  /** Individual plans that are 15 minutes behind. */
  readonly delayed?: boolean
  /** `massive.com`; the hosts of `polygon.io` speak the same protocol. */
  readonly domain?: string
  /** One connection serves one market. `stocks`. */
  readonly market?: string
  /** Names the vendor account: its sockets are counted together, whatever the key. `default`. */
  readonly account?: string
  /** How many sockets an account may hold at one time. 1, or 3 with `businessApiKey`; the vendor sells more. */
  readonly connectionsMax?: number
}

/**
 * Polygon.io, now Massive.
 *
 *     polygon({ apiKey })                    per_second, per_minute on socket
 *     polygon({ apiKey, businessApiKey })    … and fair_market_value on business
 *     polygon({ businessApiKey })            fair_market_value, per_minute on business; per_second needs a named host
 *
 * `host` of a frequency is a stem such as `delayed` or `business`, or a whole host name; stems with `business` in them take
 * the Business key. A key that is missing is a RangeError when the engine is made. Keys are masked from here on.
 *
 * Source: docs/protocol.md, addresses and plans.
 */
export const polygon = (options: PolygonOptions): Provider => {
  const {
    apiKey,
    businessApiKey,
    delayed = false,
    domain = 'massive.com',
    market = 'stocks',
    account: usualAccount = 'default',
    connectionsMax = businessApiKey === undefined ? 1 : 3,
  } = options
  checkKey('apiKey', apiKey)
  checkKey('businessApiKey', businessApiKey)
  if (apiKey === undefined && businessApiKey === undefined) {
    throw new RangeError('polygon needs apiKey, businessApiKey or both; without a key try simulated({ seed: 7 })')
  }
  if (!(Number.isInteger(connectionsMax) && connectionsMax >= 1)) {
    throw new RangeError(`connectionsMax is a whole number of sockets, 1 or more, not ${String(connectionsMax)}`)
  }

  const stemOf = ({ frequency, host }: EndpointWish): string => {
    if (host !== undefined) return host
    if (frequency === 'fair_market_value') return 'business'
    if (apiKey !== undefined) return delayed ? 'delayed' : 'socket'
    if (frequency === 'per_minute') return 'business'
    throw new RangeError(
      `${frequency}: a Business key alone needs a named host, such as { host: 'delayed-business' }, or give apiKey for ${delayed ? 'delayed' : 'socket'}.${domain}`,
    )
  }

  const keyOf = (wish: EndpointWish, stem: string): string => {
    if (wish.key !== undefined) return wish.key
    const isBusiness = stem.includes('business')
    const key = isBusiness ? businessApiKey : apiKey
    if (key === undefined) {
      throw new RangeError(
        `${wish.frequency}: ${stem} needs ${isBusiness ? 'businessApiKey' : 'apiKey'}; give it to polygon(), or a key of its own to the frequency`,
      )
    }
    return key
  }

  return {
    name: 'polygon',
    endpoint: (wish): Endpoint => {
      checkKey(`${wish.frequency}: key`, wish.key)
      const { account = usualAccount } = wish
      if (wish.url !== undefined) {
        return { url: wish.url, key: secret(wish.key ?? apiKey ?? businessApiKey ?? ''), account, connectionsMax }
      }
      const stem = stemOf(wish)
      const host = stem.includes('.') ? stem : `${stem}.${domain}`
      return { url: `wss://${host}/${market}`, key: secret(keyOf(wish, stem)), account, connectionsMax }
    },
    openSocket: wsSocket,
  }
}

const checkKey = (name: string, key: string | undefined): void => {
  // The key itself stays out of the message.
  if (key !== undefined && (typeof key !== 'string' || key.trim() === '')) {
    throw new RangeError(`${name} is empty; is the environment variable it comes from set?`)
  }
}
