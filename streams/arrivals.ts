import { Observable, type OperatorFunction } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Decoded } from './codecs/decodeFrame.ts'
import { type Reject, rejectOf } from './codecs/reject.ts'
import type { Lost } from './gaps.ts'
import type { LinkSignal, SessionStatus } from './link/linkSignal.ts'
import type { Frame } from './model.ts'
import type { InboxMeter } from './pump.ts'
import type { Tickers } from './frequency.ts'

/** What travels the way of the frames: frames, and the end of a session between the last one and the next one's first. */
export type Arrival = Extract<LinkSignal, { kind: 'frame' | 'lost' }>

/** A frame after decode. */
export interface DecodedFrame {
  readonly kind: 'decoded'
  readonly decoded: Decoded
  readonly frame: Frame
}

/** The figures of one link, kept up to date by the operators below. Frames, elements, events. */
export interface LinkMeter {
  frames: number
  bytes: number
  parsed: number
  broken: number
  abandoned: number
  elements: number
  events: number
  statuses: number
  rejected: number
  offered: number
  unwanted: number
  /** Decoded and not yet handed to a frequency or found unwanted; 0 between frames. */
  inHand: number
  drifted: number
  lost: number
  readonly inbox: InboxMeter
}

export const linkMeter = (): LinkMeter => ({
  frames: 0,
  bytes: 0,
  parsed: 0,
  broken: 0,
  abandoned: 0,
  elements: 0,
  events: 0,
  statuses: 0,
  rejected: 0,
  offered: 0,
  unwanted: 0,
  inHand: 0,
  drifted: 0,
  lost: 0,
  inbox: { items: 0, frames: 0, bytes: 0, itemsMax: 0, bytesMax: 0 },
})

/** Which events a frequency takes at the moment of asking. */
export interface Gate {
  readonly isRunning: boolean
  /** `'*'`, or the tickers it has subscribed. */
  readonly tickers: '*' | ReadonlySet<string>
}

export const gateOf = (isRunning: boolean, tickers: Tickers): Gate => ({
  isRunning,
  tickers: tickers === '*' ? '*' : new Set(tickers),
})

/** Frames and losses out of what a link says, counted as they come. */
export const arrivals = (meter: LinkMeter): OperatorFunction<LinkSignal, Arrival> =>
  each((signal, emit) => {
    if (signal.kind === 'frame') {
      meter.frames += 1
      meter.bytes += signal.frame.bytes.length
      emit(signal)
    } else if (signal.kind === 'lost') {
      meter.lost += 1
      emit(signal)
    }
  })

/**
 * Frames become events, rejects and statuses; losses pass between them. A codec of a host that throws costs its frame, which
 * is then one reject.
 */
export const decoding = (
  decode: (bytes: Buffer) => Decoded,
  meter: LinkMeter,
): OperatorFunction<Arrival, DecodedFrame | Lost> =>
  each((arrival, emit) => {
    if (arrival.kind === 'lost') {
      emit(arrival)
      return
    }
    const { frame } = arrival
    const decoded = decodedOf(decode, frame.bytes)
    let events = 0
    for (const batch of decoded.batches) events += batch.length
    if (decoded.broken) meter.broken += 1
    else meter.parsed += 1
    meter.elements += decoded.elements
    meter.events += events
    meter.inHand += events
    meter.statuses += decoded.statuses.length
    meter.rejected += decoded.rejects.length
    for (const { count } of decoded.drifts) meter.drifted += count
    emit({ kind: 'decoded', decoded, frame })
  })

/**
 * The part of one frequency: its event types, and of those the tickers it wants while it runs. What it does not take is
 * counted as unwanted, not hidden.
 */
export const partOf = (
  eventTypes: readonly string[],
  gate: () => Gate,
  meter: LinkMeter,
): OperatorFunction<DecodedFrame | Lost, Batch> =>
  each((item, emit) => {
    if (item.kind === 'lost') return
    for (const batch of item.decoded.batches) {
      if (!eventTypes.includes(batch.eventType)) continue
      const kept = admitted(batch, gate())
      meter.offered += kept.length
      meter.unwanted += batch.length - kept.length
      meter.inHand -= batch.length
      if (kept.length > 0) emit(kept)
    }
  })

const admitted = (batch: Batch, { isRunning, tickers }: Gate): Batch => {
  if (!isRunning) return batch.slice(0, 0)
  return tickers === '*' ? batch : batch.filter((all, i) => tickers.has(all.symbol(i)))
}

const decodedOf = (decode: (bytes: Buffer) => Decoded, bytes: Buffer): Decoded => {
  try {
    return decode(bytes)
  } catch (error) {
    const reason = { field: '(frame)', expected: 'a frame that its codecs can read', received: String(error) }
    const reject = rejectOf(bytes, 0, bytes.length, { kind: 'brokenFrame', reasons: [reason] })
    return { batches: [], statuses: [], rejects: [reject], drifts: [], elements: 1, broken: true }
  }
}

const hidden = (reject: Reject, hide: (text: string) => string): Reject => ({
  ...reject,
  ...(reject.eventType === undefined ? {} : { eventType: hide(reject.eventType) }),
  ...(reject.symbol === undefined ? {} : { symbol: hide(reject.symbol) }),
  raw: hide(reject.raw),
  reasons: reject.reasons.map((reason) => ({ ...reason, field: hide(reason.field), received: hide(reason.received) })),
})

/** Counts what no frequency of the link takes. */
export const unclaimed = (
  eventTypes: readonly string[],
  meter: LinkMeter,
): OperatorFunction<DecodedFrame | Lost, DecodedFrame | Lost> =>
  each((item, emit) => {
    if (item.kind === 'decoded') {
      for (const batch of item.decoded.batches) {
        if (eventTypes.includes(batch.eventType)) continue
        meter.unwanted += batch.length
        meter.inHand -= batch.length
      }
    }
    emit(item)
  })

/** Statuses in order with the data, tagged with their session, on their way back to the link. */
export const statuses = (): OperatorFunction<DecodedFrame | Lost, SessionStatus> =>
  each((item, emit) => {
    if (item.kind === 'lost') return
    for (const status of item.decoded.statuses) emit({ session: item.frame.session, status })
  })

/** What could not be decoded. A vendor may repeat the key in what it says: `hide` masks it. */
export const rejects = (hide: (text: string) => string): OperatorFunction<DecodedFrame | Lost, Reject> =>
  each((item, emit) => {
    if (item.kind === 'lost') return
    for (const reject of item.decoded.rejects) emit(hidden(reject, hide))
  })

export const losses = (): OperatorFunction<DecodedFrame | Lost, Lost> =>
  each((item, emit) => {
    if (item.kind === 'lost') emit(item)
  })

/**
 * For every value, whatever `answer` emits: `map`, `filter` and `mergeMap` over a list in one step, without an array or an
 * inner Observable per frame. Completes and fails with the source.
 */
export const each =
  <A, B>(answer: (value: A, emit: (answer: B) => void) => void): OperatorFunction<A, B> =>
  (source$) =>
    new Observable<B>((subscriber) => {
      const emit = (value: B): void => {
        subscriber.next(value)
      }
      return source$.subscribe({
        next: (value) => {
          answer(value, emit)
        },
        error: (error: unknown) => {
          subscriber.error(error)
        },
        complete: () => {
          subscriber.complete()
        },
      })
    })
