/** Where the elements of a frame lie. */
export interface Split {
  /** Start and end of each element, flat: `[start0, end0, start1, end1, …]`, white space around an element left out. */
  readonly ranges: readonly number[]
  /** Absent for a sound frame. */
  readonly broken?: Broken
}

/** Who gets the elements of a frame, in order. */
export interface Taker {
  /**
   * Takes the element that begins at `from`, if it is a sound one and what follows belongs behind it: a comma or the list's end,
   * or after an object alone the end of the frame; and any number of those that come behind it. The position after the last one, or
   * below 0: then it comes again by `take`.
   * The frame ends at `to`; `limit` is where its last closing bracket stands, -1 without one.
   */
  scan(bytes: Buffer, from: number, to: number, limit: number, isAlone: boolean): number
  /** An element from its first byte to after its last, white space around it left out: anything between two commas. */
  take(bytes: Buffer, from: number, end: number): void
}

/** From where on elements could not be told apart, and why. */
export interface Broken {
  readonly from: number
  readonly why: string
}

const space = 0x20
const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const openList = 0x5b
const closeList = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

/** What stands between values and has a meaning: everything else is walked over. */
const isMark = new Uint8Array(256)
for (const byte of [quote, comma, openList, closeList, openObject, closeObject]) isMark[byte] = 1

const isSpace = (byte: number | undefined): boolean => byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09

const skipSpace = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from
  while (at < to && isSpace(bytes[at])) at += 1
  return at
}

const afterMark = (bytes: Uint8Array, start: number, to: number): number =>
  to - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start

const limitOf = (bytes: Uint8Array, start: number, to: number): number => {
  let at = to - 1
  while (at >= start && bytes[at] !== closeList && bytes[at] !== closeObject) at -= 1
  return at < start ? -1 : at
}

interface Stop {
  /** The position of what ended the element. */
  readonly at: number
  readonly by: 'comma' | 'closeList' | 'object' | 'end' | 'mismatch'
}

/**
 * Walks one element from `from` to the comma or bracket that ends it. Aware of strings and depth, without recursion; what
 * kind of bracket is open is kept, so a `}` that closes a `[` is noticed where it stands.
 */
const walk = (bytes: Uint8Array, from: number, to: number, isAlone: boolean): Stop => {
  const open: number[] = []
  let at = from
  for (;;) {
    while (at < to && isMark[bytes[at] as number] === 0) at += 1
    if (at >= to) return { at: to, by: 'end' }
    const byte = bytes[at]
    if (byte === quote) {
      at += 1
      while (at < to && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
    } else if (byte === openObject) open.push(closeObject)
    else if (byte === openList) open.push(closeList)
    else if (byte === closeObject || byte === closeList) {
      if (open.length === 0) return { at, by: byte === closeList ? 'closeList' : 'mismatch' }
      if (open.pop() !== byte) return { at, by: 'mismatch' }
      if (isAlone && open.length === 0) return { at: at + 1, by: 'object' }
    } else if (byte === comma && open.length === 0) return { at, by: 'comma' }
    at += 1
  }
}

const brokenBy = (stop: Stop, from: number, start: number): Broken => ({
  from,
  why:
    stop.by === 'end'
      ? 'the end of the frame inside an element'
      : `a bracket that closes nothing at byte ${stop.at - start}`,
})

const restOf = (bytes: Uint8Array, from: number, to: number): Broken | undefined => {
  const rest = skipSpace(bytes, from, to)
  return rest >= to ? undefined : { from: rest, why: 'text after the end' }
}

const splitList = (
  bytes: Buffer,
  start: number,
  first: number,
  to: number,
  limit: number,
  taker: Taker,
): Broken | undefined => {
  let from = skipSpace(bytes, first, to)
  if (from < to && bytes[from] === closeList) return restOf(bytes, from + 1, to)
  for (;;) {
    let at = taker.scan(bytes, from, to, limit, false)
    if (at < 0) {
      const stop = walk(bytes, from, to, false)
      if (stop.by !== 'comma' && stop.by !== 'closeList') return brokenBy(stop, from, start)
      let end = stop.at
      while (end > from && isSpace(bytes[end - 1])) end -= 1
      taker.take(bytes, from, end)
      at = stop.at
    }
    if (bytes[at] !== comma && bytes[at] !== closeList) at = skipSpace(bytes, at, to)
    if (bytes[at] === closeList) return restOf(bytes, at + 1, to)
    from = at + 1
    if (bytes[from] !== openObject) from = skipSpace(bytes, from, to)
  }
}

/**
 * Hands the elements of the frame that lies from `start` to `to` to a taker, in one pass: a JSON array, or an object alone, which is one
 * element. What the taker does not take at once is walked over without parsing it.
 *
 * What stands between two commas is an element, be it empty or nonsense: that is for its parser to say, and costs only
 * itself. Where brackets do not balance, or text follows the end, everything from there on is the answer.
 */
export const splitInto = (bytes: Buffer, start: number, to: number, taker: Taker): Broken | undefined => {
  const limit = limitOf(bytes, start, to)
  const from = skipSpace(bytes, afterMark(bytes, start, to), to)
  if (from >= to) return { from, why: 'nothing' }
  if (bytes[from] === openList) return splitList(bytes, start, from + 1, to, limit, taker)
  if (bytes[from] !== openObject) return { from, why: 'neither a list nor an object' }
  if (taker.scan(bytes, from, to, limit, true) > 0) return undefined
  const stop = walk(bytes, from, to, true)
  if (stop.by !== 'object') return brokenBy(stop, from, start)
  taker.take(bytes, from, stop.at)
  return restOf(bytes, stop.at, to)
}

/** Finds the elements of a frame; the same as `splitInto` for who wants nothing but their places. */
export const split = (bytes: Buffer): Split => {
  const ranges: number[] = []
  const taker = { scan: () => -1, take: (_bytes: Buffer, from: number, end: number) => void ranges.push(from, end) }
  const broken = splitInto(bytes, 0, bytes.length, taker)
  return broken === undefined ? { ranges } : { ranges, broken }
}
