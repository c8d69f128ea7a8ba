import { split } from '../../streams/codecs/split.ts'
import { secret } from '../../streams/link/secret.ts'
import { Failure } from './errors.ts'

/** What one frame brought. */
export interface Brought {
  /** The events, each in the bytes it came in, as text. */
  readonly events: readonly string[]
  /** What to send in answer. */
  readonly send?: string
  /** Elements that could not be read. */
  readonly broken: number
}

export interface TailSession {
  /** What to send first. */
  open(): string
  /** Throws `Failure` for what the server refuses. */
  receive(frame: Buffer): Brought
  readonly isAuthenticated: boolean
  /** Channels the server has not acknowledged. */
  readonly unanswered: ReadonlySet<string>
}

/** Sent where no key was given: the simulator and the publisher accept any, and `auth` has to say something. */
const anyKey = 'tickstock'

const acknowledged = 'subscribed to: '

/**
 * A client's side of the vendor's protocol: frames in, events out. No socket, no time.
 *
 *     open ── auth ──► auth_success ── subscribe ──► acknowledgements, events
 *                      auth_failed, max_connections, error, … ──► Failure
 *
 * `auth` does not wait for the greeting (both orders work), and any refusal is the end: whoever asked for a channel wants it.
 * Source: docs/protocol.md, sections 2 to 4.
 */
export const tailSession = (channels: readonly string[], key: string | undefined): TailSession => {
  const masked = secret(key ?? '')
  const unanswered = new Set(channels)
  let isAuthenticated = false

  const refused = (status: string, message: string): Failure => {
    const said = masked.hide(message).trim()
    const words = `(${status}${said === '' ? '' : `: ${said}`})`
    switch (status) {
      case 'auth_failed':
        return new Failure(
          key === undefined
            ? `the server wants a key ${words}; give --key KEY, or set TICKSTOCK_KEY`
            : `the server does not accept the key ${words}; is it the right one, and does its plan have this market?`,
        )
      case 'error':
        return new Failure(
          isAuthenticated
            ? `the server refuses ${channels.length === 1 ? channels.join() : `one of ${channels.slice(0, 10).join(',')}`} ${words}`
            : `the server refuses the session ${words}`,
        )
      case 'max_connections':
        return new Failure(`the server has too many connections of this account ${words}; close another one`)
      default:
        return new Failure(`the server ends the session ${words}`)
    }
  }

  /** What to send in answer, if anything. */
  const status = (element: Readonly<Record<string, unknown>>): string | undefined => {
    const word = typeof element.status === 'string' ? element.status : ''
    const message = typeof element.message === 'string' ? element.message : ''

    switch (word) {
      case 'auth_failed':
      case 'auth_timeout':
      case 'auth_required':
      case 'max_connections':
      case 'force_disconnect':
      case 'slow_consumer':
      case 'error':
        throw refused(word, message)
      case 'success':
        if (message.startsWith(acknowledged)) unanswered.delete(message.slice(acknowledged.length).trim())
        if (message.trim() !== 'authenticated') return undefined
        break
      case 'auth_success':
        break
      default:
        return undefined
    }
    if (isAuthenticated) return undefined
    isAuthenticated = true
    return JSON.stringify({ action: 'subscribe', params: channels.join(',') })
  }

  return {
    open: () => JSON.stringify({ action: 'auth', params: key ?? anyKey }),
    receive: (frame) => {
      const { ranges, broken } = split(frame)
      const events: string[] = []
      let send: string | undefined
      for (let i = 0; i < ranges.length; i += 2) {
        const text = frame.toString('utf8', ranges[i], ranges[i + 1])
        const own = text.includes('"status"') ? statusOf(text) : undefined
        if (own === undefined) events.push(text)
        else send = status(own) ?? send
      }
      return { events, broken: broken === undefined ? 0 : 1, ...(send === undefined ? {} : { send }) }
    },
    get isAuthenticated() {
      return isAuthenticated
    },
    unanswered,
  }
}

/** The element, if it is a status. */
const statusOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  const value = parsed(text)
  return typeof value === 'object' && value !== null && 'ev' in value && value.ev === 'status' ? value : undefined
}

/** Undefined for what is not JSON. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
