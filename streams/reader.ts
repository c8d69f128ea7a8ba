import { Observable, ReplaySubject, Subject } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Hole } from './holes.ts'
import type { EventLike, Gap } from './model.ts'
import { pulled, type Pulled } from './pulled.ts'
import { readerLoops } from './readerLoops.ts'

/** Where a reader begins: the oldest retained event, the next one to come, or a place it knows from before. */
export type ReadFrom = 'oldest' | 'now' | { readonly epoch: string; readonly offset: number }

export interface ReaderOptions {
  readonly from?: ReadFrom
}

export interface PullOptions {
  /** At most this many events, 1 or more. Default: the lane's limit. */
  readonly max?: number
}

export interface EachOptions extends PullOptions {
  /** The wait after a rejected batch, doubled with each rejection in a row up to the cap. 100 ms to 10 s. */
  readonly retryInitialMs?: number
  readonly retryCapMs?: number
  /** Told of each rejection. */
  readonly onError?: (error: unknown) => void
  readonly signal?: AbortSignal
}

/** The figures of one reader. Events, except `failures`: how often the function given to `each` has rejected. */
export interface ReaderFigures {
  readonly offered: number
  readonly committed: number
  readonly inFlight: number
  readonly waiting: number
  readonly lost: number
  readonly abandoned: number
  readonly lag: number
  readonly failures: number
}

/**
 * A named cursor on a lane. What it has pulled stays with it until committed, so `rewind` always gives it back.
 *
 * At most the lane's limit of events is in flight; beyond that a pull returns a batch of length 0, as it does when nothing
 * waits. A reader that is slower than the lane is long loses its oldest events: counted, and said by the next pull.
 */
export interface Reader<E extends EventLike = EventLike> extends AsyncIterable<Pulled<E>> {
  readonly name: string
  readonly waiting: number
  /** Events between the committed place and the newest one. */
  readonly lag: number
  /** Speaks when there is something to pull; completes when the reader is closed. Pull as much as you like in it. */
  readonly ready$: Observable<void>
  /** Speaks once when no more events will come, also to late subscribers; completes when the reader is closed. */
  readonly ended$: Observable<void>
  /** Whether something is pulled and not committed, or a loop still has something to read. */
  readonly isBusy: boolean
  pull(options?: PullOptions): Pulled<E>
  /** What was pulled up to this offset (exclusive; default: all of it) is done with. */
  commit(to?: number): void
  /** What was pulled and not committed is pulled again, in the same order, before newer events. */
  rewind(): void
  /**
   * Calls `handle` with one batch after the other: resolved commits, rejected rewinds and tries again after a wait.
   * Resolves when the reader is closed or the signal aborts. Wrong use throws.
   */
  each(handle: (batch: Pulled<E>) => unknown, options?: EachOptions): Promise<void>
  /** Asking for the next batch commits the one before; leaving by throw or break rewinds it. Ends with the reader. */
  [Symbol.asyncIterator](): AsyncIterator<Pulled<E>, undefined>
  figures(): ReaderFigures
  /** Forgets the reader; what it has not committed is counted as abandoned. Its name is free again. */
  close(): void
}

/** What a reader sees of its lane. */
export interface LaneView<E extends EventLike> {
  readonly eventType: string
  readonly limit: number
  readonly nextOffset: () => number
  readonly oldestOffset: () => number
  /** The retained views between two offsets. */
  readonly between: (from: number, to: number) => readonly Batch<E>[]
  readonly holes: () => readonly Hole[]
  /** The reader wants to be woken, until it says that it does not listen any more. */
  readonly listens: (reader: LaneReader<E>) => void
  /** It is done with events from this offset on, up to another, exclusive. */
  readonly committed: (from: number, to: number) => void
  /** The reader has moved on, or will not any more. */
  readonly moved: () => void
}

/** What the lane needs of its readers besides the public face. */
export interface LaneReader<E extends EventLike> extends Reader<E> {
  /** New events are there. */
  wake(): void
  /** Whether a wake would be heard by anybody. */
  isListening(): boolean
  /** No more events will come: loops end once everything is read. */
  end(): void
  /** Whether it would lose events if the lane forgot those before `oldest`. */
  isBehind(oldest: number): boolean
  /** Whether an awaiting loop runs on it that would lose events if the lane forgot those before `oldest`. */
  wouldLose(oldest: number): boolean
}

export interface ReaderStart<E extends EventLike> {
  readonly name: string
  readonly lane: LaneView<E>
  readonly offset: number
  /** Holes up to this sequence number lie before the reader's start. */
  readonly holeSeen: number
  readonly closed: (reader: LaneReader<E>) => void
}

