import { asyncScheduler, Observable, Subject, type Subscription } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'

import { createEngine, type Engine } from '../../src/engine.ts'
import type { AnyFrequency, EngineOptions } from '../../src/engine/options.ts'
import type { Lane } from '../../streams/lane.ts'
import type { EventLike, StreamWord } from '../../streams/model.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { ReaderOptions } from '../../streams/reader.ts'
import { difference, type Happening, lengthOf, letters, read, type Values } from './diagram.ts'
import { hasLetters, letterEvent } from './events.ts'
import { noMachine } from './noMachine.ts'
import { scriptedVendor, type ScriptedVendor, type VendorScript } from './scriptedVendor.ts'

/** How the words of a frequency's state are drawn. */
export const stateLetters: Readonly<Record<string, StreamWord>> = {
  X: 'stopped',
  H: 'halted',
  E: 'evicted',
  F: 'refused',
  Q: 'quarantined',
  R: 'recovering',
  C: 'connecting',
  S: 'stale',
  q: 'quiet',
  L: 'live',
}

/** Sends what a diagram says. */
export interface Feed {
  /**
   * One frame at each moment with that moment's events of this type: `feed.T('-a-(bc)-#')`. A group is one frame; `#` loses the
   * link that carries the type, without a close frame; `|` is only an end of the drawing. Letters a to z have default
   * events; a value is an event or a list of them.
   */
  readonly T: (diagram: string, values?: Values) => void
  readonly A: (diagram: string, values?: Values) => void
  readonly Q: (diagram: string, values?: Values) => void
  readonly AM: (diagram: string, values?: Values) => void
  readonly FMV: (diagram: string, values?: Values) => void
  /** Events of any types, one frame a moment; every letter needs its value. */
  readonly events: (diagram: string, values: Values) => void
  /** The texts of whole frames, word for word, to the links that carry an event type, or to all. */
  readonly text: (diagram: string, values: Readonly<Record<string, string>>, eventType?: string) => void
}

export interface Expectation<T> {
  /** Compares with a diagram; letters without a value stand for themselves. */
  toBe(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): void
}

/** How a reader is driven. */
export interface PullOptions<E extends EventLike = EventLike, S = readonly E[]> extends ReaderOptions {
  /** At most this many events a pull. The lane's limit. */
  readonly max?: number
  /** The reader's name. `marble`. */
  readonly name?: string
  /** What to show of a pull; its events when left out. `see: ({ from, to, lostBefore }) => [from, to, lostBefore]` */
  readonly see?: (pulled: Pulled<E>) => S
}

export interface EngineMarbles {
  /** The real engine, started, on the scripted vendor. Its handshake is moment 0: feeds begin with a dash. More than one is possible: the newest is meant by what names a frequency. */
  engine<const F extends readonly AnyFrequency[]>(
    options: Omit<EngineOptions<F>, 'provider'> & { readonly provider?: EngineOptions['provider'] },
  ): Engine<F>
  readonly feed: Feed
  /** The scripted vendor's rules; before `engine`. */
  script(script: VendorScript): void
  readonly vendor: ScriptedVendor
  /** Anything observable. What is said at moment 0 before the handshake is over counts too. */
  expect<T>(source$: Observable<T>): Expectation<T>
  /** The events a frequency gives, after its operators. Letters have the default events of its first event type. */
  expectEvents(frequency: string, diagram: string, values?: Values): void
  /** The words of a frequency's state, see `stateLetters`: one per moment, the last said. */
  expectStates(frequency: string, diagram: string): void
  /** The events that became dead letters. */
  expectDeadLetters(frequency: string, diagram: string, values?: Values): void
  /** Gaps: o opened, c closed. */
  expectGaps(frequency: string, diagram: string): void
  /**
   * Opens a reader now and drives it by a diagram (p pulls, c commits all, r rewinds, x closes); gives what each pull brought,
   * the events as a list; a pull of nothing brings an empty one. An order comes before the events of its moment.
   */
  pulls<E extends EventLike, S = readonly E[]>(
    lane: Lane<E>,
    diagram: string,
    options?: PullOptions<E, S>,
  ): Observable<S>
  /** Calls a function at the moments of its letter, before the events of that moment: `at('--s---t', { s: () => …, t: () => … })`. */
  at(diagram: string, actions: Readonly<Record<string, () => void>>): void
  /**
   * What time it is at moment 0, Unix milliseconds; 0, in 1970, unless told otherwise. Before `engine`. Diagrams mean what they
   * meant: only clocks show it, so a page can cross an opening bell, a weekend or the end of daylight saving time.
   */
  startsAt(ms: number): void
  /** How long the drawing is at least, for what happens after the last letter: `lasts('2s')`. */
  lasts(time: string): void
  /** The next random number, until told otherwise; 0.5. Jitter and seeds come from here. */
  random: () => number
}

/** A drawing was not met: all that differs, diagram under diagram. */
export class MarbleMismatch extends Error {
  readonly _tag = 'MarbleMismatch'

  constructor(message: string) {
    super(message)
    this.name = 'MarbleMismatch'
  }
}

