import type { ChannelsState, Status } from '../model.ts'

/** One request to the server, as it goes out: `{ "action": "subscribe", "params": "T.AAPL,AM.*" }`. */
export interface SubscriptionMessage {
  readonly action: 'subscribe' | 'unsubscribe'
  readonly params: string
}

/** Why a channel is refused: an `error` came for its message, or nothing at all within the limit. */
export interface Refusal {
  readonly cause: 'error' | 'silent'
  /** The vendor's words, where there were any. */
  readonly text?: string
}

export interface SubscriptionsOptions {
  /** The most pairs in one message. Read anew for each: it may change. */
  readonly channelsPerMessage: number
}

/**
 * The set that is wanted and the set that the server holds, and the next message that brings the second nearer to the first.
 *
 *     want({T.AAPL, AM.*, ZZ.A})            next()  →  subscribe T.AAPL,AM.*,ZZ.A
 *     hear(subscribed to: T.AAPL)
 *     hear(error: not authorized)                      one of AM.* and ZZ.A is refused; which one, the next answer tells
 *     hear(subscribed to: AM.*)                        held: T.AAPL, AM.*   refused: ZZ.A, at once: it alone is left
 *     want({AM.*})                          next()  →  unsubscribe T.AAPL
 *
 * A machine without a clock: time comes in as `overdue()`. It holds no more than the wanted and the held channels, and their event types.
 */
export interface Subscriptions {
  /** What shall be held from now on. */
  want(channels: ReadonlySet<string>): void
  /** A status of the running session. Returns whether it answered the message in flight or told of a channel: a sign of progress. */
  hear(status: Status): boolean
  /** The message in flight had no answer for the whole limit: what it left open is decided. */
  overdue(): void
  /** Begins a round: each refused channel that is still wanted is asked for once more, after whatever else is to be said. */
  askAgain(): void
  /** Whether such a round is still under way. */
  isAskingAgain(): boolean
  /** Whether any channel is refused, that is whether a round could change something. */
  hasRefused(): boolean
  /** Takes the next message, which is in flight from then on. Nothing while one is, or when there is nothing to do. */
  next(): SubscriptionMessage | undefined
  /** Whether a message waits for answers. */
  isWaiting(): boolean
  /** Whether it is a part only of what was to be said when it was taken. */
  isPartial(): boolean
  /** The session is over: the server holds nothing any more, and what was refused may be asked for again. */
  reset(): void
  channels(): ChannelsState
  /** The refused channels with the reason, those that a wildcard stands for left out. */
  refusals(): ReadonlyMap<string, Refusal>
}

/** The message that waits for answers, with the pairs that have none yet. */
interface InFlight {
  readonly action: SubscriptionMessage['action']
  readonly open: Set<string>
  /** Whether it asks for a refused channel again. */
  readonly isAgain: boolean
  /** Whether more of its kind was to be said when it was taken. */
  readonly isPartial: boolean
  /** The vendor's words of the first `error` since it was sent. */
  error?: string
  hasErrors: boolean
}

/** Tickers contain dots, event types do not: the first one divides. */
const wildcardOf = (channel: string): string | undefined => {
  const dot = channel.indexOf('.')

  return dot < 0 || channel.slice(dot + 1) === '*' ? undefined : `${channel.slice(0, dot)}.*`
}

const typeOf = (channel: string): string => channel.slice(0, Math.max(channel.indexOf('.'), 0))

/** The only part of the protocol that has to be read out of a text: an answer names its pair nowhere else. */
const ackOf = ({ status, message }: Status): { readonly isHeld: boolean; readonly channel: string } | undefined => {
  const [, un, channel] = status === 'success' ? (/^\s*(un)?subscribed to:\s*(.*?)\s*$/.exec(message ?? '') ?? []) : []

  return channel === undefined ? undefined : { isHeld: un === undefined, channel }
}

