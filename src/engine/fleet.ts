import { asyncScheduler, type Observable, Subject } from 'rxjs'

import type { Reject } from '../../streams/codecs/reject.ts'
import type { Frequency } from '../../streams/frequency.ts'
import { evictionDefaults } from '../../streams/link/evictions.ts'
import type { Fallback, LinkCause } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'
import type { Logger } from '../ops/logger.ts'
import { createBerths, isLink, type Target } from './berths.ts'
import type { Control } from './control.ts'
import { joinLimitMsOf, type Limits } from './limits.ts'
import type { LinkControl } from './links.ts'
import { type EnginePlan, type Ground, planOf, type PlanOptions, type ProviderPlan, type Wanting } from './plan.ts'
import { createProofs } from './proofs.ts'

export interface FleetOptions {
  /** The frequencies that are in the engine now. */
  readonly controls: () => readonly Control[]
  readonly ground: Ground
  readonly limits: () => Limits
  readonly make: (id: string, plan: ProviderPlan) => LinkControl
  /** Told of each link as it is made. */
  readonly made: (link: LinkControl) => void
  /** Told of each plan that is in force. */
  readonly planned: (ground: Ground) => void
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
  /** A link is gone, and what it has counted is in the closed rows. */
  readonly gone$: Observable<LinkControl>
  readonly reject$: Observable<Reject>
  /** Opens what is planned; what is planned later opens at once. */
  readonly open: () => void
  /** A frequency comes into the engine. It gets its place by the next plan. */
  readonly enter: (control: Control) => void
  /** It goes for good, and leaves its link: its place closes when that has come through. */
  readonly remove: (control: Control) => void
  /** A plan that is not in force. A RangeError says what cannot be. */
  readonly draft: (wanting: readonly Wanting[], ground: Ground) => EnginePlan
  /** Puts it in force, on the ground that it stands on. */
  readonly adopt: (plan: EnginePlan, ground: Ground) => void
  /** Its fallback serves it from now on, or its own provider again. */
  readonly side: (control: Control, side: Fallback | undefined) => void
  /** Gives a frequency other wishes. A RangeError, and nothing has changed, when they cannot be planned. */
  readonly change: (control: Control, next: Frequency) => void
  /** Forgets what the vendor has shown of its account's limit, and its fallback; plans anew, and ends its link's wait. */
  readonly retry: (control: Control) => void
  /** The engine closes: nobody gets another place, and who has none is closed too. */
  readonly close: () => void
}

/**
 * Holds the plan and the links that it asks for. A link without frequencies closes, politely; links of the same account that are new wait
 * for that, or the vendor would count both.
 */
