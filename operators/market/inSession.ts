import { map, filter, type MonoTypeOperatorFunction } from 'rxjs'
import { sessionAt as usSessionAt, type MarketSession } from '../calendar.ts'
import { checkedSession } from './checks.ts'

/** An event with a time of its own, or a bar, which is judged by its start. */
export interface EventInTime {
  readonly symbol: string
  readonly atMs?: number
  readonly startMs?: number
}

/** What `inSession` needs of a batch: those that flow behind `.pipeBatches` have it. */
export interface BatchInTime {
  readonly length: number
  number(i: number, field: string): number
  filter(keep: (batch: BatchInTime, i: number) => boolean): BatchInTime
}

export interface InSessionOptions {
  /** The session of Unix milliseconds; by default the US market's, `operators/calendar.ts`. */
  readonly sessionAt?: (atMs: number) => MarketSession
}

const SESSIONS: readonly MarketSession[] = ['pre', 'regular', 'after', 'closed']
const OPERATOR = 'inSession'

const isBatch = (value: EventInTime | BatchInTime): value is BatchInTime => 'filter' in value && 'length' in value

/**
 * Lets through what happened in some of the market's sessions: by an event's own time, by a bar's start, never by the clock on the wall.
 *
 *     source                   -a-b-c-d-|     a at 09:29:59, b at 09:30, c the bar 15:59 to 16:00, d at 16:00
 *     inSession('regular')     ---b-c---|
 *
 * `inSession(['pre', 'after'])` takes several. Behind `.pipeBatches` it takes batches, and makes no event of them: what is left of a
 * batch keeps its bytes, and a batch of which nothing is left is dropped.
 *
 * Completes and fails with the source; holds nothing, and makes nothing of what passes. Errors with `EventRefused` at an event whose time
 * the calendar does not cover, or that has none. Without a session, or with a name that is none, a RangeError when it is built.
 */
export const inSession = <T extends EventInTime | BatchInTime>(
  wanted: MarketSession | readonly MarketSession[],
  { sessionAt = usSessionAt }: InSessionOptions = {},
): MonoTypeOperatorFunction<T> => {
  const sessions: readonly MarketSession[] = typeof wanted === 'string' ? [wanted] : wanted
  if (sessions.length === 0)
    throw new RangeError(`${OPERATOR}: no session is wanted; name some of ${SESSIONS.join(', ')}`)
  for (const session of sessions) {
    if (!SESSIONS.includes(session)) {
      throw new RangeError(`${OPERATOR}: no session ${JSON.stringify(session)}; there are ${SESSIONS.join(', ')}`)
    }
  }

  const holds = (event: EventInTime): boolean => {
    const { startMs, atMs } = event
    const field = startMs === undefined ? 'atMs' : 'startMs'
    return sessions.includes(checkedSession(OPERATOR, event, field, startMs ?? atMs ?? NaN, sessionAt))
  }

  const keep = (batch: BatchInTime, i: number): boolean => {
    const startMs = batch.number(i, 'startMs')
    return sessions.includes(sessionAt(Number.isNaN(startMs) ? batch.number(i, 'atMs') : startMs))
  }

  return (source$) =>
    source$.pipe(
      // What a batch's own filter gives is such a batch again.
      map((value) => (isBatch(value) ? (value.filter(keep) as T) : value)),
      filter((value) => (isBatch(value) ? value.length > 0 : holds(value))),
    )
}
