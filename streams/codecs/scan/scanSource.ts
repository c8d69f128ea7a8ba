import type { Kind } from '../field.ts'
import { readSource, textFunction } from './buildSource.ts'
import { evBit, type Column, type Key, type Layout } from './layout.ts'
import { elementBytesEnd, headSlot, placeSlot, symbolUnit } from './row.ts'
import { refusal } from './why.ts'

/** The bytes from `at` are these. */
const standsAt = (at: string, offset: number, text: string): string =>
  Array.from(text, (letter, i) => `bytes[${at} + ${offset + i}] === ${letter.charCodeAt(0)}`).join(' && ')

const shift = '(((whole << 2) + whole) << 1) + next | 0'
const digitsLoop = `
  while (next <= 9) {
    whole = ${shift}
    next = bytes[at + 1] ^ 48
    if (next > 9) { at += 1; break }
    whole = ${shift}
    next = bytes[at + 2] ^ 48
    if (next > 9) { at += 2; break }
    whole = ${shift}
    next = bytes[at + 3] ^ 48
    if (next > 9) { at += 3; break }
    whole = ${shift}
    at += 4
    next = bytes[at] ^ 48
  }`

/** Of an unsigned whole number with `from` at its first digit: digits into `whole`, `at` behind them, `next` what follows, less 48. */
const digits = `
  whole = next
  next = bytes[at] ^ 48
  if (whole !== 0) ${digitsLoop}`

// The comma or brace behind a value, less 48: anything else is for readNumber.
const isEnd = '(next === 28 || next === 77)'

const inBounds = (kind: Kind): string => {
  if (kind.kind === 'number')
    return 'over' in kind ? `value > ${kind.over} && value < Infinity` : `value >= ${kind.atLeast} && value < Infinity`
  if (kind.kind === 'integer') return 'isSafeInteger(value)'
  return 'isSafeInteger(value) && value >= 0 && value < 1e14'
}

/** The same of a number read in place: finite and from 0, or NaN where it was not. */
const inPlaceBounds = (kind: Kind): string =>
  kind.kind === 'number' ? ('over' in kind ? `value > ${kind.over}` : `value >= ${kind.atLeast}`) : 'value >= 0'

// Adding 0 makes 0 of -0, as the rules do; only a number above a bound is left as it is.
const normal = (kind: Kind, value: string): string =>
  kind.kind === 'number' && 'over' in kind ? value : `${value} + 0`

const store = ({ slot }: Column, value: string): string => `rows[base + ${slot}] = ${value}`

/** A ticker's number; the symbol's goes into the head, at the end. */
const storeName = (column: Column, value: string): string =>
  column.slot === headSlot ? `symbol = ${value}` : store(column, value)

/** A value that is null instead: as if the key were not there. */
const nullOr = ({ bit, columns }: Key, otherwise: string): string =>
  columns.some(({ absent }) => absent === 'refuse')
    ? otherwise
    : `if (bytes[from] === 110) {
        if ((at = skipNull(bytes, from)) < 0) return at
        nulls |= ${bit}
      } else { ${otherwise} }`

const numberSource = (key: Key, column: Column): string => {
  const { kind } = column
  const hasFraction = kind.kind === 'number'
  return `
    value = NaN
    at = from + 1
    next = bytes[from] ^ 48
    if (next <= 9) {
      ${digits}
      ${
        hasFraction
          ? `if (next === 30) {
              point = at
              at += 1
              next = bytes[at] ^ 48
              ${digitsLoop}
              if (at - from <= 10 && at - point > 1 && ${isEnd}) value = whole / powersOfTen[at - point - 1]
            } else`
          : ''
      } if (at - from <= 9 && ${isEnd}) value = whole
    }
    if (${inPlaceBounds(kind)}) ${store(column, 'value')}
    else {
      ${nullOr(
        key,
        `if (!readNumber(bytes, from, cursor)) return ${refusal.value}
        value = ${normal(kind, 'cursor.value')}
        at = cursor.at
        if (!(${inBounds(kind)})) return ${refusal.value}
        ${store(column, 'value')}`,
      )}
    }`
}

