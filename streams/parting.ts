import type { OperatorFunction } from 'rxjs'

import { type DecodedFrame, each, type Left, type LinkMeter } from './arrivals.ts'
import type { Batch } from './codecs/batch.ts'
import type { Tickers } from './tickers.ts'
import type { Lost } from './gaps.ts'

/** A frame whose events have found their frequencies. */
export interface PartedFrame extends DecodedFrame {
  readonly parts: readonly Part[]
}

/** Events of one type that one frequency takes. */
export interface Part {
  readonly frequency: string
  readonly batch: Batch
}

/** Which events a frequency takes at the moment of asking. */
export interface Gate {
  readonly isRunning: boolean
  readonly eventTypes: readonly string[]
  /** `'*'`, or the tickers it has subscribed. */
  readonly tickers: '*' | ReadonlySet<string>
}

/** The gates of the frequencies that have a place on a link, by name: as they are now. */
export type Gates = ReadonlyMap<string, () => Gate>

export const gateOf = (isRunning: boolean, eventTypes: readonly string[], tickers: Tickers): Gate => ({
  isRunning,
  eventTypes,
  tickers: tickers === '*' ? '*' : new Set(tickers),
})

/**
 * Says for each batch of a frame which frequency takes it, and which of its events: those of its event types, and of these the tickers
 * that it wants while it runs. What nobody takes is counted as unwanted, not hidden.
 *
 * Decided for the whole frame before any part of it is handed on: what a part causes may change the gates.
 */
export const parting = (
  gates: Gates,
  meter: LinkMeter,
): OperatorFunction<DecodedFrame | Lost | Left, PartedFrame | Lost | Left> =>
  each((item, emit) => {
    if (item.kind !== 'decoded') {
      emit(item)
      return
    }
    const parts: Part[] = []
    for (const batch of item.decoded.batches) {
      const part = partFor(batch, gates)
      const unwanted = batch.length - (part?.batch.length ?? 0)
      meter.unwanted += unwanted
      meter.inHand -= unwanted
      if (part !== undefined && part.batch.length > 0) parts.push(part)
    }
    emit({ kind: 'decoded', decoded: item.decoded, frame: item.frame, parts })
  })

const partFor = (batch: Batch, gates: Gates): Part | undefined => {
  for (const [frequency, gateNow] of gates) {
    const gate = gateNow()
    if (gate.eventTypes.includes(batch.eventType)) return { frequency, batch: admitted(batch, gate) }
  }
  return undefined
}

const admitted = (batch: Batch, { isRunning, tickers }: Gate): Batch => {
  if (!isRunning) return batch.slice(0, 0)
  return tickers === '*' ? batch : batch.filter((all, i) => tickers.has(all.symbol(i)))
}

/** The parts of one frequency. */
export const partsOf = (frequency: string, meter: LinkMeter): OperatorFunction<PartedFrame | Lost | Left, Batch> =>
  each((item, emit) => {
    if (item.kind !== 'decoded') return
    for (const part of item.parts) {
      if (part.frequency !== frequency) continue
      meter.offered += part.batch.length
      meter.inHand -= part.batch.length
      emit(part.batch)
    }
  })
