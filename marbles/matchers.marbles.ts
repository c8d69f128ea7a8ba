import { concatMap, delay, filter, map, mergeMap, of, tap, timer } from 'rxjs'

import { fairMarketValue, perMinute, perSecond } from '../streams/frequencies/index.ts'
import {
  assertIsolatedFrom,
  assertKeepsOrder,
  assertLosesNothing,
  assertLosesNothingSilently,
  engineMarbles,
  type EngineMarbles,
  inTurn,
    MarbleMismatch,
  matchers,
  seeded,
  trade,
} from './index.ts'
import './matchers.ts'

expect.extend(matchers)

const quick = { settleMs: 0, retry: { initialMs: 10 } }

const told = (test: () => void): string => {
  try {
    test()
    return ''
  } catch (error) {
    return error instanceof MarbleMismatch ? error.message : String(error)
  }
}

/** What a page is told that is drawn wrong. */
const toldBy = (page: (m: EngineMarbles) => void): string => told(engineMarbles(page))

const peaceful = engineMarbles((m) => {
  m.engine({ frequencies: [perSecond(), perMinute()] })

  m.feed.T( '-a-(bc)-d-')
  m.feed.AM('--a-----b-')
})

/** The link of both is lost: b was never sent, c was on its way. */
const lossy = engineMarbles((m) => {
  m.script({ latencyMs: 2 })
  m.engine({ frequencies: [perSecond(), perMinute()], link: quick })

  m.feed.T( '------a--b-c----------d---')
  m.faults('----------l')
  m.feed.AM('------a---------------b---')
})

const choking = engineMarbles((m) => {
  m.engine({
    frequencies: [perSecond(), perMinute(), fairMarketValue().pipe(tap(({ price }) => { if (price === 102) throw new Error('102') }))],
  })

  m.feed.T(  '-a-b-c-')
  m.feed.AM( '--a----')
  m.feed.FMV('-a-b-c-')
})

describe('toLoseNothing', () => {
  it('holds where everything comes through, in jest and without it', () => {
    expect(peaceful).toLoseNothing()
    expect(peaceful).toLoseNothingSilently()
    assertLosesNothing(peaceful)
    assertLosesNothingSilently(peaceful, 'per_second')
  })

  it('tells what was missed while a link was away, and who says so', () => {
    const message = told(() => { assertLosesNothing(lossy, 'per_second') })

    expect(message).toContain([
      'per_second lost 2 of 4 events',
      '  sent  ------a--b-c----------d',
      '  lost  ---------b-c-----------',
      '  b at 9: was on its way when the connection was lost; the gap marble-1 says so',
      '  c at 11: no connection carried it; the gap marble-1 says so',
      '  a = {"ev":"T",',
    ].join('\n'))
    expect(lossy).not.toLoseNothing('per_second')
    expect(lossy).toLoseNothing('per_minute')
    expect(lossy).toLoseNothingSilently()
  })

  it('counts what became a dead letter, what could not be read and what a reader was too slow for', () => {
    const message = told(() => { assertLosesNothing(choking) })
    const slow = toldBy((m) => {
      const lane = m.engine({ frequencies: [perSecond({ limit: 2 })] }).frequency('per_second').lane('T')
      m.feed.T('     -(abc)-d--')
      void m.pulls(lane, '----------p', { name: 'slow' })
      void m.pulls(lane, '---------x', { name: 'gone' })
      m.expect('per_second').toLoseNothing()
      m.expect('per_second').toLoseNothingSilently()
    })
    const bad = toldBy((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.text('-x', { x: '[{"ev":"T","sym":"AAPL","p":-1,"s":1,"t":1700000000000}]' }, 'T')
      m.expect('per_second').toLoseNothing()
    })

    expect(message).toContain('fair_market_value lost 1 of 3 events\n  sent  -a-b-c\n  lost  ---b--\n  b at 3: became a dead letter (threw: Error: 102); deadLetter$ says so')
    expect(message).not.toContain('per_second')
    expect(slow).toContain('the reader slow of lane T was too slow for 2 events; lostBefore of its next pull says so')
    expect(slow).toContain('the reader gone of lane T was too slow for 2 events')
    expect(slow).not.toContain('in silence')
    expect(bad).toContain('an element at 1 could not be read')
  })

  it('counts what the timers of operators throw', () => {
    const message = toldBy((m) => {
      m.engine({ frequencies: [perSecond().pipe(mergeMap((event) => timer(2).pipe(map(() => { if (event.price > 100) throw new Error('late'); return event }))))] })
      m.feed.T('-a---')
      m.expect('per_second').toLoseNothing()
    })

    expect(message).toContain('per_second lost something\n  sent  -a\n  lost  (nothing)\n  a timer of the operators threw at 3 (Error: late), and what they held is gone')
  })

  it('asks for nothing that nobody wanted, or that operators leave out', engineMarbles((m) => {
    const handle = m.engine({ frequencies: [perSecond({ tickers: ['AAPL', 'MSFT'] }).pipe(filter(({ price }) => price !== 103))] }).frequency('per_second')

    m.feed.T('-ag-mb--c--d-e-f-', { a: trade(), g: trade({ symbol: 'GME' }), m: trade({ symbol: 'MSFT' }), b: trade({ price: 1 }), c: trade({ symbol: 'MSFT', price: 2 }) })
    m.at('    -------t-s--S-r-', {
      t: () => { handle.setTickers(['AAPL']) },
      s: () => { handle.stop() },
      S: () => { handle.start() },
      r: () => { handle.restart() },
    })

    m.expect('per_second').toLoseNothing()
    m.expect('per_second').toKeepOrder()
  }))

  it('does not take what is on its way, or waits, at the end of the drawing for lost', engineMarbles((m) => {
    m.script({ latencyMs: 5 })
    m.engine({ frequencies: [perSecond()] })

    m.feed.T('----------------a')

    m.expect('per_second').toLoseNothing()
  }))

  it('tells of a loss that nothing tells of', () => {
    const message = toldBy((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.T('-a--b-')
      m.faults('---h--')
      m.expect('per_second').toLoseNothingSilently()
    })

    expect(message).toContain([
      'per_second lost 1 of 2 events in silence',
      '  sent  -a--b',
      '  lost  ----b',
      '  b at 4: went into a half-open connection; the drawing ends before the engine can notice, and nothing says so',
    ].join('\n'))
  })

  it('is said by a gap once the engine has noticed', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.feed.T('-a--b-')
    m.faults('---h--')
    m.lasts('5m')

    m.expect('per_second').toLoseNothingSilently()
  }))
})

