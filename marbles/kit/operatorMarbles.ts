import type { Observable } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'

import { difference } from './difference.ts'
import { type Happening, letters, type Values } from './diagram.ts'
import { letterEvent, type LetterEvent } from './events.ts'
import { begunExpectations, checkObservable, perform } from './performed.ts'
import { onStage, orMismatch } from './stage.ts'

/** An Observable that was drawn, and knows when it was subscribed. */
export type DrawnSource<T> = Observable<T> & {
  readonly subscriptions: readonly { readonly subscribedFrame: number; readonly unsubscribedFrame: number }[]
}

export interface OperatorMarbles {
  /**
   * A hot Observable of market events: `m.events('T', '-a-b-|')`. The letters a to z have default events of that type; a value is an
   * event, of a type of your own too.
   */
  events<Type extends string, E = LetterEvent<Type>>(
    eventType: Type,
    diagram: string,
    values?: Readonly<Record<string, E>>,
    error?: unknown,
  ): DrawnSource<E>
  /** Speaks at its moments whoever listens; letters without a value stand for themselves. */
  hot<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): DrawnSource<T>
  /** Begins anew for everyone who subscribes. */
  cold<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): DrawnSource<T>
  /**
   * Compares what an Observable says with a diagram. It is subscribed at moment 0 until the drawing is over, or as a second diagram
   * says: `m.expect(x$, '--^---!')`.
   */
  expect<T>(
    source$: Observable<T>,
    subscribed?: string,
  ): { toBe(diagram: string, values?: Readonly<Record<string, unknown>>, error?: unknown): void }
  /** When a drawn source was subscribed, one diagram for each time: `m.expectSubscriptions(trade$, '^--!')`. None: never. */
  expectSubscriptions(source$: DrawnSource<unknown>, ...diagrams: readonly string[]): void
  /** How many milliseconds a diagram lasts up to its end: `m.time('----|')` is 4. */
  time(diagram: string): number
  /** Calls a function at the moments of its letter: `m.at('--x', { x: () => stop$.next() })`. */
  at(diagram: string, actions: Readonly<Record<string, () => void>>): void
  /** What time it is at moment 0, Unix milliseconds; 0 unless told otherwise. */
  startsAt(ms: number): void
  /** How long the drawing is at least: `m.lasts('2s')`. */
  lasts(time: string): void
}

/**
 * A test of operators in virtual time, without an engine.
 *
 *     it('gives each price once', operatorMarbles((m) => {
 *       const price$ = m.hot('-a-a-b-|')
 *
 *       m.expect(price$.pipe(distinctUntilChanged())).toBe('-a---b-|')
 *       m.expectSubscriptions(price$, '^------!')
 *     }))
 *
 * One character is one virtual millisecond. Virtual time goes on until nothing is left to happen, so what comes after the last letter
 * is seen too; what never ends is drawn with its unsubscription, `m.expect(x$, '^---!')`. Then everything is unsubscribed, and what
 * differs is thrown as one `MarbleMismatch`. Timers, `asyncScheduler` and `Date.now` of RxJS's own operators stand in virtual time;
 * promises and timers of Node do not. Needs no test runner.
 */
export const operatorMarbles = (test: (m: OperatorMarbles) => void) => (): void => {
  orMismatch(
    onStage(
      (stage) => {
        const { scheduler } = stage
        const source = (kind: 'hot' | 'cold') => {
          return <T>(diagram: string, values: Values = {}, error?: unknown): DrawnSource<T> => {
            // Also finds what RxJS would misread.
            const drawn = letters(diagram)
            const means = drawn.map(({ letter }) => [letter, letter in values ? values[letter] : letter] as const)
            const meant = Object.fromEntries(means) as Record<string, T>
            // A cold one begins when somebody subscribes.
            stage.reach(kind === 'hot' ? diagram : '-')
            const text = `${diagram} `
            return kind === 'hot'
              ? scheduler.createHotObservable<T>(text, meant, error)
              : scheduler.createColdObservable<T>(text, meant, error)
          }
        }

        const begun = begunExpectations()
        const m: OperatorMarbles = {
          events: (eventType, diagram, values, error) => {
            const named = letters(diagram).flatMap(({ letter }) =>
              letter === '#' || letter === '|'
                ? []
                : [[letter, values?.[letter] ?? letterEvent(eventType, letter)] as const],
            )
            return source('hot')(diagram, Object.fromEntries(named), error)
          },
          hot: source('hot'),
          cold: source('cold'),
          expect: (source$, subscribed) => {
            checkObservable(source$)
            return begun.begin('m.expect(…)', {
              toBe: (diagram, values = {}, error) => {
                const times = subscribed === undefined ? { from: 0 } : subscriptionOf(subscribed)
                if (subscribed !== undefined) stage.reach(subscribed.replaceAll(/[\^!]/g, '-'))
                stage.expectDrawn({ what: 'the Observable', source$, diagram, values, error, ...times })
              },
            })
          },
          expectSubscriptions: ({ subscriptions }, ...diagrams) => {
            for (const diagram of diagrams) stage.reach(diagram.replaceAll(/[\^!]/g, '-'))
            const expected = diagrams.map(subscriptionOf).flatMap(({ from, until }) => happeningsOf(from, until))
            stage.check(() => {
              const received = subscriptions.flatMap(({ subscribedFrame, unsubscribedFrame }) =>
                // What is still subscribed when the drawing is over is unsubscribed by the end, not by the operator.
                happeningsOf(subscribedFrame, unsubscribedFrame > stage.endFrame() ? Infinity : unsubscribedFrame),
              )
              return difference('the subscriptions are not as drawn', inOrder(expected), inOrder(received), {})
            })
          },
          time: (diagram) => {
            const end = letters(diagram).find(({ letter }) => letter === '|')
            if (end === undefined) throw new RangeError(`the time ${JSON.stringify(diagram)} has no end: "----|" is 4`)
            return end.frame
          },
          at: stage.at,
          startsAt: stage.startsAt,
          lasts: (time) => {
            stage.reach(`${time} |`)
          },
        }
        perform(test, m, begun)
      },
      { isPlayedOut: true },
    ),
  )
}

/** From when to when, in frames; without a `!` for ever. */
const subscriptionOf = (diagram: string): { readonly from: number; readonly until: number | undefined } => {
  const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(`${diagram} `, true)
  if (subscribedFrame === Infinity) {
    throw new RangeError(`the subscription ${JSON.stringify(diagram)} has no ^ where it begins: "^---!"`)
  }
  return { from: subscribedFrame, until: unsubscribedFrame === Infinity ? undefined : unsubscribedFrame }
}

const happeningsOf = (from: number, until: number | undefined): readonly Happening[] => [
  { frame: from, notification: { kind: 'N', value: '^' } },
  ...(until === undefined || until === Infinity
    ? []
    : [{ frame: until, notification: { kind: 'N' as const, value: '!' } }]),
]

const inOrder = (happenings: readonly Happening[]): readonly Happening[] =>
  [...happenings].sort((a, b) => a.frame - b.frame)
