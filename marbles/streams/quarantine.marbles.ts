import { EMPTY, NEVER, Subject } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { type Outcome, quarantine, type QuarantineOptions, type Trust } from '../../streams/quarantine.ts'

const did: Readonly<Record<string, Outcome>> = { p: 'passed', f: 'failed' }
const said: Readonly<Record<string, Trust>> = { Q: 'quarantined', P: 'probation', O: 'ok' }

/** Waits 3, 6, 12, 12 ms: three quarters of 4, 8, 16 and 16. */
const usual = { restartsMax: 2, initialMs: 4, capMs: 16, stableMs: 10, random: () => 0.5 }
const trusted = (options: Partial<QuarantineOptions> = {}) => quarantine({ ...usual, ...options })

describe('quarantine', () => {
  it('withdraws the trust after so many failures in a row, for waits that grow', marbles((m) => {
    const outcome$ = m.hot(' -f-f------f------------p-f-f----', did)
    const expected = '       ---Q--P---Q-----P------O---Q----'
    const unsub = '          --------------------------------!'

    m.expect(outcome$.pipe(trusted()), unsub).toBeObservable(expected, said)
    // Not heard while it waits: nobody pushes then.
    m.expect(outcome$).toHaveSubscriptions([
      '                      ^--!',
      '                      ------^---!',
      '                      ----------------^----------!',
    ])
  }))

  it('says nothing of operators that pass events, nor of a failure among them', marbles((m) => {
    const outcome$ = m.hot(' -p-f-p-f-pp-fp--', did)
    const expected = '       ----------------'

    m.expect(outcome$.pipe(trusted()), '----------------!').toBeObservable(expected, said)
  }))

  it('waits up to the cap and no longer', marbles((m) => {
    const outcome$ = m.hot(' -f---f------f------------f------------f------------f', did)
    const expected = '       -Q--PQ-----PQ-----------PQ-----------PQ-----------PQ'

    m.expect(outcome$.pipe(trusted({ restartsMax: 1 })), '50ms --!').toBeObservable(expected, said)
  }))

  it('waits at least half of each wait, and at most all of it', marbles((m) => {
    const outcome$ = m.hot('                                                -f--------', did)

    m.expect(outcome$.pipe(trusted({ restartsMax: 1, random: () => 0 })), '       ----------!').toBeObservable('-Q-P------', said)
    m.expect(outcome$.pipe(trusted({ restartsMax: 1, random: () => 0.999 })), '   ----------!').toBeObservable('-Q---P----', said)
  }))

  it('lets the waits grow on when the trust did not last', marbles((m) => {
    // From 5 to 14: 9 ms.
    const outcome$ = m.hot(' -f---p--p----pf------', did)
    const expected = '       -Q--PO--------Q-----P'

    m.expect(outcome$.pipe(trusted({ restartsMax: 1 })), '---------------------!').toBeObservable(expected, said)
  }))

  it('starts the waits over when the trust had lasted', marbles((m) => {
    // From 5 to 15: 10 ms.
    const outcome$ = m.hot(' -f---p--p----p-f-----', did)
    const expected = '       -Q--PO---------Q--P--'

    m.expect(outcome$.pipe(trusted({ restartsMax: 1 })), '---------------------!').toBeObservable(expected, said)
  }))

  it('does not count a long probation as trust', marbles((m) => {
    const outcome$ = m.hot(' -f--------------------f------', did)
    const expected = '       -Q--P-----------------Q-----P'

    m.expect(outcome$.pipe(trusted({ restartsMax: 1 })), '-----------------------------!').toBeObservable(expected, said)
  }))

  it('is still waiting for what happens in the moment in which the wait ends', marbles((m) => {
    const outcome$ = m.hot(' -f--fp-', did)
    const expected = '       -Q--PO-'

    m.expect(outcome$.pipe(trusted({ restartsMax: 1 })), '-------!').toBeObservable(expected, said)
  }))

  it('completes with its source, and never does with one that never does', marbles((m) => {
    m.expect(m.hot('-p-f-|', did).pipe(trusted())).toBeObservable('-----|')
    m.expect(EMPTY.pipe(trusted())).toBeObservable('              |')
    m.expect(NEVER.pipe(trusted()), '-----!').toBeObservable('    -----')
  }))

  it('has one timer while it waits, and none before, after and when it is unsubscribed', () => {
    jest.useFakeTimers()
    try {
      const outcome$ = new Subject<Outcome>()
      const heard: Trust[] = []
      const subscription = outcome$.pipe(trusted({ restartsMax: 1, initialMs: 1000, capMs: 1000 })).subscribe((trust) => heard.push(trust))
      const counts = [jest.getTimerCount()]
      const count = (step: () => void): void => {
        step()
        counts.push(jest.getTimerCount())
      }

      count(() => { outcome$.next('failed') })
      count(() => jest.advanceTimersByTime(749))
      count(() => jest.advanceTimersByTime(1))
      count(() => { outcome$.next('failed') })
      count(() => { subscription.unsubscribe() })

      expect(counts).toEqual([0, 1, 1, 0, 1, 0])
      expect(heard).toEqual(['quarantined', 'probation', 'quarantined'])
    } finally {
      jest.useRealTimers()
    }
  })

  it('refuses options that cannot be', () => {
    expect(() => trusted({ restartsMax: 0 })).toThrow(new RangeError('restartsMax must be a whole number from 1, but is 0'))
    expect(() => trusted({ restartsMax: 1.5 })).toThrow(RangeError)
    expect(() => trusted({ initialMs: 0 })).toThrow('initialMs must be more than 0')
    expect(() => trusted({ capMs: 3 })).toThrow('capMs must be from initialMs up')
  })
})
