import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import {
  createEngine,
  type Engine,
  fairMarketValue,
  type Lane,
  perMinute,
  perSecond,
  polygon,
  type Publisher,
  publish,
  type Pulled,
} from 'tickstock'

import { chained, chainStart } from './chain.ts'
import type { Segment } from './identity.ts'
import type { FrequencyName } from './vendor.ts'

/** What a reader has seen. */
export interface ReaderTally {
  readonly name: string
  /** Whether it is meant to be too slow. */
  readonly isSlow: boolean
  events: number
  /** Said to be lost by its batches. */
  lost: number
  /** Batches that did not begin where the one before had ended, less what was said to be lost. */
  astray: number
}

export interface Host {
  readonly engine: Engine
  readonly publisher: Publisher
  readonly signal: AbortSignal
  readonly readers: readonly ReaderTally[]
  readonly gaps: { opened: number; closed: number }
  /** Gaps whose place is not where the events before it end, by the frequency. */
  readonly misplacedGaps: readonly string[]
  /** Says what came before the next gap, as if it came now. */
  cutSegments(): void
  close(): Promise<void>
}

export interface HostOptions {
  readonly ports: Readonly<Record<FrequencyName, number>>
  /** Told of what has come between two gaps, as soon as the second one opens. */
  readonly onSegment: (frequency: FrequencyName, segment: Segment) => void
}

/** After how much silence a link gives a connection up, milliseconds. A stall is shorter: it must cost nothing. */
export const muteMs = 4000

const link = {
  retry: { initialMs: 50, capMs: 500, stableMs: 2000 },
  settleMs: 20,
  pingMs: 500,
  muteMs,
  closeWaitMs: 500,
} as const

/** The least a publisher takes: a client that stalls is soon cut. */
const clientBytesMax = 1024 * 1024

/** How the slow one and the one that leaves read; milliseconds, events. */
const slow = { everyMs: 250, max: 200 }
const guest = { staysMs: 1500, awayMs: 1000 }

/** An engine as a host has it: dedicated links, readers of every kind, a publisher. Everything in it ends with `close`. */
export const host = async ({ ports, onSegment }: HostOptions): Promise<Host> => {
  const abort = new AbortController()
  const at = (name: FrequencyName) => ({ url: `ws://127.0.0.1:${ports[name]}/stocks` })
  const engine = createEngine({
    provider: polygon({ apiKey: 'soak', connectionsMax: 3 }),
    links: 'dedicated',
    frequencies: [perSecond(at('per_second')), perMinute(at('per_minute')), fairMarketValue(at('fair_market_value'))],
    link,
    signal: abort.signal,
  })
  const readers: ReaderTally[] = []
  const gaps = { opened: 0, closed: 0 }
  const misplacedGaps: string[] = []
  const cutters: (() => void)[] = []

  for (const { name, batch$, gap$ } of engine.frequencies) {
    let offset = 0
    let events = 0
    let hash = chainStart
    const cut = (): void => {
      onSegment(name as FrequencyName, { events, hash })
      events = 0
      hash = chainStart
    }
    cutters.push(cut)

    batch$.subscribe((batch) => {
      for (let i = 0; i < batch.length; i += 1) hash = chained(hash, batch.wire(i))
      events += batch.length
      offset += batch.length
    })
    gap$.subscribe(({ id, toMs, positions: [position] }) => {
      gaps[toMs === undefined ? 'opened' : 'closed'] += 1
      if (toMs !== undefined) return
      if (position?.afterOffset !== offset - 1) misplacedGaps.push(`${name} ${id}`)
      cut()
    })
  }

  /** Checks that batches follow one another; what is between two is what the second one says is lost. */
  const tally = (name: string, isSlow = false): ((batch: Pulled) => void) => {
    const own: ReaderTally = { name, isSlow, events: 0, lost: 0, astray: 0 }
    let next: number | undefined
    readers.push(own)
    return ({ from, to, length, lostBefore }) => {
      if (next !== undefined && from !== next + lostBefore) own.astray += 1
      own.events += length
      own.lost += lostBefore
      next = to
    }
  }

  const trades = engine.frequency('per_second').lane('T')
  const bars = engine.frequency('per_minute').lane('AM')
  const values = engine.frequency('fair_market_value').lane('FMV')

  const each = async (lane: Lane, name: string): Promise<void> => {
    const take = tally(name)
    await lane.reader(name).each(async (batch) => {
      take(batch)
      await turn()
    })
  }

  const loop = async (lane: Lane, name: string): Promise<void> => {
    const take = tally(name)
    for await (const batch of lane.reader(name)) take(batch)
  }

  const lag = async (lane: Lane, name: string): Promise<void> => {
    const take = tally(name, true)
    await lane.reader(name).each(
      async (batch) => {
        take(batch)
        await wait(slow.everyMs, undefined, { signal: abort.signal }).catch(() => undefined)
      },
      { max: slow.max },
    )
  }

  /** Leaves after a while and comes back to where it was. */
  const visit = async (lane: Lane, name: string): Promise<void> => {
    const take = tally(name, true)
    let offset = 0
    while (!abort.signal.aborted) {
      const reader = lane.reader(name, { from: { epoch: lane.epoch, offset } })
      const untilMs = performance.now() + guest.staysMs
      for await (const batch of reader) {
        if (performance.now() > untilMs) break
        take(batch)
        offset = batch.to
      }
      reader.close()
      await wait(guest.awayMs, undefined, { signal: abort.signal }).catch(() => undefined)
    }
  }

  const publisher = await publish(engine, { port: 0, slowClient: 'cut', clientBytesMax })
  const loops = [
    each(trades, 'each'),
    lag(trades, 'slow'),
    loop(bars, 'loop'),
    loop(values, 'loop'),
    visit(values, 'guest'),
  ]
  await engine.start()

  return {
    engine,
    publisher,
    signal: abort.signal,
    readers,
    gaps,
    misplacedGaps,
    cutSegments: () => {
      for (const cut of cutters) cut()
    },
    close: async () => {
      const closed = engine.close()
      abort.abort()
      await closed
      await Promise.all(loops)
    },
  }
}
