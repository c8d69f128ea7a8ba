import type { Lane } from '../../../streams/lane.ts'
import type { Pulled } from '../../../streams/pulled.ts'
import type { Seat } from '../../engine/parts.ts'
import { type Board, type BoardOptions, createBoard, type Hall, type Party } from '../board.ts'
import { type Cohorts, createCohorts } from '../cohorts.ts'
import type { Pace } from '../emitter.ts'
import type { Framer, Held } from '../frames.ts'
import { everything, type Rights } from '../rights.ts'
import { createTap, type Tap } from '../tap.ts'
import { createMessageFramer, type MessageMeter } from './messageFramer.ts'
import { createModels } from './models.ts'
import { calledInMessages, createPlaces } from './places.ts'
import type { TickstockSession } from './tickstockSession.ts'
import { bytesOf, transportOf } from './transport.ts'

/** The board of the TickStock format. */
export interface TickstockBoard extends Board<TickstockSession> {
  /** Seats by tickers, for each list of frequencies (and each restricted token) that somebody has asked for. */
  readonly groups: () => readonly Cohorts[]
  readonly meter: Readonly<MessageMeter>
  /** How often a message was full before its time had come. */
  readonly filled: () => number
  /** Events that wait in lanes, because a client is waited for. */
  readonly waiting: () => number
  open(lane: Lane): void
  allows(rights: Rights, frequencies: readonly string[], ticker: string): boolean
}

export interface TickstockBoardOptions extends BoardOptions {
  readonly seat: Pick<Seat, 'name' | 'row'>
  readonly pace: Pace
  /** Events of one message at most; one that is full goes before its time. */
  readonly count: number
  readonly frameBytesMax: number
  /** Lists of the host's own, by event type. */
  readonly lists: Readonly<Record<string, string>>
  /** The engine's frequencies with their event types. */
  readonly frequencies: () => readonly { readonly name: string; readonly eventTypes: readonly string[] }[]
  /** Unix milliseconds. */
  readonly now: () => number
  /** Told once of each event that cannot be put into a message. */
  readonly onRefused: (lane: Lane, error: unknown) => void
}

interface Group {
  readonly key: string
  readonly frequencies: readonly string[]
  /** Undefined for somebody who may have everything. */
  readonly rights: Rights | undefined
  readonly cohorts: Cohorts
  readonly framer: Framer
}

interface Tapped extends Tap {
  readonly frequency: string
  readonly eventType: string
}

/**
 *  lane tick             ─ tap ─┐                  ┌─ cohorts of group per_second+fmv ─┐
 *  lane aggregate_minute ─ tap ─┼─ model, transport ┤                                    ├─ outboxes
 *  lane FMV              ─ tap ─┘                  └─ cohorts of group per_minute      ─┘
 *
 * A group is what one message is about: the frequencies that its clients have asked for. Within it clients with the same tickers are a cohort,
 * as in the vendor's format, and share the bytes of their messages. An event is made a transport object once, when somebody wants it. A
 * client is in one seat at most.
 */
