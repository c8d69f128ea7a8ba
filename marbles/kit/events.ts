import type { FairMarketValue, MinuteBar, Quote, SecondBar, Trade } from '../../streams/model.ts'

/** Monday 6 October 2025, 10:00:00 in New York: a regular session. Builders count from here. */
export const marketTimeMs = Date.UTC(2025, 9, 6, 14, 0, 0)

/** A trade with defaults: 100 shares of AAPL at 100 USD. `trade({ price: 101 })` */
export const trade = (fields: Partial<Trade> = {}): Trade => ({
  ev: 'T',
  symbol: 'AAPL',
  price: 100,
  size: 100,
  exchange: 4,
  conditions: [],
  atMs: marketTimeMs,
  ...fields,
})

/** A quote with defaults: AAPL at 99.99 to 100.01. */
export const quote = (fields: Partial<Quote> = {}): Quote => ({
  ev: 'Q',
  symbol: 'AAPL',
  bidPrice: 99.99,
  bidSize: 100,
  askPrice: 100.01,
  askSize: 100,
  indicators: [],
  atMs: marketTimeMs,
  ...fields,
})

const bar = {
  symbol: 'AAPL',
  open: 100,
  high: 100,
  low: 100,
  close: 100,
  volume: 1000,
  otc: false,
  revision: 0,
  startMs: marketTimeMs,
}

/** A second bar with defaults: AAPL, all prices 100. `endMs` follows `startMs`. */
export const secondBar = (fields: Partial<SecondBar> = {}): SecondBar => ({
  ev: 'A',
  ...bar,
  endMs: (fields.startMs ?? marketTimeMs) + 1_000,
  ...fields,
})

/** A minute bar with defaults: AAPL, all prices 100. `endMs` follows `startMs`. */
export const minuteBar = (fields: Partial<MinuteBar> = {}): MinuteBar => ({
  ev: 'AM',
  ...bar,
  endMs: (fields.startMs ?? marketTimeMs) + 60_000,
  ...fields,
})

/** A fair market value with defaults: AAPL, 100 USD. `atMs` follows `atNs`. */
export const fairValue = (fields: Partial<FairMarketValue> = {}): FairMarketValue => {
  const atNs = fields.atNs ?? `${String(marketTimeMs)}000123`
  return { ev: 'FMV', symbol: 'AAPL', price: 100, atNs, atMs: Number(atNs.slice(0, -6)), ...fields }
}

/** The default events of some letters: `letterEvents('T', 'abc')`. */
export const letterEvents = <Type extends string>(eventType: Type, letters: string): readonly LetterEvent<Type>[] =>
  letters.split('').map((letter) => letterEvent(eventType, letter))

/** Whether letters have default events of this type. */
const hasLetters = (eventType: string): boolean => ['T', 'Q', 'A', 'AM', 'FMV'].includes(eventType)

/**
 * The default events of all letters, a to z, as the values of a diagram: `m.expect(trade$).toBe('-a-b', letterValues('T'))`. Types
 * without default events have none.
 */
export const letterValues = <Type extends string>(eventType: Type): Readonly<Record<string, LetterEvent<Type>>> =>
  hasLetters(eventType)
    ? Object.fromEntries(
        'abcdefghijklmnopqrstuvwxyz'.split('').map((letter) => [letter, letterEvent(eventType, letter)]),
      )
    : {}

interface LetterTypes {
  readonly T: Trade
  readonly Q: Quote
  readonly A: SecondBar
  readonly AM: MinuteBar
  readonly FMV: FairMarketValue
}

/** What a letter can mean for an event type. */
export type LetterEvent<Type extends string = string> = Type extends keyof LetterTypes
  ? LetterTypes[Type]
  : LetterTypes[keyof LetterTypes]

/**
 * What a lower-case letter means for an event type when a diagram gives no values: `a` is the first, at 101 USD and the first
 * second or minute, `b` the second, at 102 USD, … All different, none a revision of another.
 */
export const letterEvent = <Type extends string>(eventType: Type, letter: string): LetterEvent<Type> =>
  // Each case below makes an event of the type it names.
  eventOf(eventType, letter) as LetterEvent<Type>

const eventOf = (eventType: string, letter: string): LetterEvent => {
  const n = letter.charCodeAt(0) - 'a'.charCodeAt(0)
  if (!(letter.length === 1 && n >= 0 && n < 26)) {
    throw new RangeError(`the letter ${JSON.stringify(letter)} has no default event: use a to z, or give its value`)
  }
  const price = 101 + n
  const prices = { open: price, high: price, low: price, close: price }
  switch (eventType) {
    case 'T':
      return trade({ price, sequence: n + 1, atMs: marketTimeMs + n })
    case 'Q':
      return quote({ bidPrice: price - 0.01, askPrice: price + 0.01, sequence: n + 1, atMs: marketTimeMs + n })
    case 'A':
      return secondBar({ ...prices, startMs: marketTimeMs + n * 1_000 })
    case 'AM':
      return minuteBar({ ...prices, startMs: marketTimeMs + n * 60_000 })
    case 'FMV':
      return fairValue({ price, atNs: `${String(marketTimeMs + n)}000123` })
    default:
      throw new RangeError(`letters have no default events of type ${eventType}: give their values`)
  }
}
