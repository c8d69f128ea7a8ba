import { fc, test } from '@fast-check/jest'

import { exactWhole, literalOf } from '../../streams/codecs/literal.ts'
import { bytesOf } from './frames.ts'

const literal = (text: string, key: string): string | undefined =>
  literalOf(bytesOf(text), 0, bytesOf(text).length, key)

describe('literalOf', () => {
  it.each([
    ['{}', undefined],
    ['{"u":1}', undefined],
    ['{"t":1}', '1'],
    [' { "u" : "t" , "t" : 1.50e3 } ', '1.50e3'],
    ['{"t":1,"t":2}', '2'],
    ['{"u":{"t":1},"t":{"t":2}}', '{"t":2}'],
    ['{"t":[1,"]",{"a":"}"}],"u":1}', '[1,"]",{"a":"}"}]'],
    [String.raw`{"\u0074":1}`, '1'],
    [String.raw`{"\\t":1,"\"t":2}`, undefined],
    [String.raw`{"t":"a\"b\\"}`, String.raw`"a\"b\\"`],
    ['{"t":null}', 'null'],
  ])('reads t of %s', (text, expected) => {
    expect(literal(text, 't')).toBe(expected)
  })

  test.prop([fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }), fc.jsonValue()), fc.string({ maxLength: 2 })])(
    'reads what JSON.parse reads',
    (object, key) => {
      const text = JSON.stringify(object, null, 1)
      const found = literal(text, key)
      const parsed = JSON.parse(text) as object

      expect(found === undefined ? undefined : JSON.parse(found)).toStrictEqual(
        Object.hasOwn(parsed, key) ? (parsed as Record<string, unknown>)[key] : undefined,
      )
    },
  )
})

describe('exactWhole', () => {
  it.each([
    ['0', 0n],
    ['-0.000e99', 0n],
    ['0e999999999999', 0n],
    ['12.0', 12n],
    ['4.578654e+06', 4578654n],
    ['1678220098130000123', 1678220098130000123n],
    ['1.678220098130000123E18', 1678220098130000123n],
    ['16782200981300001230.0e-1', 1678220098130000123n],
    ['-5', -5n],
    ['1e39', 10n ** 39n],
    ['1e40', undefined],
    ['1e999999999999999999999', undefined],
    ['1e-999999999999999999999', undefined],
    ['1.5', undefined],
    ['15e-1', undefined],
    ['', undefined],
    ['"1"', undefined],
    ['NaN', undefined],
  ])('says what %s is', (text, expected) => {
    expect(exactWhole(text)).toBe(expected)
  })

  it('takes no time for absurd literals', () => {
    const zeros = '0'.repeat(2_000_000)

    expect(exactWhole(`1${zeros}`)).toBeUndefined()
    expect(exactWhole(`1${zeros}1`)).toBeUndefined()
    expect(exactWhole(`1${zeros}e-${zeros.length}`)).toBe(1n)
  })

  test.prop([fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(10), fc.integer({ min: -10, max: 10 })])(
    'is the same in every form of a whole number',
    (value, fraction, shift) => {
      const digits = value.toString().padStart(21, '0')
      const at = digits.length - fraction
      const form = `${BigInt(digits.slice(0, at))}.${digits.slice(at)}0e${fraction}`

      expect(exactWhole(form)).toBe(value)
      if (shift >= 0) expect(exactWhole(`${value}${'0'.repeat(shift)}e-${shift}`)).toBe(value)
    },
  )
})
