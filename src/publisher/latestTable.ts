import type { Held } from './frames.ts'

/** The latest event of each symbol, or of each kind of each symbol. */
export interface LatestTable {
  readonly size: number
  /** Returns the bytes of the event that it replaces, undefined for none. */
  set(event: Held): number | undefined
  has(symbol: string): boolean
  /** Forgets the symbols that are not to stay; returns the bytes of each event that it held of them. */
  keep(stays: (symbol: string) => boolean): readonly number[]
  /** All there are, in the order of their arrival. What is returned is overwritten by the next event of its symbol. */
  all(): readonly Held[]
  /** The same of these symbols alone. */
  some(symbols: readonly string[]): readonly Held[]
  /**
   * Removes and returns events of about `bytesMax` bytes, at least one if there is one. Those whose symbol has waited
   * longest come first, so that a busy symbol cannot keep a quiet one waiting; within the portion the order is that of arrival.
   */
  take(bytesMax: number): readonly Held[]
}

interface Row extends Held {
  readonly key: string
  space: Buffer
  bytes: Buffer
  arrival: number
}

/** Copies what it is given, once and in place: a view would keep its whole socket chunk alive, up to 64 KB for a hundred bytes. */
export const createLatestTable = (): LatestTable => {
  const rows = new Map<string, Row>()
  let arrivals = 0

  const write = (row: Row, bytes: Uint8Array): void => {
    if (bytes.length > row.space.length) row.space = Buffer.allocUnsafeSlow(roomFor(bytes.length))
    row.space.set(bytes)
    row.bytes = row.space.subarray(0, bytes.length)
    row.arrival = arrivals += 1
  }

  return {
    get size() {
      return rows.size
    },
    set: ({ symbol, bytes, kind }) => {
      const key = kind === undefined ? symbol : `${kind} ${symbol}`
      const before = rows.get(key)
      const replacedBytes = before?.bytes.length
      const kinds = kind === undefined ? {} : { kind }
      const row = before ?? { key, symbol, ...kinds, space: nothing, bytes: nothing, arrival: 0 }
      write(row, bytes)
      if (before === undefined) rows.set(key, row)
      return replacedBytes
    },
    has: (symbol) => rows.has(symbol),
    keep: (stays) => {
      const gone = Array.from(rows.values()).filter(({ symbol }) => !stays(symbol))
      for (const { key } of gone) rows.delete(key)
      return gone.map(({ bytes }) => bytes.length)
    },
    all: () => inOrder([...rows.values()]),
    some: (symbols) => inOrder(symbols.flatMap((symbol) => rows.get(symbol) ?? [])),
    take: (bytesMax) => {
      const taken: Row[] = []
      let size = 0
      for (const row of rows.values()) {
        if (taken.length > 0 && size + row.bytes.length > bytesMax) break
        size += row.bytes.length
        taken.push(row)
        rows.delete(row.key)
      }
      return inOrder(taken)
    },
  }
}

const nothing = Buffer.alloc(0)

/** A little more than asked for: numbers get longer as the day goes on. */
const roomFor = (length: number): number => Math.ceil((length + 16) / 32) * 32

const inOrder = (rows: Row[]): readonly Held[] => rows.sort((a, b) => a.arrival - b.arrival)
