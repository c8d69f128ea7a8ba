import { asyncScheduler, filter, merge, type Subscription, take, timer } from 'rxjs'

import type { LinkCause } from '../../streams/model.ts'
import { closedPlace, handover, nowhere } from '../../streams/place.ts'
import type { Control } from './control.ts'
import type { LinkControl } from './links.ts'

/** Where the plan has a frequency: on a link, or nowhere, and why. */
export type Target = LinkControl | LinkCause

export const isLink = (target: Target | undefined): target is LinkControl => target !== undefined && 'wire' in target

export interface BerthsOptions {
  /** How long an answer to the giving back of channels is waited for before a frequency comes back to the same link. */
  readonly joinLimitMs: () => number
  readonly targetOf: (control: Control) => Target | undefined
  /** The link that a frequency is to come back to: its channels are kept there, what comes is nobody's. */
  readonly standbyOf: (control: Control) => LinkControl | undefined
  /** Whether a link may not open yet. */
  readonly mustWait: (link: LinkControl) => boolean
}

/** Which frequency is on which link, and the ways between. */
export interface Berths {
  /** A frequency comes into the engine; it is nowhere yet. */
  readonly enter: (control: Control) => void
  /** It goes for good: when it has left its link, its place is closed. Whether that is so at once. */
  readonly remove: (control: Control) => boolean
  /** Brings a frequency to where the plan has it, or begins to. */
  readonly head: (control: Control) => void
  /** Its leaving has come through. */
  readonly left: (control: Control, link: LinkControl) => void
  /** Tells a link what the frequencies on it want. */
  readonly refresh: (link: LinkControl) => void
  /** Whether a frequency is on it, or has not left it yet. */
  readonly isUsed: (link: LinkControl) => boolean
  /** Nobody gets another place, and who has none is closed too. */
  readonly close: () => void
}

interface Berth {
  link: LinkControl | undefined
  /** Why it has none, as it was told. */
  cause: LinkCause | undefined
  isLeaving: boolean
  standby: LinkControl | undefined
  /** The name of the provider whose events it had last, or is to have. */
  servedBy: string | undefined
  /** It has no next place. */
  isRemoved: boolean
  joining: Subscription | undefined
}

/**
 * Moves frequencies from link to link.
 *
 *     leaving    its channels are given back; a mark goes through the old link's inbox, behind what has come
 *     left       the mark has come through: a gap opens there, and only now it joins its next link
 *     joined     asks for its channels; the gap closes when they are held
 *
 * Other frequencies of both links notice nothing.
 */
