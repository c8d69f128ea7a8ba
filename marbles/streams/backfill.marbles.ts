import { concat, delay, map, Observable, of, throwError } from 'rxjs'

import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { EventLike, Gap, Trade } from '../../streams/model.ts'
import { engineMarbles, trade } from '../index.ts'

const quick = { settleMs: 0, retry: { initialMs: 10, capMs: 10 } }
const late = (price: number): Trade => trade({ price, sequence: price })

describe('onGap', () => {
  it('is asked when a gap closes; what it gives is appended when it comes, marked, and live events do not wait', engineMarbles((m) => {
    const asked: Gap[] = []
    const onGap = (gap: Gap): Observable<EventLike> => {
      asked.push(gap)
      return concat(of(late(7)), of(late(8)).pipe(delay(3)))
    }
    const engine = m.engine({ frequencies: [perSecond({ onGap }).pipe(map((event) => event)), perMinute()], link: quick })
    const seconds = engine.frequency('per_second')
    const see = (events: Iterable<Trade>) => [...events].map(({ price, backfilled }) => `${String(price)}${backfilled === true ? ' late' : ''}`).join()

    m.feed.T('                        -a-#-----b-c--d--')
    m.expectGaps('per_second', '      ---o----c--------')
    m.expectEvents('per_second', '    -a-------b-c--d--')
    m.expectGaps('per_minute', '      ---o----c--------')
    m.expect(m.pulls(seconds.lane('T'), '-----------------(pp)', { see })).toBe('-----------------(xy)', { x: '101', y: '7 late,102,8 late,103,104' })
    m.at('                            ----------------x', { x: () => {
      expect(asked).toMatchObject([{ id: 'marble-1', frequency: 'per_second', channels: ['T.*'], positions: [{ eventType: 'T', afterOffset: 0, beforeOffset: 1 }] }])
      const lane = engine.ledger().rows.find(({ kind, name }) => kind === 'lane' && name === 'per_second/T')
      expect(lane?.figures).toMatchObject({ emitted: 4, backfilled: 2, appended: 6 })
    } })
  }))

  it('takes lists, and makes a dead letter of what is no event, alone', engineMarbles((m) => {
    const onGap = () => of([late(7), { price: 1 } as unknown as Trade, late(8)])
    const engine = m.engine({ frequencies: [perSecond({ onGap })], link: quick })
    const seconds = engine.frequency('per_second')

    m.feed.T('                                            -a-#-------')
    m.expect(seconds.deadLetter$.pipe(map(({ reason, events }) => [reason, events]))).toBe('--------x', { x: ['backfill', [{ price: 1 }]] })
    m.at('                                                ----------x', { x: () => { expect(seconds.lane('T').nextOffset).toBe(3) } })
  }))

  it('costs nothing but a dead letter when it throws, errors, or gives no Observable', engineMarbles((m) => {
    const answers: readonly (() => Observable<EventLike>)[] = [
      () => { throw new Error('thrown') },
      () => throwError(() => new Error('failed')),
      () => Promise.resolve() as never,
    ]
    let n = 0
    const engine = m.engine({ frequencies: [perSecond({ onGap: () => (answers[n++] as () => Observable<EventLike>)() })], link: quick })
    const { deadLetter$ } = engine.frequency('per_second')

    m.feed.T('                                                                          -#------b--#------b--#------b-')
    m.expectEvents('per_second', '                                                      --------b---------b---------b-')
    m.expect(deadLetter$.pipe(map(({ reason, error }) => `${reason}: ${(error as Error).message}`))).toBe('------x---------y---------z---', {
      x: 'backfill: thrown',
      y: 'backfill: failed',
      z: 'backfill: onGap must return an Observable of events',
    })
  }))

  it('fills a few gaps at a time, lets the others wait, and is unsubscribed at the close', engineMarbles((m) => {
    let open = 0
    const onGap = (): Observable<EventLike> => new Observable<EventLike>(() => {
      open += 1
      return () => { open -= 1 }
    })
    const engine = m.engine({ frequencies: [perSecond({ onGap })], link: quick })

    m.feed.T(`-${'#---------'.repeat(7)}--`)
    m.at('    75ms x 2ms y', {
      x: () => {
        expect(open).toBe(4)
        void engine.close({ drainMs: 0 })
      },
      y: () => { expect(open).toBe(0) },
    })
  }))
})

