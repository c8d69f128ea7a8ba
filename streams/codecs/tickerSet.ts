/**
 * Tickers to choose events by. A decoder knows tickers by number, and so does this: whether a number is in it is looked up by text once,
 * and is one byte from then on, so that ten thousand tickers cost what ten do.
 */
export class TickerSet {
  readonly #tickers: ReadonlySet<string>
  /** The list that numbers are of, and what is known of each: 0 not yet, 1 in, 2 out. */
  #names: readonly string[] | undefined
  #known = new Uint8Array(0)

  constructor(tickers: Iterable<string>) {
    this.#tickers = new Set(tickers)
  }

  has(ticker: string): boolean {
    return this.#tickers.has(ticker)
  }

  /** Whether the ticker of that number in the list is in. */
  hasNumber(names: readonly string[], number: number): boolean {
    const known = names === this.#names ? this.#known[number] : undefined
    return known === undefined || known === 0 ? this.#look(names, number) : known === 1
  }

  #look(names: readonly string[], number: number): boolean {
    if (names !== this.#names || number >= this.#known.length) {
      // A list only grows; another one has other numbers.
      const known = new Uint8Array(Math.max(1024, 2 * names.length))
      if (names === this.#names) known.set(this.#known)
      this.#names = names
      this.#known = known
    }
    const isIn = this.#tickers.has(names[number] as string)
    this.#known[number] = isIn ? 1 : 2
    return isIn
  }
}
