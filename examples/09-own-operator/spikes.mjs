import { defer, filter, map } from 'rxjs'

/**
 * Gives a trade that has many more shares than the trades of its ticker usually have, as an event of its own.
 *
 *     trades                  -a-b-c-S-d-|     a, b, c, d = 100 shares, S = 1000
 *     spikes({ times: 5 })    -------X---|     X = S, ten times the usual 100
 *
 * What is usual is the average of the trades before; three of them make it. A spike does not move it. Completes and fails with the
 * source. Holds two numbers for each of at most `symbolsMax` tickers; beyond it the one that came first is forgotten.
 *
 * @param {{ times: number, symbolsMax?: number }} options
 * @returns {(trade$: import('rxjs').Observable<import('tickstock').Trade>) => import('rxjs').Observable<Spike>}
 *
 * @typedef {{ ev: 'spike', symbol: string, atMs: number, size: number, usual: number }} Spike
 */
export const spikes = ({ times, symbolsMax = 20_000 }) => {
  if (!(times > 1)) throw new RangeError(`spikes: times must be above 1, not ${times}`)

  return (trade$) =>
    defer(() => {
      /** @type {Map<string, { trades: number, shares: number }>} */
      const seen = new Map()

      /** The usual size so far; undefined while too little is known. */
      const usualOf = (symbol) => {
        const { trades = 0, shares = 0 } = seen.get(symbol) ?? {}
        return trades < 3 ? undefined : shares / trades
      }

      const remember = (symbol, size) => {
        if (!seen.has(symbol) && seen.size >= symbolsMax) seen.delete(seen.keys().next().value ?? '')
        const { trades = 0, shares = 0 } = seen.get(symbol) ?? {}
        seen.set(symbol, { trades: trades + 1, shares: shares + size })
      }

      return trade$.pipe(
        map(({ symbol, size, atMs }) => {
          const usual = usualOf(symbol)
          if (usual !== undefined && size >= times * usual) {
            return /** @type {Spike} */ ({ ev: 'spike', symbol, atMs, size, usual })
          }
          remember(symbol, size)
          return undefined
        }),
        filter((spike) => spike !== undefined),
      )
    })
}
