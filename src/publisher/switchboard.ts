import type { Lane } from '../../streams/lane.ts'
import type { ClientSession, Reply } from './clientSession.ts'
import type { Cohorts } from './cohorts.ts'
import type { Desk } from './desk.ts'
import { type Framer, frameOfText, type Held } from './frames.ts'
import type { Outbox } from './outbox.ts'
import { inTurns } from './turns.ts'

/** A client, as far as it is connected to lanes. */
export interface Party {
  readonly session: ClientSession
  readonly outbox: Outbox
  /** Its session has ended: say what is left to say, and go. */
  end(how: Exclude<Reply['then'], 'stay'>): void
}

export interface Switchboard {
  /** Event types that there are or that a frequency brings by itself. */
  readonly channels: ReadonlySet<string>
  readonly desks: readonly Desk[]
  /** The most answers that wait for one client, in frames. */
  readonly answers: number
  /** Another lane: those who waited for it get it, from its first event on. */
  open(lane: Lane): void
  add(party: Party): void
  /** Gets nothing more. What cohorts held for it alone is abandoned. */
  remove(party: Party): void
  /** Does what follows from a message: seats the client anew, then answers. In a later turn, in the order of the messages. */
  answer(party: Party, reply: Reply): void
  /** It lags from now on, or is to be waited for. */
  full(party: Party): void
  /** It has taken all, or need not be waited for any more. */
  room(party: Party): void
  /** Answers what waits for an answer, takes what waits in lanes, and sends all that cohorts hold. Resolves when that is done. */
  flush(): Promise<void>
  /** Takes nothing newer from the lanes. */
  close(): void
  /** Takes nothing more from the lanes, and does nothing more. */
  stop(): void
}

export interface SwitchboardOptions {
  readonly eventTypes: readonly string[]
  /** `isHeld` says of a lane whether somebody who wants it is waited for. */
  readonly deskFor: (lane: Lane, isHeld: (cohorts: Cohorts) => boolean) => Desk
  readonly framer: Framer
  /** What a client that lags is given at a time. */
  readonly portionBytesMax: number
  /** Told when answers of one client were put out before their turn, being too many. */
  readonly onManyAnswers: () => void
}

/** Answers of one client that wait for their turn. */
export const answersMax = 1000

/**
 * A client that lags has caught up when, since its last portion, no more than this came for it, replaced or not: so much would
 * wait for it had it got everything. Bytes; about what a socket takes at once.
 */
const caughtUpBytes = 64 * 1024

interface Pending {
  readonly frames: string[]
  readonly changed: Set<string>
  then: Reply['then']
}

/**
 *  lane T  ─ desk ─┐            ┌─ client
 *  lane AM ─ desk ─┼─ by channel ┼─ client      one channel, such as T: every lane of that event type
 *  lane T  ─ desk ─┘            └─ client
 *
 * A client is in one seat per lane at most. When its list changes it first gets what the old cohort holds for it, then the
 * acknowledgement, then the snapshot if there is one, then what the new cohort brings: nothing twice, nothing lost, and nothing given
 * up after its acknowledgement. Messages that come together are answered together, so that ten thousand of one pair each do
 * not mean ten thousand cohorts.
 */
