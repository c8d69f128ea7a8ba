import { framesOf } from '../kit/frames.mjs'
import { interleaved, nsPerEvent, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { createRig, prepared } from './rig.mjs'

const size = 50

/** What an event costs must not grow with what there is besides it. */
export default async ({ quick, rounds }) => {
  const eventsMin = quick ? 200_000 : 1_000_000

  const contender = (type, { named = false, tickers = 10, ...rig } = {}) => {
    const frames = framesOf(type, { size, count: 200, tickers })
    const names = named ? { tickers: tickersIn(frames) } : {}
    const { feed } = createRig({ decode: prepared(frames, { own: true }), ...names, ...rig })
    const times = Math.ceil(eventsMin / (frames.length * size))
    return () =>
      nsPerEvent(() => {
        let events = 0
        for (let i = 0; i < times; i += 1) events += feed(frames)
        return events
      })
  }

  const compared = async (what, few, many) => {
    const figures = await interleaved({ few, many }, { rounds, warmUps: 3 })
    const also = `${told('few', figures.few, 'ns')}, ${told('many', figures.many, 'ns')}`
    return rowOf(what, ratios(figures.many, figures.few), { atMost: 1.2, also })
  }

  const rows = [
    await compared('T, 10,000 tickers against 10', contender('T'), contender('T', { tickers: 10_000 })),
    await compared(
      'the same, each subscribed by name',
      contender('T', { named: true }),
      contender('T', { named: true, tickers: 10_000 }),
    ),
    await compared('AM, 10,000 tickers against 10', contender('AM'), contender('AM', { tickers: 10_000 })),
    await compared('100 idle readers against 1', contender('T'), contender('T', { readers: 101 })),
    await compared('three channels against one', contender('T'), contender('T', { channels: ['T', 'A', 'Q'] })),
  ]

  // The same path, early and late: its first events after the warm-up, and those after some millions more.
  const run = contender('T', { tickers: 10_000 })
  const early = Array.from({ length: 3 + rounds }, run).slice(3)
  for (let i = 0; i < (quick ? 3 : 20); i += 1) run()
  const late = Array.from({ length: rounds }, run)
  const also = `${told('early', early, 'ns')}, ${told('late', late, 'ns')}`
  rows.push(rowOf('after 20 million events against the first', ratios(late, early), { atMost: 1.2, also }))

  return {
    title: 'what an event costs does not grow',
    method:
      'The path around the decoder, frames of 50, with batches that were decoded before. `many` against `few`, in turns. Processor time of ' +
      'all threads.',
    rows,
  }
}

const tickersIn = (frames) => [
  ...new Set(frames.flatMap((bytes) => JSON.parse(bytes.toString()).map(({ sym }) => sym))),
]
