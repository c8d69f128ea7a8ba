import { cohorts, type Cohorts } from './cohorts.ts'
import { sendTo, type Client, type Driver } from './driver.ts'
import { playbackDriver, timelineDriver } from './framesDriver.ts'
import { market } from './market.ts'
import { marketDriver } from './marketDriver.ts'
import type { Settings } from './options.ts'
import { isDelayed, type HostStem } from './plans.ts'
import type { SentFile } from './sentFile.ts'

/** What the clients of one host are driven by, and where they sit. */
export interface Feed {
  readonly cohorts: Cohorts<Client>
  readonly driver: Driver
}

export interface Feeds {
  of(stem: HostStem): Feed
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * The present, the past, or both, as the hosts need them.
 *
 *     present   socket, business
 *     past      delayed, delayed-business    the same market, run a second time `delayMs` behind the first
 *
 * The market is a function of its options, so the past is computed anew and nothing is held for it. Where there is no present, the past begins at once.
 * A recorded file at speed `max` is read for each connection by itself: there one feed does for all.
 */
export const feeds = (settings: Settings, file: SentFile | undefined): Feeds => {
  const { hosts, delayMs, frames, speed, clock, stepMs, eventsPerFrameMax, logger } = settings
  const send = sendTo(file)
  const onFailure = (error: unknown): void => {
    logger.error({ err: error }, 'simulator stopped sending')
  }

  const feed = (lagMs: number): Feed => {
    const shared = cohorts<Client>(eventsPerFrameMax)
    if (frames === undefined) {
      const driver = marketDriver({
        market: market(settings),
        stepMs,
        cohorts: shared,
        send,
        speed,
        clock,
        lagMs,
        onFailure,
      })
      return { cohorts: shared, driver }
    }
    const driver =
      speed === 'max'
        ? playbackDriver({ path: frames, send, onFailure })
        : timelineDriver({ path: frames, cohorts: shared, send, speed, clock, lagMs, onFailure })
    return { cohorts: shared, driver }
  }

  const isShared = hosts.every(isDelayed) || !hosts.some(isDelayed) || (frames !== undefined && speed === 'max')
  const present = feed(0)
  const past = isShared ? present : feed(delayMs)
  const all = isShared ? [present] : [present, past]

  /** A recording begins for everybody when the first client of any host has subscribed. */
  const beginning = ({ cohorts: own, driver }: Feed): Feed => ({
    cohorts: own,
    driver: {
      ...driver,
      changed: (client) => {
        for (const { driver: one } of all) one.changed(client)
      },
    },
  })
  const begun = frames === undefined ? undefined : { present: beginning(present), past: beginning(past) }

  const ended = Promise.all(all.map(({ driver }) => driver.ended)).then(() => {})
  // Whoever awaits it still hears of it; nobody must.
  ended.catch(() => {})

  return {
    of: (stem) => (isDelayed(stem) ? (begun?.past ?? past) : (begun?.present ?? present)),
    ended,
    close: async () => {
      await Promise.all(all.map(({ driver }) => driver.close()))
    },
  }
}
