import { Observable, type OperatorFunction } from 'rxjs'

/** Runs `work` in a later turn of the loop, with sockets served in between. Returns what takes it back. */
export type Turn = (work: () => void) => () => void

/** What a link ends in: items in order of arrival, bounded in bytes by pausing the socket, never by dropping. */
interface Inbox {
  /** 1 first. It may change: the pump looks when somebody joins, and when it is told to. */
  readonly priority: number
  /** Hands on at most `bytesMax` bytes, at least one item; stops early when it is held. */
  run(bytesMax: number): void
  isEmpty(): boolean
  /** Whether somebody waits for more than a turn: nothing more is wanted from the source either. */
  block(isBlocked: boolean): void
}

export interface Pump {
  /** The pump takes from the inboxes while they have something, one turn after another. */
  join(inbox: Inbox): () => void
  /** Priorities have changed. */
  reorder(): void
  wake(): void
  /**
   * Takes nothing more from the link whose item is in hand before the next turn, which begins with `again`. This is how a
   * lane gives a reader one turn of grace; other links go on.
   */
  hold(again: () => void): void
  /**
   * Takes nothing more from the link whose item is in hand, and has its socket paused, until the returned function is called;
   * the next turn then begins with `again`, and the link goes on unless that has blocked it anew.
   */
  block(): (again: () => void) => void
  /** Whether the link whose item is in hand is held or blocked. */
  isHeld(): boolean
  /** Whether there is nothing to do: every inbox is empty and nobody holds. */
  isIdle(): boolean
  /** Forgets the inboxes; what they hold is theirs to count. */
  stop(): void
  figures(): PumpFigures
}

/** Turns so far, and links that are held or blocked now. */
export interface PumpFigures {
  readonly turns: number
  readonly heldLinks: number
}

const turnBytesUsual = 32 * 1024

/** Throws RangeError unless it is above 0, or left out. */
export const checkTurnBytes = (turnBytes: number | undefined): void => {
  if (turnBytes !== undefined && !(turnBytes > 0)) {
    throw new RangeError(`turnBytes must be above 0 bytes, not ${String(turnBytes)}`)
  }
}

/** An inbox with how many hold it. */
interface Seat {
  readonly inbox: Inbox
  holds: number
  blocks: number
}

export interface PumpOptions {
  readonly turn: Turn
  /** At most this many bytes per link and turn, at least one frame. 32 KB. Read anew each turn: it may change. */
  readonly turnBytes?: number
}

/**
 * The one caller of decode, operators and `append`: takes frames from the inboxes of all links, round robin, each turn
 * starting with the most important link (lowest priority number), so that no link's flood makes another one wait longer
 * than a turn.
 *
 *     inbox A  aaaaaa
 *     inbox B  b
 *     turns    |A B|A|A|…     at most turnBytes of A in each
 */
export const createPump = (options: PumpOptions): Pump => {
  const { turn } = options
  checkTurnBytes(options.turnBytes)

  const seats: Seat[] = []
  const next: (() => void)[] = []
  let inHand: Seat | undefined
  let cancel: (() => void) | undefined
  let running = false
  let turns = 0

  const isStopped = ({ holds, blocks }: Seat): boolean => holds + blocks > 0
  const isIdle = (): boolean => next.length === 0 && seats.every(({ inbox }) => inbox.isEmpty())
  // A blocked inbox wakes the pump when it is released.
  const hasWork = (): boolean => next.length > 0 || seats.some((seat) => !isStopped(seat) && !seat.inbox.isEmpty())

  const wake = (): void => {
    if (cancel === undefined && !running && hasWork()) cancel = turn(run)
  }

  const run = (): void => {
    cancel = undefined
    running = true
    turns += 1
    const { turnBytes = turnBytesUsual } = options
    try {
      // Only what was held when the turn began: a hold made meanwhile is for the next turn.
      for (const again of next.splice(0)) again()
      // A copy, for a frame may open or close links.
      for (const seat of [...seats]) {
        if (isStopped(seat)) continue
        inHand = seat
        seat.inbox.run(turnBytes)
      }
    } finally {
      inHand = undefined
      running = false
      wake()
    }
  }

  const later = (seat: Seat | undefined, work: () => void): void => {
    next.push(() => {
      // In hand again: what could not go on may have to stop once more.
      inHand = seat
      work()
      inHand = undefined
    })
    wake()
  }

  /** Among equals who came first stays first. */
  const reorder = (): void => {
    seats.sort((a, b) => a.inbox.priority - b.inbox.priority)
  }

  return {
    reorder,
    join: (inbox) => {
      const seat: Seat = { inbox, holds: 0, blocks: 0 }
      seats.push(seat)
      reorder()
      return () => {
        const index = seats.indexOf(seat)
        if (index !== -1) seats.splice(index, 1)
      }
    },
    wake,
    hold: (again) => {
      const seat = inHand
      if (seat !== undefined) seat.holds += 1
      later(seat, () => {
        if (seat !== undefined) seat.holds -= 1
        again()
      })
    },
    block: () => {
      const seat = inHand
      if (seat !== undefined) {
        seat.blocks += 1
        seat.inbox.block(true)
      }
      return (again) => {
        later(seat, () => {
          again()
          if (seat === undefined) return
          seat.blocks -= 1
          if (seat.blocks === 0) seat.inbox.block(false)
        })
      }
    },
    isHeld: () => inHand !== undefined && isStopped(inHand),
    isIdle,
    stop: () => {
      cancel?.()
      cancel = undefined
      next.length = 0
      seats.length = 0
    },
    figures: () => ({ turns, heldLinks: seats.filter(isStopped).length }),
  }
}

