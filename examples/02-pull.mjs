// Pulling at one's own pace: a batch a second, committed when it is stored, given back when storing fails.
//
//     npm run build && node examples/02-pull.mjs
import { setTimeout as wait } from 'node:timers/promises'

import { createEngine, perSecond, simulated } from 'tickstock'

// Stands for a database that refuses the second batch it is given.
let calls = 0
const store = async (batch) => {
  calls += 1
  if (calls === 2) throw new Error('the database is away')
  return batch.length
}

const engine = createEngine({
  provider: simulated({ seed: 7, rate: 300 }),
  frequencies: [perSecond({ tickers: '*', limit: 500 })],
})
try {
  await engine.start()
  const reader = engine.frequency('per_second').lane('T').reader('store')

  for (let second = 1; second <= 6; second += 1) {
    // In the fourth second it sleeps for longer than the lane remembers.
    await wait(second === 4 ? 2500 : 1000)

    const batch = reader.pull()
    const said = `events ${batch.from} to ${batch.to - 1}${batch.lostBefore > 0 ? `, ${batch.lostBefore} lost before them` : ''}`
    try {
      await store(batch)
      reader.commit()
      console.log(said, 'stored')
    } catch (error) {
      reader.rewind()
      console.log(said, `not stored, ${error.message}: they come again`)
    }
  }

  const { offered, committed, inFlight, waiting, lost } = reader.figures()
  console.log(`offered ${offered} = committed ${committed} + in flight ${inFlight} + waiting ${waiting} + lost ${lost}`)
} finally {
  await engine.close()
  engine.ledger().assertBalanced()
}
