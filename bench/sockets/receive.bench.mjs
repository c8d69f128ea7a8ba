import { websocketClient } from '@massive.com/client-js'
import { WebSocket } from 'ws'

import { createEngine } from '../../dist/esm/src/engine.js'
import { perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { wsSocket } from '../../dist/esm/streams/link/wsSocket.js'
import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from './child.mjs'

/** Counts what comes, and says when that is enough. */
const counting = () => {
  let missing = 0
  let enough = () => {}
  return {
    got: (events) => {
      missing -= events
      if (missing <= 0) enough()
    },
    expect: (events) =>
      new Promise((resolve) => {
        missing += events
        enough = resolve
      }),
  }
}

const connectOurs = async (url) => {
  const { got, expect } = counting()
  const engine = createEngine({
    provider: { name: 'bench', endpoint: () => ({ url, key: secret('ours'), account: 'bench' }), openSocket: wsSocket },
    frequencies: [perSecond()],
  })
  const reader = engine.frequency('per_second').lane('T').reader('bench')
  void reader.each((batch) => {
    if (batch.lostBefore > 0) throw new Error('a reader that awaits has lost something')
    got(batch.length)
  })
  await engine.start()
  return { expect, close: () => engine.close() }
}

const connectTheirs = async (url) => {
  const { got, expect } = counting()
  const client = websocketClient('theirs', url).stocks()
  await new Promise((resolve, reject) => {
    client.onerror = reject
    client.onmessage = ({ data }) => {
      const elements = JSON.parse(data)
      if (elements[0].ev !== 'status') got(elements.length)
      else if (elements[0].status === 'auth_success') client.send('{"action":"subscribe","params":"T.*"}')
      else if (elements[0].status === 'success') resolve()
    }
  })
  return { expect, close: () => client.close() }
}

/** What the socket alone takes: nobody looks into the frames, so they have to be told how many events there are in each. */
const connectBare = async (url, size) => {
  const { got, expect } = counting()
  const client = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: false })
  let isUp = false
  await new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('open', () => client.send('{"action":"auth","params":"bare"}'))
    client.on('message', (data) => {
      if (isUp) got(size)
      else if (data.includes('auth_success')) {
        isUp = true
        resolve()
      }
    })
  })
  return { expect, close: () => client.close() }
}

export default async ({ quick, rounds }) => {
  const vendor = startChild('vendor')
  const { url } = await vendor.told('listening')
  const rows = []

  for (const [what, size, atLeast, events] of [
    ['T in frames of 50', 50, 2.5, quick ? 100_000 : 400_000],
    ['T, one a frame', 1, 4, quick ? 40_000 : 150_000],
  ]) {
    const clients = {
      ours: await connectOurs(url),
      theirs: await connectTheirs(url),
      bare: await connectBare(url, size),
    }
    const run = (key) => async () => {
      const before = process.cpuUsage()
      const all = clients[key].expect(events)
      vendor.tell({ kind: 'flood', key, type: 'T', size, events })
      await all
      const { user, system } = process.cpuUsage(before)
      await vendor.told('flooded', key)
      return ((user + system) * 1000) / events
    }
    const contenders = { ours: run('ours'), theirs: run('theirs'), bare: run('bare') }
    const { ours, theirs, bare } = await interleaved(contenders, { rounds, warmUps: 4 })
    const also = `${told('official client', theirs, 'ns')}, ${told('ours', ours, 'ns')}, ${told('`ws` with an empty handler', bare, 'ns')}`
    rows.push(rowOf(what, ratios(theirs, ours), { atLeast, also }))
    for (const { close } of Object.values(clients)) await close()
  }

  vendor.end()
  return {
    title: 'socket to lane',
    method:
      'Events a second of processor time, all threads, from a loopback socket into a lane and out by a reader that awaits, against ' +
      '`@massive.com/client-js` and `JSON.parse`, which validates nothing. The vendor is a process of its own. Nothing dropped.',
    rows,
  }
}
