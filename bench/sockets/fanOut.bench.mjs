import { once } from 'node:events'
import { createServer } from 'node:net'

import { createEngine } from '../../dist/esm/src/engine.js'
import { publish } from '../../dist/esm/src/publisher/index.js'
import { perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { framesOf } from '../kit/frames.mjs'
import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from './child.mjs'
import { fakeVendor } from './fakeSocket.mjs'

const clients = 1000
const events = 250

/** The same events to a thousand clients, against writing one prepared frame to as many sockets. */
export default async ({ quick, rounds }) => {
  const times = quick ? 5 : 20
  const frames = framesOf('T', { size: 50, count: events / 50 })
  const frameBytes = frames.reduce((sum, { length }) => sum + length - 1, 1)
  // Its header: two bytes, and a length of two.
  const prepared = Buffer.alloc(frameBytes + 4)

  const vendor = fakeVendor()
  const engine = createEngine({
    provider: {
      name: 'bench',
      endpoint: () => ({ url: 'ws://bench', key: secret('a key'), account: 'bench' }),
      openSocket: vendor.openSocket,
    },
    frequencies: [perSecond()],
  })
  const server = await publish(engine, { port: 0, emission: { per_second: { everyMs: 60_000, count: events } } })
  await engine.start()
  const readers = startChild('clients')
  readers.tell({ kind: 'open', port: server.port, count: clients, isWebSocket: true })
  await readers.told('opened')

  const sockets = []
  const plainServer = createServer((socket) => sockets.push(socket))
  plainServer.listen(0, '127.0.0.1')
  await once(plainServer, 'listening')
  const plainReaders = startChild('clients')
  plainReaders.tell({ kind: 'open', port: plainServer.address().port, count: clients, isWebSocket: false })
  await plainReaders.told('opened')

  const run = (child, send) => async () => {
    let us = 0
    for (let i = 0; i < times; i += 1) {
      child.tell({ kind: 'expect', more: clients * prepared.length })
      await child.told('expecting')
      const before = process.cpuUsage()
      send()
      await child.told('received')
      const { user, system } = process.cpuUsage(before)
      us += user + system
    }
    return us / times / clients
  }
  const contenders = {
    ours: run(readers, () => {
      for (const frame of frames) vendor.feed(frame)
    }),
    plain: run(plainReaders, () => {
      for (const socket of sockets) socket.write(prepared)
    }),
  }
  const { ours, plain } = await interleaved(contenders, { rounds, warmUps: 2 })

  await server.close({ drainMs: 0 })
  await engine.close({ drainMs: 0 })
  readers.end()
  plainReaders.end()
  plainServer.close()
  return {
    title: 'fan-out',
    method:
      `${events} trades, ${(frameBytes / 1024).toFixed(0)} KB, to ${clients} clients in another process: processor time of all threads per client, ` +
      'from the frames of the feed to the last byte received, against `socket.write` of one prepared frame to as many bare sockets.',
    rows: [
      rowOf('per client, against plain writes', ratios(ours, plain), {
        atMost: 1.25,
        also: `${told('ours', ours, 'us')}, ${told('plain', plain, 'us')}`,
      }),
    ],
  }
}
