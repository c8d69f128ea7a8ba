import { createHash, timingSafeEqual } from 'node:crypto'

import type { OpsSettings } from './options.ts'

/** What a request needs: nothing, to look, or to change something. */
export type Need = 'probe' | 'look' | 'change'

/** Why a request is not answered. */
export interface Refusal {
  readonly code: 401 | 403
  readonly error: string
}

export interface Asked {
  /** Of the `Authorization` header. */
  readonly authorization: string | undefined
  /** The `Host` header. */
  readonly host: string | undefined
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

const bearerOf = (authorization: string | undefined): string =>
  /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1] ?? ''

const hostnameOf = (host: string | undefined): string => {
  try {
    return new URL(`http://${host ?? ''}`).hostname
  } catch {
    return ''
  }
}

/**
 * Whether a page may ask under this name. Whoever owns a name can point it at any address, at 127.0.0.1 too, and then his pages could read
 * what is answered there: so only `localhost`, bare addresses and names that were listed are served.
 */
export const hostCheck = (hostNames: readonly string[]): ((host: string | undefined) => boolean) => {
  const known = new Set(['localhost', ...hostNames.map((name) => name.toLowerCase())])

  return (host) => {
    const name = hostnameOf(host)
    return known.has(name) || name.endsWith('.localhost') || name.startsWith('[') || /^[\d.]+$/.test(name)
  }
}

/**
 *              loopback                elsewhere
 *     probe    everybody               everybody
 *     look     everybody               with the token, if there is one
 *     change   with the token          with the token
 *
 * Compares digests, in the same time whatever was sent; keeps no more of the token. Who has it may come by any name.
 */
export const accessOf = ({
  token,
  isLocal,
  host,
  hostNames,
}: OpsSettings): ((need: Need, asked: Asked) => Refusal | undefined) => {
  const expected = token === undefined ? undefined : digestOf(token)
  const isWelcome = hostCheck([host, ...hostNames])

  return (need, asked) => {
    const holds = expected !== undefined && timingSafeEqual(digestOf(bearerOf(asked.authorization)), expected)
    if (holds || need === 'probe') return undefined
    if (need === 'change' && expected === undefined) {
      return { code: 403, error: 'nothing can be changed here: the server was started without a token' }
    }
    if (need === 'change' || (expected !== undefined && !isLocal)) {
      return { code: 401, error: 'this takes the token: Authorization: Bearer …' }
    }
    if (isLocal && !isWelcome(asked.host)) {
      return {
        code: 403,
        error: 'this server is not known by that name: ask for localhost, or list the name in hostNames',
      }
    }
    return undefined
  }
}
