import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from '../sockets/child.mjs'

const inputs = {
  'T in frames of 50': { type: 'T', size: 50, atLeast: 3.5 },
  'a mix in frames of 50': { type: 'mix', size: 50, atLeast: 2.75 },
  'T, one a frame': { type: 'T', size: 1, atLeast: 2.5 },
}

/** What docs/operations.md advises for a busy engine. */
const bounded = ['--max-semi-space-size=4']

/** One after the other: what the compiler makes of a process, and how often the collector runs in it, is not always the same. */
const processes = 3

/** Bytes in, one frame with the same events out: against somebody who only parses. */
export default async ({ quick, rounds }) => {
  const again = Math.ceil((quick ? 50_000 : 300_000) / 2_000)
  const rows = []
  const others = []

  for (const [what, { type, size, atLeast }] of Object.entries(inputs)) {
    const contender = async (mode, flags = []) => {
      const child = startChild('../path/forwarder', [mode, type, String(size), String(again)], flags)
      await child.told('ready')
      const run = async () => {
        child.tell({})
        return (await child.told('ran')).ns
      }
      return { run, end: () => child.end() }
    }
    const all = { parse: [], ours: [], path: [], tuned: [] }
    for (let i = 0; i < processes; i += 1) {
      const contenders = {
        parse: await contender('parse'),
        ours: await contender('ours'),
        path: await contender('path'),
        tuned: await contender('ours', bounded),
      }
      const runs = Object.fromEntries(Object.entries(contenders).map(([name, { run }]) => [name, run]))
      const figures = await interleaved(runs, { rounds, warmUps: 2 })
      for (const name of Object.keys(all)) all[name].push(...figures[name])
      for (const { end } of Object.values(contenders)) end()
    }

    const { parse, ours, path, tuned } = all
    const also = `${told('JSON.parse', parse, 'ns')}, ${told('ours', ours, 'ns')}, ${told('without decoding', path, 'ns')}`
    rows.push(rowOf(what, ratios(parse, ours), { atLeast, also }))
    others.push(rowOf(`${what}, \`${bounded}\``, ratios(parse, tuned), { also: told('ours', tuned, 'ns') }))
  }
  rows.push(...others)

  return {
    title: 'bytes to one forwarded frame, in process',
    method:
      'Bytes, decode, lane, pull, one outgoing websocket frame per pull with the bytes that came; nothing dropped. How many times as fast as ' +
      '`JSON.parse(buffer.toString())` of the same frames. Each in a process of its own, in turns, three times over: the objects of one would decide how often the collector runs for the other. Processor time of all threads.',
    rows,
  }
}
