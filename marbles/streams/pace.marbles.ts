import { asyncScheduler, EMPTY, NEVER } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { type MarketSession, sessionAt } from '../../operators/calendar.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { defineFrequency } from '../../streams/defineFrequency.ts'
import type { Frequency } from '../../streams/frequency.ts'
import { type PaceOptions, paceOf } from '../../streams/pace.ts'
import { engineMarbles } from '../index.ts'

const said = { A: 'active', q: 'quiet', S: 'stale', M: 'closedMarket' } as const
const yes = { t: true, f: false }

/** A day drawn: p pre, o open, a after, c closed; the last letter holds. */
const drawn = (diagram: string) => (atMs: number): MarketSession => {
  const letter = diagram.trim().slice(0, atMs + 1).replaceAll('-', '').at(-1) as 'p' | 'o' | 'a' | 'c'
  return ({ p: 'pre', o: 'regular', a: 'after', c: 'closed' } as const)[letter]
}
/** The real calendar; moment 0 of the page is this instant. */
const from = (instant: string) => (atMs: number): MarketSession => sessionAt(Date.parse(instant) + atMs)

const pace = (options: Partial<PaceOptions> = {}) => paceOf({ quietMs: 4, staleMs: 12, speaks: 'regular', sessionAt: drawn('o'), ...options })
const byMinutes = (options: Partial<PaceOptions>) => paceOf({ quietMs: 60_000, staleMs: 300_000, ...options })

