/**
 * Goal: a running engine comes to other options over real sockets: a new provider starts first, one that is not needed any more
 * closes, what cannot start changes nothing, and a publisher in front serves what comes later.
 *
 * Method: simulators on loopback, waits for states bounded by the test's own limit; each test closes what it opens. What two runs with
 * and without a reconfiguration have in common is compared in virtual time, marbles/streams/reconfigure.marbles.ts.
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, firstValueFrom, map, timeout, timer } from 'rxjs'
import { WebSocket } from 'ws'

import {
  createEngine,
  type Engine,
  type EngineOptions,
  type Logger,
  perMinute,
  perSecond,
  type Provider,
  publish,
  simulated,
} from '../src/index.ts'
import { standIns } from '../src/engine/standIns.ts'
import { polygon } from '../src/providers/index.ts'

const limitMs = 10_000
const market = { tickers: 5, rate: 500, seed: 7 } as const

const lines: string[] = []
const logger: Logger = {
  child: () => logger,
  debug: () => undefined,
  info: (fields: object, message: string) => {
    if (message.startsWith('changed: ')) lines.push(`${message} ${JSON.stringify(fields)}`)
  },
  warn: () => undefined,
  error: () => undefined,
}

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  lines.length = 0
})

const engineOf = (options: EngineOptions): Engine => {
  const engine: Engine = createEngine({ logger, ...options })
  open.push({ close: () => engine.close({ drainMs: 200 }) })
  return engine
}

const until = (isSo: () => boolean) => firstValueFrom(timer(0, 10).pipe(map(isSo), filter(Boolean), timeout(limitMs)))
const isLive = (engine: Engine, name: string) =>
  engine.health().frequencies.some((one) => one.name === name && ['live', 'quiet'].includes(one.state.word))

/** Watches what an engine does to a provider. */
const watched = (provider: Provider, start = provider.start): Provider & { readonly calls: string[] } => {
  const calls: string[] = []
  return {
    ...provider,
    calls,
    start: async () => {
      calls.push('start')
      await start?.call(provider)
    },
    close: async () => {
      calls.push('close')
      await provider.close?.()
    },
  }
}

