import { mergeMap } from 'rxjs'

import { createEngine, fairMarketValue, perMinute, perSecond, record, simulated } from '../src/index.ts'

/*
 * A recorder in a process of its own, to be killed: an engine over a simulated market. It tells its parent each frame before it is recorded, and then
 * how far the file has come: what arrived before `oldestMs` is in it.
 */

export interface Told {
  readonly frames: readonly string[]
  /** Arrival of the oldest frame that is not in the file, Unix ms; null when all are. */
  readonly oldestMs: number | null
}

const [file = ''] = process.argv.slice(2)
const engine = createEngine({
  provider: simulated({ seed: 5, rate: 3000 }),
  frequencies: [perSecond(), perMinute(), fairMarketValue()],
})
let frames: string[] = []
engine.link$.pipe(mergeMap(({ arrival$ }) => arrival$)).subscribe((arrival) => {
  if (arrival.kind === 'frame') frames.push(`${String(arrival.frame.receivedMs)} ${arrival.frame.bytes.toString()}`)
})
const recording = record(engine, { file, flushMs: 100 })

void engine.start()
setInterval(() => {
  const { oldestMs = null } = recording.figures()
  process.send?.({ frames, oldestMs } satisfies Told)
  frames = []
}, 50)
process.on('disconnect', () => process.exit(0))
