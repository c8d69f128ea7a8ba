import { lookAt } from '../look.ts'
import type { Row, RowCheck } from '../table.ts'
import {
  readInstant,
  readNumber,
  skipDecimal,
  skipFalse,
  skipNull,
  skipSpace,
  skipText,
  skipTrue,
  skipWholes,
  valueAfter,
} from './json.ts'
import { isFollowed } from './follow.ts'
import { evBit, type Column, type Key, type Layout } from './layout.ts'
import { note } from './notes.ts'
import { readerOf } from './read.ts'
import { elementBytesEnd, headSlot, placed, placeSlot, symbolUnit } from './row.ts'
import type { BackEnd, Build, Found, Memory, Run, Scan, Singles } from './scanner.ts'
import { skipUnknown } from './unknown.ts'
import { refusal } from './why.ts'

/**
 * The back end without generated code, for where that is forbidden: the same layout as functions made of functions. Slower,
 * and the same in everything else, down to the reasons.
 */

const comma = 0x2c
const openObject = 0x7b
const openList = 0x5b
const closeList = 0x5d

/** Reads a value at `from` into the row; the position after it, or a refusal. */
type Take = (
  bytes: Buffer,
  from: number,
  limit: number,
  start: number,
  rows: Float64Array,
  base: number,
  found: Found,
) => number

/** A number in bounds, `NaN` when it is not one the kind takes; -0 is 0 but for a number above a bound. */
const boundOf = ({ kind }: Column): ((value: number) => number) => {
  if (kind.kind === 'number') {
    if ('over' in kind) return (value) => (value > kind.over && value < Infinity ? value : NaN)
    return (value) => (value >= kind.atLeast && value < Infinity ? value + 0 : NaN)
  }
  if (kind.kind === 'integer') return (value) => (Number.isSafeInteger(value) ? value + 0 : NaN)
  return (value) => (Number.isSafeInteger(value) && value >= 0 && value < 1e14 ? value + 0 : NaN)
}

const takeNumber = (column: Column): Take => {
  const bounded = boundOf(column)
  return (bytes, from, _limit, _start, rows, base, { cursor }) => {
    if (!readNumber(bytes, from, cursor)) return refusal.value
    const value = bounded(cursor.value)
    if (Number.isNaN(value)) return refusal.value
    rows[base + column.slot] = value
    return cursor.at
  }
}

const takeInstant =
  (columns: readonly Column[]): Take =>
  (bytes, from, _limit, start, rows, base, { cursor }) => {
    if (!readInstant(bytes, from, cursor)) return refusal.value
    for (const { kind, slot } of columns)
      rows[base + slot] = kind.kind === 'instantMs' ? cursor.value : placed(from - start, cursor.at - from)
    return cursor.at
  }

/** What begins with a quote or bracket, is passed by, and read when someone looks. */
const takePlaced =
  ({ slot }: Column, opening: number, skip: (bytes: Uint8Array, from: number, limit: number) => number): Take =>
  (bytes, from, limit, start, rows, base) => {
    if (bytes[from] !== opening) return refusal.value
    const after = skip(bytes, from, limit)
    if (after > 0) rows[base + slot] = placed(from + 1 - start, after - from - 2)
    return after
  }

const takeTicker =
  ({ slot }: Column, { tickers }: Memory): Take =>
  (bytes, from, limit, _start, rows, base, { cursor }) => {
    if (bytes[from] !== 0x22) return refusal.value
    const number = tickers.read(bytes, from + 1, limit, cursor)
    if (number < 0) return number
    rows[base + slot] = number
    return cursor.at
  }

const takeFlag =
  ({ slot }: Column): Take =>
  (bytes, from, _limit, _start, rows, base) => {
    const isTrue = bytes[from] === 0x74
    rows[base + slot] = isTrue ? 1 : 0
    return isTrue ? skipTrue(bytes, from) : skipFalse(bytes, from)
  }

