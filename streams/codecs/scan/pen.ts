import type { AnyCodec } from '../defineCodec.ts'
import type { Draft } from '../draft.ts'
import type { Tally } from '../drift.ts'
import { putDraft, type Rows } from './row.ts'
import { keyNamesMax, type Scanner } from './scanner.ts'

/** Doubles in a block that many frames write into, one after the other: 64 KB, as much as a socket is read at once. */
const blockDoubles = 8_192

const noRows = new Float64Array(0)

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
  /** The lines of its unknown keys, by their number among the known names of keys; of earlier frames, too. */
  #unknown: { readonly tallies: (Tally | undefined)[]; readonly serials: Float64Array } | undefined
  rows: Float64Array = noRows
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
  }

  /** The line on which an unknown key is counted in this frame; `made` is asked for it once. */
  unknownField(key: number, made: (pen: Pen, key: number) => Tally): Tally {
    this.#unknown ??= { tallies: [], serials: new Float64Array(keyNamesMax) }
    const { tallies, serials } = this.#unknown
    if (serials[key] !== this.serial) {
      serials[key] = this.serial
      tallies[key] = made(this, key)
    }
    return tallies[key] as Tally
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
    putDraft(this.rows, this.at, start, end - start)
    this.#drafts ??= []
    while (this.#drafts.length < this.count) this.#drafts.push(undefined)
    this.#drafts.push(draft)
    this.keep()
  }

  /** The frame's rows. They are never written again. */
  end(): Written {
    const { rows, count } = this
    const base = this.#base
    const drafts = this.#drafts
    while (drafts !== undefined && drafts.length < count) drafts.push(undefined)
    this.#base = this.at
    const isShared = rows.length <= blockDoubles
    if (!isShared) {
      // A block made for this frame: what is left of it is not worth keeping it for.
      this.rows = noRows
      this.#base = 0
      this.at = 0
    }
    return { rows, base, count, isShared, drafts }
  }
}
