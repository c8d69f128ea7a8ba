import type { Observable } from 'rxjs'

/**
 * What one socket says, in order.
 *
 *     signal$    --o-f-f-p-f--(c|)     o = open, f = frame, p = pong, c = closed
 *
 * - `open`    the upgrade succeeded
 * - `frame`   one whole message, exactly its bytes; they are never reused or overwritten
 * - `pong`    the peer lives: it answered a ping of ours (`answer`), or pinged us (which is answered by the socket itself)
 * - `closed`  always the last one, also for a socket that never opened. `code` is that of the close frame, 1006 when none
 *             came, or our own (1009, 1007, 1002) when we could not take what came; `error` is what went wrong, if anything
 *
 * Nothing here ever holds a key: keys travel in what is sent, and what is sent is never repeated in a signal.
 */
export type SocketSignal =
  | { readonly kind: 'open' }
  | { readonly kind: 'frame'; readonly bytes: Buffer }
  | { readonly kind: 'pong'; readonly answer?: true }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string; readonly error?: Error }

/**
 * One websocket, once: what came to an end is not opened again.
 *
 * None of the functions throws (save `close` for a code that the protocol does not allow). `send` and `ping` do nothing unless the socket is open: that something was not sent is told
 * by `closed`, which then has come or is about to. A `pause` before the opening holds from the opening on; frames of the chunk
 * that had already been read still arrive after it.
 */
export interface Socket {
  /**
   * Cold: opens on subscribe. Completes after `closed`, never errors for what the peer or the network does. Unsubscribing
   * says 1000 to an open peer and terminates the socket without waiting for an answer, and nothing is heard of it again. A second subscription errors with `SocketUsed`.
   */
  readonly signal$: Observable<SocketSignal>
  send(text: string): void
  ping(): void
  pause(): void
  resume(): void
  /** Starts the closing handshake; `closed` follows when the peer answers, or in a while without. */
  close(code?: number, reason?: string): void
  /** Ends it without a handshake; `closed` follows at once. */
  terminate(): void
}

export interface SocketOptions {
  /** A longer message is not taken: the socket closes with 1009. Bytes. */
  readonly frameBytesMax: number
}

/** Makes a socket; it does not open before its `signal$` is subscribed. */
export type OpenSocket = (url: string, options: SocketOptions) => Socket

/** A socket was subscribed a second time. A mistake of the caller, never of the network. */
export class SocketUsed extends Error {
  readonly _tag = 'SocketUsed'

  constructor() {
    super('a socket opens once: make a new one')
    this.name = 'SocketUsed'
  }
}

/** The server answered the upgrade with an ordinary HTTP response. */
export class UpgradeRefused extends Error {
  readonly _tag = 'UpgradeRefused'
  readonly httpStatus: number

  constructor(httpStatus: number, statusText = '') {
    super(`the server refused the upgrade with HTTP ${`${String(httpStatus)} ${statusText}`.trim()}`)
    this.name = 'UpgradeRefused'
    this.httpStatus = httpStatus
  }
}
