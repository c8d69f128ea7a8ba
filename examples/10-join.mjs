// Each trade with the last minute bar and the last fair value of its ticker beside it: three frequencies, joined in the process.
//
//     npm run build && node examples/10-join.mjs
import { lastValueFrom } from 'rxjs'
import { createEngine, fairMarketValue, perMinute, perSecond, simulated } from 'tickstock'
import { joinLatest } from 'tickstock/operators'

const engine = createEngine({
  // Sixty times real time: a minute bar every second.
  provider: simulated({ seed: 7, speed: 60, tickers: 3, rate: 5, startMs: Date.UTC(2026, 10, 23, 15) }),
  frequencies: [perSecond({ tickers: '*' }), perMinute({ tickers: '*' }), fairMarketValue({ tickers: '*' })],
  signal: AbortSignal.timeout(4000),
})
try {
  const trade$ = engine.frequency('per_second').event$
  const bar$ = engine.frequency('per_minute').event$
  const value$ = engine.frequency('fair_market_value').event$

  let joined = 0
  let complete = 0
  trade$.pipe(joinLatest({ bar$, value$ })).subscribe(({ symbol, trade, bar, fairValue }) => {
    joined += 1
    if (bar === undefined || fairValue === undefined) return
    complete += 1
    if (complete % 100 !== 1) return
    const beside = `minute closed at ${bar.close.toFixed(2)}, fair ${fairValue.price.toFixed(2)}`
    console.log(symbol.padEnd(5), `traded at ${trade.price.toFixed(2)}, ${beside}`)
  })

  await engine.start()
  // Until the signal closes the engine.
  await lastValueFrom(engine.state$)
  console.log(`${joined} trades, ${complete} of them with a bar and a fair value beside them`)
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
