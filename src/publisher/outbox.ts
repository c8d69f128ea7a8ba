import type { WebSocket } from 'ws'

import type { Figures } from '../../streams/ledger.ts'
import type { OutFrame } from './frames.ts'
import type { Sender } from './sender.ts'

/** What was sent to all clients, kept along. */
export interface Tally {
  events: number
  frames: number
  bytes: number
}

/** Frames on their way to one client, in order. */
export interface Outbox {
  /** Queues them; only references. With too much waiting the client is cut, and what waits is dropped. */
  push(frames: readonly OutFrame[]): void
  /** Hands over what the socket has room for. For the sender only. */
  run(): void
  /** Cuts the client if too much waits. */
  look(): void
  /** Bytes waiting, ours and the socket's. */
  readonly bytes: number
  /** Whether the socket is the one that is waited for. */
  readonly isBlocked: boolean
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
  readonly socket: Pick<WebSocket, 'send' | 'bufferedAmount'>
  readonly bytesMax: number
  readonly sender: Sender
  readonly total: Tally
  /** Called once, when more than `bytesMax` would wait. */
  readonly onSlow: () => void
}

/** So much is given to the socket at a time. What it has can neither be taken back nor overtaken by a close. */
const windowBytes = 256 * 1024

/** Then it is another client's turn. */
const framesPerRun = 16

const asText = { binary: false } as const

/**
 *  cohorts ─┐
 *  statuses ┴─ push ─ queue ─ run ─ socket ─ network
 *              bytesMax ───────────────┘
 *
 * Counts events: `sent` when the network has taken their frame, `queued` until then, `dropped` with a client that was cut,
 * `abandoned` with one that went. The bytes bound is never passed, and includes what the socket holds.
 */
export const createOutbox = ({ socket, bytesMax, sender, total, onSlow }: OutboxOptions): Outbox => {
  let queue: OutFrame[] = []
  let head = 0
  let queueBytes = 0
  let waiting = 0
  let flying = 0
  let flights = 0
  let offered = 0
  let sent = 0
  let dropped = 0
  let abandoned = 0
  let taken = 0
  let isOpen = true
  let isCut = false
  let isGone = false
  const waiters: (() => void)[] = []

  const lose = (events: number): void => {
    if (isCut) dropped += events
    else abandoned += events
  }

  const isEmpty = (): boolean => head === queue.length

  const settle = (): void => {
    if (waiters.length === 0 || flights > 0 || !isEmpty()) return
    for (const resolve of waiters.splice(0)) resolve()
  }

  const forget = (): void => {
    lose(waiting)
    queue = []
    head = 0
    queueBytes = 0
    waiting = 0
  }

  const cut = (): void => {
    isOpen = false
    isCut = true
    forget()
    onSlow()
    settle()
  }

  const push = (frame: OutFrame): void => {
    offered += frame.events
    if (!isOpen) {
      lose(frame.events)
      return
    }
    queue.push(frame)
    queueBytes += frame.bytes.length
    waiting += frame.events
    if (outbox.bytes > bytesMax) cut()
  }

  const take = (): OutFrame => {
    const frame = queue[head] as OutFrame
    head += 1
    if (head === queue.length) {
      queue = []
      head = 0
    } else if (head > 256 && head * 2 > queue.length) {
      queue = queue.slice(head)
      head = 0
    }
    queueBytes -= frame.bytes.length
    waiting -= frame.events
    return frame
  }

  const send = (frame: OutFrame): void => {
    flying += frame.events
    flights += 1
    socket.send(frame.bytes, asText, (error) => {
      // After the end everything has been counted already.
      if (isGone) return
      flying -= frame.events
      flights -= 1
      if (error == null) {
        taken += 1
        sent += frame.events
        total.events += frame.events
        total.frames += 1
        total.bytes += frame.bytes.length
      } else {
        lose(frame.events)
      }
      if (!isEmpty()) sender.wake(outbox)
      settle()
    })
  }

  const outbox: Outbox = {
    push: (frames) => {
      for (const frame of frames) push(frame)
      if (!isEmpty()) sender.wake(outbox)
    },
    run: () => {
      for (let i = 0; i < framesPerRun; i += 1) {
        if (isEmpty() || socket.bufferedAmount >= windowBytes) return
        send(take())
      }
      if (!isEmpty()) sender.wake(outbox)
    },
    look: () => {
      if (isOpen && outbox.bytes > bytesMax) cut()
    },
    get bytes() {
      return queueBytes + socket.bufferedAmount
    },
    get isBlocked() {
      return socket.bufferedAmount > 0
    },
    get taken() {
      return taken
    },
    drained: () =>
      new Promise((resolve) => {
        waiters.push(resolve)
        settle()
      }),
    stop: () => {
      isOpen = false
      forget()
      settle()
    },
    gone: () => {
      isOpen = false
      isGone = true
      forget()
      lose(flying)
      flying = 0
      flights = 0
      settle()
    },
    figures: () => ({ offered, sent, queued: waiting + flying, conflated: 0, dropped, abandoned }),
  }

  return outbox
}
