import { refusal } from './why.ts'
import type { Cursor } from './json.ts'

/** Longer ones are not remembered. */
const nameBytesMax = 32

/** A name of so many bytes is its own key. */
const ownKeyBytesMax = 8

const cellInts = 4

const quote = 0x22
const backslash = 0x5c

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
    let first = 0
    let second = 0
    let at = from
    // One pass, and for most names the only one.
    for (; at < limit; at += 1) {
      const byte = bytes[at] as number
      if (byte === quote) break
      if (byte < 0x20 || byte > 0x7f || byte === backslash) return refusal.text
      const length = at - from
      if (length < 4) first = (first << 8) | byte
      else if (length < ownKeyBytesMax) second = (second << 8) | byte
      else {
        first = (Math.imul(first, 31) + byte) | 0
        second = (Math.imul(second, 0x01000193) ^ byte) | 0
      }
    }
    const length = at - from
    if (at >= limit) return refusal.form
    if (length === 0) return refusal.value
    if (length > nameBytesMax) return refusal.ticker
    end.at = at + 1
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
