import { fc, test } from '@fast-check/jest'

import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import { composedScannerOf, scannerOf } from '../../streams/codecs/scan/scanner.ts'
import { bytesOf, countOf } from './frames.ts'
import { makerOf, randomOf } from './mutants.ts'

/** Frames one behind the other in one block, as a socket reads them, each behind its header; and behind the last one there is something, too. */
const inOneBlock = (frames: readonly Buffer[], header = '\u0081~.'): readonly Buffer[] => {
  const between = bytesOf(header)
  const length = frames.reduce((sum, frame) => sum + between.length + frame.length, between.length)
  const block = Buffer.allocUnsafeSlow(length)
  let at = between.copy(block)
  const placed = frames.map((frame) => {
    const from = at
    at += frame.copy(block, at)
    const end = at
    at += between.copy(block, at)
    return block.subarray(from, end)
  })
  return placed
}

/** Frames of a busy second: most hold one sound element of one type, some several, some a broken one, some are no frames at all. */
const framesOf = (seed: number, count: number): readonly Buffer[] => {
  const random = randomOf(seed)
  const maker = makerOf(random)
  return Array.from({ length: count }, () => {
    const kind = random()
    const size = kind < 0.8 ? 1 : Math.floor(random() * 4)
    const elements = Array.from({ length: size }, () => (random() < 0.9 ? maker.sound() : maker.mutant()))
    const text = `[${elements.join()}]`
    if (kind > 0.97) return bytesOf(text.slice(0, Math.floor(random() * text.length)))
    return bytesOf(kind > 0.94 ? ` ${text} ` : text)
  })
}

const byType = (all: readonly Decoded[]): Readonly<Record<string, readonly (readonly [unknown, string])[]>> => {
  const events: Record<string, (readonly [unknown, string])[]> = {}
  for (const { batches } of all)
    for (const batch of batches) {
      const list = (events[batch.eventType] ??= [])
      for (let i = 0; i < batch.length; i += 1) list.push([batch.at(i), Buffer.from(batch.wire(i)).toString()])
    }
  return events
}

const sums = (all: readonly Decoded[], of: 'drifts' | 'unscanned'): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const decoded of all)
    for (const { count, ...what } of decoded[of] ?? [])
      counts[JSON.stringify(what)] = (counts[JSON.stringify(what)] ?? 0) + count
  return counts
}

describe.each([
  ['generated', scannerOf],
  ['composed', composedScannerOf],
] as const)('frames decoded in one go, %s', (_how, scanner) => {
  const decode = createDecoder(builtInCodecs, scanner)

  test.prop(
    [fc.integer(), fc.integer({ min: 1, max: 60 }), fc.constantFrom('\u0081~.', '', ']', ',', '}]', '1}]', ' ')],
    {
      numRuns: 300,
    },
  )('are what they are one by one, whatever stands between them', (seed, count, header) => {
    const frames = inOneBlock(framesOf(seed, count), header)
    const alone = frames.map(decode)
    // A status has its place among the events: then there is no run.
    fc.pre(alone.every(({ statuses }) => statuses.length === 0))
    const run = decode.run!(frames)!

    expect(byType([run])).toStrictEqual(byType(alone))
    expect(run.rejects).toStrictEqual(alone.flatMap(({ rejects }) => rejects))
    expect(sums([run], 'drifts')).toStrictEqual(sums(alone, 'drifts'))
    expect(sums([run], 'unscanned')).toStrictEqual(sums(alone, 'unscanned'))
    expect(run.brokenFrames).toBe(alone.filter(({ broken }) => broken).length)
    expect(run.elements).toBe(alone.reduce((sum, { elements }) => sum + elements, 0))
    expect(countOf(run)).toBe(run.elements)
  })

  it('pass their bytes on with one comma between each two', () => {
    const random = randomOf(5)
    const { sound } = makerOf(random)
    const texts = Array.from({ length: 900 }, sound)
    const { batches } = decode.run!(inOneBlock(texts.map((text) => bytesOf(`[${text}]`))))!

    for (const batch of batches) {
      const wire = Array.from({ length: batch.length }, (_, i) => Buffer.from(batch.wire(i)).toString()).join()
      const target = Buffer.alloc(wire.length)
      expect(batch.copyWire(target, 0)).toBe(wire.length)
      expect(target.toString()).toBe(wire)
      expect(batch.wireBytes).toBe(wire.length - batch.length + 1)
    }
    expect(batches.reduce((sum, { length }) => sum + length, 0)).toBe(900)
  })
})
