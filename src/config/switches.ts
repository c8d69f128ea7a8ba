import { at } from './rows.ts'
import { type Layer, type Merged, namedIn } from './layers.ts'
import type { Problem } from './problem.ts'
import { warning } from './rows.ts'
import { type FrequencyName, frequencyNames } from './words.ts'

export interface Switched {
  readonly names: readonly FrequencyName[]
  readonly warnings: readonly Problem[]
}

/**
 * Which frequencies run.
 *
 * A frequency's own switch decides; without one a file or code that lists frequencies has those it names; without such a list per_second
 * is on and the others are off, as the reference has it. Where nothing at all is given, all are on. The master switch lets the others
 * than per_second through; a list in a file of ours or in code turns it on by itself.
 */
export const switched = ({ tree, origins }: Merged, layers: readonly Layer[], isBare: boolean): Switched => {
  const listing = layers.filter((layer) => layer.lists && namedIn(layer).length > 0)
  const named = new Set(listing.flatMap(namedIn))
  const usual = (name: FrequencyName): boolean =>
    listing.length > 0 ? named.has(name) : isBare || name === 'per_second'
  const wanted = inOrder(listing).filter((name) => {
    const own = at(tree, `frequencies.${name}.enabled`)
    return typeof own === 'boolean' ? own : usual(name)
  })

  const given = at(tree, 'multiFrequency')
  const master = typeof given === 'boolean' ? given : isBare || listing.some(({ isOwn }) => isOwn)
  if (master) return { names: wanted, warnings: [] }

  const off = wanted.filter((name) => name !== 'per_second')
  return {
    names: wanted.filter((name) => name === 'per_second'),
    warnings: off.map((name) => {
      const origin = origins.get(`frequencies.${name}.enabled`)
      return warning(
        origin?.source ?? 'configuration',
        origin?.path ?? `frequencies.${name}`,
        `${name} is switched on, but the master switch is off: set ENABLE_MULTI_FREQUENCY=true to run it`,
      )
    }),
  }
}

/** The order of the first list that has one: it is the usual priority. */
const inOrder = (listing: readonly Layer[]): readonly FrequencyName[] => {
  const names = [...listing.flatMap(namedIn), ...frequencyNames]
  return [...new Set(names)].filter((name): name is FrequencyName =>
    (frequencyNames as readonly string[]).includes(name),
  )
}
