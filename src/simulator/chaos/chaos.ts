import type { GarbageKind, LastingFault } from './fault.ts'
import type { Selector } from './selector.ts'

/**
 * Faults on demand: each is done at once to the connections that the selector fits, every one without, and returns how many these were. A wrong selector
 * or figure is a RangeError, and nothing is done.
 *
 * Connections that are half open, or on their way out, are out of reach. docs/simulator.md says how the vendor is known to do the same, and where it is a guess.
 */
export interface Chaos {
  /** The TCP connection is reset: no close frame, and what had not left is gone. */
  kill(selector?: Selector): number
  /** The network is gone and nobody has heard: nothing is sent, read or answered any more, the socket stays open. Events go on to be counted as sent. */
  halfOpen(selector?: Selector): number
  /** For so long nothing is sent, read or answered; then all of it, in order. Whole milliseconds from 1. */
  freeze(ms: number, selector?: Selector): number
  /** `slow_consumer`, and dropped, as with a full buffer. */
  slowReader(selector?: Selector): number
  /** A text message that is no JSON (`json`), one that is no UTF-8 (`utf8`), or bytes that are no websocket frame (`frame`). */
  garbage(kind: GarbageKind, selector?: Selector): number
  /** One message of so many bytes; default 16 MiB and one. */
  oversized(bytes?: number, selector?: Selector): number
  /** Pings are not answered any more, by these connections, until lifted; data go on. */
  noPong(selector?: Selector): number
  /** `max_connections` and 1008, as if another client of the account had come. */
  evict(selector?: Selector): number
  /**
   * From now on, until lifted, the keys are refused, and who is in by one of them is dropped. With a channel or a connection in the selector: the keys of those
   * that it fits now. Returns how many were dropped.
   */
  wrongKey(selector?: Selector): number
  /**
   * From now on, until lifted, `T` (every pair of it), `T.GME` or `T.*` (that pair) is refused with `not authorized` when it is asked for. What a connection holds
   * already it keeps. The selector's `channel` has no effect on who comes later.
   */
  refuse(channels: string | readonly string[], selector?: Selector): number
  /** `force_disconnect` and 1008. */
  forceDisconnect(selector?: Selector): number
  /** `auth_timeout` and 1008. */
  authTimeout(selector?: Selector): number
  /** Closed with 1011. */
  serverError(selector?: Selector): number
  /** Closed with 1001. */
  goingAway(selector?: Selector): number
  /** Takes back what lasts: all of it, or the one kind. Returns how many were taken back. */
  lift(fault?: LastingFault): number
}
