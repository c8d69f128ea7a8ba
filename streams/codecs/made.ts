import type { EventLike } from '../model.ts'
import type { Annotations, Batch, Choice, Sheet, Source } from './batch.ts'
import { encodeEvent } from './encodeEvent.ts'
import { originOf } from './origin.ts'
import type { TickerPlaces } from './tickerPlaces.ts'
import type { TickerSet } from './tickerSet.ts'
import { View } from './view.ts'

/** Whether a value can stand in a lane: an object with an event type and a ticker, neither empty. */
export const isEventLike = (value: unknown): value is EventLike => {
  if (typeof value !== 'object' || value === null || !('ev' in value) || !('symbol' in value)) return false
  return typeof value.ev === 'string' && value.ev !== '' && typeof value.symbol === 'string' && value.symbol !== ''
}

const sizeOf = (blocks: ReadonlySet<ArrayBufferLike>): number => {
  let sum = 0
  for (const block of blocks) sum += block.byteLength
  return sum
}

const comma = 0x2c

type Encode = (event: EventLike) => Buffer

/** Events that left operators: some the very objects that went in, with their bytes, some new. A class for the reason View is one. */
class MadeSheet implements Sheet {
  readonly eventType: string
  readonly length: number
  readonly exact: boolean
  readonly #events: readonly EventLike[]
  readonly #encode: Encode
  readonly #sources: readonly (Source | undefined)[]
  readonly #encoded: (Uint8Array | undefined)[]

  constructor(
    events: readonly EventLike[],
    encode: Encode,
    sources: readonly (Source | undefined)[],
    encoded: (Uint8Array | undefined)[],
  ) {
    this.eventType = events[0]?.ev ?? ''
    this.length = events.length
    this.exact = sources.every((source) => source === undefined)
    this.#events = events
    this.#encode = encode
    this.#sources = sources
    this.#encoded = encoded
  }

  symbol(k: number): string {
    return this.event(k).symbol
  }

  isOf(tickers: TickerSet, k: number): boolean {
    return tickers.has(this.symbol(k))
  }

  placeOf(places: TickerPlaces, k: number): number {
    return places.of(this.symbol(k))
  }

  atMs(k: number): number {
    const atMs = this.number(k, 'atMs')
    return Number.isNaN(atMs) ? this.number(k, 'endMs') : atMs
  }

  number(k: number, field: string): number {
    const event: object = this.event(k)
    const value = Object.hasOwn(event, field) ? (event as Readonly<Record<string, unknown>>)[field] : undefined
    return typeof value === 'number' ? value : NaN
  }

  wire(k: number): Uint8Array {
    const source = this.#sources[k]
    return source === undefined ? (this.#encoded[k] ??= this.#encode(this.event(k))) : source.sheet.wire(source.k)
  }

  ownBytes(k: number, count: number): number {
    let sum = 0
    for (let i = k; i < k + count; i += 1) sum += this.wireLength(i) || NaN
    return sum
  }

  copyWire(target: Buffer, at: number, k: number, count: number): number {
    let to = at
    for (let i = k; i < k + count; i += 1) {
      if (i > k) to = target.writeUInt8(comma, to)
      const bytes = this.wire(i)
      target.set(bytes, to)
      to += bytes.length
    }
    return to
  }

  wireLength(k: number): number {
    const source = this.#sources[k]
    return source === undefined ? (this.#encoded[k]?.byteLength ?? 0) : source.sheet.wireLength(source.k)
  }

  event(k: number): EventLike {
    // Positions come from a View, which has checked them.
    return this.#events[k] as EventLike
  }

  source(k: number): Source {
    return this.#sources[k] ?? { sheet: this, k }
  }

  built(k: number): EventLike {
    return this.event(k)
  }

  // Each may come from another frame.
  get wireBlock(): undefined {
    return undefined
  }

  get valueBlock(): undefined {
    return undefined
  }

  wireBytes(choice: Choice): number {
    let sum = 0
    for (let i = 0; i < choice.length; i += 1) sum += this.wireLength(choice.k(i))
    return sum
  }

  valueBytes(): number {
    return 0
  }

  addBlocks(k: number, wire: Set<ArrayBufferLike>, values: Set<ArrayBufferLike>): void {
    const source = this.#sources[k]
    if (source !== undefined) source.sheet.addBlocks(source.k, wire, values)
    else if (this.wireLength(k) > 0) wire.add(this.wire(k).buffer)
  }

  pinnedBytes(choice: Choice): number {
    const wire = new Set<ArrayBufferLike>()
    const values = new Set<ArrayBufferLike>()
    for (let i = 0; i < choice.length; i += 1) this.addBlocks(choice.k(i), wire, values)
    return Math.max(sizeOf(wire), sizeOf(values))
  }

  annotate(_choice: Choice, _annotations: Annotations): void {
    throw new Error(
      `Events of type ${this.eventType} that operators made are built already: annotate before the operators.`,
    )
  }

  detached(choice: Choice): Sheet {
    const ks = Array.from({ length: choice.length }, (_, i) => choice.k(i))
    const copied = (k: number): number => (this.#sources[k] === undefined ? 0 : this.wireLength(k))
    const total = ks.reduce((sum, k) => sum + copied(k), 0)
    const bytes = Buffer.allocUnsafeSlow(total)
    let at = 0
    const encoded = ks.map((k) => {
      // The others have a block of their own from the encoder, or nothing yet.
      if (copied(k) === 0) return this.#encoded[k]
      const from = at
      bytes.set(this.wire(k), at)
      at += copied(k)
      return bytes.subarray(from, at)
    })
    return new MadeSheet(
      ks.map((k) => this.event(k)),
      this.#encode,
      ks.map(() => undefined),
      encoded,
    )
  }
}

/** The place an event's bytes are really at: not through sheets of earlier outputs, which would keep each other alive. */
const sourceOf = (event: EventLike): Source | undefined => {
  const origin = originOf(event)
  if (origin === undefined || !(origin.batch instanceof View)) return undefined
  const { sheet, k } = origin.batch.locate(origin.index)
  return sheet.source(k)
}

/** The batch they all came from, if they are in their places there: then nothing new has to be made. */
const selectionOf = (events: readonly EventLike[]): Batch | undefined => {
  const first = events[0] && originOf(events[0])?.batch
  if (first === undefined) return undefined
  const indices: number[] = []
  for (const event of events) {
    const origin = originOf(event)
    if (origin?.batch !== first || first.at(origin.index) !== event) return undefined
    indices.push(origin.index)
  }
  const inPlace = indices.length === first.length && indices.every((index, i) => index === i)
  return inPlace ? first : first.select(indices)
}

/**
 * What operators emitted, as batches: one per event type in order of first appearance, the order within a type kept.
 *
 * An event that left as the very object that went in (and was stamped then) keeps its bytes; any other is encoded when its
 * bytes are asked for, once. When all of a type came from one batch, it is that batch or a selection of it.
 */
export const batchesOf = (outputs: readonly EventLike[], encode: Encode = encodeEvent): readonly Batch[] => {
  const byType = new Map<string, EventLike[]>()
  for (const event of outputs) {
    const events = byType.get(event.ev)
    if (events === undefined) byType.set(event.ev, [event])
    else events.push(event)
  }
  return Array.from(byType.values(), (events) => {
    const selection = selectionOf(events)
    if (selection !== undefined) return selection
    const sheet = new MadeSheet(
      events,
      encode,
      events.map(sourceOf),
      new Array<undefined>(events.length).fill(undefined),
    )
    return new View(sheet, 0, events.length)
  })
}
