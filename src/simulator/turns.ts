import { setImmediate } from 'node:timers/promises'

/** How long one turn of the event loop may be held: sockets and timers of the process wait no longer for it. */
const turnMs = 10

export interface Turns {
  /** Whether the time of this turn is used up. */
  spent(): boolean
  /** Lets the event loop go round once. Rejects with an AbortError when the signal aborts. */
  rest(): Promise<void>
}

/** Keeps a long loop from holding the process: ask `spent` now and then, and `rest` when it is. Real time only decides where the turns are cut. */
export const turns = (signal: AbortSignal): Turns => {
  let beganMs = performance.now()

  return {
    spent: () => performance.now() - beganMs >= turnMs,
    rest: async () => {
      await setImmediate(undefined, { signal })
      beganMs = performance.now()
    },
  }
}
