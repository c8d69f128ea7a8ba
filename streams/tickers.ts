/** `'*'` for every ticker the vendor has, or a list. */
export type Tickers = '*' | readonly string[]

/** Throws RangeError for tickers that cannot be asked for: an empty list, an empty name, a comma, white space or `*`. */
export const checkTickers = (name: string, tickers: Tickers): void => {
  if (tickers === '*') return
  if (!Array.isArray(tickers) || tickers.length === 0) {
    throw new RangeError(
      `${name}: tickers is '*' or a list with at least one ticker; to ask for none, stop the frequency`,
    )
  }
  for (const ticker of tickers as readonly unknown[]) {
    if (typeof ticker !== 'string' || !/^[^\s,*]+$/.test(ticker)) {
      throw new RangeError(
        `${name}: ${JSON.stringify(ticker)} is no ticker; one is text without spaces, commas or *, such as "BRK.B"`,
      )
    }
  }
}

/** What a frequency wants from its link: `T.AAPL`, or `T.*`. */
export const channelsOf = (eventTypes: readonly string[], tickers: Tickers): readonly string[] =>
  eventTypes.flatMap((eventType) =>
    tickers === '*' ? [`${eventType}.*`] : tickers.map((ticker) => `${eventType}.${ticker}`),
  )
