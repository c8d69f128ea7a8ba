import type { Quote } from '../../streams/model.ts'
import { decodeText, eventOf, sentenceOf } from './frames.ts'

const live = {
  i: [604, 1],
  ev: 'Q',
  sym: 'MSFT',
  bx: 4,
  bp: 114.125,
  bs: 100,
  ax: 7,
  ap: 114.128,
  as: 160,
  c: 0,
  t: 1536036818784,
  pt: 1536036818783,
  q: 50385480,
  z: 3,
  trfi: 201,
  trft: 1536036818785,
}

const least = { ev: 'Q', sym: 'A', t: 1 }

const accepted: readonly (readonly [what: string, element: object, event: Quote])[] = [
  [
    'every field of a live frame',
    live,
    {
      ev: 'Q',
      symbol: 'MSFT',
      bidPrice: 114.125,
      bidSize: 100,
      bidExchange: 4,
      askPrice: 114.128,
      askSize: 160,
      askExchange: 7,
      condition: 0,
      indicators: [604, 1],
      tape: 3,
      sequence: 50385480,
      atMs: 1536036818784,
      participantAtMs: 1536036818783,
      trfId: 201,
      trfAtMs: 1536036818785,
    },
  ],
  ['neither side', least, { ev: 'Q', symbol: 'A', indicators: [], atMs: 1 }],
  [
    'one side, the other as 0',
    { ...least, bp: 0, bs: 0, ap: 1.5, as: 3, i: null },
    { ev: 'Q', symbol: 'A', bidPrice: 0, bidSize: 0, askPrice: 1.5, askSize: 3, indicators: [], atMs: 1 },
  ],
]

const rejected: readonly (readonly [element: object, why: string])[] = [
  [{ ...least, bp: -0.01 }, 'bp: expected a number of 0 or more, received -0.01'],
  [{ ...least, as: -1 }, 'as: expected a number of 0 or more, received -1'],
  [{ ...least, bx: '4' }, 'bx: expected a whole number, received "4"'],
  [{ ...least, c: [0] }, 'c: expected a whole number, received [0]'],
  [{ ...least, i: 604 }, 'i: expected a list of whole numbers, received 604'],
  [{ ...least, t: '1' }, 't: expected Unix milliseconds, a whole number from 0 to below 1e14, received "1"'],
]

describe('quote', () => {
  it.each(accepted)('accepts %s', (_what, element, event) => {
    expect(eventOf(element)).toStrictEqual(event)
    expect(decodeText(JSON.stringify([element])).drifts).toStrictEqual([])
  })

  it.each(rejected)('rejects %j', (element, why) => {
    expect(sentenceOf(element)).toBe(`An element of type "Q" for "A" was rejected: ${why}.`)
  })
})
