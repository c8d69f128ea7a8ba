/**
 * Goal: the ledger says which row does not add up, and never grows with what has come and gone.
 *
 * Method: rows with figures made up for it.
 */
import { describe, expect, it } from '@jest/globals'

import { createLedger, LedgerImbalance } from '../streams/ledger.ts'

const client = (
  fields: Partial<Record<'offered' | 'sent' | 'queued' | 'conflated' | 'dropped' | 'abandoned', number>> = {},
) => ({
  offered: 0,
  sent: 0,
  queued: 0,
  conflated: 0,
  dropped: 0,
  abandoned: 0,
  ...fields,
})

describe('ledger', () => {
  it('is balanced when it is empty and when every row adds up', () => {
    const ledger = createLedger()
    expect(ledger.snapshot().balanced).toBe(true)

    ledger.open('client', 'one', () => client({ offered: 5, sent: 3, queued: 2 }))

    expect(ledger.snapshot().balanced).toBe(true)
    expect(() => {
      ledger.snapshot().assertBalanced()
    }).not.toThrow()
  })

  it('throws with every row that does not add up', () => {
    const ledger = createLedger()
    ledger.open('client', 'one', () => client({ offered: 5, sent: 3 }))
    ledger.open('client', 'two', () => client({ offered: 1, sent: 1 }))
    ledger.open('cohort', 'three', () => ({ offered: 2, encoded: 1, held: 0, refused: 0, abandoned: 0 }))

    const { balanced, assertBalanced } = ledger.snapshot()

    expect(balanced).toBe(false)
    expect(assertBalanced).toThrow(LedgerImbalance)
    expect(assertBalanced).toThrow(
      'the ledger does not balance:\n  client one: offered 5 is not sent 3 + queued 0 + conflated 0 + dropped 0 + abandoned 0\n' +
        '  cohort three: offered 2 is not encoded 1 + held 0 + refused 0 + abandoned 0',
    )
  })

  it('takes a figure below zero or none at all for wrong, also where the sum is right', () => {
    const ledger = createLedger()
    ledger.open('client', 'one', () => client({ offered: 0, sent: 1, queued: -1 }))
    ledger.open('client', 'two', () => client({ offered: NaN, sent: NaN }))

    expect(() => {
      ledger.snapshot().assertBalanced()
    }).toThrow(/client one[^]*client two/)
  })

  it('compares what leaves one part with what arrives at the next', () => {
    const ledger = createLedger()
    const stage = (offered: number) => ({ offered, passed: offered, deadLettered: 0, inHand: 0 })
    ledger.open('stream', 'per_second', () => stage(3))

    expect(() => {
      ledger.snapshot().assertBalanced()
    }).toThrow('all link.offered 0 is not all stream.offered 3')
  })

  it('keeps one row for all that have closed, however many', () => {
    const ledger = createLedger()
    for (let i = 0; i < 1000; i += 1) {
      const close = ledger.open('client', `client ${String(i)}`, () => client({ offered: 2, sent: 2 }))
      close()
      close()
    }

    const { rows, balanced } = ledger.snapshot()

    expect(balanced).toBe(true)
    expect(rows).toEqual([{ kind: 'client', name: '(closed)', figures: client({ offered: 2000, sent: 2000 }) }])
  })

  it('gives a snapshot that nothing changes afterwards', () => {
    const ledger = createLedger()
    const figures = client({ offered: 1, sent: 1 })
    ledger.open('client', 'one', () => figures)
    const before = ledger.snapshot()

    figures.sent = 99

    expect(before.rows[0]!.figures).toEqual(client({ offered: 1, sent: 1 }))
  })
})
