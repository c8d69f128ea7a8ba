/** How the vendor behaves towards those who connect. Every rule can change while it runs: `vendor.change`. */
export interface VendorRules {
  /** Channels or whole event types that are refused: `FMV.*`, `T.GME`, `FMV`. Asking for one is answered by `not authorized`. */
  readonly refuses?: readonly string[]
  /** Asked for, never answered: what the vendor does for a channel it does not know. */
  readonly ignores?: readonly string[]
  /** The key is wrong: `auth_failed`, then the connection is dropped. The same as `key: 'refused'`. */
  readonly refusesKey?: boolean
  /** What comes of a key: `good` (default), `refused`, `unanswered`, or `timedOut`: `auth_timeout`, then 1008. */
  readonly key?: 'good' | 'refused' | 'unanswered' | 'timedOut'
  /** Whoever connects is never told `connected`. */
  readonly isMute?: boolean
  /** The server does not answer while this holds: no connection opens. */
  readonly isDown?: boolean | (() => boolean)
  /**
   * How long what the vendor sends is on its way, milliseconds; 0. A function is asked for each frame, which is how a test decides jitter;
   * the order stays. What is on its way when a connection is lost, is lost.
   */
  readonly latencyMs?: number | (() => number)
  /** How subscriptions are answered. */
  readonly acks?: AckRules
  /** So many authenticated connections at once, over all addresses; one more is let in, and then one gets `max_connections` and 1008. */
  readonly connectionsMax?: number
  /** Which one that is: the one that was there (default), or the one that came. */
  readonly evicts?: 'older' | 'newer'
}

/** The shape of the answers to one message. Answers stay in the order of the messages, whatever the rules say. */
export interface AckRules {
  /** Milliseconds until the answer leaves; 0. */
  readonly lateMs?: number
  /** Milliseconds by which every further answer of a connection is later still; 0. Some, and no answer falls into the moment of a limit that began with one. */
  readonly driftMs?: number
  /** `asked` (default), `reversed`, or the refusals before (`errorsFirst`) or after (`errorsLast`) all others. */
  readonly order?: 'asked' | 'reversed' | 'errorsFirst' | 'errorsLast'
  /** Every status in a frame of its own, instead of all in one. */
  readonly isApart?: boolean
  /** How often each is said; 1. */
  readonly times?: number
  /** One `not authorized` for all refused pairs of a message, instead of one for each. */
  readonly isErrorShared?: boolean
  /** What was asked for is done, and no acknowledgement is said; refusals are. */
  readonly isLost?: boolean
}

/** The rules in force, some of them for certain addresses only. */
export interface RuleBook {
  /** An address is meant by its end: `/stocks`. Without one the rule holds everywhere, and takes back what addresses had of it. */
  change(rules: VendorRules, address?: string): void
  at(url: string): VendorRules
}

export const ruleBook = (script: VendorRules): RuleBook => {
  let everywhere = script
  const special = new Map<string, VendorRules>()

  return {
    change: (rules, address) => {
      if (address !== undefined) {
        special.set(address, { ...special.get(address), ...rules })
        return
      }
      everywhere = { ...everywhere, ...rules }
      for (const [end, own] of special) {
        special.set(end, Object.fromEntries(Object.entries(own).filter(([rule]) => !(rule in rules))))
      }
    },
    at: (url) => {
      let rules = everywhere
      for (const [end, own] of special) if (url.endsWith(end)) rules = { ...rules, ...own }
      return rules
    },
  }
}

/** Whether a pair, `T.GME`, is one of these channels, or of one of these event types. */
export const matches = (patterns: readonly string[] | undefined, pair: string): boolean =>
  patterns?.some((pattern) => pair === pattern || pair.startsWith(`${pattern}.`)) ?? false
