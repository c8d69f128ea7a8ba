import {
  asyncScheduler,
  combineLatest,
  distinctUntilChanged,
  endWith,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  startWith,
  switchMap,
  takeUntil,
  timer,
} from 'rxjs'

import type { Fallback, LinkCause, StreamState } from '../../streams/model.ts'
import { isServed } from '../../streams/streamState.ts'
import type { Logger } from '../ops/logger.ts'
import { isLink, type Target } from './berths.ts'
import type { Control } from './control.ts'
import { type Limits, mayFailOver } from './limits.ts'

export interface FailoverSources {
  readonly control: Control
  readonly state$: Observable<StreamState>
  /** Options or the plan may have changed. */
  readonly looked$: Observable<unknown>
  readonly limits: () => Limits
  /** The name of its own provider. */
  readonly providerName: () => string
  /** Whom it is to come from: its fallback, or its own provider again. */
  readonly side: (side: Fallback | undefined) => void
  readonly logger: Logger
  readonly end$: Observable<unknown>
}

/** How it is with its own provider. */
type Condition =
  | { readonly kind: 'served' }
  | { readonly kind: 'trying'; readonly cause?: LinkCause }
  | { readonly kind: 'failed'; readonly cause: LinkCause }

/** What is to be done, unless it changes before its time. */
type Decision = 'stay' | 'takeOver' | 'takeOverNow' | 'giveBack' | 'giveBackNow'

/** Takeovers are counted over so long. */
const windowMs = 3_600_000

/**
 * Decides who serves a frequency that has a fallback.
 *
 *     provider   s--t----------s-------------     s = serves it, t = tries to, f = cannot
 *     delayMs       -----|
 *     returnMs                 ---------|
 *     served by  p-------F--------------p----     p = its provider, F = its fallback
 *
 * The fallback takes over when the provider has not served it for `delayMs`, and at once when it cannot: halted, or no connection left
 * for it. Meanwhile the frequency keeps its channels with the provider, whose events are nobody's; so the provider is seen to be ready, and
 * gives no gap of its own on the way back, `returnMs` later, or at once when the fallback does not serve either. After `attemptsMax`
 * takeovers within an hour it stays with its fallback until `restart()`. A frequency that is stopped stays where it is.
 */
export const watchFailover = (sources: FailoverSources): void => {
  const { control, state$, looked$, limits, providerName, side, logger, end$ } = sources
  const { name, running$, side$, primary$, takeovers } = control
  const log = logger.child({ frequency: name })
  let condition: Condition = { kind: 'trying' }

  const { fallback: named } = control.frequency.options
  if (named !== undefined && limits().failover.enabled && !mayFailOver(limits())) {
    log.warn(
      { fallback: named.name },
      `${name} names the fallback ${named.name}, which does not serve in production unless failover.inProduction says so`,
    )
  }

  const condition$ = primary$.pipe(
    distinctUntilChanged(),
    switchMap((target) => conditionOf(target, control)),
  )
  const isServedNow$ = state$.pipe(
    map(({ link, channels }) => link.kind === 'live' && (channels === 'live' || channels === 'partlyRefused')),
    distinctUntilChanged(),
  )

  const decide = (isRunning: boolean, now: Condition, fallback: Fallback | undefined, isServed: boolean): Decision => {
    condition = now
    if (!isRunning || control.frequency.options.fallback === undefined || !mayFailOver(limits())) return 'stay'
    if (fallback === undefined) {
      if (now.kind === 'served') return 'stay'
      return now.kind === 'failed' ? 'takeOverNow' : 'takeOver'
    }
    if (now.kind !== 'served' || takeovers.length >= limits().failover.attemptsMax) return 'stay'
    return isServed ? 'giveBack' : 'giveBackNow'
  }

  const takeOver = (): void => {
    const nowMs = asyncScheduler.now()
    const { mode, failover } = limits()
    const { fallback } = control.frequency.options
    if (fallback === undefined) return
    takeovers.splice(0, takeovers.length, ...takeovers.filter((ms) => nowMs - ms < windowMs), nowMs)
    const cause = causeOf(condition, providerName(), failover.delayMs)
    const facts = { provider: fallback.name, cause: cause.message }
    const until = takeovers.length >= failover.attemptsMax ? 'until restart()' : 'from now on'
    // Never silently, least of all in production.
    log[mode === 'production' ? 'error' : 'warn'](facts, `${name} comes from its fallback ${fallback.name} ${until}`)
    side({ provider: fallback.name, sinceMs: nowMs, cause })
  }

  const giveBack = (): void => {
    log.warn({ provider: providerName() }, `${name} comes from ${providerName()} again`)
    side(undefined)
  }

  const doing: Readonly<Record<Decision, () => Observable<() => void>>> = {
    stay: () => NEVER,
    takeOver: () => timer(limits().failover.delayMs).pipe(map(() => takeOver)),
    takeOverNow: () => timer(0).pipe(map(() => takeOver)),
    giveBack: () => timer(limits().failover.returnMs).pipe(map(() => giveBack)),
    giveBackNow: () => timer(0).pipe(map(() => giveBack)),
  }

  const gone$ = running$.pipe(ignoreElements(), endWith(undefined))
  combineLatest([running$, condition$, side$, isServedNow$, looked$.pipe(startWith(undefined))])
    .pipe(
      map(([isRunning, now, fallback, isServed]) => decide(isRunning, now, fallback, isServed)),
      distinctUntilChanged(),
      switchMap((decision) => doing[decision]()),
      takeUntil(merge(end$, gone$)),
    )
    .subscribe((act) => {
      try {
        act()
      } catch (error) {
        // A host's own provider may refuse what it has promised.
        log.error({ err: error }, `${name} stays where it is: the other provider refuses it`)
      }
    })
}

const conditionOf = (target: Target | undefined, { wanted$ }: Control): Observable<Condition> => {
  if (target === undefined) return of({ kind: 'trying' })
  if (!isLink(target)) return of({ kind: 'failed', cause: target })
  return combineLatest([target.wire.state$, target.wire.channels$, wanted$]).pipe(
    map(([state, channels, wanted]): Condition => {
      if (isServed(state, channels, wanted)) return { kind: 'served' }
      const isFinal = state.kind === 'halted' || (state.kind === 'evicted' && state.untilMs === null)
      if (isFinal) return { kind: 'failed', cause: state.cause }
      return 'cause' in state ? { kind: 'trying', cause: state.cause } : { kind: 'trying' }
    }),
  )
}

const causeOf = (condition: Condition, provider: string, delayMs: number): LinkCause => {
  const cause = 'cause' in condition ? condition.cause : undefined
  const why = cause?.message ?? 'it has not answered for its channels'
  return {
    ...cause,
    _tag: 'failedOver',
    retry: cause?.retry ?? 'soon',
    message:
      condition.kind === 'failed'
        ? `${provider} cannot serve it: ${why}`
        : `${provider} has not served it for ${String(delayMs)} ms: ${why}`,
  }
}
