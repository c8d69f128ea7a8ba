import type { Frequency } from '../../streams/frequency.ts'
import { fitLinks, type Merge, type Unplaced } from '../../streams/link/budgets.ts'
import { type LinkMode, type LinkNeed, type LinkOf, type LinkPlan, planLinks } from '../../streams/link/planner.ts'
import type { Provider } from '../../streams/provider.ts'

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

export interface PlanOptions {
  /** Each with its priority, 1 first. */
  readonly frequencies: readonly { readonly frequency: Frequency; readonly priority: number }[]
  readonly provider: Provider
  readonly mode: LinkMode
  /** Less than what the providers say: what the vendor has shown. */
  readonly limitOf: (account: Account) => number
  /** The link each frequency has now: it keeps its company. */
  readonly linkOf: LinkOf
}

interface Need extends LinkNeed {
  readonly connectionsMax: number
}

/** Throws RangeError for what cannot be: a key that is missing, an event type of two frequencies on one link. */
export const planOf = ({ frequencies, provider: usual, mode, limitOf, linkOf }: PlanOptions): EnginePlan => {
  const providerOf = ({ options }: Frequency): Provider => options.provider ?? usual
  const providers = new Set(frequencies.map(({ frequency }) => providerOf(frequency)))

  const plans = [...providers].map((provider) => {
    const needs = frequencies
      .filter(({ frequency }) => providerOf(frequency) === provider)
      .map(({ frequency, priority }) => needOf(frequency, priority, provider))
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

const needOf = ({ name, eventTypes, options }: Frequency, priority: number, provider: Provider): Need => {
  const { url, host, key, account } = options
  const wish = {
    ...(url === undefined ? {} : { url }),
    ...(host === undefined ? {} : { host }),
    ...(key === undefined ? {} : { key }),
    ...(account === undefined ? {} : { account }),
  }
  const { connectionsMax = Infinity, ...endpoint } = provider.endpoint({ frequency: name, eventTypes, ...wish })
  return { frequency: name, eventTypes, priority, ...endpoint, connectionsMax }
}
