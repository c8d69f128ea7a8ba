import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { simulate, type Chaos, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'
import { sumOf, type Sums } from './chaos/account.ts'
import { folderOf, frequencies, pairOf, type Pair, type Tested } from './chaos/pair.ts'
import { connectTo } from './simulatorClient.ts'

// Goal: whatever happens to a connection, every event that was sent on it was delivered, or lies in a gap that was reported at that very place; the
// other frequencies lose nothing and see nothing; the frequency comes back; the ledger balances all the time.
// Method: the engine in a process of its own, over real sockets, on dedicated links; the simulator with its file of what was sent, in this process where its door
// is needed, and as the command where it is killed with -9. Nothing waits for a time: only for what the two say. See test/chaos/account.ts for the rule.

jest.setTimeout(60_000)

/** Twenty times the clock: a minute's bars every three seconds. Repeated trades are sent twice, and have to come twice. */
const market: SimulateOptions = {
  seed: 7,
  tickers: 8,
  rate: 40,
  speed: 20,
  stepMs: 200,
  repeatedTrades: 0.02,
  secondBarsHeldMs: 0,
}

const [trades, bars, values] = frequencies
const folder = folderOf('chaos')
const pairs: Pair[] = []
const figures: string[] = []

/** Whatever a test leaves: no process of ours outlives the suite. */
afterAll(() => {
  for (const { engine } of pairs) engine.kill()
  folder.end()
  if (process.env.CHAOS_FIGURES !== undefined) process.stdout.write(`${figures.join('\n')}\n`)
})

const note = (title: string, sums: object): void => void figures.push(`${title}: ${JSON.stringify(sums)}`)

/** Only where silence is the fault is it judged soon: a machine that is busy with other things is silent for seconds. */
const patientMs = 30_000
const impatientMs = 4_000

const pairWith = (url: string, sentFile: string, muteMs = patientMs): Pair => {
  const pair = pairOf(`${url}/stocks`, sentFile, { muteMs })
  pairs.push(pair)
  return pair
}

/** The others have had everything that was sent to them up to now, and no gap. */
const expectUntouched = async (pair: Pair, victim: Tested, gapsBefore: ReadonlyMap<string, number>): Promise<void> => {
  for (const other of frequencies.filter((one) => one !== victim)) {
    const { sent, inGap } = sumOf(pair.account(other))
    const { wires } = pair.engine.lanes[other.lane]
    await pair.engine.until(`${other.ev} has all that was sent`, () => wires.length >= sent - inGap)
    pair.account(other)
    expect(pair.engine.gaps(other.name)).toHaveLength(gapsBefore.get(other.name) ?? 0)
    expect(pair.engine.word(other.name)).toBe('live')
  }
}

const gapsAreOpen = ({ engine }: Pair): Promise<void> =>
  engine.until('every link has noticed the end', () =>
    frequencies.every(({ name }) => {
      const last = engine.gaps(name).at(-1)
      return last !== undefined && last.toMs === undefined
    }),
  )

/** Nothing is left under way, and nothing was wrong all along. */
const expectAccounted = async (title: string, pair: Pair): Promise<Readonly<Record<string, Sums>>> => {
  const { engine } = pair
  await gapsAreOpen(pair)
  await engine.sync()
  const sums = pair.accountAll()
  for (const { sent, delivered, inGap, underWay } of Object.values(sums)) {
    expect(underWay).toBe(0)
    expect(delivered + inGap).toBe(sent)
  }
  // Of bars there may be none within a short run.
  expect(sums.T?.sent).toBeGreaterThan(0)
  expect(sums.FMV?.sent).toBeGreaterThan(0)
  note(title, sums)

  const { balanced, looks, code } = await engine.end()
  expect(engine.complaints).toEqual([])
  expect({ balanced, code }).toEqual({ balanced: true, code: 0 })
  expect(looks).toBeGreaterThan(100)
  return sums
}

/** Of the describe block that runs. */
let sim: Simulator
let pair: Pair
const chaos = (): Chaos => sim.chaos
const gapCounts = (): ReadonlyMap<string, number> =>
  new Map(frequencies.map(({ name }) => [name, pair.engine.gaps(name).length]))

/** Opens both, ready when everything flows. */
const open = async (name: string, muteMs: number, flow: SimulateOptions = market): Promise<void> => {
  const sentFile = join(folder.path, `${name}.jsonl`)
  sim = await simulate({ ...flow, sentFile })
  pair = pairWith(sim.url, sentFile, muteMs)
  await pair.allLive()
  await pair.engine.until('events come', () =>
    [trades, values].every(({ lane }) => pair.engine.lanes[lane].wires.length > 0),
  )
}

/** Its number, at the simulator. */
const connectionOf = ({ ev }: Tested): number =>
  sim.connections().find(({ state, subscriptions }) => state === 'authenticated' && subscriptions.includes(`${ev}.*`))
    ?.id ?? NaN

/** Waits until events of the frequency come behind whatever it has now; of bars there may be none for long. */
const flowing = async ({ lane, ev }: Tested): Promise<void> => {
  const { wires } = pair.engine.lanes[lane]
  const seen = wires.length
  if (ev !== 'AM') await pair.engine.until(`${ev} flows`, () => wires.length > seen + 5)
}

/** What became of the events that were sent on the connection that was hit. */
const settle = async (title: string, victim: Tested, connection: number): Promise<void> => {
  await flowing(victim)
  await pair.engine.sync()
  const hit = pair.account(victim).find(({ name }) => name === `1/${connection}`)
  note(title, hit ?? { sent: 0, delivered: 0, inGap: 0 })
  expect(pair.engine.complaints).toEqual([])
}

/** The victim's connection ends by it, one gap is reported, and the frequency returns. */
const expectEndsAndReturns = async (
  title: string,
  victim: Tested,
  strike: () => number | Promise<number>,
  cause: object,
): Promise<void> => {
  const before = gapCounts()
  const connection = connectionOf(victim)
  const count = before.get(victim.name) ?? 0

  expect(await strike()).toBe(1)
  await pair.engine.until(`${title}: the gap is closed`, () => {
    const gap = pair.engine.gaps(victim.name)[count]
    return gap?.toMs !== undefined && pair.engine.word(victim.name) === 'live'
  })
  await settle(title, victim, connection)
  expect(pair.engine.gaps(victim.name)).toHaveLength(count + 1)
  expect(pair.engine.gaps(victim.name)[count]).toMatchObject({ cause })
  await expectUntouched(pair, victim, before)
}

/** The victim's connection lives on, without a gap, for at least so many events. */
const expectLivesOn = async (title: string, victim: Tested, strike: () => number, events: number): Promise<void> => {
  const before = gapCounts()
  const connection = connectionOf(victim)
  const { wires } = pair.engine.lanes[victim.lane]
  const seen = wires.length
  expect(strike()).toBe(1)
  await pair.engine.until(`${events} events`, () => wires.length >= seen + events)
  await settle(title, victim, connection)
  expect(connectionOf(victim)).toBe(connection)
  expect(pair.engine.gaps(victim.name)).toHaveLength(before.get(victim.name) ?? 0)
  await expectUntouched(pair, victim, before)
}

describe('one frequency suffers', () => {
  beforeAll(async () => {
    await open('one', patientMs)
    await pair.engine.until('bars come', () => pair.engine.lanes[bars.lane].wires.length > 0)
  })
  afterAll(() => sim.close())

  it.each<[string, Tested, (at: { channel: string }) => number, object]>([
    ['kill', trades, (at) => chaos().kill(at), { _tag: 'closed', code: 1006 }],
    ['kill FMV', values, (at) => chaos().kill(at), { _tag: 'closed', code: 1006 }],
    ['kill AM', bars, (at) => chaos().kill(at), { _tag: 'closed', code: 1006 }],
    ['slowReader', trades, (at) => chaos().slowReader(at), { _tag: 'slowConsumer' }],
    ['garbage utf8', trades, (at) => chaos().garbage('utf8', at), { _tag: 'closed', code: 1007 }],
    ['garbage frame', trades, (at) => chaos().garbage('frame', at), { _tag: 'closed', code: 1002 }],
    ['oversized', trades, (at) => chaos().oversized(1024 * 1024 + 1, at), { _tag: 'frameTooLarge', code: 1009 }],
    ['evict', trades, (at) => chaos().evict(at), { _tag: 'maxConnections', code: 1008 }],
    ['forceDisconnect', trades, (at) => chaos().forceDisconnect(at), { _tag: 'forceDisconnect', code: 1008 }],
    ['authTimeout', trades, (at) => chaos().authTimeout(at), { _tag: 'authTimeout', code: 1008 }],
    ['serverError', trades, (at) => chaos().serverError(at), { _tag: 'closed', code: 1011 }],
    ['goingAway', trades, (at) => chaos().goingAway(at), { _tag: 'closed', code: 1001 }],
  ])('%s: every event is delivered or in the gap, and it returns', async (title, victim, strike, cause) => {
    await expectEndsAndReturns(title, victim, () => strike({ channel: victim.ev }), cause)
  })

  it('kill with bytes on the way: what never left is in the gap', async () => {
    const connection = connectionOf(trades)
    const waiting = (): number => sim.connections().find(({ id }) => id === connection)?.bufferedBytes ?? 0
    await expectEndsAndReturns(
      'kill with bytes on the way',
      trades,
      async () => {
        sim.chaos.freeze(60_000, { channel: 'T' })
        // The other frequencies' events are the clock here.
        await pair.engine.until('something waits', () => waiting() > 2000)
        return sim.chaos.kill({ channel: 'T' })
      },
      { _tag: 'closed', code: 1006 },
    )
    const hit = pair.account(trades).find(({ name }) => name === `1/${connection}`)
    expect(hit?.inGap).toBeGreaterThan(0)
  })

  it.each<[string, Tested, (at: { channel: string }) => number, number]>([
    ['freeze', trades, (at) => chaos().freeze(300, at), 500],
    ['garbage json', trades, (at) => chaos().garbage('json', at), 100],
    ['oversized below the limit', values, (at) => chaos().oversized(1024 * 1024, at), 20],
  ])('%s: nothing is lost, and no gap is reported', async (title, victim, strike, events) => {
    await expectLivesOn(title, victim, () => strike({ channel: victim.ev }), events)
  })

  it('garbage json is a reject', async () => {
    const before = await pair.engine.sync()
    sim.chaos.garbage('json', { channel: 'FMV' })
    await flowing(values)
    expect(await pair.engine.sync()).toBe(before + 1)
  })

  it('wrongKey: halted with the words of the vendor, until it is lifted and started again', async () => {
    const before = gapCounts()
    const connection = connectionOf(trades)
    expect(sim.chaos.wrongKey({ channel: 'T' })).toBe(1)
    await pair.engine.until('per_second is halted', () => pair.engine.word('per_second') === 'halted')
    expect(pair.engine.states.findLast(({ frequency }) => frequency === 'per_second')).toMatchObject({
      word: 'halted',
      link: 'halted',
      reason: expect.stringContaining('authentication failed'),
    })
    await flowing(values)
    await expectUntouched(pair, trades, before)

    // It does not come back by itself: the key may be used elsewhere, and each try counts.
    expect(sim.chaos.lift('wrongKey')).toBe(1)
    await flowing(values)
    expect(pair.engine.word('per_second')).toBe('halted')
    pair.engine.ask({ do: 'stop', frequency: 'per_second' })
    pair.engine.ask({ do: 'start', frequency: 'per_second' })
    await pair.engine.until('per_second is live', () => pair.engine.word('per_second') === 'live')
    await settle('wrongKey', trades, connection)
    await expectUntouched(pair, trades, before)
  })

  it('refuse: what is held is kept; asked for anew it is refused, and again until it is lifted', async () => {
    const before = gapCounts()
    const connection = connectionOf(trades)
    expect(sim.chaos.refuse('T')).toBeGreaterThan(0)
    await flowing(trades)
    expect(connectionOf(trades)).toBe(connection)

    sim.chaos.kill({ channel: 'T' })
    await pair.engine.until('per_second is refused', () => pair.engine.word('per_second') === 'refused')
    await flowing(values)
    expect(sim.chaos.lift('refuse')).toBe(1)
    await pair.engine.until('per_second is live', () => pair.engine.word('per_second') === 'live')
    await settle('refuse', trades, connection)
    await expectUntouched(pair, trades, before)
  })

  it('a second client of the account: evicted after a few, cools down, and returns when the other has gone', async () => {
    const before = gapCounts()
    const connection = connectionOf(trades)
    const over = pair.engine.until('per_second is evicted', () => pair.engine.word('per_second') === 'evicted')
    let isOver = false
    const fighting = over.finally(() => (isOver = true))
    // Each side comes back as soon as it was thrown out, which throws the other out.
    while (!isOver) {
      const other = await connectTo(`${sim.url}/stocks`)
      other.socket.on('error', () => {})
      other.send('auth', 'key of T')
      await Promise.race([other.closed, fighting])
      other.socket.terminate()
      await other.closed
    }
    await fighting
    expect(pair.engine.states.findLast(({ frequency }) => frequency === 'per_second')?.reason).toContain(
      'Maximum number of websocket connections exceeded',
    )
    await pair.engine.until('per_second is live', () => pair.engine.word('per_second') === 'live')
    await settle('a second client of the account', trades, connection)
    await expectUntouched(pair, trades, before)
  })

  it('at the end: nothing of all that is unaccounted for', async () => {
    await sim.close()
    await expectAccounted('one frequency suffers, in all', pair)
  })
})

describe('one frequency falls silent', () => {
  // As many trades, but a minute lasts 15 s: between two bars there is silence for longer than muteMs.
  beforeAll(() => open('silent', impatientMs, { ...market, speed: 4, rate: 200, stepMs: 40 }))
  afterAll(() => sim.close())

  it.each<[string, Tested, (at: { channel: string }) => number]>([
    ['halfOpen', trades, (at) => chaos().halfOpen(at)],
    ['noPong where nothing else comes', bars, (at) => chaos().noPong(at)],
    ['freeze beyond muteMs', values, (at) => chaos().freeze(3 * impatientMs, at)],
  ])('%s: it is noticed, and every event is delivered or in the gap', async (title, victim, strike) => {
    await expectEndsAndReturns(title, victim, () => strike({ channel: victim.ev }), { _tag: 'mute' })
  })

  it('noPong where data come: nothing is lost, and no gap is reported', async () => {
    // 800 a second: longer than muteMs.
    await expectLivesOn('noPong where data come', trades, () => sim.chaos.noPong({ channel: 'T' }), 4400)
  })

  it('at the end: nothing of all that is unaccounted for', async () => {
    await sim.close()
    await expectAccounted('one frequency falls silent, in all', pair)
  })
})

describe('the simulator is killed', () => {
  const children: ChildProcess[] = []
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  const command = async (
    port: number,
    sentFile: string,
    more: readonly string[] = [],
  ): Promise<{ child: ChildProcess; url: string }> => {
    const main = join(__dirname, '..', 'src', 'cli', 'main.ts')
    const options = ['--speed', '20', '--rate', '40', '--tickers', '8', '--port', String(port), '--sent', sentFile]
    const child = spawn(process.execPath, ['--import', 'tsx', main, 'simulate', ...options, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    let out = ''
    child.stdout.on('data', (data: Buffer) => (out += data.toString()))
    for (;;) {
      const url = /simulator {2}(ws:\S+)/.exec(out)?.[1]
      if (url !== undefined) return { child, url }
      await once(child.stdout, 'data')
    }
  }

  it('with -9, again and again: the engine finds it at the same port, and what was sent is delivered or in a gap', async () => {
    const sentFile = join(folder.path, 'killed.jsonl')
    let running = await command(0, sentFile)
    const port = Number(new URL(running.url).port)
    const pair = pairWith(running.url, sentFile)

    for (let round = 0; round < 3; round += 1) {
      // In the last round trades are held back when it happens, so that some are written down that can never leave.
      const { lane } = round < 2 ? trades : values
      const { wires } = pair.engine.lanes[lane]
      await pair.allLive()
      const seen = wires.length
      await pair.engine.until('events come', () => wires.length > seen + 150)
      const gone = once(running.child, 'exit')
      running.child.kill('SIGKILL')
      await gone
      await gapsAreOpen(pair)
      if (round < 2) running = await command(port, sentFile, round === 0 ? [] : ['--chaos', 'every 300ms freeze T 60s'])
    }

    for (const { name } of frequencies) expect(pair.engine.gaps(name)).toHaveLength(3)
    const sums = await expectAccounted('the simulator is killed three times, in all', pair)
    expect(sums.T?.inGap).toBeGreaterThan(0)
  })
})

describe('by chance', () => {
  it('a bad minute: faults of every kind at every frequency, and nothing is unaccounted for', async () => {
    const sentFile = join(folder.path, 'chance.jsonl')
    let hits = 0
    const quiet = (): void => {}
    const warn = (facts: object): void => {
      if ('fault' in facts && 'connections' in facts && (facts.connections as readonly number[]).length > 0) hits += 1
    }
    const sim = await simulate({
      ...market,
      sentFile,
      chaos: 'random 150ms, random 300ms, every 700ms kill T, every 1100ms freeze 100ms FMV',
      logger: { debug: quiet, info: quiet, warn, error: warn },
    })
    try {
      // A busy machine costs a connection here at times: one more fault among the others.
      const pair = pairWith(sim.url, sentFile, 1000)
      await pair.engine.until('thirty faults', () => hits >= 30)
      await sim.close()
      await expectAccounted('by chance, in all', pair)
      expect(frequencies.flatMap(({ name }) => pair.engine.gaps(name)).length).toBeGreaterThan(5)
    } finally {
      await sim.close()
    }
  })
})
