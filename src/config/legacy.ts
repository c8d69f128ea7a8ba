import type { Problem } from './problem.ts'
import { warning } from './rows.ts'

export interface LegacyFlags {
  readonly usePolygon?: boolean
  readonly useSynthetic?: boolean
}

export interface Migrated {
  /** What `activeProviders` becomes; absent: the flags say nothing about it. */
  readonly activeProviders?: readonly string[]
  readonly warnings: readonly Problem[]
}

const word = 'USE_SYNTHETIC_DATA'

/**
 * `USE_POLYGON_API` and `USE_SYNTHETIC_DATA` as they were meant, before anything is validated.
 *
 *     USE_POLYGON_API   USE_SYNTHETIC_DATA   without a list       with one
 *     true              -                    polygon              polygon is put in
 *     -                 true                 simulated            simulated, unless the list has it: then the list
 *     true              true                 simulated, warned    simulated, warned, unless the list has both: then the list
 *     false             -                    simulated            the list
 *     -                 false                nothing said         the list
 */
export const migrated = (
  { usePolygon, useSynthetic }: LegacyFlags,
  listed: readonly string[] | undefined,
): Migrated => {
  const warned = (message: string): readonly Problem[] => [warning('environment', word, message)]

  if (useSynthetic === true) {
    const hasBoth = listed?.includes('polygon') === true && listed.includes('simulated')
    if (listed?.includes('simulated') === true && (usePolygon !== true || hasBoth)) return { warnings: [] }
    return {
      activeProviders: ['simulated'],
      warnings:
        usePolygon === true
          ? warned('USE_SYNTHETIC_DATA and USE_POLYGON_API are both true: synthetic wins, polygon is not used')
          : listed === undefined
            ? []
            : warned(`USE_SYNTHETIC_DATA is true: the data is simulated, not from ${listed.join(', ')}`),
    }
  }
  if (usePolygon === true) {
    return listed?.includes('polygon') === true
      ? { warnings: [] }
      : { activeProviders: [...(listed ?? []), 'polygon'], warnings: [] }
  }
  if (usePolygon === false) {
    if (listed === undefined) return { activeProviders: ['simulated'], warnings: [] }
    return {
      warnings: listed.includes('polygon')
        ? [
            warning(
              'environment',
              'USE_POLYGON_API',
              'USE_POLYGON_API is false, but the providers that are listed have polygon: the list counts',
            ),
          ]
        : [],
    }
  }
  return { warnings: [] }
}
