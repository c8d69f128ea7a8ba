import { isLeft, left, type Either, type Right } from 'fp-ts/lib/Either.js'

import type { Batch } from './batch.ts'
import { builtInCodecs } from './builtIn.ts'
import type { AnyCodec } from './defineCodec.ts'
import type { Draft } from './draft.ts'
import { DriftCount, type Drift } from './drift.ts'
import { exactWhole, literalOf } from './literal.ts'
import { nameCharsMax, receivedCharsMax, rejectOf, shortened, threw, type Reason, type Reject } from './reject.ts'
import { createIntake } from './scan/intake.ts'
import { scannerOf, type Scanner } from './scan/scanner.ts'
import { splitInto, type Taker } from './split.ts'
import { status as statusCodec, type Status } from './status.ts'
import { noteUnscanned, type Unscanned, type UnscannedTally } from './unscanned.ts'

export type { Drift } from './drift.ts'
export type { Unscanned } from './unscanned.ts'

/** What a frame held. `elements` = events of all batches + statuses + rejects, always. */
export interface Decoded {
  /** One per event type, in order of first appearance. */
  readonly batches: readonly Batch[]
  readonly statuses: readonly Status[]
  readonly rejects: readonly Reject[]
  readonly drifts: readonly Drift[]
  /** What the scanner could not take; absent when there is nothing of the kind. */
  readonly unscanned?: readonly Unscanned[]
  readonly elements: number
  /** Whether some of the frame could not be told apart into elements; that rest is the last reject. */
  readonly broken: boolean
}

/** What several frames held together: batches reach over them. */
export interface DecodedRun extends Decoded {
  /** Those that could not be told apart into elements to their end. */
  readonly brokenFrames: number
}

/**
 * Decodes one websocket message.
 *
 * `run` decodes several that lie in one block of memory, one behind the other, as if their elements were one frame's: of small frames
 * most of the price is paid per frame. Nothing when that would not be the same: with a status among them, whose place between the
 * events counts. Then nothing has happened, and they are to be decoded one by one. That they lie in one block is for the caller to
 * see to: only the first and the last are looked at, for to ask each takes as long as a third of its decoding.
 */
export interface Decoder {
  (frame: Uint8Array): Decoded
  readonly run?: (frames: readonly Uint8Array[]) => DecodedRun | undefined
}

/** What one frame brings beside its events; made when there is something of the kind, which mostly there is not. */
interface Sorting {
  readonly statuses: Status[]
  readonly rejects: Reject[]
  readonly drifts: DriftCount
  readonly unscanned: UnscannedTally[]
}

const sortingOf = (): Sorting => ({ statuses: [], rejects: [], drifts: new DriftCount(), unscanned: [] })

const noStatuses: readonly Status[] = Object.freeze([])
const noRejects: readonly Reject[] = Object.freeze([])
const noDrifts: readonly Drift[] = Object.freeze([])

type Wire = Record<string, unknown>

const notJson = Symbol('not JSON')

const parse = (bytes: Buffer, start: number, end: number): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    // Not silent: it leaves as a reject of kind `malformed`, with the text.
    return notJson
  }
}

const isWire = (value: unknown): value is Wire => typeof value === 'object' && value !== null && !Array.isArray(value)

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? shortened(value, nameCharsMax) : undefined

const receivedOf = (bytes: Buffer, start: number, end: number): string =>
  start >= end
    ? 'nothing'
    : shortened(bytes.toString('utf8', start, Math.min(end, start + 4 * receivedCharsMax)), receivedCharsMax)

/** `JSON.parse` has rounded whole numbers beyond a double; these keys get theirs back from the text. */
const restoreExact = (codec: AnyCodec, wire: Wire, literal: (key: string) => string | undefined): void => {
  for (const key of codec.exactKeys) {
    const value = wire[key]
    if (typeof value === 'number' && !Number.isSafeInteger(value)) wire[key] = exactWhole(literal(key) ?? '') ?? value
  }
}

/**
 * What a codec makes of an element; what is odd about it is counted. A host's own code may be running in here: whatever it throws
 * is a reason against this element, and costs no other.
 */
const judged = (
  codec: AnyCodec,
  wire: Wire,
  literal: (key: string) => string | undefined,
  drifts: DriftCount,
): Either<readonly Reason[], Draft> => {
  try {
    restoreExact(codec, wire, literal)
    const result = codec.decoder.decode(wire)
    if (isLeft(result)) return left(codec.reasons(result.left, literal))
    // Codecs decode to what their tables say; a draft is the same object before it is handed out.
    const sound = result as Right<Draft>
    const reason = codec === statusCodec ? undefined : drifts.look(codec, wire, sound.right)
    return reason === undefined ? sound : left([reason])
  } catch (error) {
    const expected = 'an element that its codec can read'
    return left([{ field: '(element)', expected, received: threw('codec', error) }])
  }
}

const isMarket = ({ ev, at, fields }: AnyCodec): boolean =>
  at !== undefined && fields.symbol?.kind.kind === 'ticker' && ev !== statusCodec.ev

const decodedOf = (
  batches: readonly Batch[],
  sorting: Sorting | undefined,
  elements: number,
  broken: boolean,
): Decoded => {
  if (sorting === undefined)
    return { batches, statuses: noStatuses, rejects: noRejects, drifts: noDrifts, elements, broken }
  const { statuses, rejects, drifts, unscanned } = sorting
  const decoded = { batches, statuses, rejects, drifts: drifts.all(), elements, broken }
  return unscanned.length === 0 ? decoded : { ...decoded, unscanned }
}

/**
 * Makes a decoder for these event types and `status`. A codec without ticker or time, or two of one type, are a RangeError.
 * What a row check or a codec throws over an element is a reject of kind `invalid` that says so.
 * Which scanners it uses changes nothing but its speed, and what it counts as unscanned.
 */
