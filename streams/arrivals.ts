import { Observable, type OperatorFunction } from 'rxjs'

import type { Decoded } from './codecs/decodeFrame.ts'
import { rejectOf } from './codecs/reject.ts'
import type { Lost } from './gaps.ts'
import { isKnownStatus } from './link/isKnownStatus.ts'
import type { LinkSignal } from './link/linkSignal.ts'
import type { Frame, LinkCause } from './model.ts'
import type { InboxMeter } from './pump.ts'

/** A frequency gives up its place on the link: what came before this is its own, what comes after is not. */
export interface Left {
  readonly kind: 'left'
  readonly frequency: string
  /** Why it may miss something; absent when it was not receiving. */
  readonly cause?: LinkCause
  /** Unix milliseconds of the engine's clock. */
  readonly atMs: number
}

/** What travels the way of the frames: frames, and between them the end of a session, or of a frequency's place. */
export type Arrival = Extract<LinkSignal, { kind: 'frame' | 'lost' }> | Left

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
  /** Of them, those whose word the protocol does not document. */
  unknownStatuses: number
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
  unknownStatuses: 0,
  rejected: 0,
  offered: 0,
  unwanted: 0,
  inHand: 0,
  drifted: 0,
  lost: 0,
  inbox: { items: 0, frames: 0, bytes: 0, itemsMax: 0, bytesMax: 0 },
})

/** Frames and losses, counted as they come. */
export const arrivals = (meter: LinkMeter): OperatorFunction<Exclude<Arrival, Left>, Arrival> =>
  each((signal, emit) => {
    if (signal.kind === 'frame') {
      meter.frames += 1
      meter.bytes += signal.frame.bytes.length
    } else meter.lost += 1
    emit(signal)
  })

/**
 * Frames become events, rejects and statuses; the marks pass between them. Should decode itself fail, that costs its frame,
 * which is then one reject.
 */
export const decoding = (
  decode: (bytes: Buffer) => Decoded,
  meter: LinkMeter,
): OperatorFunction<Arrival, DecodedFrame | Lost | Left> =>
  each((arrival, emit) => {
    if (arrival.kind !== 'frame') {
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
    for (const { status } of decoded.statuses) if (!isKnownStatus(status)) meter.unknownStatuses += 1
    for (const { count } of decoded.drifts) meter.drifted += count
    emit({ kind: 'decoded', decoded, frame })
  })

const decodedOf = (decode: (bytes: Buffer) => Decoded, bytes: Buffer): Decoded => {
  try {
    return decode(bytes)
  } catch (error) {
    const reason = { field: '(frame)', expected: 'a frame that its codecs can read', received: String(error) }
    const reject = rejectOf(bytes, 0, bytes.length, { kind: 'brokenFrame', reasons: [reason] })
    return { batches: [], statuses: [], rejects: [reject], drifts: [], elements: 1, broken: true }
  }
}

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
