import type { StatusWord } from '../vendorWire.ts'
import type { Rights } from './rights.ts'

/** What follows from one message. */
export interface Reply {
  /** Texts to send, in order. */
  readonly frames: readonly string[]
  /** What is listed differently now, in the words of the format: a client is seated anew for each of these. */
  readonly changed: readonly string[]
  /** `drop`: the TCP connection is cut without a close frame once the frames are out. `close`: a close handshake with 1008. */
  readonly then: 'stay' | 'drop' | 'close'
}

/** One client's side of a format's protocol: text in, texts out. No socket, no time. */
export interface Session {
  readonly state: 'unauthenticated' | 'authenticated' | 'ended'
  /** What it holds of what `channelsMax` bounds. */
  readonly size: number
  /** What it may have; undefined before it has authenticated. */
  readonly rights: Rights | undefined
  /** Right after the upgrade, unasked. */
  open(): Reply
  receive(text: string): Reply
  /** A message that was too long to be looked at. */
  tooLarge(): Reply
  /** The time allowed for `auth` is over. */
  timeOut(): Reply
}

/** A status in the words of a format, as the texts to send. */
export type Says = (status: StatusWord, message: string) => readonly string[]

/** Nothing to say, nothing changed. */
export const silence: Reply = { frames: [], changed: [], then: 'stay' }
