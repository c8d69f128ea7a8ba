/** Values by key, a bounded number of them. */
export interface KeyMemory<K, V> {
  readonly get: (key: K) => V | undefined
  /** A key that is not in it yet. Gives what had to go for it: the value of the key that had come first. */
  readonly add: (key: K, value: V) => V | undefined
  readonly values: () => Iterable<V>
}

/**
 * Remembers values by key, at most `keysMax`: beyond it, a new key takes the place of the one that came first.
 *
 * The order is kept in a ring, because asking a Map for its first key walks over all that were deleted before it.
 */
export const keyMemory = <K, V>(keysMax: number): KeyMemory<K, V> => {
  const values = new Map<K, V>()
  const ring: K[] = []
  let oldest = 0

  return {
    get: (key) => values.get(key),
    add: (key, value) => {
      if (ring.length < keysMax) {
        ring.push(key)
        values.set(key, value)
        return undefined
      }
      const first = ring[oldest] as K
      const gone = values.get(first)
      values.delete(first)
      values.set(key, value)
      ring[oldest] = key
      oldest = oldest + 1 === keysMax ? 0 : oldest + 1

      return gone
    },
    values: () => values.values(),
  }
}
