import { asyncScheduler, distinctUntilChanged, map, Observable, of, tap } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import type { FrequencyHandle } from '../../src/engine/handle.ts'
import type { Logger } from '../../src/ops/logger.ts'
import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Trade } from '../../streams/model.ts'
import { operatorTimes, timeBudget } from '../../streams/timeBudget.ts'
import { engineMarbles } from '../index.ts'

const words = { b: false, k: true }

/** Spends so many milliseconds at each moment: what the budget says of it. */
const spending = (spent$: Observable<number>, budgetMs = 250) =>
  new Observable<boolean>((subscriber) => {
    const budget = timeBudget({ budgetMs, stopwatch: () => asyncScheduler.now(), times: operatorTimes(), say: (isKept) => subscriber.next(isKept) })
    const timer = budget.timer(0)
    subscriber.add(budget)
    subscriber.add(spent$.subscribe((ms) => timer.took(ms)))
  })

describe('timeBudget', () => {
  it('is broken at once, and kept when five seconds in a row were within it', marbles((m) => {
    const spent$ = m.hot('  a 99ms a 99ms a 299ms d 999ms a', { a: 100, d: 300 })
    const expected = '      -  99ms - 99ms b 5999ms k'

    m.expect(spending(spent$), '^ 9s !').toBeObservable(expected, words)
  }))

  it('never speaks while every second is within it', marbles((m) => {
    const spent$ = m.hot('x 999ms x 999ms x 999ms x', { x: 250 })

    m.expect(spending(spent$), '^ 9s !').toBeObservable('-')
  }))

  it('counts a second from the batch that begins it', marbles((m) => {
    // 200 + 100 within one second, though in two of the clock's.
    const spent$ = m.hot('900ms x 500ms y', { x: 200, y: 100 })

    m.expect(spending(spent$), '^ 3s !').toBeObservable('900ms - 500ms b', words)
  }))

  it('stays broken as long as one second in five is over it', marbles((m) => {
    const spent$ = m.hot('x 3500ms x', { x: 300 })

    m.expect(spending(spent$), '^ 20s !').toBeObservable('b 8999ms k', words)
  }))

  it('is broken by one batch that takes longer than a second may, and by nothing without a budget', marbles((m) => {
    const spent$ = m.hot('-x', { x: 5000 })

    m.expect(spending(spent$), '^ 1s !').toBeObservable('-b', words)
    m.expect(spending(spent$, Infinity), '^ 1s !').toBeObservable('--')
  }))

  it('leaves no timer behind', marbles((m) => {
    m.expect(spending(of(300)), '^-!').toBeObservable('b', words)
  }))

  it('belongs to the operators that broke it', () => {
    const said: boolean[] = []
    const budget = timeBudget({ budgetMs: 1, stopwatch: () => 0, times: operatorTimes(), say: (isKept) => said.push(isKept) })
    budget.timer(0).took(2)
    budget.renew()
    budget.renew()
    budget.timer(0).took(1)
    budget.unsubscribe()
    expect(said).toEqual([false, true])
  })
})

describe('the time of operators', () => {
  /** A stopwatch that an operator moves on: `a` takes 101 ms, `b` 102. */
  const slowness = () => {
    let ms = 0
    return {
      stopwatch: () => asyncScheduler.now() + ms,
      slow: tap(({ price }: Trade) => { ms += price }),
    }
  }
  const isOver = (handle: FrequencyHandle) => handle.state$.pipe(map(({ isOverBudget = false }) => isOverBudget), distinctUntilChanged())
  const letters = { t: true, f: false }

  it('is shown per stage, and reported when it is more than the budget, in state, log and health', engineMarbles((m) => {
    const { slow, stopwatch } = slowness()
    const lines: string[] = []
    const logger: Logger = {
      debug: () => undefined,
      info: (_, message) => lines.push(message),
      warn: (fields, message) => lines.push(`${message} ${JSON.stringify(fields)}`),
      error: () => undefined,
      child: () => logger,
    }
    const engine = m.engine({ frequencies: [perSecond({ budgetMs: 250 }).pipe(slow).pipeBatches(tap()), perMinute()], logger, runtime: { stopwatch } })
    const second = engine.frequency('per_second')
    const timeOf = (name: string) => engine.health().frequencies.find((one) => one.name === name)
    const budgetLines = () => lines.filter((line) => line.startsWith('the operators'))

    m.feed.T('                     -a-(bc)-d----')
    m.expectEvents('per_second', ' -a-(bc)-d----')
    m.expect(isOver(second)).toBe('f--t 4s 999ms f', letters)
    m.expectStates('per_second', ' L------------')
    m.at('                         -----h-- 5s e', {
      h: () => {
        expect(timeOf('per_second')).toMatchObject({
          status: 'degraded',
          why: ['per_second is over its time budget: its operators took 306 ms of a second, of 250 ms that they may'],
          state: { word: 'live', reason: 'its operators take more time than their budget' },
          time: {
            budgetMs: 250, isOver: true, broken: 1, brokenMs: 306,
            stages: [{ batches: 2, busyMs: 306, slowestMs: 205 }, { batches: 2, busyMs: 0, slowestMs: 0 }],
          },
        })
        // Without operators nothing is measured.
        expect(timeOf('per_minute')).toMatchObject({ status: 'ok', time: { budgetMs: 500, isOver: false, broken: 0, stages: [] } })
        expect(budgetLines()).toEqual(['the operators took more of a second than their time budget {"budgetMs":250,"tookMs":306,"broken":1}'])
      },
      e: () => {
        expect(timeOf('per_second')).toMatchObject({ status: 'ok', state: { word: 'live' }, time: { isOver: false, broken: 1 } })
        expect(timeOf('per_second')?.state).not.toHaveProperty('reason')
        expect(budgetLines().slice(1)).toEqual(['the operators keep their time budget again'])
      },
    })
  }))

  it('begins anew with other operators, and is summed over all there have been', engineMarbles((m) => {
    const { slow, stopwatch } = slowness()
    const engine = m.engine({ frequencies: [perSecond({ budgetMs: 150 }).pipe(slow)], runtime: { stopwatch } })
    const second = engine.frequency('per_second')

    m.feed.T('                 -(ab)-------c-')
    m.expect(isOver(second)).toBe('ft------f---', letters)
    m.at('                     --------s----h', {
      s: () => { second.setOperators((bare) => bare.pipe(slow)) },
      h: () => { expect(engine.health().frequencies[0]?.time).toMatchObject({ isOver: false, broken: 1, stages: [{ batches: 2, busyMs: 306 }] }) },
    })
  }))

  it('has no budget when told so, and a wrong one is refused', engineMarbles((m) => {
    const { slow, stopwatch } = slowness()
    const engine = m.engine({ frequencies: [perSecond({ budgetMs: Infinity }).pipe(slow)], runtime: { stopwatch } })

    m.feed.T('                                                  -(abcdefgh)--')
    m.expect(isOver(engine.frequency('per_second'))).toBe('f-----------', letters)
    m.at('                                                      ------------h', { h: () => { expect(engine.health().frequencies[0]?.time.budgetMs).toBeNull() } })
    expect(() => perSecond({ budgetMs: 0 })).toThrow(new RangeError('per_second: budgetMs is above 0 milliseconds of each second, Infinity for no budget, not 0'))
    expect(() => perSecond({ budgetMs: NaN })).toThrow(RangeError)
  }))
})