/** Thirteen digits at once: a time in milliseconds from 2001 to 2286. */
const thirteen = (then: string): string => {
  const d = (i: number): string => `(bytes[from + ${i}] ^ 48)`
  const fold = (list: readonly number[]): string =>
    list.slice(1).reduce((sum, i) => `(${sum} * 10 + t${i})`, `t${list[0] as number}`)
  const all = Array.from({ length: 13 }, (_, i) => i)
  return `
    if (from + 13 <= limit) {
      ${all.map((i) => `const t${i} = ${d(i)}`).join('; ')}
      next = bytes[from + 13] ^ 48
      // A digit is 0 to 9, so with 6 added it still fits in four bits; any other byte does not.
      if (((${all.map((i) => `(t${i} + 6)`).join(' | ')}) & ~15) === 0 && t0 !== 0 && ${isEnd}) {
        value = ${fold(all.slice(0, 7))} * 1e6 + ${fold(all.slice(7))}
        at = from + 13
        ${then}
      }
    }`
}

const timeSource = (key: Key, column: Column): string => `
    value = -1
    ${thirteen('')}
    if (value >= 0) ${store(column, 'value')}
    else {
      ${nullOr(
        key,
        `if (!readNumber(bytes, from, cursor)) return ${refusal.value}
        value = cursor.value + 0
        at = cursor.at
        if (!(${inBounds(column.kind)})) return ${refusal.value}
        ${store(column, 'value')}`,
      )}
    }`

const instantSource = (key: Key): string => {
  const stores = key.columns
    .map((column) => store(column, column.kind.kind === 'instantMs' ? 'value' : '(from - start) * 65536 + (at - from)'))
    .join('; ')
  return `
    value = -1
    ${thirteen('')}
    if (value >= 0) { ${stores} }
    else {
      ${nullOr(
        key,
        `if (!readInstant(bytes, from, cursor)) return ${refusal.value}
        value = cursor.value
        at = cursor.at
        ${stores}`,
      )}
    }`
}

const textSource = (key: Key, column: Column): string => `
    if (bytes[from] === 34) {
      from += 1
      at = from
      whole = 0
      // One branch a byte: a control character, a backslash or a byte beyond ASCII leaves a mark outside the low seven bits.
      while (at < limit && (next = bytes[at]) !== 34) { whole |= next | (next - 32) | ((next ^ 92) - 1); at += 1 }
      if (at >= limit) return ${refusal.form}
      if ((whole & ~127) !== 0) return ${refusal.text}
      ${store(column, '(from - start) * 65536 + (at - from)')}
      at += 1
    } else { ${nullOr(key, `return ${refusal.value}`)} }`

const decimalSource = (key: Key, column: Column): string => `
    if (bytes[from] === 34) {
      from += 1
      if ((at = skipDecimal(bytes, from)) < 0) return at
      ${store(column, '(from - start) * 65536 + (at - 1 - from)')}
    } else { ${nullOr(key, `return ${refusal.value}`)} }`

const listSource = (key: Key, column: Column): string => `
    if (bytes[from] === 91) {
      if ((at = skipWholes(bytes, from)) < 0) return at
      ${store(column, '(from + 1 - start) * 65536 + (at - from - 2)')}
    } else { ${nullOr(key, `return ${refusal.value}`)} }`

const flagSource = (key: Key, column: Column): string => `
    if (bytes[from] === 116) {
      if ((at = skipTrue(bytes, from)) < 0) return at
      ${store(column, '1')}
    } else if (bytes[from] === 102) {
      if ((at = skipFalse(bytes, from)) < 0) return at
      ${store(column, '0')}
    } else { ${nullOr(key, `return ${refusal.value}`)} }`

