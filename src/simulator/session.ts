import type { Access } from './plans.ts'
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

/** The options market's text (L); the stocks market is not known to have a limit. */
const limitText = 'Subscription limit reached for feed. Please remove some subscriptions and try again.'

/** Before authentication. */
const nothing: Access = { channels: new Set() }

const silence: Reply = { frames: [], changed: false, then: 'stay' }

const says = (frame: string, then: Reply['then'] = 'stay'): Reply => ({ frames: [frame], changed: false, then })

/** Texts are fixed: what a client sent is not repeated, since it may be a key in the wrong place. */
const refusal = (message: string): Reply => says(frameOf([statusWire('error', message)]))

type Pair = readonly [channel: string, ticker: string]

/** `T.BRK.B` is channel `T`, ticker `BRK.B`: the first dot parts them. A list of one, so that `flatMap` drops what is no pair. */
const pairOf = (text: string): readonly [Pair] | undefined => {
  const trimmed = text.trim()
  const dot = trimmed.indexOf('.')
  const channel = trimmed.slice(0, dot)
  const ticker = trimmed.slice(dot + 1)

  return dot === -1 || ticker === '' || !knownChannels.has(channel) ? undefined : [[channel, ticker]]
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

/** What the server knows that a session has to ask for. */
export interface SessionRules {
  /** Undefined for a key that is not good. */
  readonly accessOf: (key: string) => Access | undefined
  /** Refused for a while whatever the key may have; default: none is. */
  readonly refusesPair?: (pair: string) => boolean
  /** Called per request with refused pairs; decides where the refusals stand among the acknowledgements. */
  readonly coin: () => boolean
  /** Pairs that a connection may hold; default: any number. */
  readonly subscriptionsMax?: number
}

/** Frames of many statuses, in order. */
const framesOf = (statuses: readonly string[]): readonly string[] => {
  const frames: string[] = []
  for (let from = 0; from < statuses.length; from += acknowledgementsPerFrame) {
    frames.push(frameOf(statuses.slice(from, from + acknowledgementsPerFrame)))
  }
  return frames
}

/** A request over the limit was answered by 27 errors for 200 pairs: their number says nothing. */
const pairsPerLimitError = 8

/**
 * The vendor's protocol for one connection: text in, texts out. No socket, no time.
 *
 *     unauthenticated ── auth, good key ──► authenticated      auth_success; an error behind it where the plan lacks real-time data
 *     unauthenticated ── auth, bad key ───► ended, dropped     auth_failed; with another text for a plan without websockets
 *     unauthenticated ── subscribe                             auth_required, the connection stays
 *     unauthenticated ── timeOut ─────────► ended, closed      auth_timeout
 *     authenticated   ── subscribe, unsubscribe                one acknowledgement per pair, in the order of the request, batched
 *                                                              one `not authorized` per refused pair, naming nobody, before or behind all of them
 *
 * Answered by silence: an unknown channel, a pair already held, and the giving up of one that is not held. An unknown ticker is acknowledged like any other.
 * Authenticated once, a connection keeps what that key gave it. A request that would cross `subscriptionsMax` is refused as a whole, its new pairs with it.
 * Source: docs/protocol.md, sections 2 to 4; the texts of `auth_required` and of `error` for broken messages are not published and ours.
 */
export const session = ({
  accessOf,
  refusesPair = () => false,
  coin,
  subscriptionsMax = Infinity,
}: SessionRules): Session => {
  const held = subscriptions()
  let state: Session['state'] = 'unauthenticated'
  let access = nothing

  const fail = (text: string): Reply => {
    state = 'ended'
    return says(frameOf([statusWire('auth_failed', text)]), 'drop')
  }

  const authenticate = (offered: string): Reply => {
    const given = accessOf(offered)
    if (given === undefined) return fail('authentication failed')
    if (given.failure !== undefined) return fail(given.failure)

    if (state === 'unauthenticated') access = given
    state = 'authenticated'
    const said = [statusWire('auth_success', 'authenticated')]
    if (given.complaint !== undefined) said.push(statusWire('error', given.complaint))
    return { frames: said.map((one) => frameOf([one])), changed: false, then: 'stay' }
  }

  const subscribe = (pairs: readonly Pair[]): Reply => {
    const acknowledgements: string[] = []
    const refusals: string[] = []
    const news: Pair[] = []
    for (const pair of pairs) {
      if (held.has(...pair)) continue
      if (!access.channels.has(pair[0]) || refusesPair(pair.join('.'))) {
        refusals.push(statusWire('error', 'not authorized'))
        continue
      }
      held.add(...pair)
      news.push(pair)
      acknowledgements.push(statusWire('success', `subscribed to: ${pair.join('.')}`))
    }

    if (held.size > subscriptionsMax) {
      for (const pair of news) held.remove(...pair)
      const error = statusWire('error', limitText)
      return {
        frames: framesOf(Array.from({ length: Math.ceil(pairs.length / pairsPerLimitError) }, () => error)),
        changed: false,
        then: 'stay',
      }
    }
    return { frames: arranged(acknowledgements, refusals), changed: news.length > 0, then: 'stay' }
  }

  const arranged = (acknowledgements: readonly string[], refusals: readonly string[]): readonly string[] => {
    if (refusals.length === 0) return framesOf(acknowledgements)

    const [first, last] = coin() ? [refusals, acknowledgements] : [acknowledgements, refusals]
    return coin() ? framesOf([...first, ...last]) : [...framesOf(first), ...framesOf(last)]
  }

  const unsubscribe = (pairs: readonly Pair[]): Reply => {
    const acknowledgements: string[] = []
    for (const pair of pairs) {
      if (!held.has(...pair)) continue
      held.remove(...pair)
      acknowledgements.push(statusWire('success', `unsubscribed to: ${pair.join('.')}`))
    }
    return { frames: framesOf(acknowledgements), changed: acknowledgements.length > 0, then: 'stay' }
  }

  const change = (params: string, apply: (pairs: readonly Pair[]) => Reply): Reply => {
    if (state === 'unauthenticated') return says(frameOf([statusWire('auth_required', 'authentication required')]))

    return apply(params.split(',').flatMap((part) => pairOf(part) ?? []))
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
          return change(request.params, subscribe)
        case 'unsubscribe':
          return change(request.params, unsubscribe)
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
