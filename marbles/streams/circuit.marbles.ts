import { perSecond, perMinute, fairMarketValue } from '../../streams/frequencies/index.ts'
import { engineMarbles, letterEvent, minuteBar, trade } from '../index.ts'

const quick = { settleMs: 0, retry: { initialMs: 10 } }

describe('circuit', () => {
  it('brings each frequency what is its own, in the order of the wire', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond(), perMinute(), fairMarketValue()] })

    m.feed.T('  -a-(bc)-d-')
    m.feed.AM(' --a----b--')
    m.feed.FMV('-a--b-----')

    m.expectEvents('per_second', '       -a-(bc)-d-')
    m.expectEvents('per_minute', '       --a----b--')
    m.expectEvents('fair_market_value', '-a--b-----')
    m.expectStates('per_second', '       L---------')
  }))

  it('parts a frame of several types and keeps the order within each', engineMarbles((m) => {
    const mixed = ['a', 'b', 'c'].flatMap((letter) => [letterEvent('T', letter), letterEvent('AM', letter)])
    m.engine({ frequencies: [perSecond(), perMinute()] })

    m.feed.events('-x-', { x: mixed })

    m.expectEvents('per_second', '-(abc)-')
    m.expectEvents('per_minute', '-(abc)-')
  }))

  it('gives the union of the event types of one frequency, each type in the order of the wire', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ channels: ['T', 'Q'] })] })
    const values = { a: letterEvent('T', 'a'), x: letterEvent('Q', 'a'), b: letterEvent('T', 'b') }

    m.feed.events('-a-x-b-', values)

    m.expectEvents('per_second', '-a-x-b-', values)
    m.expect(m.pulls(engine.frequency('per_second').lane('Q'), '------p')).toBe('------q', { q: [values.x] })
  }))

  it('counts what nobody wants as unwanted', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] }), perMinute()] })
    const stray = '[{"ev":"T","sym":"GME","p":1,"s":1,"t":1700000000000},{"ev":"Q","sym":"AAPL","t":1700000000000}]'

    m.feed.T('   -a--b-')
    m.feed.text('--x---', { x: stray }, 'T')

    m.expectEvents('per_second', '-a--b-')
    m.at('-----z', { z: () => expect(engine.health().links[0]!.unwanted).toBe(2) })
  }))

  it('counts by why what the scanner left to JSON.parse and the codec', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond()] })
    const odd = '[{"ev":"T","sym":"\\u0041","p":1,"s":1,"t":1700000000000},{"ev":"T"},{"ev":"T"}]'

    m.feed.text('-x-x-', { x: odd }, 'T')

    m.at('       --y-z', {
      y: () => expect(engine.health().links[0]!.unscanned).toEqual({ text: 1, absent: 2 }),
      z: () => expect(engine.health().links[0]).toMatchObject({ unscanned: { text: 2, absent: 4 }, rejected: 4, events: 2 }),
    })
  }))

  it('ends nothing and refuses nothing for a status that nobody knows, and counts it', engineMarbles((m) => {
    m.script({ ignores: ['T.GME'] })
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] }), perMinute()], link: quick })
    const strange = '[{"ev":"status","status":"maintenance","message":"in an hour"},{"ev":"status","status":"","message":"not authorized"},{"ev":"status","status":"success"}]'

    m.feed.T('                   -a---b---c-')
    m.feed.AM('                  -a---b---c-')
    // Once with nothing in flight, and once while the answer for a ticker is waited for.
    m.feed.text('                ---x---x---', { x: strange }, 'T')
    m.at('                       -----s-----', { s: () => { engine.frequency('per_second').setTickers(['AAPL', 'GME']) } })

    m.expectEvents('per_second', '-a---b---c-')
    m.expectStates('per_second', 'L----R-----')
    m.expectGaps('per_second', '  -----------')
    m.expectEvents('per_minute', '-a---b---c-')
    m.expectStates('per_minute', 'L----------')
    m.at('                       ----------z', { z: () => {
      const { links: [link], frequencies: [trades] } = engine.health()
      expect(m.vendor.opened()).toBe(1)
      // Two unknown words, twice; known are the handshake's four and two of the strange ones.
      expect(link).toMatchObject({ unknownStatuses: 4, statuses: 10, lost: 0, rejected: 0 })
      expect(trades!.state).toMatchObject({ channels: 'pending', refused: [] })
    } })
  }))

  it('loses a dedicated link for one frequency only', engineMarbles((m) => {
    m.engine({ links: 'dedicated', frequencies: [perSecond(), perMinute(), fairMarketValue()], link: quick })

    m.feed.T('  -a-#------b-')
    m.feed.AM(' --a----b----')
    m.feed.FMV('-a--b-------')

    m.expectEvents('per_second', '       -a--------b-')
    m.expectStates('per_second', '       L--R----L---')
    m.expectGaps('per_second', '         ---o----c--')
    m.expectEvents('per_minute', '       --a----b----')
    m.expectStates('per_minute', '       L-----------')
    m.expectEvents('fair_market_value', '-a--b-------')
  }))

  it('makes the same output of the same bytes, seed and clock', () => {
    const seen: string[] = []

    for (let run = 0; run < 2; run += 1) {
      engineMarbles((m) => {
        const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
        m.random = () => 0.25

        m.feed.T(' -a-(bc)#-----d')
        m.feed.AM('--a-----------')

        m.at('--------------z', { z: () => seen.push(JSON.stringify([engine.health(), engine.ledger().rows])) })
      })()
    }

    expect(seen[0]).toBe(seen[1])
  })

  it('tells two events apart that differ in their price alone', () => {
    const told = engineMarbles((m) => {
      m.engine({ frequencies: [perMinute()] })

      m.feed.AM('-a-', { a: minuteBar({ close: 100 }) })

      m.expectEvents('per_minute', '-a-', { a: minuteBar({ close: 99 }) })
    })

    expect(told).toThrow('close is 100, expected 99')
    expect(() => { expect(trade({ price: 101 })).toStrictEqual(trade({ price: 102 })) }).toThrow('102')
  })
})
