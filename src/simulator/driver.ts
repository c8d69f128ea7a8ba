import { setTimeout as sleep } from 'node:timers/promises'
import type { SheetFrame } from './cohorts.ts'
import type { Connection } from './connection.ts'
import type { SentFile } from './sentFile.ts'
import type { Session } from './session.ts'

/** One connected client, as the drivers see it. */
export interface Client {
  /** Counts up from 1 over the life of the simulator. */
  readonly id: number
  readonly session: Session
  readonly connection: Connection
  /** How often its subscription set has changed. */
  changes: number
}

/** What decides when which events are sent. */
export interface Driver {
  /** Resolves when there is nothing more to come, at the latest when closed; rejects when the recorded file turns out to be broken. */
  readonly ended: Promise<void>
  /** A client's subscription set is another one now. */
  changed(client: Client): void
  /** Stops sending; resolves when nothing runs any more. */
  close(): Promise<void>
}

/** A client that sends several subscribe messages is heard out: its subscriptions count as made when none has come for so long. */
const settledMs = 100

/** Resolves when the subscriptions of `client` have been unchanged for a while. Rejects with an AbortError. */
export const settled = async (client: Client, signal: AbortSignal): Promise<void> => {
  for (let seen = -1; seen !== client.changes;) {
    seen = client.changes
    await sleep(settledMs, undefined, { signal })
  }
}

/** At speed `max` a client may have so many bytes waiting before the market waits for it. */
export const waitingBytesMax = 1024 * 1024

/** Hands one frame to many. */
export type Send = (frame: SheetFrame, clients: Iterable<Client>) => void

/** Sends to whoever takes it; with a file, what is sent to whom is written down before the first of them gets it. */
export const sendTo = (file: SentFile | undefined): Send => {
  if (file === undefined) {
    return (frame, clients) => {
      for (const { connection } of clients) if (connection.takes()) connection.data(frame)
    }
  }

  return (frame, clients) => {
    const takers = [...clients].filter(({ connection }) => connection.takes())
    file.frame(frame, takers)
    for (const { connection } of takers) connection.data(frame)
  }
}

/** A promise with its two ends, whose rejection nobody needs to handle. */
export interface Ending {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export const ending = (): Ending => {
  let resolve = (): void => {}
  let reject = (_: unknown): void => {}
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // Whoever awaits it still hears of it; nobody must.
  promise.catch(() => {})

  return { promise, resolve, reject }
}

/** For the `catch` of a loop that ends by its signal: passes every other error on. */
export const unlessAborted =
  (signal: AbortSignal, fail: (error: unknown) => void) =>
  (error: unknown): void => {
    if (!signal.aborted) fail(error)
  }
