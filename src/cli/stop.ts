import { exitCodes, Failure } from './errors.ts'
import type { Io } from './io.ts'

export interface Stop {
  /** Resolves when it is time to end: a signal, the time is up, or nobody reads any more. Rejects when the output failed. */
  readonly asked: Promise<void>
  /** Starts the time, if there is one. */
  readonly startClock: () => void
  /** Leaves no timer and no listener. */
  readonly release: () => void
}

/**
 * npm hands a Ctrl-C on to the process that the terminal has told already: within this time two are one. Nobody presses
 * the key twice as fast.
 */
const echoMs = 300

/** When to end. The first signal asks; the next one, pressed later, leaves at once with 130. */
export const stopOf = (io: Io, { seconds }: { readonly seconds: number | undefined }): Stop => {
  let askedAtMs: number | undefined
  let clock: NodeJS.Timeout | undefined
  let resolve: () => void = () => {}
  let reject: (error: Error) => void = () => {}
  const asked = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Whoever awaits it hears of it; before that it must not end the process.
  asked.catch(() => {})

  const ask = (): void => {
    askedAtMs ??= performance.now()
    resolve()
  }
  const offSignal = io.onSignal(() => {
    if (askedAtMs !== undefined && performance.now() - askedAtMs > echoMs) io.leave(exitCodes.interrupted)
    ask()
  })
  const offOutput = io.onOutputLost((error) => {
    // A closed pipe, as of `head`, is an end like another.
    if (error.code === 'EPIPE') ask()
    else reject(new Failure(`cannot write the output: ${error.message}`))
  })

  return {
    asked,
    startClock: () => {
      if (seconds !== undefined) clock = setTimeout(ask, seconds * 1000)
    },
    release: () => {
      clearTimeout(clock)
      offSignal()
      offOutput()
    },
  }
}
