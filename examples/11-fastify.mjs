// A Fastify service with the engine in it: the last price of a ticker, the bars of a ticker since an offset, how well it is. One
// process, one shutdown: whoever closes the service closes the engine.
//
//     npm run build && node examples/11-fastify.mjs
import Fastify from 'fastify'
import { createEngine, perMinute, perSecond, simulated } from 'tickstock'

const engine = createEngine({
  provider: simulated({ seed: 7, speed: 30, tickers: 20 }),
  frequencies: [perSecond({ tickers: '*' }), perMinute({ tickers: '*' })],
})

const app = Fastify()

// A reader keeps up with the trades by itself and may be slow; a route only looks at what it has kept.
const latest = new Map()
app.addHook('onReady', async () => {
  await engine.start()
  void engine
    .frequency('per_second')
    .lane('T')
    .reader('latest')
    .each(async (batch) => {
      for (const trade of batch) latest.set(trade.symbol, trade)
    })
})
app.addHook('onClose', async () => {
  await engine.close() // waits for what has come to be read
})

app.get('/last/:ticker', async (request, reply) => {
  const { ticker } = /** @type {{ ticker: string }} */ (request.params)
  const trade = latest.get(ticker)
  return trade ?? reply.code(404).send({ error: `no trade of ${ticker} yet` })
})

app.get('/bars/:ticker', async (request) => {
  const { ticker } = /** @type {{ ticker: string }} */ (request.params)
  const { from: asked } = /** @type {{ from?: string }} */ (request.query)
  const lane = engine.frequency('per_minute').lane('AM')
  const from = Math.max(Number(asked ?? lane.oldestOffset), lane.oldestOffset)
  const reader = lane.reader(`request ${request.id}`, { from: { epoch: engine.epoch, offset: from } })
  try {
    const batch = reader.pull()
    return {
      epoch: engine.epoch,
      next: batch.to,
      bars: [...batch].filter(({ symbol }) => symbol === ticker),
    }
  } finally {
    reader.close()
  }
})

app.get('/health', async (_, reply) => {
  const { balanced, frequencies } = engine.health()
  const words = Object.fromEntries(frequencies.map(({ name, state }) => [name, state.word]))
  const isWell = balanced && Object.values(words).every((word) => ['live', 'quiet'].includes(word))
  return reply.code(isWell ? 200 : 503).send({ balanced, ...words })
})

const url = await app.listen({ port: 0, host: '127.0.0.1' })
try {
  // What follows plays the clients; a service would go on until SIGTERM: process.once('SIGTERM', () => app.close())
  await new Promise((resolve) => setTimeout(resolve, 3000))
  for (const path of ['/last/AAPL', '/bars/AAPL', '/last/NONE', '/health']) {
    const answer = await fetch(`${url}${path}`)
    console.log(path, answer.status, (await answer.text()).slice(0, 90))
  }
} finally {
  await app.close()
  engine.ledger().assertBalanced()
}
