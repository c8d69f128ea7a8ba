// The engine with its publisher, as a host would have it: dedicated links, nothing lost for a client that reads slowly.
import { createEngine, fairMarketValue, perMinute, perSecond, publish } from 'tickstock'
import { secret, wsSocket } from 'tickstock/streams'

const [url] = process.argv.slice(2)
const whenFull = 'block'
const engine = createEngine({
  provider: {
    name: 'day',
    endpoint: () => ({ url, key: secret('a key'), account: 'day' }),
    openSocket: wsSocket,
  },
  links: 'dedicated',
  frequencies: [perSecond({ channels: ['T', 'A'], whenFull }), perMinute({ whenFull }), fairMarketValue({ whenFull })],
})
const server = await publish(engine, { port: 0, slowClient: 'wait' })
process.send({ kind: 'published', url: server.url })

process.on('message', async ({ kind }) => {
  if (kind === 'start') await engine.start()
  if (kind !== 'close') return
  const { links, frequencies } = engine.health()
  const rejected = links.reduce((sum, link) => sum + link.rejected, 0)
  const readers = frequencies.flatMap((frequency) => frequency.lanes.flatMap((lane) => lane.readers))
  await engine.close()
  process.send({
    kind: 'closed',
    balanced: engine.ledger().balanced,
    rejected,
    lost: readers.reduce((sum, reader) => sum + reader.lost, 0),
  })
  process.disconnect()
})
