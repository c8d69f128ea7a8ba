// Operators on one frequency: the minute's model, and of those only the ones that moved. One of the operators has a fault, which costs
// one event and nobody else anything.
//
//     npm run build && node examples/03-operator.mjs
import { filter, tap } from 'rxjs'
import { createEngine, perMinute, perSecond, simulated } from 'tickstock'
import { handleMinuteBar } from 'tickstock/operators'

let bars = 0
const faulty = tap(() => {
  bars += 1
  if (bars === 5) throw new Error('the fifth bar was too much')
})

const engine = createEngine({
  // From Monday 23 November 2026, 09:30 in New York, at forty times real time.
  provider: simulated({ seed: 7, speed: 40, tickers: 20, startMs: Date.UTC(2026, 10, 23, 14, 30) }),
  frequencies: [
    perSecond({ tickers: '*' }),
    perMinute({ tickers: '*' })
      .pipe(faulty)
      .pipe(
        handleMinuteBar(),
        filter((minute) => Math.abs(minute.minutePriceChangePercent) >= 0.15),
      ),
  ],
  signal: AbortSignal.timeout(6000),
})
try {
  const minutes = engine.frequency('per_minute')
  minutes.deadLetter$.subscribe(({ reason, events, error }) => {
    const [bar] = /** @type {import('tickstock').MinuteBar[]} */ (events)
    console.log('dead letter:', reason, bar.symbol, '-', String(error))
  })
  await engine.start()

  // The handler's events have a type of their own, and so a lane of their own.
  for await (const batch of minutes.lane('aggregate_minute').reader('movers')) {
    for (const { symbol, minutePriceChangePercent, marketSession } of batch) {
      console.log(symbol.padEnd(5), `${minutePriceChangePercent.toFixed(2)} %`.padStart(7), marketSession)
    }
  }

  for (const { name, offered, emitted, deadLetters } of engine.health().frequencies) {
    console.log(`${name}: ${offered} events in, ${emitted} out, ${deadLetters} dead letters`)
  }
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
