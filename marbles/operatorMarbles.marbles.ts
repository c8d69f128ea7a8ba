import { asyncScheduler, debounceTime, delay, distinctUntilChanged, filter, interval, map, mergeMap, NEVER, Subject, take, takeUntil, timer } from 'rxjs'

import { letterEvent, letterValues, MarbleMismatch, operatorMarbles, type OperatorMarbles } from './index.ts'

const told = (page: (m: OperatorMarbles) => void): string => {
  try {
    operatorMarbles(page)()
    return ''
  } catch (error) {
    return error instanceof MarbleMismatch ? error.message : String(error)
  }
}

describe('operatorMarbles', () => {
  it('is met by the drawing in its own description', operatorMarbles((m) => {
    const price$ = m.hot('                             -a-a-b-|')

    m.expect(price$.pipe(distinctUntilChanged())).toBe('-a---b-|')
    m.expectSubscriptions(price$, '                     ^------!')
  }))

  it('feeds market events by their letters', operatorMarbles((m) => {
    const trade$ = m.events('T', '                            -a-b-c-|')

    m.expect(trade$.pipe(filter(({ price }) => price < 103))).toBe('-a-b---|', letterValues('T'))
    m.expect(trade$.pipe(map(({ price }) => price))).toBe('-x-y-z-|', { x: 101, y: 102, z: 103 })
  }))

  it('feeds events of a type of one\'s own', operatorMarbles((m) => {
    const halt$ = m.events('HALT', '-a-#', { a: { ev: 'HALT', symbol: 'GME' } }, new Error('gone'))

    m.expect(halt$.pipe(map(({ symbol }) => symbol))).toBe('-g-#', { g: 'GME' }, new Error('gone'))
  }))

  it('orders a tie as RxJS does: what is drawn comes before what a timer says', operatorMarbles((m) => {
    const a$ = m.hot('                               -a---b---|')
    const quiet = m.time('                            ----|')

    m.expect(a$.pipe(debounceTime(quiet))).toBe('    ---------(b|)')
  }))

  it('begins a cold source anew for everyone', operatorMarbles((m) => {
    const inner$ = m.cold('                           --x|')

    m.expect(m.hot('                             -a-b---|').pipe(mergeMap(() => inner$))).toBe('---x-x-|')
    m.expectSubscriptions(inner$, '                   -^--!', '---^--!')
  }))

  it('subscribes and unsubscribes as drawn', operatorMarbles((m) => {
    const a$ = m.hot('   -a-b-c-d-')

    m.expect(a$, '       --^---!').toBe('---b-c')
    m.expectSubscriptions(a$, '--^---!')
    m.expect(interval(2), '^----!').toBe('--x-y', { x: 0, y: 1 })
  }))

  it('sees a subscription that nobody has ended as one without an end', operatorMarbles((m) => {
    const a$ = m.hot('        -a-')

    m.expect(a$).toBe('       -a-')
    m.expectSubscriptions(a$, '^--')
    m.expectSubscriptions(m.hot('-'))
  }))

  it('calls at moments, before what is drawn there, and knows its own time', operatorMarbles((m) => {
    const stop$ = new Subject<void>()
    m.startsAt(1_759_759_200_000)
    m.at('                                                   ---x', { x: () => { stop$.next() } })

    m.expect(m.hot('-a-b').pipe(takeUntil(stop$))).toBe('    -a-|')
    m.expect(m.hot('-a-').pipe(map(() => asyncScheduler.now()))).toBe('-t-', { t: 1_759_759_200_001 })
  }))

  it('sees what comes after the last letter', () => {
    const message = told((m) => {
      m.expect(m.cold('a').pipe(delay(60_000))).toBe('-')
    })

    expect(message).toContain('  expected  (nothing)\n  received   1m a\n                ^ at 60000: a came, nothing was drawn')
  })

  it('ends what never ends after a thousand moments more', () => {
    const message = told((m) => {
      m.expect(interval(1).pipe(take(5000))).toBe('-x', { x: 0 })
    })

    expect(message).toContain('^ at 2: ')
    expect(told((m) => { m.expect(NEVER).toBe('-') })).toBe('')
  })

  it('tells what is not as drawn, subscriptions too', () => {
    const message = told((m) => {
      const trade$ = m.events('T', '-a-b-|')
      m.expect(trade$.pipe(map((event) => event))).toBe('-a--b|', letterValues('T'))
      m.expectSubscriptions(trade$, '^---!')
    })

    expect(message).toContain('  expected  -a--b|\n  received  -a-b-|\n               ^ at 3: b came, nothing was drawn')
    expect(message).toContain(`  b = ${JSON.stringify(letterEvent('T', 'b'))}`)
    expect(message).toContain('the subscriptions are not as drawn\n  expected  ^---!-\n  received  ^----!')
  })

  it('says that a letter without a value is a text', () => {
    const message = told((m) => { m.expect(m.events('T', '-a')).toBe('-a') })

    expect(message).toContain("    a has no value, so it stands for itself, the text: toBe(diagram, letterValues('T')) gives letters events\n  0 = {")
  })

  it('names a page that tests nothing', () => {
    expect(told((m) => { m.expect(m.hot('-a')) })).toContain('m.expect(…) expects nothing yet: go on with toBe')
    expect(told((m) => { m.expect(m.hot('-a').pipe((() => (x: unknown) => x) as never)).toBe('-a') })).toContain('not a function: is it an operator that was given no options?')
    expect(told(() => Promise.resolve() as never)).toContain('a page is not async')
  })

  it('names what is drawn wrong', () => {
    expect(told((m) => { void m.hot('-a-10ms b') })).toContain('a time has a space before and after it')
    expect(told((m) => { void m.events('T', '-A-') })).toContain('the letter "A" has no default event')
    expect(told((m) => { m.time('---') })).toContain('the time "---" has no end: "----|" is 4')
    expect(told((m) => { m.expect(timer(1), '---').toBe('-') })).toContain('has no ^ where it begins')
    expect(told((m) => { m.at('-x', {}) })).toContain('the letter x has no action')
    expect(told((m) => { m.startsAt(NaN) })).toContain('startsAt takes Unix milliseconds')
    expect(told((m) => { m.at('-x', { x: () => { throw new TypeError('mine') } }) })).toContain('TypeError: mine')
  })
})
