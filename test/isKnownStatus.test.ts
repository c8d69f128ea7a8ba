/**
 * Goal: a status is known exactly when the protocol's page lists it.
 *
 * Method: a table, and the page itself: a word that is added to docs/protocol.md, 3, has to be added here and to the code.
 */
import { describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { isKnownStatus } from '../streams/link/isKnownStatus.ts'

const known = [
  'connected',
  'auth_success',
  'auth_failed',
  'auth_timeout',
  'auth_required',
  'success',
  'error',
  'max_connections',
  'force_disconnect',
  'slow_consumer',
]

describe('isKnownStatus', () => {
  it.each(known)('knows %s', (status) => {
    expect(isKnownStatus(status)).toBe(true)
  })

  it.each(['', 'Connected', 'connected ', 'subscribed', 'maintenance', 'auth', 'toString', '__proto__', 'any other'])(
    'does not know %j',
    (status) => {
      expect(isKnownStatus(status)).toBe(false)
    },
  )

  it('knows what the page of the protocol lists, and no more', () => {
    const page = readFileSync(join(__dirname, '../docs/protocol.md'), 'utf8')
    const [, rows = ''] = /\n## 3\. .*?\n\| -+ (.*?)\n\n/s.exec(page) ?? []
    const listed = [...rows.matchAll(/^\| `(\w+)` /gm)].map(([, word]) => word)

    expect(listed.sort()).toEqual([...known].sort())
  })
})
