import type { MinuteBar, SecondBar } from '../../streams/model.ts'
import { decodeText, eventOf, sentenceOf } from './frames.ts'

const live = {
  ev: 'AM',
  sym: 'GTE',
  v: 4110,
  av: 9470157,
  op: 0.4372,
  vw: 0.4488,
  o: 0.4488,
  c: 0.4486,
  h: 0.4489,
  l: 0.4486,
  a: 0.4352,
  z: 685,
  s: 1610144640000,
  e: 1610144700000,
  otc: true,
  dv: '4110.500000',
  dav: '9470157.038360',
}

const least = { ev: 'AM', sym: 'A', v: 0, o: 2, c: 2, h: 3, l: 1, s: 60_000 }

const leastBar: MinuteBar = {
  ev: 'AM',
  symbol: 'A',
  open: 2,
  high: 3,
  low: 1,
  close: 2,
  volume: 0,
  startMs: 60_000,
  endMs: 120_000,
  otc: false,
  revision: 0,
}

const accepted: readonly (readonly [what: string, frame: string, event: MinuteBar | SecondBar])[] = [
  [
    'every field of a live frame',
    JSON.stringify([live]),
    {
      ev: 'AM',
      symbol: 'GTE',
      open: 0.4488,
      high: 0.4489,
      low: 0.4486,
      close: 0.4486,
      volume: 4110,
      volumeExact: '4110.500000',
      vwap: 0.4488,
      averageSize: 685,
      startMs: 1610144640000,
      endMs: 1610144700000,
      dayOpen: 0.4372,
      dayVolume: 9470157,
      dayVolumeExact: '9470157.038360',
      dayVwap: 0.4352,
      otc: true,
      revision: 0,
    },
  ],
  ['a minute without end', JSON.stringify([least]), leastBar],
  ['a second without end', JSON.stringify([{ ...least, ev: 'A' }]), { ...leastBar, ev: 'A', endMs: 61_000 }],
  ['another end than the window says', JSON.stringify([{ ...least, e: 60_001 }]), { ...leastBar, endMs: 60_001 }],
  [
    'odd number forms',
    '[{"ev":"AM","sym":"A","v":4.578654e+06,"z":12.0,"o":2,"c":2,"h":3,"l":1,"s":6e4,"av":0.0}]',
    { ...leastBar, volume: 4578654, averageSize: 12, dayVolume: 0 },
  ],
  [
    'one price for all and nulls',
    JSON.stringify([{ ...least, o: 1, c: 1, h: 1, l: 1, e: null, op: null, vw: null, otc: null, dv: null }]),
    { ...leastBar, open: 1, close: 1, high: 1, low: 1 },
  ],
]

const ms = 'expected Unix milliseconds, a whole number from 0 to below 1e14'

const rejected: readonly (readonly [element: object, why: string])[] = [
  [{ ...least, s: undefined }, `s: ${ms}, received nothing`],
  [{ ...least, s: undefined, e: 120_000 }, `s: ${ms}, received nothing`],
  [{ ...least, l: 3.5 }, 'l: expected a low not above the high, received l 3.5, h 3'],
  [{ ...least, e: 60_000 }, 'e: expected an end after the start, received e 60000, s 60000'],
  [
    { ...least, l: 4, e: 1 },
    'l: expected a low not above the high, received l 4, h 3; e: expected an end after the start, received e 1, s 60000',
  ],
  [{ ...least, o: 0 }, 'o: expected a number above 0, received 0'],
  [{ ...least, h: undefined }, 'h: expected a number above 0, received nothing'],
  [{ ...least, v: undefined }, 'v: expected a number of 0 or more, received nothing'],
  [{ ...least, vw: -1 }, 'vw: expected a number of 0 or more, received -1'],
  [{ ...least, dv: 4110 }, 'dv: expected a decimal number as text, received 4110'],
  [{ ...least, otc: 'true' }, 'otc: expected true or false, received "true"'],
  [{ ...least, e: '120000' }, `e: ${ms}, received "120000"`],
]

describe('bars', () => {
  it.each(accepted)('accepts %s', (_what, frame, event) => {
    expect(eventOf(frame)).toStrictEqual(event)
  })

  it.each(rejected)('rejects %j', (element, why) => {
    expect(sentenceOf(element)).toBe(`An element of type "AM" for "A" was rejected: ${why}.`)
  })

  it.each([
    [{ ...least, o: 3.5 }, ['highCoversBody']],
    [{ ...least, c: 0.5 }, ['lowCoversBody']],
    [{ ...least, vw: 3.1 }, ['vwapInRange']],
    [{ ...least, vw: 0 }, ['vwapInRange']],
    [{ ...least, o: 0.5, c: 4 }, ['highCoversBody', 'lowCoversBody']],
    [{ ...least, vw: 3 }, []],
  ])('counts as drift and delivers %j', (element, names) => {
    const { batches, rejects, drifts } = decodeText(JSON.stringify([element, element]))

    expect(rejects).toStrictEqual([])
    expect(batches[0]!.length).toBe(2)
    expect(drifts).toStrictEqual(names.map((name) => ({ eventType: 'AM', name, count: 2 })))
  })

  it('says when: the end of the window', () => {
    const batch = decodeText(JSON.stringify([live])).batches[0]!

    expect(batch.atMs(0)).toBe(1610144700000)
    expect(batch.number(0, 'startMs')).toBe(1610144640000)
  })

  it('keeps seconds and minutes apart', () => {
    const { batches } = decodeText(JSON.stringify([live, { ...live, ev: 'A' }, live]))

    expect(batches.map(({ eventType, length }) => [eventType, length])).toStrictEqual([
      ['AM', 2],
      ['A', 1],
    ])
  })
})
