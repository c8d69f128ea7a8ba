import { asyncScheduler, NEVER, of, tap } from 'rxjs'
import { marbles } from 'rxjs-marbles/jest/index.js'

import { silence } from '../../../streams/link/silence.ts'

const said = { s: undefined }
const spoken = { t: true, f: false }

describe('silence', () => {
  it('speaks once nothing has been heard for the quiet time', marbles((m) => {
    const heard$ = m.hot('  --h---h')
    const expected = '      -----------(s|)'
    let heardMs = -Infinity
    const listened$ = heard$.pipe(tap(() => (heardMs = asyncScheduler.now())))

    m.expect(listened$).toBeObservable('--h---h')
    m.expect(silence({ quietMs: 5, heardMs: () => heardMs, paused$: of(false) })).toBeObservable(expected, said)
  }))

  it('counts from its subscription where nothing was ever heard', marbles((m) => {
    const expected = '      ---(s|)'

    m.expect(silence({ quietMs: 3, paused$: of(false) })).toBeObservable(expected, said)
  }))

  it('counts anew after a pause', marbles((m) => {
    const paused$ = m.hot(' f-t-----f', spoken)
    const expected = '      -----------(s|)'

    m.expect(silence({ quietMs: 3, paused$ })).toBeObservable(expected, said)
  }))

  it('is not disturbed by a pause that is said twice', marbles((m) => {
    const paused$ = m.hot(' f-f', spoken)
    const expected = '      ---(s|)'

    m.expect(silence({ quietMs: 3, paused$ })).toBeObservable(expected, said)
  }))

  it('stays silent when the pause comes first in the frame in which the time is over', marbles((m) => {
    const paused$ = m.cold('f--t', spoken)
    const expected = '      ----'

    m.expect(silence({ quietMs: 3, paused$ }), '------!').toBeObservable(expected, said)
  }))

  it('waits for ever while nobody says whether it is paused', marbles((m) => {
    m.expect(silence({ quietMs: 3, paused$: NEVER })).toBeObservable('-')
  }))

  it('fails with the source of pauses', marbles((m) => {
    const paused$ = m.cold('f-#', spoken)

    m.expect(silence({ quietMs: 3, paused$ })).toBeObservable('--#')
  }))

  it('leaves no timer behind when unsubscribed', marbles((m) => {
    const paused$ = m.hot(' f----', spoken)

    m.expect(silence({ quietMs: 3, paused$ }), '--!').toBeObservable('---')
    m.expect(paused$).toHaveSubscriptions('            ^-!')
  }))
})
