/** Rows as a sheet keeps them: few ones in a list, many in a block. */
export type Rows = Float64Array | readonly number[]

/** Where the element stands in its frame, as `placed`; of a draft only where it begins. */
export const placeSlot = 0
/**
 * The symbol's number among the remembered names, times 2^30, and the set of the wire's keys that are there, one bit each; 0 for
 * the row of a draft, which has no fields. An element always has its `ev`.
 */
export const headSlot = 1
export const firstSlot = 2
/** Of a draft's row: how many bytes the element has, of which it may have any number. */
const draftLengthSlot = firstSlot

/** A scanned element has fewer bytes. */
export const elementBytesEnd = 65_536

/** Where something stands, in one double: its first byte, and how many, fewer than 65,536. */
export const placed = (from: number, length: number): number => from * elementBytesEnd + length

export const symbolUnit = 0x4000_0000
export const presentMask = symbolUnit - 1

export const isScanned = (rows: Rows, base: number): boolean => rows[base + headSlot] !== 0

export const startOf = (rows: Rows, base: number): number =>
  Math.floor((rows[base + placeSlot] as number) / elementBytesEnd)

export const lengthOf = (rows: Rows, base: number): number =>
  isScanned(rows, base)
    ? (rows[base + placeSlot] as number) & (elementBytesEnd - 1)
    : (rows[base + draftLengthSlot] as number)

export const presentOf = (rows: Rows, base: number): number => (rows[base + headSlot] as number) & presentMask

export const symbolOf = (rows: Rows, base: number): number => Math.floor((rows[base + headSlot] as number) / symbolUnit)

/** Makes the row of a draft. */
export const putDraft = (rows: Float64Array, base: number, start: number, length: number): void => {
  rows[base + placeSlot] = placed(start, 0)
  rows[base + headSlot] = 0
  rows[base + draftLengthSlot] = length
}

/** The same row of an element that stands elsewhere. */
export const movedPlace = (rows: Rows, base: number, start: number): number =>
  placed(start, isScanned(rows, base) ? lengthOf(rows, base) : 0)
