import { decodeText, eventOf, sentenceOf } from './frames.ts'

const withTime = (t: string): string => `{"ev":"FMV","fmv":189.22,"sym":"AAPL","t":${t}}`

const times: readonly (readonly [t: string, atNs: string, atMs: number])[] = [
  ['1678220098130000123', '1678220098130000123', 1678220098130],
  ['1678220098130999999', '1678220098130999999', 1678220098130],
  ['1678220098130', '1678220098130000000', 1678220098130],
  ['1678220098130001', '1678220098130001000', 1678220098130],
  ['1678220098130999', '1678220098130999000', 1678220098130],
  ['1678220098130.0', '1678220098130000000', 1678220098130],
  ['1.67822009813e12', '1678220098130000000', 1678220098130],
  ['1.678220098130000123e18', '1678220098130000123', 1678220098130],
  ['1678220098130000123000e-3', '1678220098130000123', 1678220098130],
  ['1678220098130000123.000', '1678220098130000123', 1678220098130],
  ['99999999999999999', '99999999999999999000', 99999999999999],
  ['100000000000000000', '100000000000000000', 100000000000],
  ['99999999999999999999', '99999999999999999999', 99999999999999],
  ['99999999999999', '99999999999999000000', 99999999999999],
  ['100000000000000', '100000000000000000', 100000000000],
  ['9007199254740993', '9007199254740993000', 9007199254740],
  ['0', '0', 0],
  ['-0.0', '0', 0],
  ['1', '1000000', 1],
]

const expected = 't: expected a Unix time in nanoseconds, microseconds or milliseconds, whole and from 0'

const badTimes: readonly (readonly [t: string, received: string])[] = [
  ['-1', '-1'],
  ['-1678220098130000123', '-1678220098130000123'],
  ['1678220098130.5', '1678220098130.5'],
  ['1678220098130000123.5', '1678220098130000123.5'],
  ['100000000000000000000', '100000000000000000000'],
  ['1e999999', '1e999999'],
  ['1e99999999999999999999', '1e99999999999999999999'],
  ['1e300', '1e300'],
  ['"1678220098130000123"', '"1678220098130000123"'],
  ['null', 'null'],
  ['[1678220098130000123]', '[1678220098130000123]'],
]

describe('fairMarketValue', () => {
  it.each(times)('reads the time %s exactly', (t, atNs, atMs) => {
    const event = { ev: 'FMV', symbol: 'AAPL', price: 189.22, atNs, atMs }

    expect(eventOf(`[${withTime(t)}]`)).toStrictEqual(event)
    expect(decodeText(`[${withTime(t)}]`).batches[0]!.atMs(0)).toBe(atMs)
  })

  it.each(badTimes)('rejects the time %s', (t, received) => {
    expect(sentenceOf(withTime(t))).toBe(
      `An element of type "FMV" for "AAPL" was rejected: ${expected}, received ${received}.`,
    )
  })

  it('finds the literal behind decoys, escapes and a key given twice', () => {
    const element = String.raw`{"x":"\"t\":1,","t":1,"n":{"t":2,"l":[{"t":3}]}, "\u0074" : 1678220098130000123 ,"ev":"FMV","fmv":1,"sym":"A\\"}`

    expect(eventOf(`[${element}]`)).toStrictEqual({
      ev: 'FMV',
      symbol: 'A\\',
      price: 1,
      atNs: '1678220098130000123',
      atMs: 1678220098130,
    })
  })

  it('tells two times apart that are one as doubles', () => {
    const { batches } = decodeText(`[${withTime('1678220098130000123')},${withTime('1678220098130000124')}]`)
    const [first, second] = [...batches[0]!]

    expect(Number('1678220098130000123')).toBe(Number('1678220098130000124'))
    expect(first).not.toStrictEqual(second)
  })

  it.each([
    ['{"ev":"FMV","fmv":0,"sym":"AAPL","t":1}', 'fmv: expected a number above 0, received 0'],
    ['{"ev":"FMV","fmv":"189.22","sym":"AAPL","t":1}', 'fmv: expected a number above 0, received "189.22"'],
    ['{"ev":"FMV","val":189.22,"sym":"AAPL","t":1}', 'fmv: expected a number above 0, received nothing'],
    ['{"ev":"FMV","fmv":1,"sym":"AAPL"}', `${expected}, received nothing`],
  ])('rejects %s', (element, why) => {
    // The absent time is told once for each of the two fields read from it.
    expect(sentenceOf(element)).toBe(`An element of type "FMV" for "AAPL" was rejected: ${why}.`)
  })
})
