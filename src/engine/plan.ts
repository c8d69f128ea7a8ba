import type { Frequency } from '../../streams/frequency.ts'
import { fitLinks, type Merge, type Unplaced } from '../../streams/link/budgets.ts'
import { type LinkMode, type LinkNeed, type LinkOf, type LinkPlan, planLinks } from '../../streams/link/planner.ts'
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
}

export interface PlanOptions extends Ground {
  readonly frequencies: readonly Wanting[]
  /** Less than what the providers say: what the vendor has shown. */
  readonly limitOf: (account: Account) => number
  /** The link each frequency has now: it keeps its company. */
  readonly linkOf: LinkOf
}

interface Need extends LinkNeed {
  readonly connectionsMax: number
}

/** Throws RangeError for what cannot be: a key that is missing, an event type of two frequencies on one link. */
export const planOf = (options: PlanOptions): EnginePlan => {
  const { frequencies, provider: usual, mode, standIn, limitOf, linkOf } = options
  const actual = ({ options: own }: Frequency): Provider => own.provider ?? usual
  const providerOf = (frequency: Frequency): Provider => standIn(actual(frequency))
  const providers = new Set(frequencies.map(({ frequency }) => providerOf(frequency)))

  const plans = [...providers].map((provider) => {
    const needs = frequencies
      .filter(({ frequency }) => providerOf(frequency) === provider)
      .map(({ frequency, priority }) => needOf(frequency, priority, actual(frequency)))
    const connectionsMaxOf = (name: string): number =>
      Math.min(
        limitOf({ provider, name }),
        ...needs.filter(({ account }) => account === name).map(({ connectionsMax }) => connectionsMax),
      )
    const { links, merged, unplaced } = fitLinks(planLinks(needs, mode, linkOf), connectionsMaxOf)
    return {
      links: links.map((plan): ProviderPlan => ({ ...plan, provider })),
      merged: merged.map((merge) => ({ ...merge, provider })),
      unplaced: unplaced.map((one) => ({ ...one, provider })),
    }
  })

  return {
    links: plans.flatMap(({ links }) => links).sort((a, b) => a.priority - b.priority),
    merged: plans.flatMap(({ merged }) => merged),
    unplaced: plans.flatMap(({ unplaced }) => unplaced),
  }
}

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

const needOf = (frequency: Frequency, priority: number, provider: Provider): Need => {
  const { name, eventTypes } = frequency
  const { connectionsMax = Infinity, ...endpoint } = provider.endpoint(wishOf(frequency))
  return { frequency: name, eventTypes, priority, ...endpoint, connectionsMax }
}
