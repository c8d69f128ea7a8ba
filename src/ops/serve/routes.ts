import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Subscription } from 'rxjs'

import type { FrequencyHandle } from '../../engine/handle.ts'
import type { DeadLetter } from '../../../streams/model.ts'
import type { Logger } from '../logger.ts'
import { accessOf, type Need } from './access.ts'
import { changes, make, tickersOf } from './changes.ts'
import type { Operable } from './engine.ts'
import type { Exposition } from './metrics.ts'
import type { OpsSettings } from './options.ts'
import type { Asset } from './page/assets.ts'
import { addPage } from './page/index.ts'
import { readinessOf } from './readiness.ts'

export interface RouteOptions {
  readonly engine: Operable
  readonly settings: OpsSettings
  readonly exposition: Exposition
  readonly assets: readonly Asset[]
  readonly log: Logger
}

/** An answer that is not 200. */
class Answer extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.name = 'Answer'
    this.statusCode = statusCode
  }
}

/**
 * All there is to ask. Every answer is JSON, save `/metrics`; what goes wrong is `{ "error": "a sentence" }`.
 *
 * Nothing here waits: each answer is of the moment it was asked for. What is returned forgets what the page's charts begin with.
 */
export const addRoutes = (
  app: FastifyInstance,
  { engine, settings, exposition, assets, log }: RouteOptions,
): Subscription => {
  const access = accessOf(settings)

  const guarded =
    (need: Need) =>
    (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const { authorization, host } = request.headers
      const refusal = access(need, { authorization, host })
      if (refusal === undefined) {
        done()
        return
      }
      if (refusal.code === 401) void reply.header('www-authenticate', 'Bearer')
      void reply.code(refusal.code).send({ error: refusal.error })
    }
  const probe = { onRequest: guarded('probe') }
  const look = { onRequest: guarded('look') }
  const change = { onRequest: guarded('change') }

  const named = (request: FastifyRequest): FrequencyHandle => {
    const { name } = request.params as { readonly name: string }
    const found = engine.frequencies.find((one) => one.name === name)
    if (found !== undefined) return found
    const names = engine.frequencies.map((one) => one.name).join(', ')
    throw new Answer(404, `no frequency ${JSON.stringify(name.slice(0, 64))}; this engine has ${names}`)
  }

  app.addHook('onSend', async (_request, reply) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  app.setNotFoundHandler(async (request) => {
    throw new Answer(404, `nothing is served at ${request.method} ${(request.url.split('?')[0] ?? '').slice(0, 200)}`)
  })
  app.setErrorHandler<Error & { readonly statusCode?: number }>(async (error, _request, reply) => {
    const code = error.statusCode ?? (error instanceof RangeError ? 400 : 500)
    if (code >= 500) log.error({ err: error }, 'a request failed')
    return reply.code(code).send({ error: code >= 500 ? 'this failed; the log says why' : error.message })
  })

  // That the process answers at all, and its engine has not ended.
  app.get('/healthz', probe, async (_request, reply) => {
    const { isClosed } = engine.health()
    return reply.code(isClosed ? 503 : 200).send({ alive: !isClosed })
  })
  app.get('/readyz', probe, async (_request, reply) => {
    const readiness = readinessOf(engine.health())
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  app.get('/health', look, async (_request, reply) => {
    const health = engine.health()
    return reply.code(health.status === 'down' ? 503 : 200).send(health)
  })
  app.get('/metrics', look, async (_request, reply) =>
    reply.type(exposition.contentType).send(await exposition.of(engine.health(), engine.ledger())),
  )
  app.get('/ledger', look, async () => {
    const { balanced, rows } = engine.ledger()
    return { balanced, rows }
  })
  app.get('/timeline', look, async () => ({ links: engine.timeline() }))
  app.get('/frequencies/:name/gaps', look, async (request) => ({ gaps: named(request).gaps }))
  app.get('/frequencies/:name/rejects', look, async (request) => ({ rejects: named(request).rejects }))
  app.get('/frequencies/:name/dead-letters', look, async (request) => ({
    deadLetters: named(request).deadLetters.slice(-100).map(letterOf),
  }))

  for (const what of changes) {
    app.post(`/frequencies/:name/${what}`, change, async (request) => {
      const frequency = named(request)
      if (engine.health().isClosed) throw new Answer(409, `the engine is closed: ${frequency.name} cannot be changed`)
      if (what === 'tickers') {
        const read = tickersOf(request.body)
        if ('error' in read) throw new Answer(400, read.error)
        frequency.setTickers(read.tickers)
      } else make(frequency, what)
      log.info({ frequency: frequency.name, change: what }, `${frequency.name}: ${what} was asked for over HTTP`)
      return { frequency: frequency.name, asked: what }
    })
  }

  return addPage(app, { assets, health$: engine.health$, open: probe, look })
}

/** For people: of events that cannot be written as JSON their text, of an error its message. */
const letterOf = ({ frequency, reason, events, error, atMs }: DeadLetter): object => ({
  frequency,
  reason,
  atMs,
  error: error instanceof Error ? error.message : String(error),
  count: events.length,
  events: events.slice(0, 10).map(readable),
})

const readable = (event: unknown): unknown => {
  try {
    const text = JSON.stringify(event) as string | undefined
    return text === undefined ? String(event) : JSON.parse(text)
  } catch {
    return String(event)
  }
}
