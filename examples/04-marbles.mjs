// A test of the real engine in virtual time, without sockets or waiting. Any test runner will do; this one comes with Node.
//
//     npm run build && node --test examples/04-marbles.mjs
import { test } from 'node:test'

import { tap } from 'rxjs'
import { perMinute, perSecond } from 'tickstock'
import { engineMarbles } from 'tickstock/marbles'

// The letters have default events: a costs 101 USD, b 102, c 103, …
const no102 = tap(({ price }) => {
  if (price === 102) throw new Error('102 is too much')
})

const drawing = engineMarbles((m) => {
  m.engine({ frequencies: [perSecond().pipe(no102), perMinute()] })

  m.feed.T('                        -a-b-(cd)-')
  m.feed.AM('                       --a-----b-')

  m.expectEvents('per_second', '     -a---(cd)-')
  m.expectDeadLetters('per_second', '---b------')
  m.expectEvents('per_minute', '     --a-----b-')
})

test('a throwing operator costs one event, and bars nothing', drawing)
