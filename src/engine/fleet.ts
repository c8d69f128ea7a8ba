import { asyncScheduler, type Observable, Subject } from 'rxjs'

import type { Reject } from '../../streams/codecs/reject.ts'
import type { Frequency } from '../../streams/frequency.ts'
import { evictionDefaults } from '../../streams/link/evictions.ts'
import type { LinkMode } from '../../streams/link/planner.ts'
import type { LinkCause } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Logger } from '../ops/logger.ts'
import { createBerths, isLink, type Target } from './berths.ts'
import type { Control } from './control.ts'
import type { LinkControl } from './links.ts'
import { type EnginePlan, planOf, type ProviderPlan } from './plan.ts'
import { createProofs } from './proofs.ts'

export interface FleetOptions {
  readonly controls: readonly Control[]
  readonly provider: Provider
  readonly mode: LinkMode
  /** Within so many milliseconds a second `max_connections` is taken for more than a passing one. */
  readonly windowMs?: number | undefined
  readonly joinLimitMs: number
  readonly make: (id: string, plan: ProviderPlan) => LinkControl
  /** Told of each link as it is made. */
  readonly made: (link: LinkControl) => void
  readonly logger: Logger
  /** Nothing more is looked at. */
  readonly cut$: Observable<unknown>
}

/** The links of an engine, and which frequency has its place on which of them. */
export interface Fleet {
  readonly plan: () => EnginePlan
  /** Those in use, the most important first, then those on their way out. */
  readonly links: () => readonly LinkControl[]
  readonly linkOf: (frequency: string) => LinkControl | undefined
  readonly reject$: Observable<Reject>
  /** Opens what is planned; what is planned later opens at once. */
  readonly open: () => void
  /** Gives a frequency other wishes. A RangeError, and nothing has changed, when they cannot be planned. */
  readonly change: (control: Control, next: Frequency) => void
  /** Forgets what the vendor has shown of its account's limit, plans anew, and ends its link's wait. */
  readonly retry: (control: Control) => void
  /** The engine closes: nobody gets another place, and who has none is closed too. */
  readonly close: () => void
}

/**
 * Holds the plan and the links that it asks for. A link without frequencies closes, politely; links of the same account that are new wait
 * for that, or the vendor would count both.
 */
