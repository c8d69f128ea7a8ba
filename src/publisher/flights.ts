import type { OutFrame } from './frames.ts'
import type { Line } from './line.ts'
import type { Tally } from './tally.ts'

/** The frames of one client that are with its socket: handed over, and not yet taken by the network. */
export interface Flights {
  readonly count: number
  readonly events: number
  /** Before compression. */
  readonly bytes: number
  /** Events the network has taken. */
  readonly sent: number
  /** Frames the network has taken. */
  readonly taken: number
  /** `landed` is told of the events that were lost because the send failed: 0, or all of the frame. */
  send(frame: OutFrame, landed: (lost: number) => void): void
  /** The socket is gone: returns the events that were under way. Nothing lands any more. */
  end(): number
}

export const createFlights = (line: Line, total: Tally): Flights => {
  let count = 0
  let events = 0
  let bytes = 0
  let sent = 0
  let taken = 0
  let isOver = false

  return {
    get count() {
      return count
    },
    get events() {
      return events
    },
    get bytes() {
      return bytes
    },
    get sent() {
      return sent
    },
    get taken() {
      return taken
    },
    send: (frame, landed) => {
      const { length } = frame.bytes
      count += 1
      events += frame.events
      bytes += length
      line.send(frame, (error, wireBytes) => {
        // After the end everything has been counted already.
        if (isOver) return
        count -= 1
        events -= frame.events
        bytes -= length
        if (error === null) {
          taken += 1
          sent += frame.events
          total.events += frame.events
          total.frames += 1
          total.bytes += wireBytes
        }
        landed(error === null ? 0 : frame.events)
      })
    },
    end: () => {
      const lost = events
      isOver = true
      count = 0
      events = 0
      bytes = 0
      return lost
    },
  }
}
