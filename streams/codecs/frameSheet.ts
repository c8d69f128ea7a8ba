import type { EventLike } from '../model.ts'
import type { Annotations, Batch, Sheet, Source } from './batch.ts'
import type { AnyCodec } from './defineCodec.ts'
import type { Draft } from './draft.ts'
import { View } from './view.ts'

const isLate = 1
const isBackfilled = 2

/**
 * The elements of one type in one frame. A draft becomes the event when it is first handed out, and from then on nobody
 * changes it. A class for the reason View is one.
 */
export class FrameSheet implements Sheet {
  readonly length: number
  readonly exact: boolean
  readonly #codec: AnyCodec
  readonly #bytes: Buffer
  // Start and end of each element, flat.
  readonly #ranges: readonly number[]
  readonly #drafts: readonly Draft[]
  #handedOut: Uint8Array | undefined
  #revisions: Int32Array | undefined
  #flags: Uint8Array | undefined

  constructor(codec: AnyCodec, bytes: Buffer, ranges: readonly number[], drafts: readonly Draft[], exact = false) {
    this.length = drafts.length
    this.exact = exact
    this.#codec = codec
    this.#bytes = bytes
    this.#ranges = ranges
    this.#drafts = drafts
  }

  get eventType(): string {
    return this.#codec.ev
  }

  symbol(k: number): string {
    return this.#draft(k).symbol as string
  }

  atMs(k: number): number {
    return this.number(k, this.#codec.at ?? '')
  }

  number(k: number, field: string): number {
    if (field === 'revision' && this.#revisions !== undefined) return this.#revisions[k] as number
    const draft = this.#draft(k)
    const value = Object.hasOwn(draft, field) ? draft[field] : undefined
    return typeof value === 'number' ? value : NaN
  }

  wire(k: number): Uint8Array {
    return this.#bytes.subarray(this.#ranges[2 * k], this.#ranges[2 * k + 1])
  }

  wireLength(k: number): number {
    return (this.#ranges[2 * k + 1] as number) - (this.#ranges[2 * k] as number)
  }

  event(k: number): EventLike {
    const draft = this.#draft(k)
    this.#handedOut ??= new Uint8Array(this.length)
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

  blocks(): ReadonlySet<ArrayBufferLike> {
    return new Set([this.#bytes.buffer])
  }

  annotate(picks: ArrayLike<number>, { revisions, late, backfilled }: Annotations): void {
    this.#mayAnnotate(picks, {
      ...(revisions && { revision: revisions }),
      ...(late && { late }),
      ...(backfilled && { backfilled: picks }),
    })
    for (let i = 0; i < picks.length; i += 1) {
      const k = picks[i] as number
      if (revisions !== undefined) (this.#revisions ??= new Int32Array(this.length))[k] = revisions[i] as number
      const flags = (late !== undefined && late[i] !== 0 ? isLate : 0) | (backfilled === true ? isBackfilled : 0)
      if (flags !== 0) (this.#flags ??= new Uint8Array(this.length))[k] = flags | (this.#flags[k] as number)
    }
  }

  detached(picks: ArrayLike<number>): Sheet {
    let total = 0
    for (let i = 0; i < picks.length; i += 1) total += this.wireLength(picks[i] as number)
    // Not from Node's pool: a small slice of that would pin 8 KB again.
    const bytes = Buffer.allocUnsafeSlow(total)
    const ranges: number[] = []
    let at = 0
    for (let i = 0; i < picks.length; i += 1) {
      const k = picks[i] as number
      this.#bytes.copy(bytes, at, this.#ranges[2 * k], this.#ranges[2 * k + 1])
      ranges.push(at, at + this.wireLength(k))
      at += this.wireLength(k)
    }
    const ks = Array.from(picks)
    const sheet = new FrameSheet(
      this.#codec,
      bytes,
      ranges,
      ks.map((k) => this.#draft(k)),
      true,
    )
    sheet.#handedOut = this.#handedOut && Uint8Array.from(ks, (k) => this.#handedOut?.[k] ?? 0)
    sheet.#revisions = this.#revisions && Int32Array.from(ks, (k) => this.#revisions?.[k] ?? 0)
    sheet.#flags = this.#flags && Uint8Array.from(ks, (k) => this.#flags?.[k] ?? 0)
    return sheet
  }

  #draft(k: number): Draft {
    // Positions come from a View, which has checked them.
    return this.#drafts[k] as Draft
  }

  #mayAnnotate(picks: ArrayLike<number>, lists: Readonly<Record<string, ArrayLike<number>>>): void {
    for (const [name, list] of Object.entries(lists)) {
      if (this.#codec.fields[name]?.wire !== null)
        throw new RangeError(`Events of type ${this.eventType} have no ${name}.`)
      if (list.length !== picks.length)
        throw new RangeError(`${list.length} values of ${name} for ${picks.length} events.`)
    }
    for (let i = 0; i < picks.length; i += 1) {
      if (this.#handedOut?.[picks[i] as number] === 1)
        throw new Error(`Event ${i} (${this.eventType}) is built already: annotate before looking.`)
    }
  }
}

/** A batch of decoded elements; `ranges` are their starts and ends in `bytes`, flat. */
export const frameBatch = (
  codec: AnyCodec,
  bytes: Buffer,
  ranges: readonly number[],
  drafts: readonly Draft[],
): Batch => new View(new FrameSheet(codec, bytes, ranges, drafts), 0, drafts.length)