export const createFleet = (options: FleetOptions): Fleet => {
  const { controls, provider, mode, make, made, logger } = options
  const proofs = createProofs(options.windowMs ?? evictionDefaults.windowMs)
  const reject$ = new Subject<Reject>()
  const links = new Set<LinkControl>()
  const targets = new Map<Control, Target>()
  let plan: EnginePlan = { links: [], merged: [], unplaced: [] }
  let isOpen = false

  const named = (name: string): Control => controls.find((control) => control.name === name) as Control
  const targetLink = (control: Control): LinkControl | undefined => {
    const target = targets.get(control)
    return isLink(target) ? target : undefined
  }

  /** The vendor still counts a socket that is about to close. Only who has none yet can wait for that. */
  const mustWait = (link: LinkControl): boolean =>
    link.state.kind === 'idle' &&
    [...links].some((other) => other.isRetired() && other.state.kind !== 'closed' && isSameAccount(link, other))

  const berths = createBerths({
    controls,
    joinLimitMs: options.joinLimitMs,
    targetOf: (control) => targets.get(control),
    mustWait,
  })

  const retireUnused = (): void => {
    for (const link of links) {
      const isMeant = controls.some((control) => targets.get(control) === link)
      if (!isMeant && !berths.isUsed(link) && !link.isRetired()) link.retire()
    }
  }

  const add = (linkPlan: ProviderPlan): LinkControl => {
    const link = make(freeId(linkPlan.id, links), linkPlan)
    links.add(link)
    made(link)
    link.wire.reject$.subscribe({
      next: (reject) => {
        reject$.next(reject)
      },
      complete: () => {
        if (!link.isRetired()) return
        links.delete(link)
        link.forget()
      },
    })
    link.wire.left$.subscribe(({ frequency }) => {
      berths.left(named(frequency), link)
      retireUnused()
    })
    link.wire.state$.subscribe((state) => {
      if (state.kind === 'closed' && link.isRetired()) {
        for (const other of links) {
          if (!isSameAccount(link, other) || other.isRetired()) continue
          berths.refresh(other)
          // It may have been sent away for what is closed now.
          if (hasTooMany(other)) other.wake()
        }
      } else if (hasTooMany(link)) prove(link)
    })
    if (isOpen) link.connect()
    return link
  }

  const planWith = (limitOf = proofs.limitOf, changed?: Control, next?: Frequency): EnginePlan =>
    planOf({
      frequencies: controls.map((control) => ({
        frequency: control === changed && next !== undefined ? next : control.frequency,
        priority: control.priority,
      })),
      provider,
      mode,
      limitOf,
      linkOf: (name) => targetLink(named(name))?.id,
    })

  /** The links for a plan: those there are stay with their frequencies; what none fits is made. */
  const linksFor = (next: EnginePlan): ReadonlyMap<ProviderPlan, LinkControl> => {
    const found = new Map<ProviderPlan, LinkControl>()
    const isFree = (link: LinkControl): boolean => !link.isRetired() && ![...found.values()].includes(link)
    const fits = (link: LinkControl, to: ProviderPlan): boolean =>
      isFree(link) && link.plan.provider === to.provider && link.plan.url === to.url && sameKey(link.plan, to)

    for (const to of next.links) {
      const known = to.frequencies.map((name) => targetLink(named(name)))
      const link = known.find((one) => one !== undefined && fits(one, to))
      if (link !== undefined) found.set(to, link)
    }
    for (const to of next.links) {
      if (!found.has(to)) found.set(to, [...links].find((link) => fits(link, to)) ?? add(to))
    }
    return found
  }

  const say = (next: EnginePlan): void => {
    for (const { into, from, account } of next.merged) {
      logger.warn({ account, into, from }, `the account ${account} may not hold both links: ${from} goes into ${into}`)
    }
    for (const one of next.unplaced) {
      if (plan.unplaced.some(({ frequency }) => frequency === one.frequency)) continue
      logger.warn({ frequency: one.frequency, account: one.account }, causeOf(one).message)
    }
  }

  const apply = (next: EnginePlan): void => {
    say(next)
    plan = next
    for (const [to, link] of linksFor(next)) {
      for (const name of to.frequencies) targets.set(named(name), link)
    }
    for (const one of next.unplaced) targets.set(named(one.frequency), causeOf(one))
    for (const control of controls) berths.head(control)
    retireUnused()
  }

  /** A link was told that the account has too many. With two or more of ours that shows how many it may have. */
  const prove = (link: LinkControl): void => {
    const ours = [...links].filter(
      (other) => isSameAccount(link, other) && (other === link || holding.has(other.state.kind)),
    )
    if (ours.length < 2) return
    const account = { provider: link.plan.provider, name: link.plan.account }
    const shown = proofs.of(account, ours.length - 1, asyncScheduler.now())
    const next = planWith(shown.limitOf)
    // Sharing costs nobody a frequency; to send one away for good takes more than one word.
    if (next.unplaced.length > plan.unplaced.length && !shown.isRepeated) return
    proofs.keep(shown)
    apply(next)
  }

  options.cut$.subscribe(() => {
    reject$.complete()
  })
  apply(planWith())

  return {
    plan: () => plan,
    links: () => [...links].sort((a, b) => rankOf(a) - rankOf(b)),
    linkOf: (frequency) => targetLink(named(frequency)),
    reject$,
    open: () => {
      isOpen = true
      for (const link of links) link.connect()
    },
    change: (control, frequency) => {
      const next = planWith(proofs.limitOf, control, frequency)
      // First what it leaves: the old link is not to be asked for the new channels.
      apply(next)
      control.become(frequency)
    },
    retry: (control) => {
      const { options } = control.frequency
      proofs.forget(options.provider ?? provider)
      apply(planWith())
      targetLink(control)?.wake()
    },
    close: berths.close,
  }
}

const isSameAccount = (a: LinkControl, b: LinkControl): boolean =>
  a.plan.provider === b.plan.provider && a.plan.account === b.plan.account

/** What counts as a socket for the vendor. */
const holding = new Set(['authenticating', 'live'])

const hasTooMany = ({ state }: LinkControl): boolean =>
  (state.kind === 'waiting' || state.kind === 'evicted') && state.cause._tag === 'maxConnections'

const rankOf = (link: LinkControl): number => (link.isRetired() ? Infinity : link.plan.priority)

const sameKey = (a: ProviderPlan, b: ProviderPlan): boolean =>
  a.account === b.account && a.key.reveal() === b.key.reveal()

/** Two providers may have the same address, and a link on its way out still has its name: the next one's gets a number. */
const freeId = (wish: string, links: ReadonlySet<LinkControl>): string => {
  const taken = new Set([...links].map(({ id }) => id))
  for (let n = 1; ; n += 1) {
    const id = n === 1 ? wish : `${wish}#${String(n)}`
    if (!taken.has(id)) return id
  }
}

const causeOf = (one: EnginePlan['unplaced'][number]): LinkCause => ({
  _tag: 'noBudget',
  retry: 'never',
  message: `the account ${one.account} may hold ${String(one.connectionsMax)} connection${one.connectionsMax === 1 ? '' : 's'}, and more important frequencies than ${one.frequency} have ${one.connectionsMax === 1 ? 'it' : 'them'}`,
})
