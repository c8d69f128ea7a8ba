import { textFrame } from '../../dist/esm/src/publisher/textFrame.js'
import { framesOf } from '../kit/frames.mjs'
import { interleaved, nsPerEvent, ratios } from '../kit/rounds.mjs'
import { rowOf, told } from '../kit/table.mjs'
import { createRig, prepared } from './rig.mjs'

const inputs = {
  'T in frames of 50': { type: 'T', size: 50, atLeast: 3.5 },
  'a mix in frames of 50': { type: 'mix', size: 50, atLeast: 2.75 },
  'T, one a frame': { type: 'T', size: 1, atLeast: 2.5 },
}

/** Bytes in, one frame with the same events out: against somebody who only parses. */
export default async ({ quick, rounds }) => {
  const eventsMin = quick ? 50_000 : 300_000
  const rows = []

  for (const [what, { type, size, atLeast }] of Object.entries(inputs)) {
    const frames = framesOf(type, { size, count: 2_000 / size })
    const again = Math.ceil(eventsMin / 2_000)

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
    const whole = forwarding()
    const around = forwarding(prepared(frames, { own: true }))

    const { parse, ours, path } = await interleaved(
      { parse: () => nsPerEvent(parsed), ours: () => nsPerEvent(whole), path: () => nsPerEvent(around) },
      { rounds, warmUps: 2 },
    )
    const also = `${told('JSON.parse', parse, 'ns')}, ${told('ours', ours, 'ns')}, ${told('without decoding', path, 'ns')}`
    rows.push(rowOf(what, ratios(parse, ours), { atLeast, also }))
  }

  return {
    title: 'bytes to one forwarded frame, in process',
    method:
      'Bytes, decode, lane, pull, one outgoing websocket frame per pull with the bytes that came; nothing dropped. How many times as fast as ' +
      '`JSON.parse(buffer.toString())` of the same frames. Processor time of all threads.',
    rows,
  }
}
