import type { Chain } from './chain.ts'

/** What one side has passed on, connection by connection. */
export interface Connection {
  readonly number: number
  readonly chain: Chain
  /** Whether the end of it may not have arrived; settled when all has been compared. */
  readonly mayLack: boolean
}

/** What the other side has got between two gaps. */
export interface Segment {
  readonly events: number
  /** The chain's number after the last of them. */
  readonly hash: number
}

export interface Identity {
  /** Events that arrived, each one the same as was passed on, in the same order. */
  readonly same: number
  /** Events passed on that did not arrive, behind the last one that did: in a gap. */
  readonly lacking: number
  /** Sentences about events that are missing, or that nobody passed on. */
  readonly wrong: readonly string[]
}

export interface Comparison {
  /** The next segment; the connections it can be about are all known by now. */
  take(segment: Segment): void
  /** No more will come. */
  finish(): Identity
}

/**
 * Finds for each segment the connection it came through.
 *
 *     passed on   [aaaa] [bbbbbb] []  [cc]
 *     arrived     [aaaa] [bbbb]       [cc]      b lacks two, which its connection may: it was reset
 *
 * Connections are taken out of `passed` as they are found. Those that are skipped had no events, or lack all of them.
 */
export const comparison = (passed: Connection[]): Comparison => {
  const wrong: string[] = []
  const left: { readonly connection: Connection; readonly arrived: number }[] = []

  const leave = (connection: Connection, arrived: number): void => {
    connection.chain.release()
    left.push({ connection, arrived })
  }

  return {
    take: ({ events, hash }) => {
      if (events === 0) return
      const found = passed.findIndex(({ chain }) => chain.at(events) === hash)
      if (found === -1) {
        wrong.push(`${events} events arrived in a row that no connection passed on like that`)
        return
      }
      passed.splice(0, found + 1).forEach((connection, i) => leave(connection, i === found ? events : 0))
    },
    finish: () => {
      for (const connection of passed.splice(0)) leave(connection, 0)
      let same = 0
      let lacking = 0
      // Only now: how a connection ended may become known after what came through it.
      for (const { connection, arrived } of left) {
        const { number, chain, mayLack } = connection
        const short = chain.length - arrived
        same += arrived
        if (mayLack) lacking += short
        else if (short > 0)
          wrong.push(`connection ${number} passed on ${chain.length} events, of which ${short} did not arrive`)
      }
      return { same, lacking, wrong }
    },
  }
}
