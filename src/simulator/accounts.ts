import type { AccountOptions } from './options.ts'
import type { Plan } from './plans.ts'

/** Who pays: connections are counted by it, whichever of its keys and whichever host they use. */
export interface Account {
  /** Never shown: it may be a key. */
  readonly id: string
  /** Undefined: everything is allowed. */
  readonly plan: Plan | undefined
  readonly agreements: boolean
  /** How many connections it may have at one time, over all hosts. */
  readonly connections: number
}

/** As whom a connection came in. Neither is ever shown. */
export interface Login {
  readonly key: string
  readonly account: Account
}

/** The account of a key; undefined for a key that is not good. */
export type AccountOf = (key: string) => Account | undefined

/**
 * Who a key belongs to. With `accounts` or `key` only the keys named there are good; with neither every key is, each an account of its own.
 */
export const accountOf = ({
  key: only,
  accounts,
  ...common
}: {
  readonly key: string | undefined
  readonly accounts: readonly AccountOptions[] | undefined
  readonly plan: Plan | undefined
  readonly connections: number
}): AccountOf => {
  if (accounts === undefined) {
    return (key) => (only === undefined || key === only ? { id: key, agreements: false, ...common } : undefined)
  }

  const byKey = new Map<string, Account>()
  for (const [place, { keys, agreements = false, ...own }] of accounts.entries()) {
    const account = { id: String(place), agreements, ...common, ...own }
    for (const key of keys) byKey.set(key, account)
  }
  return (key) => byKey.get(key)
}

/** Who goes where an account has one connection too many. */
export type Evict = 'older' | 'newer' | 'either'

export interface Occupancy<Member> {
  /** Counts an authenticated member. Gives the one who has to go for it, where there are now more than the account may have. */
  enter(account: Account, member: Member): Member | undefined
  /** The member is gone, or sure to go. */
  leave(member: Member): void
}

/**
 * Counts connections per account. Whoever has to go counts no more, so a newcomer over the limit costs exactly one connection.
 *
 * `coin` decides where either may go: docs/protocol.md, section 6, has both. Holds one entry per member.
 */
export const occupancy = <Member>(evict: Evict, coin: () => boolean): Occupancy<Member> => {
  // Sets keep the order of arrival.
  const members = new Map<string, Set<Member>>()
  const idOf = new Map<Member, string>()

  const leave = (member: Member): void => {
    const id = idOf.get(member)
    if (id === undefined) return

    idOf.delete(member)
    const others = members.get(id)
    others?.delete(member)
    if (others?.size === 0) members.delete(id)
  }

  return {
    enter: ({ id, connections }, member) => {
      const all = members.get(id) ?? new Set<Member>()
      members.set(id, all.add(member))
      idOf.set(member, id)
      if (all.size <= connections) return undefined

      const [oldest = member] = all
      const goes = evict === 'older' || (evict === 'either' && coin()) ? oldest : member
      leave(goes)
      return goes
    },
    leave,
  }
}
