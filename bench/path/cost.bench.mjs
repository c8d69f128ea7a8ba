import { framesOf } from '../kit/frames.mjs'
import { interleaved, nsPerEvent } from '../kit/rounds.mjs'
import { rowOf } from '../kit/table.mjs'
import { createRig, prepared } from './rig.mjs'

/** What the path around the decoder costs: nothing is decoded, the batches are there already. */
export default async ({ quick, rounds }) => {
  const eventsMin = quick ? 100_000 : 1_000_000

  const contender = (size, options) => {
    const frames = framesOf('T', { size, count: 2_000 / size })
    const rig = createRig({ decode: prepared(frames, options) })
    const times = Math.ceil(eventsMin / (frames.length * size) / (size === 1 ? 5 : 1))
    return () =>
      nsPerEvent(() => {
        let events = 0
        for (let i = 0; i < times; i += 1) events += rig.feed(frames)
        return events
      })
  }

  const { fifty, one } = await interleaved({ fifty: contender(50), one: contender(1) }, { rounds, warmUps: 3 })
  // Afterwards: batches of two kinds in one run would make the path slower than it is with one.
  const { fiftyOwn } = await interleaved({ fiftyOwn: contender(50, { own: true }) }, { rounds, warmUps: 3 })
  return {
    title: 'the path around the decoder',
    method:
      'T through arrivals, inbox, pump, partition, stream, lane, and out by pull and commit, once per 32 KB; nothing dropped. ' +
      'Processor time of all threads. The batches were made before; `plain` ones cost nothing themselves.',
    rows: [
      rowOf('frames of 50, plain batches', fifty, { unit: 'ns/event', atMost: 40 }),
      rowOf("frames of 50, the decoder's batches", fiftyOwn, { unit: 'ns/event' }),
      rowOf('frames of 1, plain batches', one, { unit: 'ns/event' }),
    ],
  }
}