describe('toKeepOrder', () => {
  it('holds over groups, losses, moves and operators that only leave out', () => {
    expect(peaceful).toKeepOrder()
    expect(lossy).toKeepOrder('per_second')
    assertKeepsOrder(choking)
  })

  it('tells of operators that give out a later event before an earlier one', () => {
    const message = toldBy((m) => {
      m.engine({ frequencies: [perSecond().pipe(mergeMap((event) => of(event).pipe(delay(event.price === 101 ? 5 : 1))))] })
      m.feed.T('-a-b-------')
      m.expect('per_second').toKeepOrder()
    })

    expect(message).toContain('per_second does not keep the order: its operators gave out a at 6, behind b, and a had come in first\n  a = {"ev":"T"')
  })

  it('does not take new events of operators for disorder', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond().pipe(concatMap((event) => of({ ...event, size: 1 }, event)))] })

    m.feed.T('-a-b-')

    m.expect('per_second').toKeepOrder()
  }))
})

describe('toBeIsolatedFrom', () => {
  it('holds when a neighbour chokes, in jest and without it', () => {
    expect(choking).toBeIsolatedFrom('fair_market_value')
    assertIsolatedFrom(choking, 'fair_market_value')
  })

  it('holds when a dedicated link is lost, and not when a shared one is', () => {
    const page = (links: 'dedicated' | 'shared') => engineMarbles((m) => {
      m.engine({ links, frequencies: [perSecond(), perMinute()], link: quick })

      m.feed.T( '-a-#--b-------c-')
      m.feed.AM('-a---b--------c-')
    })
    const message = told(() => { assertIsolatedFrom(page('shared'), 'per_second') })

    expect(page('dedicated')).toBeIsolatedFrom('per_second')
    expect(page('shared')).not.toBeIsolatedFrom('per_second')
    expect(message).toContain([
      'per_minute is not isolated from per_second',
      '  what per_minute gives:',
      '  without per_second  -a---b--------c',
      '  with per_second     -a------------c',
      '                           ^ at 5: nothing with per_second, b without per_second',
    ].join('\n'))
    expect(message).toContain('  the gaps of per_minute:\n  without per_second  (nothing)\n  with per_second     ---o-')
  })

  it('leaves out what is aimed at a frequency, done to it and drawn of it, and nothing else', engineMarbles((m) => {
    m.script({ refuses: ['FMV.GME'] })
    const engine = m.engine({ links: 'dedicated', frequencies: [perSecond(), fairMarketValue({ tickers: ['AAPL', 'GME'] })], link: quick })
    const fmv = engine.frequency('fair_market_value')
    const { exchange: _, ...bare } = trade({ price: 5, size: 1 })
    const mixed = '[{"ev":"T","sym":"AAPL","p":5,"s":1,"t":1759759200000},{"ev":"FMV"},nonsense]'

    m.feed.T(  '-a-b-----c--d--')
    m.feed.text('--m--', { m: mixed }, 'T')
    m.feed.FMV('-a-b---#-----c-')
    m.faults('  --------------l', 'FMV')
    m.at('      ----s-S------t', { s: () => { fmv.stop() }, S: () => { fmv.start() }, t: () => { fmv.setTickers('*') } })

    m.expect('per_second').toBeIsolatedFrom('fair_market_value')
    m.expectEvents('per_second', '-axb-----c--d--', { x: bare })
    m.expectRejects('fair_market_value', '--')
    m.expectGaps('fair_market_value', '  -------o----c-o--')
  }))

  it('names what it cannot judge', () => {
    expect(toldBy((m) => { m.expect('per_second').toLoseNothing() })).toContain('make the engine first')
    expect(toldBy((m) => { m.engine({ frequencies: [perSecond()] }); m.expect('per_second').toBeIsolatedFrom('per_second') })).toContain('per_second cannot be isolated from itself')
    expect(toldBy((m) => { m.engine({ frequencies: [perSecond()] }); m.expect('per_second').toBeIsolatedFrom('per_hour') })).toContain('no frequency "per_hour"; this engine has per_second')
    expect(told(() => { assertLosesNothing(() => undefined) })).toContain('what is looked at has to be what engineMarbles has returned')
    expect(() => { expect(3).toKeepOrder() }).toThrow('what is looked at has to be what engineMarbles has returned')
    expect(toldBy((m) => { m.engine({ frequencies: [perSecond()] }); m.engine({ frequencies: [perSecond()] }); m.expect('per_second').toKeepOrder() })).toContain('with two engines in one page')
  })
})

