import type { AnyCodec } from '../../streams/codecs/defineCodec.ts'
import type { Frequency } from '../../streams/frequency.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Logger } from '../ops/logger.ts'
import type { Codecs } from './codecs.ts'
import type { Control } from './control.ts'
import { type Change, differencesBetween, type View } from './differences.ts'
import type { Fleet } from './fleet.ts'
import { type Limits, limitsOf, mayFailOver } from './limits.ts'
import { type AnyFrequency, type EngineOptions, problemOf, problemsOf, refuse } from './options.ts'
import type { EnginePlan, Ground, Wanting } from './plan.ts'
import type { Providers } from './providers.ts'
import type { Roster } from './roster.ts'
import { standIns } from './standIns.ts'

export interface ReconfigureOptions {
  /** Those that the engine was made with, for what cannot change. */
  readonly options: EngineOptions
  readonly roster: Roster
  readonly fleet: Fleet
  readonly enter: (frequency: Frequency, priority: number) => Control
  readonly providers: Providers
  readonly codecs: Codecs
  readonly limits: () => Limits
  readonly limit: (limits: Limits) => void
  readonly ground: () => Ground
  /** Whether the engine has started: then what is new starts at once. */
  readonly isOpen: () => boolean
  readonly isClosed: () => boolean
  readonly logger: Logger
}

/** What is to be, checked. */
interface Draft {
  readonly changes: readonly Change[]
  readonly view: View
  readonly plan: EnginePlan
}

/** The frequencies with the priorities that their order gives them. */
export const wantingOf = (frequencies: readonly AnyFrequency[]): readonly Wanting[] =>
  frequencies.map((frequency, i) => ({ frequency, priority: frequency.options.priority ?? i + 1 }))

/** All providers that a view needs. */
export const providersOf = ({ ground, frequencies }: Omit<View, 'limits'>): readonly Provider[] => [
  ...new Set(
    frequencies.flatMap(({ frequency: { options } }) => [
      options.provider ?? ground.provider,
      ...(options.fallback === undefined || !ground.failsOver ? [] : [options.fallback]),
    ]),
  ),
]

/**
 * Brings a running engine to other options: checks everything, then does only what is different.
 *
 *     problems    ─┐
 *     differences ─┼─ draft ─ providers start ─ limits, codecs, frequencies out, in and changed, plan
 *     plan        ─┘
 *
 * A RangeError lists all that cannot be; then nothing has changed. Nothing is waited for unless a new provider has to start.
 */
export const createReconfigure = (own: ReconfigureOptions): ((next: EngineOptions) => Promise<readonly Change[]>) => {
  const { roster, fleet, enter, providers, codecs, limits, limit, ground, isOpen, isClosed, logger } = own

  const viewNow = (): View => ({
    ground: ground(),
    limits: limits(),
    frequencies: roster.controls().map(({ frequency, priority }) => ({ frequency, priority })),
  })

  const viewOf = (next: EngineOptions, now: View): View => {
    const frequencies = wantingOf(next.frequencies)
    const nextLimits = limitsOf(next)
    const actual = {
      provider: next.provider,
      mode: next.links ?? 'shared',
      failsOver: mayFailOver(nextLimits),
    }
    const wanted = providersOf({ ...now, ground: { ...now.ground, ...actual }, frequencies })
    return {
      ground: { ...actual, standIn: standIns(now.ground.standIn, providersOf(now), wanted) },
      limits: nextLimits,
      frequencies,
    }
  }

  const drafted = (next: EngineOptions): Draft => {
    const problems = problemsOf(next)
    if (!isLegible(next)) refuse(problems)
    const now = viewNow()
    const view = viewOf(next, now)
    let plan: EnginePlan | undefined
    refuse([
      ...problems,
      ...fixedProblems(own.options, next),
      ...view.frequencies.flatMap(({ frequency }) => frequencyProblems(frequency, roster)),
      ...codecs.problemsOf(
        view.frequencies.map(({ frequency }) => frequency).filter(({ name }) => roster.find(name) === undefined),
      ),
      ...providersOf(view)
        .filter(providers.isClosed)
        .map(({ name }) => `the provider ${name} was closed when another one took its place; make a new one`),
      ...problemOf(() => (plan = fleet.draft(view.frequencies, view.ground))),
    ])
    return { changes: differencesBetween(now, view), view, plan: plan as EnginePlan }
  }

  const apply = ({ changes, view, plan }: Draft): readonly Change[] => {
    const { frequencies } = view
    const names = new Set(frequencies.map(({ frequency }) => frequency.name))
    limit(view.limits)
    for (const member of roster.members()) {
      if (names.has(member.name)) continue
      roster.leave(member)
      fleet.remove(member.control)
    }
    const changed: (() => void)[] = []
    for (const { frequency, priority } of frequencies) {
      const member = roster.find(frequency.name)
      if (member === undefined) {
        codecs.add(frequency.known)
        const control = enter(frequency, priority)
        changed.push(() => {
          if (isOpen()) control.open()
        })
        continue
      }
      const { control } = member
      control.rank(priority)
      if (changes.some(({ path }) => path.startsWith(`frequencies.${frequency.name}.`))) {
        changed.push(() => {
          control.become(frequency)
        })
      } else control.keep(frequency)
    }
    // First the places that they leave: an old link is not to be asked for new channels.
    fleet.adopt(plan, view.ground)
    for (const become of changed) become()
    providers.need(providersOf(view))
    providers.settle()
    for (const one of changes) logger.info(shown(one), `changed: ${one.path}`)
    return changes
  }

  const attempt = (next: EngineOptions): readonly Change[] | Promise<readonly Change[]> => {
    const draft = drafted(next)
    const started = isOpen() ? providers.start(providersOf(draft.view)) : undefined
    if (started === undefined) return apply(draft)
    return started.then(() => {
      if (isClosed()) throw new Error('the engine was closed while a new provider started')
      // The world went on meanwhile.
      return apply(drafted(next))
    })
  }

  let waiting: Promise<unknown> | undefined
  return async (next) => {
    // One after the other; only what waits for a provider is waited for.
    while (waiting !== undefined) await waiting
    if (isClosed()) throw new Error('the engine is closed: it cannot be reconfigured any more')
    const answer = attempt(next)
    if (!(answer instanceof Promise)) return answer
    const isDone = (): void => {
      waiting = undefined
    }
    waiting = answer.then(isDone, isDone)
    return answer
  }
}

