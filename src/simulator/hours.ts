import type { MarketDay } from '../../operators/calendar.ts'

/** `calendar`: trades in the hours of the US stock market, holidays and early closes among them. `always`: the clock does not matter. */
export type Hours = 'always' | 'calendar'

/** How the market is at one instant. */
export interface Phase {
  /** Trades per second as a part of the rate; 0 where the market is closed. */
  readonly activity: number
  /** Regular hours: the official open has been, fair values are told. */
  readonly regular: boolean
}

const always: Phase = { activity: 1, regular: true }
const closed: Phase = { activity: 0, regular: false }

/** Busy at the open and at the close, quiet at noon, 1 on average over the session: `part` goes from 0 to 1 in it. */
const regularActivity = (part: number): number => {
  const fromNoon = (2 * part - 1) * (2 * part - 1)
  return 0.65 + 1.75 * fromNoon * fromNoon
}

/** Thin, and thicker the closer the regular session is. */
const extendedActivity = (closeness: number): number => 0.02 + 0.13 * closeness * closeness

/** The phase at `atMs`, an instant of `day`. A session is half open: it begins with its first millisecond. */
export const phaseAt = (hours: Hours, day: MarketDay, atMs: number): Phase => {
  if (hours === 'always') return always
  if (day.openMs === null || atMs < day.preOpenMs || atMs >= day.afterCloseMs) return closed

  const { preOpenMs, openMs, closeMs, afterCloseMs } = day
  if (atMs < openMs) return { activity: extendedActivity((atMs - preOpenMs) / (openMs - preOpenMs)), regular: false }
  if (atMs < closeMs) return { activity: regularActivity((atMs - openMs) / (closeMs - openMs)), regular: true }
  return { activity: extendedActivity((afterCloseMs - atMs) / (afterCloseMs - closeMs)), regular: false }
}

/** Where the day's trading ends for good, Unix ms: nothing of a day is reported on another. */
export const lastMs = (hours: Hours, day: MarketDay): number =>
  hours === 'calendar' && day.afterCloseMs !== null ? day.afterCloseMs : day.endMs

export { marketDay, nextSessionChange } from '../../operators/calendar.ts'
