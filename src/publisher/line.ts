import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

import type { Deflater } from './deflater.ts'
import type { OutFrame } from './frames.ts'

/** The way to one client: takes frames, says when the network has them. */
export interface Line {
  /** `done` is told the bytes that went out, or the error; always in a later turn. */
  send(frame: OutFrame, done: (error: Error | null, bytes: number) => void): void
  /** Bytes with the socket. */
  readonly bufferedAmount: number
}

/**
 * Writes ready-made frames to the socket below `ws`, which goes on to read, and to write pings, pongs and closes.
 *
 *     outbox ─ frame ────────┐
 *     ws ─ ping, pong, close ┴─ socket
 *
 * Both write whole frames in one go, so they never interleave, as long as `ws` itself is never asked to compress: that is
 * why whatever is sent through it says `compress: false`. After a close frame nothing is written.
 */
export const createLine = (socket: WebSocket, raw: Duplex, deflater: Deflater | undefined): Line => {
  // Agreed by the listener, without context takeover.
  const compressor = socket.extensions.includes('permessage-deflate') ? deflater : undefined

  return {
    send: (frame, done) => {
      if (socket.readyState !== socket.OPEN) {
        process.nextTick(done, new Error('the connection is not open'), 0)
        return
      }
      const bytes = compressor === undefined ? frame.wire : compressor.wireOf(frame)
      raw.write(bytes, (error) => {
        done(error ?? null, bytes.length)
      })
    },
    get bufferedAmount() {
      return socket.bufferedAmount
    },
  }
}
