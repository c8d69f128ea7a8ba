// Detectors of one's own: highs and lows of the day on trades, trends and surges on minute bars. The engine knows nothing of them; they are
// compositions of ordinary operators, in a file of the host, and their events have lanes like any other.
//
//     npm run build && node examples/12-detectors.mjs
import { connect, filter, map, merge, pipe } from 'rxjs'
import { createEngine, perMinute, perSecond, simulated } from 'tickstock'
import { handleMinuteBar, handleTick, held, inSession, marketDay, scanFrom, throttleByKey } from 'tickstock/operators'

// A new high or low of the day of its ticker. What is known of the day is held outside, so that a fault behind it, a restart or an exchange
// of the operators costs nothing: after one, a plain `scan` would call the next trade of every ticker a new high.
const highsAndLows = (days = held(new Map())) => {
  const remember = (known, { symbol, price, atMs }) => {
    const dayMs = marketDay(atMs).startMs
    const day = known.get(symbol)
    if (day === undefined || dayMs > day.dayMs) {
      return known.set(symbol, { dayMs, open: price, high: price, low: price, highs: 0, lows: 0, found: undefined })
    }
    day.found = price > day.high ? 'high' : price < day.low ? 'low' : undefined
    if (day.found === 'high') {
      day.high = price
      day.highs += 1
    } else if (day.found === 'low') {
      day.low = price
      day.lows += 1
    }
    return known
  }
  const say = (known, { symbol, price, atMs }) => {
    const { found, open, highs, lows } = known.get(symbol)
    const percentChange = ((price - open) / open) * 100
    return found && { ev: found, symbol, price, atMs, percentChange, countUp: highs, countDown: lows }
  }

  return pipe(
    scanFrom(days, remember, say),
    filter((found) => found !== undefined),
  )
}

// A minute that moved far. (The former system's two percent are rare in a quiet market, hence the option.)
const trends = ({ percent = 2 } = {}) =>
  pipe(
    filter(({ minutePriceChangePercent }) => Math.abs(minutePriceChangePercent) >= percent),
    map(({ symbol, price, atMs, minutePriceChangePercent }) => ({
      ev: 'trend',
      symbol,
      price,
      atMs,
      direction: minutePriceChangePercent > 0 ? 'up' : 'down',
      percentChange: minutePriceChangePercent,
    })),
  )

// A minute with far more volume than the minutes of the day before it. Measured by the minutes that have been: divided by all 390 of a
// day, as it was once, every early minute is a surge.
const surges = ({ times = 3, minutesLeast = 5 } = {}) =>
  pipe(
    map((minute) => {
      const { symbol, price, startMs, atMs, volume, accumulatedVolume = 0, minutePriceChange } = minute
      const minutes = (startMs - (marketDay(startMs).openMs ?? startMs)) / 60_000
      const relVolume = (volume * minutes) / (accumulatedVolume - volume)
      const direction = minutePriceChange >= 0 ? 'up' : 'down'
      return { ev: 'surge', symbol, price, atMs, direction, relVolume, minutes }
    }),
    filter(({ relVolume, minutes }) => minutes >= minutesLeast && Number.isFinite(relVolume) && relVolume > times),
  )

const engine = createEngine({
  // From Monday 23 November 2026, 09:30 in New York, at sixty times real time: a minute a second.
  provider: simulated({ seed: 7, speed: 60, tickers: 20, rate: 10, startMs: Date.UTC(2026, 10, 23, 14, 30) }),
  frequencies: [
    perSecond({ tickers: '*' }).pipe(
      inSession('regular'),
      handleTick(),
      highsAndLows(),
      // A ticker that climbs and climbs is told once in half a second, its last high always.
      throttleByKey(({ ev, symbol }) => `${ev} ${symbol}`, { everyMs: 500 }),
    ),
    perMinute({ tickers: '*' }).pipe(
      inSession('regular'),
      handleMinuteBar(),
      connect((minute$) =>
        merge(minute$.pipe(trends({ percent: 0.1 })), minute$.pipe(surges({ times: 2, minutesLeast: 3 }))),
      ),
    ),
  ],
  signal: AbortSignal.timeout(12_000),
})
try {
  /** @type {import('rxjs').Observable<{ ev: string, symbol: string, price: number, percentChange: number }>} */
  const extreme$ = engine.frequency('per_second').event$.pipe(map((event) => /** @type {any} */ (event)))
  const counts = { high: 0, low: 0, trend: 0, surge: 0 }
  extreme$.subscribe(({ ev, symbol, price, percentChange }) => {
    counts[ev] += 1
    if (counts[ev] <= 5)
      console.log(ev.padEnd(5), symbol.padEnd(5), price, `${percentChange.toFixed(2)} % since the open`)
  })
  await engine.start()

  // Each kind of finding has a lane of its own; this one is read at one's own pace.
  const minutes = engine.frequency('per_minute')
  const trending = minutes
    .lane('trend')
    .reader('trends')
    .each(async (batch) => {
      counts.trend += batch.length
    })
  /** @type {import('tickstock').Lane<import('tickstock').EventLike & { direction: string, relVolume: number }>} */
  const surgeLane = minutes.lane('surge')
  for await (const batch of surgeLane.reader('surges')) {
    for (const { symbol, direction, relVolume } of batch) {
      counts.surge += 1
      if (counts.surge <= 5)
        console.log('surge', symbol.padEnd(5), direction, `${relVolume.toFixed(1)} times its usual minute`)
    }
  }
  await trending
  console.log(counts)
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
