import type { OutFrame } from './frames.ts'

/** Frames in the order they came. */
export interface FrameQueue {
  readonly isEmpty: boolean
  readonly bytes: number
  readonly events: number
  /** The part of `bytes` that carries no events. */
  readonly statusBytes: number
  add(frame: OutFrame): void
  /** The oldest one; there must be one. */
  take(): OutFrame
  clear(): void
}

/** Taking costs nothing that grows with the length. */
export const createFrameQueue = (): FrameQueue => {
  let frames: OutFrame[] = []
  let head = 0
  let bytes = 0
  let events = 0
  let statusBytes = 0

  const count = (frame: OutFrame, sign: 1 | -1): void => {
    bytes += sign * frame.bytes.length
    events += sign * frame.events
    if (frame.events === 0) statusBytes += sign * frame.bytes.length
  }

  return {
    get isEmpty() {
      return head === frames.length
    },
    get bytes() {
      return bytes
    },
    get events() {
      return events
    },
    get statusBytes() {
      return statusBytes
    },
    add: (frame) => {
      frames.push(frame)
      count(frame, 1)
    },
    take: () => {
      const frame = frames[head] as OutFrame
      head += 1
      if (head === frames.length) {
        frames = []
        head = 0
      } else if (head > 256 && head * 2 > frames.length) {
        frames = frames.slice(head)
        head = 0
      }
      count(frame, -1)
      return frame
    },
    clear: () => {
      frames = []
      head = 0
      bytes = 0
      events = 0
      statusBytes = 0
    },
  }
}
