import { skipScalar, valueAfter } from './json.ts'
import type { Names } from './names.ts'
import type { Found } from './scanner.ts'
import { isText } from './typeAt.ts'
import { refusal } from './why.ts'

/** How many unknown keys an element may have. */
export const unknownKeysMax = 16

const isDigit = (byte: number | undefined): boolean => ((byte as number) ^ 0x30) <= 9

/** Notes a key the table does not know, whose opening quote is at `at`, and passes its value by. */
export const skipUnknown = (bytes: Buffer, at: number, limit: number, found: Found, keys: Names): number => {
  const { cursor, unknownKeys } = found
  // Mostly what stood here in the element before.
  let key = unknownKeys[found.unknown] as number
  const before = keys.list[key]
  if (before !== undefined && found.unknown < unknownKeysMax && isText(bytes, at, before))
    cursor.at = at + before.length + 2
  else key = keys.read(bytes, at + 1, limit, cursor)
  if (key < 0) return key === refusal.text || key === refusal.form ? key : refusal.keys
  // JSON.parse puts keys that look like a list's indices before all others, and drifts are told in its order.
  if (isDigit(bytes[at + 1])) return refusal.keys
  const from = valueAfter(bytes, cursor.at)
  if (from < 0) return from

  let i = 0
  while (i < found.unknown && unknownKeys[i] !== key) i += 1
  if (i === found.unknown) {
    if (i === unknownKeysMax) return refusal.keys
    unknownKeys[i] = key
    found.unknown += 1
  }
  return skipScalar(bytes, from, limit, cursor)
}
