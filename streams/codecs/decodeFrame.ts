import { isLeft, left, type Either, type Right } from 'fp-ts/lib/Either.js'

import type { Batch } from './batch.ts'
import { builtInCodecs } from './builtIn.ts'
import type { AnyCodec } from './defineCodec.ts'
import type { Draft } from './draft.ts'
import { frameBatch } from './frameSheet.ts'
import { driftCount, type Drift, type DriftCount } from './drift.ts'
import { exactWhole, literalOf } from './literal.ts'
import { nameCharsMax, receivedCharsMax, rejectOf, shortened, threw, type Reason, type Reject } from './reject.ts'
import { split } from './split.ts'
import { status as statusCodec, type Status } from './status.ts'

export type { Drift } from './drift.ts'

/** What a frame held. `elements` = events of all batches + statuses + rejects, always. */
export interface Decoded {
  /** One per event type, in order of first appearance. */
  readonly batches: readonly Batch[]
  readonly statuses: readonly Status[]
  readonly rejects: readonly Reject[]
  readonly drifts: readonly Drift[]
  readonly elements: number
  /** Whether some of the frame could not be told apart into elements; that rest is the last reject. */
  readonly broken: boolean
}

interface Group {
  readonly codec: AnyCodec
  readonly ranges: number[]
  readonly drafts: Draft[]
}

/** What one frame brings together while its elements are gone through. */
interface Sorting {
  readonly bytes: Buffer
  readonly groups: Map<string, Group>
  readonly statuses: Status[]
  readonly rejects: Reject[]
  readonly drifts: DriftCount
}

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

/**
 * Makes a decoder for these event types and `status`. A codec without ticker or time, or two of one type, are a RangeError.
 * What a row check or a codec throws over an element is a reject of kind `invalid` that says so.
 */
export const createDecoder = (codecs: readonly AnyCodec[]): ((frame: Uint8Array) => Decoded) => {
  const byType = new Map<unknown, AnyCodec>([[statusCodec.ev, statusCodec]])
  for (const codec of codecs) {
    if (!isMarket(codec))
      throw new RangeError(`The codec of ${codec.ev} needs a ticker as its symbol and a time as its at.`)
    if (byType.has(codec.ev)) throw new RangeError(`Two codecs for ${codec.ev}.`)
    byType.set(codec.ev, codec)
  }
  const known = `one of ${[...codecs.map(({ ev }) => ev), statusCodec.ev].join(', ')}`

  const sort = (sorting: Sorting, start: number, end: number): void => {
    const { bytes, rejects } = sorting
    const wire = parse(bytes, start, end)
    if (!isWire(wire)) {
      const [kind, expected] =
        wire === notJson ? (['malformed', 'well-formed JSON'] as const) : (['notAnObject', 'an object'] as const)
      const reasons = [{ field: '(element)', expected, received: receivedOf(bytes, start, end) }]
      rejects.push(rejectOf(bytes, start, end, { kind, reasons }))
      return
    }

    const literal = (key: string): string | undefined => literalOf(bytes, start, end, key)
    const codec = byType.get(wire.ev)
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

    const result = judged(codec, wire, literal, sorting.drifts)
    if (isLeft(result)) {
      const symbol = nameOf(wire[codec.fields.symbol?.wire ?? ''])
      const facts = { kind: 'invalid', eventType: codec.ev, reasons: result.left } as const
      rejects.push(rejectOf(bytes, start, end, symbol === undefined ? facts : { ...facts, symbol }))
      return
    }
    if (codec === statusCodec) {
      // By its own table.
      sorting.statuses.push(result.right as unknown as Status)
      return
    }
    let group = sorting.groups.get(codec.ev)
    if (group === undefined) sorting.groups.set(codec.ev, (group = { codec, ranges: [], drafts: [] }))
    group.ranges.push(start, end)
    group.drafts.push(result.right)
  }

  return (frame) => {
    const bytes = Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    const { ranges, broken } = split(bytes)
    const sorting: Sorting = {
      bytes,
      groups: new Map(),
      statuses: [],
      rejects: [],
      drifts: driftCount(),
    }
    for (let i = 0; i < ranges.length; i += 2) sort(sorting, ranges[i] as number, ranges[i + 1] as number)
    if (broken !== undefined) {
      const reason = {
        field: '(frame)',
        expected: 'a list of elements that ends where the frame ends',
        received: broken.why,
      }
      sorting.rejects.push(rejectOf(bytes, broken.from, bytes.length, { kind: 'brokenFrame', reasons: [reason] }))
    }

    return {
      batches: Array.from(sorting.groups.values(), (group) =>
        frameBatch(group.codec, bytes, group.ranges, group.drafts),
      ),
      statuses: sorting.statuses,
      rejects: sorting.rejects,
      drifts: sorting.drifts.all(),
      elements: ranges.length / 2 + (broken === undefined ? 0 : 1),
      broken: broken !== undefined,
    }
  }
}

/**
 * Decodes a websocket message of the built-in event types, element by element: a bad one costs itself only. Never throws,
 * whatever the bytes. The batches look into `frame`'s bytes, which must not be overwritten.
 */
export const decodeFrame: (frame: Uint8Array) => Decoded = createDecoder(builtInCodecs)
