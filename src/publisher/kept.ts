/**
 * What is kept for one client that has no room for frames: only the latest event of each symbol, in tables that count here.
 *
 * Not offered to its queue yet: `waiting` events are in the tables, `conflated` were replaced by a later one, `abandoned` were
 * given up by the client before there was room for them.
 */
export interface Kept {
  readonly waiting: number
  readonly conflated: number
  readonly abandoned: number
  /** Of the events that wait. */
  readonly bytes: number
  /** Of all events that came since the last portion was sent, replaced or not. */
  readonly roundBytes: number
  /** An event has come, in place of one of `replacedBytes`, or of none. */
  add(bytes: number, replacedBytes?: number): void
  /** One has left for the queue. */
  take(bytes: number): void
  /** One is not wanted any more. */
  giveUp(bytes: number): void
  startRound(): void
  /** All that waits, which is nothing from now on. */
  clear(): number
}

/** `onMore` is told of each event that makes it more. */
export const createKept = (onMore: () => void): Kept => {
  let waiting = 0
  let conflated = 0
  let abandoned = 0
  let bytes = 0
  let roundBytes = 0

  return {
    get waiting() {
      return waiting
    },
    get conflated() {
      return conflated
    },
    get abandoned() {
      return abandoned
    },
    get bytes() {
      return bytes
    },
    get roundBytes() {
      return roundBytes
    },
    add: (more, replacedBytes) => {
      roundBytes += more
      bytes += more - (replacedBytes ?? 0)
      if (replacedBytes === undefined) waiting += 1
      else conflated += 1
      onMore()
    },
    take: (less) => {
      waiting -= 1
      bytes -= less
    },
    giveUp: (less) => {
      waiting -= 1
      bytes -= less
      abandoned += 1
    },
    startRound: () => {
      roundBytes = 0
    },
    clear: () => {
      const all = waiting
      waiting = 0
      bytes = 0
      return all
    },
  }
}