/**
 * A test of the real engine in virtual time.
 *
 *     it('keeps trades away from bars', engineMarbles((m) => {
 *       m.engine({ frequencies: [perSecond(), perMinute()] })
 *
 *       m.feed.T( '-a-b-')
 *       m.feed.AM('--a--')
 *
 *       m.expectEvents('per_second', '-a-b-')
 *       m.expectEvents('per_minute', '--a--')
 *     }))
 *
 * One character is one virtual millisecond. When the drawing is over the engine is closed, its ledger must balance, and every
 * drawing must be met; what differs is thrown as one `MarbleMismatch`. Needs no test runner.
 */
export const engineMarbles = (test: (m: EngineMarbles) => void) => (): void => {
  const scheduler = new TestScheduler(() => undefined)
  const checks: (() => string | undefined)[] = []
  const subscriptions: Subscription[] = []
  const engines: Engine[] = []
  let vendor = scriptedVendor()
  let endFrame = 0

  scheduler.run(() => {
    const reach = (diagram: string): void => {
      endFrame = Math.max(endFrame, lengthOf(diagram))
    }

    const schedule = (frame: number, work: () => void): void => {
      scheduler.schedule(work, frame)
    }

    const record = <T>(source$: Observable<T>): readonly Happening<T>[] => {
      const happenings: Happening<T>[] = []
      const frame = (): number => scheduler.frame
      subscriptions.push(
        source$.subscribe({
          next: (value) => {
            happenings.push({ frame: frame(), notification: { kind: 'N', value } })
          },
          error: (error: unknown) => {
            happenings.push({ frame: frame(), notification: { kind: 'E', error } })
          },
          complete: () => {
            happenings.push({ frame: frame(), notification: { kind: 'C' } })
          },
        }),
      )
      return happenings
    }

    const expectDrawn = <T>(
      what: string,
      source$: Observable<T>,
      diagram: string,
      values: Values,
      error?: unknown,
      perMoment = false,
    ): void => {
      reach(diagram)
      const received = record(source$)
      const expected = read(diagram, values, error)
      checks.push(() => difference(what, expected, perMoment ? lastPerMoment(received) : received, values))
    }

    const events = (eventType: string | undefined, diagram: string, values?: Values): void => {
      reach(diagram)
      const moments = new Map<number, EventLike[]>()
      for (const { frame, letter } of letters(diagram)) {
        if (letter === '|') continue
        notAtOnce(diagram, frame)
        if (letter === '#') {
          if (eventType === undefined)
            throw new RangeError('feed.events cannot lose a link: use the feed of an event type')
          schedule(frame, () => {
            vendor.lose(eventType)
          })
          continue
        }
        if (eventType === undefined && values?.[letter] === undefined)
          throw new RangeError(`feed.events: the letter ${letter} needs its event`)
        const value = values?.[letter] ?? letterEvent(eventType ?? '', letter)
        const moment = moments.get(frame) ?? []
        moments.set(frame, moment)
        moment.push(...((Array.isArray(value) ? value : [value]) as EventLike[]))
      }
      for (const [frame, sent] of moments) {
        schedule(frame, () => {
          vendor.send(sent)
        })
      }
    }

    const handleOf = (frequency: string) => {
      const engine = engines.at(-1)
      if (engine === undefined) throw new RangeError('make the engine first: m.engine({ frequencies: [...] })')
      return engine.frequency(frequency)
    }

    const letterValues = (frequency: string, diagram: string, values?: Values): Values => {
      const [eventType = ''] = handleOf(frequency).eventTypes
      const named = letters(diagram).filter(({ letter }) => letter !== '#' && letter !== '|')
      const drawn = named.map(({ letter }) => [letter, values?.[letter] ?? letterEvent(eventType, letter)] as const)
      // The other letters too: what came and was not drawn is then called by its name.
      return { ...(hasLetters(eventType) ? allLetters(eventType) : {}), ...values, ...Object.fromEntries(drawn) }
    }

    const m: EngineMarbles = {
      engine: (options) => {
        const engine = createEngine({
          provider: vendor.provider,
          ...options,
          runtime: {
            turn,
            random: () => m.random(),
            epoch: 'marble',
            stopwatch: () => asyncScheduler.now(),
            machine: noMachine,
            ...options.runtime,
          },
        })
        engines.push(engine)
        engine.start().catch((error: unknown) => {
          throw error
        })
        return engine
      },
      feed: {
        T: (diagram, values) => {
          events('T', diagram, values)
        },
        A: (diagram, values) => {
          events('A', diagram, values)
        },
        Q: (diagram, values) => {
          events('Q', diagram, values)
        },
        AM: (diagram, values) => {
          events('AM', diagram, values)
        },
        FMV: (diagram, values) => {
          events('FMV', diagram, values)
        },
        events: (diagram, values) => {
          events(undefined, diagram, values)
        },
        text: (diagram, values, eventType) => {
          reach(diagram)
          for (const { frame, letter } of letters(diagram)) {
            if (letter === '|') continue
            notAtOnce(diagram, frame)
            const text = values[letter]
            if (text === undefined) throw new RangeError(`feed.text: the letter ${letter} has no text`)
            schedule(frame, () => {
              vendor.sendText(text, eventType)
            })
          }
        },
      },
      script: (script) => {
        if (engines.length > 0) throw new RangeError('the script comes before the engine')
        vendor = scriptedVendor(script)
      },
      get vendor() {
        return vendor
      },
      expect: (source$) => ({
        toBe: (diagram, values = {}, error) => {
          expectDrawn('the Observable', source$, diagram, values, error)
        },
      }),
      expectEvents: (frequency, diagram, values) => {
        expectDrawn(
          `what ${frequency} gives`,
          handleOf(frequency).event$,
          diagram,
          letterValues(frequency, diagram, values),
        )
      },
      expectStates: (frequency, diagram) => {
        const word$ = wordsOf(handleOf(frequency).state$)
        expectDrawn(`the state of ${frequency}`, word$, diagram, stateLetters, undefined, true)
      },
      expectDeadLetters: (frequency, diagram, values) => {
        const buried$ = new Observable<unknown>((subscriber) =>
          handleOf(frequency).deadLetter$.subscribe(({ events: buried }) => {
            for (const event of buried) subscriber.next(event)
          }),
        )
        expectDrawn(`the dead letters of ${frequency}`, buried$, diagram, letterValues(frequency, diagram, values))
      },
      expectGaps: (frequency, diagram) => {
        const mark$ = new Observable<string>((subscriber) =>
          handleOf(frequency).gap$.subscribe(({ toMs }) => {
            subscriber.next(toMs === undefined ? 'o' : 'c')
          }),
        )
        expectDrawn(`the gaps of ${frequency}`, mark$, diagram, {})
      },
      pulls: <E extends EventLike, S>(
        lane: Lane<E>,
        diagram: string,
        { max, name = 'marble', from = 'oldest', see }: PullOptions<E, S> = {},
      ) => {
        const reader = lane.reader(name, { from })
        const batch$ = new Subject<S>()
        // Without `see` the type says so: S is the list of events then.
        const show = see ?? ((pulled: Pulled<E>) => [...pulled] as S)
        const orders: Readonly<Record<string, () => void>> = {
          p: () => {
            batch$.next(show(reader.pull(max === undefined ? {} : { max })))
          },
          c: () => {
            reader.commit()
          },
          r: () => {
            reader.rewind()
          },
          x: () => {
            reader.close()
          },
        }
        m.at(diagram, orders)
        return batch$.asObservable()
      },
      at: (diagram, actions) => {
        reach(diagram)
        for (const { frame, letter } of letters(diagram)) {
          if (letter === '|') continue
          const action = actions[letter]
          if (action === undefined)
            throw new RangeError(`the letter ${letter} has no action; there are ${Object.keys(actions).join(', ')}`)
          schedule(frame, action)
        }
      },
      startsAt: (ms) => {
        if (engines.length > 0) throw new RangeError('the time comes before the engine')
        if (!Number.isFinite(ms)) throw new RangeError(`startsAt takes Unix milliseconds, not ${String(ms)}`)
        // Actions are placed by frame; whoever asks for the time asks here.
        scheduler.now = () => ms + scheduler.frame
      },
      lasts: (time) => {
        reach(`${time} |`)
      },
      random: () => 0.5,
    }

    test(m)

    // After everything else of the last moment.
    schedule(endFrame + 1, () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
      for (const engine of engines) {
        checks.push(balanceOf(engine))
        void engine.close({ drainMs: 0 })
      }
    })
    // Or an interval that the page has left running would keep virtual time going for ever.
    scheduler.maxFrames = endFrame + 1
  })

  const wrong = checks.map((check) => check()).filter((message) => message !== undefined)
  if (wrong.length > 0) throw new MarbleMismatch(wrong.join('\n'))
}

