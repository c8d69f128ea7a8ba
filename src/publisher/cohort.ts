import type { Figures } from '../../streams/ledger.ts'
import type { Pace } from './emitter.ts'
import type { Framer, Held, OutFrame } from './frames.ts'
import type { Kept } from './kept.ts'

/** Who gets frames. */
export interface Member {
  /** False: it has no room, has taken nothing, and lags from here on. */
  push(frames: readonly OutFrame[]): boolean
  /** It gets the latest event per symbol, in portions, instead of frames. */
  readonly lags: boolean
  readonly kept: Kept
}

export interface Cohort {
  /** Its tickers in order, or `*`. */
  readonly key: string
  readonly size: number
  /** Events waiting to be sent. */
  readonly held: number
  /** Holds one event; sends what it holds when that is enough. */
  add(event: Held): void
  /** An event that cannot be put on the wire. */
  refuse(): void
  /** Gets what comes from now on. */
  join(member: Member): void
  /** Gets what came since it joined, and nothing more. */
  move(member: Member): void
  /** The same, as events: for one that lags. */
  release(member: Member): readonly Held[]
  /** Something for this member alone. */
  offer(member: Member, events: readonly Held[]): void
  /** Is not there any more. */
  leave(member: Member): void
  /** Sends what it holds. */
  flush(): void
  readonly figures: () => Figures<'cohort'>
}

export interface CohortOptions {
  readonly key: string
  /** Held at most; then it sends. */
  readonly count: number
  readonly framer: Framer
  readonly pace: Pace
  /** It holds `count` events before its time has come. */
  readonly onFilled: () => void
  /** A member had no room for these. */
  readonly onFull: (member: Member, cohort: Cohort, events: readonly Held[]) => void
}

/**
 * Clients that want the same tickers of one lane: what they want is held once, and encoded once.
 *
 *     events    a b   c   d e
 *     x         ^ - - - - - - |    [a,b,c,d,e]
 *     y             ^ - - - - |    [c,d,e]           joined in between
 *     z         ^ - - - !          [a,b,c]           moved to another cohort
 *
 * Every member gets exactly the events that came while it was one: whoever joins in between gets a frame without the
 * earlier ones, whoever moves gets its share at once. Nobody else is flushed for it, so that a thousand clients that come
 * at the same time do not cost a million frames.
 */
export const createCohort = ({ key, count, framer, pace, onFilled, onFull }: CohortOptions): Cohort => {
  const members = new Set<Member>()
  /** Where those begin that came while something was held. */
  const joined = new Map<Member, number>()
  let held: Held[] = []
  let offered = 0
  let encoded = 0
  let refused = 0
  let abandoned = 0

  const beginsAt = (member: Member): number => joined.get(member) ?? 0
  const earliest = (): number => (joined.size < members.size ? 0 : Math.min(...joined.values(), held.length))

  const emptied = (encodedFrom: number): void => {
    abandoned += encodedFrom
    encoded += held.length - encodedFrom
    held = []
    joined.clear()
    pace.empty(cohort)
  }

  const release = (member: Member): readonly Held[] => {
    if (!members.has(member)) return []
    const events = held.slice(beginsAt(member))
    members.delete(member)
    joined.delete(member)
    if (members.size === 0) emptied(held.length - events.length)
    return events
  }

  const give = (member: Member, frames: readonly OutFrame[], events: readonly Held[], from: number): void => {
    if (frames.length > 0 && !member.push(frames)) onFull(member, cohort, from === 0 ? events : events.slice(from))
  }

  const offer = (member: Member, events: readonly Held[]): void => {
    give(member, framer.framesOf(events), events, 0)
  }

  const cohort: Cohort = {
    key,
    get size() {
      return members.size
    },
    get held() {
      return held.length
    },
    add: (event) => {
      if (members.size === 0) return
      offered += 1
      held.push(event)
      if (held.length < count) {
        if (held.length === 1) pace.holds(cohort)
        return
      }
      onFilled()
      cohort.flush()
    },
    refuse: () => {
      if (members.size === 0) return
      offered += 1
      refused += 1
    },
    join: (member) => {
      members.add(member)
      if (held.length > 0) joined.set(member, held.length)
    },
    move: (member) => {
      offer(member, release(member))
    },
    release,
    offer,
    leave: (member) => {
      members.delete(member)
      joined.delete(member)
      if (members.size === 0) emptied(held.length)
    },
    flush: () => {
      if (held.length === 0) return
      const events = held
      const from = new Map(joined)
      emptied(earliest())

      const byStart = new Map<number, readonly OutFrame[]>()
      for (const member of members) {
        const start = from.get(member) ?? 0
        let frames = byStart.get(start)
        if (frames === undefined) byStart.set(start, (frames = framer.framesOf(events, start)))
        // May cut the member, which then leaves, or have it leave for a seat of its own.
        give(member, frames, events, start)
      }
    },
    figures: () => ({ offered, encoded, held: held.length, refused, abandoned }),
  }

  return cohort
}
