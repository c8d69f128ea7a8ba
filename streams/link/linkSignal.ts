import type { ChannelsState, Frame, LinkCause, LinkState, Status } from '../model.ts'

/**
 * What a link says.
 *
 *     link    s-s-s--c-f-f-c-f--l-s----s-s-s--c-f-     s = state, c = channels, f = frame, l = lost
 *
 * - `frame`     one message of the session that is up; `run`, in its place, several small ones that came at once
 * - `lost`      exactly once at the end of each session that had become live, after its last frame. It travels the way of the
 *               frames, so that a gap has its exact position. A session that we close because nothing is wanted is not lost
 * - `state`     each change of the link's state
 * - `channels`  what the server is known to send us; equal ones are not repeated, and what changes within one turn is one
 */
export type LinkSignal =
  | FrameSignal
  | FrameRun
  | {
      readonly kind: 'lost'
      readonly session: number
      readonly cause: LinkCause
      /** Arrival of the session's last frame or pong, Unix milliseconds of the engine's clock. */
      readonly lastHeardMs: number
    }
  | { readonly kind: 'state'; readonly state: LinkState }
  | { readonly kind: 'channels'; readonly channels: ChannelsState }

/** One message of the session that is up. */
export interface FrameSignal {
  readonly kind: 'frame'
  readonly frame: Frame
}

/** Small messages that were read at once: they lie in one block of memory, one behind the other. */
export interface FrameRun extends Omit<Frame, 'bytes'> {
  readonly kind: 'run'
  readonly frames: readonly Buffer[]
  /** The sum of theirs. */
  readonly bytes: number
  readonly block: ArrayBufferLike
}

/** A status as it comes back from decode: in order with the data, tagged with the session of its frame. */
export interface SessionStatus {
  readonly session: number
  readonly status: Status
}