/** A ticker of up to eight bytes is looked for where it should be; everything else is `Names`'. */
const tickerSource = (key: Key, column: Column): string => `
    if (bytes[from] === 34) {
      from += 1
      at = from
      next = bytes[at]
      whole = 0
      second = 0
      while (next !== 34 && at - from < 4) { whole = (whole << 8) | next; at += 1; next = bytes[at] }
      while (next !== 34 && at - from < 8) { second = (second << 8) | next; at += 1; next = bytes[at] }
      point = Math.imul(whole ^ Math.imul(second, 0x9e3779b1), 0x85ebca6b)
      point = ((point ^ (point >>> 15)) << 2) & tickerMask
      if (next === 34 && cells[point] === whole && cells[point + 1] === second && cells[point + 2] === at - from && at > from) {
        ${storeName(column, 'cells[point + 3] - 1')}
        at += 1
      } else {
        if ((whole = tickers.read(bytes, from, limit, cursor)) < 0) return whole
        at = cursor.at
        ${storeName(column, 'whole')}
      }
    } else { ${nullOr(key, `return ${refusal.value}`)} }`

const valueSource = (key: Key): string => {
  const column = key.columns[0] as Column
  switch (column.kind.kind) {
    case 'ticker':
      return tickerSource(key, column)
    case 'text':
      return textSource(key, column)
    case 'decimalText':
      return decimalSource(key, column)
    case 'integerList':
      return listSource(key, column)
    case 'flag':
      return flagSource(key, column)
    case 'number':
    case 'integer':
      return numberSource(key, column)
    case 'timeMs':
      return timeSource(key, column)
    case 'instantNs':
    case 'instantMs':
      return instantSource(key)
  }
}

