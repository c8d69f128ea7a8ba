import type { Trade } from '../../streams/model.ts'
import { decodeText, eventOf, rejectOfText, sentenceOf } from './frames.ts'

const live = {
  ev: 'T',
  sym: 'AAPL',
  i: '52983525029461',
  x: 4,
  p: 215.9721,
  s: 100,
  ds: '100.250000',
  c: [12, 37],
  t: 1721683216349,
  pt: 1721683216348,
  q: 2064291,
  z: 3,
  trfi: 202,
  trft: 1721683216350,
}

const least = { ev: 'T', sym: 'A', p: 1, s: 0, t: 0 }

const accepted: readonly (readonly [what: string, frame: string, event: Trade])[] = [
  [
    'every field of a live frame',
    JSON.stringify([live]),
    {
      ev: 'T',
      symbol: 'AAPL',
      price: 215.9721,
      size: 100,
      sizeExact: '100.250000',
      exchange: 4,
      conditions: [12, 37],
      tape: 3,
      id: '52983525029461',
      sequence: 2064291,
      atMs: 1721683216349,
      participantAtMs: 1721683216348,
      trfId: 202,
      trfAtMs: 1721683216350,
    },
  ],
  [
    'the least there can be',
    JSON.stringify([least]),
    { ev: 'T', symbol: 'A', price: 1, size: 0, conditions: [], atMs: 0 },
  ],
  [
    'null as absent',
    JSON.stringify([
      { ...least, ds: null, x: null, c: null, z: null, i: null, q: null, pt: null, trfi: null, trft: null },
    ]),
    { ev: 'T', symbol: 'A', price: 1, size: 0, conditions: [], atMs: 0 },
  ],
  [
    'an empty list of conditions',
    JSON.stringify([{ ...least, c: [] }]),
    { ev: 'T', symbol: 'A', price: 1, size: 0, conditions: [], atMs: 0 },
  ],
  [
    'whole numbers in odd forms',
    '[{"t":1.721683216349e12,"q":2064291.0,"x":4E0,"c":[1.2e1,37.0],"s":1.0e+02,"p":2.159721E+2,"sym":"AAPL","ev":"T"}]',
    {
      ev: 'T',
      symbol: 'AAPL',
      price: 215.9721,
      size: 100,
      exchange: 4,
      conditions: [12, 37],
      sequence: 2064291,
      atMs: 1721683216349,
    },
  ],
  [
    'a fractional size and a price below a cent',
    '[{"ev":"T","sym":"A","p":0.000001,"s":0.5,"t":1}]',
    { ev: 'T', symbol: 'A', price: 0.000001, size: 0.5, conditions: [], atMs: 1 },
  ],
  [
    '-0 as 0',
    '[{"ev":"T","sym":"A","p":1,"s":-0,"x":-0,"c":[-0],"t":-0}]',
    { ev: 'T', symbol: 'A', price: 1, size: 0, exchange: 0, conditions: [0], atMs: 0 },
  ],
  [
    'escapes and other alphabets',
    String.raw`[{"\u0065v":"\u0054","sym":"\u00c4\"B","p":1,"s":1,"t":1}]`,
    { ev: 'T', symbol: 'Ä"B', price: 1, size: 1, conditions: [], atMs: 1 },
  ],
  [
    'the last of a key given twice, as JSON.parse does',
    '[{"ev":"T","sym":"A","p":1,"s":1,"t":1,"p":2}]',
    { ev: 'T', symbol: 'A', price: 2, size: 1, conditions: [], atMs: 1 },
  ],
]

const without = (key: keyof typeof least): object => ({ ...least, [key]: undefined })

