import { refusal } from './why.ts'
import { skipText, type Cursor } from './json.ts'

/** Longer ones are not remembered. */
const nameBytesMax = 32

/** A name of so many bytes is its own key. */
const ownKeyBytesMax = 8

const cellInts = 4

/**
 * Short texts that come again and again, tickers above all, remembered by their bytes: seen before, no string is made.
 *
 * Holds at most `namesMax`. A frame that brings more has the rest refused; `renew`, called between frames, begins anew, and
 * the old list lives on with the batches that look into it. A name of up to eight bytes is its own key, so finding it is one
 * comparison; of longer ones the key is a hash, and the characters are compared.
 */
export class Names {
  /** What a number stands for. Replaced, never changed, by `renew`. */
  list: string[] = []
  /**
   * Cells of four: the key's first half, its second, how many bytes, the name's number + 1. The search for a name begins at
   * `cellOf` its key and goes on cell by cell; generated code looks at the first by itself.
   */
  readonly cells: Int32Array
  readonly mask: number
  readonly #namesMax: number

  constructor(namesMax: number) {
    // At most half full, so that rows of taken cells stay short.
    let size = 2
    while (size < 2 * namesMax) size *= 2
    this.cells = new Int32Array(size * cellInts)
    this.#namesMax = namesMax
    this.mask = this.cells.length - cellInts
  }

  get isFull(): boolean {
    return this.list.length >= this.#namesMax
  }

  renew(): void {
    this.list = []
    this.cells.fill(0)
  }

  /**
   * The number of the text whose first character is at `from`, and in `end.at` the position after its closing quote; below 0
   * when it is not plain, empty, too long, or there is no room.
   */
  read(bytes: Buffer, from: number, limit: number, end: Cursor): number {
    const after = skipText(bytes, from, limit)
    if (after < 0) return after
    end.at = after
    const length = after - 1 - from
    if (length === 0) return refusal.value
    if (length > nameBytesMax) return refusal.ticker

    let first = 0
    let second = 0
    if (length <= ownKeyBytesMax) {
      const half = Math.min(length, 4)
      for (let i = 0; i < half; i += 1) first = (first << 8) | (bytes[from + i] as number)
      for (let i = 4; i < length; i += 1) second = (second << 8) | (bytes[from + i] as number)
    } else {
      for (let i = 0; i < length; i += 1) {
        first = (Math.imul(first, 31) + (bytes[from + i] as number)) | 0
        second = (Math.imul(second, 0x01000193) ^ (bytes[from + i] as number)) | 0
      }
    }
    return this.#find(bytes, from, length, first, second)
  }

  #find(bytes: Buffer, from: number, length: number, first: number, second: number): number {
    const { cells, list } = this
    let cell = cellOf(first, second) & this.mask
    for (;;) {
      const number = (cells[cell + 3] as number) - 1
      if (number < 0) break
      if (
        cells[cell] === first &&
        cells[cell + 1] === second &&
        cells[cell + 2] === length &&
        (length <= ownKeyBytesMax || isText(list[number] as string, bytes, from))
      )
        return number
      cell = (cell + cellInts) & this.mask
    }
    if (this.isFull) return refusal.ticker
    list.push(bytes.toString('latin1', from, from + length))
    cells[cell] = first
    cells[cell + 1] = second
    cells[cell + 2] = length
    cells[cell + 3] = list.length
    return list.length - 1
  }
}

/** Where the search for a key begins: spread over the cells, in steps of four. */
export const cellOf = (first: number, second: number): number => {
  const mixed = Math.imul(first ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) << 2
}

const isText = (text: string, bytes: Uint8Array, from: number): boolean => {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[from + i]) return false
  return true
}
