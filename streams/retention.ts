import type { Batch } from './codecs/batch.ts'
import { View } from './codecs/view.ts'

/** Batches that lie in one block of memory, one after the other, and how much of it is theirs. */
interface Neighbours {
  block: ArrayBufferLike | undefined
  bytes: number
  batches: View[]
}

const isView = (batch: Batch): batch is View => batch instanceof View

/** What a log keeps alive for its batches. */
export interface Retention {
  /** Told of each batch that comes in. */
  keep(batch: Batch): void
}

/**
 * Sees to it that a log does not keep memory alive that is not its own: a few events on a busy socket would hold all that was read with
 * them. A block is judged when a batch from another one comes, for only then it is known how much of it is the log's; where that is less
 * than half, its batches are copied out. So a log may hold a block of bytes, and one of values, beyond twice its own.
 *
 * A link that carries one thing is never copied: its blocks are full of it.
 */
export const createRetention = (): Retention => {
  const wire: Neighbours = { block: undefined, bytes: 0, batches: [] }
  const values: Neighbours = { block: undefined, bytes: 0, batches: [] }

  const settle = (those: Neighbours, next: ArrayBufferLike | undefined): void => {
    const { block, bytes, batches } = those
    those.block = next
    those.bytes = 0
    those.batches = []
    if (block !== undefined && 2 * bytes < block.byteLength) for (const batch of batches) batch.detach()
  }

  return {
    keep: (batch) => {
      if (!isView(batch)) return
      const { wireBlock, valueBlock } = batch
      if (wireBlock === undefined && valueBlock === undefined) {
        // Of an operator's events each may come from another frame, so they are looked at by themselves.
        if (batch.pinnedBytes > 2 * batch.wireBytes) batch.detach()
        return
      }
      if (wireBlock !== wire.block) settle(wire, wireBlock)
      if (wireBlock !== undefined) {
        wire.bytes += batch.wireShare
        wire.batches.push(batch)
      }
      if (valueBlock !== values.block) settle(values, valueBlock)
      if (valueBlock !== undefined) {
        values.bytes += batch.valueShare
        values.batches.push(batch)
      }
    },
  }
}

/** The bytes of all memory that these batches keep alive, each block counted once. */
export const pinnedBytesOf = (batches: Iterable<Batch>): number => {
  const wire = new Set<ArrayBufferLike>()
  const values = new Set<ArrayBufferLike>()
  for (const batch of batches) if (isView(batch)) batch.addBlocks(wire, values)
  let sum = 0
  for (const { byteLength } of wire) sum += byteLength
  for (const { byteLength } of values) sum += byteLength
  return sum
}