export const createSwitchboard = ({
  eventTypes,
  deskFor,
  framer,
  portionBytesMax,
  onManyAnswers,
}: SwitchboardOptions): Switchboard => {
  const channels = new Set(eventTypes)
  const desks: Desk[] = []
  const parties = new Set<Party>()
  const pending = new Map<Party, Pending>()
  const roomy = new Set<Party>()
  const waitedFor = new Set<Party>()
  const waiters: (() => void)[] = []

  const isHeld = (cohorts: Cohorts): boolean => {
    for (const { outbox } of waitedFor) if (cohorts.has(outbox)) return true
    return false
  }

  const place = (party: Party, channel: string): readonly (readonly [Desk, readonly Held[]])[] => {
    const { outbox, session } = party
    const own = desks.filter(({ lane }) => lane.eventType === channel)
    const known = own.map((desk) => [desk, desk.place(outbox, session.wanted.get(channel))] as const)
    // What the old cohort held may have been too much for it.
    if (!parties.has(party)) leave(party)
    return known
  }

  const leave = ({ outbox }: Party): void => {
    for (const desk of desks) desk.leave(outbox)
  }

  const settle = (party: Party, { frames, changed, then }: Pending): void => {
    pending.delete(party)
    const known = [...changed].flatMap((channel) => place(party, channel))
    party.outbox.say(frames.map(frameOfText))
    for (const [desk, events] of known) if (events.length > 0) desk.cohorts.offer(party.outbox, events)
    if (then !== 'stay') party.end(then)
  }

  const answerOne = (): boolean => {
    for (const [party, one] of pending) {
      settle(party, one)
      return true
    }
    return false
  }

  const sendPortion = ({ outbox }: Party): void => {
    if (!outbox.lags) return
    const isCaughtUp = outbox.kept.roundBytes <= caughtUpBytes
    let count = 0
    outbox.kept.startRound()
    for (const { cohorts } of desks) {
      const events = cohorts.portion(outbox, portionBytesMax - outbox.bytes)
      count += events.length
      outbox.portion(framer.framesOf(events))
    }
    // Without a portion nothing would bring it here again.
    if (outbox.kept.waiting > 0 || (!isCaughtUp && count > 0)) return
    outbox.catchUp()
    for (const { cohorts } of desks) cohorts.rejoin(outbox)
  }

  const sendOnePortion = (): boolean => {
    for (const party of roomy) {
      roomy.delete(party)
      sendPortion(party)
      return true
    }
    return false
  }

  const pullOne = (): boolean => desks.some((desk) => desk.pullOne())

  const step = (): boolean => {
    const isMore = answerOne() || sendOnePortion() || pullOne()
    if (!isMore && desks.every(({ waiting }) => waiting === 0)) for (const resolve of waiters.splice(0)) resolve()
    return isMore
  }

  const turns = inTurns(step)

  const answer = (party: Party, { frames, changed, then }: Reply): void => {
    if (!parties.has(party)) return
    const before = pending.get(party)
    if (before === undefined) {
      pending.set(party, { frames: [...frames], changed: new Set(changed), then })
    } else {
      before.frames.push(...frames)
      for (const channel of changed) before.changed.add(channel)
      before.then = then
      // From here on it is the outbox's bound that counts.
      if (before.frames.length >= answersMax) {
        onManyAnswers()
        settle(party, before)
      }
    }
    turns.wake()
  }

  return {
    channels,
    desks,
    get answers() {
      return Array.from(pending.values()).reduce((so, { frames }) => Math.max(so, frames.length), 0)
    },
    open: (lane) => {
      channels.add(lane.eventType)
      desks.push(deskFor(lane, isHeld))
      for (const party of parties) {
        answer(party, party.session.appeared(lane.eventType))
        // At once: the lane's first event comes in this very turn.
        if (party.session.wanted.has(lane.eventType)) place(party, lane.eventType)
      }
    },
    add: (party) => {
      parties.add(party)
    },
    remove: (party) => {
      parties.delete(party)
      pending.delete(party)
      roomy.delete(party)
      waitedFor.delete(party)
      leave(party)
      turns.wake()
    },
    answer,
    full: (party) => {
      const { outbox } = party
      if (!outbox.lags) waitedFor.add(party)
      else for (const { cohorts } of desks) cohorts.lag(outbox)
    },
    room: (party) => {
      waitedFor.delete(party)
      if (party.outbox.lags) roomy.add(party)
      turns.wake()
    },
    flush: async () => {
      await new Promise<void>((resolve) => {
        waiters.push(resolve)
        turns.wake()
      })
      for (const { cohorts } of desks) cohorts.flush()
    },
    close: () => {
      for (const desk of desks) desk.close()
      turns.wake()
    },
    stop: () => {
      for (const desk of desks) desk.stop()
      turns.stop()
      for (const resolve of waiters.splice(0)) resolve()
    },
  }
}