export const createDecoder = (
  codecs: readonly AnyCodec[],
  scannerFor: (codec: AnyCodec) => Scanner = scannerOf,
): Decoder => {
  const byType = new Map<unknown, AnyCodec>([[statusCodec.ev, statusCodec]])
  for (const codec of codecs) {
    if (!isMarket(codec))
      throw new RangeError(`The codec of ${codec.ev} needs a ticker as its symbol and a time as its at.`)
    if (byType.has(codec.ev)) throw new RangeError(`Two codecs for ${codec.ev}.`)
    byType.set(codec.ev, codec)
  }
  const known = `one of ${[...codecs.map(({ ev }) => ev), statusCodec.ev].join(', ')}`

  // Of the frame at hand: one is decoded in one go, so all share it.
  let elements = 0
  let beside: Sorting | undefined
  const sorting = (): Sorting => (beside ??= sortingOf())
  const intake = createIntake(codecs.map(scannerFor), () => sorting().drifts)

  const countUnscanned = (eventType?: string): void => {
    noteUnscanned(sorting().unscanned, eventType, intake.why())
  }

  /** What the scanner has not taken. */
  const sort = (bytes: Buffer, start: number, end: number): void => {
    const { statuses, rejects, drifts } = sorting()
    const wire = parse(bytes, start, end)
    if (!isWire(wire)) {
      countUnscanned()
      const [kind, expected] =
        wire === notJson ? (['malformed', 'well-formed JSON'] as const) : (['notAnObject', 'an object'] as const)
      const reasons = [{ field: '(element)', expected, received: receivedOf(bytes, start, end) }]
      rejects.push(rejectOf(bytes, start, end, { kind, reasons }))
      return
    }

    const literal = (key: string): string | undefined => literalOf(bytes, start, end, key)
    const codec = byType.get(wire.ev)
    if (codec !== statusCodec) countUnscanned(codec?.ev)
    if (codec === undefined) {
      const eventType = nameOf(wire.ev)
      const received = shortened(literal('ev') ?? 'nothing', receivedCharsMax)
      const facts =
        eventType === undefined
          ? ({ kind: 'invalid', reasons: [{ field: 'ev', expected: 'a text that is not empty', received }] } as const)
          : ({ kind: 'unknownEvent', eventType, reasons: [{ field: 'ev', expected: known, received }] } as const)
      rejects.push(rejectOf(bytes, start, end, facts))
      return
    }

    const result = judged(codec, wire, literal, drifts)
    if (isLeft(result)) {
      const symbol = nameOf(wire[codec.fields.symbol?.wire ?? ''])
      const facts = { kind: 'invalid', eventType: codec.ev, reasons: result.left } as const
      rejects.push(rejectOf(bytes, start, end, symbol === undefined ? facts : { ...facts, symbol }))
      return
    }
    if (codec === statusCodec) {
      // By its own table.
      statuses.push(result.right as unknown as Status)
      return
    }
    intake.put(codec, start, end, result.right)
  }

  const taker: Taker = {
    scan: (bytes, from, to, limit, isAlone) => {
      const end = intake.scan(bytes, from, to, limit, isAlone)
      if (end >= 0) elements += intake.kept()
      return end
    },
    take: (bytes, from, end) => {
      elements += 1
      sort(bytes, from, end)
    },
  }

  const begin = (from: number, to: number): void => {
    elements = 0
    beside = undefined
    intake.begin(from, to)
  }

  /** The frame that lies from `start` to `to`: whether it is broken. */
  const take = (bytes: Buffer, start: number, to: number): boolean => {
    const broken = splitInto(bytes, start, to, taker)
    if (broken === undefined) return false
    const reason = {
      field: '(frame)',
      expected: 'a list of elements that ends where the frame ends',
      received: broken.why,
    }
    sorting().rejects.push(rejectOf(bytes, broken.from, to, { kind: 'brokenFrame', reasons: [reason] }))
    elements += 1
    return true
  }

  const decode = (frame: Uint8Array): Decoded => {
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    const { length } = bytes
    begin(0, length)
    const isBroken = take(bytes, 0, length)
    return decodedOf(intake.end(bytes), beside, elements, isBroken)
  }

  // The last block of memory that frames lay in.
  let block: Buffer = Buffer.alloc(0)

  const run = (frames: readonly Uint8Array[]): DecodedRun | undefined => {
    const first = frames[0]
    const last = frames.at(-1)
    if (first === undefined || last === undefined) return undefined
    const { buffer } = first
    if (last.buffer !== buffer) return undefined
    if (block.buffer !== buffer) block = Buffer.from(buffer)
    begin(first.byteOffset, last.byteOffset + last.byteLength)
    let brokenFrames = 0
    // As most are, until one is found that is not.
    let areSingle = true
    for (let i = 0; i < frames.length; i += 1) {
      if (areSingle) {
        const taken = intake.singles(block, frames, i)
        elements += taken
        i += taken
        if (i === frames.length) break
      }
      const before = elements
      const { byteOffset, byteLength } = frames[i] as Uint8Array
      if (take(block, byteOffset, byteOffset + byteLength)) brokenFrames += 1
      if (beside !== undefined && beside.statuses.length > 0) return undefined
      areSingle = elements - before === 1
    }
    return { ...decodedOf(intake.end(block), beside, elements, brokenFrames > 0), brokenFrames }
  }

  return Object.assign(decode, { run })
}

/**
 * Decodes a websocket message of the built-in event types, element by element: a bad one costs itself only. Never throws,
 * whatever the bytes. The batches look into `frame`'s bytes, which must not be overwritten.
 */
export const decodeFrame: Decoder = createDecoder(builtInCodecs)
