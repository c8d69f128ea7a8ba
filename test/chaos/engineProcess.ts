import { createEngine, fairMarketValue, perMinute, perSecond, polygon, type Gap } from '../../src/index.ts'

/*
 * An engine in a process of its own, run by engineChild.ts: three frequencies on dedicated links to the address that it is given (with muteMs), each with a key
 * that is an account of its own. It tells its parent every event as delivered by `each`, in the event's own bytes, every gap and every change of
 * state, and looks at the ledger all along. It ends when it is told to, or when its parent has gone.
 */

export type LaneName = 'per_second/T' | 'per_minute/AM' | 'fair_market_value/FMV'

export type Told =
  | {
      readonly kind: 'events'
      readonly lane: LaneName
      readonly from: number
      readonly lostBefore: number
      readonly gapBefore: string | undefined
      readonly wires: readonly string[]
    }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | {
      readonly kind: 'state'
      readonly frequency: string
      readonly word: string
      readonly link: string
      readonly reason: string | undefined
    }
  | { readonly kind: 'imbalance'; readonly message: string }
  | { readonly kind: 'synced'; readonly number: number; readonly rejected: number }
  | { readonly kind: 'end'; readonly balanced: boolean; readonly looks: number }

export type Asked =
  /** Answered when the readers have been handed everything that the lanes hold. */
  | { readonly do: 'sync'; readonly number: number }
  | { readonly do: 'stop' | 'start'; readonly frequency: 'per_second' | 'per_minute' | 'fair_market_value' }
  | { readonly do: 'close' }

const [url = '', muteMs = ''] = process.argv.slice(2)
const tell = (told: Told): void => void process.send?.(told)

/** One vendor account, hence one connection, per frequency. */
const from = (account: string) => ({
  url,
  provider: polygon({ apiKey: `key of ${account}`, account }),
  // The reader has to be told everything, however long its process was not served.
  limit: 200_000,
})

const engine = createEngine({
  provider: polygon({ apiKey: 'not used' }),
  frequencies: [perSecond(from('T')), perMinute(from('AM')), fairMarketValue(from('FMV'))],
  links: 'dedicated',
  link: {
    retry: { initialMs: 20, capMs: 50 },
    eviction: { times: 3, windowMs: 60_000, coolDownMs: 400, capMs: 800 },
    askAgain: { initialMs: 200, capMs: 400 },
    settleMs: 50,
    closeWaitMs: 300,
    lingerMs: 100,
    pingMs: 200,
    muteMs: Number(muteMs),
    frameBytesMax: 1024 * 1024,
  },
})

const lanes = [
  ['per_second/T', engine.frequency('per_second').lane('T')],
  ['per_minute/AM', engine.frequency('per_minute').lane('AM')],
  ['fair_market_value/FMV', engine.frequency('fair_market_value').lane('FMV')],
] as const

const readers = lanes.map(([name, lane]) => {
  const reader = lane.reader('chaos')
  const loop = reader.each((batch) => {
    tell({
      kind: 'events',
      lane: name,
      from: batch.from,
      lostBefore: batch.lostBefore,
      gapBefore: batch.gapBefore?.id,
      wires: Array.from({ length: batch.length }, (_, i) => Buffer.from(batch.wire(i)).toString()),
    })
  })
  return { reader, loop }
})

for (const frequency of engine.frequencies) {
  frequency.gap$.subscribe((gap) => tell({ kind: 'gap', gap }))
  frequency.state$.subscribe(({ word, link, reason }) =>
    tell({ kind: 'state', frequency: frequency.name, word, link: link.kind, reason }),
  )
}

let looks = 0
const look = (): void => {
  looks += 1
  const ledger = engine.ledger()
  if (ledger.balanced) return
  try {
    ledger.assertBalanced()
  } catch (error) {
    tell({ kind: 'imbalance', message: String(error) })
  }
}
const looking = setInterval(look, 10)
for (const frequency of engine.frequencies) frequency.batch$.subscribe(look)

const handedAll = async (): Promise<void> => {
  while (readers.some(({ reader }) => reader.lag > 0)) await new Promise((resolve) => setTimeout(resolve, 5))
}

const end = async (): Promise<void> => {
  await engine.close({ drainMs: 2_000 })
  await Promise.all(readers.map(({ loop }) => loop))
  clearInterval(looking)
  look()
  tell({ kind: 'end', balanced: engine.ledger().balanced, looks })
  process.disconnect()
}

process.on('message', (asked: Asked) => {
  switch (asked.do) {
    case 'sync': {
      const rejected = engine.health().links.reduce((sum, link) => sum + link.rejected, 0)
      void handedAll().then(() => tell({ kind: 'synced', number: asked.number, rejected }))
      break
    }
    case 'stop':
      engine.frequency(asked.frequency).stop()
      break
    case 'start':
      engine.frequency(asked.frequency).start()
      break
    case 'close':
      void end()
  }
})
process.on('disconnect', () => process.exit(0))

void engine.start()
