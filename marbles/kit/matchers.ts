import { type EngineDrawing, pageOf } from './engineMarbles.ts'
import { type Judged, play } from './play.ts'
import { orMismatch } from './stage.ts'

/** What a matcher of jest, vitest or expect returns. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

/** The matchers as methods of an expectation, to be declared to the compiler: docs/marbles.md says how for jest and vitest. */
export interface DrawingMatchers<R = unknown> {
  /** Every frequency of the drawing, or the named one, has lost nothing, whatever happened. */
  toLoseNothing(frequency?: string): R
  /** The same, but what was said to be lost may be. */
  toLoseNothingSilently(frequency?: string): R
  /** Every frequency of the drawing, or the named one, has kept the order of the wire. */
  toKeepOrder(frequency?: string): R
  /** Every other frequency of the drawing is seen as if this one were silent. */
  toBeIsolatedFrom(frequency: string): R
}

type Judge = (judged: Judged) => void

const each =
  (frequency: string | undefined, expectation: 'toLoseNothing' | 'toLoseNothingSilently' | 'toKeepOrder'): Judge =>
  ({ frequencies, expectation: of }) => {
    for (const name of frequency === undefined ? frequencies : [frequency]) of(name)[expectation]()
  }

const apartFrom =
  (frequency: string): Judge =>
  ({ frequencies, expectation: of, handleOf }) => {
    handleOf(frequency)
    for (const name of frequencies) if (name !== frequency) of(name).toBeIsolatedFrom(frequency)
  }

const judged = (drawing: unknown, judge: Judge): readonly string[] => play(pageOf(drawing), { judge })

const assert = (drawing: EngineDrawing, judge: Judge): void => {
  orMismatch(judged(drawing, judge))
}

const matched = (drawing: unknown, judge: Judge, otherwise: string): MatcherResult => {
  const wrong = judged(drawing, judge)
  return { pass: wrong.length === 0, message: () => (wrong.length === 0 ? otherwise : wrong.join('\n')) }
}

/**
 * Plays what `engineMarbles` has returned, and throws a MarbleMismatch when a frequency of it, or the named one, has lost something. The
 * drawing's own expectations do not count here. See `FrequencyExpectation.toLoseNothing`.
 */
export const assertLosesNothing = (drawing: EngineDrawing, frequency?: string): void => {
  assert(drawing, each(frequency, 'toLoseNothing'))
}

/** The same, but what a gap, a dead letter, a reject or a reader's `lostBefore` says to be lost may be. */
export const assertLosesNothingSilently = (drawing: EngineDrawing, frequency?: string): void => {
  assert(drawing, each(frequency, 'toLoseNothingSilently'))
}

/** Plays it, and throws when a frequency of it, or the named one, has not kept the order of the wire. */
export const assertKeepsOrder = (drawing: EngineDrawing, frequency?: string): void => {
  assert(drawing, each(frequency, 'toKeepOrder'))
}

/** Plays it with the frequency's doings and without them, and throws when another one is seen differently. */
export const assertIsolatedFrom = (drawing: EngineDrawing, frequency: string): void => {
  assert(drawing, apartFrom(frequency))
}

/**
 * For `expect.extend(matchers)` of jest, vitest or expect: `expect(drawing).toBeIsolatedFrom('fair_market_value')`, where `drawing` is what
 * `engineMarbles` has returned. They play it themselves; without a test runner the functions `assert…` do the same.
 */
export const matchers = {
  toLoseNothing: (drawing: unknown, frequency?: string): MatcherResult =>
    matched(drawing, each(frequency, 'toLoseNothing'), 'the drawing loses nothing, and was expected to'),
  toLoseNothingSilently: (drawing: unknown, frequency?: string): MatcherResult =>
    matched(
      drawing,
      each(frequency, 'toLoseNothingSilently'),
      'the drawing loses nothing in silence, and was expected to',
    ),
  toKeepOrder: (drawing: unknown, frequency?: string): MatcherResult =>
    matched(drawing, each(frequency, 'toKeepOrder'), 'the drawing keeps the order, and was expected not to'),
  toBeIsolatedFrom: (drawing: unknown, frequency: string): MatcherResult =>
    matched(drawing, apartFrom(frequency), `the others are isolated from ${frequency}, and were expected not to be`),
}
