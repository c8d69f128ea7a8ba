import { asyncScheduler } from 'rxjs'

import type { Logger } from '../../ops/logger.ts'
import type { Format } from '../client.ts'
import { createEmitter } from '../emitter.ts'
import type { PublisherCounts } from '../health.ts'
import { everything } from '../rights.ts'
import type { Settings } from '../settings.ts'
import { calledInMessages } from './places.ts'
import { createTickstockBoard, type TickstockBoard, type TickstockBoardOptions } from './tickstockBoard.ts'
import { tickstockSays, type TickstockSession, tickstockSession } from './tickstockSession.ts'

/** Where it is spoken. */
export const tickstockPath = '/tickstock'

export interface TickstockFormat extends Format<TickstockSession> {
  readonly board: TickstockBoard
  stop(): void
}

export interface TickstockFormatOptions extends Pick<
  TickstockBoardOptions,
  'seat' | 'frequencies' | 'portionBytesMax' | 'onManyAnswers'
> {
  readonly settings: Settings
  readonly counts: PublisherCounts
  readonly log: Logger
}

/** The TickStock format of a publisher; undefined where it is not asked for. */
export const createTickstockFormat = ({
  settings,
  counts,
  log,
  ...options
}: TickstockFormatOptions): TickstockFormat | undefined => {
  const { tickstock, tokens, frameBytesMax } = settings
  if (tickstock === undefined) return undefined
  const complained = new Set<string>()
  const emitter = createEmitter([tickstock.everyMs])
  const board = createTickstockBoard({
    ...options,
    ...tickstock,
    frameBytesMax,
    pace: emitter.pace(0),
    now: () => asyncScheduler.now(),
    onRefused: ({ frequency, eventType }, error) => {
      counts.refused += 1
      const where = `${frequency}/${eventType}`
      if (complained.has(where)) return
      complained.add(where)
      log.warn(
        { frequency, eventType, err: error },
        'an event cannot be put into a message; others of its type are only counted',
      )
    },
  })

  return {
    board,
    says: tickstockSays,
    session: (session) =>
      tickstockSession({
        ...session,
        open: tokens === undefined ? everything : undefined,
        frequencies: () => options.frequencies().map(({ name }) => calledInMessages(name)),
        allows: (rights, frequencies, ticker) => board.allows(rights, frequencies, ticker),
      }),
    stop: () => {
      board.stop()
      emitter.stop()
    },
  }
}
