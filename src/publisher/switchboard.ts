import type { Lane } from '../../streams/lane.ts'
import { type Board, type BoardOptions, createBoard, type Hall, type Party as PartyOf, type Row } from './board.ts'
import type { ClientSession } from './clientSession.ts'
import type { Cohorts } from './cohorts.ts'
import type { Desk } from './desk.ts'
import type { Framer } from './frames.ts'

export { answersMax } from './board.ts'

export type Party = PartyOf<ClientSession>

/** The board of the vendor's format. */
export interface Switchboard extends Board<ClientSession> {
  /** Event types that there are or that a frequency brings by itself. */
  readonly channels: ReadonlySet<string>
  readonly desks: readonly Desk[]
  /** Another lane: those who waited for it get it, from its first event on. */
  open(lane: Lane): void
}

export interface SwitchboardOptions extends BoardOptions {
  readonly eventTypes: readonly string[]
  /** `isHeld` says of a lane whether somebody who wants it is waited for. */
  readonly deskFor: (lane: Lane, isHeld: (cohorts: Cohorts) => boolean) => Desk
  readonly framer: Framer
}

/**
 *  lane T  ─ desk ─┐            ┌─ client
 *  lane AM ─ desk ─┼─ by channel ┼─ client      one channel, such as T: every lane of that event type
 *  lane T  ─ desk ─┘            └─ client
 *
 * A client is in one seat per lane at most.
 */
export const createSwitchboard = ({ eventTypes, deskFor, framer, ...options }: SwitchboardOptions): Switchboard => {
  const channels = new Set(eventTypes)
  const desks: Desk[] = []

  const leave = ({ outbox }: Party): void => {
    for (const desk of desks) desk.leave(outbox)
  }

  const place: Hall<ClientSession>['place'] = (party, channel) => {
    const { outbox, session } = party
    const own = desks.filter(({ lane }) => lane.eventType === channel)
    const known = own.map((desk) => [desk.cohorts, desk.place(outbox, session.wanted.get(channel))] as const)
    if (!board.parties.has(party)) leave(party)
    return known
  }

  const rows = (): Iterable<Row> => desks.map(({ cohorts }) => ({ cohorts, framer }))
  const board = createBoard<ClientSession>({ taps: () => desks, rows, place, leave }, options)

  return {
    ...board,
    channels,
    desks,
    open: (lane) => {
      channels.add(lane.eventType)
      desks.push(deskFor(lane, (cohorts) => board.isHeld(cohorts)))
      for (const party of board.parties) {
        board.answer(party, party.session.appeared(lane.eventType))
        // At once: the lane's first event comes in this very turn.
        if (party.session.wanted.has(lane.eventType)) place(party, lane.eventType)
      }
    },
  }
}