const allLetters = (eventType: string): Values =>
  Object.fromEntries('abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => [letter, letterEvent(eventType, letter)]))

const notAtOnce = (diagram: string, frame: number): void => {
  if (frame === 0)
    throw new RangeError(
      `the feed ${JSON.stringify(diagram)} begins at moment 0, which is the handshake: begin with a dash`,
    )
}

const turn = (work: () => void): (() => void) => {
  const action = asyncScheduler.schedule(work)
  return () => {
    action.unsubscribe()
  }
}

const balanceOf = (engine: Engine) => {
  const ledger = engine.ledger()
  return (): string | undefined => {
    try {
      ledger.assertBalanced()
      return undefined
    } catch (error) {
      return String(error)
    }
  }
}

const lastPerMoment = (happenings: readonly Happening[]): readonly Happening[] => {
  const last = happenings.filter(({ frame }, i) => happenings[i + 1]?.frame !== frame)
  // The same word again is no change.
  return last.filter(({ notification }, i) => {
    const before = last[i - 1]?.notification
    return !(notification.kind === 'N' && before?.kind === 'N' && before.value === notification.value)
  })
}

const wordsOf = (state$: Observable<{ readonly word: StreamWord }>): Observable<StreamWord> =>
  new Observable((subscriber) =>
    state$.subscribe(({ word }) => {
      subscriber.next(word)
    }),
  )