/**
 * Keeps the wanted and the held set apart from any socket or clock. The rules, each with its reason from docs/protocol.md, 4:
 *
 * - One message is in flight, of either kind, and unsubscribes come first: an `error` names no pair, so only what stays unanswered of
 *   the one message tells whom it meant, and capacity that is given back counts at once.
 * - An `error` may come ahead of the answers to the other pairs, and more than one may come for one pair: errors are not counted.
 *   A pair is refused at once when it alone is left of a message that had an error; else the limit decides.
 * - Only the difference is sent: a pair that is held is not answered again.
 * - An unknown channel is answered by silence: past the limit it is refused as `silent`. A late answer is believed all the same.
 * - Silence may also mean that the answer is late or lost, and then the server holds what we call refused. So it is given back, which
 *   costs one more limit where it was not held. Whether an answer to that proves anything is not documented: the next round tells.
 * - An answer to the subscribe that comes after that giving back proves that the channel is known, not that it is held: it is
 *   asked for once more, and then silence means that it has been held all the time.
 * - What is refused holds up a message for the whole limit where it is more than one pair. So event types of which something is refused,
 *   or was in the session before, come after all others: one frequency's refusal is no other's delay.
 * - What happens to `T.AAPL` beside `T.*` is not documented: while the wildcard is wanted and not refused the single ones are not
 *   asked for. They are held, pending or refused with it.
 * - A refused channel is asked for again after it had left the wanted set, in a new session, or in a round of `askAgain`: then alone,
 *   so that an error names it, and shown as refused until it is accepted. A wildcard whose single tickers are asked for instead is left
 *   out of the rounds: both would be asked for.
 */
