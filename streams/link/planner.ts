import type { Secret } from './secret.ts'

/** What one frequency needs of a provider. */
export interface LinkNeed {
  readonly frequency: string
  readonly eventTypes: readonly string[]
  /** `ws:` or `wss:`. */
  readonly url: string
  readonly key: Secret
  /** The vendor's account behind the key: connections are counted per account, not per key. */
  readonly account: string
  /** 1 comes first. */
  readonly priority: number
}

/** One socket to have. */
export interface LinkPlan {
  /** Readable, the same for the same needs, and without the key: `socket.massive.com/stocks`, `…#2`, `…#per_second`. */
  readonly id: string
  readonly url: string
  readonly key: Secret
  readonly account: string
  /** In the order of the needs. */
  readonly frequencies: readonly string[]
  /** Each belongs to one of them. */
  readonly eventTypes: readonly string[]
  /** The best of its frequencies. */
  readonly priority: number
}

/** `shared`: fewest sockets. `dedicated`: one per frequency, so that a fault of a socket reaches only that frequency. */
export type LinkMode = 'shared' | 'dedicated'

/** The id of the link that a frequency has already, in whatever company. */
export type LinkOf = (frequency: string) => string | undefined

/** A plan in the making: with the needs it serves. */
interface Group {
  readonly label: string
  readonly needs: LinkNeed[]
}

/** Host and path: never the query, the user or the password of an address. */
const labelOf = (url: string): string => {
  // What the parser says of an address it refuses repeats it whole; the address stays out of the message.
  if (!URL.canParse(url) || !/^wss?:/i.test(url))
    throw new RangeError('a link needs an address that begins with ws:// or wss://')

  const { host, pathname } = new URL(url)

  return `${host}${pathname}`.replace(/\/+$/, '')
}

const groupsOf = (needs: readonly LinkNeed[], mode: LinkMode, linkOf: LinkOf): readonly Group[] => {
  const groups = new Map<string, Group>()

  for (const need of needs) {
    const base = labelOf(need.url)
    const parts = [need.url, need.key.reveal(), ...(mode === 'dedicated' ? apart(need.frequency, linkOf) : [])]
    // Written as JSON no two lists of parts look alike.
    const identity = JSON.stringify(parts)
    const group = groups.get(identity)

    if (group === undefined)
      groups.set(identity, { label: mode === 'dedicated' ? `${base}#${need.frequency}` : base, needs: [need] })
    else group.needs.push(need)
  }

  return [...groups.values()]
}

/** Those that share a link already stay together: to part them would cost them events for nothing. */
const apart = (frequency: string, linkOf: LinkOf): readonly string[] => {
  const id = linkOf(frequency)

  return id === undefined ? ['frequency', frequency] : ['link', id]
}

/** One event type of a link goes to one frequency: nothing on the wire would tell to which of two an event belongs. */
const checkEventTypes = ({ label, needs }: Group): void => {
  const owners = new Map<string, string>()

  for (const { frequency, eventTypes } of needs) {
    for (const eventType of eventTypes) {
      const owner = owners.get(eventType) ?? frequency

      if (owner !== frequency) {
        throw new RangeError(
          `the frequencies ${owner} and ${frequency} both want ${eventType} from ${label}, and on one link an event type belongs to ` +
            `one frequency: give one of them another event type, host or key, or use dedicated links`,
        )
      }
      owners.set(eventType, owner)
    }
  }
}

/** One key is one account: two would let the budget of connections be counted twice. */
const checkAccount = ({ label, needs }: Group): void => {
  const [first, ...others] = needs
  const other = others.find(({ account }) => account !== first?.account)

  if (first !== undefined && other !== undefined) {
    throw new RangeError(
      `the frequencies ${first.frequency} and ${other.frequency} use one key on ${label} but name the accounts ${first.account} and ` +
        `${other.account}: a key belongs to one account`,
    )
  }
}

/**
 * Says which sockets the frequencies need: grouped by address and key when `shared`, one for each frequency when `dedicated`.
 *
 *     per_second  T   socket    key A  ─┐
 *     per_minute  AM  socket    key A  ─┴─  socket.massive.com/stocks
 *     fair_value  FMV business  key B  ───  business.massive.com/stocks
 *
 * Frequencies that share a link by `linkOf` go on sharing it, as long as address and key are still the same for them.
 *
 * Pure: the same needs give the same plans, in the order in which the needs first mention them. How many connections an account may
 * hold is for `fitLinks`. A RangeError names two frequencies that want the same event type on one link, or one key under two
 * accounts, or an address that is none.
 */
export const planLinks = (
  needs: readonly LinkNeed[],
  mode: LinkMode,
  linkOf: LinkOf = () => undefined,
): readonly LinkPlan[] => {
  const seen = new Map<string, number>()

  return groupsOf(needs, mode, linkOf).map((group): LinkPlan => {
    checkEventTypes(group)
    checkAccount(group)

    const count = (seen.get(group.label) ?? 0) + 1
    seen.set(group.label, count)

    const [{ url, key, account }] = group.needs as [LinkNeed]

    return {
      id: count === 1 ? group.label : `${group.label}#${count}`,
      url,
      key,
      account,
      frequencies: [...new Set(group.needs.map(({ frequency }) => frequency))],
      eventTypes: [...new Set(group.needs.flatMap(({ eventTypes }) => eventTypes))],
      priority: Math.min(...group.needs.map(({ priority }) => priority)),
    }
  })
}
