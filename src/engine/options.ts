import type { Frequency, OutputOf, SourceOf } from '../../streams/frequency.ts'
import { checkTuning, type LinkTuning } from '../../streams/link/link.ts'
import type { LinkMode } from '../../streams/link/planner.ts'
import type { Provider } from '../../streams/provider.ts'
import { checkTurnBytes, type Turn } from '../../streams/pump.ts'
import { checkTimerMs } from '../../streams/timerMs.ts'
import type { Logger } from '../ops/logger.ts'
import type { Machine } from '../ops/machine.ts'

/** Any frequency, whatever its events. */
export type AnyFrequency = Frequency

/** What decides about time and chance. Production leaves it alone; the marble kit brings its own. */
export interface Runtime {
  /** Runs work in a later turn of the loop. `setImmediate`. */
  readonly turn: Turn
  /** From 0 up to but not 1. `Math.random`. */
  readonly random: () => number
  /** Names this run of the engine, so that (epoch, offset) names an event. A random UUID. */
  readonly epoch: string
  /** For latencies and the operators' time: milliseconds from any origin, as fine as may be. `performance.now`. */
  readonly stopwatch: () => number
  /** Event loop, memory and processor time of this process. */
  readonly machine: Machine
  /** Whether latencies and arrivals are measured. Always, save where a bench asks what that costs. */
  readonly isMeasured: boolean
  /** Whether code is compiled with made-up events while the links connect; not where nothing is real. True. */
  readonly warmsUp: boolean
}

/** What an engine's events are for. */
export type Mode = (typeof modes)[number]
const modes = ['production', 'test', 'hybrid'] as const

export interface FailoverOptions {
  /** False: no fallback ever serves. True. */
  readonly enabled?: boolean
  /** Whether a fallback may serve in `production` too. False. */
  readonly inProduction?: boolean
  /** A fallback takes over when the provider has not served the frequency for so long, milliseconds; at once when it cannot any more. 5000. */
  readonly delayMs?: number
  /** It gives back when the provider has been ready to serve for so long without a break, milliseconds. 30_000. */
  readonly returnMs?: number
  /** After so many takeovers within an hour it gives back only at `restart()`. 3; `Infinity` for no such limit. */
  readonly attemptsMax?: number
}

export interface EngineOptions<F extends readonly AnyFrequency[] = readonly AnyFrequency[]> {
  /** Where frequencies come from, unless one names its own: `polygon(…)`, `simulated(…)`. */
  readonly provider: Provider
  /** At least one; each name once. The order is the default priority. */
  readonly frequencies: F
  /** `shared` (the fewest sockets, default), or `dedicated`: one per frequency, so that a socket's fault reaches only its own. */
  readonly links?: LinkMode
  /** What its events are for. In `production`, the default, no fallback serves unless `failover.inProduction` says so. */
  readonly mode?: Mode
  /** When the `fallback` of a frequency takes over, and when it gives back. */
  readonly failover?: FailoverOptions
  /** A pino-compatible logger. Silent by default. One line per change of state; never a key. */
  readonly logger?: Logger
  /** How long `start` waits for a frequency's first verdict, in milliseconds. 30 s. */
  readonly startTimeoutMs?: number
  /** A link's inbox is full at this many bytes: its socket is paused until there is room. 256 KB. */
  readonly inboxBytes?: number
  /** The most bytes the pump takes from one link in one turn, at least one frame. 32 KB. */
  readonly turnBytes?: number
  /** Between two looks at the engine's health, in milliseconds. What is past is remembered for ten of them. 1 s. */
  readonly healthEveryMs?: number
  /** The waits and limits of links. */
  readonly link?: LinkTuning
  /** Closes the engine when it aborts. */
  readonly signal?: AbortSignal
  readonly runtime?: Partial<Runtime>
}

