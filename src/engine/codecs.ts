import { builtInCodecs } from '../../streams/codecs/builtIn.ts'
import { createDecoder, type Decoder } from '../../streams/codecs/decodeFrame.ts'
import type { AnyCodec } from '../../streams/codecs/defineCodec.ts'
import { createEncoder } from '../../streams/codecs/encodeEvent.ts'
import type { Frequency } from '../../streams/frequency.ts'
import type { EventLike } from '../../streams/model.ts'

/** The codecs of an engine: one per event type, on all of its links. They grow with its frequencies. */
export interface Codecs {
  readonly decode: Decoder
  readonly encode: (event: EventLike) => Buffer
  /** What would be in the way of more frequencies: another codec of an event type that there is. */
  readonly problemsOf: (frequencies: readonly Frequency[]) => readonly string[]
  readonly add: (codecs: readonly AnyCodec[]) => void
  /** Those of these event types. */
  readonly of: (eventTypes: readonly string[]) => readonly AnyCodec[]
}

export const createCodecs = (frequencies: readonly Frequency[]): Codecs => {
  const all = new Map(
    [...builtInCodecs, ...frequencies.flatMap(({ known }) => known)].map((codec) => [codec.ev, codec]),
  )
  let decoder = createDecoder([...all.values()])
  let encoder = createEncoder([...all.values()])

  return {
    // Between two frames it may be another one.
    decode: Object.assign((bytes: Uint8Array) => decoder(bytes), {
      run: (frames: readonly Uint8Array[]) => decoder.run?.(frames),
    }),
    encode: (event) => encoder(event),
    problemsOf: (others) =>
      others.flatMap(({ name, known }) =>
        known
          .filter(({ ev }) => all.has(ev))
          .filter((codec) => all.get(codec.ev) !== codec)
          .map(
            ({ ev }) =>
              `frequencies.${name} has another codec for ${ev} than this engine, which reads it already; use the same, or make a new engine`,
          ),
      ),
    of: (eventTypes) => [...all.values()].filter(({ ev }) => eventTypes.includes(ev)),
    add: (codecs) => {
      const more = codecs.filter(({ ev }) => !all.has(ev))
      if (more.length === 0) return
      for (const codec of more) all.set(codec.ev, codec)
      decoder = createDecoder([...all.values()])
      encoder = createEncoder([...all.values()])
    },
  }
}
