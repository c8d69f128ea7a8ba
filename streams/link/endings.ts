import type { LinkCause, Status } from '../model.ts'
import { UpgradeRefused, type SocketSignal } from './socket.ts'

type Closed = Extract<SocketSignal, { readonly kind: 'closed' }>
type Row = Pick<LinkCause, '_tag' | 'retry'> & { readonly says: string }

/** A session is over. Inside the link it is the error that `retryBackoff` decides on; below the link it is a state. */
export class SessionEnded extends Error {
  readonly _tag = 'SessionEnded'
  readonly ending: LinkCause

  constructor(ending: LinkCause) {
    super(ending.message)
    this.name = 'SessionEnded'
    this.ending = ending
  }
}

/**
 * The statuses that announce an end. All others, unknown ones among them, end nothing.
 *
 * Source: docs/protocol.md, 3 and 6 (its marks of certainty in brackets).
 */
const statusRows: Readonly<Record<string, Row>> = {
  // A bad key, or a plan without this market: retrying is useless (L).
  auth_failed: { _tag: 'authFailed', retry: 'never', says: 'the vendor refused the key or the plan' },
  // Our `auth` came too late, which is the network's doing (H).
  auth_timeout: { _tag: 'authTimeout', retry: 'soon', says: 'the vendor did not get the key in time' },
  // Two clients that each reconnect at once evict each other forever (L).
  max_connections: { _tag: 'maxConnections', retry: 'slow', says: 'the account has too many connections' },
  // Text and code unknown (D names the value only). Whoever is too slow now would be so again at once.
  slow_consumer: { _tag: 'slowConsumer', retry: 'slow', says: 'the vendor found us reading too slowly' },
  // The server wants this connection gone (D names the value only): a restart of theirs as well as anything.
  force_disconnect: { _tag: 'forceDisconnect', retry: 'soon', says: 'the vendor ended the connection' },
}

/**
 * What a close code means when no status explained it; a code that is not here is tried again soon.
 *
 * Source: docs/protocol.md, 7, and RFC 6455, 7.4.1, with the IANA registry for 1012 to 1014.
 */
const codeRows: Readonly<Record<number, Row>> = {
  1000: { _tag: 'closed', retry: 'soon', says: 'normal' },
  1001: { _tag: 'closed', retry: 'soon', says: 'going away' },
  1005: { _tag: 'closed', retry: 'soon', says: 'no code given' },
  // A drop without a close frame: nightly, the network, a slow consumer (L).
  1006: { _tag: 'closed', retry: 'soon', says: 'no close frame' },
  // Ours: text that is no UTF-8.
  1007: { _tag: 'closed', retry: 'soon', says: 'not UTF-8' },
  // Follows `max_connections` (L), whose row counts then. Without that status it says no more than any other close.
  1008: { _tag: 'closed', retry: 'soon', says: 'policy' },
  // Ours: a frame above frameBytesMax. The same frame would come again (C).
  1009: { _tag: 'frameTooLarge', retry: 'slow', says: 'a frame was larger than frameBytesMax' },
  1011: { _tag: 'closed', retry: 'soon', says: 'server error' },
  1012: { _tag: 'closed', retry: 'soon', says: 'service restart' },
  1013: { _tag: 'closed', retry: 'slow', says: 'try again later' },
}

/** Node leaves the message of an error that joins several addresses empty; its code is what is left. */
const wordsOf = (error: Error): string =>
  error.message !== '' ? error.message : 'code' in error && typeof error.code === 'string' ? error.code : error.name

const sentence = (...parts: readonly (string | undefined)[]): string =>
  parts
    .map((part) => part?.trim())
    .filter((part) => part !== undefined && part !== '')
    .join(': ')

/** The end that a status announces, if it does. */
export const causeOfStatus = ({ status, message }: Status): LinkCause | undefined => {
  const row = Object.hasOwn(statusRows, status) ? statusRows[status] : undefined

  return row && { _tag: row._tag, retry: row.retry, message: sentence(row.says, message) }
}

/** The end of a socket that had been open, as far as the close itself explains it. */
export const causeOfClose = ({ code, reason, error }: Closed): LinkCause => {
  const { _tag, retry, says } = codeRows[code] ?? { _tag: 'closed', retry: 'soon', says: 'unknown' }

  return {
    _tag,
    retry,
    code,
    message: sentence(`the connection closed with ${code} (${says})`, reason, error && wordsOf(error)),
  }
}

/** A socket that never opened. A refusal by the server itself (HTTP 4xx) is nothing that passes soon. */
export const causeOfRefusedOpening = ({ code, error }: Closed): LinkCause => ({
  _tag: 'connectFailed',
  retry: error instanceof UpgradeRefused && error.httpStatus >= 400 && error.httpStatus < 500 ? 'slow' : 'soon',
  code,
  message: sentence('the connection could not be opened', error && wordsOf(error)),
})

/** Ends that we declare ourselves. */
export const connectTimeout = (ms: number): LinkCause => ({
  _tag: 'connectTimeout',
  retry: 'soon',
  message: `the vendor did not say connected within ${ms} ms`,
})

export const authTimeout = (ms: number): LinkCause => ({
  _tag: 'authTimeout',
  retry: 'soon',
  message: `the vendor did not answer the key within ${ms} ms`,
})

export const mute = (ms: number): LinkCause => ({
  _tag: 'mute',
  retry: 'soon',
  message: `neither a frame nor a pong came for ${ms} ms`,
})

/** Whatever else ended a session: a mistake in here or in a socket, which must not end the link. */
export const causeOf = (error: unknown): LinkCause =>
  error instanceof SessionEnded
    ? error.ending
    : {
        _tag: 'connectFailed',
        retry: 'soon',
        message: sentence('the session failed', error instanceof Error ? wordsOf(error) : String(error)),
      }
