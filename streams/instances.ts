import { defer, type OperatorFunction, Subject, Subscription } from 'rxjs'

import type { Stage } from './frequency.ts'

/** How an instance ended: it threw `error`, or without that key it completed. */
export interface Ending {
  readonly error?: unknown
}

export interface InstanceSinks {
  /** Something came out: while something was being pushed, or at a time of the operators' own. */
  readonly output: (output: unknown) => void
  /** An instance ended while nothing was being pushed: by a timer or a notifier of its own. */
  readonly ended: (how: Ending) => void
}

export interface Instances {
  /**
   * Pushes a value into the instance there is, or into a fresh one. Gives how that ended it, if it did: without an error it
   * has taken the value.
   */
  readonly push: (value: unknown) => Ending | undefined
  /** Nothing comes any more: lets the instance give what it still holds. Gives how it ended, if there was one. */
  readonly complete: () => Ending | undefined
  /** Unsubscribes the instance. */
  readonly unsubscribe: () => void
}

/**
 * The operators of a stage, built anew whenever the last instance has ended: one after the other, never two.
 *
 *     push         a  b        c      d     b = the operators throw, d = they complete
 *     instances    ^--!        ^------!     the next push builds the next one
 *
 * Operators that throw while they are built, or end before they can take the value, have failed at that value. No exception of
 * theirs gets out of here. Holds nothing but the one instance.
 */
export const instances = (stage: Stage, { output, ended }: InstanceSinks): Instances => {
  // What is pushed fits: `pipe` and `pipeBatches` have checked it.
  const build = stage.build as OperatorFunction<unknown, unknown>

  let input$: Subject<unknown> | undefined
  let subscription = Subscription.EMPTY
  let isBusy = false
  let ending: Ending | undefined

  const end = (how: Ending): void => {
    input$ = undefined
    if (isBusy) ending = how
    else ended(how)
  }

  const start = (): void => {
    const fresh$ = new Subject<unknown>()

    input$ = fresh$
    // There before the operators are built: they may have us unsubscribed while they are.
    subscription = new Subscription()
    subscription.add(
      defer(() => build(fresh$)).subscribe({
        next: output,
        error: (error: unknown) => end({ error }),
        complete: () => end({}),
      }),
    )
  }

  /** How the instance ended since it was made busy. */
  const settled = (): Ending | undefined => {
    const how = ending

    isBusy = false
    ending = undefined

    return how
  }

  return {
    push: (value) => {
      isBusy = true
      if (input$ === undefined) start()

      const into$ = input$

      into$?.next(value)

      const how = settled()

      if (into$ !== undefined || how === undefined || 'error' in how) return how

      return { error: new Error('the operators completed before they took an event') }
    },
    complete: () => {
      isBusy = true
      input$?.complete()

      return settled()
    },
    unsubscribe: () => subscription.unsubscribe(),
  }
}
