// Step 5: the operator on the simulator.
//
//     npm run build && node examples/09-own-operator/run.mjs
import { createEngine, perSecond, simulated } from 'tickstock'

import { spikes } from './spikes.mjs'

const engine = createEngine({
  provider: simulated({ seed: 7, tickers: 20, rate: 1000 }),
  frequencies: [perSecond({ tickers: '*' }).pipe(spikes({ times: 4 }))],
  signal: AbortSignal.timeout(3000),
})
try {
  await engine.start()

  let count = 0
  for await (const batch of engine.frequency('per_second').lane('spike').reader('people')) {
    for (const { symbol, size, usual } of batch) {
      count += 1
      if (count <= 10) console.log(symbol.padEnd(5), size, 'shares, usual', Math.round(usual))
    }
  }
  console.log(count, 'spikes')
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
