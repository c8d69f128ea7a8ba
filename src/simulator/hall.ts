import type { WebSocket } from 'ws'
import { occupancy, type Evict, type Login, type Occupancy } from './accounts.ts'
import { createRules, type Rules } from './chaos/rules.ts'
import type { Client } from './driver.ts'
import type { HostStem } from './plans.ts'
import { coinOf } from './random.ts'
import { tally, type Tally } from './sent.ts'

/** A client with what only the servers need to know of it. */
export interface Seat extends Client {
  readonly stem: HostStem
  /** What it asked that host for, without query and without a slash at the end. */
  readonly path: string
  /** Undefined before it has authenticated. */
  readonly login: Login | undefined
  readonly socket: WebSocket
  /** `address:port` of the other side. */
  readonly remote: string
  /** Tells it that its account has too many connections, and closes it. */
  readonly evict: () => void
  /** It gets nothing more, and is in nobody's way. */
  readonly leave: () => void
  answersPings: boolean
}

/** Everybody who is or was connected to any of the hosts. */
export interface Hall {
  /** Connected now, oldest first. */
  readonly seats: Set<Seat>
  /** The last thousand that have left, oldest first. */
  readonly left: { readonly id: number; readonly tally: Tally }[]
  /** Over all connections since the start. */
  readonly total: Tally
  readonly occupancy: Occupancy<Seat>
  readonly rules: Rules
  /** Counts connections, from 1. */
  nextId(): number
}

export const hall = ({ evict, seed }: { readonly evict: Evict; readonly seed: number }): Hall => {
  let lastId = 0

  return {
    seats: new Set(),
    left: [],
    total: tally(),
    occupancy: occupancy(evict, coinOf(seed, 0)),
    rules: createRules(),
    nextId: () => ++lastId,
  }
}
