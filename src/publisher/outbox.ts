import type { Figures } from '../../streams/ledger.ts'
import type { Member } from './cohort.ts'
import { createFlights } from './flights.ts'
import type { Tally } from './tally.ts'
import { createFrameQueue } from './frameQueue.ts'
import type { OutFrame } from './frames.ts'
import { createKept } from './kept.ts'
import type { Line } from './line.ts'
import type { SlowClient } from './options.ts'
import type { Sender } from './sender.ts'

/** Frames on their way to one client, in order. */
export interface Outbox extends Member {
  /** Queues statuses; only references. */
  say(frames: readonly OutFrame[]): void
  /** Queues a portion of what was kept, whatever there is room for. */
  portion(frames: readonly OutFrame[]): void
  /** It has caught up: frames again. */
  catchUp(): void
  /** Hands over what the line has room for. For the sender only. */
  run(): void
  /** Cuts the client if too much waits. */
  look(): void
  /** Bytes waiting, ours and the socket's. */
  readonly bytes: number
  /** Bytes with the socket. */
  readonly socketBytes: number
  /** How often the socket had no room for what waits. */
  readonly blocked: number
  /** It is waited for, until half of its bound has gone. */
  readonly isFull: boolean
  /** Frames the network has taken so far. */
  readonly taken: number
  /** Resolves when nothing waits any more, or the client is gone. */
  drained(): Promise<void>
  /** What is not with the socket yet is abandoned, and nothing more is taken. */
  stop(): void
  /** The socket is gone. */
  gone(): void
  readonly figures: () => Figures<'client'>
}

export interface OutboxOptions {
  readonly line: Line
  readonly clientBytesMax: number
  readonly slowClient: SlowClient
  readonly sender: Sender
  readonly total: Tally
  /** Called once, when it is cut: more than the bound would wait. */
  readonly onCut: () => void
  /** `latest`: it lags from now on. `wait`: it is to be waited for. */
  readonly onFull: () => void
  /** `latest`: the network has taken all; there is room for a portion. `wait`: it need not be waited for any more. */
  readonly onRoom: () => void
}

/** So much is given to the socket at a time. What it has can neither be taken back nor overtaken by a close. */
export const windowBytes = 256 * 1024

/** Then it is another client's turn. */
const framesPerRun = 16

/**
 *  cohorts ─┐
 *  statuses ┴─ push ─ queue ─ run ─ line ─ network
 *          clientBytesMax ────────────┘
 *
 * Counts events: `sent` when the network has taken their frame, `queued` until then or while they are kept, `conflated` when
 * a later one took their place, `dropped` with a client that was cut, `abandoned` with one that went or gave them up.
 *
 * What happens at the bound, which includes what the socket holds, is `slowClient`'s. `cut`: the bound is never passed.
 * `latest`: data never passes it, and what is kept instead never passes it for itself. `wait`: data passes it by what cohorts hold
 * at that moment. Statuses and pongs alone never pass it: who asks without reading the answers is cut in all three.
 */
export const createOutbox = ({
  line,
  clientBytesMax,
  slowClient,
  sender,
  total,
  onCut,
  onFull,
  onRoom,
}: OutboxOptions): Outbox => {
  const queue = createFrameQueue()
  const flights = createFlights(line, total)
  const waiters: (() => void)[] = []
  let offered = 0
  let dropped = 0
  let abandoned = 0
  let blocked = 0
  let isOpen = true
  let isCut = false
  let lags = false
  let isFull = false

  const kept = createKept(() => {
    if (kept.bytes > clientBytesMax) cut()
  })

  const bytes = (): number => queue.bytes + line.bufferedAmount
  /** Statuses, pongs and the like. */
  const otherBytes = (): number => queue.statusBytes + line.bufferedAmount - flights.bytes

  const lose = (events: number): void => {
    if (isCut) dropped += events
    else abandoned += events
  }

  const forget = (): void => {
    const keptEvents = kept.clear()
    offered += keptEvents
    lose(queue.events + keptEvents)
    queue.clear()
    lags = false
    if (isFull) {
      isFull = false
      onRoom()
    }
  }

  const settle = (): void => {
    if (flights.count > 0 || !queue.isEmpty) return
    if (lags) onRoom()
    if (waiters.length === 0 || kept.waiting > 0) return
    for (const resolve of waiters.splice(0)) resolve()
  }

  const close = (): void => {
    isOpen = false
    forget()
    settle()
  }

  const cut = (): void => {
    if (!isOpen) return
    isCut = true
    close()
    onCut()
  }

  const look = (): void => {
    if ((slowClient === 'cut' ? bytes() : otherBytes()) > clientBytesMax) cut()
  }

  /** `isRoomy`: the bound is known not to be passed by these. */
  const add = (frames: readonly OutFrame[], isRoomy = false): void => {
    for (const frame of frames) {
      offered += frame.events
      if (isOpen) queue.add(frame)
      else lose(frame.events)
      if (!isRoomy) look()
    }
    if (!queue.isEmpty) sender.wake(outbox)
  }

  const begin = (): void => {
    if (slowClient === 'latest') {
      lags = true
      kept.startRound()
    } else isFull = true
    onFull()
    // It may be that nothing waits, and all was too much at once.
    sender.wake(outbox)
  }

  const landed = (lost: number): void => {
    lose(lost)
    if (isFull && bytes() <= clientBytesMax / 2) {
      isFull = false
      onRoom()
    }
    if (!queue.isEmpty) sender.wake(outbox)
    settle()
  }

  const outbox: Outbox = {
    push: (frames) => {
      let more = 0
      for (const frame of frames) more += frame.bytes.length
      const isTooMuch = bytes() + more > clientBytesMax
      if (isOpen && slowClient === 'latest' && (lags || isTooMuch)) {
        if (!lags) begin()
        return false
      }
      add(frames, !isTooMuch)
      if (isOpen && slowClient === 'wait' && isTooMuch && !isFull) begin()
      return true
    },
    say: (frames) => {
      add(frames)
    },
    portion: (frames) => {
      add(frames)
    },
    catchUp: () => {
      lags = false
    },
    kept,
    get lags() {
      return lags
    },
    get isFull() {
      return isFull
    },
    run: () => {
      for (let i = 0; i < framesPerRun && !queue.isEmpty && line.bufferedAmount < windowBytes; i += 1)
        flights.send(queue.take(), landed)
      if (!queue.isEmpty && line.bufferedAmount < windowBytes) sender.wake(outbox)
      else if (!queue.isEmpty) blocked += 1
      settle()
    },
    look,
    get bytes() {
      return bytes()
    },
    get socketBytes() {
      return line.bufferedAmount
    },
    get blocked() {
      return blocked
    },
    get taken() {
      return flights.taken
    },
    drained: () =>
      new Promise((resolve) => {
        waiters.push(resolve)
        settle()
      }),
    stop: close,
    gone: () => {
      isOpen = false
      forget()
      lose(flights.end())
      settle()
    },
    figures: () => {
      const { waiting, conflated, abandoned: givenUp } = kept
      return {
        offered: offered + waiting + conflated + givenUp,
        sent: flights.sent,
        queued: queue.events + flights.events + waiting,
        conflated,
        dropped,
        abandoned: abandoned + givenUp,
      }
    },
  }

  return outbox
}
