import type { Bar } from './bar.ts'
import type { Draft } from './draft.ts'

/** A bar that was made up for a window without one. */
export type Filler<B extends Bar> = Bar<B['ev']> & { readonly filler: true }

/** A bar of nothing at the close of the last one. What that bar knew of the day still holds. */
export const fillerOf = <B extends Bar>(last: B, startMs: number, endMs: number): Filler<B> => {
  const { ev, symbol, close, otc, dayOpen, dayVolume, dayVwap } = last
  const filler: Draft<Filler<B>> = {
    ev,
    symbol,
    open: close,
    high: close,
    low: close,
    close,
    volume: 0,
    startMs,
    endMs,
    otc,
    revision: 0,
    filler: true,
  }
  if (dayOpen !== undefined) filler.dayOpen = dayOpen
  if (dayVolume !== undefined) filler.dayVolume = dayVolume
  if (dayVwap !== undefined) filler.dayVwap = dayVwap

  return filler
}
