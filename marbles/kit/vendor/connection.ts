import { asyncScheduler, Observable, type Subscriber } from 'rxjs'

import type { Socket, SocketSignal } from '../../../streams/link/socket.ts'
import type { EventLike } from '../../../streams/model.ts'

/** One frame as the vendor put it on the wire. */
export interface WireFrame {
  readonly url: string
  /** Counts the sockets from 1. */
  readonly connection: number
  readonly text: string
  /** The events that the vendor put into it; what a page wrote word for word is not among them. */
  readonly events: readonly EventLike[]
  /** The pairs that it acknowledges as subscribed. */
  readonly acknowledged: readonly string[]
  /** Whether the engine still listened to this socket when it was sent. */
  readonly isHeard: boolean
}

/** What a test may see of the wire. A frame that was sent and never handed over is lost. */
export interface WireWatch {
  /** On its way to a connection. */
  readonly sent?: (frame: WireFrame) => void
  /** With the engine, which still listens to this socket. */
  readonly handed?: (frame: WireFrame) => void
}

/** The vendor's side of one socket. */
export interface Connection {
  readonly id: number
  readonly url: string
  readonly channels: Set<string>
  isAuthenticated: boolean
  /** How many messages it has answered, refusals included. */
  answers: number
  /** Whether the vendor takes it for open. */
  readonly isUp: () => boolean
  readonly isHalfOpen: () => boolean
  readonly frame: (text: string, events?: readonly EventLike[], acknowledged?: readonly string[]) => void
  /** Sends the last frame that had events once more. */
  readonly repeat: () => void
  /** Many frames in one chunk: they have been read before a pause can help. */
  readonly chunk: (work: () => void) => void
  /** A close frame, behind what is on its way. */
  readonly close: (code: number) => void
  /** The connection is gone at once, and with it what was on its way. */
  readonly drop: (code?: number, error?: Error) => void
  /** For so long nothing comes but pongs; then what was sent meanwhile, in its order. */
  readonly stall: (ms: number) => void
  /** From now on nothing comes and nothing that is sent arrives, a close included; nobody tells. */
  readonly halfOpen: () => void
  /** Runs work so long from now, after all that was put off before. */
  readonly later: (ms: number, work: () => void) => void
}

export interface ConnectionOptions {
  readonly id: number
  readonly url: string
  readonly frameBytesMax: number
  readonly watch: WireWatch
  readonly isDown: () => boolean
  readonly latencyMs: () => number
  /** The upgrade is through. */
  readonly opened: (connection: Connection) => void
  readonly heard: (connection: Connection, text: string) => void
  /** Once, however it ended. */
  readonly over: (connection: Connection) => void
}

interface Held {
  readonly signal: SocketSignal
  readonly frame?: WireFrame
}

