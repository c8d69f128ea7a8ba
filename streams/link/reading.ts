import type { FrameRun, FrameSignal } from './linkSignal.ts'

/** Of larger messages the price is paid by their bytes, and each goes by itself. */
export const smallBytes = 1024

/** So many bytes go on together at most: what the pump takes in one turn is to stay about what it was told. */
const runBytesMax = 8 * 1024

export interface ReadingOptions {
  readonly session: number
  readonly hand: (signal: FrameSignal | FrameRun) => void
  /** Unix milliseconds. */
  readonly now: () => number
  /** Stamps what has come, finer than `now`. Nothing is stamped without it. */
  readonly stopwatch?: (() => number) | undefined
}

/** The messages of one socket, as they are read. */
export interface Reading {
  /** When the newest read came, or the peer was heard otherwise: Unix milliseconds. */
  readonly heardMs: number
  take(bytes: Buffer): void
  /** Hands on what is held; to be called before anything else is said of the socket. */
  flush(): void
  /** The peer was heard, though not by a message. */
  heard(): void
}

/**
 * Hands on messages in the order in which they come, at the latest when the read that brought them is over.
 *
 *     read      (abcde)-f-(gHi)      capitals are large
 *     handed    (aR)----f-(gHi)      R = b, c, d and e as a run
 *
 * A socket is read in blocks of memory, and says all messages of one in a row. The first of a block goes on at once, so does a large one;
 * small ones behind it wait for the end of the read, a microtask, and go on as one: what a message costs on its way is then paid once for all
 * of them. They have come at once, so the two clocks are asked once: for each of a hundred small messages that would cost as much as to decode them.
 */
export const createReading = ({ session, hand, now, stopwatch }: ReadingOptions): Reading => {
  // Small messages of several reads may share Node's pool: nothing is said by lying in it.
  let block: ArrayBufferLike | undefined
  let heardMs = now()
  let arrivedAt: number | undefined
  let held: Buffer[] | undefined
  let heldBytes = 0
  let isAwaited = false

  const flush = (): void => {
    if (held === undefined) return
    const run: FrameRun = {
      kind: 'run',
      frames: held,
      bytes: heldBytes,
      block: block as ArrayBufferLike,
      receivedMs: heardMs,
      session,
      ...(arrivedAt === undefined ? {} : { arrivedAt }),
    }
    held = undefined
    heldBytes = 0
    hand(run)
  }

  const readOver = (): void => {
    isAwaited = false
    flush()
  }

  const alone = (bytes: Buffer): void => {
    const frame =
      arrivedAt === undefined
        ? { bytes, receivedMs: heardMs, session }
        : { bytes, receivedMs: heardMs, session, arrivedAt }
    hand({ kind: 'frame', frame })
  }

  const heard = (): void => {
    heardMs = now()
    block = undefined
  }

  return {
    get heardMs() {
      return heardMs
    },
    take: (bytes) => {
      const { buffer, length } = bytes
      if (buffer !== block || buffer.byteLength <= Buffer.poolSize) {
        flush()
        block = buffer
        heardMs = now()
        arrivedAt = stopwatch?.()
        alone(bytes)
      } else if (length > smallBytes) {
        flush()
        alone(bytes)
      } else {
        if (held === undefined) {
          held = []
          if (!isAwaited) queueMicrotask(readOver)
          isAwaited = true
        }
        held.push(bytes)
        heldBytes += length
        if (heldBytes >= runBytesMax) flush()
      }
    },
    flush,
    heard,
  }
}
