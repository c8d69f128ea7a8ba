import type { Provider } from '../../streams/provider.ts'
import type { Account } from './plan.ts'

type LimitOf = (account: Account) => number

/** What a `max_connections` shows, before it is believed. */
export interface Shown {
  readonly account: Account
  readonly connectionsMax: number
  /** Not the first one within the window. */
  readonly isRepeated: boolean
  /** The limits as they would be. */
  readonly limitOf: LimitOf
}

/** How many connections the vendor has shown that an account may have, as far as it has. */
export interface Proofs {
  readonly limitOf: LimitOf
  readonly of: (account: Account, connectionsMax: number, atMs: number) => Shown
  readonly keep: (shown: Shown) => void
  /** The vendor may be asked again. */
  readonly forget: (provider: Provider) => void
}

interface Entry {
  limit: number
  saidMs: number
}

/** Holds two numbers per account. Times are milliseconds of one clock. */
export const createProofs = (windowMs: () => number): Proofs => {
  const entries = new Map<Provider, Map<string, Entry>>()

  const entryOf = ({ provider, name }: Account): Entry => {
    const own = entries.get(provider) ?? new Map<string, Entry>()
    entries.set(provider, own)
    const entry = own.get(name) ?? { limit: Infinity, saidMs: -Infinity }
    own.set(name, entry)
    return entry
  }
  const limitOf: LimitOf = ({ provider, name }) => entries.get(provider)?.get(name)?.limit ?? Infinity

  return {
    limitOf,
    of: (account, connectionsMax, atMs) => {
      const entry = entryOf(account)
      const isRepeated = atMs - entry.saidMs < windowMs()
      entry.saidMs = atMs
      return {
        account,
        connectionsMax,
        isRepeated,
        limitOf: (asked) =>
          asked.provider === account.provider && asked.name === account.name
            ? Math.min(connectionsMax, limitOf(asked))
            : limitOf(asked),
      }
    },
    keep: ({ account, connectionsMax }) => {
      const entry = entryOf(account)
      entry.limit = Math.min(entry.limit, connectionsMax)
    },
    forget: (provider) => {
      entries.delete(provider)
    },
  }
}
