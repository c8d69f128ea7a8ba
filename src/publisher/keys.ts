import { createHash, timingSafeEqual } from 'node:crypto'

import type { Token } from './options.ts'
import { everything, type Rights, rightsOf } from './rights.ts'

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * What a key may do, `undefined` for a key that is no token; without tokens every key may do everything. Takes the same time
 * for every key of a length, and looks at all tokens always, so that an answer's delay says nothing. Keeps only their digests.
 */
export const keyCheck = (tokens: readonly (string | Token)[] | undefined): ((key: string) => Rights | undefined) => {
  if (tokens === undefined) return () => everything
  const known = tokens.map((token) =>
    typeof token === 'string'
      ? { digest: digestOf(token), rights: everything }
      : { digest: digestOf(token.token), rights: rightsOf(token) },
  )

  return (key) => {
    const digest = digestOf(key)
    let found: Rights | undefined
    for (const one of known) found = timingSafeEqual(digest, one.digest) ? one.rights : found
    return found
  }
}
