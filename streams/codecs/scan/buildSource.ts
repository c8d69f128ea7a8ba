import type { Column, Layout } from './layout.ts'
import { elementBytesEnd, headSlot, placeSlot, symbolUnit } from './row.ts'

/** A column's value out of a row; `isPresent` when that is known. */
export const readSource = ({ kind, slot, bit, isAlways, otherwise, name }: Column, isPresent?: boolean): string => {
  const missing = otherwise === undefined ? 'undefined' : `defaults[${JSON.stringify(name)}]`
  if (slot < 0) return missing
  const cell = `rows[base + ${slot}]`
  const place = `start + (${cell} >>> 16), ${cell} & 65535`
  const value = {
    ticker: slot === headSlot ? `names[Math.floor(head / ${symbolUnit})]` : `names[${cell}]`,
    text: `text(bytes, ${place})`,
    decimalText: `text(bytes, ${place})`,
    integerList: `readWholes(bytes, ${place})`,
    flag: `${cell} === 1`,
    instantNs: `nanoseconds(text(bytes, ${place}))`,
    number: cell,
    integer: cell,
    timeMs: cell,
    instantMs: cell,
  }[kind.kind]
  if (isAlways || isPresent === true) return value
  return isPresent === false ? missing : `((present & ${bit}) !== 0 ? ${value} : ${missing})`
}

/** Texts are short: made of their characters they cost half of what a call into the runtime does. */
export const textFunction = `
  const text = (bytes, from, length) => {
    switch (length) {
      ${Array.from({ length: 20 }, (_, i) => `case ${i + 1}: return fromCharCode(${Array.from({ length: i + 1 }, (__, k) => `bytes[from + ${k}]`).join(', ')})`).join('\n')}
    }
    return bytes.toString('latin1', from, from + length)
  }`

/** Source of a `Build` for the rows with these keys. */
export const buildSource = ({ ev, columns }: Layout, present: number): string => {
  const fields = [...columns.values()]
    .filter(({ absent, bit }) => absent !== 'omit' || (present & bit) !== 0)
    .map((column) => `${JSON.stringify(column.name)}: ${readSource(column, (present & column.bit) !== 0)}`)
  return `
  ${textFunction}
  return (rows, base, bytes, names) => {
    const start = Math.floor(rows[base + ${placeSlot}] / ${elementBytesEnd})
    const head = rows[base + ${headSlot}]
    return { ev: ${JSON.stringify(ev)}, ${fields.join(', ')} }
  }`
}
