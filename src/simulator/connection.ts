import type { Socket } from 'node:net'
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
  /** What the websocket stands on. */
  readonly tcp: Socket
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
  /** The network between the two is gone, and neither has heard of it. */
  readonly halfOpen: boolean
  status(frame: string): void
  /** Whether a frame may be handed over now. A client that reads too slowly is on its way out from here on. */
  takes(): boolean
  /** Only after `takes` has said yes. */
  data(frame: SheetFrame): void
  /** Resolves when at most `bytes` are waiting, or the connection has ended. */
  drainedTo(bytes: number): Promise<void>
  /** Cuts the TCP connection without a close frame, after what was sent has left or a second has passed. */
  drop(): void
  /** Close handshake without a reason text, after what was sent; nothing if its end is decided already. 1008 by default. */
  close(code?: number): void
  /** Resets the TCP connection in this very moment: what has not left is gone. */
  cut(): void
  /** Nothing comes in or goes out any more, and nothing tells the client. What is handed over from now on is counted and goes nowhere. */
  loseNetwork(): void
  /** Holds everything for so long, both ways, and goes on then. A later call can only make it longer. */
  freeze(ms: number): void
  /** Ends as it would with a full buffer. */
  overflow(): void
  /** Bytes of no frame of ours, between two frames. */
  write(bytes: Uint8Array): void
  /** The socket is gone. */
  ended(): void
}

/** A client that is cut gets this long to read what is still waiting for it, the reason among that. */
const lastWordsMs = 1000

/** Linux gives up a connection that nobody answers on after about so long. */
const halfOpenMs = 15 * 60_000

/**
 * Sends to one socket within a bound. A client that lets more than `bufferBytesMax` wait is told `slow_consumer` behind what waits, gets nothing more, and is
 * dropped when it has read that or after one second. So it holds at most the bound and one frame.
 */
export const connection = (
  socket: WebSocket,
  { tcp, bufferBytesMax, total, onSlow }: ConnectionOptions,
): Connection => {
  const own = tally()
  let open = true
  let halfOpen = false
  let thawsAtMs = 0
  let thaw: NodeJS.Timeout | undefined
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
    // Its end could not be heard either.
    if (halfOpen) return
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

  const overflow = (): void => {
    socket.send(frameOf([statusWire('slow_consumer', 'Too slow: the buffer of this connection is full.')]), onFlushed)
    drop()
    onSlow()
  }

  /** Says whether there is room; a connection without is on its way out from here on. */
  const takes = (): boolean => {
    if (!open) return false
    // Nothing waits for a client that nothing is sent to.
    if (halfOpen || socket.bufferedAmount <= bufferBytesMax) return true

    overflow()
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
    get halfOpen() {
      return halfOpen
    },
    status: (frame) => {
      if (takes() && !halfOpen) socket.send(frame, onFlushed)
    },
    takes,
    data: (frame) => {
      add(own, frame)
      add(total, frame)
      if (!halfOpen) socket.send(frame.bytes, { binary: false }, onFlushed)
    },
    drainedTo,
    drop,
    close: (code = 1008) => {
      // It may have been found too slow for the word that told it why.
      if (!open) return
      open = false
      if (!halfOpen) socket.close(code)
    },
    cut: () => {
      open = false
      tcp.resetAndDestroy()
    },
    loseNetwork: () => {
      halfOpen = true
      clearTimeout(thaw)
      // What stands in the buffers of this process stays there, and an end of the client is not noticed.
      tcp.cork()
      socket.pause()
      lastWords ??= setTimeout(() => {
        socket.terminate()
      }, halfOpenMs)
    },
    freeze: (ms) => {
      const untilMs = performance.now() + ms
      if (halfOpen || untilMs <= thawsAtMs) return
      if (thaw === undefined) {
        tcp.cork()
        socket.pause()
      }
      thawsAtMs = untilMs
      clearTimeout(thaw)
      thaw = setTimeout(() => {
        thaw = undefined
        tcp.uncork()
        socket.resume()
      }, ms)
    },
    overflow,
    write: (bytes) => {
      tcp.write(bytes)
    },
    ended: () => {
      open = false
      clearTimeout(lastWords)
      clearTimeout(thaw)
      onFlushed()
    },
  }
}
