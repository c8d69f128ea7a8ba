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
   * `limit` is where the frame's last closing bracket stands, -1 without one.
   */
  scan(bytes: Buffer, from: number, limit: number, isAlone: boolean): number
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

const skipSpace = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length && isSpace(bytes[at])) at += 1
  return at
}

const afterMark = (bytes: Uint8Array): number => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)

const limitOf = (bytes: Uint8Array): number => {
  let at = bytes.length - 1
  while (at >= 0 && bytes[at] !== closeList && bytes[at] !== closeObject) at -= 1
  return at
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
const walk = (bytes: Uint8Array, from: number, isAlone: boolean): Stop => {
  const open: number[] = []
  const { length } = bytes
  let at = from
  for (;;) {
    while (at < length && isMark[bytes[at] as number] === 0) at += 1
    if (at >= length) return { at: length, by: 'end' }
    const byte = bytes[at]
    if (byte === quote) {
      at += 1
      while (at < length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
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

const brokenBy = (stop: Stop, from: number): Broken => ({
  from,
  why:
    stop.by === 'end' ? 'the end of the frame inside an element' : `a bracket that closes nothing at byte ${stop.at}`,
})

const restOf = (bytes: Uint8Array, from: number): Broken | undefined => {
  const rest = skipSpace(bytes, from)
  return rest === bytes.length ? undefined : { from: rest, why: 'text after the end' }
}

const splitList = (bytes: Buffer, first: number, limit: number, taker: Taker): Broken | undefined => {
  let from = skipSpace(bytes, first)
  if (bytes[from] === closeList) return restOf(bytes, from + 1)
  for (;;) {
    let at = taker.scan(bytes, from, limit, false)
    if (at < 0) {
      const stop = walk(bytes, from, false)
      if (stop.by !== 'comma' && stop.by !== 'closeList') return brokenBy(stop, from)
      let end = stop.at
      while (end > from && isSpace(bytes[end - 1])) end -= 1
      taker.take(bytes, from, end)
      at = stop.at
    }
    if (bytes[at] !== comma && bytes[at] !== closeList) at = skipSpace(bytes, at)
    if (bytes[at] === closeList) return restOf(bytes, at + 1)
    from = at + 1
    if (bytes[from] !== openObject) from = skipSpace(bytes, from)
  }
}

/**
 * Hands the elements of a frame to a taker, in one pass: a JSON array, or an object alone, which is one element. What the taker
 * does not take at once is walked over without parsing it.
 *
 * What stands between two commas is an element, be it empty or nonsense: that is for its parser to say, and costs only
 * itself. Where brackets do not balance, or text follows the end, everything from there on is the answer.
 */
export const splitInto = (bytes: Buffer, taker: Taker): Broken | undefined => {
  const limit = limitOf(bytes)
  const from = skipSpace(bytes, afterMark(bytes))
  if (bytes[from] === openList) return splitList(bytes, from + 1, limit, taker)
  if (bytes[from] !== openObject)
    return { from, why: from === bytes.length ? 'nothing' : 'neither a list nor an object' }
  if (taker.scan(bytes, from, limit, true) > 0) return undefined
  const stop = walk(bytes, from, true)
  if (stop.by !== 'object') return brokenBy(stop, from)
  taker.take(bytes, from, stop.at)
  return restOf(bytes, stop.at)
}

/** Finds the elements of a frame; the same as `splitInto` for who wants nothing but their places. */
export const split = (bytes: Buffer): Split => {
  const ranges: number[] = []
  const broken = splitInto(bytes, { scan: () => -1, take: (_bytes, from, end) => void ranges.push(from, end) })
  return broken === undefined ? { ranges } : { ranges, broken }
}
