import { asyncScheduler, type Observable } from 'rxjs'

import { createEngine, type Engine } from '../../src/engine.ts'
import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { LedgerSnapshot } from '../../streams/ledger.ts'
import { createBooks } from './books.ts'
import { letters, type Values } from './diagram.ts'
import { letterEvent, letterValues } from './events.ts'
import { type Fault, faultLetters } from './faults.ts'
import { feedOf } from './feed.ts'
import { disorderOf, lossesOf } from './losses.ts'
import { noMachine } from './noMachine.ts'
import type { EngineMarbles, EnginePage, Expectation, FrequencyExpectation } from './page.ts'
import { begunExpectations, checkObservable, perform } from './performed.ts'
import { pullsOf } from './pulls.ts'
import type { ScriptedVendor, VendorScript } from './scriptedVendor.ts'
import { influenceOf, lastPerMoment, seen, type ViewName, viewsOf } from './seen.ts'
import { onStage, type Stage } from './stage.ts'
import { followedEngine, watchedVendor } from './watching.ts'
import { withoutOf } from './without.ts'

export interface PlayOptions {
  /** Leaves out all there is to see of this frequency. */
  readonly without?: string
  /** Only what `judge` expects counts, not what the page does. */
  readonly judge?: (judged: Judged) => void
}

/** What a page may be judged by from outside. */
export interface Judged {
  readonly stage: Stage
  readonly frequencies: readonly string[]
  readonly handleOf: (frequency: string) => FrequencyHandle
  readonly expectation: (frequency: string) => FrequencyExpectation
}

