import { refusal } from './why.ts'

/**
 * Pieces of JSON, read from bytes without making anything.
 *
 * Each begins where it is told, ends at the position it answers, and runs on only while it sees what belongs to it: whoever
 * calls has made sure that a closing bracket stands at `limit`, and texts, which may hold one, stop there by themselves. A
 * negative answer is a refusal (`why.ts`): the element is not wrong by that, it is for its io-ts codec to say.
 */
export interface Cursor {
  /** Where what was read last ends. */
  at: number
  /** What it was, where that is a number. */
  value: number
}

// A double from the start: the field's representation is then never changed.
export const cursor = (): Cursor => ({ at: 0, value: 0.5 })

const space = 0x20
const quote = 0x22
const minus = 0x2d
const plus = 0x2b
const point = 0x2e
const comma = 0x2c
const colon = 0x3a
const openList = 0x5b
const closeList = 0x5d

/** A digit's value; 10 and more for what is none, the end of the bytes among it. */
const digit = (byte: number | undefined): number => (byte as number) ^ 0x30

export const skipSpace = (bytes: Uint8Array, from: number): number => {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte !== space && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at += 1
  }
}

/** The first byte of the value behind a colon that may have space around it. */
export const valueAfter = (bytes: Uint8Array, from: number): number => {
  const at = skipSpace(bytes, from)
  return bytes[at] === colon ? skipSpace(bytes, at + 1) : refusal.form
}

/** Powers of ten a double holds exactly. */
export const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const exponentMax = 22
/** So many digits make a whole number below 2^53. */
const digitsMax = 15

/**
 * A number in any form JSON has, exactly as `Number(text)` has it; false where none begins. What follows it is not looked at.
 *
 * Digits and power of ten are both exact in a double while there are at most 15 and 22 of them, so one multiplication or
 * division rounds once, as it should. Anything longer is `Number`'s.
 */
export const readNumber = (bytes: Buffer, from: number, end: Cursor): boolean => {
  const isNegative = bytes[from] === minus
  let at = isNegative ? from + 1 : from
  let mantissa = 0
  // Digits from the first that is not 0.
  let digits = 0
  let next = digit(bytes[at])
  if (next > 9) return false
  if (next === 0) {
    at += 1
    next = digit(bytes[at])
    if (next <= 9) return false
  } else {
    while (next <= 9) {
      mantissa = mantissa * 10 + next
      digits += 1
      at += 1
      next = digit(bytes[at])
    }
  }

  let exponent = 0
  if (bytes[at] === point) {
    at += 1
    const first = at
    next = digit(bytes[at])
    while (next <= 9) {
      mantissa = mantissa * 10 + next
      if (digits > 0 || next > 0) digits += 1
      at += 1
      next = digit(bytes[at])
    }
    if (at === first) return false
    exponent = first - at
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at += 1
    const isBelow = bytes[at] === minus
    if (isBelow || bytes[at] === plus) at += 1
    const first = at
    let power = 0
    next = digit(bytes[at])
    while (next <= 9) {
      // More than any double has; and it must not grow out of the integers.
      if (power < 100_000) power = power * 10 + next
      at += 1
      next = digit(bytes[at])
    }
    if (at === first) return false
    exponent += isBelow ? -power : power
  }

  end.at = at
  if (digits > digitsMax || exponent > exponentMax || exponent < -exponentMax) {
    end.value = Number(bytes.toString('latin1', from, at))
    return true
  }
  const size =
    exponent < 0 ? mantissa / (powersOfTen[-exponent] as number) : mantissa * (powersOfTen[exponent] as number)
  end.value = isNegative ? -size : size
  return true
}

/**
 * A Unix time in plain digits, in ms, µs or ns by how many they are, as whole milliseconds, rounded down; the same bounds as
 * the rule of `instantMs`. Any other form is refused.
 */
export const readInstant = (bytes: Uint8Array, from: number, end: Cursor): boolean => {
  let at = from
  while (digit(bytes[at]) <= 9) at += 1
  const digits = at - from
  if (digits === 0 || digits > 20 || (digits > 1 && digit(bytes[from]) === 0)) return false
  const next = bytes[at]
  if (next === point || next === 0x65 || next === 0x45) return false
  const stop = digits < 15 ? at : digits < 18 ? at - 3 : at - 6
  let ms = 0
  for (let i = from; i < stop; i += 1) ms = ms * 10 + digit(bytes[i])
  end.at = at
  end.value = ms
  return true
}

