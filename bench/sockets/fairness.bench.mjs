import { setTimeout as wait } from 'node:timers/promises'

import { createEngine } from '../../dist/esm/src/engine.js'
import { fairMarketValue, perSecond } from '../../dist/esm/streams/frequencies/index.js'
import { secret } from '../../dist/esm/streams/link/secret.js'
import { wsSocket } from '../../dist/esm/streams/link/wsSocket.js'
import { interleaved, quantile, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from './child.mjs'
import { latencies, nowUs } from './latencies.mjs'
import { stolenTimes } from './stolen.mjs'

/** What the pump takes from one link in a turn. `unfair` takes all there is. */
const turns = { '8 KB': 8 * 1024, '32 KB': 32 * 1024, '128 KB': 128 * 1024, unfair: Infinity }

const connect = async (url, name, turnBytes) => {
  const engine = createEngine({
    provider: {
      name: 'bench',
      endpoint: ({ key }) => ({ url: url[key.split(' ').at(-1)], key: secret(key), account: key }),
      openSocket: wsSocket,
    },
    frequencies: [perSecond({ key: `${name} T` }), fairMarketValue({ key: `${name} FMV` })],
    turnBytes,
  })
  let trades = 0
  const heard = latencies()
  const reader = engine.frequency('per_second').lane('T').reader('bench')
  void reader.each(({ length }) => (trades += length))
  heard.listen(engine.frequency('fair_market_value').lane('FMV'))
  await engine.start()
  return { engine, heard, trades: () => trades }
}

const goals = { 0.5: 0.5, 0.99: 1, 0.999: 4 }

const latencyRow = (figures, name, q) => {
  const of = (contender) => figures[contender].map((figure) => figure[`${name} ${q}`])
  const also = ['8 KB', '128 KB', 'unfair', 'alone', 'busy'].map((other) => told(other, of(other), 'ms')).join(', ')
  const goal = name === 'core' ? { atMost: goals[q] } : {}
  return rowOf(`FMV, p${q * 100}${name === 'core' ? '' : ', whoever had the core'}`, of('32 KB'), {
    unit: 'ms',
    also,
    ...goal,
  })
}

const figuresOf = (spans, rate) => ({
  rate,
  ...Object.fromEntries(
    Object.entries(spans).flatMap(([name, waits]) =>
      [0.5, 0.99, 0.999].map((q) => [`${name} ${q}`, quantile(waits, q)]),
    ),
  ),
})

/** A link that floods must not make another one wait: one FMV every two milliseconds beside trades without end. */
export default async ({ quick, rounds }) => {
  const ms = quick ? 500 : 2000
  const stolen = stolenTimes(nowUs)
  const vendor = startChild('vendor')
  const flooder = startChild('vendor')
  const { url } = await vendor.told('listening')
  const { url: floodUrl } = await flooder.told('listening')
  const engines = {}
  for (const [name, turnBytes] of Object.entries(turns)) {
    engines[name] = await connect({ T: floodUrl, FMV: url }, name, turnBytes)
  }

  /** Keeps the thread as busy as a flood does, in slices that nobody could find unfair: what is left then is the machine's own. */
  const spinning = async (work) => {
    let isOver = false
    const spin = () => {
      const untilMs = performance.now() + 0.1
      while (performance.now() < untilMs);
      if (!isOver) setImmediate(spin)
    }
    spin()
    const figure = await work()
    isOver = true
    return figure
  }

  const run =
    (name, isFlooded = true) =>
    async () => {
      const { heard, trades } = engines[name]
      if (isFlooded)
        flooder.tell({ kind: 'flood', key: `${name} T`, type: 'T', size: 50, events: Number.MAX_SAFE_INTEGER })
      // The flood first: what is measured is not its beginning.
      await wait(100)
      heard.take()
      stolen.start()
      const before = { trades: trades(), ms: performance.now() }
      vendor.tell({ kind: 'pace', key: `${name} FMV`, type: 'FMV', size: 1, everyMs: 2, ms, stamped: true })
      await vendor.told('paced', `${name} FMV`)
      const hadCore = stolen.stop()
      const rate = (trades() - before.trades) / (performance.now() - before.ms)
      if (isFlooded) {
        flooder.tell({ kind: 'stop', key: `${name} T` })
        await flooder.told('flooded', `${name} T`)
        // What is still under way.
        for (let seen = -1; seen !== trades(); await wait(50)) seen = trades()
      }
      return figuresOf(heard.takeBoth(hadCore), rate)
    }

  const contenders = Object.fromEntries(Object.keys(turns).map((name) => [name, run(name)]))
  const figures = await interleaved(
    { ...contenders, alone: run('32 KB', false), busy: () => spinning(run('32 KB', false)) },
    { rounds, warmUps: 1 },
  )
  const of = (name, what) => figures[name].map((figure) => figure[what])
  for (const { engine } of Object.values(engines)) await engine.close({ drainMs: 0 })
  vendor.end()
  flooder.end()
  return {
    title: 'FMV while another link floods trades',
    method:
      'From the moment its frame leaves another process to the wake of a reader of its lane; one FMV every 2 ms on a link of its own, while trades ' +
      'in frames of 50 come on another as fast as this one thread takes them. `turnBytes` 32 KB, and others to compare; `unfair` is without a ' +
      'bound; without the flood, `alone` leaves the thread idle and `busy` keeps it as busy in slices of 0.1 ms: what the machine adds by ' +
      'giving the core to others. The first three rows leave out waits in which the core was not this process’s for 0.5 ms or more.',
    rows: [
      ...[0.5, 0.99, 0.999].map((q) => latencyRow(figures, 'core', q)),
      ...[0.5, 0.99, 0.999].map((q) => latencyRow(figures, 'all', q)),
      rowOf('trades a second against unfair', ratios(of('32 KB', 'rate'), of('unfair', 'rate')), {
        atLeast: 0.8,
        also: Object.keys(turns)
          .map((name) => told(name, of(name, 'rate'), 'thousand/s'))
          .join(', '),
      }),
    ],
  }
}
