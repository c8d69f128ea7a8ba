import { distinctUntilChanged, map, skip } from 'rxjs'

import type { Engine } from '../../src/engine.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import type { Logger } from '../../src/ops/logger.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Gap, StreamState, Trade } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'
import { engineMarbles, type EngineMarbles, letterEvent } from '../index.ts'

const quick = { settleMs: 0, lingerMs: 2, ackLimitMs: 3, retry: { initialMs: 4, factor: 1, capMs: 4 } }
const ours = { url: 'vendor/stocks' }
const theirs = { url: 'spare/market' }

/** The scripted vendor once more, at another address: its events are told by where they are sent to. */
const spareOf = (m: EngineMarbles): Provider => ({
  ...m.vendor.provider,
  name: 'spare',
  endpoint: ({ url: _url, ...wish }) => m.vendor.provider.endpoint({ ...wish, url: 'ws://spare/market', account: 'spare' }),
})

const test = { mode: 'test', failover: { delayMs: 5, returnMs: 6 }, link: quick } as const satisfies Partial<EngineOptions>

/** Sends trades: small letters by the vendor, capital ones by the spare one. */
const trades = (m: EngineMarbles, diagram: string): void => {
  m.at(diagram, Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].flatMap((letter) => [
    [letter, () => { m.vendor.send([letterEvent('T', letter)], { where: ours }) }],
    [letter.toUpperCase(), () => { m.vendor.send([letterEvent('T', letter)], { where: theirs }) }],
  ])))
}

const priceOf = map((event: unknown) => String((event as Trade).price - 100))
const gapOf = ({ cause, toMs, provider, positions }: Gap) => `${cause._tag} ${toMs === undefined ? 'open' : 'closed'} ${positions.map(({ afterOffset }) => afterOffset).join()} ${provider ?? '-'}`
const byOf = ({ word, fallback }: StreamState) => `${word} ${fallback?.provider ?? '-'}`

/** Takes the lines that tell people of it. */
const told = (): { readonly lines: string[]; readonly logger: Logger } => {
  const lines: string[] = []
  const note = (level: string) => (_fields: object, message: string) => { if (/comes from|names the fallback/.test(message)) lines.push(`${level} ${message}`) }
  const logger: Logger = { child: () => logger, debug: () => undefined, info: note('info'), warn: note('warn'), error: note('error') }
  return { lines, logger }
}

const down = (m: EngineMarbles) => () => { m.vendor.change({ isDown: true }, '/stocks'); m.vendor.lose(ours) }
const up = (m: EngineMarbles) => () => { m.vendor.change({ isDown: false }, '/stocks') }

