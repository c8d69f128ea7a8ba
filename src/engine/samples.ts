import type { Control } from './control.ts'
import type { LinkControl } from './links.ts'
import type { Stream } from '../../streams/stream.ts'

/** Counters of one frequency, since the engine was made. */
export interface FrequencyCounts {
  readonly emitted: number
  readonly rejected: number
  readonly deadLetters: number
  readonly restarts: number
  readonly gaps: number
  /** By readers that are open. */
  readonly lost: number
}

/** Counters of one link. */
export interface LinkCounts {
  readonly frames: number
  readonly bytes: number
  /** Elements that no frequency can be named for: nobody could read what they are. */
  readonly nameless: number
  readonly pausedMs: number
}

export interface Sample {
  readonly atMs: number
  readonly frequencies: ReadonlyMap<string, FrequencyCounts>
  readonly links: ReadonlyMap<string, LinkCounts>
}

export const restartsOf = ({ meters }: Stream): number => {
  let restarts = 0
  for (let i = 0; i < meters.count; i += 1) restarts += meters.at(i).restarts
  return restarts
}

export const frequencyCounts = (control: Control, stream: Stream): FrequencyCounts => {
  let lost = 0
  for (const lane of control.lanes()) for (const reader of lane.readers) lost += reader.figures().lost
  const { rejected, deadLetters, gaps } = control.counts
  return { emitted: stream.meters.output().emitted, rejected, deadLetters, gaps, lost, restarts: restartsOf(stream) }
}

export const linkCounts = ({ meter, nameless, pausedMs }: LinkControl): LinkCounts => ({
  frames: meter.frames,
  bytes: meter.bytes,
  nameless: nameless(),
  pausedMs: pausedMs(),
})

/** Looks that are remembered: what is past counts as present for so many. */
export const remembered = 10

/** Rates are those of about so many looks. */
const rated = 5

/** The counters as they were at the latest looks. */
export interface Samples {
  take(sample: Sample): void
  /** The oldest that is remembered; undefined before the first. */
  oldest(): Sample | undefined
  /** What rates are reckoned from. */
  base(): Sample | undefined
}

export const createSamples = (): Samples => {
  let samples: readonly Sample[] = []

  return {
    take: (sample) => {
      samples = [...samples.slice(1 - remembered), sample]
    },
    oldest: () => samples[0],
    base: () => samples.at(-rated) ?? samples[0],
  }
}

/** How much more than then; a counter that was not there then was 0, and one that went back has not grown. */
export const growth = <C extends object>(now: C, then: C | undefined, name: keyof C): number =>
  Math.max(Number(now[name]) - Number(then?.[name] ?? 0), 0)
