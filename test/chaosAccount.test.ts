import type { Gap } from '../src/index.ts'
import { account } from './chaos/account.ts'
import type { SentSession } from './chaos/sentLines.ts'

// Goal: the rule by which chaos.test.ts accounts for events finds what it is there to find.
// Method: letters as events, each case one thing that an engine must not do.

const sessions = (...texts: readonly string[]): readonly SentSession[] =>
  texts.map((text, i) => ({ name: `1/${i + 1}`, wires: Array.from(text) }))

const gapAfter = (afterOffset: number, isClosed = true): Gap => ({
  id: `gap ${afterOffset}`,
  frequency: 'per_second',
  channels: ['T.*'],
  cause: { _tag: 'closed', retry: 'soon', message: 'gone' },
  fromMs: 0,
  positions: [{ eventType: 'T', afterOffset, ...(isClosed ? { beforeOffset: afterOffset + 1 } : {}) }],
})

const of = (
  sent: readonly string[],
  came: string,
  gaps: readonly Gap[] = [],
  { told = gaps.map(({ positions }) => (positions[0]?.afterOffset ?? NaN) + 1), isOver = true } = {},
) =>
  account({
    eventType: 'T',
    sessions: sessions(...sent),
    delivered: { wires: Array.from(came), gapBefore: new Map(told.map((offset) => [offset, 'a gap'])) },
    gaps,
    isOver,
  })

describe('what adds up', () => {
  it('all delivered; the end missing, and a gap there; nothing of a connection', () => {
    expect(of(['abc'], 'abc')).toEqual([{ name: '1/1', sent: 3, delivered: 3, inGap: 0, underWay: 0 }])
    expect(of(['abcd', 'ef'], 'abef', [gapAfter(1), gapAfter(3, false)])).toEqual([
      { name: '1/1', sent: 4, delivered: 2, inGap: 2, underWay: 0 },
      { name: '1/2', sent: 2, delivered: 2, inGap: 0, underWay: 0 },
    ])
    expect(of(['abc', 'd'], 'd', [gapAfter(-1)])).toMatchObject([{ inGap: 3 }, { delivered: 1 }])
  })

  it('what is sent twice comes twice, and what is under way may still come', () => {
    expect(of(['aab', 'b'], 'aab', [gapAfter(2)])).toMatchObject([{ delivered: 3 }, { inGap: 1 }])
    expect(of(['abc'], 'a', [], { isOver: false })).toMatchObject([{ delivered: 1, inGap: 0, underWay: 2 }])
  })
})

describe('what does not', () => {
  it.each<[string, () => unknown, string]>([
    ['lost without a gap', () => of(['abc', 'd'], 'abd'), '1 of 3 are neither delivered nor in a gap'],
    ['lost at the end without a gap', () => of(['abc'], 'ab'), '1 of 3 are neither delivered nor in a gap'],
    ['a gap in another place', () => of(['abc', 'd'], 'abd', [gapAfter(0)]), 'are neither delivered nor in a gap'],
    ['lost in the middle', () => of(['abc'], 'ac', [gapAfter(0)]), 'offset 1 of 2 was never sent'],
    ['twice', () => of(['abc'], 'abbc', [gapAfter(1)]), 'offset 2 of 4 was never sent'],
    ['twice at the end', () => of(['abc'], 'abcc'), 'offset 3 of 4 was never sent'],
    ['out of order', () => of(['abc'], 'bac'), '3 of 3 are neither delivered nor in a gap'],
    ['made up', () => of(['abc'], 'abcx'), 'offset 3 of 4 was never sent'],
    ['of an earlier connection, late', () => of(['ab', 'c'], 'acb', [gapAfter(0)]), 'offset 2 of 3 was never sent'],
    ['a gap where no connection ended', () => of(['abc'], 'abc', [gapAfter(0)]), 'where no connection ended'],
    [
      'a gap that the reader was not told of',
      () => of(['ab', 'c'], 'abc', [gapAfter(1)], { told: [] }),
      'the reader was not told of the gap before offset 2',
    ],
    [
      'a gap that is not a point',
      () =>
        of(['ab', 'c'], 'abc', [{ ...gapAfter(1), positions: [{ eventType: 'T', afterOffset: 1, beforeOffset: 3 }] }]),
      'which are no neighbours',
    ],
  ])('%s', (_, look, message) => {
    expect(look).toThrow(message)
  })
})
