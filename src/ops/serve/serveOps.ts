import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import type { Subscription } from 'rxjs'

import { listenErrorOf } from '../../listenErrors.ts'
import type { Publisher } from '../../publisher/index.ts'
import { urlOf } from '../../vendorWire.ts'
import type { Operable } from './engine.ts'
import { type OpsOptions, opsSettingsOf } from './options.ts'
import { openFeed } from './page/index.ts'

/** A running server for those who look after an engine. */
export interface OpsServer extends AsyncDisposable {
  /** `http://host:port`, without a path. */
  readonly url: string
  readonly port: number
  /** Idempotent. Answers that are under way are finished. */
  close(): Promise<void>
}

/**
 * Serves an engine's health over HTTP: a page at `/`, `/healthz`, `/readyz`, `/health`, `/metrics`, `/ledger`, and with a token the starting and stopping of
 * frequencies. docs/operations.md says what each answers.
 *
 *     await using ops = await serveOps(engine, { port: 8788 })          // ops.url
 *
 * Hangs on the engine: it is asked to the last, and closes when the engine has closed. Rejects with a RangeError for a wrong option, `PortInUse`,
 * `ListenFailed`, an Error when the engine is closed, and the signal's reason when that has aborted.
 */
export const serveOps = async (engine: Operable, options: OpsOptions = {}): Promise<OpsServer> => {
  const settings = opsSettingsOf(options)
  const { host, port, token, isLocal, signal, logger } = settings
  const log = logger.child({ part: 'ops' })
  signal?.throwIfAborted()

  // Only now: who never serves pays for neither.
  const [{ fastify }, { createExposition }, { addRoutes }, { readPage }] = await Promise.all([
    import('fastify'),
    import('./metrics.ts'),
    import('./routes.ts'),
    import('./page/assets.ts'),
  ])
  const assets = await readPage()
  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    bodyLimit: 1024 * 1024,
    routerOptions: { ignoreTrailingSlash: true },
  })

  const part = { url: '' }
  const open: { feed?: Publisher; following?: Subscription } = {}
  let ending: Promise<void> | undefined
  const seat = engine.attach({ name: 'ops', health: () => ({ ...part }), close: () => close() })
  const close = (): Promise<void> =>
    (ending ??= (async () => {
      signal?.removeEventListener('abort', onAbort)
      open.following?.unsubscribe()
      await open.feed?.close({ drainMs: 0 })
      await ended(app)
      seat.leave()
    })())
  const onAbort = (): void => void close()

  open.following = addRoutes(app, { engine, settings, exposition: createExposition(), assets, log })
  try {
    await app.listen({ host, port })
  } catch (error) {
    await close()
    throw listenErrorOf('the operations server', host, port, error as NodeJS.ErrnoException)
  }
  open.feed = await openFeed(engine, app.server, settings)
  if (signal?.aborted === true) void close()
  if (ending !== undefined) {
    await ending
    signal?.throwIfAborted()
    throw new Error('the engine was closed while the operations server started')
  }
  signal?.addEventListener('abort', onAbort)

  const bound = (app.server.address() as AddressInfo).port
  part.url = urlOf(host, bound).replace(/^ws/, 'http')
  log.info({ url: part.url }, 'health and metrics are served')
  if (!isLocal && token === undefined) {
    log.warn({ host }, 'everybody who reaches this host can read the health: set a token, or listen on 127.0.0.1')
  }

  return { url: part.url, port: bound, close, [Symbol.asyncDispose]: close }
}

/**
 * Answers that are under way are finished, for at most a second. Browsers hold connections open on which they have asked nothing yet: Node
 * takes those for busy, and would wait a minute.
 */
const ended = async (app: FastifyInstance): Promise<void> => {
  const cut = setTimeout(() => {
    app.server.closeAllConnections()
  }, 1000)
  await app.close()
  clearTimeout(cut)
}
