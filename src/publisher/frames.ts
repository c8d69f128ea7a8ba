import type { Batch } from '../../streams/codecs/batch.ts'
import { textFrame } from './textFrame.ts'

/** One event on its way out: the bytes it came in. */
export interface Held {
  readonly symbol: string
  readonly bytes: Uint8Array
  /** What it is about its symbol, where a frame has several of that: for who lags, a later one takes the place of an earlier of its kind. */
  readonly kind?: string
}

/** An event of a batch, as it came: no view of its bytes is made unless somebody asks for it. */
export class Passed implements Held {
  readonly batch: Batch
  readonly i: number
  readonly symbol: string
  readonly length: number

  /** Throws the EncodeError of an event that cannot be put on the wire. */
  constructor(batch: Batch, i: number, symbol: string) {
    this.batch = batch
    this.i = i
    this.symbol = symbol
    this.length = batch.wireLength(i)
  }

  get bytes(): Uint8Array {
    return this.batch.wire(this.i)
  }
}

const lengthOf = (event: Held): number => (event instanceof Passed ? event.length : event.bytes.length)

/** What is sent, as it is sent; any number of clients may hold the same one. */
export interface OutFrame {
  /** The JSON text. */
  readonly bytes: Buffer
  /** The websocket frame around it. */
  readonly wire: Buffer
  /** Events in it; 0 for statuses. */
  readonly events: number
}

const opening = 0x5b
const comma = 0x2c
const closing = 0x5d

/** Makes frames of events, and knows how long they have become. */
export interface Framer {
  /**
   * Events, as the bytes they came in, to JSON arrays of at most `frameBytesMax` bytes each, in order; an event that alone is
   * longer gets a frame of its own. Takes those from the index `from` on.
   */
  framesOf(events: readonly Held[], from?: number): readonly OutFrame[]
  /** Bytes of the longest one so far. */
  readonly longest: number
  /** How often one ended because of the bound. */
  readonly splits: number
}

/** Where those end that follow each other in one batch, from `first` on, which is the one at `from`. */
const endOfRow = (events: readonly Held[], first: Passed, from: number, to: number): number => {
  let i = from + 1
  for (; i < to; i += 1) {
    const event = events[i]
    if (!(event instanceof Passed) || event.batch !== first.batch || event.i !== first.i + i - from) break
  }
  return i
}

export const createFramer = (frameBytesMax: number): Framer => {
  let longest = 0
  let splits = 0

  const joined = (events: readonly Held[], from: number, to: number, size: number): OutFrame => {
    const { whole, payload } = textFrame(size)
    let at = 0
    for (let i = from; i < to;) {
      payload[at] = i === from ? opening : comma
      const event = events[i] as Held
      const next = event instanceof Passed ? endOfRow(events, event, i, to) : i + 1
      if (event instanceof Passed) at = event.batch.copyWire(payload, at + 1, event.i, event.i + next - i)
      else {
        payload.set(event.bytes, at + 1)
        at += event.bytes.length + 1
      }
      i = next
    }
    payload[at] = closing
    longest = Math.max(longest, size)
    return { bytes: payload, wire: whole, events: to - from }
  }

  return {
    framesOf: (events, from = 0) => {
      const frames: OutFrame[] = []
      let first = from
      // The brackets, and each event with the comma or bracket before it.
      let size = 1
      for (let i = from; i < events.length; i += 1) {
        const more = lengthOf(events[i] as Held) + 1
        if (i > first && size + more > frameBytesMax) {
          frames.push(joined(events, first, i, size))
          splits += 1
          first = i
          size = 1
        }
        size += more
      }
      if (first < events.length) frames.push(joined(events, first, events.length, size))
      return frames
    },
    get longest() {
      return longest
    },
    get splits() {
      return splits
    },
  }
}

/** A frame without events. */
export const frameOfText = (text: string): OutFrame => {
  const frame = textFrame(Buffer.byteLength(text))
  frame.payload.write(text)
  return { bytes: frame.payload, wire: frame.whole, events: 0 }
}
