import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { filter, firstValueFrom, merge, Observable, startWith, Subject, Subscriber, Subscription } from 'rxjs'

import { meetSockets } from '../scripts/soak/sockets.ts'
import { createEngine, fairMarketValue, perMinute, perSecond, polygon } from '../src/index.ts'
import { tickers, tradesEach } from './cuttingVendor.ts'

/*
 * The engine of reconnects.test.ts, in a process of its own: what is measured here is the engine and nothing of the test.
 *
 * Told by its parent to look, it waits until everything has come that is to come, and answers with what is there. Told to
 * close, it answers with what there has been.
 */

export interface Look {
  readonly kind: 'look'
  /** The connection to `/per_second` that is held. */
  readonly connection: number
  /** Frames that each of the other two has been sent, of one event each. */
  readonly frames: number
  /** Whether to measure; else only to wait. */
  readonly isMeasured: boolean
}

/** What is there when everything stands still. */
export interface Figures {
  /** Bytes, after collections of the garbage. */
  readonly heap: number
  /** Bytes outside of the heap. */
  readonly buffers: number
  /** Undefined where this Node cannot count them. */
  readonly counts: Readonly<Record<string, number | undefined>>
}

/** What there has been. */
export interface Story {
  /** How many trades have come from the connection with that number. */
  readonly trades: readonly number[]
  /** Trades out of order, twice, or behind one that is missing. */
  readonly misplaced: number
  /** How often per_second became what its state says. */
  readonly words: Readonly<Record<string, number>>
  /** Connections whose trades came right behind those of another, with no gap between. */
  readonly untold: readonly number[]
  readonly gaps: Readonly<Record<string, { readonly opened: number; readonly closed: number }>>
  /** The numbers of the frames that the loops over the other two have read. */
  readonly read: Readonly<Record<string, readonly number[]>>
  /** What still keeps the process alive when the engine is closed. */
  readonly leftovers: readonly string[]
}

const [url, connectionsMax] = process.argv.slice(2)
const collect = globalThis.gc as () => void
const abort = new AbortController()

const sockets = meetSockets()

// Lanes that are full at the first look do not grow any more.
const limit = 5
const engine = createEngine({
  provider: polygon({ apiKey: 'a key' }),
  links: 'dedicated',
  frequencies: [
    // Of an account each: one with too many connections would come to share them.
    perSecond({ url: `${url}/per_second`, account: 'trades', tickers, limit }),
    perMinute({ url: `${url}/per_minute`, account: 'bars', limit }),
    fairMarketValue({ url: `${url}/fair_market_value`, account: 'values', limit }),
  ],
  link: {
    retry: { initialMs: 1, capMs: 1 },
    eviction: { coolDownMs: 1, capMs: 1 },
    settleMs: 1,
    channelsPerMessage: 10,
    chunkPauseMs: 0,
  },
  signal: abort.signal,
  // There is no compiled code here, and what would be warmed up for it would still be at it.
  runtime: { warmsUp: false },
})

const changed$ = new Subject<void>()
const changed = (): void => changed$.next()

// Of a fixed size, so that keeping count does not look like a leak.
const trades = new Uint8Array(Number(connectionsMax) + 1)
const read = { per_minute: new Uint16Array(trades.length), fair_market_value: new Uint16Array(trades.length) }
const readCount = { per_minute: 0, fair_market_value: 0 }
const gaps: Record<string, { opened: number; closed: number }> = {}
const words: Record<string, number> = {}
let misplaced = 0
let newest = 0
let offset = 0
let holeAt = 0
const untold: number[] = []

const { event$, state$ } = engine.frequency('per_second')
event$.subscribe(({ sequence = NaN, id }) => {
  if (sequence > newest && holeAt !== offset) untold.push(sequence)
  newest = Math.max(newest, sequence)
  offset += 1
  if (sequence === newest && trades[sequence] === Number(id)) trades[sequence] += 1
  else misplaced += 1
})
state$.subscribe(({ word }) => (words[word] = (words[word] ?? 0) + 1))
for (const { name, gap$ } of engine.frequencies) {
  const count = (gaps[name] = { opened: 0, closed: 0 })
  gap$.subscribe(({ toMs, positions: [position] }) => {
    count[toMs === undefined ? 'opened' : 'closed'] += 1
    if (name === 'per_second' && toMs === undefined) holeAt = (position?.afterOffset ?? NaN) + 1
  })
}
merge(engine.state$, ...engine.frequencies.flatMap(({ batch$, gap$ }) => [batch$, gap$])).subscribe(changed)

