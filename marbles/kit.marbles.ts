import { from, NEVER, of, throwError } from 'rxjs'

import { fairMarketValue, perMinute, perSecond } from '../streams/frequencies/index.ts'
import { engineMarbles, type EngineMarbles, fairValue, letterEvent, MarbleMismatch, minuteBar, quote, secondBar, trade } from './index.ts'
import { decodeFrame, encodeEvent } from '../streams/codecs/index.ts'

/** What a page is told that is drawn wrong. */
const told = (page: (m: EngineMarbles) => void): string => {
  try {
    engineMarbles(page)()
    return ''
  } catch (error) {
    return error instanceof MarbleMismatch ? error.message : String(error)
  }
}

describe('the marble kit', () => {
  it('shows what was drawn above what came, and what the letters mean', () => {
    const message = told((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.T('                   -a-b-')
      m.expectEvents('per_second', '-a--b')
    })

    expect(message).toContain('what per_second gives is not as drawn')
    expect(message).toContain('  expected  -a--b\n  received  -a-b-\n               ^ at 3: b came, nothing was drawn\n')
    expect(message).toContain('  b = {"ev":"T","symbol":"AAPL","price":102,')
  })

  it('does not take two events with different prices for equal', () => {
    for (const [ev, one, other] of [
      ['T', trade({ price: 101 }), trade({ price: 102 })],
      ['AM', minuteBar({ high: 101 }), minuteBar({ high: 102 })],
      ['FMV', fairValue({ price: 101 }), fairValue({ price: 102 })],
    ] as const) {
      const message = told((m) => {
        m.engine({ frequencies: [perSecond(), perMinute(), fairMarketValue()] })
        m.feed[ev]('-a-', { a: one })
        m.expectEvents({ T: 'per_second', AM: 'per_minute', FMV: 'fair_market_value' }[ev], '-a-', { a: other })
      })

      expect(message).toContain(`    ${ev === 'AM' ? 'high' : 'price'} is 101, expected 102`)
    }
  })

  it('tells of an event too many and of one that never came', () => {
    const page = (expected: string) => told((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.T('-a-b-')
      m.expectEvents('per_second', expected)
    })

    expect(page('-a---')).toContain('  expected  -a--\n  received  -a-b')
    expect(page('-a-bc')).toContain('  expected  -a-bc\n  received  -a-b-')
    expect(page('-a-b-')).toBe('')
  })

  it('tells all that differs at once', () => {
    const message = told((m) => {
      m.engine({ frequencies: [perSecond(), perMinute()] })
      m.feed.T('-a-')
      m.expectEvents('per_second', '-b-')
      m.expectStates('per_minute', 'C--')
      m.expectDeadLetters('per_second', '--a')
      m.expectGaps('per_second', '-o-')
    })

    for (const what of ['what per_second gives is', 'the state of per_minute is', 'the dead letters of per_second are', 'the gaps of per_second are']) expect(message).toContain(`${what} not as drawn`)
  })

  it('draws one moment in one column, whatever stands beside it', () => {
    const message = told((m) => {
      m.expect(of(1)).toBe('(ab|) 2s c-d')
    })
    const close = told((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.T('                   -(ab)-c-')
      m.at('                       --x', { x: () => { m.vendor.send([letterEvent('T', 'z')]) } })
      m.expectEvents('per_second', '-(ab)--c')
    })

    expect(message).toContain('  expected  (ab|) 2s c-d\n  received  (0|)- 2s ---\n            ^ at 0: 0 and | came, a and b and | was drawn')
    // Nothing can be drawn right behind a group, so it gets a column of its own, and a space, which takes no time, beside it.
    expect(close).toContain('  expected  -(ab)   --c\n  received  -(ab)z   c-\n')
  })

  it('gives a letter to every value it shows', () => {
    const message = told((m) => {
      m.expect(from(Array.from({ length: 12 }, (_, n) => ({ n })))).toBe('-')
    })

    expect(message).toContain('received  (0123456789AB|)')
    expect(message).toContain('  B = {"n":11}')
  })

  it('draws errors, ends, long waits and nothing at all', () => {
    const message = told((m) => {
      m.expect(of(1)).toBe('-')
      m.expect(throwError(() => new Error('why'))).toBe('|')
      m.expect(NEVER).toBe('a 100ms b|')
    })

    expect(message).toContain('received  (0|)')
    expect(message).toContain('received  #')
    expect(message).toContain('# at 0 = Error: why')
    expect(message).toContain('expected  a 100ms b|\n  received  (nothing)')
  })

  it('tells of a ledger that does not balance', () => {
    const message = told((m) => {
      const engine = m.engine({ frequencies: [perSecond()] })
      engine.attach({ name: 'leaky', health: () => ({}) }).row('client', 'one', () => ({ offered: 3, sent: 1, queued: 1, conflated: 0, dropped: 0, abandoned: 0 }))
    })

    expect(message).toContain('the ledger does not balance:\n  client one: offered 3 is not sent 1 + queued 1 + conflated 0 + dropped 0 + abandoned 0')
  })

  it('names what is drawn wrong', () => {
    const feeding = (diagram: string, values?: Record<string, unknown>) => told((m) => {
      m.engine({ frequencies: [perSecond()] })
      m.feed.T(diagram, values)
    })

    expect(feeding('a--')).toContain('the feed "a--" begins at moment 0, which is the handshake: begin with a dash')
    expect(feeding('-A-')).toContain('the letter "A" has no default event: use a to z, or give its value')
    expect(feeding('-a-10ms b')).toContain('a time has a space before and after it, as in "-a 10ms b"')
    expect(feeding('-a 10ms|')).toContain('a time has a space before and after it')
    expect(feeding('-^-a')).toContain('has a ^: subscriptions are not drawn here')
    expect(feeding('-(ab-')).toContain('has a bracket without its other half')
    expect(told((m) => { m.expectEvents('per_second', '-') })).toContain('make the engine first')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.expectEvents('per_hour', '-') })).toContain('no frequency "per_hour"; this engine has per_second')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.script({}) })).toContain('the script comes before the engine')
    expect(told((m) => { m.at('-x', {}) })).toContain('the letter x has no action')
    expect(told((m) => { m.feed.text('-x', {}) })).toContain('the letter x has no text')
    expect(told((m) => { m.feed.events('-x', {}) })).toContain('the letter x needs its event')
    expect(told((m) => { m.feed.events('-#', {}) })).toContain('cannot lose a link')
  })

  it('names a page that tests nothing', () => {
    const told1 = (page: (m: EngineMarbles) => unknown) => told((m) => page(m) as void)

    expect(told1(async () => { await Promise.reject(new Error('unheard')) })).toContain('a page is not async: virtual time does not wait for promises')
    expect(told((m) => { m.expect(of(1)) })).toContain('m.expect(…) expects nothing yet: go on with toBe')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.expect('per_second') })).toContain('m.expect("per_second") expects nothing yet: go on with toLoseNothing, toLoseNothingSilently, toKeepOrder, toBeIsolatedFrom')
    expect(told((m) => { m.expect((() => of(1)) as never).toBe('-') })).toContain('m.expect takes an Observable, not a function: is it an operator that was given no options?')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.feed.AM('-a') })).toContain('feed.AM("-a") feeds nobody: no frequency of this page takes AM')
    expect(told((m) => { m.feed.T('-a') })).toContain('feed.T("-a") feeds nobody: no frequency of this page takes T')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.feed.T('-a', { a: { price: 3 } }) })).toContain('the letter a is fed {"price":3}: an event needs the texts ev and symbol')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.expectStates('per_second', 'Z') })).toContain('"Z" is to be the state of per_second, and Z is none of X stopped, H halted,')
    expect(told((m) => { m.engine({ frequencies: [perSecond()] }); m.expectGaps('per_second', '-O') })).toContain('"-O" is to be the gaps of per_second, and O is none of o opened, c closed')
  })

  it('lasts as long as its longest drawing, a time at the end included', () => {
    const seen: number[] = []

    engineMarbles((m) => {
      m.lasts('2s')
      m.at('-a 10ms -', { a: () => seen.push(1) })
      m.at(' 1999ms z', { z: () => seen.push(2) })
    })()

    expect(seen).toEqual([1, 2])
  })

  it('lets an error of the page itself out as it is', () => {
    expect(() => { engineMarbles((m) => { m.at('-x', { x: () => { throw new TypeError('mine') } }) })() }).toThrow(new TypeError('mine'))
    expect(() => { engineMarbles(() => { throw new TypeError('mine') })() }).toThrow(new TypeError('mine'))
  })

  it('builds events that the wire can say and that come back the same', () => {
    for (const event of [trade(), quote(), secondBar(), minuteBar(), fairValue(), letterEvent('T', 'z'), letterEvent('AM', 'c')]) {
      const [batch] = decodeFrame(Buffer.from(`[${encodeEvent(event).toString()}]`)).batches

      expect(batch!.at(0)).toStrictEqual(event)
    }
    expect(() => letterEvent('LULD', 'a')).toThrow('letters have no default events of type LULD')
  })
})
