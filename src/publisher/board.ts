import type { Cohorts } from './cohorts.ts'
import { frameOfText, type Framer, type Held } from './frames.ts'
import type { Outbox } from './outbox.ts'
import type { Reply, Session } from './session.ts'
import type { Tap } from './tap.ts'
import { inTurns } from './turns.ts'

/** A client, as far as it is connected to lanes. */
export interface Party<S extends Session = Session> {
  readonly session: S
  readonly outbox: Outbox
  /** Its session has ended: say what is left to say, and go. */
  end(how: Exclude<Reply['then'], 'stay'>): void
}

/** Seats whose events go out in the same kind of frame. */
export interface Row {
  readonly cohorts: Cohorts
  readonly framer: Framer
}

/** Where the clients of one format sit, and what reads the lanes for them. */
export interface Hall<S extends Session> {
  readonly taps: () => readonly Tap[]
  readonly rows: () => Iterable<Row>
  /**
   * Seats it anew for one thing that is listed differently now; returns what it is to get after its acknowledgement. What the old
   * cohort held may be too much for it: whoever is no party any more must not be left sitting.
   */
  place(party: Party<S>, changed: string): readonly (readonly [Cohorts, readonly Held[]])[]
  leave(party: Party<S>): void
}

/** Those who have come by one format. */
export interface Board<S extends Session = Session> {
  readonly parties: ReadonlySet<Party<S>>
  /** The most answers that wait for one client, in frames. */
  answers(): number
  add(party: Party<S>): void
  /** Gets nothing more. What cohorts held for it alone is abandoned. */
  remove(party: Party<S>): void
  /** Does what follows from a message: seats the client anew, then answers. In a later turn, in the order of the messages. */
  answer(party: Party<S>, reply: Reply): void
  /** It lags from now on, or is to be waited for. */
  full(party: Party<S>): void
  /** It has taken all, or need not be waited for any more. */
  room(party: Party<S>): void
  /** Whether somebody who is seated there is waited for. */
  isHeld(cohorts: Cohorts): boolean
  /** Answers what waits for an answer, takes what waits in lanes, and sends all that cohorts hold. Resolves when that is done. */
  flush(): Promise<void>
  /** Takes nothing newer from the lanes. */
  close(): void
  /** Takes nothing more from the lanes, and does nothing more. */
  stop(): void
}

export interface BoardOptions {
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
 * When its list changes a client first gets what the old cohort holds for it, then the acknowledgement, then what else was prepared for
 * it, then what the new cohort brings: nothing twice, nothing lost, and nothing given up after its acknowledgement. Messages
 * that come together are answered together, so that ten thousand of one pair each do not mean ten thousand cohorts.
 */
export const createBoard = <S extends Session>(
  hall: Hall<S>,
  { portionBytesMax, onManyAnswers }: BoardOptions,
): Board<S> => {
  const parties = new Set<Party<S>>()
  const pending = new Map<Party<S>, Pending>()
  const roomy = new Set<Party<S>>()
  const waitedFor = new Set<Party<S>>()
  const waiters: (() => void)[] = []

  const settle = (party: Party<S>, { frames, changed, then }: Pending): void => {
    pending.delete(party)
    const known = [...changed].flatMap((one) => hall.place(party, one))
    party.outbox.say(frames.map(frameOfText))
    for (const [cohorts, events] of known) if (events.length > 0) cohorts.offer(party.outbox, events)
    if (then !== 'stay') party.end(then)
  }

  const answerOne = (): boolean => {
    for (const [party, one] of pending) {
      settle(party, one)
      return true
    }
    return false
  }

  const sendPortion = ({ outbox }: Party<S>): void => {
    if (!outbox.lags) return
    const isCaughtUp = outbox.kept.roundBytes <= caughtUpBytes
    let count = 0
    outbox.kept.startRound()
    for (const { cohorts, framer } of hall.rows()) {
      const events = cohorts.portion(outbox, portionBytesMax - outbox.bytes)
      count += events.length
      outbox.portion(framer.framesOf(events))
    }
    // Without a portion nothing would bring it here again.
    if (outbox.kept.waiting > 0 || (!isCaughtUp && count > 0)) return
    outbox.catchUp()
    for (const { cohorts } of hall.rows()) cohorts.rejoin(outbox)
  }

  const sendOnePortion = (): boolean => {
    for (const party of roomy) {
      roomy.delete(party)
      sendPortion(party)
      return true
    }
    return false
  }

  const pullOne = (): boolean => hall.taps().some((tap) => tap.pullOne())

  const step = (): boolean => {
    const isMore = answerOne() || sendOnePortion() || pullOne()
    if (!isMore && hall.taps().every(({ waiting }) => waiting === 0)) {
      for (const resolve of waiters.splice(0)) resolve()
    }
    return isMore
  }

  const turns = inTurns(step)

  return {
    parties,
    answers: () => Array.from(pending.values()).reduce((so, { frames }) => Math.max(so, frames.length), 0),
    add: (party) => {
      parties.add(party)
    },
    remove: (party) => {
      parties.delete(party)
      pending.delete(party)
      roomy.delete(party)
      waitedFor.delete(party)
      hall.leave(party)
      turns.wake()
    },
    answer: (party, { frames, changed, then }) => {
      if (!parties.has(party)) return
      const before = pending.get(party)
      if (before === undefined) {
        pending.set(party, { frames: [...frames], changed: new Set(changed), then })
      } else {
        before.frames.push(...frames)
        for (const one of changed) before.changed.add(one)
        before.then = then
        // From here on it is the outbox's bound that counts.
        if (before.frames.length >= answersMax) {
          onManyAnswers()
          settle(party, before)
        }
      }
      turns.wake()
    },
    full: (party) => {
      const { outbox } = party
      if (!outbox.lags) waitedFor.add(party)
      else for (const { cohorts } of hall.rows()) cohorts.lag(outbox)
    },
    room: (party) => {
      waitedFor.delete(party)
      if (party.outbox.lags) roomy.add(party)
      turns.wake()
    },
    isHeld: (cohorts) => {
      for (const { outbox } of waitedFor) if (cohorts.has(outbox)) return true
      return false
    },
    flush: async () => {
      await new Promise<void>((resolve) => {
        waiters.push(resolve)
        turns.wake()
      })
      for (const { cohorts } of hall.rows()) cohorts.flush()
    },
    close: () => {
      for (const tap of hall.taps()) tap.close()
      turns.wake()
    },
    stop: () => {
      for (const tap of hall.taps()) tap.stop()
      turns.stop()
      for (const resolve of waiters.splice(0)) resolve()
    },
  }
}
