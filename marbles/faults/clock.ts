/** Virtual time that can be awaited: an engine closes with promises, which a scheduler's own run does not wait for. */
export interface Clock {
  /** Unix milliseconds, with fractions of 1/128. */
  readonly now: () => number
  /** Runs what falls due up to so many milliseconds from now, in order, and stands there. An error of a timer comes out. */
  readonly advance: (ms: number) => void
  /** The same, with the promises of one timer kept before the next one runs. */
  readonly advanceKeeping: (ms: number, keep: () => Promise<unknown>) => Promise<void>
  /** How long until the next timer, Infinity when there is none. */
  readonly nextMs: () => number
  /** Timers that still run. */
  readonly pending: () => number
  /** Gives the process its own time back. */
  readonly release: () => void
}

interface Timer {
  readonly id: number
  readonly work: () => void
  /** Undefined when it runs once. */
  readonly everyMs: number | undefined
  due: number
  turn: number
}

/** Before another one, and of one moment in the order in which they were set. */
const isBefore = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.turn < b.turn)

/**
 * Takes the place of the process's timers and of `Date.now` until it is released. RxJS looks them up at each call, so its schedulers
 * run in this time. One at a time: two of them would be one another's time.
 */
export const virtualClock = (startMs: number): Clock => {
  const real = {
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    now: Date.now,
  }
  const live = new Set<number>()
  const heap: Timer[] = []
  let nowMs = startMs
  let ids = 0
  let turns = 0

  const push = (timer: Timer): void => {
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up] as Timer
      if (!isBefore(timer, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = timer
  }

  const pop = (): Timer => {
    const first = heap[0] as Timer
    const last = heap.pop() as Timer
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Timer, heap[down] as Timer)) down += 1
      const child = heap[down] as Timer
      if (!isBefore(child, last)) break
      heap[at] = child
      at = down
    }
    heap[at] = last
    return first
  }

  /** The next one that has not been cleared. */
  const head = (): Timer | undefined => {
    while (heap.length > 0) {
      const first = heap[0] as Timer
      if (live.has(first.id)) return first
      pop()
    }
    return undefined
  }

  const set = (work: () => void, ms: number, isRepeated: boolean): number => {
    ids += 1
    turns += 1
    live.add(ids)
    const delayMs = Math.max(ms, 0)
    push({ id: ids, work, everyMs: isRepeated ? delayMs : undefined, due: nowMs + delayMs, turn: turns })
    return ids
  }

  /** Whoever set a timer before this clock came may take it back under it: left alone it would fire for somebody who has gone. */
  const clearWith =
    (clear: (id: NodeJS.Timeout) => void) =>
    (id: unknown): void => {
      if (typeof id === 'object' && id !== null) clear(id as NodeJS.Timeout)
      else live.delete(id as number)
    }

  const runOne = (timer: Timer): void => {
    pop()
    nowMs = Math.max(nowMs, timer.due)
    if (timer.everyMs === undefined) live.delete(timer.id)
    else {
      timer.due = nowMs + timer.everyMs
      turns += 1
      timer.turn = turns
      push(timer)
    }
    timer.work()
  }

  Object.assign(globalThis, {
    setInterval: (work: () => void, ms = 0) => set(work, ms, true),
    setTimeout: (work: () => void, ms = 0) => set(work, ms, false),
    clearInterval: clearWith(real.clearInterval),
    clearTimeout: clearWith(real.clearTimeout),
  })
  Date.now = () => nowMs

  return {
    now: () => nowMs,
    advance: (ms) => {
      const untilMs = nowMs + ms
      for (let next = head(); next !== undefined && next.due <= untilMs; next = head()) runOne(next)
      nowMs = untilMs
    },
    advanceKeeping: async (ms, keep) => {
      const untilMs = nowMs + ms
      for (let next = head(); next !== undefined && next.due <= untilMs; next = head()) {
        runOne(next)
        await keep()
      }
      nowMs = untilMs
    },
    nextMs: () => (head()?.due ?? Infinity) - nowMs,
    pending: () => live.size,
    release: () => {
      const { now, ...timers } = real
      Object.assign(globalThis, timers)
      Date.now = now
    },
  }
}
