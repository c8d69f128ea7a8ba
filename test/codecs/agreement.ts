import { inspect } from 'node:util'

import type { AnyCodec, Codec, Fields } from '../../streams/codecs/defineCodec.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import { createDecoder, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import { composedScannerOf, type Scanner } from '../../streams/codecs/scan/scanner.ts'
import { refusal } from '../../streams/codecs/scan/why.ts'

/** A decoder by the authority alone: `JSON.parse` and the codecs' io-ts types. */
export const authorityOf = (codecs: readonly AnyCodec[]): ReturnType<typeof createDecoder> =>
  createDecoder(
    codecs.map((codec) => ({ ...codec, decoder: (codec as Codec<string, Fields>).type })),
    noScannerOf,
  )

/** A scanner that leaves everything to the io-ts path. */
export const noScannerOf = (codec: AnyCodec): Scanner => {
  const scanner = composedScannerOf(codec)
  return { ...scanner, layout: { ...scanner.layout, isScannable: false }, scan: () => refusal.table }
}

// Taken once: in Jest's sandbox every look at a global is dear.
const { getPrototypeOf, is, keys: keysOf } = Object

/** The same to the last bit, prototypes and the order of keys included. */
const isSame = (a: unknown, b: unknown): boolean => {
  if (is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (getPrototypeOf(a) !== getPrototypeOf(b)) return false
  const keys = keysOf(a)
  const others = keysOf(b)
  return (
    keys.length === others.length &&
    keys.every(
      (key, i) => key === others[i] && isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  )
}

const difference = (a: unknown, b: unknown, what: string): string | undefined =>
  isSame(a, b) ? undefined : `${what}: ${inspect(a)} and ${inspect(b)}`

const batchDifference = (codec: AnyCodec, a: Batch, b: Batch, isBuiltFirst: boolean): string | undefined => {
  if (a.length !== b.length) return `${a.length} and ${b.length} events`
  const names = Object.keys(codec.fields)
  for (let i = 0; i < a.length; i += 1) {
    const looks = (batch: Batch): unknown => [
      batch.symbol(i),
      batch.atMs(i),
      Buffer.from(batch.wire(i)).toString('latin1'),
      batch.wireBytes,
      ...names.map((name) => batch.number(i, name)),
    ]
    const found = isBuiltFirst
      ? (difference(a.at(i), b.at(i), 'event') ?? difference(looks(a), looks(b), 'looked at'))
      : (difference(looks(a), looks(b), 'looked at') ?? difference(a.at(i), b.at(i), 'event'))
    if (found !== undefined) return `${a.eventType}[${i}] ${found}`
  }
  return undefined
}

/**
 * What two decoders made differently of one frame, in everything but what they count as unscanned; undefined when they agree.
 * Doubles are compared bit for bit, objects with the order of their keys.
 */
export const disagreement = (
  codecs: readonly AnyCodec[],
  a: Decoded,
  b: Decoded,
  isBuiltFirst = false,
): string | undefined => {
  const types = (decoded: Decoded): string => decoded.batches.map(({ eventType }) => eventType).join()
  if (types(a) !== types(b)) return `batches: ${types(a)} and ${types(b)}`
  for (const [i, batch] of a.batches.entries()) {
    const codec = codecs.find(({ ev }) => ev === batch.eventType) as AnyCodec
    const found = batchDifference(codec, batch, b.batches[i] as Batch, isBuiltFirst)
    if (found !== undefined) return found
  }
  return (
    difference(a.statuses, b.statuses, 'statuses') ??
    difference(a.rejects, b.rejects, 'rejects') ??
    difference(a.drifts, b.drifts, 'drifts') ??
    difference([a.elements, a.broken], [b.elements, b.broken], 'elements, broken')
  )
}
