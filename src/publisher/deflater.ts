import { constants, deflateRawSync } from 'node:zlib'

import type { OutFrame } from './frames.ts'
import { textFrame } from './textFrame.ts'

/** Frames compressed so far, and the bytes of their texts before and after. */
export interface Compression {
  frames: number
  bytesIn: number
  bytesOut: number
}

export interface Deflater {
  /** The compressed websocket frame, made once however many ask for it; the plain one where that would not be longer. */
  wireOf(frame: OutFrame): Buffer
  readonly figures: Readonly<Compression>
}

/**
 * A window of 4 KB: every client that accepts 12 bits or does not ask can read it, the Python client's library among those that ask
 * for 12. Longer windows and higher levels cost more time than they save bytes, docs/publisher.md has the figures.
 */
export const windowBits = 12
const level = 1

/** A message ends with an empty block, whose four bytes are not sent. RFC 7692, section 7.2.1. */
const tailLength = 4

/**
 * Compresses each frame for itself, without the context of earlier ones: only so does one compressed frame fit every client
 * that has agreed on permessage-deflate without context takeover, whenever it came.
 */
export const createDeflater = (bytesMin: number): Deflater => {
  const made = new WeakMap<OutFrame, Buffer>()
  const figures: Compression = { frames: 0, bytesIn: 0, bytesOut: 0 }

  const deflated = (frame: OutFrame): Buffer => {
    const block = deflateRawSync(frame.bytes, { level, windowBits, finishFlush: constants.Z_SYNC_FLUSH })
    const text = block.subarray(0, -tailLength)
    if (text.length >= frame.bytes.length) return frame.wire
    figures.frames += 1
    figures.bytesIn += frame.bytes.length
    figures.bytesOut += text.length
    const { whole, payload } = textFrame(text.length, true)
    payload.set(text)
    return whole
  }

  return {
    wireOf: (frame) => {
      if (frame.bytes.length < bytesMin) return frame.wire
      let wire = made.get(frame)
      if (wire === undefined) made.set(frame, (wire = deflated(frame)))
      return wire
    },
    figures,
  }
}
