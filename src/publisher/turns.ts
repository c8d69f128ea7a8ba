/** How long one turn of the loop may be held: sockets and timers of the process wait no longer for it. */
const turnMs = 2

export interface Turns {
  /** There is something to do, in a later turn. */
  wake(): void
  /** For good. */
  stop(): void
}

/**
 * Does a long row of small things without holding the loop: calls `step` until it says that nothing is left, for at most
 * two milliseconds, and goes on in the next turn, with sockets served in between. Real time only decides where the turns are cut.
 */
export const inTurns = (step: () => boolean): Turns => {
  let next: NodeJS.Immediate | undefined
  let isStopped = false

  const run = (): void => {
    next = undefined
    const beganMs = performance.now()
    while (step()) {
      if (performance.now() - beganMs < turnMs) continue
      wake()
      return
    }
  }

  const wake = (): void => {
    if (!isStopped) next ??= setImmediate(run)
  }

  return {
    wake,
    stop: () => {
      isStopped = true
      clearImmediate(next)
    },
  }
}