export const createFleet = (options: FleetOptions): Fleet => {
  const { controls, limits, make, made, logger } = options
  const proofs = createProofs(() => limits().link.eviction?.windowMs ?? evictionDefaults.windowMs)
  const gone$ = new Subject<LinkControl>()
  const leaving = new Set<Control>()
  let { ground } = options
  const reject$ = new Subject<Reject>()
  const links = new Set<LinkControl>()
  const targets = new Map<Control, Target>()
  // Where those that a fallback serves come back to.
  const standbys = new Map<Control, Target>()
  let plan: EnginePlan = { links: [], merged: [], unplaced: [], fallbacks: new Map() }
  let isOpen = false

  const named = (name: string): Control | undefined =>
    [...controls(), ...leaving].find((control) => control.name === name)
  const targetLink = (name: string): LinkControl | undefined => {
    const control = named(name)
    const target = control && targets.get(control)
    return isLink(target) ? target : undefined
  }
  const standbyLink = (control: Control): LinkControl | undefined => {
    const target = standbys.get(control)
    return isLink(target) ? target : undefined
  }
  /** All that a frequency has. */
  const linksOf = (name: string): readonly LinkControl[] => {
    const control = named(name)
    return [targetLink(name), control && standbyLink(control)].filter((link) => link !== undefined)
  }
  const isMeant = (link: LinkControl): boolean => [...targets.values(), ...standbys.values()].includes(link)

  /** The vendor still counts a socket that is about to close. Only who has none yet can wait for that. */
  const mustWait = (link: LinkControl): boolean =>
    link.state.kind === 'idle' &&
    [...links].some((other) => !isMeant(other) && other.state.kind !== 'closed' && isSameAccount(link, other))

  const berths = createBerths({
    joinLimitMs: () => joinLimitMsOf(limits()),
    targetOf: (control) => targets.get(control),
    standbyOf: standbyLink,
    mustWait,
  })

  const retireUnused = (): void => {
    for (const link of links) {
      if (!isMeant(link) && !berths.isUsed(link) && !link.isRetired()) link.retire()
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
        gone$.next(link)
      },
    })
    link.wire.gone$.subscribe(({ frequency }) => {
      const control = named(frequency)
      if (control === undefined) return
      berths.left(control, link)
      leaving.delete(control)
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

  const wanting = (): readonly Wanting[] => controls().map(({ frequency, priority }) => ({ frequency, priority }))

  const isOnFallback = (name: string): boolean => named(name)?.side$.value !== undefined

  const draft = (
    frequencies = wanting(),
    on = ground,
    { limitOf = proofs.limitOf, fallsBack = isOnFallback }: Partial<Pick<PlanOptions, 'limitOf' | 'fallsBack'>> = {},
  ): EnginePlan => {
    // Asked for another mode, links that are shared come apart: else they stay together, since to part them would cost events.
    const linkOf: PlanOptions['linkOf'] = (name, provider) =>
      on.mode === ground.mode ? linksOf(name).find((link) => link.plan.provider === provider)?.id : undefined
    return planOf({ ...on, frequencies, limitOf, linkOf, fallsBack })
  }

  /** Also with all fallbacks at once, so that none is refused in the middle of the morning. */
  const checked = (frequencies: readonly Wanting[], on = ground): EnginePlan => {
    draft(frequencies, on, { fallsBack: () => true })
    return draft(frequencies, on)
  }

  /** The links for a plan: those there are stay with their frequencies; what none fits is made. */
  const linksFor = (next: EnginePlan): ReadonlyMap<ProviderPlan, LinkControl> => {
    const found = new Map<ProviderPlan, LinkControl>()
    const isFree = (link: LinkControl): boolean => !link.isRetired() && ![...found.values()].includes(link)
    const fits = (link: LinkControl, to: ProviderPlan): boolean =>
      isFree(link) && link.plan.provider === to.provider && link.plan.url === to.url && sameKey(link.plan, to)

    for (const to of next.links) {
      const link = to.frequencies.flatMap(linksOf).find((one) => fits(one, to))
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
    const found = linksFor(next)
    targets.clear()
    standbys.clear()
    for (const [to, link] of found) {
      link.serve(to)
      for (const name of to.frequencies) aim(name, to.provider, link)
    }
    for (const one of next.unplaced) aim(one.frequency, one.provider, causeOf(one))
    for (const control of controls()) {
      // Its fallback is not to be had any more.
      if (control.side$.value !== undefined && !next.fallbacks.has(control.name)) control.side$.next(undefined)
      control.primary$.next(standbys.get(control) ?? targets.get(control))
    }
    for (const control of controls()) berths.head(control)
    retireUnused()
    // What one of them waited for may stay after all.
    for (const link of links) if (link.state.kind === 'idle') berths.refresh(link)
    options.planned(ground)
  }

  const aim = (name: string, provider: Provider, target: Target): void => {
    const control = controls().find((one) => one.name === name)
    if (control === undefined) return
    const isForLater = (plan.fallbacks.get(name) ?? provider) !== provider
    if (isForLater) standbys.set(control, target)
    else targets.set(control, target)
  }

  /** A link was told that the account has too many. With two or more of ours that shows how many it may have. */
  const prove = (link: LinkControl): void => {
    const ours = [...links].filter(
      (other) => isSameAccount(link, other) && (other === link || holding.has(other.state.kind)),
    )
    if (ours.length < 2) return
    const account = { provider: link.plan.provider, name: link.plan.account }
    const shown = proofs.of(account, ours.length - 1, asyncScheduler.now())
    const next = draft(wanting(), ground, { limitOf: shown.limitOf })
    // Sharing costs nobody a frequency; to send one away for good takes more than one word.
    if (next.unplaced.length > plan.unplaced.length && !shown.isRepeated) return
    proofs.keep(shown)
    apply(next)
  }

  options.cut$.subscribe(() => {
    reject$.complete()
  })

  return {
    plan: () => plan,
    links: () => [...links].sort((a, b) => rankOf(a) - rankOf(b)),
    linkOf: targetLink,
    gone$,
    reject$,
    open: () => {
      isOpen = true
      for (const link of links) link.connect()
    },
    enter: berths.enter,
    remove: (control) => {
      targets.delete(control)
      leaving.add(control)
      // Without a link there is nothing to leave.
      if (berths.remove(control)) leaving.delete(control)
    },
    draft: checked,
    side: (control, side) => {
      control.side$.next(side)
      apply(draft())
    },
    adopt: (next, on) => {
      ground = on
      apply(next)
    },
    change: (control, frequency) => {
      const next = checked(
        controls().map((one) => ({
          frequency: one === control ? frequency : one.frequency,
          priority: one.priority,
        })),
      )
      // First what it leaves: the old link is not to be asked for the new channels.
      apply(next)
      control.become(frequency)
    },
    retry: (control) => {
      const { provider = ground.provider } = control.frequency.options
      proofs.forget(ground.standIn(provider))
      control.takeovers.length = 0
      control.side$.next(undefined)
      apply(draft())
      targetLink(control.name)?.wake()
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
