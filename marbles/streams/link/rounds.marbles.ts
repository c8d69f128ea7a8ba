import { tap } from 'rxjs'
import type { Context } from 'rxjs-marbles/context.js'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { rounds } from '../../../streams/link/rounds.ts'

/** `y` = needed from now on, `n` = not any more. Waits 3, then 6 and 6: three quarters of 4, 8 and 8. */
const roundsOf = (m: Context, changes: string, round: string) => {
  let isNeeded = false
  const round$ = m.cold<never>(round)
  const changed$ = m.hot(changes).pipe(tap((letter) => (isNeeded = letter === 'y')))

  return { round$, rounds$: rounds({ initialMs: 4, capMs: 8, random: () => 0.5, isNeeded: () => isNeeded, changed$, round$ }) }
}

describe('rounds', () => {
  it('repeats the round for as long as it is needed, ever more slowly, and begins anew', marbles((m) => {
    const changes = '      --y-------------------n---y------'
    const unsub = '        --------------------------------!'
    const subs = [
      '                     -----^!',
      '                     ------------^!',
      '                     -------------------^!',
      '                     -----------------------------^!',
    ]
    const { rounds$, round$ } = roundsOf(m, changes, '-|')

    m.expect(rounds$, unsub).toBeObservable('-')
    m.expect(round$).toHaveSubscriptions(subs)
  }))

  it('does nothing while nothing is needed', marbles((m) => {
    const { rounds$, round$ } = roundsOf(m, '--n---n', '-|')

    m.expect(rounds$, '20ms !').toBeObservable('-')
    m.expect(round$).toHaveSubscriptions([])
  }))

  it('ends the round under way when nothing is needed any more', marbles((m) => {
    const { rounds$, round$ } = roundsOf(m, '--y-----n', '---------|')

    m.expect(rounds$, '20ms !').toBeObservable('-')
    m.expect(round$).toHaveSubscriptions('   -----^--!')
  }))

  it('is not disturbed by a change that changes nothing', marbles((m) => {
    const { rounds$, round$ } = roundsOf(m, '--yyyyyyyyy', '-|')

    m.expect(rounds$, '10ms !').toBeObservable('-')
    m.expect(round$).toHaveSubscriptions('   -----^!')
  }))

  it('leaves no timer behind when unsubscribed', marbles((m) => {
    const { rounds$, round$ } = roundsOf(m, '--y', '-|')

    m.expect(rounds$, '----!').toBeObservable('-')
    m.flush()
    m.expect(round$).toHaveSubscriptions([])
  }))
})
