import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import type { Observable, Subscription } from 'rxjs'

import type { Health } from '../../health.ts'
import type { Asset } from './assets.ts'
import { type Sample, sampleOf } from './history.ts'

/** Looks kept for a page that is opened later: ten minutes at one a second. */
const samplesMax = 600

/** Scripts, styles and connections of this server only. */
const policy =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

export interface PageRoutes {
  readonly assets: readonly Asset[]
  readonly health$: Observable<Health>
  /** For the page itself: it holds nothing of the engine, so that who has no token yet can type it there. */
  readonly open: RouteShorthandOptions
  /** For what it shows. */
  readonly look: RouteShorthandOptions
}

/** The page at `/`, and what it draws its charts from. Unsubscribing forgets that. */
export const addPage = (app: FastifyInstance, { assets, health$, open, look }: PageRoutes): Subscription => {
  const samples: Sample[] = []
  for (const { path, type, bytes } of assets) {
    app.get(path, open, async (_request, reply) =>
      reply.type(type).header('content-security-policy', policy).header('referrer-policy', 'no-referrer').send(bytes),
    )
  }
  app.get('/page/history', look, async () => ({ samples }))

  return health$.subscribe((health) => {
    samples.push(sampleOf(health))
    if (samples.length > samplesMax) samples.shift()
  })
}
