export type { Bar } from './bar.ts'
export type { BarWindowsOptions } from './barWindows.ts'
export { EventRefused, type RefusedFacts } from './eventRefused.ts'
export type { Filler } from './filler.ts'
export {
  handleFmv,
  withMarketPrice,
  type FairMarketValueEvent,
  type HandleFmvOptions,
  type SignificantOptions,
} from './handleFmv.ts'
export { handleMinuteBar, type HandleMinuteBarOptions, type PerMinuteAggregateEvent } from './handleMinuteBar.ts'
export { handleTick, type HandleTickOptions, type TickData, type TickSource } from './handleTick.ts'
export { inSession, type BatchInTime, type EventInTime, type InSessionOptions } from './inSession.ts'
export { joinLatest, type JoinLatestOptions, type TradeWithLatest } from './joinLatest.ts'
export { fixedLateness, learnedLateness, type LatenessModel, type LearnedLatenessOptions } from './lateness.ts'
export { rebar, type RebarOptions } from './rebar.ts'
export { spread, type Spread, type SpreadOptions } from './spread.ts'
export { toBars, type ToBarsOptions } from './toBars.ts'
export { tradeUse, type TradeUse } from './tradeUse.ts'
export type { Valuation, ValuationMagnitude, ValuationSide, ValuationSignal } from './valuation.ts'
export { vwap, type Vwap, type VwapOptions, type VwapSum } from './vwap.ts'
export { watermark, type FillingWatermarkOptions, type WatermarkOptions, type WindowComplete } from './watermark.ts'
