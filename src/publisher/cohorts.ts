import type { Batch } from '../../streams/codecs/batch.ts'
import { type Cohort, createCohort, type CohortOptions, type Member } from './cohort.ts'
import { type Held, Passed } from './frames.ts'
import { createLatest, type Latest } from './latest.ts'
import { createSymbolIndex } from './symbolIndex.ts'

/** The seats of one lane: cohorts, and beside them one for each member that lags. */
export interface Cohorts {
  readonly size: number
  readonly all: Iterable<Cohort>
  /** Members that lag. */
  readonly lagging: number
  /** How often a cohort was full before its time had come. */
  readonly filled: number
  has(member: Member): boolean
  /** Seats a member by its list, `undefined` for none; call again after every change. */
  place(member: Member, tickers: ReadonlySet<string> | undefined): void
  /** The member has no room: from its share of what is held on it gets only the latest per symbol. */
  lag(member: Member): void
  /** Something for this member alone. */
  offer(member: Member, events: readonly Held[]): void
  /** What is kept for a member that lags, about so many bytes of it. */
  portion(member: Member, bytesMax: number): readonly Held[]
  /** The member has got all that was kept for it, and goes back to a cohort. */
  rejoin(member: Member): void
  /** The member is not there any more. */
  leave(member: Member): void
  /** Gives each event to those who want it, of the symbols that are allowed. */
  route(batch: Batch, allows?: (symbol: string) => boolean): void
  /** Sends all that is held. */
  flush(): void
}

export interface CohortsOptions extends Omit<CohortOptions, 'key' | 'onFull' | 'onFilled'> {
  /** Told of each cohort as it is made; what it returns is called when the cohort has no member any more. */
  readonly opened: (cohort: Cohort) => () => void
  /** Told of each event that cannot be put on the wire. */
  readonly onRefused: (error: unknown) => void
  /** Told of every event that can, whether somebody wants it or not. */
  readonly onEvent?: (event: Held) => void
  /** What an event goes out as; throws for one that cannot. By default the bytes it came in. */
  readonly heldOf?: (batch: Batch, i: number, symbol: string) => Held
}

const asItCame = (batch: Batch, i: number, symbol: string): Held => new Passed(batch, i, symbol)

type Seat = Cohort | Latest

/** Equal for equal lists. A wildcard covers every ticker. */
const keyOf = (tickers: ReadonlySet<string>): string => (tickers.has('*') ? '*' : [...tickers].sort().join(','))

/** The key is the list: no ticker contains a comma. */
const tickersOf = (key: string): readonly string[] => key.split(',')

/**
 * Groups members by what they want, so that equal wishes share one encoded frame, and finds the groups that want an event
 * through an index by ticker, so that an event costs only those who want it. A member is in one seat at most: no event
 * reaches it twice.
 *
 *     cohort ── no room ──► a seat of its own, latest per symbol ── caught up ──► cohort
 *
 * Every change of seat is at one place between two events: what came before it is the old seat's, what comes after the new one's.
 */
