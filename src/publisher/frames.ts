/** What is sent, as it is sent; any number of clients may hold the same one. */
export interface OutFrame {
  readonly bytes: Buffer
  /** Events in it; 0 for statuses. */
  readonly events: number
}

const opening = 0x5b
const comma = 0x2c
const closing = 0x5d

/**
 * Events, as the bytes they came in, to JSON arrays of at most `frameBytesMax` bytes each, in order; an event that alone is
 * longer gets a frame of its own. Takes those from the index `from` on.
 */
export const framesOfEvents = (
  events: readonly Uint8Array[],
  from: number,
  frameBytesMax: number,
): readonly OutFrame[] => {
  const frames: OutFrame[] = []
  let first = from
  // The brackets, and each event with the comma or bracket before it.
  let size = 1
  for (let i = from; i < events.length; i += 1) {
    const more = (events[i] as Uint8Array).length + 1
    if (i > first && size + more > frameBytesMax) {
      frames.push(joined(events, first, i, size))
      first = i
      size = 1
    }
    size += more
  }
  if (first < events.length) frames.push(joined(events, first, events.length, size))
  return frames
}

/** A frame without events. */
export const frameOfText = (text: string): OutFrame => ({ bytes: Buffer.from(text), events: 0 })

const joined = (events: readonly Uint8Array[], from: number, to: number, size: number): OutFrame => {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = from; i < to; i += 1) {
    const event = events[i] as Uint8Array
    bytes[at] = i === from ? opening : comma
    bytes.set(event, at + 1)
    at += event.length + 1
  }
  bytes[at] = closing
  return { bytes, events: to - from }
}
