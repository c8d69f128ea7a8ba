import type { Observable, OperatorFunction } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { AnyCodec, EventOf } from './codecs/defineCodec.ts'
import type { Frequency, FrequencyOptions, Stage } from './frequency.ts'
import type { EventLike } from './model.ts'
import type { Speaks } from './pace.ts'
import { checkTickers } from './tickers.ts'
import { checkTimerMs } from './timerMs.ts'

/** The events of some of the codecs, each for itself: `'T' | 'Q'` gives `Trade | Quote`. */
export type EventsOf<C extends AnyCodec, Channel extends string> = C extends { readonly ev: Channel }
  ? EventOf<C> extends infer E extends EventLike
    ? E
    : never
  : never

/** A frequency before a host has said anything about it. */
export interface FrequencyDefinition<Name extends string, C extends AnyCodec, Default extends C['ev'] = C['ev']> {
  /** Spelled the same in code, metrics and health: lower case, digits and underscores. */
  readonly name: Name
  /** One per event type it can carry. */
  readonly codecs: readonly C[]
  /** The event types it subscribes to unless told otherwise. Default: all of them. */
  readonly channels?: readonly Default[]
  /** Without an event for this long, in milliseconds, it reads `quiet`. */
  readonly quietMs: number
  /**
   * Without an event for this long, in milliseconds, it reads `stale`, while `speaks` expects some. Default: five times
   * `quietMs`. `Infinity` for events so rare that no silence tells anything.
   */
  readonly staleMs?: number
  /**
   * When events are to be expected on the US market: `regular` hours, `extended` from pre-market to after-hours, or `always`,
   * the default. At other times it reads `quiet`, its pace being `closedMarket`.
   */
  readonly speaks?: Speaks
}

/**
 * Makes a frequency of codecs: the built-in three and a host's own are made by this.
 *
 *     const halts = defineFrequency({ name: 'halts', codecs: [haltCodec], quietMs: 600_000 })
 *     createEngine({ provider, frequencies: [halts({ tickers: ['AAPL'] }).pipe(myOperator())] })
 *
 * A channel it has no codec for, an empty list of tickers or channels, or a ticker the wire cannot say is a RangeError.
 */
export const defineFrequency = <
  const Name extends string,
  const C extends AnyCodec,
  const Default extends C['ev'] = C['ev'],
>(
  definition: FrequencyDefinition<Name, C, Default>,
) => {
  const known = definition.codecs.map((codec) => codec.ev as C['ev'])
  if (!/^[a-z][a-z0-9_]*$/.test(definition.name)) {
    throw new RangeError(
      `a frequency's name is lower case letters, digits and underscores, not ${JSON.stringify(definition.name)}`,
    )
  }
  if (known.length === 0) throw new RangeError(`${definition.name}: a frequency needs at least one codec`)
  const { staleMs: usualStaleMs = 5 * definition.quietMs, speaks = 'always' } = definition
  checkTimes(definition.name, definition.quietMs, usualStaleMs)
  if (!['regular', 'extended', 'always'].includes(speaks)) {
    throw new RangeError(`${definition.name}: speaks is regular, extended or always, not ${JSON.stringify(speaks)}`)
  }

  const settled = (options: FrequencyOptions): Settled<Name> => {
    const channels: readonly string[] = options.channels ?? definition.channels ?? known
    checkOptions(definition.name, known, channels, options)
    const { quietMs = definition.quietMs } = options
    const { staleMs = (usualStaleMs * quietMs) / definition.quietMs } = options
    checkTimes(definition.name, quietMs, staleMs)
    return {
      name: definition.name,
      eventTypes: [...new Set(channels)],
      codecs: definition.codecs.filter((codec) => channels.includes(codec.ev)),
      known: definition.codecs,
      options,
      quietMs,
      staleMs,
      speaks,
      budgetMs: options.budgetMs ?? usualBudgetMs,
    }
  }

  return <const Channel extends C['ev'] = Default>(
    options: FrequencyOptions<Channel> = {},
  ): Frequency<Name, EventsOf<C, Channel>, EventsOf<C, Channel>> => frequency(settled, options, [])
}

