import type { IncomingMessage, Server } from 'node:http'
import { filter, fromEvent, merge, of, switchMap, take } from 'rxjs'

import type { Engine } from '../../../engine.ts'
import { publish, type Publisher } from '../../../publisher/index.ts'
import type { OpsSettings } from '../options.ts'
import { healthLane } from './healthLane.ts'

/** What the page needs of an engine. */
export type Shown = Pick<Engine, 'epoch' | 'frequencies' | 'lane$' | 'health$' | 'attach'>

/** Where the page connects. */
export const feedPath = '/page/feed'

/** Pages at a time. */
const clientsMax = 100
const emission = { everyMs: 50, count: 500 } as const

/**
 * Our own publisher on the operations server: the engine's lanes, and its health beside them as `health.*`. A page that is too slow gets the
 * latest of each ticker. Who may look at the health may connect; pages of elsewhere may not.
 */
export const openFeed = async (engine: Shown, server: Server, settings: OpsSettings): Promise<Publisher> => {
  const { host, token, isLocal, hostNames, logger } = settings
  const seat = engine.attach({ name: 'page', health: () => ({}) })
  const { lane, following } = healthLane(engine.health$, engine.epoch, seat)
  const frequencies = [...engine.frequencies, { name: lane.frequency, eventTypes: [lane.eventType] }]
  // Until a page has come nobody reads the engine's lanes for it.
  const first$ = fromEvent(server, 'upgrade', (request: IncomingMessage) => request).pipe(
    filter(({ url = '' }) => url.startsWith(feedPath)),
    take(1),
  )
  const leave = (): void => {
    following.unsubscribe()
    seat.leave()
  }

  try {
    const publisher = await publish(
      {
        frequencies,
        lane$: merge(of(lane), first$.pipe(switchMap(() => engine.lane$))),
        attach: (part) => engine.attach({ ...part, name: 'page feed' }),
      },
      {
        server,
        path: feedPath,
        host,
        clientsMax,
        slowClient: 'latest',
        clientBytesMax: 4 * 1024 * 1024,
        emission: Object.fromEntries(frequencies.map(({ name }) => [name, emission])),
        origins: hostNames.flatMap((name) => [`http://${name}`, `https://${name}`]),
        ...(token === undefined || isLocal ? {} : { tokens: [token] }),
        logger,
      },
    )
    return {
      ...publisher,
      close: async (options) => {
        await publisher.close(options)
        leave()
      },
    }
  } catch (error) {
    leave()
    throw error
  }
}
