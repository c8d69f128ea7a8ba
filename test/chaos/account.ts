import type { Gap } from '../../src/index.ts'
import type { Delivered } from './engineChild.ts'
import type { SentSession } from './sentLines.ts'

/** Where the events sent on one connection have gone. */
export interface SessionAccount {
  readonly name: string
  readonly sent: number
  readonly delivered: number
  readonly inGap: number
  /** Still on the way, on the connection that is open. */
  readonly underWay: number
}

export interface AccountOptions {
  readonly eventType: string
  /** In the order in which they were opened. */
  readonly sessions: readonly SentSession[]
  readonly delivered: Delivered
  readonly gaps: readonly Gap[]
  /** Whether the last connection has ended too. */
  readonly isOver: boolean
}

const positionOf = (gap: Gap, eventType: string) => gap.positions.find((position) => position.eventType === eventType)

/**
 * Accounts for every event that was sent on the connections of one lane, one after the other: what came of a connection is the beginning of what was sent on it,
 * letter for letter, and where anything is missing behind it a gap lies at that very place. Throws for
 *
 * - an event delivered that was not sent there and then: out of order, twice, or made up
 * - an event that was neither delivered nor lies in a gap
 * - a gap at a place where no connection ended, or that its reader was not told of before the event behind it
 */
export const account = ({
  eventType,
  sessions,
  delivered,
  gaps,
  isOver,
}: AccountOptions): readonly SessionAccount[] => {
  const { wires, gapBefore } = delivered
  const places = new Map(gaps.map((gap) => [positionOf(gap, eventType)?.afterOffset, gap]))
  const ends = new Set<number>()
  let at = 0

  const accounts = sessions.map(({ name, wires: sent }, i): SessionAccount => {
    let came = 0
    while (came < sent.length && sent[came] === wires[at + came]) came += 1
    at += came
    const missing = sent.length - came
    if (i === sessions.length - 1 && !isOver)
      return { name, sent: sent.length, delivered: came, inGap: 0, underWay: missing }

    ends.add(at - 1)
    if (missing > 0 && !places.has(at - 1)) {
      throw new Error(
        `${eventType}, connection ${name}: ${missing} of ${sent.length} are neither delivered nor in a gap; the next delivered, ${at}, is ${wires[at] ?? 'none'}, the next sent ${sent[came] ?? 'none'}; gaps lie after ${[...places.keys()].join(', ')}`,
      )
    }
    return { name, sent: sent.length, delivered: came, inGap: missing, underWay: 0 }
  })

  if (at !== wires.length) {
    throw new Error(
      `${eventType}: offset ${at} of ${wires.length} was never sent, or not there: ${wires[at] ?? 'none'}`,
    )
  }
  for (const gap of gaps) {
    const { afterOffset = NaN, beforeOffset } = positionOf(gap, eventType) ?? {}
    // Before its first event a connection has ended anywhere.
    if (!ends.has(afterOffset) && afterOffset !== -1 && afterOffset !== at - 1)
      throw new Error(
        `${eventType}: a gap after offset ${afterOffset}, where no connection ended (${[...ends].join(', ')})`,
      )
    if (beforeOffset !== undefined && beforeOffset !== afterOffset + 1)
      throw new Error(`${eventType}: a gap between ${afterOffset} and ${beforeOffset}, which are no neighbours`)
    if (afterOffset + 1 < wires.length && !gapBefore.has(afterOffset + 1))
      throw new Error(`${eventType}: the reader was not told of the gap before offset ${afterOffset + 1}`)
  }
  return accounts
}

export type Sums = Omit<SessionAccount, 'name'>

export const sumOf = (accounts: readonly SessionAccount[]): Sums => {
  const sum = (figure: keyof Sums): number => accounts.reduce((so, one) => so + one[figure], 0)
  return { sent: sum('sent'), delivered: sum('delivered'), inGap: sum('inGap'), underWay: sum('underWay') }
}