export const subscriptions = (options: SubscriptionsOptions): Subscriptions => {
  const { channelsPerMessage } = options
  if (!(Number.isInteger(channelsPerMessage) && channelsPerMessage > 0)) {
    throw new RangeError(`channelsPerMessage must be a whole number from 1, but is ${channelsPerMessage}`)
  }

  let wanted: ReadonlySet<string> = new Set()
  let inFlight: InFlight | undefined
  const held = new Set<string>()
  const refused = new Map<string, Refusal>()
  // An unsubscribe that nobody confirmed: the server may hold these still, and then would not answer a subscribe.
  const uncertain = new Set<string>()
  // A subscribe that met silence: the server may hold these already.
  const doubted = new Set<string>()
  // Given back after silence: an answer to the subscribe before that says nothing of now.
  const outdated = new Set<string>()
  // Event types of which something was refused in an earlier session, and nothing accepted since.
  const wary = new Set<string>()
  // Refused channels whose turn in the round is still to come.
  const due = new Set<string>()

  const cover = (channel: string): string | undefined => {
    const wildcard = wildcardOf(channel)

    return wildcard !== undefined && wanted.has(wildcard) && !refused.has(wildcard) ? wildcard : undefined
  }

  const isAsked = (channel: string): boolean => wanted.has(channel) && cover(channel) === undefined

  const isAskedAgain = (channel: string): boolean =>
    refused.has(channel) &&
    isAsked(channel) &&
    !(channel.endsWith('.*') && [...wanted].some((other) => wildcardOf(other) === channel))

  const settle = (isOverdue: boolean): void => {
    if (inFlight === undefined) return

    const { action, open, hasErrors, error } = inFlight

    for (const channel of open) {
      if (action === 'unsubscribe') {
        doubted.delete(channel)
        if (held.delete(channel)) uncertain.add(channel)
      } else if (uncertain.has(channel) && !hasErrors) {
        // It was held once, so it is known; silence then means that it has been held all the time.
        held.add(channel)
      } else {
        if (isOverdue) doubted.add(channel)
        if (wanted.has(channel)) {
          refused.set(
            channel,
            hasErrors ? { cause: 'error', ...(error !== undefined && { text: error }) } : { cause: 'silent' },
          )
        }
      }
      if (action === 'subscribe') uncertain.delete(channel)
    }

    inFlight = undefined
  }

  /** Nothing left to wait for: all pairs answered, or one alone left of a message that had an error. */
  const settleIfDecided = (): void => {
    if (inFlight !== undefined && inFlight.open.size <= (inFlight.hasErrors ? 1 : 0)) settle(false)
  }

  const send = (
    action: SubscriptionMessage['action'],
    all: readonly string[],
    size = options.channelsPerMessage,
    isAgain = false,
  ): SubscriptionMessage => {
    const channels = all.slice(0, size)

    for (const channel of channels) {
      if (action === 'subscribe') outdated.delete(channel)
      else if (!held.has(channel)) outdated.add(channel)
    }
    inFlight = { action, open: new Set(channels), isAgain, isPartial: all.length > size, hasErrors: false }

    return { action, params: channels.join(',') }
  }

  const stateOf = (channel: string): 'pending' | 'held' | 'refused' => {
    const decisive = held.has(channel) ? channel : (cover(channel) ?? channel)

    return held.has(decisive) ? 'held' : refused.has(decisive) ? 'refused' : 'pending'
  }

  return {
    want: (channels) => {
      wanted = channels
      for (const channel of refused.keys()) if (!wanted.has(channel)) refused.delete(channel)
    },

    hear: (status) => {
      const ack = ackOf(status)

      if (ack !== undefined) {
        // A late answer to an earlier unsubscribe says nothing of a subscribe that came after it.
        if (ack.isHeld || inFlight?.action === 'unsubscribe') doubted.delete(ack.channel)
        uncertain.delete(ack.channel)
        if (!ack.isHeld) held.delete(ack.channel)
        else if (outdated.has(ack.channel)) uncertain.add(ack.channel)
        else held.add(ack.channel)
        if (ack.isHeld) {
          refused.delete(ack.channel)
          wary.delete(typeOf(ack.channel))
        }
        // An answer of the other kind is late and belongs to an earlier message.
        if (inFlight !== undefined && ack.isHeld === (inFlight.action === 'subscribe'))
          inFlight.open.delete(ack.channel)
      } else if (status.status === 'error' && inFlight !== undefined) {
        inFlight.error ??= status.message ?? ''
        inFlight.hasErrors = true
      } else {
        return false
      }

      settleIfDecided()

      return true
    },

    overdue: () => settle(true),

    askAgain: () => {
      for (const channel of refused.keys()) due.add(channel)
    },

    // What is due and no longer asked for has its turn never.
    isAskingAgain: () => inFlight?.isAgain === true || [...due].some(isAskedAgain),

    hasRefused: () => refused.size > 0,

    next: () => {
      if (inFlight !== undefined) return undefined

      const extra = [...held].filter((channel) => !isAsked(channel))

      if (extra.length > 0) return send('unsubscribe', extra)

      const missing = [...wanted].filter((channel) => isAsked(channel) && !held.has(channel) && !refused.has(channel))
      const troubled = new Set([...wary, ...[...refused.keys(), ...doubted].map(typeOf)])
      const calm = missing.filter((channel) => !uncertain.has(channel) && !troubled.has(typeOf(channel)))

      if (calm.length > 0) return send('subscribe', calm)

      // To what it does not hold the server says nothing, and that takes the whole limit.
      if (doubted.size > 0) return send('unsubscribe', [...doubted])

      // In a message of their own, where silence can only mean one thing.
      const doubtful = missing.filter((channel) => uncertain.has(channel))
      const chosen = doubtful.length > 0 ? doubtful : missing

      if (chosen.length > 0) return send('subscribe', chosen)

      for (const channel of due) if (!isAskedAgain(channel)) due.delete(channel)

      const again = [...due]
      const [channel] = again

      if (channel === undefined) return undefined
      due.delete(channel)

      return send('subscribe', again, 1, true)
    },

    isWaiting: () => inFlight !== undefined,

    isPartial: () => inFlight?.isPartial === true,

    reset: () => {
      for (const channel of refused.keys()) wary.add(typeOf(channel))
      inFlight = undefined
      held.clear()
      refused.clear()
      uncertain.clear()
      doubted.clear()
      outdated.clear()
      due.clear()
    },

    channels: () => {
      const state = { pending: new Set<string>(), held: new Set(held), refused: new Set<string>() }

      for (const channel of wanted) state[stateOf(channel)].add(channel)
      // Asked for, then no longer wanted: it is still to be answered, and given back when it is held.
      if (inFlight?.action === 'subscribe') {
        for (const channel of inFlight.open) {
          if (!state.held.has(channel) && !state.refused.has(channel)) state.pending.add(channel)
        }
      }

      return uncertain.size === 0 ? state : { ...state, unconfirmed: new Set(uncertain) }
    },

    refusals: () => new Map([...refused].filter(([channel]) => stateOf(channel) === 'refused')),
  }
}