export const createCohorts = ({
  opened,
  onRefused,
  onEvent,
  heldOf = asItCame,
  ...options
}: CohortsOptions): Cohorts => {
  const byKey = new Map<string, Cohort>()
  const byMember = new Map<Member, Cohort>()
  const lagging = new Map<Member, Latest>()
  const index = createSymbolIndex<Seat>()
  const closers = new Map<Cohort, () => void>()
  let filled = 0

  const keep = (member: Member, key: string): Latest => {
    const latest = createLatest(key, member.kept)
    lagging.set(member, latest)
    index.add(latest, tickersOf(key))
    return latest
  }

  const addTo = (latest: Latest, events: readonly Held[]): void => {
    for (const event of events) latest.add(event)
  }

  const onFull = (member: Member, { key }: Cohort, events: readonly Held[]): void => {
    addTo(lagging.get(member) ?? keep(member, key), events)
  }

  const open = (key: string): Cohort => {
    const cohort = createCohort({ key, onFull, onFilled: () => (filled += 1), ...options })
    byKey.set(key, cohort)
    closers.set(cohort, opened(cohort))
    index.add(cohort, tickersOf(key))
    return cohort
  }

  const closeIfEmpty = (cohort: Cohort): void => {
    if (cohort.size > 0) return
    byKey.delete(cohort.key)
    index.remove(cohort, tickersOf(cohort.key))
    closers.get(cohort)?.()
    closers.delete(cohort)
  }

  const join = (member: Member, key: string): void => {
    const cohort = byKey.get(key) ?? open(key)
    byMember.set(member, cohort)
    cohort.join(member)
  }

  const unkeep = (member: Member, latest: Latest): void => {
    lagging.delete(member)
    index.remove(latest, tickersOf(latest.key))
  }

  const relist = (member: Member, latest: Latest, key: string, tickers: ReadonlySet<string> | undefined): void => {
    index.remove(latest, tickersOf(latest.key))
    latest.relist(key, tickers ?? new Set())
    if (tickers === undefined) lagging.delete(member)
    else index.add(latest, tickersOf(key))
  }

  const eventOf = (batch: Batch, i: number, symbol: string): Held | undefined => {
    try {
      return heldOf(batch, i, symbol)
    } catch (error) {
      onRefused(error)
      return undefined
    }
  }

  const give = (seats: ReadonlySet<Seat>, event: Held | undefined): void => {
    for (const seat of seats) {
      if (event === undefined) seat.refuse()
      else seat.add(event)
    }
  }

  return {
    get size() {
      return byKey.size
    },
    get all() {
      return byKey.values()
    },
    get lagging() {
      return lagging.size
    },
    get filled() {
      return filled
    },
    has: (member) => byMember.has(member) || lagging.has(member),
    place: (member, tickers) => {
      const key = tickers === undefined ? '' : keyOf(tickers)
      const before = byMember.get(member)
      if (before?.key === key) return

      byMember.delete(member)
      before?.move(member)
      if (before !== undefined) closeIfEmpty(before)
      // Also one that began to lag with this very move.
      const latest = lagging.get(member)
      if (latest !== undefined) relist(member, latest, key, tickers)
      else if (tickers === undefined) return
      else if (member.lags) keep(member, key)
      else join(member, key)
    },
    lag: (member) => {
      const cohort = byMember.get(member)
      if (cohort === undefined) return
      byMember.delete(member)
      const events = cohort.release(member)
      closeIfEmpty(cohort)
      addTo(keep(member, cohort.key), events)
    },
    offer: (member, events) => {
      const latest = lagging.get(member)
      const cohort = byMember.get(member)
      if (latest !== undefined) addTo(latest, events)
      else cohort?.offer(member, events)
    },
    portion: (member, bytesMax) => lagging.get(member)?.take(bytesMax) ?? [],
    rejoin: (member) => {
      const latest = lagging.get(member)
      if (latest === undefined) return
      unkeep(member, latest)
      join(member, latest.key)
    },
    leave: (member) => {
      const latest = lagging.get(member)
      if (latest !== undefined) unkeep(member, latest)
      const cohort = byMember.get(member)
      if (cohort === undefined) return
      byMember.delete(member)
      cohort.leave(member)
      closeIfEmpty(cohort)
    },
    route: (batch, allows) => {
      const { everyone } = index
      if (byKey.size === 0 && lagging.size === 0 && onEvent === undefined) return
      for (let i = 0; i < batch.length; i += 1) {
        const symbol = batch.symbol(i)
        const those = index.of(symbol)
        if (everyone.size === 0 && those.size === 0 && onEvent === undefined) continue
        if (allows?.(symbol) === false) continue
        // Once for all who want it.
        const event = eventOf(batch, i, symbol)
        if (event !== undefined) onEvent?.(event)
        give(everyone, event)
        give(those, event)
      }
    },
    flush: () => {
      for (const cohort of [...byKey.values()]) cohort.flush()
    },
  }
}
