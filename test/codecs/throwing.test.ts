import { isLeft } from 'fp-ts/lib/Either.js'

import { createDecoder, type Decoded } from '../../streams/codecs/decodeFrame.ts'
import { defineCodec, type AnyCodec, type RowCheck } from '../../streams/codecs/defineCodec.ts'
import { number, required, ticker, timeMs } from '../../streams/codecs/field.ts'
import { receivedCharsMax, sentence, thrownCharsMax } from '../../streams/codecs/reject.ts'
import { bytesOf, countOf } from './frames.ts'

interface Offer {
  readonly price: number
}
type Check = RowCheck<Offer>

const offers = (checks: readonly Check[], drifts: readonly Check[] = []) =>
  defineCodec({
    ev: 'OFFER',
    at: 'atMs',
    fields: { symbol: required('sym', ticker), price: required('p', number({ over: 0 })), atMs: required('t', timeMs) },
    checks,
    drifts,
  })

/** Throws at a price of 13, holds below 100. */
const fearful = (thrown: unknown = new Error('boo')): Check => ({
  name: 'fearful',
  fields: ['price'],
  expected: 'a price below 100',
  holds: ({ price }) => {
    if (price === 13) throw thrown
    return price < 100
  },
})
const round: Check = {
  name: 'round',
  fields: ['price'],
  expected: 'a round price',
  holds: ({ price }) => price % 10 === 0,
}

const offer = (price: number): string => `{"ev":"OFFER","sym":"AAPL","p":${price},"t":1700000000000}`
const decoded = (codec: AnyCodec, ...prices: readonly number[]): Decoded =>
  createDecoder([codec])(bytesOf(`[${prices.map(offer).join()}]`))
const pricesOf = ({ batches }: Decoded): readonly number[] =>
  batches.flatMap((batch) => Array.from({ length: batch.length }, (_, i) => batch.number(i, 'price')))

describe('a check that throws', () => {
  it('costs its element, which says what it threw', () => {
    const frame = decoded(offers([fearful()]), 10, 13, 20)

    expect(pricesOf(frame)).toStrictEqual([10, 20])
    expect(frame.rejects).toStrictEqual([
      {
        kind: 'invalid',
        eventType: 'OFFER',
        symbol: 'AAPL',
        raw: offer(13),
        rawBytes: offer(13).length,
        reasons: [
          {
            field: 'p',
            expected: 'a price below 100',
            received: 'no answer: the check fearful threw Error: boo',
          },
        ],
      },
    ])
    expect(sentence(frame.rejects[0]!)).toBe(
      'An element of type "OFFER" for "AAPL" was rejected: p: expected a price below 100, received no answer: the check fearful threw Error: boo.',
    )
    expect([frame.elements, countOf(frame), frame.broken]).toStrictEqual([3, 3, false])
  })

  it('leaves the other checks their say', () => {
    const [reject] = decoded(offers([fearful(), round]), 13).rejects

    expect(reject?.reasons).toStrictEqual([
      { field: 'p', expected: 'a price below 100', received: 'no answer: the check fearful threw Error: boo' },
      { field: 'p', expected: 'a round price', received: 'p 13' },
    ])
  })

  it('costs its element among the drifts too, and then nothing else of that is counted', () => {
    const frame = decoded(offers([], [round, fearful()]), 13, 15, 150)

    expect(pricesOf(frame)).toStrictEqual([15, 150])
    expect(frame.drifts).toStrictEqual([
      { eventType: 'OFFER', name: 'round', count: 1 },
      { eventType: 'OFFER', name: 'fearful', count: 1 },
    ])
    expect(frame.rejects.map(({ kind, reasons }) => [kind, ...reasons])).toStrictEqual([
      [
        'invalid',
        { field: 'p', expected: 'a price below 100', received: 'no answer: the check fearful threw Error: boo' },
      ],
    ])
    expect(countOf(frame)).toBe(frame.elements)
  })

  it.each([
    ['a text', 'boo', 'boo'],
    ['null', null, 'null'],
    ['a symbol', Symbol('boo'), 'Symbol(boo)'],
    ['an object without a prototype', Object.create(null), 'something without a text'],
    [
      'an object whose text throws',
      {
        toString: () => {
          throw new Error('no text')
        },
      },
      'something without a text',
    ],
  ])('may throw %s', (_, thrown, text) => {
    const frame = decoded(offers([fearful(thrown)]), 13, 10)

    expect(frame.rejects.map(({ reasons }) => reasons[0]?.received)).toStrictEqual([
      `no answer: the check fearful threw ${text}`,
    ])
    expect(pricesOf(frame)).toStrictEqual([10])
  })

  it('has room for what it threw, within a bound', () => {
    const { rejects } = decoded(offers([fearful(new Error('b'.repeat(10_000)))]), 13)

    expect(rejects[0]?.reasons[0]?.received).toHaveLength(thrownCharsMax)
    expect(thrownCharsMax).toBeGreaterThan(receivedCharsMax)
  })

  it('is a left of the io-ts codec, not an exception', () => {
    const { type } = offers([fearful()])

    expect(isLeft(type.decode({ ev: 'OFFER', sym: 'AAPL', p: 13, t: 1_700_000_000_000 }))).toBe(true)
    expect(isLeft(type.decode({ ev: 'OFFER', sym: 'AAPL', p: 14, t: 1_700_000_000_000 }))).toBe(false)
  })
})

describe('a codec that throws', () => {
  const { type, ...sound } = offers([])
  const { name, validate } = type
  const at13 =
    <A extends readonly unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      const [element] = args
      if (typeof element === 'object' && element !== null && 'p' in element && element.p === 13) throw new Error('boo')
      return work(...args)
    }

  it.each<[string, AnyCodec]>([
    ['while it decodes', { ...sound, decoder: { name, validate, decode: at13(type.decode) } }],
    [
      'while it says why not',
      {
        ...offers([{ ...round, holds: ({ price }) => price !== 13 }]),
        reasons: () => {
          throw new Error('boo')
        },
      },
    ],
  ])('%s costs its element', (_, codec) => {
    const frame = decoded(codec, 10, 13, 20)

    expect(pricesOf(frame)).toStrictEqual([10, 20])
    expect(frame.rejects.map(({ kind, symbol }) => [kind, symbol])).toStrictEqual([['invalid', 'AAPL']])
    expect(frame.rejects.map(sentence)).toStrictEqual([
      'An element of type "OFFER" for "AAPL" was rejected: (element): expected an element that its codec can read, received no answer: the codec threw Error: boo.',
    ])
    expect([frame.elements, countOf(frame), frame.broken]).toStrictEqual([3, 3, false])
  })
})
