export type ValuationSide = 'undervalued' | 'overvalued'
export type ValuationMagnitude = 'fair' | `${'slight' | 'moderate' | 'significant'}_${ValuationSide}`
export type ValuationSignal = 'BUY_SIGNAL' | 'SELL_SIGNAL' | 'HOLD_SIGNAL' | 'UNKNOWN'

/** What a fair value says about a market price. Either all of it is there, or, without a market price, only the first two. */
export interface Valuation {
  /** Where the market price came from: with the event, after it, or not at all. */
  readonly marketPriceSource: 'external' | 'realtime' | 'unknown'
  readonly signal: ValuationSignal
  /** USD. */
  readonly marketPrice?: number
  /** Fair value minus market price, USD. */
  readonly fmvVsMarketPrice?: number
  /** The same in percent of the market price. */
  readonly fmvVsMarketPercent?: number
  readonly valuationMagnitude?: ValuationMagnitude
  readonly isUndervalued?: boolean
  readonly isOvervalued?: boolean
  /** 0 to 1, full from 20 percent. */
  readonly signalStrength?: number
  /** The deviation reaches `significantPercent`. */
  readonly isSignificantDeviation?: boolean
}

export interface ValuationFacts {
  readonly fmvPrice: number
  readonly marketPrice: number
  readonly significantPercent: number
  readonly marketPriceSource: 'external' | 'realtime'
}

const magnitudeOf = (percent: number, side: ValuationSide): ValuationMagnitude => {
  if (percent >= 10) return `significant_${side}`
  return percent >= 3 ? `moderate_${side}` : `slight_${side}`
}

/**
 * Compares a fair value with a market price, both USD above 0.
 *
 *     percent = (fmvPrice - marketPrice) / marketPrice * 100
 *
 *     |percent|  0 ..< 1  1 ..< 3  3 ..< 10   10 ..
 *     magnitude  fair     slight_  moderate_  significant_   then undervalued (percent > 0) or overvalued
 *     signal     HOLD     BUY when undervalued, SELL when overvalued
 *     strength   min(|percent|, 20) / 20
 */
export const valuationOf = ({
  fmvPrice,
  marketPrice,
  significantPercent,
  marketPriceSource,
}: ValuationFacts): Required<Valuation> => {
  const fmvVsMarketPrice = fmvPrice - marketPrice
  const fmvVsMarketPercent = (fmvVsMarketPrice / marketPrice) * 100
  const percent = Math.abs(fmvVsMarketPercent)
  const isFair = percent < 1
  const isUndervalued = !isFair && fmvVsMarketPrice > 0
  const isOvervalued = !isFair && fmvVsMarketPrice < 0
  const signal = isUndervalued ? 'BUY_SIGNAL' : 'SELL_SIGNAL'

  return {
    marketPriceSource,
    signal: isFair ? 'HOLD_SIGNAL' : signal,
    marketPrice,
    fmvVsMarketPrice,
    fmvVsMarketPercent,
    valuationMagnitude: isFair ? 'fair' : magnitudeOf(percent, isUndervalued ? 'undervalued' : 'overvalued'),
    isUndervalued,
    isOvervalued,
    signalStrength: Math.min(percent, 20) / 20,
    isSignificantDeviation: percent >= significantPercent,
  }
}
