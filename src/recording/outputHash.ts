import { createHash, type Hash } from 'node:crypto'

import type { Engine } from '../engine.ts'

/** What one lane has been given. */
export interface LaneHash {
  readonly frequency: string
  readonly eventType: string
  readonly events: number
  /** Of every event's bytes, in order, a line break behind each. */
  readonly sha256: string
}

export interface OutputHash {
  /** By name of the frequency, then event type. */
  lanes(): readonly LaneHash[]
  /** Of them all: of the lines `frequency/eventType events sha256` in that order. */
  sha256(): string
}

const lineBreak = Buffer.from('\n')

/**
 * A hash of what the lanes of an engine are given, from now on: before `start`, of all of it.
 *
 *     const hash = outputHash(engine)
 *     …
 *     hash.sha256()
 *
 * Each lane has its own order, and their order among each other is that of their names: so it depends on the events alone, not on speed, timing or links.
 * The same file gives the same hash. Of an event it takes the bytes of the wire, or those that operators made. What `onGap` has brought is not in it.
 *
 * Ends with the engine; it can be read at any time.
 */
export const outputHash = (engine: Engine): OutputHash => {
  const hashes = new Map<
    string,
    { readonly hash: Hash; readonly frequency: string; readonly eventType: string; events: number }
  >()

  const hashOf = (frequency: string, eventType: string) => {
    // Neither a name nor an event type has a line break in it.
    const name = `${frequency}\n${eventType}`
    const known = hashes.get(name)
    if (known !== undefined) return known
    const made = { hash: createHash('sha256'), frequency, eventType, events: 0 }
    hashes.set(name, made)
    return made
  }

  for (const { name, batch$ } of engine.frequencies) {
    batch$.subscribe((batch) => {
      const own = hashOf(name, batch.eventType)
      own.events += batch.length
      for (let i = 0; i < batch.length; i += 1) own.hash.update(batch.wire(i)).update(lineBreak)
    })
  }

  const lanes = (): readonly LaneHash[] =>
    [...hashes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { hash, frequency, eventType, events }]) => ({
        frequency,
        eventType,
        events,
        sha256: hash.copy().digest('hex'),
      }))

  return {
    lanes,
    sha256: () => {
      const lines = lanes().map(
        ({ frequency, eventType, events, sha256 }) => `${frequency}/${eventType} ${String(events)} ${sha256}\n`,
      )
      return createHash('sha256').update(lines.join('')).digest('hex')
    },
  }
}
