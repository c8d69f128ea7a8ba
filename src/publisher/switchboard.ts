import type { Lane } from '../../streams/lane.ts'
import type { ClientSession, Reply } from './clientSession.ts'
import type { Desk } from './desk.ts'
import { frameOfText } from './frames.ts'
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
  /** Another lane: those who waited for it get it, from its first event on. */
  open(lane: Lane): void
  add(party: Party): void
  /** Gets nothing more. What cohorts held for it alone is abandoned. */
  remove(party: Party): void
  /** Does what follows from a message: seats the client anew, then answers. In a later turn, in the order of the messages. */
  answer(party: Party, reply: Reply): void
  /** Answers what waits for an answer, and sends all that cohorts hold. */
  flush(): void
  /** Takes nothing more from the lanes. */
  close(): void
  stop(): void
}

/** Answers of one client that wait for their turn. */
const answersMax = 1000

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
 * A client is in one cohort per lane at most. When its list changes it first gets what the old cohort holds for it, then the
 * acknowledgement, then what the new one brings: nothing twice, nothing lost, and nothing given up after its acknowledgement.
 * Messages that come together are answered together, so that ten thousand of one pair each do not mean ten thousand cohorts.
 */
export const createSwitchboard = (eventTypes: readonly string[], deskFor: (lane: Lane) => Desk): Switchboard => {
  const channels = new Set(eventTypes)
  const desks: Desk[] = []
  const parties = new Set<Party>()
  const pending = new Map<Party, Pending>()

  const place = (party: Party, channel: string): void => {
    for (const { lane, cohorts } of desks) {
      if (lane.eventType === channel) cohorts.place(party.outbox, party.session.wanted.get(channel))
    }
    // What the old cohort held may have been too much for it.
    if (!parties.has(party)) leave(party)
  }

  const leave = ({ outbox }: Party): void => {
    for (const { cohorts } of desks) cohorts.leave(outbox)
  }

  const settle = (party: Party, { frames, changed, then }: Pending): void => {
    pending.delete(party)
    for (const channel of changed) place(party, channel)
    party.outbox.push(frames.map(frameOfText))
    if (then !== 'stay') party.end(then)
  }

  const answerOne = (): boolean => {
    for (const [party, one] of pending) {
      settle(party, one)
      return pending.size > 0
    }
    return false
  }

  const turns = inTurns(answerOne)

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
      if (before.frames.length >= answersMax) settle(party, before)
    }
    turns.wake()
  }

  return {
    channels,
    desks,
    open: (lane) => {
      channels.add(lane.eventType)
      desks.push(deskFor(lane))
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
      leave(party)
    },
    answer,
    flush: () => {
      while (answerOne());
      for (const { cohorts } of desks) cohorts.flush()
    },
    close: () => {
      for (const desk of desks) desk.close()
    },
    stop: () => {
      turns.stop()
    },
  }
}
