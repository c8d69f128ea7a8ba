import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from '../sockets/child.mjs'

/** An engine in a process of its own; with a url, its metrics are asked for with each second that it has worked. */
const rigOf = async (mode, size) => {
  const child = startChild('../ops/engine', [mode, String(size)])
  const { url } = await child.told('ready')
  const scraped = { count: 0 }

  const scrape = async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    if (!text.includes('tickstock_latency_seconds{frequency="per_second",step="delivered"'))
      throw new Error('no metrics')
    scraped.count += 1
  }

  /** Nanoseconds of processor time per event, over one second of it, in which the metrics are asked for once. */
  const run = async () => {
    child.tell({ kind: 'run', seconds: 1 })
    await child.told('second')
    const scraping = url === undefined ? undefined : scrape()
    const { events, us } = await child.told('ran')
    await scraping
    return (us * 1000) / events
  }
  return { run, scraped, end: child.end }
}

/** What it costs to be told how an engine is. */
export default async ({ quick }) => {
  const rounds = quick ? 3 : 11
  const rows = []

  for (const [what, size] of [
    ['T in frames of 50', 50],
    ['T, one a frame', 1],
  ]) {
    const rigs = { bare: await rigOf('bare', size), all: await rigOf('all', size) }
    const contenders = { bare: rigs.bare.run, all: rigs.all.run }
    const { bare, all } = await interleaved(contenders, { rounds, warmUps: 2 })
    const { count } = rigs.all.scraped
    if (count < rounds) throw new Error(`only ${count} scrapes in ${rounds} rounds`)
    const shares = ratios(all, bare).map((ratio) => (1 - 1 / ratio) * 100)
    const also = `${told('without', bare, 'ns/event')}, ${told('with', all, 'ns/event')}, ${count} scrapes`
    rows.push(rowOf(what, shares, { unit: '%', atMost: 3, also }))
    for (const { end } of Object.values(rigs)) end()
  }

  return {
    title: 'what it costs to be told how it is',
    method:
      'Frames without a network, as fast as the engine takes them, to a reader that awaits. With health each second, latencies, log, and `/metrics` asked with each second of ' +
      'processor time by another process, against an engine that measures nothing: the share of throughput that goes, by processor time of all threads. Each in a process of its own, in turns.',
    rows,
  }
}
