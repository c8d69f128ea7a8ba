import { decodeText, sentenceOf } from './frames.ts'

const trade = { ev: 'T', sym: 'A', p: 1, s: 1, t: 1 }

describe('status', () => {
  it.each([
    [
      { ev: 'status', status: 'auth_success', message: 'authenticated' },
      { ev: 'status', status: 'auth_success', message: 'authenticated' },
    ],
    [
      { ev: 'status', status: 'success' },
      { ev: 'status', status: 'success' },
    ],
    [
      { ev: 'status', status: 'success', message: null },
      { ev: 'status', status: 'success' },
    ],
    [
      { message: 'stray space ', more: [1], status: 'never seen', ev: 'status' },
      { ev: 'status', status: 'never seen', message: 'stray space ' },
    ],
  ])('accepts %j', (element, status) => {
    const decoded = decodeText(JSON.stringify([element]))

    expect(decoded).toStrictEqual({
      batches: [],
      statuses: [status],
      rejects: [],
      drifts: [],
      elements: 1,
      broken: false,
    })
  })

  it.each([
    [{ ev: 'status' }, 'status: expected a text, received nothing'],
    [{ ev: 'status', status: 7 }, 'status: expected a text, received 7'],
    [{ ev: 'status', status: 'success', message: {} }, 'message: expected a text, received {}'],
  ])('rejects %j', (element, why) => {
    expect(sentenceOf(element)).toBe(`An element of type "status" was rejected: ${why}.`)
  })

  it('comes out in order from among data', () => {
    const elements = [
      { ev: 'status', status: 'a' },
      trade,
      { ev: 'status', status: 'b' },
      trade,
      { ev: 'status', status: 'c' },
    ]
    const { statuses, batches, elements: count } = decodeText(JSON.stringify(elements))

    expect(statuses.map(({ status }) => status)).toStrictEqual(['a', 'b', 'c'])
    expect(batches.map(({ length }) => length)).toStrictEqual([2])
    expect(count).toBe(5)
  })
})
