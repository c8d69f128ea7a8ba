import { type OperatorFunction, Subject } from 'rxjs'

import { handleFmv, handleMinuteBar, handleTick } from '../../../operators/market/index.ts'
import type { EventLike } from '../../../streams/model.ts'

/** Makes another event of one, or throws what the operator errors with. */
type Through = (event: EventLike) => EventLike

type Outcome = { readonly answer: EventLike } | { readonly error: unknown }

/** An operator that answers each event at once, as a function; after an error the next event finds a fresh one. */
const through = <I, O extends EventLike>(operator: () => OperatorFunction<I, O>): Through => {
  let outcome: Outcome | undefined
  let input$: Subject<I> | undefined

  const start = (): Subject<I> => {
    const fresh$ = new Subject<I>()
    fresh$.pipe(operator()).subscribe({
      next: (answer) => (outcome = { answer }),
      error: (error: unknown) => {
        outcome = { error }
        input$ = undefined
      },
    })
    return fresh$
  }

  const push = (event: EventLike): Outcome => {
    input$ ??= start()
    // Whoever asks goes by the event type, which says what the operator takes.
    input$.next(event as unknown as I)
    // The handlers answer every event, by a model or by an error.
    return outcome as Outcome
  }

  return (event) => {
    const how = push(event)
    if ('error' in how) throw how.error
    return how.answer
  }
}

/**
 * The models behind a frequency's events: what comes straight from the wire goes through its handler first, what operators have made stays
 * what it is. Throws `EventRefused` for an event of which there is no model.
 */
export const createModels = (): Through => {
  const tick = through(handleTick)
  const byType: ReadonlyMap<string, Through> = new Map([
    ['T', tick],
    ['A', tick],
    ['Q', tick],
    ['AM', through(handleMinuteBar)],
    ['FMV', through(handleFmv)],
  ])

  return (event) => byType.get(event.ev)?.(event) ?? event
}
