import { type MonoTypeOperatorFunction, Observable, type OperatorFunction } from 'rxjs'

import type { Decoded, Decoder } from './codecs/decodeFrame.ts'
import { rejectOf } from './codecs/reject.ts'
import type { Why } from './codecs/scan/why.ts'
import type { Lost } from './gaps.ts'
import { isKnownStatus } from './link/isKnownStatus.ts'
import type { FrameRun, LinkSignal } from './link/linkSignal.ts'
import { smallBytes } from './link/reading.ts'
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
export type Arrival = Extract<LinkSignal, { kind: 'frame' | 'run' | 'lost' }> | Left

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
export const arrivals = (meter: LinkMeter): MonoTypeOperatorFunction<Exclude<Arrival, Left>> =>
  each((signal, emit) => {
    if (signal.kind === 'lost') meter.lost += 1
    else {
      meter.frames += framesOf(signal)
      meter.bytes += signal.kind === 'run' ? signal.bytes : signal.frame.bytes.length
    }
    emit(signal)
  })

export const framesOf = (arrival: Arrival): number =>
  arrival.kind === 'frame' ? 1 : arrival.kind === 'run' ? arrival.frames.length : 0

/** An empty frame weighs something too: only marks between frames weigh nothing. */
export const bytesOf = (arrival: Arrival): number =>
  arrival.kind === 'frame'
    ? Math.max(arrival.frame.bytes.length, 1)
    : arrival.kind === 'run'
      ? Math.max(arrival.bytes, 1)
      : 0

/**
 * Whether `next` can be taken out of the inbox with what begins with `first`: small frames of one session in one block of memory, as those
 * are that a socket has read at once.
 */
export const belongs = (first: Arrival, next: Arrival): boolean => {
  if (first.kind === 'run') {
    if (next.kind === 'run') return next.block === first.block && next.session === first.session
    return next.kind === 'frame' && isPart(first, next.frame)
  }
  if (first.kind !== 'frame') return false
  if (next.kind === 'run') return isPart(next, first.frame)
  return (
    next.kind === 'frame' &&
    isSmall(first.frame) &&
    isSmall(next.frame) &&
    first.frame.session === next.frame.session &&
    first.frame.bytes.buffer === next.frame.bytes.buffer
  )
}

const isSmall = ({ bytes }: Frame): boolean => bytes.length <= smallBytes

const isPart = ({ block, session }: FrameRun, frame: Frame): boolean =>
  isSmall(frame) && frame.session === session && frame.bytes.buffer === block

/** Those that belong together, as one: what a frame costs on its way is paid once for all of them. */
export const together = (items: readonly Arrival[]): Arrival => {
  const frames: Buffer[] = []
  let bytes = 0
  let stamps: Omit<Frame, 'bytes'> | undefined
  let block: ArrayBufferLike | undefined
  for (const item of items) {
    if (item.kind === 'run') {
      for (const one of item.frames) frames.push(one)
      bytes += item.bytes
      block ??= item.block
      stamps ??= item
    } else if (item.kind === 'frame') {
      frames.push(item.frame.bytes)
      bytes += item.frame.bytes.length
      block ??= item.frame.bytes.buffer
      stamps ??= item.frame
    }
  }
  if (stamps === undefined || block === undefined) throw new TypeError('marks are not taken together')
  return { kind: 'run', ...stampsOf(stamps), frames, bytes, block }
}

const stampsOf = ({ receivedMs, session, arrivedAt }: Omit<Frame, 'bytes'>): Omit<Frame, 'bytes'> =>
  arrivedAt === undefined ? { receivedMs, session } : { receivedMs, session, arrivedAt }

/** The frames of a run, each for itself. */
export const apart = (run: FrameRun): readonly Frame[] => run.frames.map((bytes) => ({ bytes, ...stampsOf(run) }))

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
        const alone = apart(arrival).map((frame) => {
          const decoded = decodedOf(decode, frame.bytes)
          count(meter, decoded, 1, decoded.broken ? 1 : 0)
          return { kind: 'decoded', decoded, frame } as const
        })
        for (const one of alone) emit(one)
        return
      }
      count(meter, decoded, frames.length, decoded.brokenFrames)
      emit({ kind: 'decoded', decoded, frame: { bytes: frames[0] as Buffer, ...stampsOf(arrival) } })
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
