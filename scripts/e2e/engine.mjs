// The engine with its publisher, as a host would have it: dedicated links, nothing lost for a client that reads slowly.
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { createEngine, fairMarketValue, perMinute, perSecond, publish } from 'tickstock'
import { secret, wsSocket } from 'tickstock/streams'
import { WebSocket } from 'ws'

const [url] = process.argv.slice(2)
const whenFull = 'block'

const open = async (key) => {
  const engine = createEngine({
    provider: { name: 'day', endpoint: () => ({ url, key: secret(key), account: key }), openSocket: wsSocket },
    links: 'dedicated',
    frequencies: [
      perSecond({ channels: ['T', 'A'], whenFull }),
      perMinute({ whenFull }),
      fairMarketValue({ whenFull }),
    ],
  })
  // A small bound, so that the whole chain down to the simulator has to wait for the client, again and again.
  const server = await publish(engine, { port: 0, slowClient: 'wait', clientBytesMax: 1024 * 1024 })
  return { engine, server }
}

// Compiled code is memory, too, and comes once: what is compared below is what the day itself makes grow. So the simulator, the
// engine and the publisher rehearse for a moment, on sockets and an account of their own.
const rehearse = async () => {
  const { engine, server } = await open('a rehearsal')
  const client = new WebSocket(server.url)
  await once(client, 'open')
  client.send('{"action":"auth","params":"a key"}')
  client.send('{"action":"subscribe","params":"T.*,A.*,AM.*,FMV.*"}')
  client.resume()
  await engine.start()
  await wait(3000)
  client.terminate()
  await engine.close({ drainMs: 0 })
}

await rehearse()
const { engine, server } = await open('a key')
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
