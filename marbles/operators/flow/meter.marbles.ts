import { NEVER, range, Subject, take } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { meter, type MeterReading } from '../../../operators/flow/meter.ts'

/** Readings as they came, and the options that gather them. */
const gathered = (everyMs = 5) => {
  const readings: MeterReading[] = []

  return { readings, options: { everyMs, reading: (reading: MeterReading) => void readings.push(reading) } }
}

const reading = (atMs: number, elapsedMs: number, count: number, total: number): MeterReading => ({
  atMs,
  elapsedMs,
  count,
  perSecond: elapsedMs === 0 ? 0 : (count * 1000) / elapsedMs,
  total,
})

describe('meter', () => {
  it('lets everything through and tells what has passed at a steady pace', marbles((m) => {
    const source$ = m.hot('  -ab-----c---d|')
    const expected = '       -ab-----c---d|'
    const readings = '       -----X----Y--Z'
    const subs = '           ^------------!'
    const reading$ = new Subject<MeterReading>()
    const options = { everyMs: 5, reading: (one: MeterReading) => reading$.next(one) }

    m.expect(reading$).toBeObservable(readings, { X: reading(5, 5, 2, 2), Y: reading(10, 5, 1, 3), Z: reading(13, 3, 1, 4) })
    m.expect(source$.pipe(meter(options))).toBeObservable(expected)
    m.expect(source$).toHaveSubscriptions(subs)
  }))

  it('tells a silence too', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.hot('-').pipe(meter(options)), '^-----------!').toBeObservable('-')
    m.flush()
    expect(readings).toEqual([reading(5, 5, 0, 0), reading(10, 5, 0, 0)])
  }))

  it('tells an empty source once, at its end', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.cold('--|').pipe(meter(options))).toBeObservable('--|')
    m.flush()
    expect(readings).toEqual([reading(2, 2, 0, 0)])
  }))

  it('has no pace for a source that ends on subscription', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.cold('(a|)').pipe(meter(options))).toBeObservable('(a|)')
    m.flush()
    expect(readings).toEqual([reading(0, 0, 1, 1)])
  }))

  it('counts the only value', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.hot('-a-|').pipe(meter(options))).toBeObservable('-a-|')
    m.flush()
    expect(readings).toEqual([reading(3, 3, 1, 1)])
  }))

  it('counts values by their size', marbles((m) => {
    const { readings, options } = gathered()
    const size = (value: string): number => value.charCodeAt(0) - 96

    m.expect(m.hot('-bcd-|').pipe(meter({ ...options, everyMs: 9, size }))).toBeObservable('-bcd-|')
    m.flush()
    expect(readings).toEqual([reading(5, 5, 9, 9)])
  }))

  it('tells the last interval before the error of the source', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.hot('-a-#').pipe(meter(options))).toBeObservable('-a-#')
    m.flush()
    expect(readings).toEqual([reading(3, 3, 1, 1)])
  }))

  it('errors with what a reading throws, also by the clock', marbles((m) => {
    const broken = {
      everyMs: 5,
      reading: (): never => {
        throw new RangeError('no')
      },
    }

    m.expect(m.hot('-a------').pipe(meter(broken))).toBeObservable('-a---#', undefined, new RangeError('no'))
    m.expect(m.hot('-a|').pipe(meter(broken))).toBeObservable('-a#', undefined, new RangeError('no'))
  }))

  it('follows an endless source for as long as somebody listens', marbles((m) => {
    const source$ = m.hot('  a 59s 999ms a 59s 999ms a')
    const unsub = '          ^ 59s 999ms - 59s 999ms --!'
    const { readings, options } = gathered(60_000)

    m.expect(source$.pipe(meter(options)), unsub).toBeObservable('a 59s 999ms a 59s 999ms a')
    m.expect(source$).toHaveSubscriptions(unsub)
    m.flush()
    expect(readings.map(({ total }) => total)).toEqual([2, 3])
  }))

  it('tells nothing more when unsubscribed early', marbles((m) => {
    const source$ = m.hot('  -a-b------')
    const unsub = '          ^--!'
    const { readings, options } = gathered()

    m.expect(source$.pipe(meter(options)), unsub).toBeObservable('-a--')
    m.expect(source$).toHaveSubscriptions(unsub)
    m.flush()
    expect(readings).toEqual([])
  }))

  it('counts a value of the moment of a reading once', marbles((m) => {
    const { readings, options } = gathered()

    m.expect(m.hot('-(ab)a----|').pipe(meter(options))).toBeObservable('-(ab)a----|')
    m.flush()
    expect(readings.map(({ count }) => count).reduce((sum, count) => sum + count, 0)).toBe(3)
    expect(readings.at(-1)?.total).toBe(3)
  }))

  it('leaves a source that never pauses when nobody listens any more', marbles((m) => {
    const { options } = gathered()

    m.expect(range(0, Infinity).pipe(meter(options), take(1))).toBeObservable('(a|)', { a: 0 })
  }))

  it('refuses a time that no timer can wait when it is built', () => {
    const message = 'meter: everyMs must be more than 0 and at most 2147483647 milliseconds, but is 0'

    expect(() => NEVER.pipe(meter({ everyMs: 0, reading: () => {} }))).toThrow(new RangeError(message))
  })
})
