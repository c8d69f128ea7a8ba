import { setTimeout as wait } from 'node:timers/promises'

import { createEngine } from '../../dist/esm/src/engine.js'
import { fairMarketValue, perMinute, perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { wsSocket } from '../../dist/esm/streams/link/wsSocket.js'
import { interleaved, quantile, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from './child.mjs'
import { latencies } from './latencies.mjs'

const bars = 10_000

/** Trades at 50,000 a second must not notice that there are other frequencies, nor the turn of a minute. */
export default async ({ quick, rounds }) => {
  const ms = quick ? 1000 : 3000
  const vendors = { T: startChild('vendor'), AM: startChild('vendor'), FMV: startChild('vendor') }
  const urls = {}
  for (const [key, vendor] of Object.entries(vendors)) urls[key] = (await vendor.told('listening')).url

  const engine = createEngine({
    provider: {
      name: 'bench',
      endpoint: ({ key }) => ({ url: urls[key], key: secret(key), account: key }),
      openSocket: wsSocket,
    },
    frequencies: [perSecond({ key: 'T' }), perMinute({ key: 'AM', limit: bars }), fairMarketValue({ key: 'FMV' })],
  })
  const heard = latencies()
  heard.listen(engine.frequency('per_second').lane('T'))
  let others = 0
  for (const [frequency, eventType] of [
    ['per_minute', 'AM'],
    ['fair_market_value', 'FMV'],
  ]) {
    const reader = engine.frequency(frequency).lane(eventType).reader('bench')
    void reader.each(({ length }) => (others += length))
  }
  await engine.start()

  const run = (isAlone) => async () => {
    heard.take()
    const before = others
    vendors.T.tell({ kind: 'pace', key: 'T', type: 'T', size: 50, everyMs: 1, ms, stamped: true })
    if (!isAlone) {
      vendors.FMV.tell({ kind: 'pace', key: 'FMV', type: 'FMV', size: 10, everyMs: 10, ms, stamped: true })
      await wait(ms / 2)
      vendors.AM.tell({ kind: 'burst', key: 'AM', type: 'AM', size: 200, events: bars })
      await vendors.AM.told('burst')
      await vendors.FMV.told('paced')
    }
    const { sent } = await vendors.T.told('paced')
    await wait(100)
    const waits = heard.take()
    // Less than all only where the clock began anew.
    if (waits.length < sent * 0.9) throw new Error(`${waits.length} of ${sent} trades came`)
    if (!isAlone && others - before < bars) throw new Error(`only ${others - before} others came`)
    return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) }
  }

  const figures = await interleaved({ alone: run(true), all: run(false) }, { rounds, warmUps: 1 })
  const of = (name, what) => figures[name].map((figure) => figure[what])
  const row = (what, atMost) =>
    rowOf(`T, ${what}`, ratios(of('all', what), of('alone', what)), {
      atMost,
      also: ['alone', 'all'].map((name) => told(name, of(name, what), 'ms')).join(', '),
    })

  await engine.close({ drainMs: 0 })
  for (const vendor of Object.values(vendors)) vendor.end()
  return {
    title: 'trades beside other frequencies',
    method:
      `50,000 trades a second in frames of 50, each from its sending in another process to the wake of a reader; with 1,000 FMV a second and a ` +
      `minute turn of ${bars} bars at once, each on a link of its own, against the trades alone.`,
    rows: [row('p50', 1.1), row('p99', 1.5)],
  }
}
