/**
 * Goal: the fewest sockets, or one for each frequency, with ids that people can read and that never hold a key.
 *
 * Method: tables of needs, plans and messages.
 */
import { describe, expect, it } from '@jest/globals'
import { inspect } from 'node:util'

import { planLinks, type LinkNeed } from '../streams/link/planner.ts'
import { secret } from '../streams/link/secret.ts'

const key = secret('key-one')
const businessKey = secret('key-two')
const second: LinkNeed = {
  frequency: 'per_second',
  eventTypes: ['T'],
  url: 'wss://socket.massive.com/stocks',
  key,
  account: 'default',
  priority: 2,
}
const minute: LinkNeed = { ...second, frequency: 'per_minute', eventTypes: ['AM'], priority: 1 }
const fair: LinkNeed = {
  ...second,
  frequency: 'fair_market_value',
  eventTypes: ['FMV'],
  url: 'wss://business.massive.com/stocks',
  key: businessKey,
  priority: 3,
}

const brief = (plans: ReturnType<typeof planLinks>) =>
  plans.map(({ id, frequencies, priority }) => `${id}: ${frequencies.join('+')} (${priority})`)

describe('planLinks', () => {
  it('groups by address and key', () => {
    expect(brief(planLinks([second, minute, fair], 'shared'))).toStrictEqual([
      'socket.massive.com/stocks: per_second+per_minute (1)',
      'business.massive.com/stocks: fair_market_value (3)',
    ])
  })

  it('gives each frequency its own when dedicated', () => {
    expect(brief(planLinks([second, minute, fair], 'dedicated'))).toStrictEqual([
      'socket.massive.com/stocks#per_second: per_second (2)',
      'socket.massive.com/stocks#per_minute: per_minute (1)',
      'business.massive.com/stocks#fair_market_value: fair_market_value (3)',
    ])
  })

  it('tells two keys of one address apart by number', () => {
    expect(brief(planLinks([second, { ...minute, key: businessKey }], 'shared'))).toStrictEqual([
      'socket.massive.com/stocks: per_second (2)',
      'socket.massive.com/stocks#2: per_minute (1)',
    ])
  })

  it('takes two masks of one key for one key', () => {
    expect(planLinks([second, { ...minute, key: secret('key-one') }], 'shared')).toHaveLength(1)
  })

  it('has nothing to plan without needs', () => {
    expect(planLinks([], 'shared')).toStrictEqual([])
  })

  it('allows one event type twice on two links', () => {
    expect(planLinks([second, { ...minute, eventTypes: ['T'] }], 'dedicated')).toHaveLength(2)
  })

  it.each([
    [
      { ...minute, eventTypes: ['AM', 'T'] },
      'the frequencies per_second and per_minute both want T from socket.massive.com/stocks, and on one link an event type belongs to one ' +
        'frequency: give one of them another event type, host or key, or use dedicated links',
    ],
    [
      { ...minute, account: 'other' },
      'the frequencies per_second and per_minute use one key on socket.massive.com/stocks but name the accounts default and other: a key ' +
        'belongs to one account',
    ],
    [{ ...minute, url: 'https://key-one@x' }, 'a link needs an address that begins with ws:// or wss://'],
    [{ ...minute, url: 'wss://' }, 'a link needs an address that begins with ws:// or wss://'],
  ])('refuses what cannot be: %#', (need, message) => {
    expect(() => planLinks([second, need], 'shared')).toThrow(new RangeError(message))
  })

  it('shows no key, nor what an address holds beside host and path', () => {
    const plans = planLinks(
      [{ ...second, url: 'wss://user:key-one@socket.massive.com/stocks/?apiKey=key-one' }],
      'shared',
    )

    expect(plans[0]?.id).toBe('socket.massive.com/stocks')
    expect(inspect(plans[0]?.key)).toBe('***')
  })
})

describe('secret', () => {
  it('shows only its mask', () => {
    const shown = [
      String(key),
      JSON.stringify({ key }),
      inspect({ key }, { showHidden: true, depth: 9 }),
      JSON.stringify({ ...key }),
      inspect({ ...key }),
    ]

    for (const text of shown) {
      expect(text).toContain('***')
      expect(text).not.toContain('key-one')
    }
    expect(key.reveal()).toBe('key-one')
  })

  it('hides itself in a text from outside', () => {
    expect(key.hide('bad key key-one (key-one)')).toBe('bad key *** (***)')
    expect(secret('').hide('as it is')).toBe('as it is')
  })
})
