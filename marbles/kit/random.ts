import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/**
 * A random source that a test decides number by number, each from 0 up to but not 1; the last one stays: `m.random = inTurn(0, 0.99)`.
 * A RangeError says which number cannot be.
 */
export const inTurn = (...numbers: readonly [number, ...number[]]): (() => number) => {
  for (const number of numbers as readonly number[]) {
    if (!(number >= 0 && number < 1)) throw new RangeError(`inTurn takes numbers from 0 up to 1, not ${String(number)}`)
  }
  if ((numbers as readonly number[]).length === 0) throw new RangeError('inTurn needs at least one number')
  let i = -1
  return () => {
    i = Math.min(i + 1, numbers.length - 1)
    return numbers[i] as number
  }
}

/** A random source that gives the same numbers for the same seed, from 0 up to but not 1: `m.random = seeded(7)`. */
export const seeded = (seed: number): (() => number) => {
  if (!Number.isInteger(seed)) throw new RangeError(`a seed is a whole number, not ${String(seed)}`)
  const generator = xoroshiro128plus(seed)
  // The first numbers of neighbouring seeds resemble each other; a jump mixes the state.
  generator.jump()
  return () => (generator.next() >>> 0) / 4_294_967_296
}
