import { skipScalar, skipSpace, skipText, skipWholes, valueAfter, type Cursor } from './json.ts'
import { refusal } from './why.ts'

const quote = 0x22

/** Whether the text in quotes at `from` is this plain one. */
export const isText = (bytes: Uint8Array, from: number, text: string): boolean => {
  if (bytes[from] !== quote) return false
  for (let i = 0; i < text.length; i += 1) if (bytes[from + 1 + i] !== text.charCodeAt(i)) return false
  return bytes[from + 1 + text.length] === quote
}

/**
 * Where the value of an element's `ev` begins, wherever the key stands. Below 0 when there is none before the first thing that
 * is not plain: then the element is for its io-ts codec anyway.
 */
export const typeAt = (bytes: Buffer, start: number, limit: number, cursor: Cursor): number => {
  if (bytes[start] !== 0x7b) return refusal.form
  let at = start + 1
  for (;;) {
    at = skipSpace(bytes, at)
    if (bytes[at] !== quote) return refusal.form
    const isType = isText(bytes, at, 'ev')
    const after = skipText(bytes, at + 1, limit)
    if (after < 0) return after
    at = valueAfter(bytes, after)
    if (at < 0 || isType) return at
    at = bytes[at] === 0x5b ? skipWholes(bytes, at) : skipScalar(bytes, at, limit, cursor)
    if (at < 0) return at
    at = skipSpace(bytes, at)
    if (bytes[at] !== 0x2c) return refusal.form
    at += 1
  }
}
