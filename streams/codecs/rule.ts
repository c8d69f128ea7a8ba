import type { Kind } from './field.ts'

/** How one kind is read and written. */
export interface Rule {
  /** In words, for messages: "expected …". */
  readonly expected: string
  /** From what `JSON.parse` gave, or a bigint where a double cannot hold the literal; `undefined`: refused. */
  readonly read: (wire: unknown) => unknown
  /** To what JSON can say, a bigint for a whole number beyond a double; `undefined`: not a value of this kind. */
  readonly write: (value: unknown) => unknown
}

// Told apart by size: below 1e14 ms (until the year 5138), below 1e17 µs, above ns (both from March 1973).
const msEnd = 1e14
const usEnd = 1e17
const nsEnd = 1e20

const isWhole = (wire: unknown): wire is number | bigint =>
  typeof wire === 'number' ? Number.isSafeInteger(wire) : typeof wire === 'bigint'

const isInstant = (wire: unknown): wire is number | bigint => isWhole(wire) && wire >= 0 && wire < nsEnd

const readNs = (wire: unknown): string | undefined => {
  if (!isInstant(wire)) return undefined
  if (wire < 1) return '0'
  if (wire < msEnd) return `${wire}000000`
  return wire < usEnd ? `${wire}000` : `${wire}`
}

const readMs = (wire: unknown): number | undefined => {
  if (!isInstant(wire)) return undefined
  if (wire < msEnd) return Number(wire) + 0
  // Divided as bigint: the quotient of two doubles can round up across a millisecond.
  return Number(BigInt(wire) / (wire < usEnd ? 1_000n : 1_000_000n))
}

const nsText = /^(?:0|[1-9]\d{0,19})$/

const writeNs = (value: unknown): number | bigint | undefined => {
  if (typeof value !== 'string' || !nsText.test(value)) return undefined
  const ns = BigInt(value)
  if (ns >= usEnd) return ns
  // So small a number of nanoseconds would be read as another unit; whole milliseconds can still be said.
  return ns % 1_000_000n === 0n ? Number(ns / 1_000_000n) : undefined
}

const readTimeMs = (wire: unknown): number | undefined =>
  typeof wire === 'number' && Number.isSafeInteger(wire) && wire >= 0 && wire < msEnd ? wire + 0 : undefined

const readText = (wire: unknown): string | undefined => (typeof wire === 'string' ? wire : undefined)

const readTicker = (wire: unknown): string | undefined => (typeof wire === 'string' && wire !== '' ? wire : undefined)

// Adding 0 turns -0 into 0: JSON.stringify writes both as 0, and toStrictEqual tells them apart.
const readInteger = (wire: unknown): number | undefined =>
  typeof wire === 'number' && Number.isSafeInteger(wire) ? wire + 0 : undefined

const readFlag = (wire: unknown): boolean | undefined => (typeof wire === 'boolean' ? wire : undefined)

const decimal = /^\d+(?:\.\d+)?$/

const readDecimalText = (wire: unknown): string | undefined =>
  typeof wire === 'string' && decimal.test(wire) ? wire : undefined

const readIntegerList = (wire: unknown): readonly number[] | undefined => {
  if (!Array.isArray(wire)) return undefined
  const list: readonly unknown[] = wire
  return list.every((item): item is number => Number.isSafeInteger(item))
    ? list.some((item) => Object.is(item, -0))
      ? list.map((item) => item + 0)
      : list
    : undefined
}

const both = (expected: string, read: (wire: unknown) => unknown): Rule => ({ expected, read, write: read })

const numberRule = (kind: Extract<Kind, { kind: 'number' }>): Rule => {
  if ('over' in kind) {
    const { over } = kind
    return both(`a number above ${over}`, (wire) =>
      typeof wire === 'number' && wire > over && wire < Infinity ? wire : undefined,
    )
  }
  const { atLeast } = kind
  return both(`a number of ${atLeast} or more`, (wire) =>
    typeof wire === 'number' && wire >= atLeast && wire < Infinity ? wire + 0 : undefined,
  )
}

const instantExpected = 'a Unix time in nanoseconds, microseconds or milliseconds, whole and from 0'

/** The rule of a kind. Reading and writing never throw, whatever they are given. */
export const ruleOf = (kind: Kind): Rule => {
  switch (kind.kind) {
    case 'ticker':
      return both('a text that is not empty', readTicker)
    case 'text':
      return both('a text', readText)
    case 'number':
      return numberRule(kind)
    case 'integer':
      return both('a whole number', readInteger)
    case 'decimalText':
      return both('a decimal number as text', readDecimalText)
    case 'integerList':
      return both('a list of whole numbers', readIntegerList)
    case 'flag':
      return both('true or false', readFlag)
    case 'timeMs':
      return both('Unix milliseconds, a whole number from 0 to below 1e14', readTimeMs)
    case 'instantNs':
      return { expected: instantExpected, read: readNs, write: writeNs }
    case 'instantMs':
      return { expected: instantExpected, read: readMs, write: readTimeMs }
  }
}
