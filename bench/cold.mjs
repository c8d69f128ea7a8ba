// How long the first events take in a process of its own: `node cold.mjs <events> [warm]`.
import { builtInCodecs, createDecoder, warmUp } from 'tickstock/streams'

import { framesOf, makersOf } from './inputs.mjs'

const [eventsText, warm] = process.argv.slice(2)
const events = Number(eventsText)
const frames = framesOf(makersOf(1)['T, documented order'], 10, events)
const decode = createDecoder(builtInCodecs)

const startedWarmUp = performance.now()
if (warm === 'warm') warmUp(decode, builtInCodecs)
const warmUpMs = performance.now() - startedWarmUp

const from = process.hrtime.bigint()
let seen = 0
for (const frame of frames)
  for (const batch of decode(frame).batches) for (let i = 0; i < batch.length; i += 1) seen += batch.at(i).size
const ns = Number(process.hrtime.bigint() - from) / events
process.stdout.write(`${JSON.stringify({ ns, warmUpMs, seen })}\n`)
