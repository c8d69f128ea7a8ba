import { bufferCount, map, mergeMap } from 'rxjs'

import type { Engine } from '../../src/engine.ts'
import type { Change } from '../../src/engine/differences.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import { defineFrequency } from '../../streams/defineFrequency.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { defineCodec, required, ticker, timeMs } from '../../streams/codecs/index.ts'
import { trade as tradeCodec } from '../../streams/codecs/trade.ts'
import type { Gap } from '../../streams/model.ts'
import { engineMarbles, type EngineMarbles } from '../index.ts'

const quick = { settleMs: 0, lingerMs: 2, retry: { initialMs: 10 } }
const other = 'ws://other/stocks'

const channelsOf = (m: EngineMarbles) => m.vendor.connections().map(({ channels }) => [...channels].sort().join()).sort()
const said = ({ cause, toMs, positions }: Gap) => `${cause._tag} ${toMs === undefined ? 'open' : 'closed'} ${positions.map(({ afterOffset }) => afterOffset).join()}`

type Next = Omit<EngineOptions, 'provider'> & { readonly provider?: EngineOptions['provider'] }

/** Reconfigures at a moment; the answer comes when the drawing is over. */
const at = (m: EngineMarbles, engine: Engine, diagram: string, next: () => Next): Promise<readonly Change[]> =>
  new Promise((resolve, reject) => {
    m.at(diagram, { k: () => { engine.reconfigure({ provider: m.vendor.provider, link: quick, ...next() }).then(resolve, reject) } })
  })

/** All that a frequency shows, in order, with the moment, as texts. */
const traceOf = (m: EngineMarbles, engine: Engine, name: string): readonly string[] => {
  const trace: string[] = []
  const handle = engine.frequency(name)
  let nowMs = 0
  m.at('--------------------------------', {})
  for (let ms = 1; ms < 40; ms += 1) m.at(`${'-'.repeat(ms)}x`, { x: () => { nowMs = ms } })
  const note = (what: string): void => { trace.push(`${String(nowMs)} ${what}`) }
  const lane = handle.lane(handle.eventTypes[0] as never)
  handle.batch$.subscribe((batch) => { for (let i = 0; i < batch.length; i += 1) note(`${JSON.stringify(batch.at(i))} before ${String(lane.nextOffset)}`) })
  handle.state$.subscribe(({ word, reason }) => { note(`${word} ${String(reason)}`) })
  handle.gap$.subscribe((gap) => { note(said(gap)) })
  handle.deadLetter$.subscribe(({ reason }) => { note(reason) })
  const pulls: string[] = []
  m.pulls(lane, '----p---p---p---p---p---p---p', { name: 'watch' }).subscribe((events) => { pulls.push(String(events.length)) })
  return Object.assign(trace, { pulls })
}

/** What the others of an engine show, in a page with a reconfiguration and in the same without. */
const withAndWithout = (others: readonly string[], page: (m: EngineMarbles, isChanged: boolean) => Engine) =>
  [true, false].map((isChanged) => {
    let traces: readonly (readonly string[])[] = []
    engineMarbles((m) => {
      const engine = page(m, isChanged)
      traces = others.map((name) => traceOf(m, engine, name))
    })()
    return traces
  }) as [readonly (readonly string[])[], readonly (readonly string[])[]]

