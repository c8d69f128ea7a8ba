import type { Frequency } from '../../streams/frequency.ts'
import { fitLinks, type Merge, type Unplaced } from '../../streams/link/budgets.ts'
import { type LinkMode, type LinkNeed, type LinkPlan, planLinks } from '../../streams/link/planner.ts'
import type { EndpointWish, Provider } from '../../streams/provider.ts'

/** A plan with the provider that opens its socket. */
export interface ProviderPlan extends LinkPlan {
  readonly provider: Provider
}

/** A vendor account: two providers may use the same name for theirs. */
export interface Account {
  readonly provider: Provider
  readonly name: string
}

/** How many links each account may have: what its provider says, or less when the vendor has shown that. */
export interface Limits {
  of(account: Account): number
}

/** Which links the frequencies get, and who goes without. */
export interface EnginePlan {
  readonly links: readonly ProviderPlan[]
  readonly merged: readonly (Merge & { readonly provider: Provider })[]
  readonly unplaced: readonly (Unplaced & { readonly provider: Provider })[]
  /** Whose fallback serves them, with what stands for it. */
  readonly fallbacks: ReadonlyMap<string, Provider>
}

/** A frequency that wants a link, with its priority, 1 first. */
export interface Wanting {
  readonly frequency: Frequency
  readonly priority: number
}

/** What a plan goes by beside the frequencies. */
export interface Ground {
  /** For frequencies that name none of their own. */
  readonly provider: Provider
  readonly mode: LinkMode
  /** The provider that stands for another one in plans: the same one goes on when only its options are others. */
  readonly standIn: (provider: Provider) => Provider
  /** Whether fallbacks may serve at all. */
  readonly failsOver: boolean
}

export interface PlanOptions extends Ground {
  readonly frequencies: readonly Wanting[]
  /** Less than what the providers say: what the vendor has shown. */
  readonly limitOf: (account: Account) => number
  /** The link each frequency has now with a provider: it keeps its company. */
  readonly linkOf: (frequency: string, provider: Provider) => string | undefined
  /** Whether its fallback serves it: then it has a link with either, one to come from and one to come back to. */
  readonly fallsBack: (frequency: string) => boolean
}

interface Need extends LinkNeed {
  readonly connectionsMax: number
}

/** Throws RangeError for what cannot be: a key that is missing, an event type of two frequencies on one link. */
export const planOf = (options: PlanOptions): EnginePlan => {
  const { frequencies, mode, standIn, limitOf, linkOf } = options
  const fallbacks = new Map<string, Provider>()
  const needs = frequencies.flatMap(({ frequency, priority }) => {
    const { name, options: own } = frequency
    const needed = [{ provider: own.provider ?? options.provider, frequency, priority }]
    if (own.fallback === undefined || !options.failsOver || !options.fallsBack(name)) return needed
    fallbacks.set(name, standIn(own.fallback))
    return [...needed, { provider: own.fallback, frequency: elsewhere(frequency), priority }]
  })
  const providers = new Set(needs.map(({ provider }) => standIn(provider)))

  const plans = [...providers].map((provider) => {
    const own = needs.filter((one) => standIn(one.provider) === provider).map(needOf)
    const connectionsMaxOf = (name: string): number =>
      Math.min(
        limitOf({ provider, name }),
        ...own.filter(({ account }) => account === name).map(({ connectionsMax }) => connectionsMax),
      )
    const links = planLinks(own, mode, (name) => linkOf(name, provider))
    const fitted = fitLinks(links, connectionsMaxOf)
    return {
      links: fitted.links.map((plan): ProviderPlan => ({ ...plan, provider })),
      merged: fitted.merged.map((merge) => ({ ...merge, provider })),
      unplaced: fitted.unplaced.map((one) => ({ ...one, provider })),
    }
  })

  return {
    links: plans.flatMap(({ links }) => links).sort((a, b) => a.priority - b.priority),
    merged: plans.flatMap(({ merged }) => merged),
    unplaced: plans.flatMap(({ unplaced }) => unplaced),
    fallbacks,
  }
}

/** Address, key and account are those of its own provider. */
const elsewhere = (frequency: Frequency): Frequency =>
  frequency.with({ url: undefined, host: undefined, key: undefined, account: undefined })

/** What a frequency asks of its provider. */
export const wishOf = ({ name, eventTypes, options }: Frequency): EndpointWish => {
  const { url, host, key, account } = options
  return {
    frequency: name,
    eventTypes,
    ...(url === undefined ? {} : { url }),
    ...(host === undefined ? {} : { host }),
    ...(key === undefined ? {} : { key }),
    ...(account === undefined ? {} : { account }),
  }
}

const needOf = ({ frequency, priority, provider }: Wanting & { readonly provider: Provider }): Need => {
  const { name, eventTypes } = frequency
  const { connectionsMax = Infinity, ...endpoint } = provider.endpoint(wishOf(frequency))
  return { frequency: name, eventTypes, priority, ...endpoint, connectionsMax }
}
