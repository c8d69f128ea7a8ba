// A host service in plain JavaScript: the built-in simulator at thirty times real time, five seconds long.
//
//     npm run build && node examples/01-embed.mjs
import { createEngine, perMinute, perSecond, simulated } from 'tickstock'

const engine = createEngine({
  provider: simulated({ seed: 7, speed: 30 }), // for real: polygon({ apiKey: process.env.POLYGON_API_KEY })
  frequencies: [perSecond({ tickers: '*' }), perMinute({ tickers: ['AAPL'] })],
  signal: AbortSignal.timeout(5000), // closes the engine; leave it out to run for ever
})
try {
  engine.frequency('per_minute').event$.subscribe((bar) => console.log(bar.symbol, 'closed the minute at', bar.close))
  await engine.start()
  let trades = 0
  for await (const batch of engine.frequency('per_second').lane('T').reader('risk')) trades += batch.length
  console.log(trades, 'trades')
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
