import { setTimeout as sleep } from 'node:timers/promises'
import type { Cohorts, Sheet } from './cohorts.ts'
import { ending, settled, unlessAborted, waitingBytesMax, type Client, type Driver, type Send } from './driver.ts'
import type { MarketEvent, Quantum } from './events.ts'
import type { Market } from './market.ts'
import { turns } from './turns.ts'
import { encodeEvent } from './wire.ts'

export interface MarketDriverOptions {
  readonly market: Market
  readonly stepMs: number
  readonly cohorts: Cohorts<Client>
  readonly send: Send
  /** Simulated ms per ms of the clock; `max`: as fast as the slowest client reads. */
  readonly speed: number | 'max'
  readonly clock: () => number
  /** Simulated ms by which everything is sent late; no effect at speed `max`. */
  readonly lagMs: number
  readonly onFailure: (error: unknown) => void
}

/** Each event is encoded at most once, and only if somebody wants it. */
const sheetOf = ({ events }: Quantum): Sheet => {
  const texts: string[] = []
  const at = (index: number): MarketEvent => events[index] as MarketEvent

  return {
    length: events.length,
    ev: (index) => at(index).ev,
    symbol: (index) => at(index).symbol,
    wire: (index) => (texts[index] ??= encodeEvent(at(index))),
    frame: undefined,
  }
}

/**
 * Lets the market run and sends what happens.
 *
 * The clock only decides how many quanta are due: each quantum is one sheet whatever the delay, so jitter of timers moves no byte. After a blocked turn the
 * quanta that are due are made up for, a turn of the event loop at a time. At a numeric speed the market runs whether anybody listens or not, and a client
 * that reads too slowly is cut. At speed `max` it begins when the first client has subscribed, stands still while nobody holds a pair, and waits for
 * whoever has more than a megabyte waiting: nothing is dropped.
 */
export const marketDriver = (options: MarketDriverOptions): Driver => {
  const { market, stepMs, cohorts, send, speed, clock, lagMs, onFailure } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const end = ending()
  const turn = turns(signal)

  const step = (): void => {
    cohorts.publish(sheetOf(market.step({ quotes: cohorts.wants('Q') })), send)
  }

  const runAt = async (pace: number): Promise<void> => {
    const beganMs = clock()
    const firstMs = market.nowMs

    for (;;) {
      const dueMs = firstMs + Math.floor(((clock() - beganMs) * pace - lagMs) / stepMs) * stepMs
      while (market.nowMs < dueMs && !turn.spent()) step()

      if (market.nowMs < dueMs) await turn.rest()
      else {
        const nextMs = beganMs + (market.nowMs - firstMs + stepMs + lagMs) / pace - clock()
        await sleep(Math.max(1, Math.min(nextMs, stepMs / pace)), undefined, { signal })
        await turn.rest()
      }
    }
  }

  /** The clients of the run at speed `max`: those that have subscribed and are still there. */
  const clients = new Set<Client>()

  const runFlatOut = async (first: Client): Promise<void> => {
    await settled(first, signal)

    while (cohorts.size > 0) {
      step()
      for (const client of clients) {
        if (!client.connection.open) clients.delete(client)
        else if (client.connection.bufferedBytes > waitingBytesMax)
          await client.connection.drainedTo(waitingBytesMax / 4)
      }
      if (turn.spent()) await turn.rest()
      signal.throwIfAborted()
    }
  }

  const fail = unlessAborted(signal, (error) => {
    onFailure(error)
    end.reject(error)
  })
  const guarded = (run: Promise<void>): Promise<void> => run.catch(fail)
  let running = speed === 'max' ? undefined : guarded(runAt(speed))

  return {
    ended: end.promise,
    changed: (client) => {
      if (speed !== 'max') return
      clients.add(client)
      running ??= guarded(runFlatOut(client)).then(() => {
        running = undefined
      })
    },
    close: async () => {
      stopping.abort()
      await running
      end.resolve()
    },
  }
}
