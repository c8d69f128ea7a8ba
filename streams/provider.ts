import type { LinkOptions } from './link/link.ts'
import type { OpenSocket } from './link/socket.ts'
import type { Secret } from './link/secret.ts'

/** Where one frequency is to be had. */
export interface Endpoint {
  /** `ws://` or `wss://`, host and market path. */
  readonly url: string
  readonly key: Secret
  /** Sockets are counted per vendor account, whatever the host. */
  readonly account: string
  /** How many the account may hold at one time; absent where that is not known. */
  readonly connectionsMax?: number
}

/** What a frequency says about where it wants to come from; all of it may be absent. */
export interface EndpointWish {
  readonly frequency: string
  readonly eventTypes: readonly string[]
  readonly url?: string
  readonly host?: string
  readonly key?: string
  readonly account?: string
}

/** A vendor, or what stands in for one. `src/providers` has polygon and simulated. */
export interface Provider {
  readonly name: string
  /** Throws RangeError, saying what is missing, when this frequency cannot be had. */
  endpoint(wish: EndpointWish): Endpoint
  readonly openSocket: OpenSocket
  /** Waits and limits that suit its links; what the engine is given for all links goes before. */
  readonly link?: Omit<LinkOptions, 'id' | 'url' | 'key' | 'openSocket' | 'random'>
  /** Called once before the first link connects. */
  start?(): Promise<void>
  /** Called once after the last link has closed. */
  close?(): Promise<void>
}
