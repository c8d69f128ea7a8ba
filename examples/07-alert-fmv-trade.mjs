// An alert when the fair market value and the last trade of a ticker part by more than 0.08 percent, and when they have
// come together again. Two frequencies in one place: `spread` holds the last price of each ticker beside its fair value.
//
//     npm run build && node examples/07-alert-fmv-trade.mjs
import { filter, lastValueFrom } from 'rxjs'
import { createEngine, fairMarketValue, perSecond, simulated } from 'tickstock'
import { spread } from 'tickstock/operators'

const significantPercent = 0.08 // for shares one would rather say 5

const engine = createEngine({
  provider: simulated({ seed: 7, speed: 60, tickers: 10, rate: 10, startMs: Date.UTC(2026, 10, 23, 15) }),
  frequencies: [perSecond({ tickers: '*' }), fairMarketValue({ tickers: '*' })],
  signal: AbortSignal.timeout(4000),
})
try {
  // For people: a word when it begins and when it is over, not with every trade between.
  const isApart = new Map()
  const turns = filter(({ symbol, isSignificant }) => {
    const was = isApart.get(symbol) ?? false
    isApart.set(symbol, isSignificant)
    return was !== isSignificant
  })

  // Subscribed by the host, so a failure is the host's to catch: behind a frequency it would be a dead letter.
  engine
    .frequency('fair_market_value')
    .event$.pipe(spread({ last$: engine.frequency('per_second').event$, significantPercent }), turns)
    .subscribe({
      next: ({ symbol, fairPrice, lastPrice, difference, percent, isSignificant }) => {
        const prices = `fair ${fairPrice.toFixed(2)}, last ${lastPrice.toFixed(2)}, ${percent.toFixed(2)} %`
        console.log(
          symbol.padEnd(5),
          isSignificant ? `ALERT fair value ${difference > 0 ? 'above' : 'below'}` : 'together again',
          prices,
        )
      },
      error: (error) => console.error('the alerts have stopped:', error.message),
    })

  await engine.start()
  // Until the signal closes the engine.
  await lastValueFrom(engine.state$)
  console.log(`${isApart.size} tickers were watched`)
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
