import { knownChannels } from './subscriptions.ts'

/** The hosts of the vendor that presented a real certificate and carry the stocks channels; docs/protocol.md, section 1. */
export const hostStems = ['socket', 'delayed', 'business', 'delayed-business'] as const
export type HostStem = (typeof hostStems)[number]

export const plans = ['basic', 'starter', 'developer', 'advanced', 'business'] as const
export type Plan = (typeof plans)[number]

/** What a key gets from one host. */
export interface Access {
  /** Told instead of `auth_success`, before the connection is dropped. */
  readonly failure?: string
  /** Told as an `error` right after `auth_success`. */
  readonly complaint?: string
  /** Channels whose pairs are accepted; every other pair of a known channel is refused. */
  readonly channels: ReadonlySet<string>
}

export const everything: Access = { channels: knownChannels }

/** What follows the known beginning of a text is ours: docs/protocol.md gives no more of it. */
const complaint = "You don't have access real-time data. See https://massive.com/pricing for the plans that have."

const nothing: ReadonlySet<string> = new Set()
const only = (...channels: readonly string[]): Access => ({ channels: new Set(channels) })
const refused: Access = { channels: nothing }
const delayedOnly: Access = { complaint, channels: nothing }
const noWebsockets: Access = {
  failure: "Your plan doesn't include websocket access. Visit https://massive.com/pricing to upgrade.",
  channels: nothing,
}
const realTime = only('T', 'Q', 'A', 'AM', 'LULD')

/**
 * Plan and host to what is allowed. Where docs/protocol.md, section 1, has nothing (`?`), everything is refused, and the real-time plan has its own
 * channels late as well.
 */
// prettier-ignore
const table: Readonly<Record<Plan, Readonly<Record<HostStem, Access>>>> = {
  //           socket                  delayed                        business ?                    delayed-business ?
  basic:     { socket: noWebsockets, delayed: noWebsockets,         business: noWebsockets,       'delayed-business': noWebsockets },
  starter:   { socket: delayedOnly,  delayed: only('A', 'AM'),      business: refused,            'delayed-business': refused },
  developer: { socket: delayedOnly,  delayed: only('A', 'AM', 'T'), business: refused,            'delayed-business': refused },
  advanced:  { socket: realTime,     delayed: realTime,             business: refused,            'delayed-business': refused },
  business:  { socket: delayedOnly,  delayed: refused,              business: only('FMV', 'AM'),  'delayed-business': only('T', 'Q') },
}

/** `agreements`: the exchange agreements of a Business account are signed, which opens `T`, `Q` and `A` on `business`. */
export const accessOf = (plan: Plan | undefined, stem: HostStem, agreements: boolean): Access => {
  if (plan === undefined) return everything
  if (plan === 'business' && stem === 'business' && agreements) return only('FMV', 'AM', 'T', 'Q', 'A')

  return table[plan][stem]
}

export const isDelayed = (stem: HostStem): boolean => stem.startsWith('delayed')
