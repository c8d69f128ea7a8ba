import { distinctUntilChanged, map, type Observable, take } from 'rxjs'

import type { Engine } from '../../src/engine.ts'
import type { FrequencyHealth } from '../../src/ops/health.ts'
import type { Logger } from '../../src/ops/logger.ts'
import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Trade } from '../../streams/model.ts'
import { engineMarbles, trade } from '../index.ts'

// Looks are ten milliseconds apart, and what is past is remembered for ten of them.
const healthEveryMs = 10
const link = { settleMs: 0, closeWaitMs: 1, retry: { initialMs: 40, capMs: 40 }, pingMs: 20, muteMs: 1000 }
const trades = perSecond({ quietMs: 20, staleMs: 40, url: 'ws://trades/stocks' })
const bars = perMinute({ quietMs: 5_000, staleMs: 10_000, url: 'ws://bars/stocks' })
const engineOptions = { frequencies: [trades, bars], links: 'dedicated', link, healthEveryMs } as const

const healthOf = (engine: Engine, name: string): FrequencyHealth =>
  engine.health().frequencies.find((one) => one.name === name) as FrequencyHealth

/** `ok ok`: trades, then bars; once per change. */
const statuses = ({ health$ }: Engine): Observable<string> =>
  health$.pipe(
    map(({ frequencies }) => frequencies.map(({ status }) => status).join(' ')),
    distinctUntilChanged(),
  )

const letters = { o: 'ok ok', T: 'down ok', t: 'degraded ok', x: 'down down', B: 'ok down', b: 'ok degraded' }

const steadily = (ms: number): string => `-a${' 9ms a'.repeat(ms / 10)}`

describe('health', () => {
  it('names a lost link at the next look, calls the other well, and forgets it ten looks later', engineMarbles((m) => {
    const engine = m.engine(engineOptions)
    m.feed.T(steadily(200))
    m.at('-------------l', { l: () => m.vendor.lose('T') })

    // The second socket comes after 20 ms: a wait of up to 40, drawn in the middle.
    m.expect(statuses(engine)).toBe('x---------o---------T 19ms t 79ms o-', letters)
    m.at('25ms s', {
      s: () => {
        expect(healthOf(engine, 'per_second').why).toEqual([
          'per_second is recovering for 12 ms, trades/stocks#per_second is waiting, next try in 8 ms: the connection closed with 1006 (no close frame)',
        ])
        expect(engine.health()).toMatchObject({ status: 'degraded', reasons: healthOf(engine, 'per_second').why })
      },
    })
    m.at('60ms s', {
      s: () => {
        expect(healthOf(engine, 'per_second').why).toEqual([
          'per_second may have missed events in the last 60 ms, 1 gap: the connection closed with 1006 (no close frame)',
        ])
      },
    })
  }))
  it('takes a link away from both that share it', engineMarbles((m) => {
    const shared = [perSecond({ quietMs: 20, staleMs: 40 }), bars.with({ url: undefined })] as const
    const engine = m.engine({ ...engineOptions, frequencies: shared, links: 'shared' })
    m.feed.T(steadily(60))
    m.at('-------------l', { l: () => m.vendor.lose() })

    m.expect(statuses(engine).pipe(take(3))).toBe('x---------o---------(x|)', letters)
  }))

  it('calls silence stale while the market is open, and what comes again live', engineMarbles((m) => {
    const engine = m.engine(engineOptions)
    m.feed.T('-a----------------------------------------------------------------------a-')

    m.expect(statuses(engine)).toBe('x---------o 39ms t 29ms o---------', letters)
    m.at('55ms s', {
      s: () => {
        expect(healthOf(engine, 'per_second')).toMatchObject({
          why: ['per_second is stale: no event has come for 54 ms, which is longer than 40 ms, though its link is live and the market open'],
          lastArrivalMs: 1,
          pace: { quietMs: 20, staleMs: 40, isExpected: true },
        })
      },
    })
  }))

  it('says what is refused, what is stopped, and what operators threw', engineMarbles((m) => {
    m.script({ refuses: ['AM.*'] })
    const throwing = map((one: Trade) => {
      if (one.symbol === 'BAD') throw new Error('not this one')
      return one
    })
    const engine = m.engine({ ...engineOptions, frequencies: [trades.pipe(throwing), bars] })
    m.feed.T('-a-b-a--------------------------------', { a: trade(), b: trade({ symbol: 'BAD' }) })
    m.at('    ---------------------------s----u----', {
      s: () => engine.frequency('per_second').stop(),
      u: () => {
        const [first, second] = engine.health().frequencies
        expect([first?.status, ...(first?.why ?? [])]).toEqual([
          'down',
          'per_second is stopped: it takes nothing until it is started',
          'per_second has lost 1 event to dead letters in the last 32 ms',
          'per_second has had its operators built anew 1 time in the last 32 ms: they threw or completed',
        ])
        expect([second?.status, ...(second?.why ?? [])]).toEqual([
          'down',
          'per_minute is refused: the vendor gives it none of AM.*; does the plan of the key have it?',
        ])
        expect(engine.health().status).toBe('down')
      },
    })
  }))

  it('is not down for want of what is not required', engineMarbles((m) => {
    const extra = perMinute({ url: 'ws://bars/stocks', required: false })
    const engine = m.engine({ ...engineOptions, frequencies: [trades, extra] })
    m.feed.T(steadily(40))
    m.at('-----s------u', {
      s: () => engine.frequency('per_second').stop(),
      u: () => expect(engine.health()).toMatchObject({ status: 'down', frequencies: [{ required: true }, { required: false, status: 'ok' }] }),
    })
  }))

  it('counts rejects of the frequency that they can be told of, and of the link otherwise', engineMarbles((m) => {
    const engine = m.engine(engineOptions)
    m.feed.T(steadily(40))
    m.feed.text('-----r--', { r: '[{"ev":"T","sym":"A"}]' }, 'T')
    m.feed.text('-----n--', { n: '[what]' }, 'AM')
    m.at('------------s', {
      s: () => {
        expect(engine.health().reasons).toEqual([
          'per_second had 1 element in the last 12 ms that could not be decoded',
          'per_minute is on bars/stocks#per_minute, which had 1 element in the last 12 ms that could not be read at all',
        ])
      },
    })
  }))

  it('is logged when it changes, with the cause', engineMarbles((m) => {
    const said: string[] = []
    const at = (level: string) => (_fields: object, message: string) => {
      if (message.startsWith('the engine is')) said.push(`${level} ${message}`)
    }
    const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => logger }
    m.engine({ ...engineOptions, logger })
    m.feed.T(steadily(200))
    m.at('-------------l', { l: () => m.vendor.lose('T') })
    m.at('160ms s', {
      s: () => {
        expect(said).toEqual([
          'info the engine is well',
          'warn the engine is degraded: per_second is recovering for 7 ms, trades/stocks#per_second is waiting, next try in 13 ms: the connection closed with 1006 (no close frame)',
          'info the engine is well again',
        ])
      },
    })
  }))

  it('speaks at once to whoever comes, also after the end', engineMarbles((m) => {
    const engine = m.engine(engineOptions)
    m.lasts('30ms')
    const said: boolean[] = []
    m.at('-----s', {
      s: () => engine.health$.subscribe({ next: ({ isClosed }) => said.push(isClosed), complete: () => expect(said).toEqual([false, false, false, false, true]) }),
    })
  }))
})

