import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec } from '../../streams/codecs/defineCodec.ts'
import { required, ticker, timeMs } from '../../streams/codecs/field.ts'
import { warmUp } from '../../streams/codecs/warmUp.ts'
import { bytesOf, countOf } from './frames.ts'

describe('warmUp', () => {
  it('shows a decoder sound events of every codec, most of them plain', () => {
    const decode = createDecoder(builtInCodecs)
    const events = new Map<string, number>()
    let unscanned = 0
    let rest = 0
    const watched = (frame: Uint8Array): Decoded => {
      const decoded = decode(frame)
      for (const { eventType, length } of decoded.batches) events.set(eventType, (events.get(eventType) ?? 0) + length)
      for (const { count } of decoded.unscanned ?? []) unscanned += count
      rest += countOf({ ...decoded, batches: [] })
      return decoded
    }
    warmUp(watched, builtInCodecs)

    expect([...events.keys()]).toStrictEqual(builtInCodecs.map(({ ev }) => ev))
    for (const count of events.values()) expect(count).toBeGreaterThan(5_000)
    expect(rest).toBe(0)
    expect(unscanned).toBeGreaterThan(0)
    expect(unscanned).toBeLessThan(0.1 * [...events.values()].reduce((sum, count) => sum + count))
  }, 60_000)

  it('leaves the decoder as it was', () => {
    const frame = bytesOf('[{"ev":"T","sym":"AAPL","p":1.5,"s":1,"t":1721683216349},{"ev":"T"}]')
    const decode = createDecoder(builtInCodecs)
    const before = decode(frame)
    warmUp(decode, builtInCodecs)
    const after = decode(frame)

    expect([...after.batches[0]!]).toStrictEqual([...before.batches[0]!])
    expect(after.rejects).toStrictEqual(before.rejects)
    expect(after.unscanned).toStrictEqual([{ eventType: 'T', why: 'absent', count: 1 }])
  }, 60_000)

  it('survives a check that throws', () => {
    const thrower = defineCodec({
      ev: 'X',
      at: 'atMs',
      fields: { symbol: required('sym', ticker), atMs: required('t', timeMs) },
      checks: [
        {
          name: 'throws',
          fields: ['atMs'],
          expected: 'nothing',
          holds: () => {
            throw new Error('no')
          },
        },
      ],
    })

    expect(() => warmUp(createDecoder([thrower]), [thrower])).not.toThrow()
  }, 60_000)
})
