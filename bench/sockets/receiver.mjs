// A client in a process of its own: `ours`, `theirs` or `bare`. Told how many events will come, it says when it is ready, and when they have come what they took.
import { websocketClient } from '@massive.com/client-js'
import { WebSocket } from 'ws'

import { createEngine } from '../../dist/esm/src/engine.js'
import { perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { wsSocket } from '../../dist/esm/streams/link/wsSocket.js'

const [mode, url, sizeText] = process.argv.slice(2)

let missing = 0
let enough = () => {}
const got = (events) => {
  missing -= events
  if (missing <= 0) enough()
}
const expect = (events) =>
  new Promise((resolve) => {
    missing += events
    enough = resolve
  })

const connect = {
  ours: async () => {
    const engine = createEngine({
      provider: {
        name: 'bench',
        endpoint: () => ({ url, key: secret(mode), account: 'bench' }),
        openSocket: wsSocket,
      },
      frequencies: [perSecond()],
    })
    const reader = engine.frequency('per_second').lane('T').reader('bench')
    void reader.each((batch) => {
      if (batch.lostBefore > 0) throw new Error('a reader that awaits has lost something')
      got(batch.length)
    })
    await engine.start()
  },

  theirs: () => {
    const client = websocketClient(mode, url).stocks()
    return new Promise((resolve, reject) => {
      client.onerror = reject
      client.onmessage = ({ data }) => {
        const elements = JSON.parse(data)
        if (elements[0].ev !== 'status') got(elements.length)
        else if (elements[0].status === 'auth_success') client.send('{"action":"subscribe","params":"T.*"}')
        else if (elements[0].status === 'success') resolve()
      }
    })
  },

  /** What the socket alone takes: nobody looks into the frames, so they have to be told how many events there are in each. */
  bare: () => {
    const client = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: false })
    let isUp = false
    return new Promise((resolve, reject) => {
      client.on('error', reject)
      client.on('open', () => client.send(JSON.stringify({ action: 'auth', params: mode })))
      client.on('message', (data) => {
        if (isUp) got(Number(sizeText))
        else if (data.includes('auth_success')) {
          isUp = true
          resolve()
        }
      })
    })
  },
}[mode]

process.on('message', async ({ events }) => {
  const all = expect(events)
  const before = process.cpuUsage()
  process.send({ kind: 'expecting' })
  await all
  const { user, system } = process.cpuUsage(before)
  process.send({ kind: 'ran', us: user + system })
})
process.on('disconnect', () => process.exit(0))
await connect()
process.send({ kind: 'connected' })
