import { nanoseconds, readWholes } from './json.ts'
import type { Column } from './layout.ts'
import { headSlot, presentOf, startOf, symbolOf, type Rows } from './row.ts'

/** A field's value out of a row; undefined where it is absent and has no default. */
export type Read = (rows: Rows, base: number, bytes: Buffer, names: readonly string[]) => unknown

const textAt = (rows: Rows, base: number, slot: number, bytes: Buffer): string => {
  const place = rows[base + slot] as number
  const from = startOf(rows, base) + (place >>> 16)
  return bytes.toString('latin1', from, from + (place & 65_535))
}

const presentReader = ({ kind, slot }: Column): Read => {
  switch (kind.kind) {
    case 'ticker':
      return slot === headSlot
        ? (rows, base, _bytes, names) => names[symbolOf(rows, base)]
        : (rows, base, _bytes, names) => names[rows[base + slot] as number]
    case 'text':
    case 'decimalText':
      return (rows, base, bytes) => textAt(rows, base, slot, bytes)
    case 'integerList':
      return (rows, base, bytes) => {
        const place = rows[base + slot] as number
        return readWholes(bytes, startOf(rows, base) + (place >>> 16), place & 65_535)
      }
    case 'flag':
      return (rows, base) => rows[base + slot] === 1
    case 'instantNs':
      return (rows, base, bytes) => nanoseconds(textAt(rows, base, slot, bytes))
    case 'number':
    case 'integer':
    case 'timeMs':
    case 'instantMs':
      return (rows, base) => rows[base + slot]
  }
}

export const readerOf = (column: Column): Read => {
  const { slot, bit, isAlways, otherwise } = column
  if (slot < 0) return () => otherwise
  const read = presentReader(column)
  if (isAlways) return read
  return (rows, base, bytes, names) =>
    (presentOf(rows, base) & bit) === 0 ? otherwise : read(rows, base, bytes, names)
}
