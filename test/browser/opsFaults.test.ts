import { filter, firstValueFrom } from 'rxjs'

import {
  createEngine,
  defineFrequency,
  type Engine,
  type FrequencyOptions,
  type Health,
  type OpsServer,
  polygon,
  serveOps,
} from '../../src/index.ts'
import { boardOf } from '../../src/cli/board.ts'
import { type Chaos, simulate, type SimulateOptions, type Simulator } from '../../src/simulator/index.ts'
import { fairMarketValue } from '../../streams/codecs/fairMarketValue.ts'
import { minuteBar } from '../../streams/codecs/minuteBar.ts'
import { trade } from '../../streams/codecs/trade.ts'
import { connectTo } from '../simulatorClient.ts'
import { hasBrowser, looksOf, type Visit, visitor } from './browser.ts'

// Goal: for each fault of the chaos suite `/health`, `/metrics`, the terminal and the page in a browser (where there is one) name the frequency that is unwell within two looks of its first sign, call the others well all along,
// and all of them once it is over. On a shared link a fault of the link is everybody's.
// Method: engine, simulator and operations server in this process, over real sockets. Every look of the health is kept, and the two addresses are asked again and
// again; nothing waits for a time. What counts as a sign: a state that is not live, a gap, a reject.

jest.setTimeout(60_000)

const names = ['per_second', 'per_minute', 'fair_market_value'] as const
type Name = (typeof names)[number]
const eventTypes = { per_second: 'T', per_minute: 'AM', fair_market_value: 'FMV' } as const

// Twenty times the clock: a minute's bars every three seconds.
const market: SimulateOptions = { seed: 7, tickers: 8, rate: 40, speed: 20, stepMs: 100, secondBarsHeldMs: 0 }

/** What was found at one time on both addresses: how well each frequency is. */
type Found = Readonly<Record<Name, string>>

interface Rig {
  readonly sim: Simulator
  readonly engine: Engine
  readonly ops: OpsServer
  /** Every look so far. */
  readonly looks: readonly Health[]
  /** The page, open all along; undefined where no browser is installed. */
  readonly visit: Visit | undefined
  /** Asks until it holds, and gives everything that was found meanwhile. */
  ask(what: string, holds: (health: Found, metrics: Found) => boolean): Promise<readonly Found[]>
  close(): Promise<void>
}

const rigs: Rig[] = []
const browser = visitor()
afterAll(async () => {
  await browser.close()
  for (const rig of rigs) await rig.close()
})

interface Wish {
  readonly links: 'shared' | 'dedicated'
  readonly muteMs?: number
  readonly pingMs?: number
}