export const createReader = <E extends EventLike>({
  name,
  lane,
  offset,
  holeSeen,
  closed,
}: ReaderStart<E>): LaneReader<E> => {
  const ready$ = new Subject<void>()
  const ended$ = new ReplaySubject<void>(1)
  let position = offset
  let hole = holeSeen
  let inFlight: Pulled<E>[] = []
  let rewound: Pulled<E>[] = []
  let inFlightCount = 0
  let rewoundCount = 0
  let committed = 0
  let lost = 0
  let lostSaid = 0
  let abandoned = 0
  let endOffset: number | undefined
  let isEnding = false
  let isClosed = false

  const upTo = (): number => endOffset ?? lane.nextOffset()
  const place = (): number => Math.max(position, Math.min(lane.oldestOffset(), upTo()))
  const fresh = (): number => upTo() - place()
  const waiting = (): number => rewoundCount + fresh()
  const empty = (): Pulled<E> => pulled<E>(lane.eventType, [], { from: position, lostBefore: 0 })

  const fly = (batch: Pulled<E>): Pulled<E> => {
    inFlight.push(batch)
    inFlightCount += batch.length
    return batch
  }

  const again = (max: number): Pulled<E> => {
    const first = rewound[0] as Pulled<E>
    if (first.length <= max) {
      rewound.shift()
      rewoundCount -= first.length
      return fly(first)
    }
    const [head, rest] = split(first, first.from + max)
    rewound[0] = rest
    rewoundCount -= head.length
    return fly(head)
  }

  const pull = ({ max = lane.limit }: PullOptions = {}): Pulled<E> => {
    if (!(Number.isInteger(max) && max >= 1)) {
      throw new RangeError(`reader ${name}: max must be a whole number of events, 1 or more, not ${String(max)}`)
    }
    if (isClosed) return empty()
    if (rewound.length > 0) return again(max)

    const from = place()
    lost += from - position
    lostSaid += from - position
    position = from

    const most = Math.min(max, lane.limit - inFlightCount, upTo() - from)
    if (most <= 0) return empty()

    // One pull never spans a hole: it ends where the next one lies, and says the one it begins at.
    let to = from + most
    let gapBefore: Gap | undefined
    for (const { at, sequence, gap } of lane.holes()) {
      if (sequence <= hole) continue
      if (at > from) {
        to = Math.min(to, at)
        break
      }
      hole = sequence
      gapBefore = gap
    }

    position = to
    const lostBefore = lostSaid
    lostSaid = 0
    const where = gapBefore === undefined ? { from, lostBefore } : { from, lostBefore, gapBefore }
    const batch = pulled(lane.eventType, lane.between(from, to), where)
    lane.moved()
    return fly(batch)
  }

  const commit = (to?: number): void => {
    if (to !== undefined) {
      const first = inFlight[0]?.from ?? rewound[0]?.from ?? position
      const last = inFlight.at(-1)?.to ?? first
      if (!(Number.isInteger(to) && to >= first && to <= last)) {
        throw new RangeError(
          `reader ${name}: commit takes an offset from ${String(first)} to ${String(last)}, what is pulled and not committed, not ${String(to)}`,
        )
      }
    }
    const oldest = inFlight[0]
    const upTo = to ?? inFlight.at(-1)?.to
    if (oldest !== undefined && upTo !== undefined && upTo > oldest.from) lane.committed(oldest.from, upTo)
    while (inFlight.length > 0) {
      const batch = inFlight[0] as Pulled<E>
      const done = to === undefined || batch.to <= to ? batch.length : Math.max(to - batch.from, 0)
      committed += done
      inFlightCount -= done
      if (done < batch.length) {
        if (done > 0) inFlight[0] = split(batch, batch.from + done)[1]
        return
      }
      inFlight.shift()
    }
  }

  const rewind = (): void => {
    rewound = [...inFlight, ...rewound]
    rewoundCount += inFlightCount
    inFlight = []
    inFlightCount = 0
    if (rewoundCount > 0) wake()
  }

  const wake = (): void => {
    if (isClosed) return
    if (waiting() > 0) ready$.next()
    if (waiting() > 0 || isEnding) loops.wake()
  }

  const close = (): void => {
    if (isClosed) return
    // Nothing that comes later is this reader's.
    endOffset = lane.nextOffset()
    lost += place() - position
    position = place()
    abandoned = inFlightCount + rewoundCount + fresh()
    isClosed = true
    inFlight = []
    rewound = []
    inFlightCount = 0
    rewoundCount = 0
    position = endOffset
    ready$.complete()
    ended$.complete()
    loops.wake()
    closed(reader)
  }

  const loops = readerLoops<E>({
    name,
    pull,
    commit,
    rewind,
    isClosed: () => isClosed,
    isEnding: () => isEnding,
    closed$: ready$,
    begun: () => {
      lane.listens(reader)
    },
  })

  const reader: LaneReader<E> = {
    name,
    get waiting() {
      return waiting()
    },
    get isBusy() {
      return inFlightCount + rewoundCount > 0 || (loops.isRunning() && waiting() > 0)
    },
    get lag() {
      return upTo() - (inFlight[0]?.from ?? rewound[0]?.from ?? place())
    },
    ready$: new Observable((subscriber) => {
      subscriber.add(ready$.subscribe(subscriber))
      lane.listens(reader)
    }),
    ended$: ended$.asObservable(),
    pull,
    commit: (to) => {
      commit(to)
      if (loops.isAwaiting()) wake()
    },
    rewind,
    each: loops.each,
    [Symbol.asyncIterator]: loops.iterate,
    figures: () => ({
      offered: upTo() - offset,
      committed,
      inFlight: inFlightCount + rewoundCount,
      waiting: isClosed ? 0 : fresh(),
      lost: isClosed ? lost : lost + place() - position,
      abandoned,
      lag: reader.lag,
      failures: loops.failures(),
    }),
    close,
    wake,
    isListening: () => loops.isRunning() || ready$.observed,
    end: () => {
      isEnding = true
      wake()
      ended$.next()
    },
    isBehind: (oldest) => !isClosed && position < oldest,
    wouldLose: (oldest) => loops.isRunning() && !isClosed && position < oldest,
  }

  return reader
}

const split = <E extends EventLike>(batch: Pulled<E>, at: number): readonly [Pulled<E>, Pulled<E>] => {
  const cut = at - batch.from
  const { eventType, from, lostBefore, gapBefore } = batch
  return [
    pulled(eventType, [batch.slice(0, cut)], { from, lostBefore, ...(gapBefore === undefined ? {} : { gapBefore }) }),
    pulled(eventType, [batch.slice(cut)], { from: at, lostBefore: 0 }),
  ]
}
