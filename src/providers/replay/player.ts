import { asyncScheduler, Observable, type Subscriber, Subscription } from 'rxjs'

import { type OpenSocket, type Socket, type SocketSignal, SocketUsed } from '../../../streams/link/socket.ts'
import type { Turn } from '../../../streams/pump.ts'
import { timerMsMax } from '../../../streams/timerMs.ts'
import { frameOf, framesOfStatuses, requestOf, statusWire } from '../../vendorWire.ts'
import type { ItemSource } from './item.ts'
import type { Timeline } from './timeline.ts'

export interface PlayerOptions {
  readonly source: ItemSource
  readonly timeline: Timeline
  /** Runs what comes next in a later turn of the loop, so that what was played can be looked at. */
  readonly turn: Turn
  /** Told of each item that was played, after it was. */
  readonly played: (item: { readonly kind: 'frame' | 'loss'; readonly atMs: number; readonly bytes: number }) => void
  /** Nothing more will be played, once. */
  readonly over: (failure: Error | undefined) => void
}

/** One link of a replay: one socket after the other, and between them what was recorded. */
export interface Player {
  readonly openSocket: OpenSocket
  readonly isOver: boolean
  close(): void
}

/** Played in one turn, at most. */
const sliceBytes = 64 * 1024

/** A link that asks for channels in several messages is heard out: nothing is played until none has come for so long. */
const settleMs = 20

/** A socket that is open, as the player sees it. */
interface Seat {
  readonly out: Subscriber<SocketSignal>
  isReady: boolean
  isPaused: boolean
}

/**
 * Speaks the vendor's part of the handshake, then plays.
 *
 *     socket     o-s-a-s-u-s---fffff---f-l      o = open, s = status, a, u = auth, subscribe of the link, f = frame, l = lost
 *     paused     -------------------ppp----     what is due then waits, and comes at once afterwards
 *
 * After a loss the next socket opens when the recording goes on, and what comes for it waits for it: nothing is skipped. At the end of the
 * recording the socket stays open and silent. Where the recording cannot be read, sockets close and open no more, with the reason.
 */
