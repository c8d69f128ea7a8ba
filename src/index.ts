export { type CloseOptions, createEngine, type Engine, type Verdicts } from './engine.ts'
export type { Change } from './engine/differences.ts'
export type { FrequencyHandle } from './engine/handle.ts'
export type { EngineOptions, FailoverOptions, Mode, Runtime } from './engine/options.ts'
export type { Part, Seat } from './engine/parts.ts'
export type { Carried, LinkTap } from './engine/tap.ts'
export type * from './ops/health.ts'
export type { Logger } from './ops/logger.ts'
export * from './ops/serve/index.ts'
export * from './providers/index.ts'
export * from './publisher/index.ts'
export * from './recording/index.ts'
export {
  fairMarketValue,
  limitUpLimitDown,
  type LimitUpLimitDown,
  perMinute,
  perSecond,
} from '../streams/frequencies/index.ts'
export * from './setup/index.ts'
export { defineFrequency, type FrequencyDefinition } from '../streams/defineFrequency.ts'
export type { Frequency, FrequencyChanges, FrequencyOptions, OnGap, OutputOf, SourceOf } from '../streams/frequency.ts'
export type { Tickers } from '../streams/tickers.ts'
export type { Batch } from '../streams/codecs/batch.ts'
export { type Reason, type Reject, sentence } from '../streams/codecs/reject.ts'
export { type Lane } from '../streams/lane.ts'
export { LedgerImbalance, type LedgerRow, type LedgerSnapshot } from '../streams/ledger.ts'
export type { LinkMode } from '../streams/link/planner.ts'
export type * from '../streams/model.ts'
export type { Speaks } from '../streams/pace.ts'
export type { Endpoint, EndpointWish, Provider } from '../streams/provider.ts'
export { type Pulled } from '../streams/pulled.ts'
export type { EachOptions, PullOptions, Reader, ReaderFigures, ReaderOptions, ReadFrom } from '../streams/reader.ts'
export type { BatchesOptions } from '../streams/batches.ts'