const keep = (name: keyof typeof read, numbers: Iterable<number>): void => {
  for (const number of numbers) read[name][readCount[name]++] = number
  changed()
}

const loopOverBars = async (): Promise<void> => {
  for await (const bars of engine.frequency('per_minute').lane('AM').reader('loop')) {
    keep(
      'per_minute',
      [...bars].map(({ volume }) => volume),
    )
  }
}

const loops = [
  loopOverBars(),
  engine
    .frequency('fair_market_value')
    .lane('FMV')
    .reader('each')
    .each((values) =>
      keep(
        'fair_market_value',
        [...values].map(({ price }) => price),
      ),
    ),
]

const hasSettled = ({ connection, frames }: Look): boolean =>
  newest === connection &&
  trades[connection] === tradesEach &&
  Object.values(gaps).every(({ opened, closed }) => opened === closed) &&
  Object.values(readCount).every((count) => count === frames) &&
  engine.health().frequencies.every(({ state }) => state.word === 'live')

const sum = (numbers: readonly number[]): number => numbers.reduce((so, number) => so + number, 0)

/** Node has this from 20.13 on. */
const alive = (constructor: new (...args: never[]) => unknown): number | undefined =>
  typeof queryObjects === 'function' ? queryObjects(constructor, { format: 'count' }) : undefined

/** The least of some: what a collection leaves because something was just under way is none of ours. */
const heapAtLeast = async (): Promise<Pick<Figures, 'heap' | 'buffers'>> => {
  let [heap, buffers] = [Infinity, Infinity]
  for (let i = 0; i < 5; i += 1) {
    await turn()
    collect()
    const { heapUsed, external } = process.memoryUsage()
    heap = Math.min(heap, heapUsed)
    buffers = Math.min(buffers, external)
  }
  return { heap, buffers }
}

const figures = async (): Promise<Figures> => {
  const resources = process.getActiveResourcesInfo()
  const { links, frequencies } = engine.health()
  const ledger = engine.ledger()
  ledger.assertBalanced()

  const memory = await heapAtLeast()
  const live = sockets()

  return {
    ...memory,
    counts: {
      timers: resources.filter((kind) => kind === 'Timeout').length,
      'tcp sockets': resources.filter((kind) => kind === 'TCPSocketWrap').length,
      'other resources': resources.filter((kind) => kind !== 'Timeout' && kind !== 'TCPSocketWrap').length,
      websockets: live.sockets,
      'listeners on them': live.listeners,
      'listeners on the signal': getEventListeners(abort.signal, 'abort').length,
      subscribers: alive(Subscriber),
      subscriptions: alive(Subscription),
      observables: alive(Observable),
      subjects: alive(Subject),
      'ledger rows': ledger.rows.length,
      'links in health': links.length,
      'events retained': sum(frequencies.flatMap(({ lanes }) => lanes.map(({ retained }) => retained))),
      'frames in inboxes': sum(links.map(({ inbox }) => inbox.frames)),
      'dead letters': sum(engine.frequencies.map(({ deadLetters }) => deadLetters.length)),
      'open gaps': sum(Object.values(gaps).map(({ opened, closed }) => opened - closed)),
    },
  }
}

const whenSettled = (look: Look): Promise<unknown> =>
  firstValueFrom(
    changed$.pipe(
      startWith(undefined),
      filter(() => hasSettled(look)),
    ),
  )

const look = async (asked: Look): Promise<void> => {
  await whenSettled(asked)
  process.send?.(asked.isMeasured ? await figures() : {})
}

const close = async (): Promise<void> => {
  await engine.close()
  await Promise.all(loops)
  const story: Story = {
    trades: [...trades],
    misplaced,
    untold,
    words,
    gaps,
    read: {
      per_minute: [...read.per_minute.subarray(0, readCount.per_minute)],
      fair_market_value: [...read.fair_market_value.subarray(0, readCount.fair_market_value)],
    },
    // The pipes to the parent.
    leftovers: process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap'),
  }
  process.send?.(story, () => process.disconnect())
}

process.on('message', (message: Look | { readonly kind: 'close' }) => {
  void (message.kind === 'look' ? look(message) : close())
})

await engine.start()
