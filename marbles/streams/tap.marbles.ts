import { map, mergeMap } from 'rxjs'

import { perMinute, perSecond } from '../../src/index.ts'
import { engineMarbles } from '../index.ts'

const link = { retry: { initialMs: 20, capMs: 20 }, settleMs: 1 }

describe('link$', () => {
  it(
    'shows frames as they arrive, statuses too, and each loss behind the last frame of its session',
    engineMarbles((m) => {
      const engine = m.engine({ frequencies: [perSecond(), perMinute()], link })

      m.feed.T('             ------a-b-#----- 20ms c-')
      const seen$ = engine.link$.pipe(
        mergeMap(({ id, arrival$ }) =>
          arrival$.pipe(
            map((arrival) =>
              arrival.kind === 'frame' ? (arrival.frame.bytes.includes('"status"') ? 's' : 'f') : `lost by ${id}`,
            ),
          ),
        ),
      )
      // Three statuses of the handshake: connected, auth_success, and the answers in one frame.
      m.expect(seen$).toBe(' (sss)-f-f--l---------(sss) 10ms f-', { l: 'lost by vendor/stocks' })
    }),
  )

  it(
    'says which frequencies have their place on a link, as it is now',
    engineMarbles((m) => {
      const engine = m.engine({ frequencies: [perSecond(), perMinute()], links: 'dedicated' })
      const carried$ = engine.link$.pipe(map(({ id, carries }) => [id, ...carries().map(({ frequency }) => frequency)]))

      m.expect(carried$).toBe('(ab)', {
        a: ['vendor/stocks#per_second', 'per_second'],
        b: ['vendor/stocks#per_minute', 'per_minute'],
      })
    }),
  )
})
