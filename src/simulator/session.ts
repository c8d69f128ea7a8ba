import { knownChannels, subscriptions, type Subscriptions } from './subscriptions.ts'
import { frameOf, statusWire } from './wire.ts'

/** What the server does upon one message. */
export interface Reply {
  /** Frames to send, in order. */
  readonly frames: readonly string[]
  /** Whether the subscription set is another one now. */
  readonly changed: boolean
  /** `drop`: the TCP connection is cut without a close frame once the frames are out. `close`: a close handshake. */
  readonly then: 'stay' | 'drop' | 'close'
}

export interface Session {
  readonly state: 'unauthenticated' | 'authenticated' | 'ended'
  readonly subscriptions: Subscriptions
  /** Right after the upgrade, unasked. */
  open(): Reply
  receive(text: string): Reply
  /** The time allowed for `auth` is over. */
  timeOut(): Reply
}

/** Acknowledgements in one frame: about 300 KB, well below the megabyte where official clients close. */
const acknowledgementsPerFrame = 4000

const silence: Reply = { frames: [], changed: false, then: 'stay' }

const says = (frame: string, then: Reply['then'] = 'stay'): Reply => ({ frames: [frame], changed: false, then })

/** Texts are fixed: what a client sent is not repeated, since it may be a key in the wrong place. */
const refusal = (message: string): Reply => says(frameOf([statusWire('error', message)]))

/** `T.BRK.B` is channel `T`, ticker `BRK.B`: the first dot parts them. */
const pairOf = (text: string): readonly [channel: string, ticker: string] | undefined => {
  const trimmed = text.trim()
  const dot = trimmed.indexOf('.')
  const channel = trimmed.slice(0, dot)
  const ticker = trimmed.slice(dot + 1)

  return dot === -1 || ticker === '' || !knownChannels.has(channel) ? undefined : [channel, ticker]
}

const requestOf = (text: string): { readonly action: string; readonly params: string } | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'invalid message: not JSON'
  }
  if (typeof value !== 'object' || value === null || !('action' in value) || typeof value.action !== 'string')
    return 'invalid message: no action'
  if (!('params' in value) || typeof value.params !== 'string') return 'invalid message: params is not a text'

  return { action: value.action, params: value.params }
}

/**
 * The vendor's protocol for one connection: text in, texts out. No socket, no time.
 *
 *     unauthenticated ── auth, good key ──► authenticated      auth_success
 *     unauthenticated ── auth, bad key ───► ended, dropped     auth_failed
 *     unauthenticated ── subscribe                             auth_required, the connection stays
 *     unauthenticated ── timeOut ─────────► ended, closed      auth_timeout
 *     authenticated   ── subscribe, unsubscribe                one acknowledgement per pair, in the order of the request, batched
 *
 * Answered by silence: an unknown channel, a pair already held, and the giving up of one that is not held. An unknown ticker is acknowledged like any other.
 * With `key` undefined every key is good. Source: docs/protocol.md, sections 2 to 4; the texts of `auth_required` and `error` are not published and ours.
 */
export const session = ({ key }: { readonly key: string | undefined }): Session => {
  const held = subscriptions()
  let state: Session['state'] = 'unauthenticated'

  const authenticate = (offered: string): Reply => {
    if (key !== undefined && offered !== key) {
      state = 'ended'
      return says(frameOf([statusWire('auth_failed', 'authentication failed')]), 'drop')
    }
    state = 'authenticated'
    return says(frameOf([statusWire('auth_success', 'authenticated')]))
  }

  const change = (params: string, verb: 'subscribed' | 'unsubscribed'): Reply => {
    if (state === 'unauthenticated') return says(frameOf([statusWire('auth_required', 'authentication required')]))

    const subscribing = verb === 'subscribed'
    const acknowledgements: string[] = []
    for (const part of params.split(',')) {
      const pair = pairOf(part)
      if (pair === undefined || held.has(...pair) === subscribing) continue
      if (subscribing) held.add(...pair)
      else held.remove(...pair)
      acknowledgements.push(statusWire('success', `${verb} to: ${pair.join('.')}`))
    }
    if (acknowledgements.length === 0) return silence

    const frames: string[] = []
    for (let from = 0; from < acknowledgements.length; from += acknowledgementsPerFrame) {
      frames.push(frameOf(acknowledgements.slice(from, from + acknowledgementsPerFrame)))
    }
    return { frames, changed: true, then: 'stay' }
  }

  return {
    get state() {
      return state
    },
    subscriptions: held,
    open: () => says(frameOf([statusWire('connected', 'Connected Successfully')])),
    receive: (text) => {
      if (state === 'ended') return silence

      const request = requestOf(text)
      if (typeof request === 'string') return refusal(request)

      switch (request.action) {
        case 'auth':
          return authenticate(request.params)
        case 'subscribe':
          return change(request.params, 'subscribed')
        case 'unsubscribe':
          return change(request.params, 'unsubscribed')
        default:
          return refusal('unknown action: expected auth, subscribe or unsubscribe')
      }
    },
    timeOut: () => {
      if (state !== 'unauthenticated') return silence
      state = 'ended'
      return says(frameOf([statusWire('auth_timeout', 'No authentication request received.')]), 'close')
    },
  }
}
