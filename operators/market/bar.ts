/**
 * A bar that an operator made. With `ev: 'AM'` it is a `MinuteBar` and with `ev: 'A'` a `SecondBar`, for whatever takes those.
 * Prices in USD, volumes in shares, times in Unix milliseconds; what is not known has no field.
 */
export interface Bar<Ev extends string = string> {
  readonly ev: Ev
  readonly symbol: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Shares in the window. */
  readonly volume: number
  readonly vwap?: number
  /** Average trade size, whole shares, rounded down as the vendor does. */
  readonly averageSize?: number
  /** How many trades made the volume. */
  readonly trades?: number
  readonly startMs: number
  /** Exclusive. */
  readonly endMs: number
  readonly otc: boolean
  /** 0 the first time, then one more each time the bar is given again. */
  readonly revision: number
  /** The day so far, where the bars it was made of told it. */
  readonly dayOpen?: number
  readonly dayVolume?: number
  readonly dayVwap?: number
  /** True when it was made of a bar whose `revision` is not known to be right. */
  readonly late?: boolean
  readonly backfilled?: boolean
}
