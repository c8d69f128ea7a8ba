import { framesOfStatuses, pairOf, requestOf, type StatusWord, statusWire } from '../vendorWire.ts'
import type { Rights } from './rights.ts'
import { type Reply, type Says, type Session, silence } from './session.ts'

export interface ClientSession extends Session {
  /** What it holds: by channel, the tickers, `*` among them for all. No channel without a ticker. */
  readonly wanted: ReadonlyMap<string, ReadonlySet<string>>
  /** There is a channel of this name from now on: what was held of it is acknowledged. */
  appeared(channel: string): Reply
}

export interface ClientSessionOptions {
  /** Undefined for a key that is none. */
  readonly rightsOfKey: (key: string) => Rights | undefined
  /** The channels that there are, or may be. Only ever more. */
  readonly channels: () => ReadonlySet<string>
  /** Pairs that may be held. */
  readonly channelsMax: number
  /** For the text of `tooLarge` only. Bytes. */
  readonly messageBytesMax: number
  /** Told of each message with a pair above `channelsMax`. */
  readonly onLimit?: () => void
}

/** In the vendor's words, an array. */
export const vendorSays: Says = (status, message) => framesOfStatuses([statusWire(status, message)])

/** One status, and what comes after it. */
const says = (status: StatusWord, message: string, then: Reply['then'] = 'stay'): Reply => ({
  frames: vendorSays(status, message),
  changed: [],
  then,
})

/**
 * The vendor's protocol for one of our clients: text in, texts out, and what it wants. No socket, no time.
 *
 *     unauthenticated ── auth, good key ──► authenticated      auth_success
 *     unauthenticated ── auth, bad key ───► ended, dropped     auth_failed
 *     unauthenticated ── subscribe                             auth_required, the connection stays
 *     unauthenticated ── timeOut ─────────► ended, closed      auth_timeout
 *     authenticated   ── subscribe, unsubscribe                one acknowledgement per pair, in the order of the request, batched
 *
 * Answered by silence, as the vendor does: a pair already held, and the giving up of one that is not held. `T.*` and
 * `T.AAPL` are two pairs, held and given up separately. An unknown ticker is acknowledged like any other.
 *
 * A channel that the engine does not have (yet: an operator may make any) is held all the same, answered by one `error` that
 * names those there are, as the vendor refuses what a plan lacks, and acknowledged when it appears. Texts are fixed: what a
 * client sent is not repeated, save the pairs it holds, since it may be a key in the wrong place.
 *
 * A pair without the right to it is answered by one `error` of its own, `not authorized`, that names nobody, as the vendor's. The
 * other errors come once per message and reason.
 *
 * Source: docs/protocol.md, sections 2 to 4; the texts of `auth_required` and of errors about messages are not published and ours.
 */
export const clientSession = ({
  rightsOfKey,
  channels,
  channelsMax,
  messageBytesMax,
  onLimit,
}: ClientSessionOptions): ClientSession => {
  const wanted = new Map<string, Set<string>>()
  const unanswered = new Set<string>()
  let state: ClientSession['state'] = 'unauthenticated'
  let size = 0
  let rights: Rights | undefined

  const add = (channel: string, ticker: string): void => {
    const tickers = wanted.get(channel)
    if (tickers === undefined) wanted.set(channel, new Set([ticker]))
    else tickers.add(ticker)
    size += 1
  }

  const remove = (channel: string, ticker: string): void => {
    const tickers = wanted.get(channel)
    if (tickers?.delete(ticker) !== true) return
    size -= 1
    if (tickers.size > 0) return
    wanted.delete(channel)
    unanswered.delete(channel)
  }

  const authenticate = (key: string): Reply => {
    const granted = rightsOfKey(key)
    if (granted !== undefined) {
      // What it holds stays: a right is asked for when a pair is.
      rights = granted
      state = 'authenticated'
      return says('auth_success', 'authenticated')
    }
    state = 'ended'
    return says('auth_failed', 'authentication failed', 'drop')
  }

  const change = (params: string, verb: 'subscribed' | 'unsubscribed'): Reply => {
    if (state === 'unauthenticated') return says('auth_required', 'authentication required')

    const known = channels()
    const changed = new Set<string>()
    const answers: string[] = []
    // Once per message: the same sentence for each of thousands of pairs would say no more.
    const refusals = new Set<string>()
    for (const part of params.split(',')) {
      if (part.trim() === '') continue
      const pair = pairOf(part)
      if (pair === undefined) {
        refusals.add('not a channel: expected an event type, a dot and a ticker or *, such as T.AAPL')
        continue
      }
      const [channel, ticker] = pair
      const isHeld = wanted.get(channel)?.has(ticker) === true
      if (isHeld === (verb === 'subscribed')) continue
      if (verb === 'subscribed') {
        if (rights?.allows(channel, ticker) !== true) {
          answers.push(statusWire('error', 'not authorized'))
          continue
        }
        if (size >= channelsMax) {
          refusals.add(limitReached)
          continue
        }
        if (!known.has(channel)) {
          unanswered.add(channel)
          refusals.add(`unknown channel: this server has ${[...known].join(', ')}`)
        }
        add(channel, ticker)
      }
      const isSilent = unanswered.has(channel)
      if (verb === 'unsubscribed') remove(channel, ticker)
      changed.add(channel)
      if (!isSilent) answers.push(acknowledgement(verb, channel, ticker))
    }
    if (refusals.has(limitReached)) onLimit?.()
    for (const refusal of refusals) answers.push(statusWire('error', refusal))
    return { frames: framesOfStatuses(answers), changed: [...changed], then: 'stay' }
  }

  return {
    get state() {
      return state
    },
    wanted,
    get size() {
      return size
    },
    get rights() {
      return rights
    },
    open: () => says('connected', 'Connected Successfully'),
    receive: (text) => {
      if (state === 'ended') return silence
      const request = requestOf(text)
      if (typeof request === 'string') return says('error', request)

      switch (request.action) {
        case 'auth':
          return authenticate(request.params)
        case 'subscribe':
          return change(request.params, 'subscribed')
        case 'unsubscribe':
          return change(request.params, 'unsubscribed')
        default:
          return says('error', 'unknown action: expected auth, subscribe or unsubscribe')
      }
    },
    tooLarge: () =>
      state === 'ended'
        ? silence
        : says('error', `invalid message: longer than ${messageBytesMax} bytes; send several`),
    timeOut: () => {
      if (state !== 'unauthenticated') return silence
      state = 'ended'
      return says('auth_timeout', 'No authentication request received.', 'close')
    },
    appeared: (channel) => {
      if (!unanswered.delete(channel)) return silence
      const answers = Array.from(wanted.get(channel) ?? [], (ticker) => acknowledgement('subscribed', channel, ticker))
      return { frames: framesOfStatuses(answers), changed: [], then: 'stay' }
    },
  }
}

/** The vendor's own words. */
const limitReached = 'Subscription limit reached for feed. Please remove some subscriptions and try again.'

const acknowledgement = (verb: 'subscribed' | 'unsubscribed', channel: string, ticker: string): string =>
  statusWire('success', `${verb} to: ${channel}.${ticker}`)
