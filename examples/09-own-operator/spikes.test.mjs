// The drawings of step 1, 2 and 4.
//
//     npm run build && node --test examples/09-own-operator/spikes.test.mjs
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { mergeMap, throwError } from 'rxjs'
import { perMinute, perSecond } from 'tickstock'
import {
  assertIsolatedFrom,
  assertLosesNothing,
  engineMarbles,
  marketTimeMs,
  operatorMarbles,
  trade,
} from 'tickstock/marbles'

import { spikes } from './spikes.mjs'

/** @type {import('./spikes.mjs').Spike} */
const spike = { ev: 'spike', symbol: 'AAPL', atMs: marketTimeMs, size: 1000, usual: 100 }
const trades = { a: trade(), S: trade({ size: 1000 }), G: trade({ symbol: 'GME', size: 1000 }) }
const out = { X: spike, G: { ...spike, symbol: 'GME' } }

describe('spikes', () => {
  const drawn = (name, given, expected, error) =>
    test(
      name,
      operatorMarbles((m) => {
        const trade$ = m.events('T', given, trades, error)
        m.expect(trade$.pipe(spikes({ times: 5 }))).toBe(expected, out, error)
      }),
    )

  drawn('gives the trade that is far larger than usual', '   -a-a-a-S-a-|', '-------X---|')
  drawn('does not take a spike for usual', '                 -a-a-a-S-S-|', '-------X-X-|')
  drawn('knows too little at first', '                       -S-S-S-a--|', '----------|')
  drawn('judges each ticker by its own trades', '            -a-a-a-G-S-|', '---------X-|')
  drawn('takes two in one moment in their order', '          -(aaaS)--|', '  -X-------|')
  drawn('gives nothing of nothing', '                        -|', '          -|')
  drawn('waits as long as nothing comes', '                  ---', '         ---')
  drawn('fails with its source', '                           -a-#', '        ---#', new Error('gone'))

  test(
    'lets go of its source when nobody listens any more',
    operatorMarbles((m) => {
      const trade$ = m.events('T', '                      -a-a-a-S-', trades)

      m.expect(trade$.pipe(spikes({ times: 5 })), '       ^----!').toBe('------')
      m.expectSubscriptions(trade$, '                     ^----!')
    }),
  )

  test('refuses what cannot be', () => {
    assert.throws(() => spikes({ times: 1 }), /times must be above 1, not 1/)
  })
})

describe('spikes behind a frequency', () => {
  test(
    'fill a lane of their own',
    engineMarbles((m) => {
      const engine = m.engine({ frequencies: [perSecond().pipe(spikes({ times: 5 }))] })

      m.feed.T('                                                   -a-a-a-S-', trades)

      m.expect(engine.frequency('per_second').event$).toBe('       -------X-', out)
      m.expect(m.pulls(engine.frequency('per_second').lane('spike'), '--------p').pipe(mergeMap((all) => all))).toBe(
        '--------X',
        out,
      )
    }),
  )

  const failing = engineMarbles((m) => {
    const refuses = mergeMap((event) => throwError(() => new Error(`no ${event.symbol}`)))
    m.engine({
      frequencies: [
        perSecond()
          .pipe(spikes({ times: 5 }))
          .pipe(refuses),
        perMinute(),
      ],
    })

    m.feed.T('                                                     -a-a-a-S-', trades)
    m.feed.AM('                                                    -a---b---')

    m.expectDeadLetters('per_second', '                            -------X-', out)
    m.expectEvents('per_minute', '                                 -a---b---')
  })

  test('cost one dead letter when what stands behind them throws', failing)
  test('and nobody else anything', () => {
    assertIsolatedFrom(failing, 'per_second')
    assertLosesNothing(failing, 'per_minute')
  })
})
