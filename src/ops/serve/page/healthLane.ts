import type { Observable, Subscription } from 'rxjs'

import { batchesOf } from '../../../../streams/codecs/made.ts'
import { createLane, type LaneLog } from '../../../../streams/lane.ts'
import type { EventLike } from '../../../../streams/model.ts'
import type { Seat } from '../../../engine/parts.ts'
import type { Health } from '../../health.ts'

/** An engine's health as an event: what the page subscribes as `health.*`. */
export interface HealthEvent extends EventLike {
  readonly ev: 'health'
  readonly symbol: 'engine'
  readonly atMs: number
  readonly health: Health
}

/** Looks kept. A page that comes later starts with the next one. */
const limit = 8

const encode = (event: EventLike): Buffer => Buffer.from(JSON.stringify(event))

/**
 * The looks at an engine's health as a lane like any other, so that the publisher can serve them to any client. Its rows stand in the
 * engine's ledger. Unsubscribing ends it.
 */
export const healthLane = (
  health$: Observable<Health>,
  epoch: string,
  seat: Seat,
): { readonly lane: LaneLog; readonly following: Subscription } => {
  const name = `${seat.name}/health`
  const closers: (() => void)[] = []
  const lane = createLane({
    frequency: name,
    eventType: 'health',
    epoch,
    limit,
    hold: (again) => {
      setImmediate(again)
    },
    opened: (reader) => seat.row('reader', `${name}/${reader.name}`, () => reader.figures()),
  })
  closers.push(seat.row('lane', name, lane.figures))
  // What lanes were given must have come out of something.
  closers.push(
    seat.row('output', name, () => ({ emitted: lane.figures().emitted, toLanes: lane.figures().emitted, refused: 0 })),
  )

  const following = health$.subscribe((health) => {
    const event: HealthEvent = { ev: 'health', symbol: 'engine', atMs: health.nowMs, health }
    for (const batch of batchesOf([event], encode)) lane.append(batch)
  })
  following.add(() => {
    lane.end()
    for (const close of closers) close()
  })
  return { lane, following }
}