describe('reconfigure', () => {
  describe('leaves the others as they would be without it', () => {
    const seconds = perSecond({ tickers: ['AAPL'] }).pipe(bufferCount(2), mergeMap((trades) => trades))
    const feed = (m: EngineMarbles): void => {
      m.feed.T('  -a-b-c-d-e-f-g-h-i-')
      m.feed.AM(' --a-b-c-d-e-f-g-h--')
      m.feed.FMV('-a---b---c---d---e-')
    }
    const both = { frequencies: [seconds, perMinute(), fairMarketValue({ url: other })], link: quick }

    it.each<readonly [string, readonly string[], () => Next]>([
      ['tickers', ['per_second', 'fair_market_value'], () => ({ ...both, frequencies: [seconds, perMinute({ tickers: ['GME'] }), fairMarketValue({ url: other })] })],
      ['an address', ['per_second', 'fair_market_value'], () => ({ ...both, frequencies: [seconds, perMinute({ url: 'ws://third/stocks' }), fairMarketValue({ url: other })] })],
      ['a key', ['per_second', 'per_minute'], () => ({ ...both, frequencies: [seconds, perMinute(), fairMarketValue({ url: other, key: 'another' })] })],
      ['operators', ['per_second', 'fair_market_value'], () => ({ ...both, frequencies: [seconds, perMinute().pipe(map((bar) => ({ ...bar, close: 1 }))), fairMarketValue({ url: other })] })],
      ['one that is removed', ['per_second', 'fair_market_value'], () => ({ ...both, frequencies: [seconds, fairMarketValue({ url: other })] })],
      ['two that are removed', ['per_second'], () => ({ ...both, frequencies: [seconds] })],
      ['one that is added', ['per_second', 'per_minute', 'fair_market_value'], () => ({ ...both, frequencies: [...both.frequencies, bands()] })],
      ['priorities', ['per_second', 'per_minute', 'fair_market_value'], () => ({ ...both, frequencies: [...both.frequencies].reverse() })],
      ['waits and limits', ['per_second', 'per_minute', 'fair_market_value'], () => ({ ...both, inboxBytes: 1000, turnBytes: 1000, link: { ...quick, pingMs: 1000 } })],
      ['nothing', ['per_second', 'per_minute', 'fair_market_value'], () => both],
    ])('%s', (_, others, next) => {
      const [changed, unchanged] = withAndWithout(others, (m, isChanged) => {
        const engine = m.engine(both)
        feed(m)
        m.at('---------k', { k: () => { if (isChanged) void engine.reconfigure({ provider: m.vendor.provider, ...next() }) } })
        return engine
      })

      expect(changed).toEqual(unchanged)
      expect(Math.min(...unchanged.map((trace) => trace.length))).toBeGreaterThan(4)
    })
  })

  it('says what it has changed, with keys masked, and asks the vendor for the difference only', async () => {
    let answer: Promise<readonly Change[]> = Promise.resolve([])
    engineMarbles((m) => {
      const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] }), perMinute({ key: 'first key', url: other })], link: quick })

      answer = at(m, engine, '---k', () => ({
        frequencies: [perSecond({ tickers: ['GME', 'AAPL'], quietMs: 20_000 }), perMinute({ key: 'second key', url: `${other}?token=secret` })],
        link: { ...quick, retry: { initialMs: 20 } },
        inboxBytes: 1000,
      }))
      m.at('--------x', { x: () => {
        expect(channelsOf(m)).toEqual(['AM.*', 'T.AAPL,T.GME'])
        expect(m.vendor.opened()).toBe(3)
      } })
    })()

    expect(await answer).toEqual([
      { path: 'inboxBytes', before: 262_144, after: 1000 },
      { path: 'link.retry.initialMs', before: 10, after: 20 },
      { path: 'frequencies.per_second.tickers', before: ['AAPL'], after: ['AAPL', 'GME'] },
      { path: 'frequencies.per_second.quietMs', before: 10_000, after: 20_000 },
      { path: 'frequencies.per_second.staleMs', before: 60_000, after: 120_000 },
      { path: 'frequencies.per_minute.url', before: 'ws://other/stocks', after: 'another: ws://other/stocks' },
      { path: 'frequencies.per_minute.key', before: '***', after: 'another: ***' },
    ])
  })

  describe('a frequency that is added', () => {
    it('runs at once, on the link that is there', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond()], link: quick })

      void at(m, engine, '--k', () => ({ frequencies: [perSecond(), perMinute()] }))
      m.feed.AM('         -a---b-c')
      m.feed.T('          -a---b-c')
      m.expectEvents('per_second', '-a---b-c')
      m.at('              ---x----y', {
        x: () => {
          m.expectEvents('per_minute', '-----b-c')
          expect(engine.frequencies.map(({ name }) => name)).toEqual(['per_second', 'per_minute'])
          expect(m.vendor.opened()).toBe(1)
        },
        y: () => { expect(engine.frequency('per_minute').lane('AM' as never).nextOffset).toBe(2) },
      })
    }))

    it('brings its own codec, which all links read from then on', engineMarbles((m) => {
      const band = defineCodec({ ev: 'LULD', at: 'atMs', fields: { symbol: required('T', ticker), atMs: required('t', timeMs) } })
      const bandsToo = defineFrequency({ name: 'bands', codecs: [band], quietMs: 60_000 })
      const engine: Engine = m.engine({ frequencies: [perSecond()], link: quick })
      const seen: unknown[] = []

      void at(m, engine, '  --k', () => ({ frequencies: [perSecond(), bandsToo()] }))
      m.feed.text('         -a--a', { a: '[{"ev":"LULD","T":"AAPL","t":1759759200000}]' })
      m.at('                ---x---y', {
        x: () => engine.frequency('bands').event$.subscribe((event) => seen.push(event)),
        y: () => {
          expect(seen).toEqual([{ ev: 'LULD', symbol: 'AAPL', atMs: 1759759200000 }])
          expect(engine.health().links.map(({ rejected }) => rejected)).toEqual([1])
        },
      })
    }))

    it('is told by lane$ and state$', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond()], link: quick })
      const lanes: string[] = []
      engine.lane$.subscribe(({ frequency, eventType }) => lanes.push(`${frequency}/${eventType}`))

      void at(m, engine, '--k', () => ({ frequencies: [perSecond(), perMinute()] }))
      void at(m, engine, '----k', () => ({ frequencies: [perMinute()] }))
      const seen: string[] = []
      engine.state$.subscribe((states) => seen.push(Object.entries(states).map(([name, { word }]) => `${name} ${word}`).join(', ')))
      m.at('              -----x', { x: () => {
        expect(lanes).toEqual(['per_second/T', 'per_minute/AM'])
        expect([...new Set(seen)]).toEqual(['per_second connecting', 'per_second live', 'per_second live, per_minute stopped', 'per_second live, per_minute connecting', 'per_second live, per_minute live', 'per_second stopped, per_minute live', 'per_minute live'])
        const late: string[] = []
        engine.lane$.subscribe(({ frequency }) => late.push(frequency))
        expect(late).toEqual(['per_minute'])
      } })
    }))
  })

  describe('a frequency that is removed', () => {
    it('gives out what its operators hold, completes, and its rows join the sums', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond().pipe(bufferCount(3), mergeMap((trades) => trades)), perMinute()], link: quick })
      const seconds = engine.frequency('per_second')
      const lane = seconds.lane('T' as never)
      const reader = lane.reader('one')

      void at(m, engine, '      ----k', () => ({ frequencies: [perMinute()] }))
      m.feed.T('                -a-b-c-d')
      m.feed.AM('               -a-b-c-d')
      m.expect(seconds.event$.pipe(map((event) => (event as { price?: number }).price))).toBe('----(ab|)', { a: 101, b: 102 })
      m.expectEvents('per_minute', '-a-b-c-d')
      m.at('                    --------x', { x: () => {
        expect(channelsOf(m)).toEqual(['AM.*'])
        expect(engine.frequencies.map(({ name }) => name)).toEqual(['per_minute'])
        expect(engine.health().frequencies.map(({ name }) => name)).toEqual(['per_minute'])
        expect(() => engine.frequency('per_second')).toThrow('no frequency "per_second"; this engine has per_minute')
        expect(() => { seconds.stop() }).toThrow('per_second was removed from the engine: it cannot be changed any more')
        const { rows } = engine.ledger()
        expect(rows.filter(({ name }) => name.startsWith('per_second')).map(({ kind, name }) => [kind, name])).toEqual([['reader', 'per_second/T/one']])
        expect(rows.filter(({ name }) => name === '(closed)').map(({ kind, figures }) => [kind, figures.offered ?? figures.emitted])).toEqual([['stream', 2], ['output', 2], ['lane', 2]])
        // What is retained is still the reader's.
        expect(reader.pull()).toHaveLength(2)
        reader.commit()
        reader.close()
        engine.ledger().assertBalanced()
      } })
    }))

    it('comes back under its name, and its offsets go on', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })

      void at(m, engine, '--k', () => ({ frequencies: [perMinute()] }))
      void at(m, engine, '----k', () => ({ frequencies: [perMinute(), perSecond({ limit: 5 })] }))
      m.feed.T('          -a-b-c-d')
      m.at('              --------x', { x: () => {
        const lane = engine.frequency('per_second').lane('T' as never)
        expect([lane.oldestOffset, lane.nextOffset, lane.limit]).toEqual([1, 3, 5])
        expect(m.vendor.opened()).toBe(1)
        expect(() => engine.frequency('per_second').lane('T' as never).reader('old', { from: { epoch: 'marble', offset: 0 } }).pull()).not.toThrow()
      } })
    }))

    it('does not hold up a link by a lane that waits for its reader', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond({ whenFull: 'block', limit: 2 }), perMinute()], link: quick })
      const reader = engine.frequency('per_second').lane('T' as never).reader('slow')

      m.feed.T('                    -a-b-c-----')
      m.feed.AM('                   ------a--b-')
      void at(m, engine, '          --------k--', () => ({ frequencies: [perMinute()] }))
      m.expectEvents('per_minute', '--------ab-')
      m.at('                        ---------x-', { x: () => {
        expect(reader.pull().length).toBe(2)
        expect(reader.figures().lost).toBe(1)
        reader.close()
      } })
    }))
  })

  describe('the mode of links', () => {
    it('parts them and joins them again; the most important stays where it is', engineMarbles((m) => {
      const both = [perSecond(), perMinute()]
      const engine: Engine = m.engine({ frequencies: both, link: quick })

      void at(m, engine, '          --k', () => ({ frequencies: both, links: 'dedicated' }))
      m.at('                        --------x', { x: () => { expect(channelsOf(m)).toEqual(['AM.*', 'T.*']) } })
      void at(m, engine, '          ---------k', () => ({ frequencies: both }))
      m.feed.T('                    -a-b-c-d-e-f-g-h')
      m.feed.AM('                   -a-----b-------c')
      m.expectEvents('per_second', '-a-b-c-d-e-f-g-h')
      m.expectGaps('per_second', '  ----------------')
      m.expectEvents('per_minute', '-a-----b-------c')
      m.expectGaps('per_minute', '  --(oc)---(oc)-')
      m.at('                        ---------------x', { x: () => { expect(channelsOf(m)).toEqual(['AM.*,T.*']) } })
    }))
  })

  describe('a provider', () => {
    it('that gives the same addresses and keys goes on, and another key moves only whom it concerns', async () => {
      const answers: Promise<readonly Change[]>[] = []
      engineMarbles((m) => {
        const { provider } = m.vendor
        const withKey = (key: string) => ({ ...provider, endpoint: (wish: Parameters<typeof provider.endpoint>[0]) => provider.endpoint(wish.frequency === 'per_minute' ? { key, ...wish } : wish) })
        const both = [perSecond(), perMinute()]
        const engine: Engine = m.engine({ frequencies: both, provider: withKey('one'), link: quick })

        answers.push(at(m, engine, '  --k', () => ({ frequencies: both, provider: withKey('one') })))
        answers.push(at(m, engine, '  ----k', () => ({ frequencies: both, provider: withKey('two') })))
        m.feed.T('                    -a-b-c-d-e-f-g-h')
        m.feed.AM('                   -a-b-c-d-e-f-g-h')
        m.expectEvents('per_second', '-a-b-c-d-e-f-g-h')
        m.expectGaps('per_second', '  ----------------')
        m.expectEvents('per_minute', '-a-b-c-d-e-f-g-h')
        m.expectGaps('per_minute', '  ----(oc)--------')
        m.at('                        ---------------x', { x: () => { expect(engine.health().links).toHaveLength(2) } })
      })()

      expect(await Promise.all(answers)).toEqual([[], [{ path: 'provider', before: 'scripted', after: 'another: scripted' }]])
    })
  })

  describe('waits and limits', () => {
    it('hold from the next wait and the next session on, without a link made anew', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond()], link: quick })

      void at(m, engine, '          --k', () => ({ frequencies: [perSecond()], link: { ...quick, retry: { initialMs: 4 } } }))
      m.feed.T('                    -a-b#----c')
      m.expectEvents('per_second', '-a-b-----c')
      m.expectStates('per_second', 'L---R-L---')
    }))

    it('of silence count from the change', engineMarbles((m) => {
      const engine: Engine = m.engine({ frequencies: [perSecond()], link: quick })

      void at(m, engine, '          --k', () => ({ frequencies: [perSecond({ quietMs: 8 })] }))
      m.expectStates('per_second', 'L---------q-----')
    }))
  })

  describe('what cannot be', () => {
    it('is listed whole, and changes nothing', async () => {
      const answers: Promise<readonly Change[]>[] = []
      const strangers = defineFrequency({ name: 'strangers', codecs: [{ ...tradeCodec }], quietMs: 1000 })
      engineMarbles((m) => {
        const engine: Engine = m.engine({ frequencies: [perSecond(), perMinute({ limit: 10 })], link: quick })
        const before = JSON.stringify(engine.health().links.map(({ id, frequencies }) => [id, frequencies]))

        answers.push(at(m, engine, '  --k', () => ({ frequencies: [perSecond({ tickers: ['GME'] }), perMinute({ limit: 20, whenFull: 'block' }), strangers()], turnBytes: 0, link: { pingMs: 0 }, runtime: { epoch: 'other' } })))
        answers.push(at(m, engine, '  ---k', () => ({ frequencies: [] })))
        answers.push(at(m, engine, '  ---k', () => ({ frequencies: [perSecond(), perMinute({ limit: 10, url: 'http://x' })] })))
        m.feed.T('                    -a-b-c')
        m.expectEvents('per_second', '-a-b-c')
        m.expectStates('per_second', 'L-----')
        m.at('                        -----x', { x: () => {
          expect(JSON.stringify(engine.health().links.map(({ id, frequencies }) => [id, frequencies]))).toBe(before)
          expect(m.vendor.opened()).toBe(1)
        } })
      })()

      const refused = await Promise.allSettled(answers)
      expect(refused.map((one) => (one.status === 'rejected' ? (one.reason as Error).message : ''))).toEqual([
        [
          '7 things cannot be:',
          'turnBytes must be above 0 bytes, not 0',
          'link: muteMs must be longer than pingMs, but they are 60000 and 0',
          'runtime.epoch cannot change while the engine runs: it names this run, and with an offset every event of it; make a new engine',
          'frequencies.per_minute.limit cannot change while its lanes are open: readers and batches are measured by them; remove the frequency and add it again',
          'frequencies.per_minute.whenFull cannot change while its lanes are open: readers and batches are measured by them; remove the frequency and add it again',
          'frequencies.strangers has another codec for T than this engine, which reads it already; use the same, or make a new engine',
          'the frequencies per_second and strangers both want T from vendor/stocks, and on one link an event type belongs to one frequency: give one of them another event type, host or key, or use dedicated links',
        ].join('\n  '),
        'frequencies needs at least one, such as perSecond()',
        'a link needs an address that begins with ws:// or wss://',
      ])
      for (const one of refused) expect(one).toMatchObject({ reason: expect.any(RangeError) })
    })
  })
})

function bands() {
  return defineFrequency({ name: 'bands', codecs: [tradeCodec], quietMs: 1000 })({ url: 'ws://bands/stocks' })
}
