import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from '../sockets/child.mjs'

/**
 * Nanoseconds of processor time per event of an engine in a process of its own, each time another: what the compiler happens to make of one process
 * differs by more than what is looked for, and only the median of several does not know it. With `all`, its metrics are asked for in each second that it works.
 */
const costOf = (mode, size) => async () => {
  const child = startChild('../ops/engine', [mode, String(size)])
  const { url } = await child.told('ready')

  const scrape = async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    if (!text.includes('tickstock_latency_seconds{frequency="per_second",step="delivered"'))
      throw new Error('no metrics')
  }
  const run = async (seconds) => {
    child.tell({ kind: 'run', seconds })
    const scraping = []
    for (let i = 0; i < seconds; i += 1) {
      await child.told('second')
      if (mode === 'all') scraping.push(scrape())
    }
    const { events, us } = await child.told('ran')
    await Promise.all(scraping)
    return (us * 1000) / events
  }

  await run(1)
  // An engine lives for days: what serves the metrics has been asked before.
  for (let i = 0; mode === 'all' && i < 20; i += 1) await scrape()
  const cost = await run(2)
  child.end()
  return cost
}

/** What it costs to be told how an engine is. */
export default async ({ quick }) => {
  const rounds = quick ? 3 : 11
  const rows = []

  for (const [what, size] of [
    ['T in frames of 50', 50],
    ['T, one a frame', 1],
  ]) {
    const contenders = { bare: costOf('bare', size), all: costOf('all', size) }
    const { bare, all } = await interleaved(contenders, { rounds, warmUps: 0 })
    const shares = ratios(all, bare).map((ratio) => (1 - 1 / ratio) * 100)
    const also = `${told('without', bare, 'ns/event')}, ${told('with', all, 'ns/event')}`
    rows.push(rowOf(what, shares, { unit: '%', atMost: 3, also }))
  }

  return {
    title: 'what it costs to be told how it is',
    method:
      'Frames without a network, as fast as the engine takes them, to a reader that awaits. With health each second, latencies, log, and `/metrics` asked for in each second of ' +
      'processor time by another process, against an engine that measures nothing: the share of throughput that goes, by processor time of all threads. In turns, each time in a new process.',
    rows,
  }
}
