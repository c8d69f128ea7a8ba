/**
 * Goal: a simulated market serves a frequency whose vendor cannot be reached, and gives back when the vendor is there, over real sockets.
 *
 * Method: polygon at a simulator's address that is closed at first, with a simulator of its own as fallback. Waits are for states,
 * bounded by the test's limit. The rules and the exact places are in virtual time, marbles/streams/failover.marbles.ts.
 */
import { afterEach, describe, expect, it } from '@jest/globals'
import { filter, firstValueFrom, map, timeout, timer } from 'rxjs'

import { createEngine, type Engine, type Gap, perMinute, perSecond, polygon, simulated } from '../src/index.ts'
import { simulate } from '../src/simulator/index.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const until = (isSo: () => boolean) => firstValueFrom(timer(0, 10).pipe(map(isSo), filter(Boolean), timeout(15_000)))

describe('a fallback over real sockets', () => {
  it('serves while the vendor is away, and the vendor again when it is back', async () => {
    const first = await simulate({ tickers: 5, rate: 500, seed: 7, connections: 4 })
    const { port } = new URL(first.url)
    await first.close()
    const url = `${first.url}/stocks`
    const engine: Engine = createEngine({
      provider: polygon({ apiKey: 'a-key' }),
      mode: 'hybrid',
      failover: { delayMs: 100, returnMs: 100 },
      frequencies: [
        perSecond({ url, limit: 100_000, fallback: simulated({ tickers: 5, rate: 500, seed: 8 }) }),
        perMinute({ url }),
      ],
      link: { settleMs: 50, retry: { initialMs: 50, capMs: 100 } },
    })
    open.push({ close: () => engine.close({ drainMs: 200 }) })
    const seconds = engine.frequency('per_second')
    const gaps: Gap[] = []
    seconds.gap$.subscribe((gap) => gaps.push(gap))
    const servedBy = () => engine.health().frequencies.find(({ name }) => name === 'per_second')?.provider
    void engine.start()

    await until(() => servedBy() === 'simulated' && engine.health().frequencies[0]?.state.word === 'live')
    await firstValueFrom(seconds.batch$)
    const away = engine.health().frequencies

    expect(away[0]?.state.reason).toContain('its events come from its fallback simulated: polygon has not served it')
    expect(away[0]?.status).toBe('degraded')
    expect(away[1]?.state.word).toBe('connecting')

    open.unshift(await simulate({ tickers: 5, rate: 500, seed: 7, connections: 4, port: Number(port) }))
    await until(() => servedBy() === 'polygon' && gaps.at(-1)?.toMs !== undefined)
    await firstValueFrom(seconds.batch$)

    expect([...new Set(gaps.map(({ provider }) => provider))]).toStrictEqual(['simulated', 'polygon'])
    // The link to the fallback closes.
    await until(() => engine.health().links.length === 1)
    expect(engine.health().links[0]?.frequencies).toHaveLength(2)
    engine.ledger().assertBalanced()
  }, 30_000)
})
