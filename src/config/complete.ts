import { lackOf, usualProvider, usualProviders } from './choice.ts'
import { byPriority, type Claim, type Decision, reported, settledTickers } from './conflicts.ts'
import type { EngineOptions, FrequencySettings } from './engineOptions.ts'
import type { Layer, Merged } from './layers.ts'
import { consistent } from './consistent.ts'
import { problem, type Problem } from './problem.ts'
import { warning } from './rows.ts'
import type { Configuration, FrequencyConfiguration } from './shape.ts'
import { switched } from './switches.ts'
import { type FrequencyName, frequencyNames, type Mode } from './words.ts'

export interface Completed {
  /** Absent only where nothing could be made of it. */
  readonly options: EngineOptions
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly decisions: readonly Decision[]
}

export interface CompleteOptions {
  readonly merged: Merged
  /** The first has the last word. */
  readonly layers: readonly Layer[]
  /** No variable and no file says anything. */
  readonly isBare: boolean
}

/** The configuration in a whole: switches, providers, keys, tickers and their conflicts, and what does not go together. */
export const completed = ({ merged, layers, isBare }: CompleteOptions): Completed => {
  // Each source has been decoded by the codecs of this shape.
  const given = merged.tree as Configuration
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const decisions: Decision[] = []
  const where = (path: string): { readonly source: string; readonly path: string } =>
    merged.origins.get(path) ?? { source: 'configuration', path }
  const warn = (path: string, message: string): void => {
    const origin = where(path)
    warnings.push(warning(origin.source, origin.path, message))
  }
  const refuse = (path: string, found: string, allowed: string): void => {
    problems.push(problem({ ...where(path), found, allowed }))
  }

  const switches = switched(merged, layers, isBare)
  warnings.push(...switches.warnings)
  const { names } = switches
  const wishOf = (name: FrequencyName): FrequencyConfiguration => given.frequencies?.[name] ?? {}

  const polygon = given.providers?.polygon ?? {}
  const hasKey = [polygon.apiKey, polygon.businessApiKey, ...frequencyNames.map((name) => wishOf(name).key)].some(
    (key) => key !== undefined,
  )
  // Nobody has asked for anything real.
  const isFree = isBare && given.mode === undefined && !hasKey
  const mode: Mode = given.mode ?? (isFree ? 'test' : 'production')
  const usual = given.provider !== undefined ? [given.provider] : usualProviders(mode)
  const active = given.activeProviders ?? [
    ...new Set([...usual, ...names.flatMap((name) => wishOf(name).provider ?? [])]),
  ]
  const provider = given.provider ?? usualProvider(mode, active)

  const provide = (name: FrequencyName): string => {
    const { provider: wish = provider, fallbackProvider } = wishOf(name)
    const path = `frequencies.${name}.provider`
    if (active.includes(wish)) return wish
    if (mode !== 'production' && typeof fallbackProvider === 'string' && active.includes(fallbackProvider)) {
      warn(path, `${name}: ${wish} is not among the providers in use; it comes from ${fallbackProvider}, its fallback`)
      return fallbackProvider
    }
    // The usual one is judged once, below.
    if (wish !== provider) {
      refuse(path, JSON.stringify(wish), `one of the providers in use: ${active.join(', ')}`)
    }
    return wish
  }
  if (!active.includes(provider)) {
    refuse('provider', JSON.stringify(provider), `one of the providers in use: ${active.join(', ')}`)
  }
  const canMakeUp = mode === 'hybrid' && active.includes('simulated')
  const noKey = (): void => {
    refuse(
      'providers.polygon.apiKey',
      'no key of polygon',
      'a key: set POLYGON_API_KEY, or take the data from the simulator with ACTIVE_DATA_PROVIDERS=simulated',
    )
  }

  const settled = names.map((name): FrequencySettings => {
    const { enabled: _enabled, maxTickers, provider: wished, fallbackProvider, ...wish } = wishOf(name)
    let from = provide(name)
    let off: string | undefined
    let fallback = fallbackProvider ?? undefined
    const path = `frequencies.${name}`

    const { enabled: mayFallBack = true, inProduction = false } = given.failover ?? {}
    if (fallback !== undefined && mayFallBack && mode === 'production' && !inProduction) {
      warn(`${path}.fallbackProvider`, `${name}: in production nothing falls back to ${fallback}; what fails says so`)
    }
    if (!mayFallBack || (mode === 'production' && !inProduction)) fallback = undefined
    if (fallback === from) fallback = undefined
    if (fallback === 'polygon') {
      // Address and key of the frequency are its own provider's.
      const missing = lackOf(name, {}, polygon)
      if (missing !== undefined) {
        refuse(missing.path, `nothing for ${name} to fall back to`, missing.allowed)
      }
    }

    const lack = from === 'polygon' && hasKey ? lackOf(name, wish, polygon) : undefined
    if (lack !== undefined) {
      if (fallback !== undefined) {
        warn(lack.path, `${name} ${lack.sentence}; it comes from ${fallback}, its fallback`)
        from = fallback
        fallback = undefined
      } else if (canMakeUp && wished === undefined) {
        warn(lack.path, `${name} ${lack.sentence}; it is simulated`)
        from = 'simulated'
      } else if (lack.isBusiness && name === 'fair_market_value') {
        off = `it ${lack.sentence}`
        warn(lack.path, `${name} is off: ${off}; the others run`)
      } else {
        refuse(lack.path, `nothing for ${name}`, lack.allowed)
      }
    }
    if (from === 'simulated' && mode === 'production') {
      warn(`${path}.provider`, `${name} is made up: its provider in production is simulated`)
    }
    const { url, host, key, account, ...others } = wish
    const addressed = { ...defined({ url, host, key, account }) }
    if (from === 'simulated' && Object.keys(addressed).length > 0) {
      warn(
        `${path}.${Object.keys(addressed)[0] ?? ''}`,
        `${name} is simulated: ${Object.keys(addressed).join(', ')} of it has no effect`,
      )
    }

    const { tickers, decisions: own } = settledTickers(name, wish.tickers ?? '*')
    decisions.push(...own)
    if (maxTickers !== undefined && tickers !== '*' && tickers.length > maxTickers) {
      refuse(`${path}.tickers`, `${tickers.length} tickers`, `at most ${maxTickers}, as its max_tickers says`)
    }
    if (maxTickers !== undefined && tickers === '*') {
      warn(`${path}.maxTickers`, `${name} has every ticker: its max_tickers, ${maxTickers}, has no effect`)
    }
    return {
      ...others,
      ...(from === 'simulated' ? {} : addressed),
      name,
      provider: from,
      tickers,
      ...(fallback === undefined ? {} : { fallbackProvider: fallback }),
      ...(off === undefined ? {} : { off }),
    }
  })

  const needsKey =
    active.includes('polygon') && settled.some((one) => one.provider === 'polygon' && one.off === undefined)
  const isListed = given.activeProviders?.includes('polygon') === true || given.provider === 'polygon'
  if (!hasKey && (needsKey || isListed)) noKey()

  const shared = sharedOut(given, settled)
  decisions.push(...shared.decisions)
  for (const one of shared.frequencies) {
    if (one.off !== undefined && one.tickers.length === 0)
      warn(`frequencies.${one.name}.tickers`, `${one.name} is off: ${one.off}`)
  }
  const running = shared.frequencies.filter(({ off }) => off === undefined)
  if (running.length === 0) {
    const [off] = shared.frequencies
    problems.push(
      problem({
        source: 'configuration',
        path: off === undefined ? 'frequencies' : `frequencies.${off.name}`,
        found: off === undefined ? 'none that is switched on' : 'none that can run',
        allowed:
          'at least one: WEBSOCKET_PER_SECOND_ENABLED, or with ENABLE_MULTI_FREQUENCY=true also WEBSOCKET_PER_MINUTE_ENABLED or WEBSOCKET_FAIR_VALUE_ENABLED',
      }),
    )
  }

  const { link, publisher, problems: apart } = consistent(given, shared.frequencies, where)
  problems.push(...apart)
  if (active.includes('simulated')) {
    const { rate, secondsPerTrade } = given.providers?.simulated ?? {}
    if (rate !== undefined && secondsPerTrade !== undefined) {
      warn('providers.simulated.secondsPerTrade', 'the simulator has a rate: secondsPerTrade has no effect')
    }
  }

  const used = [...new Set([...active, ...shared.frequencies.map((one) => one.provider)])]
  return {
    options: {
      mode,
      activeProviders: used,
      providers: given.providers ?? {},
      frequencies: shared.frequencies,
      tickerConflicts: given.tickerConflicts ?? 'allow',
      links: given.links ?? 'shared',
      link,
      failover: given.failover ?? {},
      ...defined({
        healthEveryMs: given.healthEveryMs,
        startTimeoutMs: given.startTimeoutMs,
        inboxBytes: given.inboxBytes,
        turnBytes: given.turnBytes,
      }),
      publisher,
    },
    problems,
    warnings,
    decisions,
  }
}

/** Without what is undefined. */
const defined = <T extends object>(values: T): { readonly [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: NonNullable<T[K]>
  }

const sharedOut = (
  { tickerConflicts = 'allow' }: Configuration,
  frequencies: readonly FrequencySettings[],
): { readonly frequencies: readonly FrequencySettings[]; readonly decisions: readonly Decision[] } => {
  const claims = frequencies
    .filter(({ off }) => off === undefined)
    .map(({ name, tickers, priority = 999 }): Claim => ({ name, tickers, priority }))
  if (tickerConflicts === 'allow') return { frequencies, decisions: reported(claims) }

  const { claims: left, decisions } = byPriority(claims)
  return {
    frequencies: frequencies.map((one) => {
      const claim = left.find(({ name }) => name === one.name)
      if (claim === undefined) return one
      return claim.tickers.length === 0
        ? { ...one, tickers: [], off: 'every ticker of it belongs to a frequency that comes before it' }
        : { ...one, tickers: claim.tickers }
    }),
    decisions,
  }
}
