/**
 * What was said, as one number per event: each is made of the event's own bytes and the number before it. Two sides that have the
 * same number at the same count have had the same events in the same order, byte for byte.
 */
export const chained = (before: number, bytes: Uint8Array): number => {
  let hash = before
  for (let i = 0; i < bytes.length; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash >>> 0
}

export const chainStart = 0x811c9dc5

/** So many of the newest numbers are kept: more events than anything between the two sides can hold. */
const keptMax = 2 ** 18

/** The numbers of one connection as they grow. */
export interface Chain {
  readonly length: number
  add(bytes: Uint8Array): void
  /** The number after so many events; undefined when there were fewer, or it is too long ago. */
  at(count: number): number | undefined
  /** Keeps no number any more, and goes on counting. */
  release(): void
}

export const chain = (): Chain => {
  // Grows up to its bound: most connections have far fewer.
  let kept = new Uint32Array(1024)
  let length = 0
  let newest = chainStart
  let isReleased = false

  return {
    get length() {
      return length
    },
    add: (bytes) => {
      length += 1
      if (isReleased) return
      if (length > kept.length && kept.length < keptMax) {
        const grown = new Uint32Array(kept.length * 2)
        grown.set(kept)
        kept = grown
      }
      newest = chained(newest, bytes)
      kept[(length - 1) % kept.length] = newest
    },
    at: (count) => {
      if (count === 0) return chainStart
      return count > length || count <= length - kept.length ? undefined : kept[(count - 1) % kept.length]
    },
    release: () => {
      isReleased = true
      kept = new Uint32Array(0)
    },
  }
}