export const createBerths = ({ joinLimitMs, targetOf, standbyOf, mustWait }: BerthsOptions): Berths => {
  const berths = new Map<Control, Berth>()
  const berthOf = (control: Control): Berth => berths.get(control) as Berth

  const refresh = (link: LinkControl): void => {
    if (link.isRetired()) return
    const own = [...berths].filter(([, berth]) => berth.standby === link || (berth.link === link && !berth.isLeaving))
    link.wanted$.next(new Set(mustWait(link) ? [] : own.flatMap(([control]) => control.wanted$.value)))
  }

  const join = (control: Control, berth: Berth, link: LinkControl): void => {
    const { eventTypes } = control.frequency
    const isOurs = (channel: string): boolean => eventTypes.includes(channel.slice(0, channel.indexOf('.')))
    // Coming back to a link whose answer to the giving back is under way: what comes before that answer is older than what has
    // come by another link meanwhile. An answer that is lost is not waited for until the session ends.
    // Who has stood by has given nothing back, and comes from another provider.
    const free$ = link.wire.channels$.pipe(
      filter(({ held, unconfirmed = none }) => berth.standby === link || ![...held, ...unconfirmed].some(isOurs)),
    )
    berth.joining = merge(free$, timer(joinLimitMs()))
      .pipe(take(1))
      .subscribe(() => {
        const { name } = link.plan.provider
        if (isAnothers(control, berth, name)) {
          control.place$.next(
            handover({ cause: causeOf(control, link), provider: name, lastHeardMs: asyncScheduler.now() }),
          )
        }
        Object.assign(berth, { link, cause: undefined, servedBy: name })
        if (berth.standby === link) berth.standby = undefined
        link.gates.set(control.name, control.gate)
        control.place$.next(link.wire.place(control.name))
        // Only now it is so.
        if (control.fallback$.value !== control.side$.value) control.fallback$.next(control.side$.value)
        refresh(link)
      })
  }

  const leave = (control: Control, berth: Berth, link: LinkControl): void => {
    const target = targetOf(control)
    const isReceiving = link.state.kind === 'live' && control.wanted$.value.length > 0
    const cause = isLink(target) ? causeOf(control, target) : target
    const provider = isLink(target) ? target.plan.provider.name : undefined
    const isOther = provider !== undefined && isAnothers(control, berth, provider)
    if (isOther) berth.servedBy = provider
    berth.isLeaving = true
    refresh(link)
    link.leave({
      kind: 'left',
      frequency: control.name,
      atMs: asyncScheduler.now(),
      ...((isReceiving || isOther) && cause !== undefined ? { cause } : {}),
      ...(isOther ? { provider } : {}),
    })
  }

  const head = (control: Control): void => {
    const berth = berthOf(control)
    const target = targetOf(control)
    const [before, standby] = [berth.standby, standbyOf(control)]
    // Until it is back its channels are kept.
    if (before !== standby && before !== target) {
      berth.standby = standby
      for (const link of [before, standby]) if (link !== undefined) refresh(link)
    }
    if (berth.link !== undefined) {
      if (berth.link !== target && !berth.isLeaving) leave(control, berth, berth.link)
      return
    }
    berth.joining?.unsubscribe()
    if (isLink(target)) join(control, berth, target)
    else if (target !== undefined && target.message !== berth.cause?.message) {
      berth.cause = target
      control.place$.next(nowhere(target))
    }
  }

  const close = (control: Control): void => {
    berths.delete(control)
    control.place$.next(closedPlace)
    control.place$.complete()
  }

  return {
    enter: (control) => {
      berths.set(control, {
        link: undefined,
        cause: undefined,
        isLeaving: false,
        standby: undefined,
        servedBy: undefined,
        isRemoved: false,
        joining: undefined,
      })
      control.wanted$.subscribe(() => {
        const berth = berths.get(control)
        if (berth?.link !== undefined && !berth.isLeaving) refresh(berth.link)
        if (berth?.standby !== undefined) refresh(berth.standby)
      })
    },
    remove: (control) => {
      const berth = berthOf(control)
      const { standby } = berth
      Object.assign(berth, { isRemoved: true, standby: undefined })
      if (standby !== undefined) refresh(standby)
      berth.joining?.unsubscribe()
      if (berth.link === undefined) close(control)
      else if (!berth.isLeaving) leave(control, berth, berth.link)
      return !berths.has(control)
    },
    head,
    left: (control, link) => {
      link.gates.delete(control.name)
      const berth = berthOf(control)
      Object.assign(berth, { link: undefined, isLeaving: false })
      if (berth.isRemoved) close(control)
      else head(control)
    },
    refresh,
    isUsed: (link) => [...berths.values()].some((berth) => berth.link === link),
    close: () => {
      for (const [control, { link, joining }] of berths) {
        joining?.unsubscribe()
        if (link === undefined) control.place$.next(closedPlace)
        control.place$.complete()
      }
    },
  }
}

const none: ReadonlySet<string> = new Set()

/** Why it goes to that link. */
const causeOf = ({ side$ }: Control, { id, plan }: LinkControl): LinkCause =>
  side$.value === undefined
    ? { _tag: 'moved', retry: 'soon', message: `the frequency moves to the link ${id}` }
    : {
        _tag: 'failedOver',
        retry: 'soon',
        message: `${side$.value.cause.message}; its fallback ${plan.provider.name} takes over`,
      }

/** Whether a provider's events are to be told apart from those before. */
const isAnothers = ({ side$ }: Control, { servedBy }: Berth, provider: string): boolean =>
  servedBy !== provider && (servedBy !== undefined || side$.value !== undefined)
