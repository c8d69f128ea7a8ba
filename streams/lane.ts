import type { Observable } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import { batches, type BatchesOptions } from './batches.ts'
import { createHoles } from './holes.ts'
import type { Figures } from './ledger.ts'
import type { EventLike, Gap } from './model.ts'
import type { Pulled } from './pulled.ts'
import {
  createReader,
  type LaneReader,
  type LaneView,
  type Reader,
  type ReaderOptions,
  type ReadFrom,
} from './reader.ts'
import { createSegments } from './segments.ts'

/**
 * What a lane does when its readers are slower than it is long: `lose`, the live feed's way, lets each lose its oldest events,
 * counted; `block`, for replay and tests, appends nothing that any reader would lose by and stops the link instead, down
 * to its socket. A live vendor would buffer for us and then cut the connection. It stops the lane for all its readers, and with
 * it every frequency of the link, until the slowest has pulled, or is closed.
 */
export type WhenFull = 'lose' | 'block'

/**
 * The log of one event type of one frequency: the last `limit` events, each with an offset that counts up by one.
 *
 * It outlives links, plans and operators; `epoch` names the run of the engine, so that (epoch, offset) names an event.
 */
export interface Lane<E extends EventLike = EventLike> {
  readonly frequency: string
  readonly eventType: string
  readonly epoch: string
  readonly limit: number
  readonly whenFull: WhenFull
  /** The offset the next event will get. */
  readonly nextOffset: number
  /** The oldest offset that can still be pulled. */
  readonly oldestOffset: number
  /** Opens a cursor. A name that is open already throws. */
  reader(name: string, options?: ReaderOptions): Reader<E>
  /** Pulled batches as an Observable, see `batches`. */
  batches(options?: BatchesOptions): Observable<Pulled<E>>
}

/** A lane with the side that the engine writes to. */
export interface LaneLog<E extends EventLike = EventLike> extends Lane<E> {
  append(batch: Batch<E>): void
  /** Late events from elsewhere, appended like any other. */
  appendBackfilled(batch: Batch<E>): void
  /** Something may be missing between the newest event and the next one to come. A gap that is known already is only updated. */
  markHole(gap: Gap): void
  /** It waits for no reader any more: what is blocked goes on. */
  release(): void
  /** What waited for its turn of grace goes in without it. Loops of readers end once they have read everything; nothing may be appended any more. */
  end(): void
  readonly readers: readonly Reader<E>[]
  readonly figures: () => Figures<'lane'>
  /** The retained events' own bytes. */
  readonly wireBytes: () => number
  /** The bytes of all memory that the lane keeps alive for them. */
  readonly pinnedBytes: () => number
}

export interface LaneOptions {
  readonly frequency: string
  readonly eventType: string
  readonly epoch: string
  /** Events retained, 1 or more. 1000. */
  readonly limit?: number
  /** The offset of the first event: where a former lane of that name ended, so that none names two events. 0. */
  readonly firstOffset?: number
  /** `lose` by default. */
  readonly whenFull?: WhenFull
  /** Takes nothing more from the link before its next turn, which begins with the function given. */
  readonly hold: (again: () => void) => void
  /** Takes nothing more from the link until the returned function is called; the turn after begins with its argument. */
  readonly block?: () => (again: () => void) => void
  /** Told of each batch that is in, by the offset behind it. */
  readonly stored?: (nextOffset: number) => void
  /** Told when a reader is done with events from this offset on, up to another, exclusive. */
  readonly committed?: (from: number, to: number) => void
  /** Opened and closed readers, for the ledger. */
  readonly opened?: (reader: Reader) => () => void
}

