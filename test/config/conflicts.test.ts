import { type Claim, byPriority, reported, settledTickers } from '../../src/config/conflicts.ts'

// Goal: who gets a ticker that several want, and what is said about it.
// Method: the rule of Sprint 100 as tables of claims in the order of the file.

const claim = (name: string, tickers: Claim['tickers'], priority = 999): Claim => ({ name, tickers, priority })

it('leaves a ticker to the smallest priority, whatever the order, and to the first of equals', () => {
  const { claims, decisions } = byPriority([
    claim('per_second', ['AAPL', 'MSFT', 'NVDA'], 2),
    claim('per_minute', ['AAPL', 'NVDA', 'TSLA'], 1),
    claim('fair_market_value', ['MSFT', 'TSLA', 'NVDA'], 2),
  ])

  expect(claims.map(({ name, tickers }) => [name, tickers])).toEqual([
    ['per_second', ['MSFT']],
    ['per_minute', ['AAPL', 'NVDA', 'TSLA']],
    ['fair_market_value', []],
  ])
  expect(decisions.map(({ reason, ticker, from, to }) => [reason, ticker, from, to])).toEqual([
    ['priority_override', 'AAPL', 'per_second', 'per_minute'],
    ['priority_override', 'NVDA', 'per_second', 'per_minute'],
    ['listed_first', 'MSFT', 'fair_market_value', 'per_second'],
    ['priority_kept', 'TSLA', 'fair_market_value', 'per_minute'],
    ['priority_kept', 'NVDA', 'fair_market_value', 'per_minute'],
  ])
  expect(decisions[0]?.sentence).toBe('AAPL goes from per_second to per_minute: priority 1 comes before 2')
})

it('puts who says no priority behind everybody', () => {
  const { decisions } = byPriority([claim('per_second', ['AAPL']), claim('per_minute', ['AAPL'], 998)])

  expect(decisions.map(({ sentence }) => sentence)).toEqual([
    'AAPL goes from per_second to per_minute: priority 998 comes before 999',
  ])
})

it('leaves a wildcard and the lists beside it as they are', () => {
  const claims = [claim('per_second', '*', 1), claim('per_minute', ['AAPL'], 2)]

  expect(byPriority(claims)).toEqual({
    claims,
    decisions: [
      {
        reason: 'wildcard_kept',
        to: 'per_second',
        sentence: 'per_second has every ticker: nothing is taken out of *, and nothing from others for it',
      },
    ],
  })
})

it('reports what several have', () => {
  const said = reported([
    claim('per_second', '*'),
    claim('per_minute', ['AAPL', 'MSFT']),
    claim('fair_market_value', ['MSFT', 'NVDA']),
  ]).map(({ sentence }) => sentence)

  expect(said).toEqual([
    'per_second has every ticker, and so those of per_minute: AAPL, MSFT',
    'per_second has every ticker, and so those of fair_market_value: MSFT, NVDA',
    'per_minute and fair_market_value both have MSFT',
  ])
  expect(reported([claim('per_second', ['AAPL']), claim('per_minute', ['MSFT'])])).toEqual([])
})

it('takes * beside tickers for *, and a ticker twice for one', () => {
  expect(settledTickers('per_minute', ['AAPL', '*', 'MSFT'])).toEqual({
    tickers: '*',
    decisions: [
      { reason: 'wildcard', to: 'per_minute', sentence: 'per_minute: * is every ticker, AAPL, MSFT among them' },
    ],
  })
  expect(settledTickers('per_minute', ['AAPL', 'MSFT', 'AAPL'])).toEqual({
    tickers: ['AAPL', 'MSFT'],
    decisions: [{ reason: 'repeated', to: 'per_minute', sentence: 'per_minute: AAPL stands there more than once' }],
  })
})
