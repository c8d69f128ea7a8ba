import type { OperatorFunction, SchedulerLike, Subscription } from 'rxjs'
import { asyncScheduler } from 'rxjs'
import { checkCount, checkTimeMs } from '../flow/bounds.ts'
import { keyMemory } from '../flow/keyMemory.ts'
import { operate } from '../flow/operate.ts'

/** The bounds and times of operators that gather events into windows of event time. */
export interface BarWindowsOptions<E> {
  /** How long a window is, milliseconds; windows stand on whole multiples of it since 1970, UTC. */
  readonly widthMs: number
  /** A window is given when an event so long after its end has come, milliseconds; 0 by default. */
  readonly graceMs?: number
  /**
   * After so many milliseconds without any event the clock on the wall counts as event time, so that windows end though nothing
   * comes: for live feeds. By default only events move time, which makes the same events give the same bars at any speed.
   */
  readonly quietMs?: number
  /** The newest windows of each symbol that are remembered, given or not; 16 by default: what comes late for those is a revision. */
  readonly windowsMax?: number
  /** The most symbols that are remembered; 20,000 by default. Beyond it, the one that came first gives its bars and is forgotten. */
  readonly symbolsMax?: number
  /** Called with an event that is older than its symbol's windows: no bar can count it any more. */
  readonly tooLate?: (event: E) => void
  readonly scheduler?: SchedulerLike
}

/** What differs between operators of this kind. */
export interface WindowKind<E, Sum, Out> {
  readonly operator: string
  readonly atMs: (event: E) => number
  readonly symbol: (event: E) => string
  readonly empty: () => Sum
  /** Makes it empty again. */
  readonly clear: (sum: Sum) => void
  /** Gives whether anything changed that the bar shows. */
  readonly add: (sum: Sum, event: E) => boolean
  /** The bar, or undefined where nothing has made one yet. */
  readonly bar: (sum: Sum, window: Window) => Out | undefined
}

/** A bar's place. */
export interface Window {
  readonly symbol: string
  readonly startMs: number
  readonly endMs: number
  readonly revision: number
}

interface Slot<Sum> {
  readonly symbol: string
  readonly sum: Sum
  startMs: number
  endMs: number
  /** That of the next bar. */
  revision: number
  isGiven: boolean
}

/**
 * Gathers events into windows per symbol, by their own time; each window becomes a bar when time has passed its end, and again
 * whenever something late changes it.
 *
 * Time is that of the newest event of any symbol: one comparison per event while no window ends. Windows that end together come in the
 * order of their ends, then in that in which they began. Slots are used again, so that an event makes no object.
 */
export const barWindows = <E, Sum, Out>(
  { operator, atMs, symbol, empty, clear, add, bar }: WindowKind<E, Sum, Out>,
  options: BarWindowsOptions<E>,
): OperatorFunction<E, Out> => {
  const { widthMs, graceMs = 0, quietMs, windowsMax = 16, symbolsMax = 20_000, tooLate } = options
  const { scheduler = asyncScheduler } = options
  checkCount(`${operator}: widthMs`, widthMs)
  if (!(graceMs >= 0 && graceMs < Infinity)) {
    throw new RangeError(`${operator}: graceMs must be finite and at least 0, but is ${String(graceMs)}`)
  }
  if (quietMs !== undefined) checkTimeMs(`${operator}: quietMs`, quietMs)
  checkCount(`${operator}: windowsMax`, windowsMax)
  checkCount(`${operator}: symbolsMax`, symbolsMax)

  return operate<E, Out>((subscriber, attempt) => {
    const symbols = keyMemory<string, (Slot<Sum> | undefined)[]>(symbolsMax)
    let open: Slot<Sum>[] = []
    let newestMs = -Infinity
    /** The first moment at which an open window is over. */
    let dueMs = Infinity
    let arrivedMs = 0
    let clock: Subscription | undefined

    const give = (slot: Slot<Sum>): void => {
      slot.isGiven = true
      const made = bar(slot.sum, slot)
      if (made === undefined) return
      slot.revision += 1
      subscriber.next(made)
    }

    const close = (untilMs: number): void => {
      if (untilMs < dueMs) return
      const due = open.filter(({ endMs }) => endMs + graceMs <= untilMs)
      open = open.filter(({ endMs }) => endMs + graceMs > untilMs)
      dueMs = open.reduce((first, { endMs }) => Math.min(first, endMs + graceMs), Infinity)
      for (const slot of due.sort((one, other) => one.endMs - other.endMs)) give(slot)
    }

    /** Ends a window before its time: its place is needed. */
    const giveUp = (slot: Slot<Sum>): void => {
      if (slot.isGiven) return
      open = open.filter((one) => one !== slot)
      give(slot)
    }

    const wait = (): void => {
      if (quietMs === undefined || clock !== undefined || open.length === 0) return
      const sinceMs = scheduler.now() - arrivedMs
      clock = scheduler.schedule(
        () => {
          attempt(look)
        },
        Math.max(1, Math.max(quietMs, dueMs - newestMs) - sinceMs),
      )
    }

    const look = (): void => {
      clock = undefined
      const sinceMs = scheduler.now() - arrivedMs
      if (quietMs !== undefined && sinceMs >= quietMs) close(newestMs + sinceMs)
      wait()
    }

    const slotOf = (its: string, startMs: number): Slot<Sum> | undefined => {
      let slots = symbols.get(its)
      if (slots === undefined) {
        slots = new Array<undefined>(windowsMax).fill(undefined)
        const gone = symbols.add(its, slots)
        for (const slot of gone ?? []) if (slot !== undefined) giveUp(slot)
      }
      const place = (((startMs / widthMs) % windowsMax) + windowsMax) % windowsMax
      const slot = slots[place]
      if (slot === undefined) {
        return (slots[place] = opened({ symbol: its, sum: empty(), startMs, endMs: 0, revision: 0, isGiven: false }))
      }
      if (slot.startMs === startMs) return slot
      if (slot.startMs > startMs) return undefined
      giveUp(slot)
      clear(slot.sum)
      slot.startMs = startMs

      return opened(slot)
    }

    const opened = (slot: Slot<Sum>): Slot<Sum> => {
      slot.endMs = slot.startMs + widthMs
      slot.revision = 0
      slot.isGiven = false
      open.push(slot)
      dueMs = Math.min(dueMs, slot.endMs + graceMs)

      return slot
    }

    return {
      next: (event) => {
        const at = atMs(event)
        if (!Number.isFinite(at)) throw new RangeError(`${operator}: the time of an event is ${String(at)}`)
        if (quietMs !== undefined) arrivedMs = scheduler.now()
        if (at > newestMs) {
          newestMs = at
          close(newestMs)
        }
        const slot = slotOf(symbol(event), Math.floor(at / widthMs) * widthMs)
        if (slot === undefined) {
          tooLate?.(event)
          return
        }
        if (add(slot.sum, event) && slot.isGiven) give(slot)
        // A window that was over before its first event.
        else close(newestMs)
        wait()
      },
      ended: () => {
        close(Infinity)
      },
      released: () => clock?.unsubscribe(),
    }
  })
}
