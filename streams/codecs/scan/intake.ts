import type { Batch } from '../batch.ts'
import type { AnyCodec } from '../defineCodec.ts'
import type { Draft } from '../draft.ts'
import type { DriftCount, Tally } from '../drift.ts'
import { frameBatch } from '../frameSheet.ts'
import { skipSpace } from './json.ts'
import { Pen } from './pen.ts'
import { createFound, memory, type Scanner } from './scanner.ts'
import { isText, typeAt } from './typeAt.ts'
import { refusal, whyOf, type Why } from './why.ts'

const comma = 0x2c
const closeList = 0x5d

/** Where a decoder's events are written down, frame after frame. */
export interface Intake {
  begin(): void
  /** Scans an element and keeps it, as `Taker` has it. */
  scan(bytes: Buffer, from: number, limit: number, isAlone: boolean): number
  /** Why the last scan did not keep its element. */
  why(): Why
  /** Keeps an event that took the io-ts path. */
  put(bytes: Buffer, codec: AnyCodec, start: number, end: number, draft: Draft): void
  /** The frame's batches, one per event type, in order of first appearance. */
  end(bytes: Buffer): readonly Batch[]
}

const noBatches: readonly Batch[] = Object.freeze([])

const isFollowed = (bytes: Buffer, end: number, isAlone: boolean): boolean => {
  if (isAlone) return skipSpace(bytes, end) === bytes.length
  let next = bytes[end]
  if (next !== comma && next !== closeList) next = bytes[skipSpace(bytes, end)]
  return next === comma || next === closeList
}

/** One per decoder; what scans find odd is counted where `driftsOf` says. */
export const createIntake = (scanners: readonly Scanner[], driftsOf: () => DriftCount): Intake => {
  const pens = scanners.map((scanner) => new Pen(scanner))
  const penByCodec = new Map(pens.map((pen) => [pen.codec, pen]))
  const found = createFound()

  // Of the frame at hand.
  let serial = 0
  let refused: number = refusal.form
  /** The pen of the element before, which the next one is taken for, until it turns out to be of another type. */
  let last: Pen | undefined
  /** The pens that have written something, in that order. */
  let first: Pen | undefined
  const others: Pen[] = []

  /** The pen of an element's own type, if it can be scanned; else `refused` says why not. */
  const penAt = (bytes: Buffer, from: number, limit: number): Pen | undefined => {
    const at = typeAt(bytes, from, limit, found.cursor)
    let pen: Pen | undefined
    if (at >= 0) for (const one of pens) if (isText(bytes, at, one.codec.ev)) pen = one
    refused = at < 0 ? at : pen === undefined ? refusal.type : refusal.table
    return pen?.scanner.layout.isScannable === true ? pen : undefined
  }

  const makeRoom = (pen: Pen, share: number): void => {
    if (pen.serial !== serial) pen.begin(serial)
    if (!pen.hasRoom) pen.makeRoom(share)
  }

  const scanWith = (pen: Pen, bytes: Buffer, from: number, limit: number): number => {
    if (pen.serial !== serial || !pen.hasRoom) makeRoom(pen, from / bytes.length)
    return pen.scanner.scan(bytes, from, limit, pen.rows, pen.at, found)
  }

  /** A pen whose row counts. */
  const enlist = (pen: Pen): void => {
    if (first === undefined) first = pen
    else others.push(pen)
  }

  const unknownLine = ({ codec }: Pen, key: number): Tally =>
    driftsOf().unknownField(codec.ev, memory.keys.list[key] as string)

  const noteDrifts = (pen: Pen): void => {
    for (let i = 0; found.drifts >> i !== 0; i += 1) {
      const drift = pen.codec.drifts[i]
      if (((found.drifts >> i) & 1) !== 0 && drift !== undefined) driftsOf().drift(pen.codec.ev, drift.name).count += 1
    }
    for (let i = 0; i < found.unknown; i += 1) {
      pen.unknownField(found.unknownKeys[i] as number, unknownLine).count += 1
    }
  }

  return {
    begin: () => {
      serial += 1
      first = undefined
      if (others.length > 0) others.length = 0
      // Between frames nobody has a number in hand but the batches, and they keep their list.
      if (memory.tickers.isFull) memory.tickers.renew()
      if (memory.keys.isFull) memory.keys.renew()
    },
    scan: (bytes, from, limit, isAlone) => {
      if (from > limit) return (refused = refusal.form)
      let end = last === undefined ? refusal.type : scanWith(last, bytes, from, limit)
      if (end < 0) {
        const pen = penAt(bytes, from, limit)
        if (pen === undefined) return refused
        if (pen === last) return (refused = end)
        last = pen
        end = scanWith(pen, bytes, from, limit)
      }
      if (end >= 0 && !isFollowed(bytes, end, isAlone)) end = refusal.form
      if (end < 0) return (refused = end)

      const pen = last as Pen
      if (pen.count === 0) enlist(pen)
      pen.keep()
      if (found.drifts !== 0 || found.unknown !== 0) noteDrifts(pen)
      return end
    },
    why: () => whyOf(refused),
    put: (bytes, codec, start, end, draft) => {
      const pen = penByCodec.get(codec)
      if (pen === undefined) throw new RangeError(`No events of type ${codec.ev} are written here.`)
      makeRoom(pen, start / bytes.length)
      if (pen.count === 0) enlist(pen)
      pen.put(start, end, draft)
    },
    end: (bytes) => {
      if (first === undefined) return noBatches
      const { list } = memory.tickers
      // Mostly it is one type; and a list that is pushed into is made for seventeen.
      const batches: Batch[] = [frameBatch(first.scanner, first.end(), bytes, list)]
      for (const pen of others) batches.push(frameBatch(pen.scanner, pen.end(), bytes, list))
      return batches
    },
  }
}
