import type { Identity } from './identity.ts'
import type { Look } from './look.ts'

/** Everything a soak has found out. */
export interface Findings {
  readonly looks: readonly Look[]
  /** By frequency, as the next two. */
  readonly identity: Readonly<Record<string, Identity>>
  /** Connections that faults have cost. */
  readonly cuts: Readonly<Record<string, number>>
  /** Sessions the engine says it has lost. */
  readonly lost: Readonly<Record<string, number>>
  /** Connections it has left although events or pongs came through them. */
  readonly left: Readonly<Record<string, number>>
  /** Subscribers of Observables when nothing was wrong: before the first fault, and when all was back after the last. */
  readonly atRest: { readonly before: number | null; readonly after: number | null }
  readonly readers: readonly {
    readonly name: string
    readonly isSlow: boolean
    readonly events: number
    readonly lost: number
    readonly astray: number
  }[]
  readonly misplacedGaps: readonly string[]
  /** Elements the engine could not decode. */
  readonly rejected: number
  /** Frequencies that were not back when the faults had ended, with what they said. */
  readonly notBack: readonly string[]
  /** What still kept the process alive after everything was closed. */
  readonly leftovers: readonly string[]
}

/**
 * What may be more in the last third than in the first, after collections, in bytes: of the heap, and of buffers outside of it. What
 * lies in lanes and queues swings, slow lanes fill and code is being compiled for minutes: 0.9 MB more were measured in five minutes with
 * 20,000 events per second, and in ten with 5,000, of that nothing in the last three. A byte for each event would be 3.6 and 1.9.
 */
export const growthMax = { heapBytes: 2 * 2 ** 20, bufferBytes: 4 * 2 ** 20 } as const

/** The looks of the first third, and those of the last. */
const thirds = (looks: readonly Look[]): readonly [readonly Look[], readonly Look[]] => {
  const third = Math.max(Math.floor(looks.length / 3), 1)
  return [looks.slice(0, third), looks.slice(-third)]
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

export const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

/** Links, readers and clients come and go, and a few more at one time than at another is no growth. */
const slack = 8

/** Only what never is as low again as it was at its highest in the first third has grown. */
const grown = (name: string, of: (look: Look) => number, looks: readonly Look[]): readonly string[] => {
  const [first, last] = thirds(looks)
  const [most, least] = [Math.max(...first.map(of)), Math.min(...last.map(of))]
  return least > most + slack ? [`${name} grew: at most ${most} in the first third, at least ${least} in the last`] : []
}

/** Medians of the first third and of the last, bytes. */
export const memoryOf = (
  looks: readonly Look[],
  name: keyof typeof growthMax,
): { readonly first: number; readonly last: number } => {
  const [first, last] = thirds(looks).map((some) => median(some.map((look) => look[name]))) as [number, number]
  return { first, last }
}

const swollen = (what: string, name: keyof typeof growthMax, looks: readonly Look[]): readonly string[] => {
  const { first, last } = memoryOf(looks, name)
  return last - first > growthMax[name]
    ? [
        `${what} grew from ${megabytes(first)} MB in the first third to ${megabytes(last)} MB in the last, ` +
          `more than ${megabytes(growthMax[name])}`,
      ]
    : []
}

/** A sentence for everything that must not be; none when all is well. */
export const faultsOf = (findings: Findings): readonly string[] => {
  const { looks, identity, cuts, lost, left, atRest, readers, misplacedGaps, rejected, notBack, leftovers } = findings

  return [
    ...looks.flatMap(({ atMs, imbalance }) =>
      imbalance.map((row) => `after ${(atMs / 1000).toFixed(0)} s the ledger did not balance: ${row}`),
    ),
    ...Object.entries(identity).flatMap(([name, { wrong }]) => wrong.map((what) => `${name}: ${what}`)),
    ...misplacedGaps.map((gap) => `the gap ${gap} does not lie where the events before it end`),
    ...readers
      .filter(({ astray }) => astray > 0)
      .map(({ name, astray }) => `the reader ${name} had ${astray} batches that follow on nothing`),
    ...readers
      .filter((reader) => !reader.isSlow && reader.lost > 0)
      .map((reader) => `the reader ${reader.name} keeps up and lost ${reader.lost} events`),
    ...Object.keys(cuts)
      .filter((name) => cuts[name] !== lost[name])
      .map((name) => `${name} lost ${lost[name]} sessions, and ${cuts[name]} of its connections were cut`),
    ...Object.entries(left)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} left ${count} connections that nothing was wrong with`),
    ...(rejected > 0 ? [`${rejected} elements could not be decoded`] : []),
    ...notBack.map((what) => `when the faults had ended, ${what}`),
    ...grown('timers', ({ timers }) => timers, looks),
    ...grown('handles', ({ handles }) => handles, looks),
    ...grown('listeners', ({ listeners }) => listeners, looks),
    ...((atRest.after ?? 0) > (atRest.before ?? Infinity) + slack
      ? [`there were ${atRest.before} subscribers before the first fault, and ${atRest.after} after the last`]
      : []),
    ...swollen('the heap', 'heapBytes', looks),
    ...swollen('buffers', 'bufferBytes', looks),
    ...(leftovers.length > 0 ? [`after the close there still were ${leftovers.join(', ')}`] : []),
  ]
}