const takerOf = ({ columns }: Key, memory: Memory): Take => {
  const column = columns[0] as Column
  switch (column.kind.kind) {
    case 'ticker':
      return takeTicker(column, memory)
    case 'text':
      return takePlaced(column, 0x22, (bytes, from, limit) => skipText(bytes, from + 1, limit))
    case 'decimalText':
      return takePlaced(column, 0x22, (bytes, from) => skipDecimal(bytes, from + 1))
    case 'integerList':
      return takePlaced(column, 0x5b, skipWholes)
    case 'flag':
      return takeFlag(column)
    case 'number':
    case 'integer':
    case 'timeMs':
      return takeNumber(column)
    case 'instantNs':
    case 'instantMs':
      return takeInstant(columns)
  }
}

/** The position after the text in quotes at `from` if it is this one. */
const skipThis = (bytes: Uint8Array, from: number, text: string): number => {
  if (bytes[from] !== 0x22) return refusal.type
  for (let i = 0; i < text.length; i += 1) if (bytes[from + 1 + i] !== text.charCodeAt(i)) return refusal.type
  return bytes[from + 1 + text.length] === 0x22 ? from + text.length + 2 : refusal.type
}

interface Entry {
  readonly wire: string
  readonly bit: number
  readonly mayBeNull: boolean
  readonly take: Take
}

const entriesOf = ({ ev, keys }: Layout, memory: Memory): readonly Entry[] => [
  { wire: 'ev', bit: evBit, mayBeNull: false, take: (bytes, from) => skipThis(bytes, from, ev) },
  ...keys.map((key) => ({
    wire: key.wire,
    bit: key.bit,
    mayBeNull: key.columns.every(({ absent }) => absent !== 'refuse'),
    take: takerOf(key, memory),
  })),
]

/** Puts in what is derived from another field. */
const deriveOf = ({ columns }: Layout): ((rows: Float64Array, base: number, present: number) => boolean) => {
  const derived = [...columns.values()].flatMap((column) => {
    const { absent, bit, slot } = column
    if (typeof absent !== 'object' || !('field' in absent)) return []
    return [{ bit, slot, from: columns.get(absent.field)?.slot ?? -1, plus: absent.plus, bounded: boundOf(column) }]
  })
  return (rows, base, present) => {
    for (const { bit, slot, from, plus, bounded } of derived) {
      if ((present & bit) !== 0) continue
      const value = bounded((rows[base + from] as number) + plus)
      if (Number.isNaN(value)) return false
      rows[base + slot] = value
    }
    return true
  }
}

type Check = (rows: Float64Array, base: number, bytes: Buffer, found: Found) => boolean

const checkOf = ({ checks, drifts, looked }: Layout, { tickers }: Memory): Check => {
  const look = lookAt(
    looked.map(({ name }) => name),
    {},
  )
  const readers = looked.map((column) => ({ name: column.name, read: readerOf(column) }))
  const holds = ({ holds: test }: RowCheck<Row>): boolean => test(look)
  return (rows, base, bytes, found) => {
    for (const { name, read } of readers) look[name] = read(rows, base, bytes, tickers.list)
    found.drifts = 0
    try {
      if (!checks.every(holds)) return false
      drifts.forEach((drift, i) => (found.drifts |= holds(drift) ? 0 : 1 << i))
    } catch {
      // Not silent: the io-ts path asks it again and says what came of it.
      return false
    }
    return true
  }
}

const keyAt = (bytes: Uint8Array, at: number, entries: readonly Entry[]): Entry | undefined =>
  entries.find(({ wire }) => skipThis(bytes, at, wire) > 0)

