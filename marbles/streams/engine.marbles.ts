import { asyncScheduler, filter, map, type MonoTypeOperatorFunction, tap } from 'rxjs'

import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Trade } from '../../streams/model.ts'
import { engineMarbles, letterEvent, trade } from '../index.ts'

const quick = { settleMs: 0, retry: { initialMs: 10 } }
const throwing: MonoTypeOperatorFunction<Trade> = tap(() => { throw new Error('no') })

describe('engine', () => {
  it('stops and starts one frequency while the others\' diagrams stay untouched', engineMarbles((m) => {
    const { stop, start } = m.engine({ frequencies: [perSecond(), perMinute(), fairMarketValue()] }).frequency('per_second')

    m.feed.T('  -a-b-c-d-e-')
    m.feed.AM(' -a-b-c-d-e-')
    m.feed.FMV('---(abc)---')
    m.at('      --s---t----', { s: stop, t: start })

    m.expectEvents('per_second', '       -a-----d-e-')
    m.expectStates('per_second', '       L-X---L----')
    m.expectEvents('per_minute', '       -a-b-c-d-e-')
    m.expectStates('per_minute', '       L----------')
    m.expectStates('fair_market_value', 'L----------')
    m.expectGaps('per_second', '         -----------')
  }))

  it('changes the tickers of one frequency while the others\' diagrams stay untouched', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] }), perMinute()] })
    const values = { a: trade(), g: trade({ symbol: 'GME' }) }

    m.feed.T('                 -(ag)--(ag)--(ag)-', values)
    m.feed.AM('                -a-----b-----c----')
    m.at('                     -----s-----t------', {
      s: () => { engine.frequency('per_second').setTickers(['AAPL', 'GME']) },
      t: () => { engine.frequency('per_second').setTickers(['GME']) },
    })

    m.expectEvents('per_second', '-a-----(ag)--g----', values)
    m.expectEvents('per_minute', '-a-----b-----c----')
    m.expectStates('per_minute', 'L-----------------')
  }))

  it('asks the vendor for the difference only', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL', 'MSFT'] }), perMinute()] })
    const held: string[][] = []

    m.at('-l-s-l-x-l', {
      l: () => { held.push(m.vendor.connections().flatMap(({ channels }) => [...channels].sort())) },
      s: () => { engine.frequency('per_second').setTickers(['MSFT', 'GME']) },
      x: () => { engine.frequency('per_second').stop() },
    })
    m.at('----------z', { z: () => expect(held).toEqual([['AM.*', 'T.AAPL', 'T.MSFT'], ['AM.*', 'T.GME', 'T.MSFT'], ['AM.*']]) })
  }))

  it('refuses tickers that cannot be, and keeps those it has', engineMarbles((m) => {
    const { setTickers } = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] })] }).frequency('per_second')

    m.feed.T('                 -a-b-')
    m.at('                     --s--', { s: () => { expect(() => { setTickers(['A,B']) }).toThrow('per_second: "A,B" is no ticker') } })

    m.expectEvents('per_second', '-a-b-')
  }))

  it('reads refused when the vendor refuses all channels of a frequency, and leaves the others live', engineMarbles((m) => {
    m.script({ refuses: ['FMV'] })
    m.engine({ frequencies: [perSecond(), fairMarketValue()], link: { ...quick, ackLimitMs: 5 } })

    m.feed.T('                       -a------')

    m.expectStates('fair_market_value', 'F-------')
    m.expectStates('per_second', '       L-------')
    m.expectEvents('per_second', '       -a------')
  }))

  it('reads refused after the limit when the vendor is silent about a channel', engineMarbles((m) => {
    m.script({ ignores: ['T'] })
    m.engine({ frequencies: [perSecond(), perMinute()], link: { ...quick, ackLimitMs: 5 } })

    m.expectStates('per_second', 'C----F--')
    m.expectStates('per_minute', 'L-------')
  }))

  it('reads live with a reason when only some channels are refused', engineMarbles((m) => {
    m.script({ refuses: ['T.GME'] })
    const { state$ } = m.engine({ frequencies: [perSecond({ tickers: ['AAPL', 'GME'] })], link: quick }).frequency('per_second')

    m.expect(state$.pipe(filter(({ word }) => word === 'live'), map(({ channels, reason }) => `${channels}: ${String(reason)}`))).toBe('a----', { a: 'partlyRefused: refused: T.GME' })
  }))

  it('reads halted when the key is wrong, and does not try again', engineMarbles((m) => {
    m.script({ refusesKey: true })
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })

    m.expectStates('per_second', 'H-- 1s')
    m.expectStates('per_minute', 'H-- 1s')
    m.at('                        --- 1s z', { z: () => {
      expect(m.vendor.opened()).toBe(1)
      expect(engine.health().frequencies[0]!.state.reason).toBe('the vendor refused the key or the plan: authentication failed')
    } })
  }))

  it('reads connecting while the vendor is down and live when it is back', engineMarbles((m) => {
    let isDown = true
    m.script({ isDown: () => isDown })
    m.engine({ frequencies: [perSecond()], link: quick })

    m.at('                       --u---------', { u: () => { isDown = false } })
    m.expectStates('per_second', 'C----L------')
  }))

  it('reads recovering between a loss and the acknowledgement after it', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()], link: quick })

    m.feed.T('                   -a-#------b-')
    m.expectStates('per_second', 'L--R----L---')
    m.expectEvents('per_second', '-a--------b-')
  }))

  it('reads quarantined while its operators fail, and the others live', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond().pipe(throwing), perMinute()] })

    m.feed.T('                   -(abcdef)-')
    m.feed.AM('                  --------a-')

    m.expectStates('per_second', 'LQ--------')
    m.expectStates('per_minute', 'L---------')
    m.expectEvents('per_minute', '--------a-')
  }))

  it('reads quiet when nothing has come for a while', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.feed.T('                   -a- 12s  -')
    m.expectStates('per_second', 'L 12499ms q-- 1s')
  }))

  it('shares one socket, or opens one per frequency', () => {
    const sockets = (links: 'shared' | 'dedicated'): number => {
      let opened = 0
      engineMarbles((m) => {
        m.engine({ links, frequencies: [perSecond(), perMinute(), fairMarketValue()] })
        m.at('-z', { z: () => { opened = m.vendor.opened() } })
      })()
      return opened
    }

    expect([sockets('shared'), sockets('dedicated')]).toEqual([1, 3])
  })

  it('opens a socket per address and key, and keeps their faults apart', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond(), perMinute({ url: 'ws://vendor/other' })], link: quick })

    m.feed.T('                   -a-#-----b-')
    m.feed.AM('                  -a---b-----')

    m.expectEvents('per_second', '-a-------b-')
    m.expectEvents('per_minute', '-a---b-----')
    m.expectStates('per_minute', 'L----------')
    m.at('--z', { z: () => { expect(m.vendor.opened()).toBe(2) } })
  }))

  it('pauses a socket whose inbox is full and loses nothing by it', engineMarbles((m) => {
    // A turn every 5 ms that takes one frame from each link: six times slower than they come.
    const runtime = { turn: (work: () => void) => { const action = asyncScheduler.schedule(work, 5); return () => { action.unsubscribe() } } }
    const engine = m.engine({ links: 'dedicated', frequencies: [perSecond(), perMinute()], link: quick, inboxBytes: 200, turnBytes: 1, runtime })

    m.feed.T('                   -------------------------abcdef-------------------------------')
    m.feed.AM('                  -----------------------------------a--------------------------')

    m.expectStates('per_second', 'C--------------L----------------------------------------------')
    m.expectEvents('per_second', '------------------------------a----b----c----d----e----f------')
    m.expectEvents('per_minute', '-----------------------------------a--------------------------')
    m.at('                        -------------------------z---------------------------------y--', {
      z: () => { expect(engine.health().links[0]!.pausedMs).toBe(0) },
      y: () => { expect(engine.health().links[0]!.pausedMs).toBeGreaterThan(0) },
    })
  }))

  it('stops everything upstream at the moment of the close, and still hands on what has come', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond()] })

    m.feed.T('                   -a-b-c-')
    m.at('                       ----x--', { x: () => void engine.close() })

    m.expect(engine.frequency('per_second').event$).toBe('-a-b|', { a: letterEvent('T', 'a'), b: letterEvent('T', 'b') })
    m.at('------z', { z: () => { expect(m.vendor.connections()).toEqual([]) } })
  }))

})