/** The first two are read anew each time: they may change. */
export interface PacedOptions<T> {
  /** 1 first. */
  readonly priority: number
  /** Full at this many bytes: `full(true)` until the pump has made room. 256 KB. */
  readonly inboxBytes?: number
  readonly bytesOf: (item: T) => number
  /** How many frames an item is, where that is not one for what has bytes and none for what has not. */
  readonly framesOf?: (item: T) => number
  /** Items that are waiting and may be handed on as one. Without it each goes by itself. */
  readonly runs?: {
    readonly belongs: (first: T, next: T) => boolean
    readonly together: (items: readonly T[]) => T
  }
  /** Told when the inbox becomes full or blocked, and when it takes more again. The socket is paused meanwhile. */
  readonly full: (isFull: boolean) => void
  readonly meter?: InboxMeter
}

/** The figures of one inbox, kept up to date by `paced`. */
export interface InboxMeter {
  items: number
  /** In those items; the others are marks between them. */
  frames: number
  bytes: number
  itemsMax: number
  bytesMax: number
}

/**
 * Keeps what the source says until the pump takes it, in order; never drops.
 *
 *     source   -a-b-(cde)----|
 *     turns    --x-x---x-x-x-x
 *     paced    --a-b---c-d-e-|     with room for one item a turn
 *
 * Completes when the source has and everything is handed on. An error of the source overtakes nothing either: it comes
 * after the last item. Unsubscribing forgets what is held; `meter` says how much that was.
 */
export const paced =
  <T>(pump: Pump, options: PacedOptions<T>): OperatorFunction<T, T> =>
  (source$) =>
    new Observable<T>((subscriber) => {
      const { bytesOf, runs, full, meter, framesOf = (item: T) => (bytesOf(item) > 0 ? 1 : 0) } = options
      let queue: (T | undefined)[] = []
      let head = 0
      let bytes = 0
      let frames = 0
      let isFull = false
      let isBlocked = false
      let isPausing = false
      let end: (() => void) | undefined

      const measure = (): void => {
        if (meter !== undefined) {
          meter.items = queue.length - head
          meter.frames = frames
          meter.bytes = bytes
          meter.itemsMax = Math.max(meter.itemsMax, meter.items)
          meter.bytesMax = Math.max(meter.bytesMax, bytes)
        }
        // Half empty before it has room again: a socket is not paused and resumed with every frame.
        const { inboxBytes = 256 * 1024 } = options
        isFull = bytes >= (isFull ? inboxBytes / 2 : inboxBytes)
        pause()
      }

      const pause = (): void => {
        if ((isFull || isBlocked) === isPausing) return
        isPausing = !isPausing
        full(isPausing)
      }

      /** What is not in the inbox any more; answers how many bytes it has. */
      const weigh = (item: T): number => {
        const size = bytesOf(item)
        bytes -= size
        frames -= framesOf(item)
        return size
      }

      const take = (): T => {
        const item = queue[head] as T
        queue[head] = undefined
        head += 1
        if (head === queue.length) {
          queue = []
          head = 0
        } else if (head > 1024 && head * 2 > queue.length) {
          queue = queue.slice(head)
          head = 0
        }
        return item
      }

      const isEmpty = (): boolean => head === queue.length

      const leave = pump.join({
        get priority() {
          return options.priority
        },
        isEmpty: () => isEmpty() && end === undefined,
        block: (now) => {
          isBlocked = now
          pause()
        },
        run: (bytesMax) => {
          let taken = 0
          while (!isEmpty() && taken < bytesMax && !subscriber.closed) {
            let item = take()
            taken += weigh(item)
            if (runs !== undefined) {
              let all: T[] | undefined
              while (!isEmpty() && taken < bytesMax && runs.belongs(item, queue[head] as T)) {
                all ??= [item]
                const another = take()
                taken += weigh(another)
                all.push(another)
              }
              if (all !== undefined) item = runs.together(all)
            }
            measure()
            subscriber.next(item)
            if (pump.isHeld()) return
          }
          if (isEmpty()) end?.()
        },
      })

      subscriber.add(leave)
      const subscription = source$.subscribe({
        next: (item) => {
          const size = bytesOf(item)
          queue.push(item)
          bytes += size
          frames += framesOf(item)
          measure()
          pump.wake()
        },
        error: (error: unknown) => {
          end = () => {
            subscriber.error(error)
          }
          pump.wake()
        },
        complete: () => {
          end = () => {
            subscriber.complete()
          }
          pump.wake()
        },
      })
      subscriber.add(subscription)
    })