/** A socket without a network, with the vendor's side of it. */
export const connectionOf = ({
  id,
  url,
  frameBytesMax,
  watch,
  isDown,
  latencyMs,
  opened,
  heard,
  over,
}: ConnectionOptions): Socket => {
  let out: Subscriber<SocketSignal> | undefined
  let isUp = false
  // The engine has given the socket up: whatever is handed over then, it does not hear.
  let isLeft = false
  let isPaused = false
  let isHalfOpen = false
  let isReading = false
  let stalls = 0
  let held: Held[] = []
  let last: { readonly text: string; readonly events: readonly EventLike[] } | undefined
  let putOffUntilMs = -Infinity
  let arrivesMs = -Infinity
  let isDropped = false

  const hand = ({ signal, frame }: Held): void => {
    if (frame !== undefined && !isLeft) watch.handed?.(frame)
    out?.next(signal)
    if (signal.kind === 'closed') out?.complete()
  }

  const isStopped = (): boolean => stalls > 0 || (isPaused && !isReading)

  /** On its way: what is sent later comes later, whatever becomes of the latency. */
  const deliver = (item: Held): void => {
    const nowMs = asyncScheduler.now()
    arrivesMs = Math.max(arrivesMs, nowMs + latencyMs())
    if (arrivesMs === nowMs) arrive(item)
    else
      asyncScheduler.schedule(() => {
        if (!isDropped) arrive(item)
      }, arrivesMs - nowMs)
  }

  const arrive = (item: Held): void => {
    if (isHalfOpen) return
    if (item.signal.kind === 'pong' && !isPaused) hand(item)
    else if (isStopped() || held.length > 0) held.push(item)
    else hand(item)
  }

  const release = (): void => {
    // A real socket reads on in a later turn, not within the call.
    asyncScheduler.schedule(() => {
      for (let item = held[0]; item !== undefined && !isStopped(); item = held[0]) {
        held.shift()
        hand(item)
      }
    })
  }

  const end = (): boolean => {
    if (!isUp) return false
    isUp = false
    over(connection)
    return true
  }

  const connection: Connection = {
    id,
    url,
    channels: new Set(),
    isAuthenticated: false,
    answers: 0,
    isUp: () => isUp,
    isHalfOpen: () => isHalfOpen,
    frame: (text, events = [], acknowledged = []) => {
      if (!isUp) return
      // In memory of its own: what shares a block may be decoded together, and that would then depend on what else has asked for memory.
      const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
      bytes.write(text)
      const frame: WireFrame = { url, connection: id, text, events, acknowledged, isHeard: !isLeft }
      if (events.length > 0) last = { text, events }
      watch.sent?.(frame)
      if (bytes.length > frameBytesMax) connection.drop(1009, new RangeError('Max payload size exceeded'))
      else deliver({ signal: { kind: 'frame', bytes }, frame })
    },
    repeat: () => {
      if (last !== undefined) connection.frame(last.text, last.events)
    },
    chunk: (work) => {
      // Once it has paused, and behind what waits already, nothing is read ahead.
      isReading = !isPaused && held.length === 0
      work()
      isReading = false
    },
    close: (code) => {
      if (end()) deliver({ signal: { kind: 'closed', code, reason: '' } })
    },
    drop: (code = 1006, error) => {
      if (!end() || isHalfOpen) return
      held = []
      isDropped = true
      hand({ signal: { kind: 'closed', code, reason: '', ...(error === undefined ? {} : { error }) } })
    },
    stall: (ms) => {
      stalls += 1
      asyncScheduler.schedule(() => {
        stalls -= 1
        if (!isStopped()) release()
      }, ms)
    },
    halfOpen: () => {
      isHalfOpen = true
      held = []
    },
    later: (ms, work) => {
      const nowMs = asyncScheduler.now()
      putOffUntilMs = Math.max(putOffUntilMs, nowMs + ms)
      asyncScheduler.schedule(work, putOffUntilMs - nowMs)
    },
  }

  return {
    signal$: new Observable((subscriber) => {
      out = subscriber
      subscriber.add(
        asyncScheduler.schedule(() => {
          if (isDown()) {
            hand({ signal: { kind: 'closed', code: 1006, reason: '' } })
            return
          }
          isUp = true
          deliver({ signal: { kind: 'open' } })
          opened(connection)
        }),
      )
      subscriber.add(() => {
        isLeft = true
        end()
      })
    }),
    send: (text) => {
      if (isUp && !isHalfOpen) heard(connection, text)
    },
    ping: () => {
      if (isUp) deliver({ signal: { kind: 'pong', answer: true } })
    },
    pause: () => {
      isPaused = true
    },
    resume: () => {
      if (!isPaused) return
      isPaused = false
      if (!isStopped()) release()
    },
    close: (code = 1000) => {
      isLeft = true
      asyncScheduler.schedule(() => {
        if (!isHalfOpen) connection.close(code)
      })
    },
    terminate: () => {
      isLeft = true
      isHalfOpen = false
      connection.drop()
    },
  }
}