/** Digits of `instantNs` as they stand, and the zeros that make nanoseconds of them. */
export const nanoseconds = (digits: string): string => {
  if (digits.length >= 18) return digits
  if (digits.length >= 15) return `${digits}000`
  return digits === '0' ? digits : `${digits}000000`
}

/** The position after the closing quote of the text whose first character is at `from`; of plain ASCII without escapes. */
export const skipText = (bytes: Uint8Array, from: number, limit: number): number => {
  for (let at = from; at < limit; at += 1) {
    const byte = bytes[at] as number
    if (byte === quote) return at + 1
    if (byte < space || byte > 0x7f || byte === 0x5c) return refusal.text
  }
  return refusal.form
}

/** The same for text nobody will look at: beyond ASCII anything decodes to something. */
const skipAnyText = (bytes: Uint8Array, from: number, limit: number): number => {
  for (let at = from; at < limit; at += 1) {
    const byte = bytes[at] as number
    if (byte === quote) return at + 1
    if (byte < space || byte === 0x5c) return refusal.text
  }
  return refusal.form
}

/** The position after the closing quote of a decimal number as text, whose first digit is at `from`. */
export const skipDecimal = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (digit(bytes[at]) <= 9) at += 1
  if (at === from) return refusal.value
  if (bytes[at] === point) {
    at += 1
    const first = at
    while (digit(bytes[at]) <= 9) at += 1
    if (at === first) return refusal.value
  }
  return bytes[at] === quote ? at + 1 : refusal.value
}

/** The position after a list of plain whole numbers, whose bracket is at `from`. */
export const skipWholes = (bytes: Uint8Array, from: number): number => {
  let at = from + 1
  let next = digit(bytes[at])
  if (next > 9) {
    at = skipSpace(bytes, at)
    if (bytes[at] === closeList) return at + 1
    next = digit(bytes[at])
  }
  for (;;) {
    const first = at
    if (next > 9) return refusal.value
    at += 1
    if (next > 0) while (digit(bytes[at]) <= 9) at += 1
    if (at - first > digitsMax) return refusal.value
    if (bytes[at] !== comma && bytes[at] !== closeList) at = skipSpace(bytes, at)
    if (bytes[at] === closeList) return at + 1
    if (bytes[at] !== comma) return refusal.value
    at += 1
    next = digit(bytes[at])
    if (next > 9) {
      at = skipSpace(bytes, at)
      next = digit(bytes[at])
    }
  }
}

/** The list `skipWholes` has passed, without its brackets. */
export const readWholes = (bytes: Uint8Array, from: number, length: number): number[] => {
  const wholes: number[] = []
  const end = from + length
  let at = from
  while (at < end) {
    let next = digit(bytes[at])
    at += 1
    if (next > 9) continue
    let whole = next
    while (at < end && (next = digit(bytes[at])) <= 9) {
      whole = whole * 10 + next
      at += 1
    }
    wholes.push(whole)
  }
  return wholes
}

/** The position after `null`, `true` or `false` if that stands here. */
export const skipNull = (bytes: Uint8Array, at: number): number =>
  bytes[at] === 0x6e && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c
    ? at + 4
    : refusal.value

export const skipTrue = (bytes: Uint8Array, at: number): number =>
  bytes[at] === 0x74 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65
    ? at + 4
    : refusal.value

export const skipFalse = (bytes: Uint8Array, at: number): number =>
  bytes[at] === 0x66 &&
  bytes[at + 1] === 0x61 &&
  bytes[at + 2] === 0x6c &&
  bytes[at + 3] === 0x73 &&
  bytes[at + 4] === 0x65
    ? at + 5
    : refusal.value

/** The position after a value nobody will look at; nested ones are refused. */
export const skipScalar = (bytes: Buffer, from: number, limit: number, end: Cursor): number => {
  const byte = bytes[from]
  if (byte === quote) return skipAnyText(bytes, from + 1, limit)
  if (byte === 0x6e) return skipNull(bytes, from)
  if (byte === 0x74) return skipTrue(bytes, from)
  if (byte === 0x66) return skipFalse(bytes, from)
  if (byte === openList || byte === 0x7b) return refusal.nested
  // Mostly a whole number.
  let at = from
  while (digit(bytes[at]) <= 9) at += 1
  const next = bytes[at]
  if ((next === comma || next === 0x7d) && at > from && (byte !== 0x30 || at === from + 1)) return at
  return readNumber(bytes, from, end) ? end.at : refusal.form
}
