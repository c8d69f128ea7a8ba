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
  const turns = inTurns(() => {
    for (const outbox of awake) {
      awake.delete(outbox)
      outbox.run()
      return awake.size > 0
    }
    return false
  })

  return {
    wake: (outbox) => {
      awake.add(outbox)
      turns.wake()
    },
    stop: () => {
      turns.stop()
    },
  }
}
