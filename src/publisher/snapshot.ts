import type { Member } from './cohort.ts'
import type { Held } from './frames.ts'
import { createLatestTable } from './latestTable.ts'

/** The last event of each symbol of one lane, for those who subscribe. */
export interface Snapshot {
  /** Symbols known. */
  readonly size: number
  see(event: Held): void
  /**
   * The member's list is this one from now on: returns the last events of what was not on it before, in the order of their
   * arrival. Take their bytes at once: the next event overwrites them.
   */
  relist(member: Member, tickers: ReadonlySet<string> | undefined): readonly Held[]
  leave(member: Member): void
}

const none: ReadonlySet<string> = new Set()

/** Knows at most `symbolsMax` symbols, the first it has seen; `onFull` is told of each event of another. */
export const createSnapshot = (symbolsMax: number, onFull: () => void): Snapshot => {
  const table = createLatestTable()
  // Copies: a session changes its own set before the change is answered.
  const lists = new Map<Member, ReadonlySet<string>>()

  return {
    get size() {
      return table.size
    },
    see: (event) => {
      if (table.size < symbolsMax || table.has(event.symbol)) table.set(event)
      else onFull()
    },
    relist: (member, tickers) => {
      const before = lists.get(member) ?? none
      if (tickers === undefined) lists.delete(member)
      else lists.set(member, new Set(tickers))
      if (tickers === undefined || before.has('*')) return []
      const events = tickers.has('*') ? table.all() : table.some([...tickers])
      return events.filter(({ symbol }) => !before.has(symbol)).map(({ symbol, bytes }) => ({ symbol, bytes }))
    },
    leave: (member) => {
      lists.delete(member)
    },
  }
}
