import type { AnyCodec } from '../defineCodec.ts'
import type { Draft } from '../draft.ts'
import type { Tally } from '../drift.ts'
import { endSlot, presentSlot, startSlot } from './layout.ts'
import type { Rows, Scanner } from './scanner.ts'

/** Doubles in a block that many frames write into, one after the other: 16 KB. */
const blockDoubles = 2_048
/** So few rows are copied into a list of their own, which costs less than what they would keep of a block. */
export const ownRowsMax = 4

/** The rows of one event type in one frame. */
export interface Written {
  readonly rows: Rows
  /** Where the first one is. */
  readonly base: number
  readonly count: number
  /** Whether other frames' rows are in the same block. */
  readonly isShared: boolean
  /** What took the io-ts path, in its place; such a row has only a start and an end. */
  readonly drafts: (Draft | undefined)[] | undefined
}

/**
 * Writes the rows of one event type, frame after frame. A place in a block is written once: a block that is full, or too
 * small for a frame, is left to the batches that look into it.
 *
 * A class for the reason View is one.
 */
export class Pen {
  readonly codec: AnyCodec
  readonly scanner: Scanner
  /** The frame at hand, by number. */
  serial = 0
  /** Elements of that frame. */
  count = 0
  /** Its unknown keys, by their number among the known names of keys. */
  readonly unknown: (Tally | undefined)[] = []
  rows: Float64Array = new Float64Array(0)
  /** Where the next row goes. */
  at = 0
  readonly #stride: number
  #base = 0
  #drafts: (Draft | undefined)[] | undefined

  constructor(scanner: Scanner) {
    this.codec = scanner.codec
    this.scanner = scanner
    this.#stride = scanner.layout.stride
  }

  /** Begins a frame; what an interrupted one has left is forgotten. */
  begin(serial: number): void {
    this.serial = serial
    this.count = 0
    this.at = this.#base
    this.#drafts = undefined
    if (this.unknown.length > 0) this.unknown.length = 0
  }

  get hasRoom(): boolean {
    return this.at + this.#stride <= this.rows.length
  }

  /** Makes room for one row, and for those to come: `share`, from 0 to 1, is how much of the frame is done. */
  makeRoom(share: number): void {
    const stride = this.#stride
    const written = this.rows.subarray(this.#base, this.at)
    // By what has come so far, and not by more than eight times that: elements need not be alike.
    const expected = share > 0 ? Math.ceil(Math.min(this.count / share, this.count * 8) * 1.02) : 0
    const block = new Float64Array(Math.max(blockDoubles, (Math.max(expected, this.count) + 8) * stride))
    block.set(written)
    this.rows = block
    this.#base = 0
    this.at = written.length
  }

  /** The row that was scanned at `at` counts. */
  keep(): void {
    this.count += 1
    this.at += this.#stride
  }

  /** Notes an element that has been decoded otherwise, where a row has room. */
  put(start: number, end: number, draft: Draft): void {
    this.rows[this.at + startSlot] = start
    this.rows[this.at + endSlot] = end
    this.rows[this.at + presentSlot] = 0
    this.#drafts ??= []
    while (this.#drafts.length < this.count) this.#drafts.push(undefined)
    this.#drafts.push(draft)
    this.keep()
  }

  /** The frame's rows. They are never written again. */
  end(): Written {
    const { rows, count } = this
    const from = this.#base
    const drafts = this.#drafts
    while (drafts !== undefined && drafts.length < count) drafts.push(undefined)
    if (count <= ownRowsMax) return { rows: listOf(rows, from, this.at), base: 0, count, isShared: false, drafts }
    this.#base = this.at
    // Of a block that is mostly this frame's nothing is left to others.
    const isShared = rows.length <= blockDoubles
    if (!isShared) {
      this.rows = new Float64Array(0)
      this.#base = 0
      this.at = 0
    }
    return { rows, base: from, count, isShared, drafts }
  }
}

/** Rows in a list: for a few, cheaper to make and to keep than a block. */
const listOf = (rows: Rows, from: number, to: number): number[] => {
  const list = new Array<number>(to - from)
  for (let i = from; i < to; i += 1) list[i - from] = rows[i] as number
  return list
}
