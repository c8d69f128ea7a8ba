import type { MarketSession } from '../calendar.ts'
import { EventRefused } from './eventRefused.ts'

/** The event being judged, as far as a refusal names it. */
interface Judged {
  readonly symbol: string
}

// The checks are plain functions of plain arguments: they run for every event, where a closure or a table would cost.

const refuse = (
  handler: string,
  { symbol }: Judged,
  field: string,
  expected: string,
  received: unknown,
): EventRefused => new EventRefused({ handler, symbol, field, expected, received })

/** Refuses an event of another event type than the handler's own; only an untyped caller can bring one. */
export const wrongType = (handler: string, event: Judged & { readonly ev: unknown }, expected: string): EventRefused =>
  refuse(handler, event, 'ev', expected, event.ev)

export const checkTicker = (handler: string, event: Judged): void => {
  if (typeof event.symbol !== 'string' || event.symbol.trim() === '') {
    throw new EventRefused({ handler, symbol: '', field: 'symbol', expected: 'a ticker', received: event.symbol })
  }
}

/** Number.isFinite is false for NaN, infinities and whatever is not a number. */
export const checkPositive = (handler: string, event: Judged, field: string, value: number): void => {
  if (!Number.isFinite(value) || value <= 0) throw refuse(handler, event, field, 'a finite number above 0', value)
}

export const checkNotNegative = (handler: string, event: Judged, field: string, value: number): void => {
  if (!Number.isFinite(value) || value < 0) throw refuse(handler, event, field, 'a finite number of at least 0', value)
}

export const checkIfGiven = (handler: string, event: Judged, field: string, value: number | undefined): void => {
  if (value !== undefined) checkNotNegative(handler, event, field, value)
}

export const checkOrder = (
  handler: string,
  event: Judged & { readonly startMs: number; readonly endMs: number },
): void => {
  checkPositive(handler, event, 'startMs', event.startMs)
  checkPositive(handler, event, 'endMs', event.endMs)
  if (event.startMs >= event.endMs)
    throw refuse(handler, event, 'endMs', `after startMs (${event.startMs})`, event.endMs)
}

export const checkRange = (
  handler: string,
  event: Judged & { readonly open: number; readonly high: number; readonly low: number; readonly close: number },
): void => {
  const { open, high, low, close } = event
  if (high < Math.max(open, close))
    throw refuse(handler, event, 'high', `at least open (${open}) and close (${close})`, high)
  if (low > Math.min(open, close))
    throw refuse(handler, event, 'low', `at most open (${open}) and close (${close})`, low)
}

/** An exact whole number above 0, as decimal text: nanoseconds. */
export const checkNanoseconds = (handler: string, event: Judged, field: string, value: string): void => {
  if (typeof value !== 'string' || !/^0*[1-9]\d*$/.test(value))
    throw refuse(handler, event, field, 'nanoseconds above 0 as decimal text', value)
}

/**
 * The session an event belongs to. A time the calendar has no year for is refused: it is a wrong unit, not a closed market.
 * Only the calendar's own RangeError is turned into a refusal; any other error stays what it is.
 */
export const checkedSession = (
  handler: string,
  event: Judged,
  field: string,
  atMs: number,
  sessionAt: (atMs: number) => MarketSession,
): MarketSession => {
  checkPositive(handler, event, field, atMs)
  try {
    return sessionAt(atMs)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EventRefused(
      {
        handler,
        symbol: event.symbol,
        field,
        expected: 'Unix milliseconds of a year the market calendar covers',
        received: atMs,
      },
      { cause: error },
    )
  }
}
