import { elementNames, elementRanges } from '../../frames/elements.ts'

const status = Buffer.from('"status"')

/**
 * What of a recorded frame is played: not its statuses, for the replay has a handshake of its own, and with `symbols` only those.
 *
 * A frame of which nothing is left out keeps its bytes. One that is no JSON array of objects is kept whole: that it came is a part of what
 * happened. Undefined when nothing is left.
 */
export const createCutter = (symbols?: ReadonlySet<string>): ((bytes: Buffer) => Buffer | undefined) => {
  return (bytes) => {
    if (symbols === undefined && !bytes.includes(status)) return bytes

    const text = bytes.toString()
    const names = elementNames(text)
    if (names === undefined) return bytes
    const isWanted = names.map(({ ev, symbol }) => ev !== 'status' && symbols?.has(symbol) !== false)
    if (isWanted.every(Boolean)) return bytes
    const kept = elementRanges(text).filter((_, i) => isWanted[i])
    if (kept.length === 0) return undefined
    return Buffer.from(`[${kept.map(([from, to]) => text.slice(from, to)).join(',')}]`)
  }
}
