import { setTimeout as sleep } from 'node:timers/promises'
import { frameOfSheet, type Cohorts, type Sheet } from './cohorts.ts'
import { ending, settled, unlessAborted, waitingBytesMax, type Client, type Driver, type Send } from './driver.ts'
import { readFrames } from './framesFile.ts'
import { turns } from './turns.ts'

export interface FramesDriverOptions {
  readonly path: string
  readonly send: Send
  readonly onFailure: (error: unknown) => void
}

export interface TimelineOptions extends FramesDriverOptions {
  readonly cohorts: Cohorts<Client>
  /** Recorded ms per ms of the clock. */
  readonly speed: number
  readonly clock: () => number
  /** Recorded ms by which everything is sent late. */
  readonly lagMs: number
}

/** The clock may be one that a test holds: it is asked again at least so often. */
const clockAskedMs = 50

/**
 * One timeline for everybody: begins when the first client has subscribed, and whoever comes later, or comes back, has missed what was in between.
 * The recorded arrival times set the pace; a frame recorded before the one that precedes it follows at once.
 */
export const timelineDriver = ({ path, cohorts, send, speed, clock, lagMs, onFailure }: TimelineOptions): Driver => {
  const stopping = new AbortController()
  const { signal } = stopping
  const end = ending()
  let running: Promise<void> | undefined

  const run = async (first: Client): Promise<void> => {
    await settled(first, signal)

    const turn = turns(signal)
    const beganMs = clock()
    let firstAtMs: number | undefined
    for await (const { atMs, sheet } of readFrames(path)) {
      firstAtMs ??= atMs
      const dueMs = beganMs + (atMs - firstAtMs + lagMs) / speed
      for (let nowMs = clock(); nowMs < dueMs; nowMs = clock()) {
        await sleep(Math.max(1, Math.min(dueMs - nowMs, clockAskedMs)), undefined, { signal })
      }
      if (turn.spent()) await turn.rest()
      signal.throwIfAborted()
      cohorts.publish(sheet, send)
    }
    end.resolve()
  }

  return {
    ended: end.promise,
    changed: (client) => {
      running ??= run(client).catch(
        unlessAborted(signal, (error) => {
          onFailure(error)
          end.reject(error)
        }),
      )
    },
    close: async () => {
      stopping.abort()
      await running
      end.resolve()
    },
  }
}

const wantedBy = ({ session: { subscriptions } }: Client, sheet: Sheet): readonly number[] => {
  const picked: number[] = []
  for (let index = 0; index < sheet.length; index++) {
    if (subscriptions.wants(sheet.ev(index), sheet.symbol(index))) picked.push(index)
  }
  return picked
}

/**
 * The whole file for each connection by itself, as fast as that connection reads: begins when it has subscribed, waits while a megabyte is waiting for it,
 * drops nothing. A change of its subscriptions counts from the next frame on.
 * Ends when somebody has heard the file to its end and nobody else is in the middle of it.
 */
export const playbackDriver = ({ path, send, onFailure }: FramesDriverOptions): Driver => {
  const stopping = new AbortController()
  const { signal } = stopping
  const end = ending()
  const heard = new WeakSet<Client>()
  const running = new Set<Promise<void>>()
  let finished = false

  const run = async (client: Client): Promise<void> => {
    const { connection } = client
    await settled(client, signal)

    const turn = turns(signal)
    for await (const { sheet } of readFrames(path)) {
      if (turn.spent()) await turn.rest()
      if (connection.bufferedBytes > waitingBytesMax) await connection.drainedTo(waitingBytesMax / 4)
      if (!connection.open || signal.aborted) return

      const picked = wantedBy(client, sheet)
      if (picked.length > 0) send(frameOfSheet(sheet, picked), [client])
    }
    finished = true
  }

  return {
    ended: end.promise,
    changed: (client) => {
      if (heard.has(client)) return
      heard.add(client)

      const playing = run(client)
        .catch(
          unlessAborted(signal, (error) => {
            onFailure(error)
            end.reject(error)
          }),
        )
        .then(() => {
          running.delete(playing)
          if (finished && running.size === 0) end.resolve()
        })
      running.add(playing)
    },
    close: async () => {
      stopping.abort()
      await Promise.all(running)
      end.resolve()
    },
  }
}