describe('latency', () => {
  const startMs = Date.UTC(2026, 10, 24, 15)
  const tradeAt = (ms: number): Trade => trade({ atMs: startMs + ms })

  it('measures each step by the event that took longest, and says when the vendor is ahead', engineMarbles((m) => {
    m.startsAt(startMs)
    const engine = m.engine(engineOptions)
    m.feed.T('----------a----b', { a: [tradeAt(2), tradeAt(9)], b: tradeAt(17) })
    const reader = engine.frequency('per_second').lane('T').reader('late')
    m.at('--------------------p', {
      p: () => {
        reader.pull()
        reader.commit()
      },
    })

    m.at('---------------------s', {
      s: () => {
        const { latency } = healthOf(engine, 'per_second')
        expect(latency).toMatchObject({ received: { count: 2, p50: expect.closeTo(0.001) }, delivered: { count: 1 } })
        expect(latency.received?.max).toBeCloseTo(8, 0)
        expect(latency.appended?.count).toBe(2)
        expect(latency.delivered?.max).toBeCloseTo(10, 0)
        expect(latency.aheadMs).toBeCloseTo(2, 0)
      },
    })
  }))

  it('forgets after a minute', engineMarbles((m) => {
    m.startsAt(startMs)
    const engine = m.engine({ ...engineOptions, healthEveryMs: 10_000, link: {} })
    m.feed.T('-a-')
    m.at('30s s 39s t', {
      s: () => expect(healthOf(engine, 'per_second').latency.received).not.toBeNull(),
      t: () => expect(healthOf(engine, 'per_second').latency).toEqual({ received: null, appended: null, delivered: null, aheadMs: 0 }),
    })
  }))
})
