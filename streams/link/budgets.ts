import type { LinkPlan } from './planner.ts'

/** A link that another one took in, since the account may not hold both. */
export interface Merge {
  readonly account: string
  /** The id of the link that takes the frequencies, and of the one that is not opened. */
  readonly into: string
  readonly from: string
}

/** A frequency that gets no link: those of its account go to more important ones. */
export interface Unplaced {
  readonly frequency: string
  readonly account: string
  readonly connectionsMax: number
}

/** The links that the accounts allow, and what it took to get there. */
export interface FittedLinks {
  readonly links: readonly LinkPlan[]
  readonly merged: readonly Merge[]
  readonly unplaced: readonly Unplaced[]
}

const couldBeOne = (a: LinkPlan, b: LinkPlan): boolean =>
  a.url === b.url && a.key.reveal() === b.key.reveal() && !a.eventTypes.some((type) => b.eventTypes.includes(type))

const joined = (into: LinkPlan, from: LinkPlan): LinkPlan => ({
  ...into,
  frequencies: [...into.frequencies, ...from.frequencies],
  eventTypes: [...into.eventTypes, ...from.eventTypes],
})

/** The two least important links that can be one: places in a list ordered by importance. */
const pairOf = (plans: readonly LinkPlan[]): readonly [into: number, from: number] | undefined => {
  for (let from = plans.length - 1; from > 0; from -= 1) {
    for (let into = from - 1; into >= 0; into -= 1) {
      if (couldBeOne(plans[into] as LinkPlan, plans[from] as LinkPlan)) return [into, from]
    }
  }
  return undefined
}

/**
 * Makes the links fit what their accounts may hold, giving up as little isolation as it takes.
 *
 *     connectionsMax 2    per_second #1   per_minute #2   halts #3        all of one address and key
 *     links               per_second      per_minute + halts              the least important two share
 *     connectionsMax 1    per_second + per_minute + halts                 then all of them
 *                         fair_market_value of another address: unplaced  what cannot share goes, the least important first
 *
 * The more important of two links keeps its id and takes the other's frequencies. Pure; an account that is not limited is `Infinity`.
 */
export const fitLinks = (plans: readonly LinkPlan[], connectionsMaxOf: (account: string) => number): FittedLinks => {
  const merged: Merge[] = []
  const unplaced: Unplaced[] = []
  const kept = new Set<LinkPlan>()

  for (const account of new Set(plans.map((plan) => plan.account))) {
    const connectionsMax = connectionsMaxOf(account)
    let own = plans.filter((plan) => plan.account === account).sort((a, b) => a.priority - b.priority)

    for (let pair = pairOf(own); pair !== undefined && own.length > connectionsMax; pair = pairOf(own)) {
      const [into, from] = [own[pair[0]] as LinkPlan, own[pair[1]] as LinkPlan]
      merged.push({ account, into: into.id, from: from.id })
      own = own.flatMap((plan) => (plan === from ? [] : [plan === into ? joined(into, from) : plan]))
    }

    for (const plan of own.slice(0, connectionsMax)) kept.add(plan)
    for (const { frequencies } of own.slice(connectionsMax)) {
      for (const frequency of frequencies) unplaced.push({ frequency, account, connectionsMax })
    }
  }

  return { links: [...kept].sort((a, b) => a.priority - b.priority), merged, unplaced }
}
