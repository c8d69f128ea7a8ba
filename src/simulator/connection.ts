import type { WebSocket } from 'ws'
import type { SheetFrame } from './cohorts.ts'
import { tally, type Tally } from './sent.ts'
import { frameOf, statusWire } from './wire.ts'

const add = (to: Tally, { bytes, counts }: SheetFrame): void => {
  for (const [ev, count] of counts) to.events.set(ev, (to.events.get(ev) ?? 0) + count)
  to.frames += 1
  to.bytes += bytes.length
}

export interface ConnectionOptions {
  /** Beyond so many bytes waiting for the client it is cut. */
  readonly bufferBytesMax: number
  /** Counts of all connections, kept along. */
  readonly total: Tally
  /** Called once, when the client is found too slow. */
  readonly onSlow: () => void
}

/** The sending half of one client's socket. */
export interface Connection {
  readonly tally: Tally
  /** Bytes handed over and not yet taken by the network. */
  readonly bufferedBytes: number
  /** False from the moment that its end is decided. */
  readonly open: boolean
  status(frame: string): void
  data(frame: SheetFrame): void
  /** Resolves when at most `bytes` are waiting, or the connection has ended. */
  drainedTo(bytes: number): Promise<void>
  /** Cuts the TCP connection without a close frame, after what was sent has left or a second has passed. */
  drop(): void
  /** Close handshake with 1008 and no reason, after what was sent; nothing if its end is decided already. */
  refuse(): void
  /** The socket is gone. */
  ended(): void
}

/** A client that is cut gets this long to read what is still waiting for it, the reason among that. */
const lastWordsMs = 1000

/**
 * Sends to one socket within a bound. A client that lets more than `bufferBytesMax` wait is told `slow_consumer` behind what waits, gets nothing more, and is
 * dropped when it has read that or after one second. So it holds at most the bound and one frame.
 */
export const connection = (socket: WebSocket, { bufferBytesMax, total, onSlow }: ConnectionOptions): Connection => {
  const own = tally()
  let open = true
  let lastWords: NodeJS.Timeout | undefined
  let waiting: { readonly bytes: number; readonly resolve: () => void }[] = []

  // One callback for every frame: no closure per send.
  const onFlushed = (): void => {
    if (waiting.length === 0) return
    const gone = socket.readyState === socket.CLOSED
    const done = waiting.filter(({ bytes }) => gone || socket.bufferedAmount <= bytes)
    waiting = waiting.filter((one) => !done.includes(one))
    for (const { resolve } of done) resolve()
  }

  const drop = (): void => {
    open = false
    lastWords ??= setTimeout(() => {
      socket.terminate()
    }, lastWordsMs)
    // An empty write's callback comes when everything before it has left.
    void drainedTo(0).then(() => {
      socket.terminate()
    })
  }

  const drainedTo = (bytes: number): Promise<void> => {
    if (socket.bufferedAmount <= bytes || socket.readyState === socket.CLOSED) return Promise.resolve()
    return new Promise((resolve) => {
      waiting.push({ bytes, resolve })
    })
  }

  /** Says whether there is room; a connection without is on its way out from here on. */
  const hasRoom = (): boolean => {
    if (!open) return false
    if (socket.bufferedAmount <= bufferBytesMax) return true

    socket.send(frameOf([statusWire('slow_consumer', 'Too slow: the buffer of this connection is full.')]), onFlushed)
    drop()
    onSlow()
    return false
  }

  return {
    tally: own,
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    get open() {
      return open
    },
    status: (frame) => {
      if (hasRoom()) socket.send(frame, onFlushed)
    },
    data: (frame) => {
      if (!hasRoom()) return
      add(own, frame)
      add(total, frame)
      socket.send(frame.bytes, { binary: false }, onFlushed)
    },
    drainedTo,
    drop,
    refuse: () => {
      // It may have been found too slow for the word that told it why.
      if (!open) return
      open = false
      socket.close(1008)
    },
    ended: () => {
      open = false
      clearTimeout(lastWords)
      onFlushed()
    },
  }
}
