import { Observable, type OperatorFunction } from 'rxjs'

import type { Decoded, Decoder } from './codecs/decodeFrame.ts'
import { rejectOf } from './codecs/reject.ts'
import type { Why } from './codecs/scan/why.ts'
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
  /** Whose events it gets from here on, when that is another provider. */
  readonly provider?: string
  /** Unix milliseconds of the engine's clock. */
  readonly atMs: number
}

/** What travels the way of the frames: frames, and between them the end of a session, or of a frequency's place. */
export type Arrival = Extract<LinkSignal, { kind: 'frame' | 'lost' }> | FrameRun | Left

/** Small frames of one session that lie in one block of memory, one behind the other, and are taken out of the inbox at once. */
export interface FrameRun {
  readonly kind: 'run'
  readonly frames: readonly Frame[]
  /** The block. */
  readonly block: ArrayBufferLike
}

/** A frame after decode, or several small ones. */
export interface DecodedFrame {
  readonly kind: 'decoded'
  readonly decoded: Decoded
  /** The first of them: when it arrived, and in which session. */
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
  /** Elements that the scanner left to their io-ts codec, by why. */
  readonly unscanned: Partial<Record<Why, number>>
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
  unscanned: {},
  lost: 0,
  inbox: { items: 0, frames: 0, bytes: 0, itemsMax: 0, bytesMax: 0 },
})

/** Frames and losses, counted as they come. */
export const arrivals = (meter: LinkMeter): OperatorFunction<Exclude<Arrival, Left | FrameRun>, Arrival> =>
  each((signal, emit) => {
    if (signal.kind === 'frame') {
      meter.frames += 1
      meter.bytes += signal.frame.bytes.length
    } else meter.lost += 1
    emit(signal)
  })

/** Of larger frames the price is paid by their bytes, and each is decoded by itself. */
const smallBytes = 1024

/**
 * Small frames as one item, for `paced`: what a frame costs on its way is paid once for all of them. They have to lie in one block of
 * memory, as those do that a socket has read at once.
 */
export const joined = (before: Arrival, item: Arrival): FrameRun | undefined => {
  if (item.kind !== 'frame' || before.kind === 'lost' || before.kind === 'left') return undefined
  const first = before.kind === 'run' ? (before.frames[0] as Frame) : before.frame
  const { bytes, session } = item.frame
  if (bytes.length > smallBytes || first.bytes.length > smallBytes || first.session !== session) return undefined
  // Kept with the run: to ask a Buffer for it is a call into the runtime.
  const block = before.kind === 'run' ? before.block : first.bytes.buffer
  if (block !== bytes.buffer) return undefined
  if (before.kind === 'frame') return { kind: 'run', frames: [before.frame, item.frame], block }
  // The list is nobody's yet.
  ;(before.frames as Frame[]).push(item.frame)
  return before
}

/**
 * Frames become events, rejects and statuses; the marks pass between them. Should decode itself fail, that costs its frame,
 * which is then one reject.
 */
export const decoding = (decode: Decoder, meter: LinkMeter): OperatorFunction<Arrival, DecodedFrame | Lost | Left> =>
  each((arrival, emit) => {
    if (arrival.kind === 'frame') {
      const decoded = decodedOf(decode, arrival.frame.bytes)
      count(meter, decoded, 1, decoded.broken ? 1 : 0)
      emit({ kind: 'decoded', decoded, frame: arrival.frame })
    } else if (arrival.kind === 'run') {
      const { frames } = arrival
      const decoded = decode.run?.(frames)
      if (decoded === undefined) {
        // All are counted before the first goes on: whoever looks at the ledger from there finds every frame in it.
        const alone = frames.map((frame) => {
          const decoded = decodedOf(decode, frame.bytes)
          count(meter, decoded, 1, decoded.broken ? 1 : 0)
          return { kind: 'decoded', decoded, frame } as const
        })
        for (const one of alone) emit(one)
        return
      }
      count(meter, decoded, frames.length, decoded.brokenFrames)
      emit({ kind: 'decoded', decoded, frame: frames[0] as Frame })
    } else emit(arrival)
  })

const count = (meter: LinkMeter, decoded: Decoded, frames: number, broken: number): void => {
  let events = 0
  for (const batch of decoded.batches) events += batch.length
  meter.broken += broken
  meter.parsed += frames - broken
  meter.elements += decoded.elements
  meter.events += events
  meter.inHand += events
  meter.statuses += decoded.statuses.length
  meter.rejected += decoded.rejects.length
  for (const { status } of decoded.statuses) if (!isKnownStatus(status)) meter.unknownStatuses += 1
  for (const drift of decoded.drifts) meter.drifted += drift.count
  if (decoded.unscanned === undefined) return
  for (const { why, count: some } of decoded.unscanned) meter.unscanned[why] = (meter.unscanned[why] ?? 0) + some
}

const decodedOf = (decode: Decoder, bytes: Buffer): Decoded => {
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