describe('faults', () => {
  it('are drawn, each by its letter', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()], link: quick })

    m.feed.T('                   -a-----------b---------------')
    m.faults('                   ---l------------r--c---------')
    m.expectEvents('per_second', '-a-----------b--b------------')
    m.expectStates('per_second', 'L--R----L----------R---------L')
    m.expectGaps('per_second', '  ---o----c----------o---------c')
  }))

  it('can be rules: a server that is down, a key that is refused', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()], link: { settleMs: 0, retry: { initialMs: 2, factor: 1 } } })

    m.faults('                    --d-l---u-----k-l---')
    m.expectStates('per_second', 'L---R---L-------RH--')
  }))

  it('say when they meet nobody, and which there are', () => {
    expect(toldBy((m) => { m.engine({ frequencies: [perSecond()] }); m.faults('--l', 'FMV') })).toContain('the fault l at 2 of "--l" met no connection')
    expect(toldBy((m) => { m.faults('-x') })).toContain('the letter x is no fault; there are l, c, e, f, s, h, t, r, b, d, u, k, g')
    expect(toldBy((m) => { m.engine({ frequencies: [perSecond()] }); m.faults('-b', { url: '/stocks' }) })).toContain('the fault b is aimed by an event type')
  })
})

describe('chance', () => {
  it('is decided by the test: the jitter of the wire', engineMarbles((m) => {
    const wire = inTurn(0, 0, 0, 0, 0.3, 0.4)
    m.script({ latencyMs: () => Math.round(wire() * 10) })
    m.engine({ frequencies: [perSecond()], link: { settleMs: 0, retry: { initialMs: 10 } } })

    m.feed.T('                     -a-b------')

    m.expectEvents('per_second', '----a--b-')
  }))

  it('is decided by the test: the jitter of a retry', engineMarbles((m) => {
    m.random = inTurn(0.2, 0.9)
    m.engine({ frequencies: [perSecond()], link: { settleMs: 0, retry: { initialMs: 10, factor: 1 } } })

    m.faults('                    -l----l----------')
    m.expectStates('per_second', 'LR-L--R--------L-')
  }))

  it('gives the same numbers for the same seed, and says which numbers cannot be', () => {
    const [one, other] = [seeded(7), seeded(7)]

    expect(Array.from({ length: 5 }, one)).toEqual(Array.from({ length: 5 }, other))
    expect(Array.from({ length: 5 }, seeded(8))).not.toEqual(Array.from({ length: 5 }, seeded(7)))
    expect([1, 2, 3].map(inTurn(0, 0.5))).toEqual([0, 0.5, 0.5])
    expect(() => inTurn(1)).toThrow('inTurn takes numbers from 0 up to 1, not 1')
    expect(() => seeded(0.5)).toThrow('a seed is a whole number, not 0.5')
  })
})
