/**
 * Goal: the vendor's own JavaScript clients, unmodified, work against the simulator and against the publisher by changing the
 * URL, and get trades, minute bars and fair market values.
 *
 * Method: a simulated market that begins two seconds before the turn of a minute, so that bars come soon.
 */
import { websocketClient as massive } from '@massive.com/client-js'
import { websocketClient as polygon } from '@polygon.io/client-js'

import { createEngine, fairMarketValue, perMinute, perSecond, simulated } from '../src/index.ts'
import { publish } from '../src/publisher/index.ts'
import { simulate } from '../src/simulator/index.ts'

/** Monday 6 October 2025, 10:00 in New York, less two seconds. */
const startMs = Date.UTC(2025, 9, 6, 14, 0, 0) - 2_000
const market = { seed: 7, tickers: 5, rate: 200, startMs }

type Connect = typeof massive
interface Element {
  readonly ev: string
  readonly status?: string
}

/** Subscribes to everything the way the vendor's example does, and resolves when one of each type has come. */
const oneOfEach = (connect: Connect, url: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const client = connect('a key', url).stocks()
    const seen = new Set<string>()
    client.onerror = reject
    client.onmessage = ({ data }) => {
      for (const { ev, status } of JSON.parse(data as string) as Element[]) {
        if (status === 'auth_success') client.send(JSON.stringify({ action: 'subscribe', params: 'T.*,AM.*,FMV.*' }))
        if (ev !== 'status') seen.add(ev)
      }
      if (seen.size < 3) return
      client.close()
      resolve([...seen].sort())
    }
  })

const clients = [
  ['@polygon.io/client-js', polygon],
  ['@massive.com/client-js', massive],
] as const

describe.each(clients)('%s, unmodified', (_, connect) => {
  it('gets all three from the simulator', async () => {
    const simulator = await simulate(market)
    try {
      expect(await oneOfEach(connect, simulator.url)).toEqual(['AM', 'FMV', 'T'])
    } finally {
      await simulator.close()
    }
  }, 20_000)

  it('gets all three from the publisher', async () => {
    const engine = createEngine({
      provider: simulated(market),
      frequencies: [perSecond(), perMinute(), fairMarketValue()],
    })
    try {
      // Before the engine starts: what the market says first is wanted too.
      const server = await publish(engine, { port: 0 })
      const all = oneOfEach(connect, server.url)
      await engine.start()
      expect(await all).toEqual(['AM', 'FMV', 'T'])
    } finally {
      await engine.close()
    }
    engine.ledger().assertBalanced()
  }, 20_000)
})
