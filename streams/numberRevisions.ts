import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import { TickerPlaces } from './codecs/tickerPlaces.ts'
import { decodedView } from './codecs/view.ts'

/** Windows remembered per ticker, by event type: a power of two. Some two minutes of seconds, half an hour of minutes. */
const remembered = { A: { windowMs: 1_000, windows: 128 }, AM: { windowMs: 60_000, windows: 32 } } as const

/** What the memory can count up to; beyond it the number stays. */
const revisionMax = 65_535

/** Tickers remembered per event type; beyond it the one that came first is forgotten. */
const tickersMax = 65_536

/** Tickers whose windows lie in one block: a block for each would mean twice the ways to memory. */
const blockTickers = 256

interface Window {
  readonly windowMs: number
  readonly windows: number
}

interface Memory extends Window {
  /** Where a ticker's windows are, by the order in which tickers came. */
  readonly places: TickerPlaces
  readonly starts: Float64Array[]
  readonly revisions: Uint16Array[]
}

const createMemory = ({ windowMs, windows }: Window): Memory => {
  const byTicker = new Map<string, number>()
  const starts: Float64Array[] = []
  const revisions: Uint16Array[] = []

  /** A ticker's place; of one that comes for the first time an empty one. */
  const placeOf = (ticker: string): number => {
    const known = byTicker.get(ticker)
    if (known !== undefined) return known

    let place = byTicker.size
    const [oldest] = place < tickersMax ? [] : byTicker
    if (oldest !== undefined) {
      place = oldest[1]
      byTicker.delete(oldest[0])
      places.moveOn()
    }
    byTicker.set(ticker, place)
    const block = Math.floor(place / blockTickers)
    const from = (place % blockTickers) * windows
    const own = (starts[block] ??= new Float64Array(blockTickers * windows))
    revisions[block] ??= new Uint16Array(blockTickers * windows)
    own.fill(-1, from, from + windows)
    return place
  }
  const places = new TickerPlaces(placeOf)

  return { windowMs, windows, places, starts, revisions }
}

/**
 * Numbers bars that are sent again: same ticker, same start, 0 for the first, then 1, 2, …
 *
 *     bars           --a--b--a'-c--a"-    a, a', a" have one ticker and start
 *     revision         0  0  1  0  2
 *
 * The vendor corrects bars for fifteen minutes when late trades arrive. Stands before the operators and numbers every bar,
 * looked at or not, without building it. Remembers, per ticker, the newest windows of each slot (128 seconds for `A`, 32
 * minutes for `AM`, 0.4 to 1.3 KB a ticker, 65,536 tickers); a bar older than what is remembered cannot be numbered: `late: true`,
 * revision 0. Batches of other event types pass untouched, and so do bars of a host's own codec that has no `revision`.
 *
 * Source: docs/protocol.md, bars are sent again.
 */
export const numberRevisions = (): MonoTypeOperatorFunction<Batch> => (source$) =>
  defer(() => {
    const memories = { A: createMemory(remembered.A), AM: createMemory(remembered.AM) }

    return source$.pipe(
      tap((batch) => {
        const type = batch.eventType
        if ((type === 'A' || type === 'AM') && isNumbered(batch)) number(batch, memories[type])
      }),
    )
  })

const isNumbered = (batch: Batch): boolean => batch.length > 0 && !Number.isNaN(batch.number(0, 'revision'))

const number = (batch: Batch, { windowMs, windows, places, starts: blocks, revisions: counted }: Memory): void => {
  const view = decodedView(batch)
  const revisions = new Array<number>(batch.length)
  const late = new Uint8Array(batch.length)

  for (let i = 0; i < batch.length; i += 1) {
    const place = view.placeOf(places, i)
    const block = Math.floor(place / blockTickers)
    const starts = blocks[block] as Float64Array
    const counts = counted[block] as Uint16Array

    const startMs = batch.number(i, 'startMs')
    const slot = (place % blockTickers) * windows + (Math.floor(startMs / windowMs) & (windows - 1))
    const known = starts[slot] as number
    revisions[i] = 0
    if (startMs === known) {
      revisions[i] = Math.min((counts[slot] as number) + 1, revisionMax)
      counts[slot] = revisions[i] as number
    } else if (startMs > known) {
      starts[slot] = startMs
      counts[slot] = 0
    } else late[i] = 1
  }

  view.annotate({ revisions, late })
}
