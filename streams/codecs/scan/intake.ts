import type { Batch } from '../batch.ts'
import type { AnyCodec } from '../defineCodec.ts'
import type { Draft } from '../draft.ts'
import type { DriftCount } from '../drift.ts'
import { frameBatch } from '../frameSheet.ts'
import { skipSpace } from './json.ts'
import { note, takeNotes } from './notes.ts'
import { Pen } from './pen.ts'
import { createFound, memory, type Scanner } from './scanner.ts'
import { isText, typeAt } from './typeAt.ts'
import { refusal, whyOf, type Why } from './why.ts'

/** Where a decoder's events are written down, frame after frame. */
export interface Intake {
  /** What is decoded in one go lies between these. */
  begin(from: number, to: number): void
  /** Scans elements and keeps them, as `Taker` has it. */
  scan(bytes: Buffer, from: number, to: number, limit: number, isAlone: boolean): number
  /** Keeps the elements of frames that have one each, from the one numbered `first` on, and answers how many frames that are. */
  singles(bytes: Buffer, frames: readonly Uint8Array[], first: number): number
  /** How many the last scan has kept. */
  kept(): number
  /** Why the last scan did not keep its element. */
  why(): Why
  /** Keeps an event that took the io-ts path. */
  put(codec: AnyCodec, start: number, end: number, draft: Draft): void
  /** The frame's batches, one per event type, in order of first appearance. */
  end(bytes: Buffer): readonly Batch[]
}

const noBatches: readonly Batch[] = Object.freeze([])

/** One per decoder; what scans find odd is counted where `driftsOf` says. */
export const createIntake = (scanners: readonly Scanner[], driftsOf: () => DriftCount): Intake => {
  const pens = scanners.map((scanner) => new Pen(scanner))
  const penByCodec = new Map(pens.map((pen) => [pen.codec, pen]))
  const found = createFound()

  // Of the frame at hand, or of several in one go.
  let serial = 0
  let begins = 0
  let ends = 1
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

  const scanWith = (pen: Pen, bytes: Buffer, from: number, to: number, limit: number, isAlone: boolean): number => {
    if (pen.serial !== serial || !pen.hasRoom) makeRoom(pen, (from - begins) / (ends - begins))
    const { scanner } = pen
    if (!isAlone) return scanner.run(bytes, from, limit, pen.rows, pen.at, pen.lastAt, found)
    found.count = 1
    const end = scanner.scan(bytes, from, limit, pen.rows, pen.at, found)
    if (end < 0) return end
    if (end > to || skipSpace(bytes, end) < to) return refusal.form
    note(found)
    return end
  }

  /** A pen whose row counts. */
  const enlist = (pen: Pen): void => {
    if (first === undefined) first = pen
    else others.push(pen)
  }

  const noteOdd = ({ codec: { ev, drifts } }: Pen): void => {
    takeNotes(found.notes, (kind, count) => {
      const line =
        kind >= 0
          ? driftsOf().unknownField(ev, memory.keys.list[kind] as string)
          : driftsOf().drift(ev, drifts[-1 - kind]?.name as string)
      line.count += count
    })
  }

  return {
    begin: (from, to) => {
      serial += 1
      begins = from
      ends = to
      found.refusedAt = -1
      first = undefined
      if (others.length > 0) others.length = 0
      // Between frames nobody has a number in hand but the batches, and they keep their list.
      if (memory.tickers.isFull) memory.tickers.renew()
      if (memory.keys.isFull) memory.keys.renew()
    },
    scan: (bytes, from, to, limit, isAlone) => {
      if (from > limit) return (refused = refusal.form)
      let end: number = refusal.type
      // What the run before has met and refused is not looked at a second time.
      if (from === found.refusedAt) end = found.refused
      else if (last !== undefined) end = scanWith(last, bytes, from, to, limit, isAlone)
      if (end < 0) {
        const pen = penAt(bytes, from, limit)
        if (pen === undefined) return refused
        if (pen === last) return (refused = end)
        last = pen
        end = scanWith(pen, bytes, from, to, limit, isAlone)
      }
      if (end < 0) return (refused = end)

      const pen = last as Pen
      if (pen.count === 0) enlist(pen)
      pen.keep(found.count)
      if (found.notes.kinds !== 0) noteOdd(pen)
      return end
    },
    singles: (bytes, frames, at) => {
      // The first frame of all shows what they are.
      if (last === undefined) return 0
      const pen = last
      const { byteOffset } = frames[at] as Uint8Array
      if (pen.serial !== serial || !pen.hasRoom) makeRoom(pen, (byteOffset - begins) / (ends - begins))
      pen.scanner.singles(bytes, frames, at, pen.rows, pen.at, pen.lastAt, found)
      const { count } = found
      if (count === 0) return 0
      if (pen.count === 0) enlist(pen)
      pen.keepApart(count)
      if (found.notes.kinds !== 0) noteOdd(pen)
      return count
    },
    kept: () => found.count,
    why: () => whyOf(refused),
    put: (codec, start, end, draft) => {
      const pen = penByCodec.get(codec)
      if (pen === undefined) throw new RangeError(`No events of type ${codec.ev} are written here.`)
      makeRoom(pen, (start - begins) / (ends - begins))
      if (pen.count === 0) enlist(pen)
      pen.put(start, end, draft)
    },
    end: (bytes) => {
      if (first === undefined) return noBatches
      const { list } = memory.tickers
      // Mostly it is one type; and a list that is pushed into is made for seventeen.
      const isWhole = others.length === 0
      const batches: Batch[] = [frameBatch(first.scanner, first.end(), bytes, list, isWhole)]
      for (const pen of others) batches.push(frameBatch(pen.scanner, pen.end(), bytes, list, false))
      return batches
    },
  }
}
