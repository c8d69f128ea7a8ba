import type { EventLike } from '../model.ts'
import type { Annotations, Batch, Choice, Sheet, Source } from './batch.ts'
import type { Draft } from './draft.ts'
import type { Column } from './scan/layout.ts'
import type { Written } from './scan/pen.ts'
import {
  headSlot,
  isScanned,
  lengthOf,
  movedPlace,
  placeSlot,
  presentOf,
  startOf,
  symbolOf,
  type Rows,
} from './scan/row.ts'
import type { Scanner } from './scan/scanner.ts'
import type { TickerPlaces } from './tickerPlaces.ts'
import type { TickerSet } from './tickerSet.ts'
import { View } from './view.ts'

const comma = 0x2c

/** Where pieces are brought together, for within one buffer that costs a third of what it does between two. */
const bench = Buffer.allocUnsafeSlow(65_536)

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
  readonly #isTight: boolean
  /** Whether nothing but these elements lies between them, if they are in order. */
  readonly #isWhole: boolean
  /** Drafts, and the events that have been built. */
  #drafts: (Draft | undefined)[] | undefined
  /** Which of those are events; without it all are. */
  #handedOut: Uint8Array | undefined
  #revisions: Int32Array | undefined
  #flags: Uint8Array | undefined

  /** `names` are the tickers' by number. */
  constructor(
    scanner: Scanner,
    written: Written,
    bytes: Buffer,
    names: readonly string[],
    isWhole: boolean,
    exact = false,
  ) {
    this.length = written.count
    this.exact = exact
    this.#scanner = scanner
    this.#bytes = bytes
    this.#names = names
    this.#rows = written.rows
    this.#base = written.base
    this.#isShared = written.isShared
    this.#isTight = written.isTight
    this.#isWhole = isWhole
    this.#drafts = written.drafts
    if (written.drafts !== undefined) this.#handedOut = new Uint8Array(written.count)
  }

  get eventType(): string {
    return this.#scanner.codec.ev
  }

  symbol(k: number): string {
    const base = this.#at(k)
    return isScanned(this.#rows, base)
      ? (this.#names[symbolOf(this.#rows, base)] as string)
      : (this.#draft(k).symbol as string)
  }

  isOf(tickers: TickerSet, k: number): boolean {
    const base = this.#at(k)
    return isScanned(this.#rows, base)
      ? tickers.hasNumber(this.#names, symbolOf(this.#rows, base))
      : tickers.has(this.#draft(k).symbol as string)
  }

  placeOf(places: TickerPlaces, k: number): number {
    const base = this.#at(k)
    return isScanned(this.#rows, base)
      ? places.ofNumber(this.#names, symbolOf(this.#rows, base))
      : places.of(this.#draft(k).symbol as string)
  }

  atMs(k: number): number {
    const base = this.#at(k)
    const { layout, codec } = this.#scanner
    return isScanned(this.#rows, base) ? this.#read(base, layout.at) : this.number(k, codec.at ?? '')
  }

  number(k: number, field: string): number {
    if (field === 'revision' && this.#revisions !== undefined) return this.#revisions[k] as number
    const base = this.#at(k)
    if (isScanned(this.#rows, base)) return this.#read(base, this.#scanner.layout.columns.get(field))
    const draft = this.#draft(k)
    const value = Object.hasOwn(draft, field) ? draft[field] : undefined
    return typeof value === 'number' ? value : NaN
  }

  wire(k: number): Uint8Array {
    const base = this.#at(k)
    const start = startOf(this.#rows, base)
    return this.#bytes.subarray(start, start + lengthOf(this.#rows, base))
  }

  copyWire(target: Buffer, at: number, k: number, count: number): number {
    if (this.#isTight) {
      const from = startOf(this.#rows, this.#at(k))
      return at + this.#bytes.copy(target, at, from, from + this.#span(k, count))
    }
    const rows = this.#rows
    const bytes = this.#bytes
    const stride = this.#scanner.layout.stride
    const first = startOf(rows, this.#at(k))
    const last = this.#at(k + count - 1)
    // What lies between the first and the last is brought to the bench, and moved together there: never to the right.
    const span = startOf(rows, last) + lengthOf(rows, last) - first
    const isOnBench = span <= bench.length
    let row = this.#at(k)
    // The piece at hand, which has not been written yet, and where it goes.
    let start = first
    let end = start + lengthOf(rows, row)
    let to = 0
    for (let i = 1; i < count; i += 1) {
      row += stride
      const next = startOf(rows, row)
      // One comma between them, as it is to be: then they are one piece.
      if (next !== end + 1 || bytes[end] !== comma) {
        if (!isOnBench) bytes.copy(target, at + to, start, end)
        else if (start > first) bench.copyWithin(to, start - first, end - first)
        else bytes.copy(bench, 0, first, first + span)
        to += end - start
        if (isOnBench) bench[to] = comma
        else target[at + to] = comma
        to += 1
        start = next
      }
      end = next + lengthOf(rows, row)
    }
    if (start === first || !isOnBench) bytes.copy(target, at + to, start, end)
    else {
      bench.copyWithin(to, start - first, end - first)
      bench.copy(target, at, 0, to + end - start)
    }
    return at + to + end - start
  }

  wireLength(k: number): number {
    return lengthOf(this.#rows, this.#at(k))
  }

  event(k: number): EventLike {
    // The codec's table says that there are an ev and a symbol, and createDecoder has seen to it that it does.
    return (this.#isHandedOut(k) ? this.#draft(k) : this.#handOut(k)) as unknown as EventLike
  }

  built(k: number): EventLike | undefined {
    return this.#isHandedOut(k) ? this.event(k) : undefined
  }

  source(k: number): Source {
    return { sheet: this, k }
  }

  addBlocks(_k: number, wire: Set<ArrayBufferLike>, values: Set<ArrayBufferLike>): void {
    wire.add(this.#bytes.buffer)
    if (this.#isShared) values.add((this.#rows as Float64Array).buffer)
  }

  get wireBlock(): ArrayBufferLike | undefined {
    return this.exact ? undefined : this.#bytes.buffer
  }

  get valueBlock(): ArrayBufferLike | undefined {
    return this.#isShared ? (this.#rows as Float64Array).buffer : undefined
  }

  ownBytes(k: number, count: number): number {
    if (this.#isTight && count > 0) return this.#span(k, count) - count + 1
    const stride = this.#scanner.layout.stride
    const end = this.#at(k + count)
    let sum = 0
    for (let row = this.#at(k); row < end; row += stride) sum += lengthOf(this.#rows, row)
    return sum
  }

  wireBytes(choice: Choice): number {
    const count = choice.length
    if (count === 0) return 0
    // From the first to the last it is what lies between them, where nothing else does.
    if (this.#isWhole && choice.k(count - 1) - choice.k(0) === count - 1) return this.#span(choice.k(0), count)
    let sum = 0
    for (let i = 0; i < count; i += 1) sum += this.wireLength(choice.k(i))
    return sum
  }

  valueBytes(choice: Choice): number {
    return choice.length * this.#scanner.layout.stride * Float64Array.BYTES_PER_ELEMENT
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
    // Not from Node's pool: a small slice of that would pin 8 KB again. With commas, for whoever passes them on in one piece.
    const bytes = Buffer.allocUnsafeSlow(total + Math.max(count - 1, 0))
    const rows = count <= listedRowsMax ? new Array<number>(count * stride) : new Float64Array(count * stride)
    let at = 0
    for (let i = 0; i < count; i += 1) {
      const from = this.#at(choice.k(i))
      const to = i * stride
      const start = startOf(this.#rows, from)
      const length = lengthOf(this.#rows, from)
      if (i > 0) at = bytes.writeUInt8(comma, at)
      this.#bytes.copy(bytes, at, start, start + length)
      rows[to + placeSlot] = movedPlace(this.#rows, from, at)
      for (let slot = headSlot; slot < stride; slot += 1) rows[to + slot] = this.#rows[from + slot] as number
      at += length
    }
    const of = <V>(list: ArrayLike<V> | undefined): V[] | undefined =>
      list && Array.from({ length: count }, (_, i) => list[choice.k(i)] as V)
    // An event built later is built by each sheet for itself.
    const drafts = of(this.#drafts)?.map((draft, i) =>
      draft === undefined || this.#isHandedOut(choice.k(i)) ? draft : { ...draft },
    )
    const written = { rows, base: 0, count, isShared: false, isTight: true, drafts }
    const sheet = new FrameSheet(this.#scanner, written, bytes, this.#names, true, true)
    sheet.#handedOut = this.#handedOut && Uint8Array.from(of(this.#handedOut) ?? [])
    sheet.#revisions = this.#revisions && Int32Array.from(of(this.#revisions) ?? [])
    sheet.#flags = this.#flags && Uint8Array.from(of(this.#flags) ?? [])
    return sheet
  }

  #isHandedOut(k: number): boolean {
    if (this.#drafts?.[k] === undefined) return false
    return this.#handedOut === undefined || this.#handedOut[k] === 1
  }

  #handOut(k: number): Draft {
    this.#drafts ??= new Array<Draft | undefined>(this.length).fill(undefined)
    const draft = (this.#drafts[k] ??= this.#scanner.build(this.#rows, this.#at(k), this.#bytes, this.#names))
    if (this.#revisions !== undefined) draft.revision = this.#revisions[k]
    const flags = this.#flags?.[k] ?? 0
    if ((flags & isLate) !== 0) draft.late = true
    if ((flags & isBackfilled) !== 0) draft.backfilled = true
    if (this.#handedOut !== undefined) this.#handedOut[k] = 1
    return draft
  }

  /** Where a position's row begins; positions come from a View, which has checked them. */
  #at(k: number): number {
    return this.#base + k * this.#scanner.layout.stride
  }

  /** From the first of these elements to the end of the last. */
  #span(k: number, count: number): number {
    const last = this.#at(k + count - 1)
    return startOf(this.#rows, last) + lengthOf(this.#rows, last) - startOf(this.#rows, this.#at(k))
  }

  #draft(k: number): Draft {
    return (this.#drafts as Draft[])[k] as Draft
  }

  /** A number out of a row; NaN for what is none. */
  #read(base: number, column: Column | undefined): number {
    if (column?.isNumber !== true) return NaN
    const isThere = column.isAlways || (presentOf(this.#rows, base) & column.bit) !== 0
    if (isThere) return this.#rows[base + column.slot] as number
    return typeof column.otherwise === 'number' ? column.otherwise : NaN
  }

  #mayAnnotate(choice: Choice, lists: Readonly<Record<string, { readonly length: number }>>): void {
    for (const [name, list] of Object.entries(lists)) {
      if (this.#scanner.codec.fields[name]?.wire !== null)
        throw new RangeError(`Events of type ${this.eventType} have no ${name}.`)
      if (list.length !== choice.length)
        throw new RangeError(`${list.length} values of ${name} for ${choice.length} events.`)
    }
    for (let i = 0; i < choice.length; i += 1) {
      if (this.#isHandedOut(choice.k(i)))
        throw new Error(`Event ${i} (${this.eventType}) is built already: annotate before looking.`)
    }
  }
}

/** A batch of what was written of one type in one frame, in which there may be nothing else. */
export const frameBatch = (
  scanner: Scanner,
  written: Written,
  bytes: Buffer,
  names: readonly string[],
  isWhole: boolean,
): Batch => new View(new FrameSheet(scanner, written, bytes, names, isWhole), 0, written.count)
