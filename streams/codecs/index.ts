export type { Annotations, Batch } from './batch.ts'
export { barCodec, endAfterStart, lowNotAboveHigh } from './bar.ts'
export { builtInCodecs } from './builtIn.ts'
export {
  createDecoder,
  decodeFrame,
  type Decoded,
  type DecodedRun,
  type Decoder,
  type Drift,
  type Unscanned,
} from './decodeFrame.ts'
export {
  defineCodec,
  type AnyCodec,
  type Codec,
  type EventOf,
  type Fields,
  type Row,
  type RowCheck,
  type Table,
  type Wire,
} from './defineCodec.ts'
export { EncodeError } from './encodeError.ts'
export { createEncoder, encodeEvent } from './encodeEvent.ts'
export { fairMarketValue, type FairMarketValue } from './fairMarketValue.ts'
export * from './field.ts'
export { batchesOf, isEventLike } from './made.ts'
export { minuteBar, type MinuteBar } from './minuteBar.ts'
export { originOf, stamp, type Origin } from './origin.ts'
export { quote, type Quote } from './quote.ts'
export { rawCharsMax, sentence, type Reason, type Reject } from './reject.ts'
export { secondBar, type SecondBar } from './secondBar.ts'
export { status, type Status } from './status.ts'
export { TickerSet } from './tickerSet.ts'
export { trade, type Trade } from './trade.ts'
export { annotate } from './view.ts'
export { warmUp } from './warmUp.ts'