/** Half of the one thread there is: whoever needs more than that holds up everybody else. */
const usualBudgetMs = 500

type Settled<Name extends string> = Pick<
  Frequency<Name>,
  'name' | 'eventTypes' | 'codecs' | 'known' | 'options' | 'quietMs' | 'staleMs' | 'speaks' | 'budgetMs'
>

const frequency = <Name extends string, In extends EventLike, Out extends EventLike>(
  settled: (options: FrequencyOptions) => Settled<Name>,
  options: FrequencyOptions,
  stages: readonly Stage[],
): Frequency<Name, In, Out> => {
  const through = (stage: Stage): Frequency<Name, In, never> => frequency(settled, options, [...stages, stage])

  return {
    ...settled(options),
    stages,
    // The overloads of `pipe` have checked that the operators fit one another; from here on they are a list.
    pipe: (...operators: readonly unknown[]) => {
      checkOperators(settled(options).name, 'pipe', operators)
      return through({
        kind: 'events',
        build: (event$) => chained(event$, operators as readonly OperatorFunction<unknown, unknown>[]),
      })
    },
    pipeBatches: (...operators: readonly unknown[]) => {
      checkOperators(settled(options).name, 'pipeBatches', operators)
      return through({ kind: 'batches', build: operators[0] as OperatorFunction<Batch, Batch> })
    },
    with: (changes) => frequency(settled, defined({ ...options, ...changes }), stages),
    bare: () => frequency(settled, options, []),
  }
}

/** Without what is undefined: `undefined` takes an option back. */
const defined = (options: {
  readonly [K in keyof FrequencyOptions]: FrequencyOptions[K] | undefined
}): FrequencyOptions =>
  // What is left has the types that it had.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const chained = (
  event$: Observable<unknown>,
  operators: readonly OperatorFunction<unknown, unknown>[],
): Observable<unknown> => operators.reduce((so$, operator) => operator(so$), event$)

/** For hosts without a compiler: otherwise it would be a dead letter with each event. */
const checkOperators = (name: string, method: string, operators: readonly unknown[]): void => {
  if (method === 'pipeBatches' && operators.length !== 1) {
    throw new RangeError(
      `${name}: pipeBatches takes one operator, not ${String(operators.length)}; call it once for each`,
    )
  }
  operators.forEach((operator, i) => {
    if (typeof operator === 'function') return
    throw new RangeError(
      `${name}: argument ${String(i + 1)} of ${method} is no operator but ${operator === null ? 'null' : typeof operator}; was it called, as in map(…)?`,
    )
  })
}

const checkTimes = (name: string, quietMs: number, staleMs: number): void => {
  checkTimerMs(`${name}: quietMs`, quietMs)
  if (!(staleMs >= quietMs)) {
    throw new RangeError(`${name}: staleMs is quietMs, ${String(quietMs)}, or more, not ${String(staleMs)}`)
  }
}

const checkOptions = (
  name: string,
  known: readonly string[],
  channels: readonly string[],
  options: FrequencyOptions,
): void => {
  if (channels.length === 0) throw new RangeError(`${name}: channels is empty; leave it out for ${known.join(', ')}`)
  for (const channel of channels) {
    if (!known.includes(channel)) {
      throw new RangeError(`${name}: no channel ${JSON.stringify(channel)}; it has ${known.join(', ')}`)
    }
  }
  if (options.priority !== undefined && !(options.priority >= 1)) {
    throw new RangeError(`${name}: priority is 1 (first) or more, not ${String(options.priority)}`)
  }
  if (options.limit !== undefined && !(Number.isInteger(options.limit) && options.limit >= 1)) {
    throw new RangeError(`${name}: limit is a whole number of events, 1 or more, not ${String(options.limit)}`)
  }
  if (options.budgetMs !== undefined && !(options.budgetMs > 0)) {
    throw new RangeError(
      `${name}: budgetMs is above 0 milliseconds of each second, Infinity for no budget, not ${String(options.budgetMs)}`,
    )
  }
  checkTickers(name, options.tickers ?? '*')
}
