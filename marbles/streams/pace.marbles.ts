import { EMPTY, NEVER } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { paceOf } from '../../streams/pace.ts'

describe('paceOf', () => {
  it('is quiet once nothing has come for the time, and active at the next word', marbles((m) => {
    const source$ = m.hot('-a-a---------a-|')
    const expected = '     A------q-----A-|'

    m.expect(source$.pipe(paceOf(4))).toBeObservable(expected, { A: 'active', q: 'quiet' })
    m.expect(source$).toHaveSubscriptions('^--------------!')
  }))

  it('goes quiet over a source that never speaks, and stops its tick when it is unsubscribed', marbles((m) => {
    m.expect(NEVER.pipe(paceOf(4)), '^-------!').toBeObservable('A---q----', { A: 'active', q: 'quiet' })
  }))

  it('completes and fails with its source', marbles((m) => {
    m.expect(EMPTY.pipe(paceOf(4))).toBeObservable('(A|)', { A: 'active' })
    m.expect(m.cold('--#').pipe(paceOf(4))).toBeObservable('A-#', { A: 'active' })
  }))
})
