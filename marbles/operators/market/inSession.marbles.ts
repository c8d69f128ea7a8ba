import { map, range, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { EventRefused } from '../../../operators/market/eventRefused.ts'
import { inSession } from '../../../operators/market/inSession.ts'
import { decodeFrame, encodeEvent } from '../../../streams/codecs/index.ts'
import type { MinuteBar, Trade } from '../../../streams/model.ts'
import { minuteBar, trade } from '../../index.ts'

const ms = (time: string): number => Date.parse(`2025-10-06T${time}-04:00`)
const events: Record<string, Trade | MinuteBar> = {
  a: trade({ atMs: ms('09:29:59.999') }),
  b: trade({ atMs: ms('09:30:00.000') }),
  c: minuteBar({ startMs: ms('15:59:00.000') }),
  d: trade({ atMs: ms('16:00:00.000') }),
  // A time in seconds.
  x: trade({ atMs: 1_759_758_600 }),
}
const batchOf = (...letters: string[]) => {
  const [batch] = decodeFrame(Buffer.from(`[${letters.map((letter) => encodeEvent(events[letter]!).toString()).join(',')}]`)).batches
  return batch!
}

describe('inSession', () => {
  it('lets through what happened in the session, bars by their start', marbles((m) => {
    const source$ = m.hot('  -a-b-c-d-|', events)
    const expected = '       ---b-c---|'
    const subs = '           ^--------!'

    m.expect(source$.pipe(inSession('regular'))).toBeObservable(expected, events)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('gives nothing for a source that never speaks', marbles((m) => {
    m.expect(m.hot<Trade>('-').pipe(inSession('regular'))).toBeObservable('-')
  }))

  it('completes with an empty source', marbles((m) => {
    m.expect(m.cold<Trade>('--|').pipe(inSession('regular'))).toBeObservable('--|')
  }))

  it('lets the only event through, as the same object', marbles((m) => {
    const passed: unknown[] = []

    m.expect(m.hot('-b-|', events).pipe(inSession('regular'), map((event) => {
      passed.push(event)
      return event
    }))).toBeObservable('-b-|', events)
    m.flush()
    expect(passed[0]).toBe(events.b)
  }))

  it('takes several sessions', marbles((m) => {
    m.expect(m.hot('-a-b-c-d-|', events).pipe(inSession(['pre', 'after']))).toBeObservable('-a-----d-|', events)
  }))

  it('asks the calendar of the host', marbles((m) => {
    m.expect(m.hot('-a-b-|', events).pipe(inSession('closed', { sessionAt: () => 'closed' }))).toBeObservable('-a-b-|', events)
  }))

  it('keeps of a batch what happened in the session, and no batch of which nothing is left', marbles((m) => {
    const batches = { x: batchOf('a', 'b', 'd'), y: batchOf('a', 'd'), z: batchOf('b') }
    const sizes$ = m.hot('-x-y-z-|', batches).pipe(inSession('regular'), map((batch) => `${batch.length} ${batch.atMs(0)}`))
    const one = `1 ${String(ms('09:30:00.000'))}`

    m.expect(sizes$).toBeObservable('-X---X-|', { X: one })
  }))

  it('hands on a batch of which all is left as it is', marbles((m) => {
    const batch = batchOf('b')

    m.expect(m.hot('-z-|', { z: batch }).pipe(inSession('regular'), map((one) => one === batch))).toBeObservable('-t-|', { t: true })
  }))

  it('judges a batch of bars by their start', marbles((m) => {
    m.expect(m.hot('-c-|', { c: batchOf('c') }).pipe(inSession('regular'), map(({ length }) => length))).toBeObservable('-n-|', { n: 1 })
  }))

  it('fails with the source', marbles((m) => {
    m.expect(m.hot('-b-#', events).pipe(inSession('regular'))).toBeObservable('-b-#', events)
  }))

  it('refuses an event whose time is none', marbles((m) => {
    const cause = { handler: 'inSession', symbol: 'AAPL', field: 'atMs', expected: 'Unix milliseconds of a year the market calendar covers', received: 1_759_758_600 }

    m.expect(m.hot('-x-', events).pipe(inSession('regular'))).toBeObservable('-#', undefined, new EventRefused(cause))
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms b 59s 999ms b', events)
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'

    m.expect(source$.pipe(inSession('regular')), unsub).toBeObservable('- 59s 999ms b 59s 999ms b', events)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('releases the source when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -b-b', events)
    const unsub = '          ^-!'

    m.expect(source$.pipe(inSession('regular')), unsub).toBeObservable('-b-', events)
    m.expect(source$).toHaveSubscriptions(unsub)
  }))

  it('takes two events and the end of one frame in their order', marbles((m) => {
    m.expect(m.hot('-(abc|)', events).pipe(inSession('regular'))).toBeObservable('-(bc|)', events)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    m.expect(range(0, Infinity).pipe(map(() => events.b!), inSession('regular'), take(1))).toBeObservable('(b|)', events)
  }))

  it.each([
    [[], 'inSession: no session is wanted; name some of pre, regular, after, closed'],
    ['lunch', 'inSession: no session "lunch"; there are pre, regular, after, closed'],
  ])('refuses %p when it is built', (wrong, message) => {
    expect(() => inSession(wrong as 'regular')).toThrow(new RangeError(message))
  })
})