export const createTickstockBoard = (options: TickstockBoardOptions): TickstockBoard => {
  const { seat, pace, count, frameBytesMax, frequencies, now, onRefused } = options
  const places = createPlaces(options.lists)
  const modelOf = createModels()
  const meter: MessageMeter = { longest: 0, splits: 0, messages: 0 }
  const groups = new Map<string, Group>()
  const seats = new Map<Party<TickstockSession>, Group>()
  const taps: Tapped[] = []
  const restricted = new Map<Rights, number>()
  let cohortCount = 0
  /** Of groups that are no more. */
  let filledBefore = 0

  /** Of the batch at hand: what each event goes out as, or why it cannot. */
  let made: (Held | { readonly error: unknown } | undefined)[] = []
  let lane: Lane | undefined
  let laneIndex = 0

  const makeHeld = (batch: Pulled, i: number, symbol: string, from: Lane): Held => {
    const event = modelOf(batch.at(i))
    const transport = transportOf(event, batch.atMs(i), { lane: laneIndex, offset: batch.from + i })
    const { kind } = places.of(calledInMessages(from.frequency), event.ev, transport.direction)
    return { symbol, bytes: bytesOf(transport), kind }
  }

  const heldOf = (batch: Pulled, i: number, symbol: string): Held => {
    const from = lane as Lane
    let one = made[i]
    if (one === undefined) {
      try {
        one = makeHeld(batch, i, symbol, from)
      } catch (error) {
        one = { error }
        onRefused(from, error)
      }
      made[i] = one
    }
    if ('error' in one) throw one.error
    return one
  }

  const route = (from: Lane, index: number, batch: Pulled): void => {
    const frequency = calledInMessages(from.frequency)
    made = []
    lane = from
    laneIndex = index
    for (const group of groups.values()) {
      if (!group.frequencies.includes(frequency)) continue
      const { rights } = group
      group.cohorts.route(batch, rights && ((symbol) => rights.allows(from.eventType, symbol)))
    }
    made = []
  }

  const rightsIn = (rights: Rights | undefined): Rights | undefined =>
    rights === undefined || rights.allows === everything.allows ? undefined : rights

  const groupFor = (wanted: readonly string[], rights: Rights | undefined): Group => {
    if (rights !== undefined && !restricted.has(rights)) restricted.set(rights, restricted.size + 1)
    const key = `${wanted.join('+')}${rights === undefined ? '' : ` (token ${String(restricted.get(rights))})`}`
    const before = groups.get(key)
    if (before !== undefined) return before
    const framer = createMessageFramer({ frequencies: wanted, frameBytesMax, places, meter, now })
    const cohorts = createCohorts({
      count,
      framer,
      pace,
      // Batches come from taps only.
      heldOf: (batch, i, symbol) => heldOf(batch as Pulled, i, symbol),
      opened: (cohort) =>
        seat.row(
          'cohort',
          `${seat.name}/tickstock/${String((cohortCount += 1))}: ${key} ${short(cohort.key)}`,
          cohort.figures,
        ),
      // Told already, once for all groups.
      onRefused: () => {},
    })
    const group = { key, frequencies: wanted, rights, cohorts, framer }
    groups.set(key, group)
    return group
  }

  const closeIfEmpty = ({ key, cohorts }: Group): void => {
    if (cohorts.size > 0 || cohorts.lagging > 0 || !groups.delete(key)) return
    filledBefore += cohorts.filled
  }

  const leave = (party: Party<TickstockSession>): void => {
    const group = seats.get(party)
    if (group === undefined) return
    seats.delete(party)
    group.cohorts.leave(party.outbox)
    closeIfEmpty(group)
  }

  const place: Hall<TickstockSession>['place'] = (party) => {
    const { outbox, session } = party
    const { subscription } = session
    const before = seats.get(party)
    const next = subscription && groupFor(subscription.frequencies, rightsIn(session.rights))
    if (before !== undefined && before !== next) {
      seats.delete(party)
      // Gets its share of what is held.
      before.cohorts.place(outbox, undefined)
      closeIfEmpty(before)
    }
    if (next !== undefined) {
      seats.set(party, next)
      next.cohorts.place(outbox, subscription?.tickers)
    }
    if (!board.parties.has(party)) leave(party)
    return []
  }

  const board = createBoard<TickstockSession>({ taps: () => taps, rows: () => groups.values(), place, leave }, options)

  return {
    ...board,
    groups: () => Array.from(groups.values(), ({ cohorts }) => cohorts),
    meter,
    filled: () => Array.from(groups.values()).reduce((so, { cohorts }) => so + cohorts.filled, filledBefore),
    waiting: () => taps.reduce((so, { waiting }) => so + waiting, 0),
    open: (opened) => {
      const { frequency, eventType } = opened
      const isWanted = (group: Group): boolean => group.frequencies.includes(calledInMessages(frequency))
      const index = taps.length
      const tap = createTap(opened, {
        readerName: `${seat.name}/tickstock`,
        from: 'now',
        count,
        isHeld: () => [...groups.values()].some((group) => isWanted(group) && board.isHeld(group.cohorts)),
        isGone: () => !frequencies().some(({ name }) => name === frequency),
        route: (batch) => {
          route(opened, index, batch)
        },
      })
      taps.push(Object.assign(tap, { frequency, eventType }))
    },
    allows: (rights, wanted, ticker) => {
      const types = frequencies().flatMap(({ name, eventTypes }) =>
        wanted.includes(calledInMessages(name)) ? eventTypes : [],
      )
      const there = taps.filter((tap) => wanted.includes(calledInMessages(tap.frequency)))
      return [...types, ...there.map(({ eventType }) => eventType)].some((eventType) =>
        rights.allows(eventType, ticker),
      )
    },
  }
}

/** A list of thousands of tickers is no name. */
const short = (key: string): string => (key.length > 60 ? `${key.slice(0, 59)}…` : key)
