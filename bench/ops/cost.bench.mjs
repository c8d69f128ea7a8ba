import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from '../sockets/child.mjs'

/** A process with these engines in it. */
const processOf = async (size, modes) => {
  const child = startChild('../ops/engine', [String(size), ...modes])
  const { url } = await child.told('ready')

  const scrape = async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    if (!text.includes('tickstock_latency_seconds{frequency="per_second",step="delivered"'))
      throw new Error('no metrics')
  }
  /** Nanoseconds of processor time per event. With `all`, the metrics are asked for in each second that it works. */
  const run = async (mode, seconds) => {
    child.tell({ kind: 'run', mode, seconds })
    const scraping = []
    for (let i = 0; i < seconds; i += 1) {
      await child.told('second')
      if (mode === 'all') scraping.push(scrape())
    }
    const { events, us } = await child.told('ran')
    await Promise.all(scraping)
    return (us * 1000) / events
  }

  // An engine lives for days: the first events of its health, which the compiler had not expected, and what serves the metrics are behind it.
  for (const mode of modes) await run(mode, 3)
  for (let i = 0; url !== undefined && i < 20; i += 1) await scrape()
  return { run, end: () => child.end() }
}

/** Both in one process: they run the same machine code, and what is left between them is work. In three processes, one after the other. */
const together = async (size, rounds) => {
  const figures = { bare: [], all: [] }
  for (let i = 0; i < 3; i += 1) {
    const { run, end } = await processOf(size, ['bare', 'all'])
    const { bare, all } = await interleaved({ bare: () => run('bare', 1), all: () => run('all', 1) }, { rounds })
    figures.bare.push(...bare)
    figures.all.push(...all)
    end()
  }
  return figures
}

/** Each in a process of its own, another one each time. */
const apart = (size, rounds) => {
  const costOf = (mode) => async () => {
    const { run, end } = await processOf(size, [mode])
    const cost = await run(mode, 2)
    end()
    return cost
  }
  return interleaved({ bare: costOf('bare'), all: costOf('all') }, { rounds, warmUps: 0 })
}

const row = (what, { bare, all }, goal) => {
  const shares = ratios(all, bare).map((ratio) => (1 - 1 / ratio) * 100)
  const also = `${told('without', bare, 'ns/event')}, ${told('with', all, 'ns/event')}`
  return rowOf(what, shares, { unit: '%', ...goal, also })
}

/** What it costs to be told how an engine is. */
export default async ({ quick }) => {
  const rounds = quick ? 3 : 11
  const rows = []

  for (const [what, size] of [
    ['a mix in frames of 50', 50],
    ['a mix, one a frame', 1],
  ]) {
    rows.push(row(what, await together(size, rounds), { atMost: 3 }))
    rows.push(row(`${what}, in processes of their own`, await apart(size, Math.min(rounds, 7)), {}))
  }

  return {
    title: 'what it costs to be told how it is',
    method:
      'Frames of trades, minute bars and FMV without a network, as fast as the engine takes them, to readers that await. With health each second, latencies, log, and `/metrics` ' +
      'asked for in each second of processor time by another process, against an engine that measures nothing: the share of throughput that goes, by processor time of all threads, ' +
      'in turns. Both engines in one process, eleven rounds in each of three; below, each time in a new one, where what the compiler happens to make of a process differs by more than what is looked for.',
    rows,
  }
}
