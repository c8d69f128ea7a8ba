import type { StatusWord } from '../../vendorWire.ts'
import type { Rights } from '../rights.ts'
import { type Reply, type Says, type Session, silence } from '../session.ts'

/** What a client wants: events of these tickers, `*` among them for all, in these frequencies, as messages call them. */
export interface Subscription {
  readonly tickers: ReadonlySet<string>
  readonly frequencies: readonly string[]
}

export interface TickstockSession extends Session {
  readonly subscription: Subscription | undefined
}

export interface TickstockSessionOptions {
  /** Undefined for a key that is none. */
  readonly rightsOfKey: (key: string) => Rights | undefined
  /** Where no key is asked for: what everybody may have. */
  readonly open: Rights | undefined
  /** Those there are now, as messages call them. */
  readonly frequencies: () => readonly string[]
  /** Whether a ticker is allowed in at least one of these. */
  readonly allows: (rights: Rights, frequencies: readonly string[], ticker: string) => boolean
  /** Tickers that may be held. */
  readonly channelsMax: number
  /** For the text of `tooLarge` only. Bytes. */
  readonly messageBytesMax: number
  /** Told of each message with more than `channelsMax`. */
  readonly onLimit?: () => void
}

/** The one thing that is listed differently after a message. */
export const subscriptionChanged = 'subscription'

/** A status as an object of its own; `more` says what holds from now on. */
const statusOf = (status: StatusWord, message: string, more: object = {}): string =>
  JSON.stringify({ event: 'status', status, message, ...more })

export const tickstockSays: Says = (status, message) => [statusOf(status, message)]

const says = (status: StatusWord, message: string, then: Reply['then'] = 'stay', more: object = {}): Reply => ({
  frames: [statusOf(status, message, more)],
  changed: [],
  then,
})

type Request = Readonly<Record<string, unknown>>

const requestOf = (text: string): Request | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'invalid message: not JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'invalid message: not an object'
  return value as Request
}

// A comma would be two in the key of a cohort.
const isTicker = (value: unknown): value is string => typeof value === 'string' && /^[^\s,]{1,64}$/.test(value)

/** `'*'` for all, or a list with at least one; undefined for what is neither. An empty list is nobody's wish: it is refused. */
const tickersOf = (value: unknown): ReadonlySet<string> | undefined => {
  if (value === '*') return new Set('*')
  if (!Array.isArray(value) || value.length === 0 || !value.every(isTicker)) return undefined
  return new Set(value)
}

/**
 * The TickStock protocol for one of our clients: text in, texts out, and what it wants. No socket, no time.
 *
 *     { "action": "auth", "token": "…" }                                                where tokens are asked for
 *     { "action": "subscribe", "tickers": ["AAPL"], "frequencies": ["per_second"] }     in place of what was subscribed before
 *     { "action": "unsubscribe" }
 *
 * `tickers` is a list or `"*"`, `frequencies` may be left out for all there are. Each message is answered by one status, which repeats what
 * holds from now on; a message that is refused changes nothing. Texts are fixed: what a client sent is repeated only once it is known to be
 * a ticker or a frequency, since it may be a key in the wrong place.
 */
export const tickstockSession = (options: TickstockSessionOptions): TickstockSession => {
  const { rightsOfKey, open, frequencies, allows, channelsMax, messageBytesMax, onLimit } = options
  let state: Session['state'] = open === undefined ? 'unauthenticated' : 'authenticated'
  let rights = open
  let subscription: Subscription | undefined

  const authenticate = ({ token, params }: Request): Reply => {
    const key = token ?? params
    if (typeof key !== 'string') return says('error', 'invalid message: token is not a text')
    const granted = rightsOfKey(key)
    if (granted !== undefined) {
      rights = granted
      state = 'authenticated'
      return says('auth_success', 'authenticated')
    }
    state = 'ended'
    return says('auth_failed', 'authentication failed', 'drop')
  }

  const wantedFrequencies = (value: unknown): readonly string[] | string => {
    const known = frequencies()
    if (value === undefined) return known
    if (!Array.isArray(value) || value.length === 0) {
      return `frequencies is a list with at least one of ${known.join(', ')}; leave it out for all`
    }
    // As the engine calls it, or as messages do.
    const named = new Set(value.map((one: unknown) => (one === 'fair_market_value' ? 'fmv' : one)))
    if (!Array.from(named).every((one) => known.includes(one as string))) {
      return `unknown frequency: this server has ${known.join(', ')}`
    }
    return known.filter((one) => named.has(one))
  }

  const subscribe = (request: Request): Reply => {
    if (rights === undefined) return says('auth_required', 'authentication required')
    const asked = tickersOf(request.tickers)
    if (asked === undefined) {
      return says('error', 'tickers is "*" for all, or a list with at least one ticker, such as ["AAPL"]')
    }
    const wanted = wantedFrequencies(request.frequencies)
    if (typeof wanted === 'string') return says('error', wanted)
    if (asked.size > channelsMax) {
      onLimit?.()
      return says('error', `too many tickers: at most ${String(channelsMax)}; "*" for all`)
    }
    const own = rights
    const tickers = asked.has('*') ? asked : new Set([...asked].filter((ticker) => allows(own, wanted, ticker)))
    const refused = [...asked].filter((ticker) => !tickers.has(ticker))
    if (tickers.size === 0) return says('error', 'not authorized')
    subscription = { tickers, frequencies: wanted }
    const holds = {
      tickers: tickers.has('*') ? '*' : [...tickers],
      frequencies: wanted,
      ...(refused.length === 0 ? {} : { notAuthorized: refused }),
    }
    return { frames: [statusOf('success', 'subscribed', holds)], changed: [subscriptionChanged], then: 'stay' }
  }

  return {
    get state() {
      return state
    },
    get size() {
      return subscription?.tickers.size ?? 0
    },
    get rights() {
      return rights
    },
    get subscription() {
      return subscription
    },
    open: () => says('connected', 'Connected Successfully', 'stay', { frequencies: frequencies() }),
    receive: (text) => {
      if (state === 'ended') return silence
      const request = requestOf(text)
      if (typeof request === 'string') return says('error', request)

      switch (request.action) {
        case 'auth':
          return authenticate(request)
        case 'subscribe':
          return subscribe(request)
        case 'unsubscribe':
          subscription = undefined
          return { frames: [statusOf('success', 'unsubscribed')], changed: [subscriptionChanged], then: 'stay' }
        default:
          return says('error', 'unknown action: expected auth, subscribe or unsubscribe')
      }
    },
    tooLarge: () =>
      state === 'ended'
        ? silence
        : says('error', `invalid message: longer than ${String(messageBytesMax)} bytes; "*" stands for all tickers`),
    timeOut: () => {
      if (state !== 'unauthenticated') return silence
      state = 'ended'
      return says('auth_timeout', 'No authentication request received.', 'close')
    },
  }
}
