/**
 * Goal: an account never gets more links than it may hold, isolation is given up only as far as that takes, and who goes without is
 * the least important.
 *
 * Method: tables of needs, budgets and what becomes of them; a property over random needs.
 */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'

import { fitLinks } from '../streams/link/budgets.ts'
import { planLinks, type LinkNeed } from '../streams/link/planner.ts'
import { secret } from '../streams/link/secret.ts'

const key = secret('key-one')
const need = (frequency: string, eventType: string, priority: number, more: Partial<LinkNeed> = {}): LinkNeed => ({
  frequency,
  eventTypes: [eventType],
  priority,
  url: 'wss://socket.massive.com/stocks',
  key,
  account: 'default',
  ...more,
})
const business = { url: 'wss://business.massive.com/stocks', key: secret('key-two') }

const second = need('per_second', 'T', 1)
const minute = need('per_minute', 'AM', 2)
const fair = need('fair_market_value', 'FMV', 3, business)
const halts = need('halts', 'LULD', 4)

const fitted = (needs: readonly LinkNeed[], connectionsMax: number) => {
  const { links, merged, unplaced } = fitLinks(planLinks(needs, 'dedicated'), () => connectionsMax)
  return {
    links: links.map(({ frequencies, eventTypes }) => `${frequencies.join('+')} ${eventTypes.join('+')}`),
    merged: merged.map(({ into, from }) => `${from} into ${into}`),
    unplaced: unplaced.map(({ frequency }) => frequency),
  }
}

describe('fitLinks', () => {
  it('leaves alone what fits', () => {
    expect(fitted([second, minute, fair], 3)).toStrictEqual({
      links: ['per_second T', 'per_minute AM', 'fair_market_value FMV'],
      merged: [],
      unplaced: [],
    })
  })

  it('lets the least important two share, and no more than it takes', () => {
    expect(fitted([second, minute, fair, halts], 3)).toStrictEqual({
      links: ['per_second T', 'per_minute+halts AM+LULD', 'fair_market_value FMV'],
      merged: ['socket.massive.com/stocks#halts into socket.massive.com/stocks#per_minute'],
      unplaced: [],
    })
  })

  it('lets all share that can, and then the least important go without', () => {
    expect(fitted([second, minute, fair, halts], 1)).toStrictEqual({
      links: ['per_second+per_minute+halts T+AM+LULD'],
      merged: [
        'socket.massive.com/stocks#halts into socket.massive.com/stocks#per_minute',
        'socket.massive.com/stocks#per_minute into socket.massive.com/stocks#per_second',
      ],
      unplaced: ['fair_market_value'],
    })
  })

  it('goes by priority, not by place', () => {
    expect(fitted([second, { ...fair, priority: 0.5 }], 1)).toMatchObject({
      links: ['fair_market_value FMV'],
      unplaced: ['per_second'],
    })
  })

  it('never puts one event type of two frequencies on one link', () => {
    expect(fitted([second, need('more_trades', 'T', 2)], 1)).toMatchObject({
      links: ['per_second T'],
      merged: [],
      unplaced: ['more_trades'],
    })
  })

  it('counts each account for itself', () => {
    expect(fitted([second, minute, { ...fair, account: 'desk' }], 1)).toMatchObject({
      links: ['per_second+per_minute T+AM', 'fair_market_value FMV'],
      unplaced: [],
    })
  })

  it('places every frequency once, within every budget, and nobody goes before a less important one that could not share', () => {
    const needs = fc.array(
      fc.record({
        eventType: fc.constantFrom('T', 'AM', 'FMV', 'Q'),
        host: fc.constantFrom('a', 'b', 'c'),
        account: fc.constantFrom('one', 'two'),
      }),
      { minLength: 1, maxLength: 7 },
    )
    fc.assert(
      fc.property(needs, fc.integer({ min: 1, max: 4 }), (some, connectionsMax) => {
        const all = some.map(({ eventType, host, account }, i) =>
          need(`f${String(i)}`, eventType, i + 1, { url: `wss://${host}-${account}/stocks`, account }),
        )
        const { links, unplaced } = fitLinks(planLinks(all, 'dedicated'), () => connectionsMax)
        const placed = [
          ...links.flatMap(({ frequencies }) => frequencies),
          ...unplaced.map(({ frequency }) => frequency),
        ]

        expect([...placed].sort()).toStrictEqual(all.map(({ frequency }) => frequency).sort())
        for (const account of ['one', 'two']) {
          const own = links.filter((link) => link.account === account)
          expect(own.length).toBeLessThanOrEqual(connectionsMax)
          const worst = Math.max(0, ...own.map(({ priority }) => priority))
          for (const gone of unplaced.filter((one) => one.account === account)) {
            expect(all.find(({ frequency }) => frequency === gone.frequency)?.priority).toBeGreaterThan(worst)
            expect(own).toHaveLength(connectionsMax)
          }
        }
        for (const { eventTypes } of links) expect(new Set(eventTypes).size).toBe(eventTypes.length)
      }),
    )
  })
})
