/** Who wants which symbol. */
export interface SymbolIndex<S> {
  add(one: S, tickers: Iterable<string>): void
  remove(one: S, tickers: Iterable<string>): void
  /** Those who named it. */
  of(symbol: string): ReadonlySet<S>
  /** Those who want all, by `*`. */
  readonly everyone: ReadonlySet<S>
}

/** An event costs only those who want it: looking it up does not grow with the number of lists. */
export const createSymbolIndex = <S>(): SymbolIndex<S> => {
  const bySymbol = new Map<string, Set<S>>()
  const everyone = new Set<S>()
  const nobody: ReadonlySet<S> = new Set()

  return {
    add: (one, tickers) => {
      for (const ticker of tickers) {
        if (ticker === '*') {
          everyone.add(one)
          continue
        }
        const those = bySymbol.get(ticker)
        if (those === undefined) bySymbol.set(ticker, new Set([one]))
        else those.add(one)
      }
    },
    remove: (one, tickers) => {
      for (const ticker of tickers) {
        if (ticker === '*') {
          everyone.delete(one)
          continue
        }
        const those = bySymbol.get(ticker)
        those?.delete(one)
        if (those?.size === 0) bySymbol.delete(ticker)
      }
    },
    of: (symbol) => bySymbol.get(symbol) ?? nobody,
    everyone,
  }
}
