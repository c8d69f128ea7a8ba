import type { Batch } from './codecs/batch.ts'
import { batchesOf, isEventLike } from './codecs/made.ts'
import type { Stage } from './frequency.ts'
import type { EventLike } from './model.ts'

/** Where the outputs of operators go. */
export interface OutputSinks {
  /** Never empty. */
  readonly batch: (batch: Batch) => void
  /** It is none that a lane can take; the error says why. */
  readonly refuse: (output: unknown, error: TypeError) => void
}

/**
 * Sorts what a stage of operators gave at one moment: into batches, and into what is none.
 *
 *     a, b, x, 7 out of `.pipe`            refuse 7, batch a b, batch x     a, b = of one event type, x = of another
 *     ab, an empty one, 7 out of           batch ab, refuse 7
 *       `.pipeBatches`
 *
 * Single events become one batch per event type, in order of first appearance; an output without the texts `ev` and `symbol`
 * is none. `encode` makes the bytes of events that operators made, that of the built-in event types by default.
 */
export const outputs =
  (kind: Stage['kind'], { batch, refuse }: OutputSinks, encode?: (event: EventLike) => Buffer) =>
  (outs: readonly unknown[]): void => {
    if (kind === 'batches') {
      for (const out of outs) {
        if (!isBatch(out)) refuse(out, new TypeError('an operator over batches gave something that is no batch'))
        else if (out.length > 0) batch(out)
      }
      return
    }
    const events: EventLike[] = []
    for (const out of outs) {
      if (isEventLike(out)) events.push(out)
      else refuse(out, new TypeError('an operator gave something without the texts ev and symbol'))
    }
    for (const made of batchesOf(events, encode)) batch(made)
  }

const isBatch = (value: unknown): value is Batch =>
  typeof value === 'object' && value !== null && 'eventType' in value && 'wire' in value && 'length' in value