export const createPlayer = ({ source, timeline, turn, played, over }: PlayerOptions): Player => {
  let seat: Seat | undefined
  /** A socket that wants to open. */
  let opening: { readonly by: Seat; readonly open: () => void } | undefined
  /** After a loss: until the recording goes on. */
  let isHeld = false
  let cancel: (() => void) | undefined
  let isOver = false
  let isClosed = false

  const later = (work: () => void, ms: number): Subscription => asyncScheduler.schedule(work, Math.min(ms, timerMsMax))

  const wake = (): void => {
    if (isClosed) return
    cancel ??= turn(run)
  }

  const wakeIn = (ms: number): void => {
    const timer = later(run, ms)
    cancel ??= () => {
      timer.unsubscribe()
    }
  }

  const finish = (): void => {
    const { failure } = source
    if (failure !== undefined) leave({ kind: 'closed', code: 1011, reason: '', error: failure })
    if (isOver) return
    isOver = true
    over(failure)
  }

  const leave = (closed: Extract<SocketSignal, { readonly kind: 'closed' }>): void => {
    const own = seat
    seat = undefined
    own?.out.next(closed)
    own?.out.complete()
  }

  const run = (): void => {
    cancel = undefined
    let bytes = 0
    for (;;) {
      const mayOpen = opening !== undefined && isHeld
      if (!mayOpen && (seat === undefined || !seat.isReady || seat.isPaused)) return
      const item = source.peek()
      if (item === undefined) {
        if (source.isOver) finish()
        else source.whenMore(wake)
        return
      }
      const waitMs = timeline.waitMs(item.atMs)
      if (waitMs > 0) {
        wakeIn(waitMs)
        return
      }
      if (mayOpen) {
        opening?.open()
        return
      }
      if (bytes >= sliceBytes) {
        wake()
        return
      }
      source.take()
      if (item.kind === 'frame') {
        bytes += item.bytes.length
        seat?.out.next({ kind: 'frame', bytes: item.bytes })
        played({ kind: 'frame', atMs: item.atMs, bytes: item.bytes.length })
      } else {
        isHeld = true
        played({ kind: 'loss', atMs: item.atMs, bytes: 0 })
        leave({ kind: 'closed', code: item.code, reason: '', error: new Error(`as recorded: ${item.message}`) })
      }
      if (source.isOver) {
        finish()
        return
      }
    }
  }

  const openSocket: OpenSocket = () => {
    let own: Seat | undefined
    let isUsed = false
    let isPaused = false
    const timers = new Subscription()
    const isUp = (): boolean => own !== undefined && own === seat

    const say = (signal: () => SocketSignal): void => {
      timers.add(
        later(() => {
          if (isUp()) own?.out.next(signal())
        }, 0),
      )
    }
    const answer = (texts: readonly string[]): void => {
      for (const text of texts) say(() => ({ kind: 'frame', bytes: Buffer.from(text) }))
    }

    const settle = (): void => {
      timers.add(
        later(() => {
          if (!isUp() || own === undefined || own.isReady) return
          own.isReady = true
          timeline.begin()
          wake()
        }, settleMs),
      )
    }

    const end = (code: number): void => {
      timers.add(
        later(() => {
          if (isUp()) leave({ kind: 'closed', code, reason: '' })
        }, 0),
      )
    }

    const socket: Socket = {
      signal$: new Observable<SocketSignal>((subscriber) => {
        if (isUsed) {
          subscriber.error(new SocketUsed())
          return undefined
        }
        isUsed = true
        own = { out: subscriber, isReady: false, isPaused }
        const me = own

        const open = (): void => {
          opening = undefined
          isHeld = false
          seat = me
          subscriber.next({ kind: 'open' })
          answer([frameOf([statusWire('connected', 'Connected Successfully')])])
        }
        const refuse = (failure: Error): void => {
          timers.add(
            later(() => {
              subscriber.next({ kind: 'closed', code: 1006, reason: '', error: failure })
              subscriber.complete()
            }, 0),
          )
        }

        if (source.isOver && source.failure !== undefined) refuse(source.failure)
        else {
          opening = { by: me, open }
          if (isHeld) wake()
          else
            timers.add(
              later(() => {
                if (opening?.by === me) open()
              }, 0),
            )
        }

        return () => {
          timers.unsubscribe()
          if (seat === me) seat = undefined
          if (own === me) own = undefined
          if (opening?.by === me) opening = undefined
        }
      }),
      send: (text) => {
        if (!isUp()) return
        const request = requestOf(text)
        if (typeof request === 'string') return
        const channels = request.params.split(',').map((channel) => channel.trim())
        const acknowledged = (word: string): readonly string[] =>
          framesOfStatuses(channels.map((channel) => statusWire('success', `${word}: ${channel}`)))
        if (request.action === 'auth') answer([frameOf([statusWire('auth_success', 'authenticated')])])
        else if (request.action === 'unsubscribe') answer(acknowledged('unsubscribed to'))
        else if (request.action === 'subscribe') {
          answer(acknowledged('subscribed to'))
          settle()
        }
      },
      ping: () => {
        say(() => ({ kind: 'pong', answer: true }))
      },
      pause: () => {
        isPaused = true
        if (own !== undefined) own.isPaused = true
      },
      resume: () => {
        isPaused = false
        if (own === undefined) return
        own.isPaused = false
        wake()
      },
      close: (code = 1000) => {
        end(code)
      },
      terminate: () => {
        end(1006)
      },
    }
    return socket
  }

  return {
    openSocket,
    get isOver() {
      return isOver
    },
    close: () => {
      isClosed = true
      cancel?.()
      source.close()
      if (!isOver) {
        isOver = true
        over(undefined)
      }
    },
  }
}
