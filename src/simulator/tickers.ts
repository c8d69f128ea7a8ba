import { random } from './random.ts'

/** What the market starts from, per ticker. */
export interface Listing {
  readonly symbol: string
  /** First price, US cents. */
  readonly startCents: number
  /** Wire `z`: 1 NYSE, 2 AMEX and regional, 3 Nasdaq. */
  readonly tape: 1 | 2 | 3
  /** Traded over the counter. */
  readonly otc: boolean
}

/** By the usual convention five letters that end in F or Y are a foreign share or receipt over the counter. */
const otcForm = /^[A-Z]{4}[FY]$/

type Known = readonly [symbol: string, startUsd: number, tape: 1 | 2 | 3]

/** Large US companies and funds, most traded first: activity falls with the place. Prices are plausible, not quotes. */
// prettier-ignore
const knownListings: readonly Known[] = [
  ['AAPL', 189.2, 3], ['MSFT', 378.9, 3], ['NVDA', 465.1, 3], ['AMZN', 146.7, 3], ['TSLA', 238.4, 3],
  ['GOOGL', 135.6, 3], ['META', 334.2, 3], ['BRK.B', 359.8, 1], ['SPY', 454.6, 2], ['QQQ', 388.4, 3],
  ['AMD', 121.9, 3], ['JPM', 153.1, 1], ['NFLX', 474.5, 3], ['BAC', 29.7, 1], ['XOM', 104.3, 1],
  ['AVGO', 978.2, 3], ['LLY', 592.7, 1], ['V', 254.3, 1], ['UNH', 541.6, 1], ['WMT', 156.1, 1],
  ['INTC', 43.8, 3], ['GOOG', 137.2, 3], ['MA', 409.7, 1], ['JNJ', 151.9, 1], ['PG', 151.6, 1],
  ['HD', 309.2, 1], ['ORCL', 116.3, 1], ['COST', 578.4, 3], ['CVX', 144.7, 1], ['MRK', 101.8, 1],
  ['ABBV', 138.6, 1], ['KO', 58.4, 1], ['PEP', 168.2, 3], ['CRM', 223.7, 1], ['ADBE', 611.3, 3],
  ['BABA', 77.5, 1], ['CSCO', 48.4, 3], ['DIS', 94.6, 1], ['PFE', 30.3, 1], ['T', 16.1, 1],
  ['F', 10.4, 1], ['C', 45.6, 1], ['WFC', 43.2, 1], ['TMO', 492.8, 1], ['ACN', 329.5, 1],
  ['MCD', 281.4, 1], ['LIN', 411.2, 3], ['ABT', 102.6, 1], ['TXN', 153.7, 3], ['DHR', 216.3, 1],
  ['QCOM', 128.1, 3], ['VZ', 37.2, 1], ['CMCSA', 42.3, 3], ['NKE', 107.6, 1], ['INTU', 563.8, 3],
  ['PM', 93.7, 1], ['IBM', 155.2, 1], ['GE', 119.6, 1], ['BA', 219.3, 1], ['CAT', 249.8, 1],
  ['AMAT', 149.6, 3], ['UBER', 56.3, 1], ['NOW', 665.4, 1], ['GS', 340.7, 1], ['MS', 79.4, 1],
  ['AXP', 164.9, 1], ['AMGN', 265.3, 3], ['HON', 193.7, 3], ['LOW', 201.5, 1], ['SPGI', 413.6, 1],
  ['UNP', 222.4, 1], ['RTX', 79.8, 1], ['ISRG', 309.6, 3], ['BLK', 737.2, 1], ['PLTR', 19.5, 1],
  ['SBUX', 104.8, 3], ['BKNG', 3106.5, 3], ['GILD', 75.6, 3], ['MDT', 78.3, 1], ['SYK', 292.4, 1],
  ['ADP', 229.7, 3], ['TJX', 88.9, 1], ['MU', 77.1, 3], ['LRCX', 708.9, 3], ['SCHW', 57.2, 1],
  ['DE', 374.6, 1], ['CVS', 68.4, 1], ['MMC', 199.3, 1], ['PYPL', 57.9, 3], ['MO', 41.2, 1],
  ['SO', 70.3, 1], ['DUK', 90.1, 1], ['SNOW', 168.7, 1], ['SHOP', 73.4, 1], ['COIN', 115.6, 3],
  ['IWM', 179.4, 2], ['GLD', 184.6, 2], ['DIA', 352.7, 2], ['AIG', 65.2, 1], ['SOFI', 7.2, 3],
]

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const known = new Map(knownListings.map((listing) => [listing[0], listing]))

/** The `index`-th word of `length` letters, in an order that looks shuffled: the factor has no divisor in common with 26, so no word comes twice. */
const word = (index: number, length: number): string => {
  const words = 26 ** length
  let rest = (index * 7919 + 12_345) % words
  let text = ''

  for (let place = 0; place < length; place++) {
    text = `${letters[rest % 26] ?? 'A'}${text}`
    rest = Math.floor(rest / 26)
  }

  return text
}

/** `count` ticker names: the known ones, then four letters, then five. The same for every seed. */
export const tickerNames = (count: number): readonly string[] => {
  const names = knownListings.slice(0, count).map(([symbol]) => symbol)

  for (let length = 4, index = 0; names.length < count; index++) {
    if (index === 26 ** length) {
      length += 1
      index = 0
    }
    const name = word(index, length)
    if (!known.has(name)) names.push(name)
  }

  return names
}

/** Where each of `symbols` starts. A known name starts at its usual price, any other between 8 and 408 USD, most of them low. */
export const listings = (symbols: readonly string[], seed: number): readonly Listing[] => {
  const source = random(seed, 0)

  return symbols.map((symbol): Listing => {
    // Drawn for every ticker, so that one name more or less leaves the others where they were.
    const height = source.float()
    const side = source.float()
    const listing = known.get(symbol)

    if (listing !== undefined) return { symbol, startCents: Math.round(listing[1] * 100), tape: listing[2], otc: false }

    return {
      symbol,
      startCents: 800 + Math.floor(40_000 * height * height * height),
      tape: side < 0.55 ? 3 : side < 0.9 ? 1 : 2,
      otc: otcForm.test(symbol),
    }
  })
}
