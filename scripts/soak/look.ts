import { getEventListeners } from 'node:events'
import { queryObjects } from 'node:v8'
import { Subscriber } from 'rxjs'
import { LedgerImbalance } from 'tickstock'

import type { Host } from './host.ts'
import { lagMeter, type LagMeter } from './lag.ts'
import { meetSockets } from './sockets.ts'

/** What there was at one moment. Bytes are after a collection of the garbage; counts are of the moment, sums since the start. */
export interface Look {
  readonly atMs: number
  readonly events: number
  readonly heapBytes: number
  /** Outside of the heap: what frames and queues are made of. */
  readonly bufferBytes: number
  readonly rssBytes: number
  readonly timers: number
  /** Sockets, servers, pipes. */
  readonly handles: number
  /** On the websockets of engine and publisher and on the signal. */
  readonly listeners: number
  readonly reconnects: number
  readonly gapsOpened: number
  readonly gapsClosed: number
  readonly lostBySlow: number
  /** The ledger's rows that do not add up. */
  readonly imbalance: readonly string[]
}

export interface Watch {
  readonly look: () => Look
  /** Of the event loop, while nobody looks. */
  readonly lag: Pick<LagMeter, 'take' | 'maxMs'>
  readonly stop: () => void
}

/**
 * Subscribers of Observables that are alive; null where this Node cannot count them, as before 20.13. Walks the whole heap, half a
 * second and more: for a time of rest.
 */
export const subscribersNow = (): number | null =>
  typeof queryObjects === 'function' ? queryObjects(Subscriber, { format: 'count' }) : null

/** Measures this process. Made before the first socket; the garbage can be collected with `--expose-gc` only. */
export const watch = (): ((host: Host) => Watch) => {
  const sockets = meetSockets()
  const collect = (globalThis as { readonly gc?: () => void }).gc
  if (collect === undefined) throw new Error('run with --expose-gc: heap is compared after collections only')

  return (host) => {
    const startedMs = performance.now()
    const meter = lagMeter()
    meter.resume()

    return {
      look: () => {
        meter.pause()
        const resources = process.getActiveResourcesInfo()
        const timers = resources.filter((kind) => kind === 'Timeout').length
        const { links } = host.engine.health()
        const imbalance = imbalanceOf(host)
        collect()
        const { heapUsed, external, rss } = process.memoryUsage()
        const look: Look = {
          atMs: performance.now() - startedMs,
          events: links.reduce((sum, link) => sum + link.events, 0),
          heapBytes: heapUsed,
          bufferBytes: external,
          rssBytes: rss,
          timers,
          handles: resources.filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
          listeners: sockets().listeners + getEventListeners(host.signal, 'abort').length,
          reconnects: links.reduce((sum, link) => sum + link.lost, 0),
          gapsOpened: host.gaps.opened,
          gapsClosed: host.gaps.closed,
          lostBySlow: host.readers.reduce((sum, { isSlow, lost }) => sum + (isSlow ? lost : 0), 0),
          imbalance,
        }
        meter.resume()
        return look
      },
      lag: meter,
      stop: meter.pause,
    }
  }
}

const imbalanceOf = ({ engine }: Host): readonly string[] => {
  try {
    engine.ledger().assertBalanced()
    return []
  } catch (error) {
    if (error instanceof LedgerImbalance) return error.rows
    throw error
  }
}