describe('paceOf', () => {
  it('is active while events come, then quiet, then stale, or has a closed market as its reason', marbles((m) => {
    const session = '      o------------------c-------o------------------'
    const source$ = m.hot('-a---------------a------------------------a-|')
    const expected = '     A----q-------S---A---M-----q-----------S--A-|'

    m.expect(source$.pipe(pace({ sessionAt: drawn(session) }))).toBeObservable(expected, said)
    m.expect(source$).toHaveSubscriptions('^-------------------------------------------!')
  }))

  it('stays active over many events, and counts from the last', marbles((m) => {
    const source$ = m.hot('-aa--a-(aa)-----------|')
    const expected = '     A----------q-------S--|'

    m.expect(source$.pipe(pace())).toBeObservable(expected, said)
  }))

  it('goes quiet and stale over a source that never speaks, for ever, and stops its tick when it is unsubscribed', marbles((m) => {
    m.expect(NEVER.pipe(pace()), '^---------------------!').toBeObservable('A---q-------S----------', said)
    m.expect(NEVER.pipe(pace()), '^-----!').toBeObservable('A---q--', said)
  }))

  it('completes and fails with its source, stale or not', marbles((m) => {
    m.expect(EMPTY.pipe(pace())).toBeObservable('(A|)', said)
    m.expect(m.cold('--#').pipe(pace())).toBeObservable('A-#', said)
    m.expect(m.cold('--------------|').pipe(pace())).toBeObservable('A---q-------S-|', said)
    m.expect(NEVER.pipe(pace({ listening$: m.cold('--#') }))).toBeObservable('A-#', said)
  }))

  it('takes the event of the moment in which it would have gone quiet, or stale', marbles((m) => {
    const source$ = m.hot('a---a-----------a------|')
    const expected = '     A-------q-------A---q--|'

    m.expect(source$.pipe(pace())).toBeObservable(expected, said)
  }))

  it('leaves out quiet where stale comes as soon, and never comes to an endless stale time', marbles((m) => {
    m.expect(NEVER.pipe(pace({ staleMs: 4 })), '       ^-----!   ').toBeObservable('A---S', said)
    m.expect(NEVER.pipe(pace({ staleMs: Infinity })), '^ 999ms !').toBeObservable('A---q', said)
  }))

  it('sees silence a quarter of the quiet time late, at most', marbles((m) => {
    const source$ = m.hot('--a-----------------------------------------|')
    const expected = '     A---------q-------------------------S-------|'

    // Ticks are at 2, 4, 6, …: quiet falls on one, the 33 of stale between two.
    m.expect(source$.pipe(paceOf({ quietMs: 8, staleMs: 33 }))).toBeObservable(expected, said)
  }))

  describe('while events cannot come', () => {
    it('does not go stale; from then on silence counts anew', marbles((m) => {
      const listening$ = m.hot('f-------------t-----------------f--t--------------', yes)
      const expected = '        A---q---------------------S-----q--------------S--'

      m.expect(NEVER.pipe(pace({ listening$ })), '^------------------------------------------------!').toBeObservable(expected, said)
      m.expect(listening$).toHaveSubscriptions('  ^------------------------------------------------!')
    }))

    it('is not impressed by hearing twice that they can', marbles((m) => {
      const listening$ = m.hot('t----t--|  ', yes)
      const expected = '        A---q-------S-'

      m.expect(NEVER.pipe(pace({ listening$ })), '^ 20ms !').toBeObservable(expected, said)
    }))
  })

  describe('with the market', () => {
    it('counts from the opening when it was quiet before', marbles((m) => {
      const session = '  p---------o-------------c------'
      const expected = ' A---M-----q-----------S-M------'

      m.expect(NEVER.pipe(pace({ sessionAt: drawn(session) })), '^-------------------------------!').toBeObservable(expected, said)
    }))

    it('counts from the event that came after the opening', marbles((m) => {
      const session = '       c---------o----------------'
      const source$ = m.hot(' -------------a-----------------')
      const expected = '      A---M-----q--A---q-------S------'

      m.expect(source$.pipe(pace({ sessionAt: drawn(session) })), '^-----------------------------!').toBeObservable(expected, said)
    }))

    it('goes from stale to closed, and takes the closing bell before the accusation', marbles((m) => {
      const late = '     o--------------c---'
      const expected = ' A---q-------S--M---'
      const tie = '      o-----------c------'
      const excused = '  A---q-------M------'

      m.expect(NEVER.pipe(pace({ sessionAt: drawn(late) })), '^-------------------!').toBeObservable(expected, said)
      m.expect(NEVER.pipe(pace({ sessionAt: drawn(tie) })), ' ^-------------------!').toBeObservable(excused, said)
    }))

    it('is active over events of a closed market, for as long as they come', marbles((m) => {
      const source$ = m.hot('------a--a-a---------|')
      const expected = '     A---M-A--------M-----|'

      m.expect(source$.pipe(pace({ sessionAt: drawn('c') }))).toBeObservable(expected, said)
    }))

    it('expects events in regular hours, in extended hours, or always', marbles((m) => {
      const session = '            c-----p-----o-----a-----c-------'
      const of_ = (speaks: 'regular' | 'extended' | 'always') => NEVER.pipe(pace({ staleMs: 5, speaks, sessionAt: drawn(session) }))
      const subs = '               ^-------------------------------!'

      m.expect(of_('regular'), subs).toBeObservable('  A---M-------q----SM', said)
      m.expect(of_('extended'), subs).toBeObservable(' A---M-q----S------------M', said)
      m.expect(of_('always'), subs).toBeObservable('   A---qS', said)
    }))

    it('counts a market as open of which the calendar knows nothing', marbles((m) => {
      const noZones = (): never => { throw new Error('This runtime knows no time zones') }

      m.expect(NEVER.pipe(pace({ sessionAt })), '         ^-------------!').toBeObservable('A---q-------S-', said)
      m.expect(NEVER.pipe(pace({ sessionAt: noZones })), '^-------------!').toBeObservable('A---q-------S-', said)
    }))

    it('asks the calendar on the tick, never for an event', marbles((m) => {
      const asked: number[] = []
      const sessionAt = (atMs: number): MarketSession => { asked.push(atMs); return 'regular' }
      const source$ = m.hot('aaaaaaaaaaaaaaaaaaaa|')

      m.expect(source$.pipe(paceOf({ quietMs: 20, staleMs: 60, speaks: 'regular', sessionAt }))).toBeObservable('A-------------------|', said)
      m.flush()
      expect(asked).toEqual([5, 10, 15])
    }))
  })

  describe('by the calendar of the US market', () => {
    it('is stale on a Wednesday morning, and closed on Thanksgiving', marbles((m) => {
      const at = (instant: string) => NEVER.pipe(byMinutes({ speaks: 'regular', sessionAt: from(instant) }))

      m.expect(at('2026-11-25T15:00:00Z'), '^ 20m !').toBeObservable('A 59s 999ms q 3m 59s 999ms S', said)
      m.expect(at('2026-11-26T15:00:00Z'), '^ 20m !').toBeObservable('A 59s 999ms M', said)
    }))

    it('closes early on the day after: at 13:00 for regular hours, at 17:00 for extended ones', marbles((m) => {
      const at = (speaks: 'regular' | 'extended', instant: string) => NEVER.pipe(byMinutes({ speaks, sessionAt: from(instant) }))
      const closing = 'A 59s 999ms q 3m 59s 999ms S 4m 59s 999ms M'

      m.expect(at('regular', '2026-11-27T12:50:00-05:00'), '^ 20m !').toBeObservable(closing, said)
      m.expect(at('extended', '2026-11-27T16:50:00-05:00'), '^ 20m !').toBeObservable(closing, said)
      m.expect(at('extended', '2026-11-27T12:50:00-05:00'), '^ 20m !').toBeObservable('A 59s 999ms q 3m 59s 999ms S', said)
    }))

    it('opens an hour earlier in UTC after the weekend on which summer time begins, and later after the one on which it ends', marbles((m) => {
      const over = (instant: string) => NEVER.pipe(byMinutes({ speaks: 'regular', sessionAt: from(instant) }))
      // Friday 15:57 in New York to Monday 09:30: 65 h 33 min on other weekends.
      const spring = 'A 59s 999ms q 1m 59s 999ms M 3869m 59s 999ms q 4m 59s 999ms S'
      const autumn = 'A 59s 999ms q 1m 59s 999ms M 3989m 59s 999ms q 4m 59s 999ms S'
      const other = ' A 59s 999ms q 1m 59s 999ms M 3929m 59s 999ms q 4m 59s 999ms S'

      m.expect(over('2026-03-06T20:57:00Z'), '^ 4000m !').toBeObservable(spring, said)
      m.expect(over('2026-10-30T19:57:00Z'), '^ 4000m !').toBeObservable(autumn, said)
      m.expect(over('2026-06-05T19:57:00Z'), '^ 4000m !').toBeObservable(other, said)
    }))

    it('begins to expect extended hours at 04:00', marbles((m) => {
      const source$ = NEVER.pipe(byMinutes({ speaks: 'extended', sessionAt: from('2026-11-23T03:57:00-05:00') }))

      m.expect(source$, '^ 20m !').toBeObservable('A 59s 999ms M 1m 59s 999ms q 4m 59s 999ms S', said)
    }))
  })

  describe('over a clock that jumps', () => {
    const jumping = (jumpMs: number, test: Parameters<typeof marbles>[0]) => () => {
      const now = asyncScheduler.now.bind(asyncScheduler)
      const clock = jest.spyOn(asyncScheduler, 'now').mockImplementation(() => (now() < 7 ? now() : now() + jumpMs))
      try {
        marbles(test)()
      } finally {
        clock.mockRestore()
      }
    }

    it('does not hold the hours against it in which the machine slept', jumping(3_600_000, (m) => {
      const expected = 'A---q--------------S-----'

      m.expect(NEVER.pipe(pace({ speaks: 'always' })), '^------------------------!').toBeObservable(expected, said)
    }))

    it('counts anew when the clock is put back', jumping(-3_600_000, (m) => {
      const expected = 'A---q--A---q-------S-----'

      m.expect(NEVER.pipe(pace({ speaks: 'always' })), '^------------------------!').toBeObservable(expected, said)
    }))
  })
})

