import type { Random } from '../random.ts'
import { garbageKinds, oversizedDefault, type Fault, type FaultName } from './fault.ts'
import type { Selector } from './selector.ts'
import type { Entry } from './spec.ts'
import type { Struck } from './strike.ts'
import { timeMost } from './words.ts'

export interface TimetableOptions {
  readonly entries: readonly Entry[]
  readonly strike: (fault: Fault, selector: Selector) => Struck
  /** Numbers of the connections that a fault can hit now. */
  readonly connections: () => readonly number[]
  /** A source of its own for the entry at that place. */
  readonly randomOf: (place: number) => Random
}

/** Whatever a client with a good key returns from by itself: not `refuse`, not `wrongKey`. */
const chances: readonly FaultName[] = [
  'kill',
  'halfOpen',
  'freeze',
  'slowReader',
  'garbage',
  'oversized',
  'noPong',
  'evict',
  'forceDisconnect',
  'authTimeout',
  'serverError',
  'goingAway',
]

/** Always the same number of draws, so that one fault moves no other. */
const chanceOf = (random: Random): Fault => {
  const name = chances[random.below(chances.length)] ?? 'kill'
  const figure = random.float()
  switch (name) {
    case 'freeze':
      return { name, ms: 1000 + Math.floor(figure * 4000) }
    case 'garbage':
      return { name, kind: garbageKinds[Math.floor(figure * garbageKinds.length)] ?? 'json' }
    case 'oversized':
      return { name, bytes: oversizedDefault }
    case 'refuse':
      throw new RangeError('refuse is not left to chance')
    default:
      return { name }
  }
}

/**
 * Does what the entries say from now on, each at its time; returns what stops it, and leaves no timer then.
 *
 *     random 20s   waits between 10 and 30 s, then one fault at one connection, if there is any
 *
 * After a blocked turn what is due is done once, not made up for.
 */
export const runTimetable = ({ entries, strike, connections, randomOf }: TimetableOptions): (() => void) => {
  const beganMs = performance.now()
  const timers = new Set<NodeJS.Timeout>()

  const at = (dueMs: number, act: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        act()
      },
      Math.min(Math.max(beganMs + dueMs - performance.now(), 0), timeMost),
    )
    timers.add(timer)
  }

  const begin = (entry: Entry, random: Random): void => {
    const { fault, selector, fromMs, everyMs, untilMs = Infinity } = entry

    const act = (): void => {
      if (fault !== 'random') {
        const { lift } = strike(fault, selector)
        if (lift !== undefined && untilMs < Infinity) at(untilMs, lift)
        return
      }
      const chance = chanceOf(random)
      const place = random.float()
      const there = connections()
      const connection = there[Math.floor(place * there.length)]
      if (connection !== undefined) strike(chance, { connection })
    }

    const next = (dueMs: number): void => {
      // An instant, and the end of `@5s..60s` with it.
      if (dueMs > untilMs) return
      at(dueMs, () => {
        act()
        if (everyMs !== undefined) next(Math.max(dueMs + stepOf(everyMs), performance.now() - beganMs))
      })
    }

    const stepOf = (ms: number): number => (fault === 'random' ? ms * (0.5 + random.float()) : ms)
    next(fault === 'random' && fromMs === everyMs ? stepOf(fromMs) : fromMs)
  }

  for (const [place, entry] of entries.entries()) begin(entry, randomOf(place))

  return () => {
    for (const timer of timers) clearTimeout(timer)
    timers.clear()
  }
}
