import type { EventLike } from '../model.ts'
import type { Annotations, Batch, Choice, Sheet, Source } from './batch.ts'
import type { Draft } from './draft.ts'
import { endSlot, presentSlot, startSlot, type Column } from './scan/layout.ts'
import type { Written } from './scan/pen.ts'
import type { Rows, Scanner } from './scan/scanner.ts'
import { View } from './view.ts'

/** So few rows are kept in a list: a block of memory costs more than that. */
const listedRowsMax = 4

const isLate = 1
const isBackfilled = 2

/**
 * The elements of one type in one frame: rows of a scanner, and drafts of those that took the io-ts path. An event is built,
 * or its draft becomes the event, when it is first handed out, and from then on nobody changes it. A class for the reason View
 * is one.
 */
export class FrameSheet implements Sheet {
  readonly length: number
  readonly exact: boolean
  readonly #scanner: Scanner
  readonly #bytes: Buffer
  readonly #names: readonly string[]
  readonly #rows: Rows
  readonly #base: number
  readonly #isShared: boolean
  /** Drafts, and the events that have been built. */
  #drafts: (Draft | undefined)[] | undefined
  #handedOut: Uint8Array | undefined
  #revisions: Int32Array | undefined
  #flags: Uint8Array | undefined

  /** `names` are the tickers' by number. */
  constructor(scanner: Scanner, written: Written, bytes: Buffer, names: readonly string[], exact = false) {
    this.length = written.count
    this.exact = exact
    this.#scanner = scanner
    this.#bytes = bytes
    this.#names = names
    this.#rows = written.rows
    this.#base = written.base
    this.#isShared = written.isShared
    this.#drafts = written.drafts
  }

  get eventType(): string {
    return this.#scanner.codec.ev
  }

