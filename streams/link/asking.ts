import {
  asyncScheduler,
  defer,
  filter,
  ignoreElements,
  type Observable,
  startWith,
  Subject,
  Subscription,
  take,
  timer,
} from 'rxjs'

import type { Status } from '../model.ts'
import { rounds, type RoundsOptions } from './rounds.ts'
import { silence } from './silence.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface AskingOptions {
  /** How long a message may go without an answer; each answer starts it anew. */
  readonly ackLimitMs: number
  /** The least time between two messages that are parts of one list. */
  readonly chunkPauseMs: number
  /** How refused channels are asked for again. */
  readonly askAgain: Pick<RoundsOptions, 'initialMs' | 'capMs'>
  readonly random: () => number
}

export interface AskingSources {
  readonly subscriptions: Subscriptions
  /** While it is `true` no answer can be heard. Replays its latest. */
  readonly paused$: Observable<boolean>
  readonly send: (text: string) => void
  /** Called after each change of `subscriptions`. */
  readonly changed: () => void
}

/** The conversation about channels of one live session. Ends with `subscription`. */
export interface Asking {
  /** What is wanted may be something else now: sends the next message, if there is one and none is in flight. */
  look(): void
  /** Whether the status was an answer. */
  hear(status: Status): boolean
  /** All timers are in here. */
  readonly subscription: Subscription
}

/**
 * Makes the server's subscriptions equal to the wanted ones, for as long as the session is live.
 *
 *     asks      s----s--s-------u-s            s = subscribe, u = unsubscribe: one in flight, parts of a long list with a rest between
 *     answers   --a-a-aa------     a           without any for ackLimitMs what is open is decided
 *
 * Refused channels are asked for again in rounds. Holds what `subscriptions` holds; unsubscribing leaves no timer.
 */
export const asking = (options: AskingOptions, sources: AskingSources): Asking => {
  const { subscriptions, paused$, send } = sources
  const subscription = new Subscription()
  const changed$ = new Subject<void>()
  let answeredMs = asyncScheduler.now()
  let isResting = false
  let ackLimit = Subscription.EMPTY

  const changed = (): void => {
    sources.changed()
    changed$.next()
  }

  /** A long list does not go out in one breath: how fast the server takes messages is not documented. */
  const rest = (): void => {
    if (options.chunkPauseMs === 0 || !subscriptions.isPartial()) return
    isResting = true
    subscription.add(
      timer(options.chunkPauseMs).subscribe(() => {
        isResting = false
        ask()
      }),
    )
  }

  const ask = (): void => {
    if (subscription.closed || isResting || subscriptions.isWaiting()) return
    ackLimit.unsubscribe()

    const message = subscriptions.next()

    if (message === undefined) return
    rest()
    answeredMs = asyncScheduler.now()
    ackLimit = silence({ quietMs: options.ackLimitMs, heardMs: () => answeredMs, paused$ }).subscribe(() => {
      subscriptions.overdue()
      changed()
      ask()
    })
    subscription.add(ackLimit)
    changed()
    // Last: the answer may come within this call.
    send(JSON.stringify(message))
  }

  /** Asks for what is refused once more, and is over when nothing of it waits for an answer. */
  const round$ = defer(() => {
    subscriptions.askAgain()
    ask()

    return changed$.pipe(
      startWith(undefined),
      filter(() => !subscriptions.isAskingAgain()),
      take(1),
      ignoreElements(),
    )
  })

  const { askAgain, random } = options

  subscription.add(
    rounds({ ...askAgain, random, isNeeded: () => subscriptions.hasRefused(), changed$, round$ }).subscribe(),
  )

  return {
    look: () => {
      changed$.next()
      ask()
    },
    hear: (status) => {
      if (!subscriptions.hear(status)) return false
      answeredMs = asyncScheduler.now()
      changed()
      ask()

      return true
    },
    subscription,
  }
}
