import { asyncScheduler, type SchedulerLike, type Unsubscribable } from 'rxjs'

import { type Logger, silent } from './logger.ts'

/** A logger that repeats nothing for nothing. */
export interface CollapsingLogger extends Logger {
  /** Says what has been repeated and not told yet, and leaves no timer behind. */
  end(): void
}

export interface CollapsingOptions {
  /** Between two lines that say the same, milliseconds. One minute. */
  readonly everyMs?: number
  readonly scheduler?: SchedulerLike
}

type Level = 'warn' | 'error'

/** A warning that has been written, and how often it has come since. */
interface Repeated {
  readonly level: Level
  readonly logger: Logger
  count: number
  fields: object
  message: string
  timer: Unsubscribable | undefined
}

/** Different warnings of one child that are told apart; of one more the oldest is told and forgotten. */
const warningsMax = 200

/**
 * Writes a warning or an error at once, and the same again at most every `everyMs`, with how often it came meanwhile:
 *
 *     warnings   a-a-aa---b----------------
 *     written    a--------b----A-----------     A = a (3 more times), everyMs after the first
 *
 * The same is what the same child logger says in the same words, whatever the numbers in them. A line of information of that child says that
 * things have changed: what was repeated before is told first, and the next warning is a new one. Debug passes.
 */
export const collapsing = (
  target: Logger,
  { everyMs = 60_000, scheduler = asyncScheduler }: CollapsingOptions = {},
): CollapsingLogger => {
  if (target === silent) return { ...silent, child: () => silent, end: () => undefined }
  const all = new Set<Map<string, Repeated>>()

  const tell = (one: Repeated): void => {
    if (one.count === 0) return
    const { level, logger, count, fields, message } = one
    one.count = 0
    logger[level](
      { ...fields, repeated: count },
      `${message} (${String(count)} more ${count === 1 ? 'time' : 'times'})`,
    )
  }

  const forget = (warnings: Map<string, Repeated>): void => {
    for (const one of warnings.values()) {
      one.timer?.unsubscribe()
      tell(one)
    }
    warnings.clear()
  }

  const of = (logger: Logger): Logger => {
    const warnings = new Map<string, Repeated>()
    all.add(warnings)

    const warn =
      (level: Level) =>
      (fields: object, message: string): void => {
        const key = `${level} ${message.replaceAll(/\d+(\.\d+)?/g, '#')}`
        const known = warnings.get(key)
        if (known !== undefined) {
          known.count += 1
          known.fields = fields
          known.message = message
          return
        }
        const one: Repeated = { level, logger, count: 0, fields, message, timer: undefined }
        logger[level](fields, message)
        warnings.set(key, one)
        const look = (): void => {
          // Quiet for a whole while: the next one is new.
          if (one.count === 0) warnings.delete(key)
          else {
            tell(one)
            one.timer = scheduler.schedule(look, everyMs)
          }
        }
        one.timer = scheduler.schedule(look, everyMs)
        const [oldest] = warnings
        if (warnings.size > warningsMax && oldest !== undefined) {
          oldest[1].timer?.unsubscribe()
          tell(oldest[1])
          warnings.delete(oldest[0])
        }
      }

    return {
      debug: (fields, message) => {
        logger.debug(fields, message)
      },
      info: (fields, message) => {
        forget(warnings)
        logger.info(fields, message)
      },
      warn: warn('warn'),
      error: warn('error'),
      child: (bindings) => of(logger.child(bindings)),
    }
  }

  return {
    ...of(target),
    end: () => {
      for (const warnings of all) forget(warnings)
      all.clear()
    },
  }
}
