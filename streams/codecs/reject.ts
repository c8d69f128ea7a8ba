/** One thing that is wrong with an element: the wire's field, what was expected there, what came. */
export interface Reason {
  /** The wire's key, or `(element)` or `(frame)` when it is about the whole. */
  readonly field: string
  readonly expected: string
  /**
   * As it stood on the wire, at most `receivedCharsMax` characters; `nothing` for an absent key. Where the code that should have
   * judged it threw, what that was, at most `thrownCharsMax`.
   */
  readonly received: string
}

/**
 * An element that did not become an event.
 *
 * - `malformed`     not JSON; costs itself only
 * - `notAnObject`   JSON, but a number, text, list, true, false or null
 * - `unknownEvent`  its `ev` has no codec here
 * - `invalid`       its fields are not what its codec's table says, or a host's own check or codec threw over it
 * - `brokenFrame`   from here to the end of the frame no elements could be told apart; one reject for all of it
 */
export interface Reject {
  readonly kind: 'malformed' | 'notAnObject' | 'unknownEvent' | 'invalid' | 'brokenFrame'
  readonly eventType?: string
  readonly symbol?: string
  /** The element's text, at most its first `rawCharsMax` characters. */
  readonly raw: string
  /** How many bytes the element really has. */
  readonly rawBytes: number
  readonly reasons: readonly Reason[]
}

export const rawCharsMax = 1024
export const receivedCharsMax = 64
/** How much of what a check or a codec threw is repeated. */
export const thrownCharsMax = 256
/** How much of an unknown key, type or ticker is repeated. */
export const nameCharsMax = 64

/** At most `charsMax` characters; what was cut ends in an ellipsis. */
export const shortened = (value: string, charsMax: number): string =>
  value.length <= charsMax ? value : `${value.slice(0, charsMax - 1)}…`

/** What stands in a reason when a check or a codec threw instead of an answer. Anything can be thrown, also what has no text. */
export const threw = (who: string, thrown: unknown): string => {
  let text = 'something without a text'
  try {
    text = String(thrown)
  } catch {
    // That it has none is said.
  }
  return shortened(`no answer: the ${who} threw ${text}`, thrownCharsMax)
}

/** A reject of the bytes from `start` to `end`. */
export const rejectOf = (
  bytes: Buffer,
  start: number,
  end: number,
  facts: Pick<Reject, 'kind' | 'eventType' | 'symbol' | 'reasons'>,
): Reject => ({
  ...facts,
  // A character has at most four bytes: never decode more of a large element than can be shown.
  raw: bytes.toString('utf8', start, Math.min(end, start + 4 * rawCharsMax)).slice(0, rawCharsMax),
  rawBytes: end - start,
})

const subject = ({ kind, eventType, symbol }: Reject): string => {
  if (kind === 'brokenFrame') return 'The rest of a frame'
  const what = eventType === undefined ? 'An element' : `An element of type ${JSON.stringify(eventType)}`
  return symbol === undefined ? what : `${what} for ${JSON.stringify(symbol)}`
}

/** One clear sentence for people, in one line whatever came. */
export const sentence = (reject: Reject): string => {
  const why = reject.reasons.map(
    ({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`,
  )
  return `${subject(reject)} was rejected: ${why.join('; ')}.`.replace(/\p{Cc}+/gu, ' ')
}
