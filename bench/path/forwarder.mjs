// One contender of `forward` in a process of its own: `parse`, `ours`, or `path`, which is ours without decoding. Answers each `run` with what an event cost.
import { textFrame } from '../../dist/esm/src/publisher/textFrame.js'
import { framesOf } from '../kit/frames.mjs'
import { nsPerEvent } from '../kit/rounds.mjs'
import { createRig, prepared } from './rig.mjs'

const [mode, type, sizeText, againText] = process.argv.slice(2)
const size = Number(sizeText)
const again = Number(againText)
const frames = framesOf(type, { size, count: 2_000 / size })

const parsed = () => {
  let events = 0
  for (let i = 0; i < again; i += 1) for (const bytes of frames) events += JSON.parse(bytes.toString()).length
  return events
}

const forwarding = (decode) => {
  let bytesOut = 0
  const onPulled = (batch) => {
    const { whole, payload } = textFrame(batch.wireBytes + batch.length + 1)
    payload[0] = 0x5b
    payload[batch.copyWire(payload, 1)] = 0x5d
    bytesOut += whole.length
  }
  const rig = createRig({ onPulled, ...(decode === undefined ? {} : { decode }) })
  return () => {
    let events = 0
    for (let i = 0; i < again; i += 1) events += rig.feed(frames)
    if (bytesOut === 0) throw new Error('nothing was forwarded')
    return events
  }
}

const work = mode === 'parse' ? parsed : mode === 'ours' ? forwarding() : forwarding(prepared(frames, { own: true }))

process.on('message', () => process.send({ kind: 'ran', ns: nsPerEvent(work) }))
process.on('disconnect', () => process.exit(0))
process.send({ kind: 'ready' })