describe('the frequencies', () => {
  const { codecs } = perSecond()
  const times = ({ quietMs, staleMs, speaks }: Pick<Frequency, 'quietMs' | 'staleMs' | 'speaks'>) => [quietMs, staleMs, speaks]

  it('have times and hours of their own', () => {
    expect([perSecond(), perMinute(), fairMarketValue()].map(times)).toEqual([
      [10_000, 60_000, 'extended'],
      [130_000, 300_000, 'extended'],
      [60_000, 300_000, 'regular'],
    ])
    expect(defineFrequency({ name: 'halts', codecs, quietMs: 7 })()).toMatchObject({ quietMs: 7, staleMs: 35, speaks: 'always' })
  })

  it('take other times from a host, stale in proportion to quiet unless told', () => {
    expect(times(perSecond({ quietMs: 20_000 }))).toEqual([20_000, 120_000, 'extended'])
    expect(times(perSecond({ staleMs: 90_000 }))).toEqual([10_000, 90_000, 'extended'])
    expect(times(perMinute({ quietMs: 600_000, staleMs: Infinity }))).toEqual([600_000, Infinity, 'extended'])
  })

  it.each([
    ['a stale time below the quiet one', () => perSecond({ staleMs: 9_999 }), 'per_second: staleMs is quietMs, 10000, or more, not 9999'],
    ['a stale time that is none', () => perSecond({ staleMs: NaN }), 'per_second: staleMs is quietMs, 10000, or more, not NaN'],
    ['no quiet time', () => perSecond({ quietMs: 0 }), 'per_second: quietMs must be above 0 and at most 2147483647 milliseconds, not 0'],
    ['a definition with both the wrong way round', () => defineFrequency({ name: 'halts', codecs, quietMs: 7, staleMs: 6 }), 'halts: staleMs is quietMs, 7, or more, not 6'],
    ['hours that are none', () => defineFrequency({ name: 'halts', codecs, quietMs: 7, speaks: 'never' as 'always' }), 'halts: speaks is regular, extended or always, not "never"'],
  ])('are refused with %s', (_, wrong, message) => {
    expect(wrong).toThrow(new RangeError(message))
  })
})

describe('the word of a frequency', () => {
  it('reads stale after a minute without a trade, live at the next one', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond(), perMinute()] })

    m.feed.T('                    -a 63s             -a--')
    m.expectStates('per_second', 'L 12499ms q 49999ms S 502ms L--')
    m.lasts('64s')
  }))

  it('comes back quiet from a reconnect, and is stale only a minute later', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()], link: { settleMs: 0, retry: { initialMs: 10 } } })
    m.feed.T('                   -a 80s #--')
    m.expectStates('per_second', 'L 12499ms q 49999ms S 17501ms R ---- q 62492ms S')
    m.lasts('145s')
  }))
})
