/** Where the elements of a frame lie. */
export interface Split {
  /** Start and end of each element, flat: `[start0, end0, start1, end1, …]`, white space around an element left out. */
  readonly ranges: readonly number[]
  /** From where on elements could not be told apart, and why; absent for a sound frame. */
  readonly broken?: { readonly from: number; readonly why: string }
}

const space = 0x20
const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const openList = 0x5b
const closeList = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

const isSpace = (byte: number | undefined): boolean => byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09

const skipSpace = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length && isSpace(bytes[at])) at += 1
  return at
}

const afterMark = (bytes: Uint8Array): number => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)

interface Stop {
  /** The position of what ended the element. */
  readonly at: number
  readonly by: 'comma' | 'closeList' | 'object' | 'end' | 'mismatch'
}

/**
 * Walks one element from `from` to the comma or bracket that ends it. Aware of strings and depth, without recursion; what
 * kind of bracket is open is kept, so a `}` that closes a `[` is noticed where it stands.
 */
const walk = (bytes: Uint8Array, from: number, bare: boolean, open: number[] = []): Stop => {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) {
      at += 1
      while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
    } else if (byte === openObject) open.push(closeObject)
    else if (byte === openList) open.push(closeList)
    else if (byte === closeObject || byte === closeList) {
      if (open.length === 0) return { at, by: byte === closeList ? 'closeList' : 'mismatch' }
      if (open.pop() !== byte) return { at, by: 'mismatch' }
      if (bare && open.length === 0) return { at: at + 1, by: 'object' }
    } else if (byte === comma && open.length === 0) return { at, by: 'comma' }
    at += 1
  }
  return { at: bytes.length, by: 'end' }
}

const whyOf = (stop: Stop): string =>
  stop.by === 'end' ? 'the end of the frame inside an element' : `a bracket that closes nothing at byte ${stop.at}`

const brokenAt = (ranges: readonly number[], from: number, why: string): Split => ({ ranges, broken: { from, why } })

const ended = (bytes: Uint8Array, ranges: readonly number[], from: number): Split => {
  const rest = skipSpace(bytes, from)
  return rest === bytes.length ? { ranges } : brokenAt(ranges, rest, 'text after the end')
}

const splitList = (bytes: Uint8Array, first: number): Split => {
  const ranges: number[] = []
  // One for all elements: it is empty again whenever one has ended well.
  const open: number[] = []
  let from = skipSpace(bytes, first)
  if (bytes[from] === closeList) return ended(bytes, ranges, from + 1)
  for (;;) {
    const stop = walk(bytes, from, false, open)
    if (stop.by !== 'comma' && stop.by !== 'closeList') return brokenAt(ranges, from, whyOf(stop))
    let end = stop.at
    while (end > from && isSpace(bytes[end - 1])) end -= 1
    ranges.push(from, end)
    if (stop.by === 'closeList') return ended(bytes, ranges, stop.at + 1)
    from = skipSpace(bytes, stop.at + 1)
  }
}

/**
 * Finds the elements of a frame without parsing them, in one pass: a JSON array, or an object alone, which is one element.
 *
 * What stands between two commas is an element, be it empty or nonsense: that is for its parser to say, and costs only
 * itself. Where brackets do not balance, or text follows the end, everything from there on is `broken`.
 */
export const split = (bytes: Uint8Array): Split => {
  const from = skipSpace(bytes, afterMark(bytes))
  if (bytes[from] === openList) return splitList(bytes, from + 1)
  if (bytes[from] !== openObject)
    return brokenAt([], from, from === bytes.length ? 'nothing' : 'neither a list nor an object')
  const stop = walk(bytes, from, true)
  return stop.by === 'object' ? ended(bytes, [from, stop.at], stop.at) : brokenAt([], from, whyOf(stop))
}
