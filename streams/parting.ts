import { map, mergeMap, type MonoTypeOperatorFunction, type OperatorFunction, takeWhile } from 'rxjs'

import { type DecodedFrame, each, type Left, type LinkMeter } from './arrivals.ts'
import type { Batch } from './codecs/batch.ts'
import type { Reject } from './codecs/reject.ts'
import { TickerSet } from './codecs/tickerSet.ts'
import type { Loss, Lost } from './gaps.ts'
import type { SessionStatus } from './link/linkSignal.ts'
import type { Frame } from './model.ts'
import type { Tickers } from './tickers.ts'

/** Events of one type that one frequency takes. */
export interface Part {
  readonly kind: 'part'
  readonly frequency: string
  readonly batch: Batch
}

/** What could not be decoded of one frame. */
export interface Rejects {
  readonly kind: 'rejects'
  readonly rejects: readonly Reject[]
}

/** A status in order with the data, on its way back to the link. */
export interface Answer {
  readonly kind: 'status'
  readonly answer: SessionStatus
}

/** A frequency's leaving has been heard by all: it can have another place. */
export interface Gone {
  readonly kind: 'gone'
  readonly frequency: string
}

/** What frames come apart into, and the marks between them. */
export type Parted = Part | Rejects | Answer | Lost | Left | Gone

/** Which events a frequency takes at the moment of asking. */
export interface Gate {
  readonly isRunning: boolean
  readonly eventTypes: readonly string[]
  /** `'*'`, or the tickers it has subscribed. */
  readonly tickers: '*' | TickerSet
}

/** Told of what a frequency takes out of a frame, and when all that it causes at once is done. */
export interface Passing {
  begin(frequency: string, batch: Batch, frame: Frame): void
  end(frequency: string): void
}

/** The gates of the frequencies that have a place on a link, by name: as they are now. */
export type Gates = ReadonlyMap<string, () => Gate>

export const gateOf = (isRunning: boolean, eventTypes: readonly string[], tickers: Tickers): Gate => ({
  isRunning,
  eventTypes,
  tickers: tickers === '*' ? '*' : new TickerSet(tickers),
})

/**
 * Takes frames apart: statuses in order, rejects, and of each batch the events that a frequency takes, those of its event types and of
 * these the tickers that it wants while it runs. What nobody takes is counted as unwanted, not hidden.
 *
 * Decided for the whole frame before any part of it is handed on: what a part causes may change the gates.
 */
export const parting = (
  gates: Gates,
  meter: LinkMeter,
  passing?: Passing,
): OperatorFunction<DecodedFrame | Lost | Left, Parted> =>
  each((item, emit) => {
    if (item.kind !== 'decoded') {
      emit(item)
      if (item.kind === 'left') emit({ kind: 'gone', frequency: item.frequency })
      return
    }
    const { batches, statuses, rejects } = item.decoded
    // Most frames hold one batch and nothing else.
    const first = batches[0] && partFor(batches[0], gates, meter)
    const others = batches.length > 1 ? batches.slice(1).map((batch) => partFor(batch, gates, meter)) : none
    for (const status of statuses) emit({ kind: 'status', answer: { session: item.frame.session, status } })
    if (rejects.length > 0) emit({ kind: 'rejects', rejects })
    if (first !== undefined) pass(first, item.frame, emit, passing)
    for (const part of others) if (part !== undefined) pass(part, item.frame, emit, passing)
  })

const pass = (part: Part, frame: Frame, emit: (part: Part) => void, passing: Passing | undefined): void => {
  passing?.begin(part.frequency, part.batch, frame)
  emit(part)
  passing?.end(part.frequency)
}

const none: readonly undefined[] = []

const partFor = (batch: Batch, gates: Gates, meter: LinkMeter): Part | undefined => {
  const part = wantedOf(batch, gates)
  const unwanted = batch.length - (part?.batch.length ?? 0)
  meter.unwanted += unwanted
  meter.inHand -= unwanted
  return part === undefined || part.batch.length === 0 ? undefined : part
}

const wantedOf = (batch: Batch, gates: Gates): Part | undefined => {
  for (const [frequency, gateNow] of gates) {
    const gate = gateNow()
    if (gate.eventTypes.includes(batch.eventType)) return { kind: 'part', frequency, batch: admitted(batch, gate) }
  }
  return undefined
}

const admitted = (batch: Batch, { isRunning, tickers }: Gate): Batch => {
  if (!isRunning) return batch.slice(0, 0)
  // The vendor sends what was subscribed: almost always it is the batch itself.
  return tickers === '*' ? batch : batch.of(tickers)
}

/** The batches of one frequency's parts. */
export const batchesOf = (meter: LinkMeter): OperatorFunction<Part, Batch> =>
  map(({ batch }) => {
    meter.offered += batch.length
    meter.inHand -= batch.length
    return batch
  })

/** What could not be decoded. A vendor may repeat the key in what it says: `hide` masks it. */
export const rejectsOf = (hide: (text: string) => string): OperatorFunction<Rejects, Reject> =>
  mergeMap(({ rejects }) => rejects.map((reject) => hidden(reject, hide)))

/** Ends of sessions, and at last of that frequency's place. */
export const losses = (frequency: string): OperatorFunction<Lost | Left, Loss> =>
  each((item, emit) => {
    if (item.kind === 'lost') emit(item)
    else if (item.frequency === frequency && item.cause !== undefined)
      emit({
        cause: item.cause,
        lastHeardMs: item.atMs,
        ...(item.provider === undefined ? {} : { provider: item.provider }),
      })
  })

/** All until that frequency has given up its place; its leaving is the last of it. */
export const untilLeft = <T extends Parted>(frequency: string): MonoTypeOperatorFunction<T> =>
  takeWhile((item) => item.kind !== 'left' || item.frequency !== frequency, true)

const hidden = (reject: Reject, hide: (text: string) => string): Reject => ({
  ...reject,
  ...(reject.eventType === undefined ? {} : { eventType: hide(reject.eventType) }),
  ...(reject.symbol === undefined ? {} : { symbol: hide(reject.symbol) }),
  raw: hide(reject.raw),
  reasons: reject.reasons.map((reason) => ({ ...reason, field: hide(reason.field), received: hide(reason.received) })),
})
