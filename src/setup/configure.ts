import type { EngineOptions } from '../config/engineOptions.ts'
import { ConfigurationError, type Problem } from '../config/problem.ts'
import { readConfiguration, type Reading, type ReadOptions } from '../config/readConfiguration.ts'
import type { AnyFrequency, EngineOptions as RunnableOptions } from '../engine/options.ts'
import type { Logger } from '../ops/logger.ts'
import type { PublishOptions } from '../publisher/options.ts'
import { engineOptionsOf, publishOptionsOf } from './engineOptionsOf.ts'
import { createShelf, emptyStock, type Makers, type Operators, type Stock } from './shelf.ts'

export interface ConfigureOptions extends Omit<ReadOptions, 'providers'> {
  /** Where providers are made by name: the built-in ones, unless the host has more. */
  readonly providers?: Makers
  /** Frequencies of the host's own, or `limitUpLimitDown()`, beside those that are configured; they stay as they are. */
  readonly frequencies?: readonly AnyFrequency[]
  /** By frequency: puts operators on it. Called once; a configuration that is read again keeps them. */
  readonly operators?: Operators
  /** For the engine, the simulator and the publisher. */
  readonly logger?: Logger
}

/** A configuration, ready to run. */
export interface Setup {
  /** For `createEngine`, and later for `engine.reconfigure`. */
  readonly engine: RunnableOptions
  /** For `publish`; undefined where nothing is to be published. */
  readonly publisher: PublishOptions | undefined
  /** The same by names, with keys in it. */
  readonly options: EngineOptions
  readonly warnings: readonly Problem[]
  readonly reading: Reading
  /**
   * Reads everything again. What is the same is the same in the engine too: the same providers, the same operators. Throws a
   * `ConfigurationError`; then nothing has changed.
   */
  again(): Setup
}

/**
 * Reads code, command line, environment, `.env` and files, and makes of them what `createEngine` and `publish` take.
 *
 *     const setup = configure({ operators: { per_minute: (minutes) => minutes.pipe(myIndicator()) } })
 *     const engine = createEngine(setup.engine)
 *
 * Throws a `ConfigurationError` with everything that is wrong, and opens nothing.
 */
export const configure = (options: ConfigureOptions = {}): Setup => configured(options, emptyStock())

const configured = (options: ConfigureOptions, before: Stock): Setup => {
  const { providers: makers, operators, frequencies = [], logger, ...sources } = options
  const reading = readConfiguration({ ...sources, ...(makers === undefined ? {} : { providers: makers }) })
  if (reading.options === undefined) throw new ConfigurationError(reading.problems, reading.warnings)

  const stock = emptyStock()
  const shelf = createShelf({
    options: reading.options,
    before,
    stock,
    ...(makers === undefined ? {} : { makers }),
    ...(operators === undefined ? {} : { operators }),
    ...(logger === undefined ? {} : { logger }),
  })
  const engine = engineOptionsOf(reading.options, { shelf, ...(logger === undefined ? {} : { logger }) })
  return {
    engine: { ...engine, frequencies: [...engine.frequencies, ...frequencies] },
    publisher: reading.options.publisher.enabled === false ? undefined : publishOptionsOf(reading.options, logger),
    options: reading.options,
    warnings: reading.warnings,
    reading,
    again: () => configured(options, stock),
  }
}