describe('a fallback', () => {
  it('takes over when the provider has not served for the delay, and gives back when it has been ready long enough', engineMarbles((m) => {
    const { lines, logger } = told()
    const engine: Engine = m.engine({ ...test, logger, frequencies: [perSecond({ fallback: spareOf(m) }), perMinute()] })
    const seconds = engine.frequency('per_second')
    const reader = seconds.lane('T' as never).reader('one')

    // What the vendor says from 13 on is nobody's, until 19.
    m.at('                                       ---d---------u------------', { d: down(m), u: up(m) })
    trades(m, '                                  -a-------BcD---eF--g---hG-')
    m.expect(seconds.event$.pipe(priceOf)).toBe(' -1-------2-4----6------8--')
    m.expect(seconds.state$.pipe(map(byOf), distinctUntilChanged(), skip(1))).toBe('l--r----(sf)-------l', { l: 'live -', r: 'recovering -', s: 'recovering spare', f: 'live spare' })
    m.expect(seconds.gap$.pipe(map(gapOf))).toBe('---o----(ps)-------(mn)', {
      o: 'closed open 0 -', p: 'closed open 0 spare', s: 'closed closed 0 spare', m: 'moved open 3 scripted', n: 'moved closed 3 scripted',
    })
    m.at('                                       -------x--------y---------z', {
      x: () => { expect(engine.health().frequencies[0]!.state.fallback).toBeUndefined() },
      y: () => {
        expect(engine.health().frequencies[0]).toMatchObject({ provider: 'spare', state: { fallback: { provider: 'spare', sinceMs: 8, cause: { _tag: 'failedOver' } } } })
        expect(engine.health().frequencies[0]!.state.reason).toMatch(/^its events come from its fallback spare: scripted has not served it for 5 ms: /)
        expect(engine.health().frequencies[0]!.status).toBe('degraded')
      },
      z: () => {
        expect(lines).toEqual(['warn per_second comes from its fallback spare from now on', 'warn per_second comes from scripted again'])
        const pulls = Array.from({ length: 3 }, () => reader.pull())
        expect(pulls.map(({ from, to, gapBefore }) => [from, to, gapBefore?.provider])).toEqual([[0, 1, undefined], [1, 4, 'spare'], [4, 5, 'scripted']])
      },
    })
  }))

  it('leaves it to the provider when that is back within the delay', engineMarbles((m) => {
    const engine: Engine = m.engine({ ...test, frequencies: [perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')

    trades(m, '                                  -a#-------b'.replace('#', '-'))
    m.at('                                       --x', { x: () => { m.vendor.lose(ours) } })
    m.expect(seconds.event$.pipe(priceOf)).toBe(' -1--------2')
    m.expect(seconds.gap$.pipe(map(gapOf))).toBe('--o-c', { o: 'closed open 0 -', c: 'closed closed 0 -' })
    m.at('                                       ----------x', { x: () => { expect(m.vendor.opened()).toBe(2) } })
  }))

  it('takes over at once when the provider refuses the key, and gives back by restart() when the key is mended', engineMarbles((m) => {
    m.script({ key: 'good' })
    m.vendor.change({ key: 'refused' }, '/stocks')
    const { lines, logger } = told()
    const engine: Engine = m.engine({ ...test, logger, frequencies: [perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')

    trades(m, '                                  -A-B----c-')
    m.at('                                       ----m-r---', { m: () => { m.vendor.change({ key: 'good' }, '/stocks') }, r: () => { seconds.restart() } })
    m.expect(seconds.event$.pipe(priceOf)).toBe(' -1-2----3-')
    m.expect(seconds.gap$.pipe(map(gapOf))).toBe('(pq)--(mn)', { p: 'failedOver open -1 spare', q: 'failedOver closed -1 spare', m: 'moved open 1 scripted', n: 'moved closed 1 scripted' })
    m.at('                                       ---x-----y', {
      x: () => { expect(engine.health().frequencies[0]!.state.reason).toContain('scripted cannot serve it: ') },
      y: () => {
        expect(lines).toHaveLength(1)
        expect(engine.health().links).toHaveLength(1)
      },
    })
  }))

  it('serves who has no connection left, and marks where', engineMarbles((m) => {
    const limited: Provider = { ...m.vendor.provider, endpoint: (wish) => ({ ...m.vendor.provider.endpoint(wish), account: 'one', connectionsMax: 1 }) }
    const engine: Engine = m.engine({ ...test, provider: limited, frequencies: [fairMarketValue({ url: 'ws://values/stocks' }), perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')
    const gaps: string[] = []
    seconds.gap$.subscribe((gap) => gaps.push(gapOf(gap)))

    trades(m, '                                  --A-B-')
    m.expect(seconds.event$.pipe(priceOf)).toBe(' --1-2-')
    m.expectStates('per_second', '               L-----')
    m.at('                                       -----x', { x: () => {
      expect(gaps).toEqual(['failedOver open -1 spare', 'failedOver closed -1 spare'])
      expect(engine.health().frequencies[1]).toMatchObject({ name: 'per_second', provider: 'spare' })
    } })
  }))

  it('serves whose channels the provider refuses, while its neighbour on the link sees the same as without it', () => {
    const [withIt, without] = [true, false].map((isThere) => {
      const trace: string[] = []
      engineMarbles((m) => {
        m.script({ ignores: ['T'] })
        const engine: Engine = m.engine({ ...test, frequencies: [perSecond(isThere ? { fallback: spareOf(m) } : {}), perMinute()] })
        const minutes = engine.frequency('per_minute')
        const lane = minutes.lane('AM' as never)
        minutes.batch$.subscribe((batch) => trace.push(`${JSON.stringify(batch.at(0))} before ${String(lane.nextOffset)}`))
        minutes.state$.subscribe(({ word }) => trace.push(word))
        minutes.gap$.subscribe((gap) => trace.push(gapOf(gap)))
        m.at('                  --------r', { r: () => { m.vendor.change({ ignores: [] }) } })
        m.feed.AM('             -a-b-c-d-e-f-g-h-a-b-c-d-e-f-g-h')
      })()
      return trace
    })

    expect(withIt).toEqual(without)
    expect(withIt!.length).toBeGreaterThan(16)
  })

  it('gives back at once when it does not serve either', engineMarbles((m) => {
    const engine: Engine = m.engine({ ...test, failover: { delayMs: 5, returnMs: 1000 }, frequencies: [perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')

    m.at('                                       ---d-------k--u---', { d: down(m), u: up(m), k: () => { m.vendor.change({ isDown: true }, '/market'); m.vendor.lose(theirs) } })
    trades(m, '                                  -a-------B--------c')
    m.expect(seconds.event$.pipe(priceOf)).toBe(' -1-------2--------3')
    m.at('                                       ------------------x', { x: () => { expect(engine.health().frequencies[0]).toMatchObject({ provider: 'scripted' }) } })
  }))

  it('stays after so many takeovers, until restart()', engineMarbles((m) => {
    const { lines, logger } = told()
    const engine: Engine = m.engine({ ...test, logger, failover: { delayMs: 2, returnMs: 2, attemptsMax: 2 }, frequencies: [perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')

    m.at('                                       -d----u---------d----u----------------------r', { d: down(m), u: up(m), r: () => { seconds.restart() } })
    trades(m, '                                  ------------a------------------------bC--------d')
    m.expect(seconds.event$.pipe(priceOf)).toBe(' ------------1-------------------------3--------4')
    m.at('                                       ---------------------------------------------x', { x: () => {
      expect(lines).toEqual(['warn per_second comes from its fallback spare from now on', 'warn per_second comes from scripted again', 'warn per_second comes from its fallback spare until restart()'])
    } })
  }))

  it('does not serve a frequency that is stopped, and serves it again when it is started', engineMarbles((m) => {
    const engine: Engine = m.engine({ ...test, frequencies: [perSecond({ fallback: spareOf(m) })] })
    const seconds = engine.frequency('per_second')

    m.at('                                       -d-x-------s------', { d: down(m), x: () => { seconds.stop() }, s: () => { seconds.start() } })
    trades(m, '                                  --------A--------B')
    m.expect(seconds.event$.pipe(priceOf)).toBe(' -----------------2')
  }))

  describe('in production', () => {
    it('does not serve, which is said when the engine is made', engineMarbles((m) => {
      const { lines, logger } = told()
      m.engine({ ...test, mode: 'production', logger, frequencies: [perSecond({ fallback: spareOf(m) })] })

      m.at('                         ---d', { d: down(m) })
      m.expectStates('per_second', ' L--R--------')
      m.at('                         -----------x', { x: () => {
        expect(m.vendor.connections()).toEqual([])
        expect(lines).toEqual(['warn per_second names the fallback spare, which does not serve in production unless failover.inProduction says so'])
      } })
    }))

    it('serves when that is asked for, and the log calls it an error', engineMarbles((m) => {
      const { lines, logger } = told()
      m.engine({ ...test, mode: 'production', failover: { inProduction: true, delayMs: 5 }, logger, frequencies: [perSecond({ fallback: spareOf(m) })] })

      m.at('                         ---d', { d: down(m) })
      m.expectStates('per_second', ' L--R----L---')
      m.at('                         -----------x', { x: () => { expect(lines).toEqual(['error per_second comes from its fallback spare from now on']) } })
    }))
  })

  describe('with reconfigure', () => {
    it('comes and goes, and what it serves goes back when it may not any more', async () => {
      const answers: Promise<unknown>[] = []
      engineMarbles((m) => {
        const [plain, spare] = [perSecond(), spareOf(m)]
        const seconds = perSecond({ fallback: spare })
        const engine: Engine = m.engine({ ...test, frequencies: [plain] })
        const next = (options: Partial<EngineOptions>) => () => { answers.push(engine.reconfigure({ ...test, provider: m.vendor.provider, frequencies: [seconds], ...options })) }

        m.at('                                       -d---a-----------p-----u------', { d: down(m), u: up(m), a: next({}), p: next({ mode: 'production' }) })
        trades(m, '                                  ------------A-----B--------c--')
        m.expect(engine.frequency('per_second').event$.pipe(priceOf)).toBe('------------1--------------3--')
        m.at('                                       -------------------x', { x: () => { expect(engine.health().frequencies[0]).toMatchObject({ provider: 'scripted' }) } })
      })()

      expect(await Promise.all(answers)).toEqual([
        [{ path: 'frequencies.per_second.fallback', after: 'spare' }],
        [{ path: 'mode', before: 'test', after: 'production' }],
      ])
    })
  })

  it('is looked at when the engine is made', engineMarbles((m) => {
    const { provider } = m.vendor
    const make = (options: Partial<EngineOptions>) => () => m.engine({ ...test, frequencies: [perSecond()], ...options })

    expect(make({ frequencies: [perSecond({ fallback: provider })] })).toThrow('per_second: its fallback is its own provider scripted; give it another one')
    expect(make({ frequencies: [perSecond({ fallback: {} as Provider })] })).toThrow('per_second: fallback is a provider, such as simulated({ seed: 7 }), not {}')
    const keyless: Provider = { ...spareOf(m), endpoint: () => { throw new RangeError('spare needs a key') } }
    expect(make({ frequencies: [perSecond({ fallback: keyless })] })).toThrow('spare needs a key')
    expect(make({ failover: { delayMs: 0, attemptsMax: 0 }, mode: 'live' as never })).toThrow([
      '3 things cannot be:',
      'mode is production, test or hybrid, not "live"',
      'failover.delayMs must be above 0 and at most 2147483647 milliseconds, not 0',
      'failover.attemptsMax is a whole number from 1, or Infinity, not 0',
    ].join('\n  '))
  }))
})