const scanOf = (layout: Layout, memory: Memory): Scan => {
  const entries = entriesOf(layout, memory)
  const derive = deriveOf(layout)
  const check = checkOf(layout, memory)
  const { required } = layout

  return (bytes, start, limit, rows, base, found) => {
    let at = start + 1
    let present = 0
    let nulls = 0
    found.unknown = 0
    if (bytes[start] !== 0x7b) return refusal.form
    for (;;) {
      at = skipSpace(bytes, at)
      if (bytes[at] !== 0x22) return refusal.form
      const entry = keyAt(bytes, at, entries)
      if (entry === undefined) at = skipUnknown(bytes, at, limit, found, memory.keys)
      else {
        if ((present & entry.bit) !== 0) return refusal.keys
        present |= entry.bit
        const from = valueAfter(bytes, at + entry.wire.length + 2)
        if (from < 0) return from
        if (entry.mayBeNull && bytes[from] === 0x6e) {
          nulls |= entry.bit
          at = skipNull(bytes, from)
        } else at = entry.take(bytes, from, limit, start, rows, base, found)
      }
      if (at < 0) return at

      at = skipSpace(bytes, at)
      const byte = bytes[at]
      at += 1
      if (byte === 0x7d) break
      if (byte !== 0x2c) return refusal.form
    }

    if ((present & required) !== required) return refusal.absent
    present &= ~nulls
    if (!derive(rows, base, present)) return refusal.value
    if (at - start >= elementBytesEnd) return refusal.large
    rows[base + placeSlot] = placed(start, at - start)
    // Where the symbol's number has been put.
    rows[base + headSlot] = (rows[base + headSlot] as number) * symbolUnit + present
    return check(rows, base, bytes, found) ? at : refusal.check
  }
}

const runOf =
  (scan: Scan, stride: number): Run =>
  (bytes, from, limit, rows, base, stop, found) => {
    let count = 0
    let at = from
    let end: number = refusal.form
    found.refusedAt = -1
    for (let row = base; row <= stop; row += stride) {
      let after = scan(bytes, at, limit, rows, row, found)
      // Behind the last bracket of its frame another one may begin, in the same memory.
      if (after > limit || (after >= 0 && !isFollowed(bytes, after))) after = refusal.form
      if (after < 0) {
        found.refusedAt = at
        found.refused = after
        if (count === 0) end = after
        break
      }
      end = after
      count += 1
      if ((found.drifts | found.unknown) !== 0) note(found)
      at = after + 1
      if (bytes[after] !== comma || bytes[at] !== openObject || at > limit) break
    }
    found.count = count
    return end
  }

const singlesOf =
  (scan: Scan, stride: number): Singles =>
  (bytes, frames, first, rows, base, stop, found) => {
    let at = first
    found.refusedAt = -1
    for (let row = base; at < frames.length && row <= stop; row += stride) {
      const { byteOffset: start, byteLength } = frames[at] as Uint8Array
      const last = start + byteLength - 1
      if (last <= start || bytes[start] !== openList || bytes[last] !== closeList) break
      const after = scan(bytes, start + 1, last, rows, row, found)
      if (after !== last) {
        if (after < 0) {
          found.refusedAt = start + 1
          found.refused = after
        }
        break
      }
      at += 1
      if ((found.drifts | found.unknown) !== 0) note(found)
    }
    found.count = at - first
  }

/** Makes events field by field; generated code falls back on it for rare combinations of keys. */
export const composedBuild = ({ ev, columns }: Layout): Build => {
  const readers = [...columns.values()].map((column) => ({ name: column.name, read: readerOf(column) }))
  return (rows, base, bytes, names) => {
    const event: Record<string, unknown> = { ev }
    for (const { name, read } of readers) {
      const value = read(rows, base, bytes, names)
      if (value !== undefined) event[name] = value
    }
    return event
  }
}

export const composed = (layout: Layout, memory: Memory): BackEnd => {
  const scan = scanOf(layout, memory)
  const { stride } = layout
  return { scan, run: runOf(scan, stride), singles: singlesOf(scan, stride), build: composedBuild(layout) }
}