/** Whether there is enough of it to compare. */
const isLegible = ({ frequencies, provider }: Partial<EngineOptions>): boolean =>
  Array.isArray(frequencies) && typeof provider?.endpoint === 'function'

/** What belongs to the engine that was made, not to how it is configured. */
const fixedProblems = (made: EngineOptions, next: EngineOptions): readonly string[] => [
  ...(['turn', 'random', 'epoch'] as const)
    .filter((part) => next.runtime?.[part] !== undefined && next.runtime[part] !== made.runtime?.[part])
    .map((part) => `runtime.${part} cannot change while the engine runs: ${fixed[part]}; make a new engine`),
  ...(next.signal === undefined || next.signal === made.signal
    ? []
    : [
        'signal cannot change while the engine runs: it listens to the one it was made with; close it, or make a new engine',
      ]),
]

const fixed = {
  turn: 'its pump runs by it',
  random: 'its links and operators hold it',
  epoch: 'it names this run, and with an offset every event of it',
} as const

const frequencyProblems = (next: Frequency, { find, isLeaving }: Roster): readonly string[] => {
  const { name, options } = next
  if (isLeaving(name)) return [`${name} was removed a moment ago and has not left its link yet: try again`]
  const now = find(name)?.control.frequency
  if (now === undefined) return []
  const sized = (['limit', 'whenFull'] as const).filter((field) => now.options[field] !== options[field])
  return [
    ...sized.map(
      (field) =>
        `frequencies.${name}.${field} cannot change while its lanes are open: readers and batches are measured by them; ` +
        'remove the frequency and add it again',
    ),
    ...(sameCodecs(now.known, next.known)
      ? []
      : [
          `frequencies.${name} is of another definition, with other codecs: remove the frequency and add it again, or give the new one another name`,
        ]),
  ]
}

const sameCodecs = (a: readonly AnyCodec[], b: readonly AnyCodec[]): boolean =>
  a.length === b.length && a.every((codec, i) => codec === b[i])

/** A list of thousands of tickers is no line. */
const shown = ({ path, before, after }: Change): object => ({
  path,
  ...(before === undefined ? {} : { before: short(before) }),
  ...(after === undefined ? {} : { after: short(after) }),
})

const listedMax = 20

const short = (value: unknown): unknown => {
  if (!Array.isArray(value)) {
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([field, one]) => [field, short(one)]))
      : value
  }
  const list = value as readonly unknown[]
  return list.length <= listedMax ? list : [...list.slice(0, listedMax), `and ${String(list.length - listedMax)} more`]
}
