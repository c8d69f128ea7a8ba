const quote = 0x22
const backslash = 0x5c

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

const skipSpace = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from
  while (at < end && isSpace(bytes[at])) at += 1
  return at
}

/** The position after the string that opens at `from`. */
const skipString = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from + 1
  while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at + 1
}

/** The position after the value that begins at `from`; nested values are passed by depth, not by recursion. */
const skipValue = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from
  let depth = 0
  while (at < end) {
    const byte = bytes[at]
    if (byte === quote) {
      at = skipString(bytes, at, end)
      if (depth === 0) return at
      continue
    }
    if (byte === 0x7b || byte === 0x5b) depth += 1
    else if (byte === 0x7d || byte === 0x5d) {
      // At depth 0 it closes the object around a bare number or word.
      if (depth === 0) return at
      depth -= 1
      if (depth === 0) return at + 1
    } else if (depth === 0 && (byte === 0x2c || isSpace(byte))) return at
    at += 1
  }
  return end
}

/** Whether the string from its opening to after its closing quote is this key, which is plain ASCII. */
const keyIs = (bytes: Buffer, from: number, end: number, key: string): boolean => {
  const length = end - from - 2
  if (length < key.length) return false
  if (length > key.length) {
    // Longer and yet the same only by escapes.
    const raw = bytes.toString('utf8', from, end)
    return raw.includes('\\') && JSON.parse(raw) === key
  }
  for (let i = 0; i < length; i += 1) if (bytes[from + 1 + i] !== key.charCodeAt(i)) return false
  return true
}

/**
 * The text of the value under a top-level key, letter for letter: what `JSON.parse` rounds, this still has.
 *
 * `bytes` from `start` to `end` is an object `JSON.parse` has accepted. Of a key given twice the last counts, as there.
 */
export const literalOf = (bytes: Buffer, start: number, end: number, key: string): string | undefined => {
  let found: string | undefined
  let at = skipSpace(bytes, skipSpace(bytes, start, end) + 1, end)
  while (at < end && bytes[at] === quote) {
    const keyEnd = skipString(bytes, at, end)
    const from = skipSpace(bytes, skipSpace(bytes, keyEnd, end) + 1, end)
    const to = skipValue(bytes, from, end)
    if (keyIs(bytes, at, keyEnd, key)) found = bytes.toString('utf8', from, to)
    at = skipSpace(bytes, skipSpace(bytes, to, end) + 1, end)
  }
  return found
}

const numberForm = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

// Enough for any time in nanoseconds; a literal of 1e999999 must not become a million digits.
const digitsMax = 40

const withoutZeros = (digits: string): { readonly core: string; readonly dropped: number } => {
  let from = 0
  while (digits[from] === '0') from += 1
  let to = digits.length
  while (to > from && digits[to - 1] === '0') to -= 1
  return { core: digits.slice(from, to), dropped: digits.length - to }
}

/** The whole number a JSON literal says, exactly and in any form (`1.6e18`, `12.0`); `undefined` when it is none, or absurdly large. */
export const exactWhole = (literal: string): bigint | undefined => {
  const form = numberForm.exec(literal)
  if (form === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = form
  const { core, dropped } = withoutZeros(whole + fraction)
  if (core === '') return 0n
  const zeros = Number(exponent) - fraction.length + dropped
  if (zeros < 0 || core.length + zeros > digitsMax) return undefined
  return BigInt(`${sign}${core}${'0'.repeat(zeros)}`)
}
