export { batches, type BatchesOptions } from './batches.ts'
export { circuit, type Circuit, type CircuitSources, wire, type Wire, type WireSources } from './circuit.ts'
export * from './codecs/index.ts'
export { defineFrequency, type EventsOf, type FrequencyDefinition } from './defineFrequency.ts'
export type { Frequency, FrequencyOptions, NameOf, OutputOf, SourceOf, Stage } from './frequency.ts'
export { channelsOf, type Tickers } from './tickers.ts'
export { type Lane } from './lane.ts'
export {
  createLedger,
  type Figures,
  type Ledger,
  LedgerImbalance,
  type LedgerKind,
  type LedgerRow,
  type LedgerSnapshot,
} from './ledger.ts'
export * from './link/index.ts'
export type {
  BuiltInFrequency,
  ChannelsState,
  DeadLetter,
  EventLike,
  Frame,
  Gap,
  GapPosition,
  LinkCause,
  LinkState,
  StreamChannels,
  StreamOperators,
  StreamPace,
  StreamState,
  StreamWord,
} from './model.ts'
export { numberRevisions } from './numberRevisions.ts'
export type { Speaks } from './pace.ts'
export type { Endpoint, EndpointWish, Provider } from './provider.ts'
export { type Pulled } from './pulled.ts'
export { createPump, paced, type PacedOptions, type Pump, type PumpOptions, type Turn } from './pump.ts'
export type { EachOptions, PullOptions, Reader, ReaderFigures, ReaderOptions, ReadFrom } from './reader.ts'
export { supervise, type StreamSignal, type SuperviseOptions } from './supervise.ts'