  symbol(k: number): string {
    const { symbolSlot } = this.#scanner.layout
    return this.#isScanned(k)
      ? (this.#names[this.#cell(k, symbolSlot)] as string)
      : ((this.#drafts as Draft[])[k]?.symbol as string)
  }

  atMs(k: number): number {
    return this.#isScanned(k) ? this.#read(k, this.#scanner.layout.at) : this.number(k, this.#scanner.codec.at ?? '')
  }

  number(k: number, field: string): number {
    if (field === 'revision' && this.#revisions !== undefined) return this.#revisions[k] as number
    if (this.#isScanned(k)) return this.#read(k, this.#scanner.layout.columns.get(field))
    const draft = (this.#drafts as Draft[])[k] as Draft
    const value = Object.hasOwn(draft, field) ? draft[field] : undefined
    return typeof value === 'number' ? value : NaN
  }

  wire(k: number): Uint8Array {
    return this.#bytes.subarray(this.#cell(k, startSlot), this.#cell(k, endSlot))
  }

  wireLength(k: number): number {
    return this.#cell(k, endSlot) - this.#cell(k, startSlot)
  }

  event(k: number): EventLike {
    this.#handedOut ??= new Uint8Array(this.length)
    this.#drafts ??= new Array<Draft | undefined>(this.length).fill(undefined)
    const draft = (this.#drafts[k] ??= this.#scanner.build(
      this.#rows,
      this.#base + k * this.#scanner.layout.stride,
      this.#bytes,
      this.#names,
    ))
    if (this.#handedOut[k] === 0) {
      if (this.#revisions !== undefined) draft.revision = this.#revisions[k]
      const flags = this.#flags?.[k] ?? 0
      if ((flags & isLate) !== 0) draft.late = true
      if ((flags & isBackfilled) !== 0) draft.backfilled = true
      this.#handedOut[k] = 1
    }
    // The codec's table says that there are an ev and a symbol, and createDecoder has seen to it that it does.
    return draft as unknown as EventLike
  }

  built(k: number): EventLike | undefined {
    return this.#handedOut?.[k] === 1 ? this.event(k) : undefined
  }

  source(k: number): Source {
    return { sheet: this, k }
  }

  addBlocks(_k: number, wire: Set<ArrayBufferLike>, values: Set<ArrayBufferLike>): void {
    wire.add(this.#bytes.buffer)
    if (this.#isShared) values.add((this.#rows as Float64Array).buffer)
  }

  pinnedBytes(): number {
    const wire = this.#bytes.buffer.byteLength
    return this.#isShared ? Math.max(wire, (this.#rows as Float64Array).buffer.byteLength) : wire
  }

  annotate(choice: Choice, { revisions, late, backfilled }: Annotations): void {
    this.#mayAnnotate(choice, {
      ...(revisions && { revision: revisions }),
      ...(late && { late }),
      ...(backfilled && { backfilled: choice }),
    })
    for (let i = 0; i < choice.length; i += 1) {
      const k = choice.k(i)
      if (revisions !== undefined) (this.#revisions ??= new Int32Array(this.length))[k] = revisions[i] as number
      const flags = (late !== undefined && late[i] !== 0 ? isLate : 0) | (backfilled === true ? isBackfilled : 0)
      if (flags !== 0) (this.#flags ??= new Uint8Array(this.length))[k] = flags | (this.#flags[k] as number)
    }
  }

  detached(choice: Choice): Sheet {
    const stride = this.#scanner.layout.stride
    const count = choice.length
    let total = 0
    for (let i = 0; i < count; i += 1) total += this.wireLength(choice.k(i))
    // Not from Node's pool: a small slice of that would pin 8 KB again.
    const bytes = Buffer.allocUnsafeSlow(total)
    const rows = count <= listedRowsMax ? new Array<number>(count * stride) : new Float64Array(count * stride)
    let at = 0
    for (let i = 0; i < count; i += 1) {
      const from = this.#base + choice.k(i) * stride
      const to = i * stride
      const start = this.#rows[from + startSlot] as number
      const end = this.#rows[from + endSlot] as number
      this.#bytes.copy(bytes, at, start, end)
      rows[to + startSlot] = at
      at += end - start
      rows[to + endSlot] = at
      for (let slot = presentSlot; slot < stride; slot += 1) rows[to + slot] = this.#rows[from + slot] as number
    }
    const of = <V>(list: ArrayLike<V> | undefined): V[] | undefined =>
      list && Array.from({ length: count }, (_, i) => list[choice.k(i)] as V)
    // An event built later is built by each sheet for itself.
    const drafts = of(this.#drafts)?.map((draft, i) =>
      draft === undefined || this.#handedOut?.[choice.k(i)] === 1 ? draft : { ...draft },
    )
    const written = { rows, base: 0, count, isShared: false, drafts }
    const sheet = new FrameSheet(this.#scanner, written, bytes, this.#names, true)
    sheet.#handedOut = this.#handedOut && Uint8Array.from(of(this.#handedOut) ?? [])
    sheet.#revisions = this.#revisions && Int32Array.from(of(this.#revisions) ?? [])
    sheet.#flags = this.#flags && Uint8Array.from(of(this.#flags) ?? [])
    return sheet
  }

  #cell(k: number, slot: number): number {
    // Positions come from a View, which has checked them.
    return this.#rows[this.#base + k * this.#scanner.layout.stride + slot] as number
  }

  #isScanned(k: number): boolean {
    return this.#cell(k, presentSlot) !== 0
  }

  /** A number out of a row; NaN for what is none. */
  #read(k: number, column: Column | undefined): number {
    if (column?.isNumber !== true) return NaN
    const isThere = column.isAlways || (this.#cell(k, presentSlot) & column.bit) !== 0
    return isThere ? this.#cell(k, column.slot) : typeof column.otherwise === 'number' ? column.otherwise : NaN
  }

  #mayAnnotate(choice: Choice, lists: Readonly<Record<string, { readonly length: number }>>): void {
    for (const [name, list] of Object.entries(lists)) {
      if (this.#scanner.codec.fields[name]?.wire !== null)
        throw new RangeError(`Events of type ${this.eventType} have no ${name}.`)
      if (list.length !== choice.length)
        throw new RangeError(`${list.length} values of ${name} for ${choice.length} events.`)
    }
    for (let i = 0; i < choice.length; i += 1) {
      if (this.#handedOut?.[choice.k(i)] === 1)
        throw new Error(`Event ${i} (${this.eventType}) is built already: annotate before looking.`)
    }
  }
}

/** A batch of what was written of one type in one frame. */
export const frameBatch = (scanner: Scanner, written: Written, bytes: Buffer, names: readonly string[]): Batch =>
  new View(new FrameSheet(scanner, written, bytes, names), 0, written.count)
