import { inTurns } from './turns.ts'

/** Something that has a little to send. */
interface Sending {
  run(): void
}

export interface Sender {
  /** This one has something to send; its turn comes after those that had before it. */
  wake(outbox: Sending): void
  stop(): void
}

/** Sends for all clients, one after the other, a little at a time: a large frame for a thousand of them would hold the loop for 12 ms. */
export const createSender = (): Sender => {
  const awake = new Set<Sending>()
  // In the order of their waking. A set that is emptied from its front keeps empty places there, which each look would have to pass.
  let row: Sending[] = []
  let next = 0

  const turns = inTurns(() => {
    const outbox = row[next]
    if (outbox === undefined) return false
    next += 1
    if (next === row.length) {
      row = []
      next = 0
    }
    awake.delete(outbox)
    outbox.run()
    return row.length > 0
  })

  return {
    wake: (outbox) => {
      if (awake.has(outbox)) return
      awake.add(outbox)
      row.push(outbox)
      turns.wake()
    },
    stop: () => {
      turns.stop()
    },
  }
}
