import type { Lane } from '../../streams/lane.ts'
import type { Seat } from '../engine/parts.ts'
import type { Logger } from '../ops/logger.ts'
import type { Marks } from './bounds.ts'
import type { Cohorts } from './cohorts.ts'
import { createDesk, type Desk } from './desk.ts'
import type { Pace } from './emitter.ts'
import type { Framer } from './frames.ts'
import type { PublisherCounts } from './health.ts'
import { type Settings, usualEmission } from './settings.ts'
import { createSnapshot } from './snapshot.ts'

export interface DeskMakerOptions {
  readonly settings: Settings
  readonly seat: Seat
  readonly framer: Framer
  readonly pace: (frequency: string) => Pace
  /** The engine goes on without it. */
  readonly isGone: (frequency: string) => boolean
  readonly counts: PublisherCounts
  readonly marks: Marks
  readonly log: Logger
}

/** A lane may say what it does when a reader would lose events; one that does not loses the oldest. */
const waits = (lane: Lane): boolean => lane.whenFull === 'block'

/** What each desk of a publisher has in common: rows in the ledger, and complaints that are made once. */
export const deskMaker = ({ settings, seat, framer, pace, isGone, counts, marks, log }: DeskMakerOptions) => {
  const complained = new Set<string>()
  let cohortCount = 0
  let isWarned = false

  return (lane: Lane, isHeld: (cohorts: Cohorts) => boolean): Desk => {
    const { frequency, eventType, limit } = lane
    const where = `${frequency}/${eventType}`
    if (settings.slowClient === 'wait' && !isWarned && !waits(lane)) {
      isWarned = true
      log.warn(
        { frequency, eventType },
        "slowClient is 'wait', but this frequency's lanes do not wait: while a client is waited for they forget their oldest " +
          "events, counted as lost by the publisher's reader; whenFull: 'block' on the frequency keeps them, for replay and simulation",
      )
    }

    return createDesk(lane, {
      readerName: seat.name,
      isHeld,
      isGone: () => isGone(frequency),
      snapshot: settings.snapshot
        ? createSnapshot(settings.snapshotSymbolsMax, () => (marks.hits.snapshotSymbolsMax += 1))
        : undefined,
      count: Math.min((settings.emission[frequency] ?? usualEmission(frequency)).count, limit),
      framer,
      pace: pace(frequency),
      opened: (cohort) =>
        seat.row('cohort', `${seat.name}/${where}/${String((cohortCount += 1))}: ${short(cohort.key)}`, cohort.figures),
      onRefused: (error) => {
        counts.refused += 1
        if (complained.has(where)) return
        complained.add(where)
        log.warn(
          { frequency, eventType, err: error },
          'an event cannot be put on the wire; others of its type are only counted',
        )
      },
    })
  }
}

/** A list of thousands of tickers is no name. */
const short = (key: string): string => (key.length > 60 ? `${key.slice(0, 59)}…` : key)
