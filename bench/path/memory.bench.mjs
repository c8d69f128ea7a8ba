import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { framesOf } from '../kit/frames.mjs'
import { rowOf } from '../kit/table.mjs'
import { createRig } from './rig.mjs'

const limit = 100_000
const chunkBytes = 64 * 1024

/** The collector, on demand: only here it belongs into a measurement. */
const collector = () => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

const keptBytes = (gc) => {
  gc()
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Frames as a socket hands them over: several in one block of memory, which each of them keeps alive. */
const inChunks = (frames) => {
  const out = []
  let chunk
  let at = Infinity
  for (const bytes of frames) {
    if (at + bytes.length > chunkBytes) {
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes.length))
      at = 0
    }
    bytes.copy(chunk, at)
    out.push(chunk.subarray(at, (at += bytes.length)))
  }
  return out
}

/** What stays in memory for each event that a lane retains. */
export default ({ rounds }) => {
  const gc = collector()

  const kept = (type, size, of) => {
    const figures = []
    for (let i = 0; i < Math.min(rounds, 7); i += 1) {
      const rig = createRig({ limit })
      const before = keptBytes(gc)
      // Made in portions: what was read and is not retained goes again.
      for (let part = 0; part < 12 && rig.retained(of) < limit; part += 1)
        rig.feed(inChunks(framesOf(type, { size, count: 20_000 / size, seed: 7 + part })))
      const { events, bytes } = rig.lanes
        .map((lane) => ({ events: lane.figures().retained, bytes: lane.wireBytes() }))
        .reduce((a, b) => ({ events: a.events + b.events, bytes: a.bytes + b.bytes }))
      const after = keptBytes(gc)
      if (events === 0) throw new Error('nothing is retained')
      figures.push((after - before) / bytes)
      rig.close()
    }
    return figures
  }

  return {
    title: 'memory kept per retained event',
    method:
      `Heap and buffers after collection, over the wire bytes of what lanes of ${limit} events retain; frames in chunks of 64 KB, as sockets ` +
      'hand them over, of a link that T and FMV and AM share (`mix`) or that one has for itself.',
    rows: [
      rowOf('a mix in frames of 50, shared link', kept('mix', 50, 'T'), { atMost: 2.5 }),
      rowOf('a mix, one a frame, shared link', kept('mix', 1, 'T'), { atMost: 2.5 }),
      rowOf('T in frames of 50', kept('T', 50, 'T'), { atMost: 2.5 }),
      rowOf('T, one a frame', kept('T', 1, 'T'), { atMost: 2.5 }),
    ],
  }
}
