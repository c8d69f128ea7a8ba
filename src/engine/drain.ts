import { asyncScheduler, firstValueFrom, from, race, timer } from 'rxjs'

import type { LaneLog } from '../../streams/lane.ts'
import type { Pump } from '../../streams/pump.ts'
import { timerMsMax } from '../../streams/timerMs.ts'
import type { LinkControl } from './links.ts'
import type { Parts } from './parts.ts'

export interface DrainOptions {
  readonly pump: Pump
  /** All that there are. */
  readonly lanes: () => readonly LaneLog[]
  readonly links: readonly LinkControl[]
  readonly parts: Parts
  /** Ends the wires although their inboxes are not empty. */
  readonly cut: () => void
  /** Unix milliseconds of the engine's clock: what is not done by then is abandoned. */
  readonly untilMs: number
}

/** How often readers are looked at while they settle. */
const lookMs = 5

/**
 * The way down, in the order in which events flow: pump, operators, lanes, readers, parts. Every step gives up at `untilMs`;
 * what it leaves is counted as abandoned where it lies.
 */
export const drained = async ({ pump, lanes: lanesNow, links, parts, cut, untilMs }: DrainOptions): Promise<void> => {
  const leftMs = (): number => Math.max(untilMs - asyncScheduler.now(), 0)
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone() && leftMs() > 0) await firstValueFrom(timer(Math.min(lookMs, leftMs())))
  }
  const atMost = (work: Promise<void>): Promise<unknown> =>
    firstValueFrom(race(from(work), timer(Math.min(leftMs(), timerMsMax))), { defaultValue: undefined })

  await until(() => pump.isIdle())
  if (!pump.isIdle()) {
    pump.stop()
    for (const link of links) link.abandon()
  }
  // The operators flush what they hold into the lanes.
  cut()
  await until(() => pump.isIdle())

  const lanes = lanesNow()
  for (const lane of lanes) lane.end()
  await atMost(parts.flush())
  await until(() => !lanes.some((lane) => lane.readers.some((reader) => reader.isBusy)))

  for (const reader of lanes.flatMap((lane) => lane.readers)) reader.close()
  await parts.close()
}
