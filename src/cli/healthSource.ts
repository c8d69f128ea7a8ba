import type { Health } from '../ops/health.ts'
import { Failure, WrongUse } from './errors.ts'

/** How long one answer is waited for. */
const patienceMs = 5_000

/** Throws `WrongUse`. */
export const opsUrlOf = (address: string): URL => {
  const given = /^https?:\/\//i.test(address) ? address : `http://${address}`
  if (/^wss?:/i.test(address)) {
    throw new WrongUse(
      'URL is a websocket address: expected that of the operations server, such as http://127.0.0.1:8788',
    )
  }
  if (address === '' || !URL.canParse(given)) {
    throw new WrongUse('URL is no address: expected that of the operations server, such as http://127.0.0.1:8788')
  }
  const url = new URL(given)
  url.pathname = `${url.pathname.replace(/\/(health|healthz|readyz|metrics|ledger)?$/, '')}/health`
  url.search = ''
  url.hash = ''
  return url
}

const isHealth = (value: unknown): value is Health =>
  typeof value === 'object' &&
  value !== null &&
  'epoch' in value &&
  'reasons' in value &&
  'frequencies' in value &&
  Array.isArray(value.frequencies)

/** Asks an operations server how well its engine is. Rejects with `WrongUse` for a token, and `Failure` for whatever else. */
export const askHealth = async (url: URL, token: string | undefined): Promise<Health> => {
  let response: Response
  try {
    response = await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceMs),
    })
  } catch (error) {
    throw new Failure(`${url.origin}: ${whyOf(error)}`, { cause: error })
  }
  if (response.status === 401) throw new WrongUse(`${url.origin} wants its token: --token, or TICKSTOCK_HTTP_TOKEN`)
  // Down is an answer too: 503.
  const body: unknown = await response.json().catch(() => undefined)
  if (!isHealth(body)) {
    throw new Failure(`${url.href} answers with HTTP ${String(response.status)}, and not with the health of an engine`)
  }
  return body
}

const whyOf = (error: unknown): string => {
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: { readonly code?: unknown } }
  if (name === 'TimeoutError') return 'it does not answer within 5 s'
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there; is the engine running, and with --http-port?'
    case 'ENOTFOUND':
      return 'there is no such host'
    default:
      return `the connection failed${typeof cause?.code === 'string' ? ` (${cause.code})` : ''}`
  }
}