export type FrequencyNamed<F extends readonly AnyFrequency[], Name> = Extract<F[number], { readonly name: Name }>
export type OutputNamed<F extends readonly AnyFrequency[], Name> = OutputOf<FrequencyNamed<F, Name>>
export type SourceNamed<F extends readonly AnyFrequency[], Name> = SourceOf<FrequencyNamed<F, Name>>

/** What cannot work, each in a sentence; looked for before anything is opened. */
export const problemsOf = (options: EngineOptions): readonly string[] => {
  const { frequencies, provider, links, mode, failover, startTimeoutMs, healthEveryMs, inboxBytes, turnBytes, link } =
    options
  const given = Array.isArray(frequencies) ? (frequencies as readonly AnyFrequency[]) : []
  const names = given.map(({ name }) => name)
  const twice = names.filter((name, i) => names.indexOf(name) < i)

  return [
    ...(given.length === 0 ? ['frequencies needs at least one, such as perSecond()'] : []),
    ...(typeof (provider as Provider | undefined)?.endpoint === 'function'
      ? []
      : ['provider is missing; give polygon({ apiKey }) or simulated({ seed: 7 })']),
    ...[...new Set(twice)].map((name) => `the frequency ${name} is listed twice; one engine has each name once`),
    ...(links === undefined || linkModes.includes(links)
      ? []
      : [`links is shared or dedicated, not ${JSON.stringify(links)}`]),
    ...(mode === undefined || modes.includes(mode)
      ? []
      : [`mode is production, test or hybrid, not ${JSON.stringify(mode)}`]),
    ...failoverProblems(failover),
    ...given.flatMap((frequency) => fallbackProblems(frequency, provider)),
    ...(startTimeoutMs === undefined ? [] : problemOf(() => checkTimerMs('startTimeoutMs', startTimeoutMs))),
    ...(healthEveryMs === undefined ? [] : problemOf(() => checkTimerMs('healthEveryMs', healthEveryMs))),
    ...(inboxBytes === undefined || inboxBytes > 0
      ? []
      : [`inboxBytes must be above 0 bytes, not ${String(inboxBytes)}`]),
    ...problemOf(() => checkTurnBytes(turnBytes)),
    ...problemOf(() => checkTuning(link ?? {}, 'link')),
  ]
}

const fallbackProblems = ({ name, options }: AnyFrequency, usual: Provider): readonly string[] => {
  const { provider = usual, fallback } = options
  if (fallback === undefined) return []
  if (typeof (fallback as Partial<Provider> | null)?.endpoint !== 'function') {
    return [`${name}: fallback is a provider, such as simulated({ seed: 7 }), not ${JSON.stringify(fallback)}`]
  }
  return fallback === provider
    ? [`${name}: its fallback is its own provider ${provider.name}; give it another one`]
    : []
}

const failoverProblems = ({ delayMs, returnMs, attemptsMax }: FailoverOptions = {}): readonly string[] => [
  ...(delayMs === undefined ? [] : problemOf(() => checkTimerMs('failover.delayMs', delayMs))),
  ...(returnMs === undefined ? [] : problemOf(() => checkTimerMs('failover.returnMs', returnMs))),
  ...(attemptsMax === undefined || attemptsMax === Infinity || (Number.isInteger(attemptsMax) && attemptsMax >= 1)
    ? []
    : [`failover.attemptsMax is a whole number from 1, or Infinity, not ${String(attemptsMax)}`]),
]

/** The sentence of what is thrown, if anything is. */
export const problemOf = (check: () => unknown): readonly string[] => {
  try {
    check()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Throws RangeError with all of them, one below the other. */
export const refuse = (problems: readonly string[]): void => {
  const [first] = problems
  if (first === undefined) return
  const all = [...new Set(problems)]
  throw new RangeError(all.length === 1 ? first : `${String(all.length)} things cannot be:\n  ${all.join('\n  ')}`)
}

const linkModes: readonly LinkMode[] = ['shared', 'dedicated']