export const createLane = <E extends EventLike>({
  frequency,
  eventType,
  epoch,
  limit = 1000,
  firstOffset = 0,
  whenFull = 'lose',
  hold,
  block = () => hold,
  stored,
  committed,
  opened,
}: LaneOptions): LaneLog<E> => {
  const where = `lane ${frequency}/${eventType}`
  if (!(Number.isInteger(limit) && limit >= 1)) {
    throw new RangeError(`${where}: limit must be a whole number of events, 1 or more, not ${String(limit)}`)
  }

  const readers = new Map<string, LaneReader<E>>()
  const closers = new Map<LaneReader<E>, () => void>()
  // Those to be woken; one that listens no more is struck off when its turn comes. However many idle ones there are, an event costs the same.
  const listening = new Set<LaneReader<E>>()
  // What waits to be appended, in parts of at most `limit`.
  const backlog: Batch<E>[] = []
  const log = createSegments<E>(firstOffset, limit)
  const holes = createHoles()
  let emitted = 0
  let backfilled = 0
  let hasGrace = false
  // The first of the backlog has had its turn of grace.
  let hadGrace = false
  let resume: ((again: () => void) => void) | undefined
  let isResuming = false
  let isAppending = false
  let isReleased = false
  let isEnding = false
  let isEnded = false
  let unnamed = 0

  const { nextOffset, oldestOffset } = log
  const waiting = (): number => backlog.reduce((sum, { length }) => sum + length, 0)

  /** Almost always nothing waits, and nothing has to: the batch goes in at once, without a stay in the backlog. */
  const append = (batch: Batch<E>): void => {
    const isAlone = backlog.length === 0 && !isAppending && !isEnded && batch.length > 0 && batch.length <= limit
    if (!isAlone || mustWait(nextOffset() + batch.length - limit)) {
      queue(batch)
      return
    }
    isAppending = true
    try {
      take(batch)
    } finally {
      isAppending = false
    }
    if (backlog.length > 0) drain()
  }

  // One after the other: what a woken reader makes us append waits behind the batch in hand.
  const drain = (): void => {
    if (isAppending || hasGrace || isResuming) return
    isAppending = true
    try {
      for (let batch = backlog[0]; batch !== undefined; batch = backlog[0]) {
        if (!isEnding && mustWait(nextOffset() + batch.length - limit)) return
        backlog.shift()
        take(batch)
      }
    } finally {
      isAppending = false
    }
  }

  const take = (batch: Batch<E>): void => {
    hadGrace = false
    log.store(batch)
    stored?.(nextOffset())
    wakeReaders()
  }

  /** Whether those before `oldest` cannot be forgotten yet; then somebody has been told to go on later. */
  const mustWait = (oldest: number): boolean => {
    if (oldest <= firstOffset) return false
    if (whenFull === 'block' && !isReleased && isAnyBehind(oldest)) {
      resume ??= block()
      return true
    }
    if (hadGrace || !wouldAnyLose(oldest)) return false
    hadGrace = true
    hasGrace = true
    hold(() => {
      hasGrace = false
      drain()
    })
    return true
  }

  const isAnyBehind = (oldest: number): boolean => {
    for (const reader of readers.values()) if (reader.isBehind(oldest)) return true
    return false
  }

  const wouldAnyLose = (oldest: number): boolean => {
    for (const reader of listening) if (reader.wouldLose(oldest)) return true
    return false
  }

  const wakeReaders = (): void => {
    for (const reader of listening) {
      if (reader.isListening()) reader.wake()
      else listening.delete(reader)
    }
  }

  const queue = (batch: Batch<E>): void => {
    if (isEnded) throw new Error(`${where} has ended: nothing can be appended`)
    if (batch.length === 0) return
    if (batch.length <= limit) {
      backlog.push(batch)
    } else {
      for (let from = 0; from < batch.length; from += limit) {
        backlog.push(batch.slice(from, Math.min(from + limit, batch.length)))
      }
    }
    drain()
  }

  const view: LaneView<E> = {
    eventType,
    limit,
    nextOffset,
    oldestOffset,
    between: log.between,
    holes: holes.all,
    listens: (reader) => {
      listening.add(reader)
    },
    committed: (from, to) => committed?.(from, to),
    // Not in the reader's own call: it would be woken with newer events before it has the ones it asked for.
    moved: () => {
      const go = resume
      resume = undefined
      isResuming = go !== undefined || isResuming
      go?.(() => {
        isResuming = false
        drain()
      })
    },
  }

  const placeOf = (from: ReadFrom): { readonly offset: number; readonly holeSeen: number } => {
    if (from === 'now') return { offset: nextOffset(), holeSeen: holes.count() }
    if (from === 'oldest') return { offset: oldestOffset(), holeSeen: holes.seenBefore(oldestOffset()) }
    if (from.epoch !== epoch) {
      throw new RangeError(
        `${where}: the epoch ${from.epoch} is not this run's, ${epoch}: its offsets mean nothing here, begin at 'oldest'`,
      )
    }
    if (!(Number.isInteger(from.offset) && from.offset >= 0 && from.offset <= nextOffset())) {
      throw new RangeError(
        `${where}: no reader can begin at offset ${String(from.offset)}; the next event is ${String(nextOffset())}`,
      )
    }
    return { offset: from.offset, holeSeen: holes.seenBefore(from.offset) }
  }

  const open = (name: string, { from = 'oldest' }: ReaderOptions = {}): Reader<E> => {
    if (name === '') throw new RangeError(`${where}: a reader needs a name`)
    if (readers.has(name)) {
      throw new Error(`${where}: a reader named ${name} is open already; close it first or take another name`)
    }
    const reader = createReader<E>({
      name,
      lane: view,
      ...placeOf(from),
      closed: (gone) => {
        readers.delete(name)
        listening.delete(gone)
        closers.get(gone)?.()
        closers.delete(gone)
        view.moved()
      },
    })
    readers.set(name, reader)
    const close = opened?.(reader)
    if (close !== undefined) closers.set(reader, close)
    if (isEnded) reader.end()
    return reader
  }

  return {
    frequency,
    eventType,
    epoch,
    limit,
    whenFull,
    get nextOffset() {
      return nextOffset()
    },
    get oldestOffset() {
      return oldestOffset()
    },
    reader: open,
    batches: (options) => {
      return batches<E>(limit, options, (from) => open(options?.name ?? `batches ${String((unnamed += 1))}`, from))
    },
    append: (batch) => {
      emitted += batch.length
      append(batch)
    },
    appendBackfilled: (batch) => {
      backfilled += batch.length
      append(batch)
    },
    // Behind what is still to be appended: that came before the hole.
    markHole: (gap) => {
      holes.mark(gap, nextOffset() + waiting())
    },
    release: () => {
      isReleased = true
      view.moved()
    },
    end: () => {
      if (isEnded) return
      hasGrace = false
      isEnding = true
      isResuming = false
      drain()
      resume?.(() => undefined)
      resume = undefined
      isEnded = true
      for (const reader of [...readers.values()]) reader.end()
    },
    get readers() {
      return [...readers.values()]
    },
    figures: () => ({
      emitted,
      backfilled,
      appended: nextOffset() - firstOffset,
      backlog: waiting(),
      retained: nextOffset() - oldestOffset(),
      expired: oldestOffset() - firstOffset,
    }),
    wireBytes: log.wireBytes,
    pinnedBytes: log.pinnedBytes,
  }
}