const rejected: readonly (readonly [element: object | string, why: string])[] = [
  [without('sym'), 'sym: expected a text that is not empty, received nothing'],
  [{ ...least, sym: '' }, 'sym: expected a text that is not empty, received ""'],
  [{ ...least, sym: 7 }, 'sym: expected a text that is not empty, received 7'],
  [{ ...least, sym: null }, 'sym: expected a text that is not empty, received null'],
  [without('p'), 'p: expected a number above 0, received nothing'],
  [{ ...least, p: 0 }, 'p: expected a number above 0, received 0'],
  [{ ...least, p: -1.5 }, 'p: expected a number above 0, received -1.5'],
  [{ ...least, p: '215.97' }, 'p: expected a number above 0, received "215.97"'],
  ['{"ev":"T","sym":"A","p":1e999,"s":1,"t":1}', 'p: expected a number above 0, received 1e999'],
  [without('s'), 's: expected a number of 0 or more, received nothing'],
  [{ ...least, s: -1 }, 's: expected a number of 0 or more, received -1'],
  [{ ...least, ds: 100 }, 'ds: expected a decimal number as text, received 100'],
  [{ ...least, ds: '1e3' }, 'ds: expected a decimal number as text, received "1e3"'],
  [{ ...least, ds: '1.' }, 'ds: expected a decimal number as text, received "1."'],
  [{ ...least, x: '4' }, 'x: expected a whole number, received "4"'],
  [{ ...least, x: 1.5 }, 'x: expected a whole number, received 1.5'],
  [
    '{"ev":"T","sym":"A","p":1,"s":1,"t":1,"q":9007199254740993}',
    'q: expected a whole number, received 9007199254740993',
  ],
  [{ ...least, c: 12 }, 'c: expected a list of whole numbers, received 12'],
  [{ ...least, c: [12, 'x'] }, 'c: expected a list of whole numbers, received [12,"x"]'],
  [{ ...least, c: [1.5] }, 'c: expected a list of whole numbers, received [1.5]'],
  [{ ...least, i: 12 }, 'i: expected a text, received 12'],
  [without('t'), 't: expected Unix milliseconds, a whole number from 0 to below 1e14, received nothing'],
  [{ ...least, t: -1 }, 't: expected Unix milliseconds, a whole number from 0 to below 1e14, received -1'],
  [
    '{"ev":"T","sym":"A","p":1,"s":1,"t":1721683216349000123}',
    't: expected Unix milliseconds, a whole number from 0 to below 1e14, received 1721683216349000123',
  ],
  [{ ...least, pt: 1.5 }, 'pt: expected Unix milliseconds, a whole number from 0 to below 1e14, received 1.5'],
  [
    { ...least, p: -1, s: null, z: { deep: [1] } },
    'p: expected a number above 0, received -1; s: expected a number of 0 or more, received null; z: expected a whole number, received {"deep":[1]}',
  ],
]

describe('trade', () => {
  it.each(accepted)('accepts %s', (_what, frame, event) => {
    expect(eventOf(frame)).toStrictEqual(event)
  })

  it.each(rejected)('rejects %j', (element, why) => {
    const reject = rejectOfText(element)

    expect(reject.kind).toBe('invalid')
    expect(reject.eventType).toBe('T')
    expect(sentenceOf(element)).toBe(
      reject.symbol === undefined
        ? `An element of type "T" was rejected: ${why}.`
        : `An element of type "T" for "A" was rejected: ${why}.`,
    )
  })

  it('counts what it does not know and keeps it in the bytes', () => {
    const text = JSON.stringify([
      { ...live, new1: 1 },
      { ...live, new1: 2, new2: {} },
    ])
    const { batches, drifts } = decodeText(text)

    expect(drifts).toStrictEqual([
      { eventType: 'T', name: 'unknownField', field: 'new1', count: 2 },
      { eventType: 'T', name: 'unknownField', field: 'new2', count: 1 },
    ])
    expect(Buffer.from(batches[0]!.wire(1)).toString()).toBe(JSON.stringify({ ...live, new1: 2, new2: {} }))
  })

  it('says when: t', () => {
    expect(decodeText(JSON.stringify([live])).batches[0]!.atMs(0)).toBe(1721683216349)
  })
})