/** Plays a page once. Gives all that is wrong. */
export const play = (page: EnginePage, { without: left, judge }: PlayOptions = {}): readonly string[] =>
  onStage((stage) => {
    const books = createBooks(() => stage.scheduler.frame)
    const without = left === undefined ? undefined : withoutOf(left)
    const begun = begunExpectations()
    const engines: Engine[] = []
    let isPageOver = false
    let script: VendorScript = {}
    let vendor: ScriptedVendor | undefined

    /** The page's own expectations count only when nobody else judges. */
    const isIdle = (): boolean => judge !== undefined && !isPageOver

    const theVendor = (): ScriptedVendor => {
      if (vendor !== undefined) return vendor
      const bare = watchedVendor(script, books)
      return (vendor = without === undefined ? bare : without.vendor(bare))
    }

    const engineNow = (): Engine => {
      const engine = engines.at(-1)
      if (engine === undefined) throw new RangeError('make the engine first: m.engine({ frequencies: [...] })')
      return engine
    }

    const handleOf = (frequency: string): FrequencyHandle => engineNow().frequency(frequency)

    const expectView = (name: string, view: ViewName, diagram: string, own?: Values): void => {
      if (isIdle()) {
        stage.reach(diagram)
        return
      }
      const { what, source$, values, isState = false } = viewsOf(handleOf(name))[view]
      if (own === undefined) checkLetters(what, diagram, values)
      stage.expectDrawn({
        what,
        source$,
        diagram,
        values: own ?? values,
        ...(isState ? { of: lastPerMoment } : {}),
      })
    }

    /** Every letter of the diagram has to mean an event. */
    const letterEvents = (frequency: string, diagram: string, values?: Values): Values => {
      const [eventType = ''] = handleOf(frequency).eventTypes
      const named = letters(diagram).filter(({ letter }) => letter !== '#' && letter !== '|')
      const drawn = named.map(({ letter }) => [letter, values?.[letter] ?? letterEvent(eventType, letter)] as const)
      // The other letters too: what came and was not drawn is then called by its name.
      return { ...letterValues(eventType), ...values, ...Object.fromEntries(drawn) }
    }

    const expectation = (frequency: string): FrequencyExpectation => {
      const handle = handleOf(frequency)
      const isUnheard = isIdle()
      const values = letterValues(handle.eventTypes[0] ?? '')
      const loses = (isSilentOnly: boolean) => (): void => {
        if (isUnheard) return
        const account = books.follow(handle)
        stage.check(() => lossesOf(account, books, isSilentOnly, values))
      }
      return {
        toLoseNothing: loses(false),
        toLoseNothingSilently: loses(true),
        toKeepOrder: () => {
          if (isUnheard) return
          const account = books.follow(handle)
          stage.check(() => disorderOf(account, values))
        },
        toBeIsolatedFrom: (other) => {
          handleOf(other)
          if (other === frequency) throw new RangeError(`${other} cannot be isolated from itself`)
          if (isUnheard) return
          const withOther = seen(stage, handle)
          stage.check(() => {
            let withoutOther: ReturnType<typeof seen> | undefined
            const judgeOnly = ({ stage: again, handleOf: of }: Judged): void => {
              withoutOther = seen(again, of(frequency))
            }
            play(page, { without: other, judge: judgeOnly })
            return influenceOf(frequency, other, withOther, withoutOther)
          })
        },
      }
    }

    const drawnBy = (source$: Observable<unknown>): Expectation<unknown> => ({
      toBe: (diagram, values = {}, error) => {
        // It is subscribed even when nobody looks: a reader that is opened by it belongs to the page.
        stage.expectDrawn({ what: 'the Observable', source$, diagram, values, error, isIgnored: isIdle() })
      },
    })

    const m: EngineMarbles = {
      engine: (options) => {
        const frequencies = without === undefined ? options.frequencies : options.frequencies.map(without.frequency)
        if (without !== undefined && options.frequencies.every(({ name }) => name !== left))
          throw new RangeError(`no frequency ${JSON.stringify(left)} in this page`)
        const engine = createEngine({
          provider: theVendor().provider,
          ...options,
          frequencies,
          runtime: {
            turn,
            random: () => m.random(),
            epoch: 'marble',
            stopwatch: () => asyncScheduler.now(),
            machine: noMachine,
            warmsUp: false,
            ...options.runtime,
          },
        })
        // Rules that came before the engine did not know the event types of the frequency that is left out.
        if (without !== undefined) theVendor().change(script)
        books.open(frequencies, options.provider === undefined)
        const shown = followedEngine(engine, books, without)
        engines.push(shown)
        engine.start().catch((error: unknown) => {
          throw error
        })
        stage.atEnd(() => {
          if (engines.length === 1) books.close(engine.health(), theVendor().connections())
          const ledger = engine.ledger()
          if (without === undefined) stage.check(() => imbalanceOf(ledger))
          void engine.close({ drainMs: 0 })
        })
        return shown
      },
      feed: feedOf(stage, theVendor, books),
      script: (rules) => {
        if (engines.length > 0) throw new RangeError('the script comes before the engine')
        script = rules
        vendor = undefined
      },
      get vendor() {
        return theVendor()
      },
      faults: (diagram, where) => {
        const faults: Readonly<Record<string, Fault>> = faultLetters
        stage.reach(diagram)
        for (const { frame, letter } of letters(diagram)) {
          if (letter === '|') continue
          const fault = faults[letter]
          if (fault === undefined)
            throw new RangeError(`the letter ${letter} is no fault; there are ${Object.keys(faults).join(', ')}`)
          stage.schedule(frame, () => {
            if (fault(theVendor(), where) === 0)
              throw new RangeError(
                `the fault ${letter} at ${String(frame)} of ${JSON.stringify(diagram)} met no connection`,
              )
          })
        }
      },
      // One name for both, as the overloads say.
      expect: ((about: unknown) => {
        if (typeof about === 'string') return begun.begin(`m.expect(${JSON.stringify(about)})`, expectation(about))
        checkObservable(about)
        return begun.begin('m.expect(…)', drawnBy(about as Observable<unknown>))
      }) as EngineMarbles['expect'],
      expectEvents: (frequency, diagram, values) => {
        expectView(frequency, 'events', diagram, letterEvents(frequency, diagram, values))
      },
      expectStates: (frequency, diagram) => {
        expectView(frequency, 'states', diagram)
      },
      expectDeadLetters: (frequency, diagram, values) => {
        expectView(frequency, 'deadLetters', diagram, letterEvents(frequency, diagram, values))
      },
      expectRejects: (frequency, diagram) => {
        expectView(frequency, 'rejects', diagram)
      },
      expectGaps: (frequency, diagram) => {
        expectView(frequency, 'gaps', diagram)
      },
      pulls: pullsOf(stage, books),
      at: stage.at,
      startsAt: (ms) => {
        if (engines.length > 0) throw new RangeError('the time comes before the engine')
        stage.startsAt(ms)
      },
      lasts: (time) => {
        stage.reach(`${time} |`)
      },
      random: () => 0.5,
    }

    perform(page, m, begun)

    isPageOver = true
    judge?.({ stage, frequencies: engineNow().frequencies.map(({ name }) => name), handleOf, expectation })
  })

/** States, gaps and rejects have letters of their own. */
const checkLetters = (what: string, diagram: string, values: Values): void => {
  for (const { letter } of letters(diagram)) {
    if (letter in values || letter === '|') continue
    const known = Object.entries(values).map(([one, value]) => `${one} ${String(value)}`)
    throw new RangeError(`${JSON.stringify(diagram)} is to be ${what}, and ${letter} is none of ${known.join(', ')}`)
  }
}

const turn = (work: () => void): (() => void) => {
  const action = asyncScheduler.schedule(work)
  return () => {
    action.unsubscribe()
  }
}

const imbalanceOf = (ledger: LedgerSnapshot): string | undefined => {
  try {
    ledger.assertBalanced()
    return undefined
  } catch (error) {
    return String(error)
  }
}
