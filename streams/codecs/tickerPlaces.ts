/**
 * A whole number from 0 for each ticker, which somebody else gives by text. A decoder knows tickers by number, and so does this: a number's
 * place is looked up by text once, and is read from a list from then on, as long as places stay with their tickers.
 */
export class TickerPlaces {
  readonly #placeOf: (ticker: string) => number
  /** The list that numbers are of, and one more than the place of each: 0 is not known yet. */
  #names: readonly string[] | undefined
  #known = new Int32Array(0)
  #isByText = false

  constructor(placeOf: (ticker: string) => number) {
    this.#placeOf = placeOf
  }

  of(ticker: string): number {
    return this.#placeOf(ticker)
  }

  /** The place of the ticker with that number in the list. */
  ofNumber(names: readonly string[], number: number): number {
    if (this.#isByText) return this.#placeOf(names[number] as string)
    const known = names === this.#names ? (this.#known[number] ?? 0) : 0
    return known === 0 ? this.#look(names, number) : known - 1
  }

  /** Places change hands from now on: each is asked for by text, for to forget all numbers with every change would cost far more. */
  moveOn(): void {
    this.#isByText = true
    this.#names = undefined
    this.#known = new Int32Array(0)
  }

  #look(names: readonly string[], number: number): number {
    if (names !== this.#names || number >= this.#known.length) {
      // A list only grows; another one has other numbers.
      const known = new Int32Array(Math.max(1024, 2 * names.length))
      if (names === this.#names) known.set(this.#known)
      this.#names = names
      this.#known = known
    }
    const place = this.#placeOf(names[number] as string)
    // Without effect when giving this place was what made places change hands.
    this.#known[number] = place + 1
    return place
  }
}