describe('reconfigure', () => {
  it('starts a new provider before anything changes, and closes the old one when its last link is gone', async () => {
    const [first, second] = [watched(simulated(market)), watched(simulated({ ...market, seed: 8 }))]
    const engine = engineOf({ provider: first, frequencies: [perSecond(), perMinute()] })
    await engine.start()
    const seconds = engine.frequency('per_second')
    await firstValueFrom(seconds.batch$)

    const changes = await engine.reconfigure({ provider: second, frequencies: [perSecond(), perMinute()] })
    await until(() => first.calls.includes('close') && isLive(engine, 'per_second'))
    await firstValueFrom(seconds.batch$)

    expect(changes).toStrictEqual([{ path: 'provider', before: 'simulated', after: 'another: simulated' }])
    expect(lines).toStrictEqual([
      'changed: provider {"path":"provider","before":"simulated","after":"another: simulated"}',
    ])
    expect([first.calls, second.calls]).toStrictEqual([['start', 'close'], ['start']])
    expect(engine.health().links).toHaveLength(1)
    engine.ledger().assertBalanced()
    await engine.close({ drainMs: 500 })
    expect([first.calls, second.calls]).toStrictEqual([
      ['start', 'close'],
      ['start', 'close'],
    ])
    engine.ledger().assertBalanced()
  }, 20_000)

  it('changes nothing when a new provider cannot start, and goes on with the next wish', async () => {
    const broken = watched(simulated(market), () => Promise.reject(new Error('no market today')))
    const provider = simulated(market)
    const engine = engineOf({ provider, frequencies: [perSecond({ tickers: ['AAPL'] })] })
    await engine.start()

    const refused = engine.reconfigure({ provider: broken, frequencies: [perSecond({ tickers: '*' }), perMinute()] })
    const next = engine.reconfigure({
      provider,
      frequencies: [perSecond({ tickers: ['MSFT'] })],
    })

    await expect(refused).rejects.toThrow('no market today')
    expect(await next).toStrictEqual([{ path: 'frequencies.per_second.tickers', before: ['AAPL'], after: ['MSFT'] }])
    expect(broken.calls).toStrictEqual(['start', 'close'])
    expect(engine.frequencies.map(({ name }) => name)).toStrictEqual(['per_second'])

    await expect(engine.reconfigure({ provider: broken, frequencies: [perSecond()] })).rejects.toThrow(
      'the provider simulated was closed when another one took its place; make a new one',
    )
  }, 20_000)

  it('is refused by a closed engine, and works before the start', async () => {
    const provider = simulated(market)
    const engine = engineOf({ provider, frequencies: [perSecond()] })

    const changes = await engine.reconfigure({ provider, frequencies: [perMinute(), perSecond({ tickers: ['AAPL'] })] })
    const verdicts: Readonly<Record<string, unknown>> = await engine.start()
    await engine.close({ drainMs: 0 })

    expect(changes.map(({ path }) => path)).toStrictEqual([
      'frequencies.per_minute',
      'frequencies.per_second.tickers',
      'frequencies.per_second.priority',
    ])
    expect(Object.keys(verdicts)).toStrictEqual(['per_minute', 'per_second'])
    await expect(engine.reconfigure({ provider, frequencies: [perSecond()] })).rejects.toThrow(
      'the engine is closed: it cannot be reconfigured any more',
    )
  }, 20_000)

  it('while a provider still starts has the next one start too, and lets go of the first', async () => {
    let isReady: () => void = () => undefined
    const slow = simulated(market)
    const first = watched(slow, async () => {
      await new Promise<void>((resolve) => (isReady = resolve))
      await slow.start?.()
    })
    const second = watched(simulated(market))
    const engine = engineOf({ provider: first, frequencies: [perSecond()] })
    const started = engine.start()

    const changed = engine.reconfigure({ provider: second, frequencies: [perSecond(), perMinute()] })
    isReady()
    await Promise.all([started, changed])
    await until(() => isLive(engine, 'per_second') && first.calls.includes('close'))

    expect([first.calls, second.calls]).toStrictEqual([['start', 'close'], ['start']])
    engine.ledger().assertBalanced()
  }, 20_000)

  it('brings what comes later to a publisher that is there already, and lets go of what is removed', async () => {
    const provider = simulated({ ...market, speed: 60 })
    const engine = engineOf({ provider, frequencies: [perMinute()] })
    const server = await publish(engine, { port: 0 })
    await engine.start()
    const client = new WebSocket(server.url)
    const heard: string[] = []
    client.on('message', (data: Buffer) => heard.push(data.toString()))
    open.unshift({ close: async () => client.terminate() })
    await until(() => client.readyState === WebSocket.OPEN)
    client.send(JSON.stringify({ action: 'auth', params: 'any' }))
    client.send(JSON.stringify({ action: 'subscribe', params: 'AM.*,T.*' }))
    await until(() => heard.some((text) => text.includes('"ev":"AM"')))

    await engine.reconfigure({ provider, frequencies: [perSecond(), perMinute()] })
    await until(() => heard.some((text) => text.includes('"ev":"T"')))
    await engine.reconfigure({ provider, frequencies: [perSecond()] })
    await until(() => engine.ledger().rows.every(({ name }) => !name.startsWith('per_minute')))

    expect(engine.frequencies.map(({ name }) => name)).toStrictEqual(['per_second'])
    engine.ledger().assertBalanced()
    await engine.close({ drainMs: 1000 })
    engine.ledger().assertBalanced()
  }, 30_000)
})

describe('who stands for whom', () => {
  const [a, b] = [polygon({ apiKey: 'a' }), polygon({ apiKey: 'b' })]
  const itself = (provider: Provider): Provider => provider

  it('is the one before, for a provider of its kind', () => {
    const second = standIns(itself, [a], [b])
    const third = standIns(second, [b], [polygon({ apiKey: 'c' }), a])

    expect(second(b)).toBe(a)
    expect(standIns(second, [b], [b])(b)).toBe(a)
    // The first one is back, and stands for itself.
    expect(third(a)).toBe(a)
  })

  it('is nobody where the one before stays, or has something of its own to start', () => {
    const [one, two] = [simulated(), simulated()]

    expect(standIns(itself, [a], [a, b])(b)).toBe(b)
    expect(standIns(itself, [one], [two])(two)).toBe(two)
  })
})
