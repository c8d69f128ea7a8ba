import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded source of numbers; every draw moves it on. */
export interface Random {
  /** Uniform in [0, 1), in steps of 2^-32. */
  float(): number
  /** Uniform whole number in [0, bound). */
  below(bound: number): number
  /** Bell shaped around 0 with variance 1, never beyond 3.5. */
  bell(): number
}

// Sum of four uniforms has variance 4/12; the factor brings it to 1.
const bellScale = Math.sqrt(3)

/**
 * The `stream`-th independent stream of `seed`: streams of one seed lie 2^64 draws apart, so what one product draws never moves another.
 *
 * Only additions, multiplications and square roots stand between the generator and a draw. Those are exact by IEEE 754, while `Math.exp` and `Math.log`
 * may differ between versions of the engine: so one seed gives the same bytes on every Node.
 */
export const random = (seed: number, stream: number): Random => {
  const generator = xoroshiro128plus(seed)

  // The first outputs of neighbouring seeds resemble each other; a jump mixes the state.
  for (let jump = 0; jump <= stream; jump++) generator.jump()

  const float = (): number => (generator.next() >>> 0) / 4_294_967_296

  return {
    float,
    below: (bound) => Math.floor(float() * bound),
    bell: () => (float() + float() + float() + float() - 2) * bellScale,
  }
}

/**
 * Draws indexes in proportion to `weights` in constant time, whatever their number (Vose's alias method).
 * One draw takes one number of the stream for the column and one for the coin.
 */
export const weighted = (weights: readonly number[]): ((source: Random) => number) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const share = Float64Array.from(weights, (weight) => (weight * weights.length) / total)
  const other = Uint32Array.from(weights, (_, index) => index)
  const small: number[] = []
  const large: number[] = []

  share.forEach((part, index) => (part < 1 ? small : large).push(index))

  while (small.length > 0 && large.length > 0) {
    const poor = small.pop() ?? 0
    const rich = large.pop() ?? 0

    other[poor] = rich
    share[rich] = (share[rich] ?? 0) + (share[poor] ?? 0) - 1
    const now = (share[rich] ?? 0) < 1 ? small : large
    now.push(rich)
  }

  // What rounding left over keeps its whole column.
  for (const index of [...small, ...large]) share[index] = 1

  return (source) => {
    const column = source.below(weights.length)

    return source.float() < (share[column] ?? 1) ? column : (other[column] ?? column)
  }
}

/** A whole number in [0, 2^32) that depends on both arguments alone: for details that must not draw from a stream (Murmur's finish). */
export const hash = (first: number, second: number): number => {
  let mixed = Math.imul(first, 0x9e37_79b1) ^ second
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)

  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** A hash as a part of 1, in [0, 1). */
export const share = (hashed: number): number => hashed / 4_294_967_296

/** A coin whose throws depend on the two arguments and their number alone. */
export const coinOf = (first: number, second: number): (() => boolean) => {
  const seed = hash(first, second)
  let thrown = 0

  return () => (hash(seed, ++thrown) & 1) === 1
}
