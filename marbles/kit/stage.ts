import { type Observable, Subscription } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'

import { difference } from './difference.ts'
import { type Happening, lengthOf, letters, read, type Values } from './diagram.ts'
import { MarbleMismatch } from './mismatch.ts'

/** What a comparison with a diagram is about. */
export interface Drawn {
  readonly what: string
  readonly source$: Observable<unknown>
  readonly diagram: string
  readonly values: Values
  readonly error?: unknown
  /** From when to when it is subscribed: frames. From the beginning to the end of the drawing. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  /** It is subscribed, and nothing comes of it. */
  readonly isIgnored?: boolean
  /** What of that which came is compared; all of it. */
  readonly of?: (received: readonly Happening[]) => readonly Happening[]
}

/** Virtual time, for one drawing: what happens in it, how long it is, and what is looked at when it is over. */
export interface Stage {
  readonly scheduler: TestScheduler
  /** The drawing is at least as long as this diagram. */
  reach(diagram: string): void
  schedule(frame: number, work: () => void): void
  /** Calls a function at the moments of its letter, before what is fed at that moment. */
  readonly at: (diagram: string, actions: Readonly<Record<string, () => void>>) => void
  /** What an Observable says, from now on or from a frame on. */
  record<T>(source$: Observable<T>, from?: number, until?: number): readonly Happening<T>[]
  expectDrawn(drawn: Drawn): void
  /** Called when the drawing is over; gives what is wrong. */
  check(check: () => string | undefined): void
  /** Called after everything else of the drawing. */
  atEnd(work: () => void): void
  readonly startsAt: (ms: number) => void
  /** How long the drawing is so far; once it is over, how long it was. */
  endFrame(): number
}

export interface StageOptions {
  /** Whether the drawing goes on until nothing is left to happen, or for another thousand moments, instead of ending with its last letter. */
  readonly isPlayedOut?: boolean
}

/** Plays one drawing. Gives everything that is wrong with it. */
export const onStage = (
  play: (stage: Stage) => void,
  { isPlayedOut = false }: StageOptions = {},
): readonly string[] => {
  const scheduler = new TestScheduler(() => undefined)
  const checks: (() => string | undefined)[] = []
  const ends: (() => void)[] = []
  const subscriptions = new Subscription()
  let endFrame = 0

  const stage: Stage = {
    scheduler,
    reach: (diagram) => {
      endFrame = Math.max(endFrame, lengthOf(diagram))
    },
    schedule: (frame, work) => {
      scheduler.schedule(work, frame)
    },
    at: (diagram, actions) => {
      stage.reach(diagram)
      for (const { frame, letter } of letters(diagram)) {
        if (letter === '|') continue
        const action = actions[letter]
        if (action === undefined)
          throw new RangeError(`the letter ${letter} has no action; there are ${Object.keys(actions).join(', ')}`)
        stage.schedule(frame, action)
      }
    },
    record: <T>(source$: Observable<T>, from?: number, until?: number) => {
      const happenings: Happening<T>[] = []
      const happens = (notification: Happening<T>['notification']): void => {
        happenings.push({ frame: scheduler.frame, notification })
      }
      const subscribe = (): void => {
        const subscription = source$.subscribe({
          next: (value) => {
            happens({ kind: 'N', value })
          },
          error: (error: unknown) => {
            happens({ kind: 'E', error })
          },
          complete: () => {
            happens({ kind: 'C' })
          },
        })
        subscriptions.add(subscription)
        if (until !== undefined) unsubscription.add(subscription)
      }
      const unsubscription = new Subscription()
      // Before what happens in that moment, as RxJS has it.
      if (until !== undefined) {
        stage.schedule(until, () => {
          unsubscription.unsubscribe()
        })
      }
      // At once when no moment is named: what an Observable says while it is subscribed belongs to moment 0.
      if (from === undefined) subscribe()
      else stage.schedule(from, subscribe)
      return happenings
    },
    expectDrawn: ({
      what,
      source$,
      diagram,
      values,
      error,
      from,
      until,
      isIgnored = false,
      of = (received) => received,
    }) => {
      stage.reach(diagram)
      const received = stage.record(source$, from, until)
      const expected = read(diagram, values, error)
      if (!isIgnored)
        checks.push(() =>
          difference(`${what} ${isSeveral.test(what) ? 'are' : 'is'} not as drawn`, expected, of(received), values),
        )
    },
    check: (check) => {
      checks.push(check)
    },
    atEnd: (work) => {
      ends.push(work)
    },
    startsAt: (ms) => {
      if (!Number.isFinite(ms)) throw new RangeError(`startsAt takes Unix milliseconds, not ${String(ms)}`)
      // Actions are placed by frame; whoever asks for the time asks here.
      scheduler.now = () => ms + scheduler.frame
    },
    endFrame: () => endFrame,
  }

  scheduler.run(() => {
    play(stage)

    scheduler.maxFrames = endFrame
    scheduler.flush()
    if (isPlayedOut) endFrame = playedOut(scheduler)

    // After everything else of the last moment.
    stage.schedule(endFrame + 1 - scheduler.frame, () => {
      subscriptions.unsubscribe()
      for (const work of ends) work()
    })
    // Or an interval that the page has left running would keep virtual time going for ever.
    scheduler.maxFrames = endFrame + 1
  })

  return checks.map((check) => check()).filter((message) => message !== undefined)
}

const isSeveral = /^the (?:gaps|dead letters|rejects) /

const furtherMomentsMax = 1000

/** Returns the last moment in which something happened. */
const playedOut = (scheduler: TestScheduler): number => {
  for (let i = 0; i < furtherMomentsMax; i += 1) {
    const next = scheduler.actions[0]?.delay
    if (next === undefined) break
    scheduler.maxFrames = next
    scheduler.flush()
  }
  return Math.max(scheduler.frame, 0)
}

/** Throws what is wrong with a drawing as one MarbleMismatch. */
export const orMismatch = (wrong: readonly string[]): void => {
  if (wrong.length > 0) throw new MarbleMismatch(wrong.join('\n'))
}
