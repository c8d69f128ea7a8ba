export interface RefusedFacts {
  /** Which handler refused: `handleTick`, `handleMinuteBar`, `handleFmv`. */
  readonly handler: string
  /** The ticker, empty where that is what was wrong. */
  readonly symbol: string
  /** The field of the event that decided, by its name in `streams/model.ts`. */
  readonly field: string
  /** What the field should have been, to be read after "must be". */
  readonly expected: string
  /** What it was. */
  readonly received: unknown
}

const LONGEST = 60

/** Short, and exact where `String` would not be: a text keeps its quotes, a list is named rather than spelled out. */
const told = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/**
 * A handler was given an event it cannot make a complete model of.
 *
 *     handleMinuteBar refused AAPL: high must be at least open and close, got 189.2
 *
 * Thrown inside the operator, so its Observable errors and the instance is over. Inside an engine that costs one event: it goes
 * to the frequency's `deadLetter$` with this error, and a fresh instance takes the next event. A pipe of your own
 * that must outlive it wraps the handler the same way, or filters first.
 */
export class EventRefused extends Error implements RefusedFacts {
  readonly _tag = 'EventRefused'
  override readonly name = 'EventRefused'
  readonly handler: string
  readonly symbol: string
  readonly field: string
  readonly expected: string
  readonly received: unknown

  constructor({ handler, symbol, field, expected, received }: RefusedFacts, options?: ErrorOptions) {
    const whose = symbol === '' ? 'an event without a ticker' : symbol
    super(`${handler} refused ${whose}: ${field} must be ${expected}, got ${told(received)}`, options)
    this.handler = handler
    this.symbol = symbol
    this.field = field
    this.expected = expected
    this.received = received
  }
}
