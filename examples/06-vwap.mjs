// The volume-weighted price of each ticker, of the trades that count for it, kept over a restart of the operators.
//
//     npm run build && node examples/06-vwap.mjs
import { tap } from 'rxjs'
import { createEngine, perSecond, simulated } from 'tickstock'
import { vwap } from 'tickstock/operators'

// Made here and not by the operator: what an operator holds is gone when it throws, and this is not.
const sums = new Map()

let trades = 0
const faulty = tap(() => {
  trades += 1
  if (trades === 1000) throw new Error('the thousandth trade was too much')
})

const engine = createEngine({
  // From Monday 23 November 2026, 10:00 in New York.
  provider: simulated({ seed: 7, tickers: 5, rate: 500, startMs: Date.UTC(2026, 10, 23, 15) }),
  frequencies: [perSecond({ tickers: '*' }).pipe(vwap({ sums }), faulty)],
  signal: AbortSignal.timeout(4000),
})
try {
  await engine.start()

  const latest = new Map()
  for await (const batch of engine.frequency('per_second').lane('vwap').reader('table')) {
    for (const event of batch) latest.set(event.symbol, event)
  }

  console.log('ticker   price    vwap   shares  trades')
  for (const { symbol, price, vwap, volume, trades } of [...latest.values()].sort((a, b) => b.volume - a.volume)) {
    const numbers = [price.toFixed(2).padStart(8), vwap.toFixed(2).padStart(7), String(volume).padStart(8)]
    console.log(symbol.padEnd(6), ...numbers, String(trades).padStart(7))
  }
  const [{ restarts, deadLetters }] = engine.health().frequencies
  console.log(`the operators were restarted ${restarts} times, dead letters ${deadLetters}`)
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
