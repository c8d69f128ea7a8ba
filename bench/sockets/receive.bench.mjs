import { interleaved, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { startChild } from './child.mjs'

export default async ({ quick, rounds }) => {
  const vendor = startChild('vendor')
  const { url } = await vendor.told('listening')
  const rows = []

  for (const [what, size, atLeast, events] of [
    ['T in frames of 50', 50, 2.5, quick ? 100_000 : 400_000],
    ['T, one a frame', 1, 4, quick ? 40_000 : 150_000],
  ]) {
    const contender = async (mode) => {
      const child = startChild('receiver', [mode, url, String(size)])
      await child.told('connected')
      const run = async () => {
        child.tell({ events })
        await child.told('expecting')
        vendor.tell({ kind: 'flood', key: mode, type: 'T', size, events })
        const { us } = await child.told('ran')
        await vendor.told('flooded', mode)
        return (us * 1000) / events
      }
      return { run, end: () => child.end() }
    }
    const clients = { ours: await contender('ours'), theirs: await contender('theirs'), bare: await contender('bare') }
    const contenders = { ours: clients.ours.run, theirs: clients.theirs.run, bare: clients.bare.run }
    const { ours, theirs, bare } = await interleaved(contenders, { rounds, warmUps: 4 })
    const also = `${told('official client', theirs, 'ns')}, ${told('ours', ours, 'ns')}, ${told('`ws` with an empty handler', bare, 'ns')}`
    rows.push(rowOf(what, ratios(theirs, ours), { atLeast, also }))
    for (const { end } of Object.values(clients)) end()
  }

  vendor.end()
  return {
    title: 'socket to lane',
    method:
      'Events a second of processor time, all threads, from a loopback socket into a lane and out by a reader that awaits, against ' +
      '`@massive.com/client-js` and `JSON.parse`, which validates nothing. Each in a process of its own, as they would be used, in turns: in one process the objects that one ' +
      'leaves behind would decide how often the collector runs for the other. The vendor is another process. Nothing dropped.',
    rows,
  }
}