const rigOf = async ({ links, muteMs = 30_000, pingMs = 5_000 }: Wish): Promise<Rig> => {
  const sim = await simulate(market)
  // Their own vendor accounts, as dedicated links need them; and expected to speak at any time, for tests run at night.
  const own = (name: Name, ms: number): Omit<FrequencyOptions, 'channels'> => ({
    quietMs: ms,
    staleMs: 2 * ms,
    url: `${sim.url}/stocks`,
    ...(links === 'shared' ? {} : { provider: polygon({ apiKey: `key of ${eventTypes[name]}`, account: name }) }),
  })
  const engine = createEngine({
    provider: polygon({ apiKey: 'key of all', businessApiKey: 'key of all' }),
    frequencies: [
      defineFrequency({ name: 'per_second', codecs: [trade], quietMs: 1 })(own('per_second', 1_000)),
      defineFrequency({ name: 'per_minute', codecs: [minuteBar], quietMs: 1 })(own('per_minute', 120_000)),
      defineFrequency({ name: 'fair_market_value', codecs: [fairMarketValue], quietMs: 1 })(
        own('fair_market_value', 30_000),
      ),
    ],
    links,
    healthEveryMs: 100,
    link: {
      retry: { initialMs: 20, capMs: 50 },
      eviction: { times: 3, windowMs: 60_000, coolDownMs: 400, capMs: 800 },
      askAgain: { initialMs: 200, capMs: 400 },
      settleMs: 50,
      closeWaitMs: 300,
      pingMs,
      muteMs,
      frameBytesMax: 1024 * 1024,
    },
  })
  const looks: Health[] = []
  engine.health$.subscribe((health) => void looks.push(health))
  const ops = await serveOps(engine, { port: 0 })
  void engine.start()
  const visit = hasBrowser ? await browser.open(ops.url) : undefined
  // From its first look on it misses none.
  await visit?.page.waitForFunction(() => document.body.dataset.lookMs !== undefined)

  const rig: Rig = {
    sim,
    engine,
    ops,
    looks,
    visit,
    ask: async (what, holds) => {
      const all: Found[] = []
      const untilMs = Date.now() + 25_000
      let last: unknown
      while (Date.now() < untilMs) {
        const health = (await (await fetch(`${ops.url}/health`)).json()) as Health
        const text = await (await fetch(`${ops.url}/metrics`)).text()
        const found = foundIn(health)
        all.push(found)
        if (holds(found, foundInMetrics(text))) return all
        last = health.reasons
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new Error(`${what}: not found within 25 s; the last reasons were ${JSON.stringify(last)}`)
    },
    close: async () => {
      await engine.close({ drainMs: 0 })
      await sim.close()
      engine.ledger().assertBalanced()
    },
  }
  rigs.push(rig)
  await rig.ask('all are well', isAllWell)
  return rig
}

const foundIn = ({ frequencies }: Health): Found =>
  Object.fromEntries(frequencies.map(({ name, status }) => [name, status])) as Found

const foundInMetrics = (text: string): Found =>
  Object.fromEntries(
    [...text.matchAll(/^tickstock_frequency_status\{frequency="(\w+)",status="(\w+)"\} 1$/gm)].map(
      ([, name, status]) => [name, status],
    ),
  ) as Found

const isAllWell = (health: Found, metrics: Found): boolean =>
  names.every((name) => health[name] === 'ok' && metrics[name] === 'ok')

/** Strikes, and holds what is told meanwhile against the rule, until all are well again. */
const expectNamed = async (
  rig: Rig,
  victims: readonly Name[],
  strike: () => unknown,
  { mend = () => undefined, hasSign = true }: { readonly mend?: () => unknown; readonly hasSign?: boolean } = {},
): Promise<void> => {
  const { engine, looks } = rig
  await rig.ask('all are well before', isAllWell)
  const from = looks.length
  const signs = new Map<Name, number>()
  const sign = (name: Name) => (): void => {
    if (!signs.has(name)) signs.set(name, looks.length)
  }
  const watching = victims.flatMap((name) => {
    const one = engine.frequency(name)
    return [
      one.state$.subscribe(({ word, channels }) => {
        if (!['live', 'quiet'].includes(word) || channels !== 'live') sign(name)()
      }),
      one.gap$.subscribe(sign(name)),
      engine.reject$.subscribe(sign(name)),
    ]
  })

  await strike()
  const unwell = await rig.ask(`${victims.join()} is named`, (health, metrics) =>
    victims.every((name) => health[name] !== 'ok' && metrics[name] !== 'ok'),
  )
  await mend()
  const mended = await rig.ask('all are well again', isAllWell)
  for (const one of watching) one.unsubscribe()

  const others = names.filter((name) => !victims.includes(name))
  for (const name of others) {
    for (const found of [...unwell, ...mended]) expect([name, found[name]]).toEqual([name, 'ok'])
    for (const look of looks.slice(from)) {
      expect([name, look.reasons.filter((reason) => reason.startsWith(name))]).toEqual([name, []])
    }
  }
  await expectShown(rig, looks.slice(from))
  for (const name of victims) {
    if (!hasSign) continue
    const at = signs.get(name) ?? NaN
    const named = looks.slice(at, at + 2).map(({ reasons }) => reasons.some((reason) => reason.startsWith(`${name} `)))
    expect([name, named.includes(true)]).toEqual([name, true])
  }
}

const verdicts = { '●': 'ok', '▲': 'degraded', '■': 'down' } as const

/** How well each frequency is by what the terminal draws of a look. */
const drawnOf = (look: Health): Found => {
  const lines = boardOf(look, { width: 300, isColoured: false, ratesOf: () => [] }).join('\n')
  const rows = [...lines.matchAll(/^(\w+) +([●▲■]) /gm)]
  return Object.fromEntries(rows.map(([, name, mark]) => [name, verdicts[mark as keyof typeof verdicts]])) as Found
}

/** What terminal and page show of a frequency is what the look said, look by look; the last of them is awaited. */
const expectShown = async ({ visit }: Rig, looks: readonly Health[]): Promise<void> => {
  for (const look of looks) expect([look.nowMs, drawnOf(look)]).toEqual([look.nowMs, foundIn(look)])
  if (visit === undefined) return
  const last = looks.at(-1)?.nowMs ?? 0
  await visit.page.waitForFunction((atMs) => Number(document.body.dataset.lookMs) >= atMs, last)
  const shown = await looksOf(visit.page)
  for (const look of looks) expect([look.nowMs, shown.get(look.nowMs)]).toEqual([look.nowMs, foundIn(look)])
  expect(visit.complaints).toEqual([])
}

let rig: Rig
const chaos = (): Chaos => rig.sim.chaos

describe('a fault of one frequency', () => {
  beforeAll(async () => {
    rig = await rigOf({ links: 'dedicated' })
  })

  it.each<[string, Name, (at: { channel: string }) => number]>([
    ['kill', 'per_second', (at) => chaos().kill(at)],
    ['kill', 'per_minute', (at) => chaos().kill(at)],
    ['kill', 'fair_market_value', (at) => chaos().kill(at)],
    ['slowReader', 'per_second', (at) => chaos().slowReader(at)],
    ['garbage utf8', 'per_second', (at) => chaos().garbage('utf8', at)],
    ['garbage frame', 'per_second', (at) => chaos().garbage('frame', at)],
    ['garbage json', 'fair_market_value', (at) => chaos().garbage('json', at)],
    ['oversized', 'per_second', (at) => chaos().oversized(1024 * 1024 + 1, at)],
    ['evict', 'per_minute', (at) => chaos().evict(at)],
    ['forceDisconnect', 'per_second', (at) => chaos().forceDisconnect(at)],
    ['authTimeout', 'per_second', (at) => chaos().authTimeout(at)],
    ['serverError', 'per_second', (at) => chaos().serverError(at)],
    ['goingAway', 'fair_market_value', (at) => chaos().goingAway(at)],
  ])('%s %s', async (_title, name, strike) => {
    await expectNamed(rig, [name], () => expect(strike({ channel: eventTypes[name] })).toBe(1))
  })

  it('wrongKey per_second: until it is lifted and started again', async () => {
    await expectNamed(rig, ['per_second'], () => chaos().wrongKey({ channel: 'T' }), {
      mend: async () => {
        await rig.ask('halted', (health) => health.per_second === 'down')
        expect(rig.engine.health().reasons.join()).toMatch(/per_second is (recovering|halted)/)
        chaos().lift('wrongKey')
        rig.engine.frequency('per_second').restart()
      },
    })
  })

  it('refuse per_minute: until it is lifted', async () => {
    await expectNamed(
      rig,
      ['per_minute'],
      () => {
        chaos().refuse('AM')
        chaos().kill({ channel: 'AM' })
      },
      { mend: () => chaos().lift('refuse') },
    )
  })

  it('evicted per_second: while a second client of the account fights for its place', async () => {
    await expectNamed(rig, ['per_second'], async () => {
      const { state$ } = rig.engine.frequency('per_second')
      let isOver = false
      const fighting = firstValueFrom(state$.pipe(filter(({ word }) => word === 'evicted'))).then(() => (isOver = true))
      // Each side comes back as soon as it was thrown out, which throws the other out.
      while (!isOver) {
        const other = await connectTo(`${rig.sim.url}/stocks`)
        other.socket.on('error', () => {})
        other.send('auth', 'key of T')
        await Promise.race([other.closed, fighting])
        other.socket.terminate()
        await other.closed
      }
    })
  })

  it('freeze per_second: silence where events are expected', async () => {
    await expectNamed(rig, ['per_second'], () => chaos().freeze(4_000, { channel: 'T' }))
  })

  it.each<[string, () => number]>([
    ['freeze, shorter than anybody would notice', () => chaos().freeze(100, { channel: 'T' })],
    ['oversized below the limit', () => chaos().oversized(1024 * 1024, { channel: 'FMV' })],
  ])('%s is none, and nobody is named', async (_title, strike) => {
    await rig.ask('all are well before', isAllWell)
    const from = rig.looks.length
    expect(strike()).toBe(1)
    await rig.ask('twelve looks', () => rig.looks.length >= from + 12)
    expect(
      rig.looks.slice(from).flatMap(({ reasons }) => reasons.filter((reason) => /^(per|fair)_/.test(reason))),
    ).toEqual([])
  })
})

describe('silence of one frequency', () => {
  // Pings often, for what only they can show. A busy machine is silent for a second or two.
  beforeAll(async () => {
    rig = await rigOf({ links: 'dedicated', muteMs: 5_000, pingMs: 500 })
  })

  it('halfOpen per_second: stale, until the link is given up', async () => {
    await expectNamed(rig, ['per_second'], () => chaos().halfOpen({ channel: 'T' }), { hasSign: false })
  })

  it.each<Name>(['per_second', 'per_minute'])('noPong %s, though events come: by its pings', async (name) => {
    const channel = eventTypes[name]
    await expectNamed(rig, [name], () => chaos().noPong({ channel }), {
      hasSign: false,
      mend: () => {
        // A busy machine may be a reason of its own beside it.
        const said = new RegExp(`^${name} is on \\S+, which has not answered \\d+ pings?$`)
        expect(rig.engine.health().reasons.filter((reason) => reason.startsWith(name))).toEqual([
          expect.stringMatching(said),
        ])
        // Of a connection that brings events it is no reason to end it.
        return chaos().kill({ channel })
      },
    })
  })
})

describe('a fault of a link that all share', () => {
  beforeAll(async () => {
    rig = await rigOf({ links: 'shared' })
  })

  it.each<[string, () => number]>([
    ['kill', () => chaos().kill()],
    ['evict', () => chaos().evict()],
    ['garbage json', () => chaos().garbage('json')],
  ])('%s is named of every frequency on it', async (_title, strike) => {
    await expectNamed(rig, names, () => expect(strike()).toBe(1))
  })
})
