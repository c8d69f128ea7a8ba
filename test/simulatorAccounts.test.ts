import fc from 'fast-check'
import { accountOf, occupancy, type Evict } from '../src/simulator/accounts.ts'
import {
  hostStems,
  simulate,
  type HostStem,
  type Plan,
  type SimulateOptions,
  type Simulator,
} from '../src/simulator/index.ts'
import { closing, connectTo, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: what a key gets is decided by its plan and the host, how many connections it has by its account, and both as the vendor does it.
// Method: real sockets to several hosts in one process; tables for plans; a plain list as the model of the counting.

jest.setTimeout(30_000)
const open = closing()
afterEach(() => open.all())

const start = async <const Host extends HostStem = 'socket'>(
  options: SimulateOptions<Host> = {},
): Promise<Simulator<Host>> => open.add(await simulate<Host>({ tickers: 10, ...options }))
const client = async (url: string): Promise<TestClient> => {
  const one = await connectTo(url)
  open.add({ close: () => one.socket.terminate() })
  return one
}
const subscriber = async (url: string, params: string, key?: string): Promise<TestClient> => {
  const one = await subscribeTo(url, params, key)
  open.add({ close: () => one.socket.terminate() })
  return one
}

const tooMany = 'max_connections: Maximum number of websocket connections exceeded. This connection is closed.'
const late = "error: You don't have access real-time data. See https://massive.com/pricing for the plans that have."
const noPlan = "Your plan doesn't include websocket access. Visit https://massive.com/pricing to upgrade."

describe('plans', () => {
  const channels = ['T', 'Q', 'A', 'AM', 'FMV', 'LULD', 'NOI']
  const accounts = [
    { keys: ['basic'], plan: 'basic' },
    { keys: ['starter'], plan: 'starter' },
    { keys: ['developer'], plan: 'developer' },
    { keys: ['advanced'], plan: 'advanced' },
    { keys: ['business'], plan: 'business' },
    { keys: ['signed'], plan: 'business', agreements: true },
    { keys: ['none'] },
  ] as const

  it.each<[key: string, host: HostStem, allowed: string, complaint: string]>([
    ['starter', 'socket', '', late],
    ['starter', 'delayed', 'A,AM', ''],
    ['starter', 'business', '', ''],
    ['starter', 'delayed-business', '', ''],
    ['developer', 'socket', '', late],
    ['developer', 'delayed', 'T,A,AM', ''],
    ['developer', 'business', '', ''],
    ['developer', 'delayed-business', '', ''],
    ['advanced', 'socket', 'T,Q,A,AM,LULD', ''],
    ['advanced', 'delayed', 'T,Q,A,AM,LULD', ''],
    ['advanced', 'business', '', ''],
    ['advanced', 'delayed-business', '', ''],
    ['business', 'socket', '', late],
    ['business', 'delayed', '', ''],
    ['business', 'business', 'AM,FMV', ''],
    ['business', 'delayed-business', 'T,Q', ''],
    ['signed', 'business', 'T,Q,A,AM,FMV', ''],
    ['signed', 'delayed-business', 'T,Q', ''],
    ['none', 'socket', channels.join(), ''],
    ['none', 'business', channels.join(), ''],
  ])('%s on %s has %j', async (key, host, allowed, complaint) => {
    const sim = await start({ hosts: hostStems, accounts })
    const one = await client(sim.urls[host])
    one.send('auth', key)
    one.send('subscribe', channels.map((channel) => `${channel}.NOSUCH`).join())
    await one.until(() => one.statuses().length === 2 + (complaint === '' ? 0 : 1) + channels.length)

    const [, success, ...rest] = one.statuses()
    const answers = complaint === '' ? rest : rest.slice(1)
    const accepted = allowed === '' ? [] : allowed.split(',')
    expect(success).toBe('auth_success: authenticated')
    expect(rest.slice(0, rest.length - channels.length)).toEqual(complaint === '' ? [] : [complaint])
    expect(answers.filter((text) => text.startsWith('success'))).toEqual(
      accepted.map((channel) => `success: subscribed to: ${channel}.NOSUCH`),
    )
    // Names nobody.
    expect(answers.filter((text) => !text.startsWith('success'))).toEqual(
      Array.from({ length: channels.length - accepted.length }, () => 'error: not authorized'),
    )
    expect(sim.connections()).toMatchObject([{ host, subscriptions: accepted.map((one) => `${one}.NOSUCH`).sort() }])
  })

  it.each(hostStems)('basic has nothing on %s: auth_failed with the text of the plan, no close frame', async (host) => {
    const sim = await start({ hosts: [host], plan: 'basic' })
    const one = await client(sim.url)
    one.send('auth', 'any')

    expect(await one.closed).toBe(1006)
    expect(one.statuses().at(-1)).toBe(`auth_failed: ${noPlan}`)
  })

  it('of a key that no account has: authentication failed', async () => {
    const sim = await start({ accounts })
    const one = await client(sim.url)
    one.send('auth', 'another')

    expect(await one.closed).toBe(1006)
    expect(one.statuses().at(-1)).toBe('auth_failed: authentication failed')
  })

  it('refuse now ahead of the acknowledgements and now behind, by the seed', async () => {
    const places = async (seed: number): Promise<string> => {
      const sim = await start({ seed, plan: 'starter', hosts: ['delayed'] })
      const one = await client(sim.url)
      one.send('auth', 'k')
      for (let at = 0; at < 24; at++) one.send('subscribe', `T.X${at},AM.X${at}`)
      await one.until(() => one.statuses().length === 2 + 48)
      const texts = one.statuses().slice(2)
      return Array.from({ length: 24 }, (_, at) => (texts[2 * at]!.startsWith('error') ? 'e' : 'a')).join('')
    }
    const [first, again, other] = [await places(7), await places(7), await places(8)]

    expect(again).toBe(first)
    expect(other).not.toBe(first)
    expect([first.includes('e'), first.includes('a')]).toEqual([true, true])
  })
})

describe('more connections than an account may have', () => {
  it('the older one goes, at once, across hosts and keys; the newcomer streams', async () => {
    const sim = await start({
      hosts: ['socket', 'business'],
      accounts: [{ keys: ['one', 'two'] }, { keys: ['other'] }],
      rate: 5000,
    })
    const older = await subscriber(sim.urls.socket, 'T.*', 'one')
    const stranger = await subscriber(sim.urls.socket, 'T.*', 'other')
    const newer = await subscriber(sim.urls.business, 'T.*', 'two')

    expect(await older.closed).toBe(1008)
    expect(older.statuses().slice(-2)).toEqual(['success: subscribed to: T.*', tooMany])
    const before = [newer.events().length, stranger.events().length]
    await newer.until(() => newer.events().length > before[0]! + 50)
    await stranger.until(() => stranger.events().length > before[1]! + 50)
    expect(sim.connections().map(({ host }) => host)).toEqual(['socket', 'business'])
  })

  it('closes with an empty reason', async () => {
    const sim = await start({ key: 'k' })
    const older = await client(sim.url)
    const reason = new Promise((resolve) => older.socket.on('close', (_, text: Buffer) => resolve(text.toString())))
    older.send('auth', 'k')
    await older.until(() => older.statuses().length === 2)
    await subscriber(sim.url, 'T.*', 'k')

    expect(await reason).toBe('')
  })

  it('the newcomer goes, after success, acknowledgements and data; the older one streams', async () => {
    const sim = await start({ hosts: ['socket', 'delayed'], delayMs: 0, evict: 'newer', evictAfterMs: 500, rate: 5000 })
    const older = await subscriber(sim.urls.socket, 'T.*', 'k')
    const newer = await subscriber(sim.urls.delayed, 'T.*', 'k')
    await newer.until(() => newer.events().length > 0)

    expect(await newer.closed).toBe(1008)
    expect(newer.statuses()).toEqual([
      'connected: Connected Successfully',
      'auth_success: authenticated',
      'success: subscribed to: T.*',
      tooMany,
    ])
    const before = older.events().length
    await older.until(() => older.events().length > before + 50)
    // The place of the newcomer is free again.
    expect(sim.connections().map(({ host, state }) => [host, state])).toEqual([['socket', 'authenticated']])
  })

  it('counts who has authenticated and is there: who has left or was refused takes no place', async () => {
    const sim = await start({ accounts: [{ keys: ['k'], connections: 2 }], evict: 'newer', evictAfterMs: 0 })
    await client(sim.url)
    const bad = await client(sim.url)
    bad.send('auth', 'wrong')
    await bad.closed
    const first = await subscriber(sim.url, 'T.NOSUCH', 'k')
    await subscriber(sim.url, 'T.NOSUCH', 'k')
    const third = await subscriber(sim.url, 'T.NOSUCH', 'k')
    expect(await third.closed).toBe(1008)

    first.socket.close()
    await first.closed
    const fourth = await subscriber(sim.url, 'T.AAPL', 'k')
    await fourth.until(() => fourth.events().length > 0)
    expect(sim.connections().map(({ state }) => state)).toEqual(['unauthenticated', 'authenticated', 'authenticated'])
  })

  it('a second auth on one connection takes no second place', async () => {
    const sim = await start({ key: 'k' })
    const one = await client(sim.url)
    one.send('auth', 'k')
    one.send('auth', 'k')
    one.send('subscribe', 'T.NOSUCH')
    await one.until(() => one.statuses().length === 4)

    expect(one.statuses().slice(1)).toEqual([
      'auth_success: authenticated',
      'auth_success: authenticated',
      'success: subscribed to: T.NOSUCH',
    ])
  })

  it('is one by default, for each key by itself', async () => {
    const sim = await start()
    const [first, other] = [await subscriber(sim.url, 'T.NOSUCH', 'a'), await subscriber(sim.url, 'T.NOSUCH', 'b')]
    await subscriber(sim.url, 'T.NOSUCH', 'a')

    expect(await first.closed).toBe(1008)
    expect(other.socket.readyState).toBe(other.socket.OPEN)
  })

  it('leaves as many as may be, and the right ones, for any sequence of comings and goings', () => {
    const steps = fc.array(
      fc.record({ leaves: fc.boolean(), key: fc.constantFrom('a', 'b', 'c'), which: fc.nat(9), coin: fc.boolean() }),
      { maxLength: 40 },
    )

    fc.assert(
      fc.property(steps, fc.constantFrom<Evict>('older', 'newer', 'either'), (all, evict) => {
        let toss = false
        const real = occupancy<number>(evict, () => toss)
        const find = accountOf({
          key: undefined,
          plan: undefined,
          connections: 1,
          accounts: [{ keys: ['a', 'b'], connections: 2 }, { keys: ['c'] }],
        })
        const model = new Map<string, number[]>([
          ['ab', []],
          ['c', []],
        ])

        for (const [member, { leaves, key, which, coin }] of all.entries()) {
          const there = model.get(key === 'c' ? 'c' : 'ab')!
          if (leaves) {
            const [gone] = there.splice(which % Math.max(1, there.length), 1)
            if (gone !== undefined) real.leave(gone)
            continue
          }
          toss = coin
          there.push(member)
          const isOver = there.length > (key === 'c' ? 1 : 2)
          const goes = evict === 'older' || (evict === 'either' && coin) ? there[0] : member
          if (isOver) there.splice(there.indexOf(goes!), 1)

          expect(real.enter(find(key)!, member)).toBe(isOver ? goes : undefined)
        }
      }),
    )
  })
})

describe('delayed hosts', () => {
  /** A clock that stands still until the test moves it. */
  const heldClock = (): { clock: () => number; forward(ms: number): void } => {
    let nowMs = 1_700_000_000_000
    return { clock: () => nowMs, forward: (ms) => void (nowMs += ms) }
  }
  const dataOf = (one: TestClient): readonly string[] =>
    one.frames.filter((frame) => !frame.startsWith('[{"ev":"status"'))
  const settle = (): Promise<unknown> => new Promise((done) => setTimeout(done, 60))

  it('send the frames of the real-time host, later by the delay, their times unchanged', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({
      hosts: ['socket', 'delayed'],
      delayMs: 1000,
      secondBarsHeldMs: 0,
      rate: 2000,
      clock,
      connections: 2,
    })
    const now = await subscriber(sim.urls.socket, 'T.*,A.*,FMV.*', 'k')
    const then = await subscriber(sim.urls.delayed, 'T.*,A.*,FMV.*', 'k')
    forward(999)
    await now.until(() => dataOf(now).length >= 49)
    await settle()
    expect(dataOf(then)).toEqual([])

    forward(3001)
    await now.until(() => dataOf(now).length >= 200)
    await then.until(() => dataOf(then).length >= 150)
    await settle()
    const behind = now.events().filter(({ ev, t }) => ev === 'T' && Number(t) < 1_700_000_003_000)
    expect(then.events().filter(({ ev }) => ev === 'T')).toEqual(behind)
    expect(dataOf(now).slice(0, dataOf(then).length)).toEqual(dataOf(then))
    expect(dataOf(then).join()).toContain('"ev":"A"')
  })

  it('speak at once where there is no other: the market began fifteen minutes ago', async () => {
    const { clock, forward } = heldClock()
    const sim = await start({ hosts: ['delayed-business', 'delayed'], clock, rate: 2000 })
    const one = await subscriber(sim.url, 'T.*')
    forward(100)
    await one.until(() => one.events().length > 10)

    expect(Number(one.events()[0]!.t)).toBeGreaterThanOrEqual(1_700_000_000_000 - 900_000)
    expect(Number(one.events()[0]!.t)).toBeLessThan(1_700_000_000_100 - 900_000)
  })

  it('run at their own pace at speed max', async () => {
    const sim = await start({ hosts: ['socket', 'delayed'], speed: 'max', rate: 5000, startMs: 1_700_000_000_000 })
    const one = await subscriber(sim.urls.delayed, 'A.*')
    await one.until(() => one.frames.at(-1)!.includes('"s":1700000010000'))

    expect(sim.sent().connections).toHaveLength(1)
  })
})

