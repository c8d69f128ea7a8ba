import type { Held } from './frames.ts'
import type { Kept } from './kept.ts'
import { createLatestTable } from './latestTable.ts'

/** The seat, beside the cohorts of a lane, of one client that has no room for frames. */
export interface Latest {
  /** Its tickers in order, or `*`. */
  readonly key: string
  /** Events kept. */
  readonly size: number
  add(event: Held): void
  /** An event that cannot be put on the wire. */
  refuse(): void
  /** Wants these from now on; what it does not want any more is given up. */
  relist(key: string, tickers: ReadonlySet<string>): void
  /** A portion of about so many bytes to be sent. */
  take(bytesMax: number): readonly Held[]
}

/**
 * Keeps, per symbol, only the latest event: what it replaces counts as conflated.
 *
 *     events   A1 B1 A2    A3 B2    C1 A4
 *     take     ------(B1 A2)--------(…)
 */
export const createLatest = (firstKey: string, kept: Kept): Latest => {
  const table = createLatestTable()
  let key = firstKey
  let newest: Held | undefined

  return {
    get key() {
      return key
    },
    get size() {
      return table.size
    },
    add: (event) => {
      // The event that filled the cohort came with the cohort's share, and then once more to this seat among all others.
      if (event === newest) return
      newest = event
      const replacedBytes = table.set(event)
      kept.add(event.bytes.length, replacedBytes)
    },
    refuse: () => {},
    relist: (next, tickers) => {
      key = next
      if (tickers.has('*')) return
      for (const bytes of table.keep((symbol) => tickers.has(symbol))) kept.giveUp(bytes)
    },
    take: (bytesMax) => {
      const events = table.take(bytesMax)
      for (const { bytes } of events) kept.take(bytes.length)
      return events
    },
  }
}
