import { isDeepStrictEqual } from 'node:util'

import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import { composedScannerOf } from '../../streams/codecs/scan/scanner.ts'
import { authorityOf, disagreement, noScannerOf } from './agreement.ts'
import { makerOf, randomOf } from './mutants.ts'

// Goal: whatever the bytes, the scanner says of every element what the io-ts path says: taken or not, every value to the last
// bit, every reason. Method: frames of elements with something done to them, through decoders of generated code and of none, and
// every fourth frame through the composed back end and through what is asked before io-ts. AGREEMENT_ELEMENTS asks for more of them, AGREEMENT_SEED for others; a
// disagreement names the frame.
const elementsWanted = Number(process.env.AGREEMENT_ELEMENTS ?? 200_000)
const seed = Number(process.env.AGREEMENT_SEED ?? 1)

const plain = authorityOf(builtInCodecs)
const accepting = createDecoder(builtInCodecs, noScannerOf)
const generated = createDecoder(builtInCodecs)
const composed = createDecoder(builtInCodecs, composedScannerOf)

const frameOf = (number: number): { readonly bytes: Buffer; readonly elements: number } => {
  const random = randomOf(Math.imul(seed, 0x9e3779b1) + number)
  const maker = makerOf(random)
  const elements = 1 + maker.below(12)
  const soundShare = maker.pick([0, 0.5, 0.9, 1])
  const list = Array.from({ length: elements }, () => (random() < soundShare ? maker.sound() : maker.mutant()))
  const gap = random() < 0.1 ? maker.pick([' ', '\n', '\t\r ']) : ''
  const text = list.join(`${gap},${gap}`)
  const kind = maker.below(40)
  const whole = kind === 0 ? text : kind === 1 ? `\ufeff ${gap}[${text}]${gap}` : `[${gap}${text}${gap}]`
  const bytes = Buffer.from(whole, random() < 0.05 ? 'latin1' : 'utf8')
  return { bytes: kind === 2 ? bytes.subarray(0, maker.below(bytes.length + 1)) : bytes, elements }
}

const assertAgreement = (authority: Decoded, decoded: Decoded, number: number, name: string): void => {
  const found = disagreement(builtInCodecs, authority, decoded, number % 2 === 0)
  if (found !== undefined) {
    throw new Error(`${name}, frame ${number} of seed ${seed}: ${found}\n${frameOf(number).bytes.toString('latin1')}`)
  }
}

describe('the scanner and the io-ts path', () => {
  it(
    `agree on ${elementsWanted} elements, most of them spoilt`,
    () => {
      let elements = 0
      let events = 0
      let rejects = 0
      let unscanned = 0
      for (let number = 0; elements < elementsWanted; number += 1) {
        const frame = frameOf(number)
        elements += frame.elements
        const authority = plain(frame.bytes)
        const scanned = generated(frame.bytes)
        assertAgreement(authority, scanned, number, 'generated')
        if (number % 4 === 0) {
          const other = composed(frame.bytes)
          assertAgreement(authority, accepting(frame.bytes), number, 'io-ts, after a look by generated code')
          assertAgreement(authority, other, number, 'composed')
          if (!isDeepStrictEqual(other.unscanned, scanned.unscanned))
            throw new Error(`frame ${number}: unscanned for other reasons`)
        }
        for (const { count } of scanned.unscanned ?? []) unscanned += count
        for (const batch of authority.batches) events += batch.length
        rejects += authority.rejects.length
      }

      // The frames are of use only if much is taken, much is rejected, and the scanner takes most of what can be taken.
      expect(events).toBeGreaterThan(0.4 * elements)
      expect(rejects).toBeGreaterThan(0.15 * elements)
      expect(unscanned).toBeLessThan(rejects + 0.2 * events)
    },
    Math.max(120_000, elementsWanted / 2),
  )
})