describe('several hosts', () => {
  it('have an address each, the first of them that of `url`, and close together', async () => {
    const sim = await start({ hosts: ['business', 'socket'] })
    const all = [await client(`${sim.urls.business}/stocks`), await client(`${sim.urls.socket}/stocks`)]
    for (const one of all) await one.until((frames) => frames.length === 1)

    expect(sim.url).toBe(sim.urls.business)
    expect(Object.keys(sim.urls)).toEqual(['business', 'socket'])
    expect(sim.connections().map(({ id, host }) => [id, host])).toEqual([
      [1, 'business'],
      [2, 'socket'],
    ])
    await sim.close()
    expect(await Promise.all(all.map(({ closed }) => closed))).toEqual([1001, 1001])
  })

  it('leave nothing behind when one of their ports is taken', async () => {
    const taken = await start()
    const port = taken.port - 1
    const failing = simulate({ hosts: ['socket', 'delayed'], port })

    await expect(failing).rejects.toMatchObject({ _tag: 'ListenError' })
    await expect(connectTo(`ws://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED')
  })

  it.each<[SimulateOptions, string]>([
    [{ hosts: [] }, 'hosts is a list'],
    [{ hosts: ['sockets' as 'socket'] }, 'hosts[0] is "sockets"'],
    [{ hosts: ['socket', 'socket'] }, 'hosts[1] is "socket"'],
    [{ hosts: ['socket', 'delayed'], port: 65_535 }, 'port is 65535'],
    [{ plan: 'pro' as Plan }, 'plan is "pro"'],
    [{ connections: 0 }, 'connections is 0'],
    [{ evict: 'oldest' as Evict }, 'evict is "oldest"'],
    [{ evictAfterMs: -1 }, 'evictAfterMs is -1'],
    [{ subscriptionsMax: 0 }, 'subscriptionsMax is 0'],
    [{ delayMs: 0.5 }, 'delayMs is 0.5'],
    [{ hours: 'daily' as 'always' }, 'hours is "daily"'],
    [{ oddities: 'some' as 'live' }, 'oddities is "some"'],
    [{ lateTrades: 0.31 }, 'lateTrades is 0.31'],
    [{ repeatedTrades: -0.1 }, 'repeatedTrades is -0.1'],
    [{ backwardSequences: NaN }, 'backwardSequences is NaN'],
    [{ oddForms: 2 }, 'oddForms is 2'],
    [{ secondBarsHeldMs: 2001 }, 'secondBarsHeldMs is 2001'],
    [{ accounts: [] }, 'accounts is a list'],
    [{ accounts: [{ keys: [] }] }, 'accounts[0].keys is a list'],
    [{ accounts: [{ keys: [''] }] }, 'accounts[0].keys[0] is empty'],
    [{ accounts: [{ keys: ['a-key'] }, { keys: ['a-key'] }] }, 'accounts[1].keys[0] is there already'],
    [{ accounts: [{ keys: ['a-key'], plan: 'pro' as Plan }] }, 'accounts[0].plan is "pro"'],
    [{ accounts: [{ keys: ['a-key'], connections: 0 }] }, 'accounts[0].connections is 0'],
    [{ accounts: [{ keys: ['a-key'] }], key: 'a-key' }, 'key and accounts are both given'],
  ])('refuses %j', async (options, text) => {
    const refused = simulate(options)

    await expect(refused).rejects.toThrow(RangeError)
    await expect(refused).rejects.toThrow(text)
    await expect(refused).rejects.not.toThrow('a-key')
    await expect(refused).rejects.toThrow('expected')
  })
})
