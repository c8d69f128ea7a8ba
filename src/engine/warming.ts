import { warmUpSteps } from '../../streams/codecs/warmUp.ts'
import type { Decoder } from '../../streams/codecs/decodeFrame.ts'
import type { AnyCodec } from '../../streams/codecs/defineCodec.ts'

/** So long one turn of the loop may be held by it: links connect meanwhile. */
const turnMs = 4

// A codec's code is compiled once for all engines of a process.
const warm = new WeakSet<AnyCodec>()

/**
 * Has the decoder's code compiled with made-up events, a few milliseconds a turn, so that the opening bell does not meet cold code. Returns
 * what ends it early.
 */
export const warming = (decode: Decoder, codecs: readonly AnyCodec[]): (() => void) => {
  const cold = codecs.filter((codec) => !warm.has(codec))
  for (const codec of cold) warm.add(codec)
  const steps = warmUpSteps(decode, cold)
  let next: NodeJS.Immediate | undefined

  const turn = (): void => {
    next = undefined
    const untilMs = performance.now() + turnMs
    while (performance.now() < untilMs) if (steps.next().done === true) return
    next = setImmediate(turn)
  }

  if (cold.length > 0) next = setImmediate(turn)
  return () => {
    clearImmediate(next)
  }
}
