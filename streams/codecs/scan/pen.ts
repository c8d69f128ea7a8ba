import type { AnyCodec } from '../defineCodec.ts'
import type { Draft } from '../draft.ts'
import { putDraft, type Rows } from './row.ts'
import type { Scanner } from './scanner.ts'

/** Doubles in a block that many frames write into, one after the other: 64 KB, as much as a socket is read at once. */
const blockDoubles = 8_192

const noRows = new Float64Array(0)

/** Whatever is in them: a row is read only where it was written, and to fill a block with zeros costs as much as a scan of a tenth of it. */
const doubles = (length: number): Float64Array =>
  new Float64Array(Buffer.allocUnsafeSlow(length * Float64Array.BYTES_PER_ELEMENT).buffer)

/** The rows of one event type in one frame. */
export interface Written {
  readonly rows: Rows
  /** Where the first one is. */
  readonly base: number
  readonly count: number
  /** Whether other frames' rows are in the same block. */
  readonly isShared: boolean
  /** Whether they lie side by side, a comma between each two and nothing else. */
  readonly isTight: boolean
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
  /** In how many runs they have come; what comes in one lies side by side. */
  #runs = 0
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
    this.#runs = 0
    this.at = this.#base
    this.#drafts = undefined
  }

  get hasRoom(): boolean {
    return this.at + this.#stride <= this.rows.length
  }

  /** Where the last row goes that there is room for. */
  get lastAt(): number {
    return this.rows.length - this.#stride
  }

  /** Makes room for one row, and for those to come: `share`, from 0 to 1, is how much of the frame is done. */
  makeRoom(share: number): void {
    const stride = this.#stride
    const written = this.rows.subarray(this.#base, this.at)
    // By what has come so far, and not by more than eight times that: elements need not be alike.
    const expected = share > 0 ? Math.ceil(Math.min(this.count / share, this.count * 8) * 1.02) : 0
    const block = doubles(Math.max(blockDoubles, (Math.max(expected, this.count) + 8) * stride))
    block.set(written)
    this.rows = block
    this.#base = 0
    this.at = written.length
  }

  /** So many rows that were scanned from `at` on count. */
  keep(count: number): void {
    this.count += count
    this.#runs += 1
    this.at += count * this.#stride
  }

  /** The same for rows whose elements do not lie side by side. */
  keepApart(count: number): void {
    this.keep(count)
    this.#runs += count - 1
  }

  /** Notes an element that has been decoded otherwise, where a row has room. */
  put(start: number, end: number, draft: Draft): void {
    putDraft(this.rows, this.at, start, end - start)
    this.#drafts ??= []
    while (this.#drafts.length < this.count) this.#drafts.push(undefined)
    this.#drafts.push(draft)
    this.keep(1)
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
    return { rows, base, count, isShared, isTight: this.#runs === 1, drafts }
  }
}
