export { EventRefused, type RefusedFacts } from './eventRefused.ts'
export {
  handleFmv,
  withMarketPrice,
  type FairMarketValueEvent,
  type HandleFmvOptions,
  type SignificantOptions,
} from './handleFmv.ts'
export { handleMinuteBar, type HandleMinuteBarOptions, type PerMinuteAggregateEvent } from './handleMinuteBar.ts'
export { handleTick, type HandleTickOptions, type TickData, type TickSource } from './handleTick.ts'
export type { Valuation, ValuationMagnitude, ValuationSide, ValuationSignal } from './valuation.ts'
