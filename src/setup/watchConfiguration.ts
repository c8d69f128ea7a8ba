import { isDeepStrictEqual } from 'node:util'

import { ConfigurationError, type Problem } from '../config/problem.ts'
import { lookOf } from '../config/sources.ts'
import type { Change } from '../engine/differences.ts'
import type { EngineOptions as RunnableOptions } from '../engine/options.ts'
import { type Logger, silent } from '../ops/logger.ts'
import type { Setup } from './configure.ts'

/** What became of one look at the configuration. */
export interface Reload {
  /** What is different in the engine now; nothing where the configuration is invalid or says the same. */
  readonly changes: readonly Change[]
  /** Why nothing was changed. */
  readonly problems: readonly string[]
  readonly warnings: readonly Problem[]
}

export interface WatchOptions {
  /** How often files are looked at, in milliseconds; `Infinity` for only when `reload` is called. 1000. */
  readonly everyMs?: number
  /** A pino-compatible logger. Silent by default. Never a key. */
  readonly logger?: Logger
  /** Told of each reload. */
  readonly reloaded?: (reload: Reload) => void
}

export interface Watching {
  /** Reads everything again now, as after a change. Never rejects. */
  reload(): Promise<Reload>
  /** Leaves no watcher behind; resolves when a reload that is under way is over. */
  close(): Promise<void>
}

/** What can be brought to other options while it runs. */
export interface Reconfigurable {
  reconfigure(options: RunnableOptions): Promise<readonly Change[]>
}

/**
 * Brings a running engine to what its configuration says now, whenever one of its files changes, comes or goes.
 *
 *     const watching = watchConfiguration(setup, engine)
 *     process.on('SIGHUP', () => void watching.reload())
 *
 * Invalid, it changes nothing and says why. Files are looked at by their times, so one that is replaced, or linked to another, is seen
 * too, and one that has changed since `configure` read it. What a publisher was opened with stays until it is opened again, and a warning says so.
 */
export const watchConfiguration = (setup: Setup, engine: Reconfigurable, options: WatchOptions = {}): Watching => {
  const { everyMs = 1000, logger = silent, reloaded } = options
  let now = setup
  let queue: Promise<unknown> = Promise.resolve()

  const attempt = async (): Promise<Reload> => {
    const next = now.again()
    const changes = await engine.reconfigure(next.engine)
    const isPublishedOtherwise = !isDeepStrictEqual(visible(now), visible(next))
    now = next
    const later = isPublishedOtherwise
      ? [said('the options of the publisher have changed: they hold when it is opened again')]
      : []
    return { changes, problems: [], warnings: [...next.warnings, ...later] }
  }

  const reload = async (): Promise<Reload> => {
    let result: Reload
    try {
      result = await attempt()
    } catch (error) {
      result = { changes: [], problems: problemsOf(error), warnings: [] }
    }
    for (const problem of result.problems) logger.error({ problem }, 'the configuration is not applied')
    for (const { source, message } of result.warnings) logger.warn({ source }, message)
    if (result.problems.length === 0)
      logger.info({ changes: result.changes.length }, 'the configuration was read again')
    reloaded?.(result)
    return result
  }
  // One after the other: the last one has the last word.
  const queued = (): Promise<Reload> => {
    const next = queue.then(reload)
    queue = next
    return next
  }

  let looks = setup.reading.looks
  const look = (): void => {
    const seen = new Map([...looks.keys()].map((path) => [path, lookOf(path)] as const))
    const isChanged = [...seen].some(([path, one]) => looks.get(path) !== one)
    looks = seen
    if (isChanged) void queued()
  }
  const timer = everyMs === Infinity ? undefined : setInterval(look, everyMs).unref()

  return {
    reload: queued,
    close: async () => {
      clearInterval(timer)
      await queue
    },
  }
}

const visible = ({ publisher }: Setup): object | undefined => {
  if (publisher === undefined) return undefined
  const { logger: _logger, ...others } = publisher
  return others
}

const said = (message: string): Problem => ({
  source: 'configuration',
  path: 'publisher',
  found: '',
  allowed: '',
  message,
})

const problemsOf = (error: unknown): readonly string[] => {
  if (error instanceof ConfigurationError) return error.problems.map(({ source, message }) => `${source}: ${message}`)
  return [error instanceof Error ? error.message : String(error)]
}
