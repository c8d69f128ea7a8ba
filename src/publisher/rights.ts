import { pairOf } from '../vendorWire.ts'

/** What the holder of one token may have. */
export interface Rights {
  /** The token's name, for people; never the token. */
  readonly name?: string
  /** Whether it may subscribe to this pair. All tickers, `*`, are one right and not the sum of many. */
  allows(channel: string, ticker: string): boolean
}

export interface RightsOptions {
  readonly name?: string | undefined
  readonly channels?: readonly string[] | undefined
}

export const everything: Rights = { allows: () => true }

/**
 * From patterns such as `AM.*` and `T.AAPL`; `*` stands for all channels or all tickers. Without patterns everything is allowed.
 *
 *     T.*         T.AAPL, T.MSFT, T.*
 *     T.AAPL      T.AAPL
 *     *.AAPL      T.AAPL, AM.AAPL, …
 *     *.*         everything
 */
export const rightsOf = ({ name, channels }: RightsOptions): Rights => {
  const named = name === undefined ? {} : { name }
  if (channels === undefined) return { ...named, ...everything }
  const allowed = new Set(channels.map((pattern) => (pairOf(pattern) ?? [pattern]).join('.')))

  return {
    ...named,
    allows: (channel, ticker) =>
      [`${channel}.${ticker}`, `${channel}.*`, `*.${ticker}`, '*.*'].some((pair) => allowed.has(pair)),
  }
}
