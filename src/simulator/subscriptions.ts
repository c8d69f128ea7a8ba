/** Channels of the vendor's stocks market; a name that is not among them is answered by silence. The market model makes no LULD and no NOI. */
export const knownChannels: ReadonlySet<string> = new Set(['T', 'Q', 'A', 'AM', 'FMV', 'LULD', 'NOI'])

/** What one connection holds. */
export interface Subscriptions {
  /** Pairs held. */
  readonly size: number
  has(channel: string, ticker: string): boolean
  add(channel: string, ticker: string): void
  remove(channel: string, ticker: string): void
  /** Whether an event of `ticker` on `channel` is wanted, by name or by `*`. */
  wants(channel: string, ticker: string): boolean
  /** `T.*`, `AM.AAPL`, …, in order: equal text for equal sets. */
  pairs(): readonly string[]
  /** What is held, channel by channel. */
  readonly held: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * The pairs of one connection as a set: `T.*` and `T.AAPL` are two members, held and given up separately, and an event that both want is sent once.
 * The vendor does not document that case (docs/protocol.md, section 4); this is the plain reading.
 */
export const subscriptions = (): Subscriptions => {
  const held = new Map<string, Set<string>>()
  let size = 0

  const has = (channel: string, ticker: string): boolean => held.get(channel)?.has(ticker) === true

  return {
    held,
    get size() {
      return size
    },
    has,
    add: (channel, ticker) => {
      if (has(channel, ticker)) return
      const tickers = held.get(channel)
      if (tickers === undefined) held.set(channel, new Set([ticker]))
      else tickers.add(ticker)
      size += 1
    },
    remove: (channel, ticker) => {
      const tickers = held.get(channel)
      if (tickers?.delete(ticker) !== true) return
      if (tickers.size === 0) held.delete(channel)
      size -= 1
    },
    wants: (channel, ticker) => {
      const tickers = held.get(channel)
      return tickers !== undefined && (tickers.has('*') || tickers.has(ticker))
    },
    pairs: () =>
      [...held].flatMap(([channel, tickers]) => Array.from(tickers, (ticker) => `${channel}.${ticker}`)).sort(),
  }
}