/** What is done at a key whose opening quote is at `at`. */
const keySource = (wire: string, bit: number, value: string): string => `
  if (${standsAt('at', 2, `${wire.slice(1)}"`)}) {
    if ((present & ${bit}) !== 0) return ${refusal.keys}
    present |= ${bit}
    from = at + ${wire.length + 3}
    if (bytes[from - 1] !== 58) { if ((from = valueAfter(bytes, from - 1)) < 0) return from }
    else if (bytes[from] <= 32) from = skipSpace(bytes, from)
    ${value}
    break known
  }`

const keysSource = ({ ev, keys }: Layout): string => {
  const evValue = `
    if (!(bytes[from] === 34 && ${standsAt('from', 1, `${ev}"`)})) return ${refusal.type}
    at = from + ${ev.length + 2}`
  const cases = new Map<string, string[]>()
  const add = (wire: string, source: string): void => {
    const first = wire.charAt(0)
    cases.set(first, [...(cases.get(first) ?? []), source])
  }
  add('ev', keySource('ev', evBit, evValue))
  for (const key of keys) add(key.wire, keySource(key.wire, key.bit, valueSource(key)))
  return [...cases].map(([first, sources]) => `case ${first.charCodeAt(0)}: ${sources.join('\n')}\nbreak`).join('\n')
}

const derivedSource = ({ columns }: Layout): string =>
  [...columns.values()]
    .map((column) => {
      const { absent, bit, kind } = column
      if (typeof absent !== 'object' || !('field' in absent)) return ''
      const from = columns.get(absent.field) as Column
      return `
        if ((present & ${bit}) === 0) {
          value = rows[base + ${from.slot}] + ${absent.plus}
          if (!(${inBounds(kind)})) return ${refusal.value}
          ${store(column, normal(kind, 'value'))}
        }`
    })
    .join('\n')

const checksSource = ({ checks, drifts, looked }: Layout): string => {
  if (checks.length + drifts.length === 0) return 'found.drifts = 0'
  return `
    ${looked.some(({ kind }) => kind.kind === 'ticker') ? 'const names = tickers.list' : ''}
    try {
      // Where the checks are inlined, no such object is ever made.
      const look = { ${looked.map((column) => `${JSON.stringify(column.name)}: ${readSource(column)}`).join(', ')} }
      ${checks.map((_, i) => `if (!check${i}(look)) return ${refusal.check}`).join('\n')}
      found.drifts = ${drifts.length === 0 ? 0 : drifts.map((_, i) => `(drift${i}(look) ? 0 : ${1 << i})`).join(' | ')}
    } catch { return ${refusal.check} }`
}

/** As `runOf` of composed.ts has it; here so that it calls one function and no other, which the compiler then knows. */
const runSource = ({ stride }: Layout): string => `
  (bytes, from, limit, rows, base, stop, found) => {
    let count = 0, at = from, end = ${refusal.form}
    found.refusedAt = -1
    for (let row = base; row <= stop; row += ${stride}) {
      let after = scan(bytes, at, limit, rows, row, found)
      // Behind the last bracket of its frame another one may begin, in the same memory.
      if (after > limit || (after >= 0 && bytes[after] !== 44 && !isFollowed(bytes, after))) after = ${refusal.form}
      if (after < 0) {
        found.refusedAt = at
        found.refused = after
        if (count === 0) end = after
        break
      }
      end = after
      count += 1
      if ((found.drifts | found.unknown) !== 0) note(found)
      at = after + 1
      if (bytes[after] !== 44 || bytes[at] !== 123 || at > limit) break
    }
    found.count = count
    return end
  }`

/** As `singlesOf` of composed.ts has it, here for the same reason. */
const singlesSource = ({ stride }: Layout): string => `
  (bytes, frames, first, rows, base, stop, found) => {
    let at = first
    found.refusedAt = -1
    for (let row = base; at < frames.length && row <= stop; row += ${stride}) {
      const frame = frames[at], start = frame.byteOffset, last = start + frame.byteLength - 1
      if (last <= start || bytes[start] !== 91 || bytes[last] !== 93) break
      const after = scan(bytes, start + 1, last, rows, row, found)
      if (after !== last) {
        if (after < 0) { found.refusedAt = start + 1; found.refused = after }
        break
      }
      at += 1
      if ((found.drifts | found.unknown) !== 0) note(found)
    }
    found.count = at - first
  }`

/** Source of a layout's `Scan`, `Run` and `Singles`. */
export const scanSource = (layout: Layout): string => `
  ${textFunction}
  const scan = (bytes, start, limit, rows, base, found) => {
    const cursor = found.cursor, cells = tickers.cells
    let at = start + 1, from = 0, present = 0, nulls = 0, next = 0, whole = 0, second = 0, point = 0, symbol = 0, value = 0.5
    found.unknown = 0
    if (bytes[start] !== 123) return ${refusal.form}
    if (${standsAt('start', 1, `"ev":"${layout.ev}",`)}) { present = ${evBit}; at = start + ${layout.ev.length + 9} }
    for (;;) {
      if (bytes[at] !== 34) {
        at = skipSpace(bytes, at)
        if (bytes[at] !== 34) return ${refusal.form}
      }
      known: {
        switch (bytes[at + 1]) { ${keysSource(layout)} }
        if ((at = skipUnknown(bytes, at, limit, found, keys)) < 0) return at
      }
      next = bytes[at]
      if (next !== 44 && next !== 125) { at = skipSpace(bytes, at); next = bytes[at] }
      at += 1
      if (next === 44) continue
      if (next === 125) break
      return ${refusal.form}
    }
    if ((present & ${layout.required}) !== ${layout.required}) return ${refusal.absent}
    present &= ~nulls
    ${derivedSource(layout)}
    if (at - start >= ${elementBytesEnd}) return ${refusal.large}
    rows[base + ${placeSlot}] = start * ${elementBytesEnd} + (at - start)
    const head = symbol * ${symbolUnit} + present
    rows[base + ${headSlot}] = head
    ${checksSource(layout)}
    return at
  }
  return { scan, run: ${runSource(layout)}, singles: ${singlesSource(layout)} }`
