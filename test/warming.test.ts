import { setImmediate as nextTurn } from 'node:timers/promises'

import { warming } from '../src/engine/warming.ts'
import { createDecoder, type Decoded } from '../streams/codecs/decodeFrame.ts'
import { defineCodec } from '../streams/codecs/defineCodec.ts'
import { number, required, ticker, timeMs } from '../streams/codecs/field.ts'

// Goal: the decoder of an engine is shown made-up events while links connect, once per codec and process, and not after a close.
// Method: a codec of the test's own, whose decoder counts frames; turns of the loop instead of waits.

const codecOf = (ev: string) =>
  defineCodec({
    ev,
    at: 'atMs',
    fields: {
      symbol: required('sym', ticker),
      price: required('p', number({ over: 0 })),
      atMs: required('t', timeMs),
    },
  })

const watched = (codec: ReturnType<typeof codecOf>) => {
  const decode = createDecoder([codec])
  const seen = { frames: 0 }
  return {
    seen,
    decode: (frame: Uint8Array): Decoded => {
      seen.frames += 1
      return decode(frame)
    },
  }
}

/** Lets turns go by until nothing more comes for ten of them. */
const settled = async (seen: { readonly frames: number }): Promise<number> => {
  for (let before = -1; before !== seen.frames;) {
    before = seen.frames
    for (let i = 0; i < 10; i += 1) await nextTurn()
  }
  return seen.frames
}

describe('warming', () => {
  it('goes on in later turns, and is done once per codec', async () => {
    const codec = codecOf('W1')
    const { decode, seen } = watched(codec)
    warming(decode, [codec])
    expect(seen.frames).toBe(0)

    const frames = await settled(seen)
    expect(frames).toBeGreaterThan(1_000)

    warming(decode, [codec])
    expect(await settled(seen)).toBe(frames)
  })

  it('ends when it is told to', async () => {
    const codec = codecOf('W2')
    const { decode, seen } = watched(codec)
    warming(decode, [codec])()

    expect(await settled(seen)).toBe(0)
  })
})
