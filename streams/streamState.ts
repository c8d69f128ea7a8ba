import { combineLatest, distinctUntilChanged, map, type Observable, of, scan } from 'rxjs'

import type {
  ChannelsState,
  Fallback,
  LinkState,
  StreamChannels,
  StreamOperators,
  StreamPace,
  StreamState,
  StreamWord,
} from './model.ts'

/** What events come through. */
export interface Reach {
  readonly link$: Observable<LinkState>
  readonly channels$: Observable<ChannelsState>
  /** What the frequency wants, now and after each change. */
  readonly wanted$: Observable<readonly string[]>
}

export interface StateSources extends Reach {
  readonly running$: Observable<boolean>
  readonly pace$: Observable<StreamPace>
  readonly operators$: Observable<StreamOperators>
  readonly isOverBudget$: Observable<boolean>
  /** Who serves it in its own provider's place, now and after each change. By default nobody ever does. */
  readonly fallback$?: Observable<Fallback | undefined>
}

/**
 * Everything that is known of a frequency, and one word for people.
 *
 *     running$    t----------f--
 *     link$       c-l--w--l-----      c = connecting, l = live, w = waiting
 *     channels$   p--h-p---h----      h = held, p = pending
 *     word        c--L-r---L-s--      L = live, r = recovering, s = stopped
 *
 * Speaks at once and then at each change. Completes when all its sources have.
 */
export const streamState = ({
  running$,
  link$,
  channels$,
  wanted$,
  pace$,
  operators$,
  isOverBudget$,
  fallback$ = of(undefined),
}: StateSources): Observable<StreamState> =>
  combineLatest([running$, link$, channels$, wanted$, pace$, operators$, isOverBudget$, fallback$]).pipe(
    scan(
      (before, [running, link, channels, wanted, pace, operators, isOverBudget, fallback]) => {
        const answer = answerOf(channels, wanted)
        const wasLive = before.wasLive || (link.kind === 'live' && answer.channels !== 'pending')
        const state = {
          running,
          link,
          channels: answer.channels,
          refused: answer.refused,
          pace,
          operators,
          ...(isOverBudget ? { isOverBudget } : {}),
        }
        const served = fallback === undefined ? {} : { fallback }
        const reason = reasonOf({ ...state, ...served })
        return {
          wasLive: wasLive && running,
          state: { word: wordOf(state, wasLive), ...state, ...served, ...(reason === undefined ? {} : { reason }) },
        }
      },
      { wasLive: false, state: undefined } as { readonly wasLive: boolean; readonly state: StreamState | undefined },
    ),
    map(({ state }) => state as StreamState),
    distinctUntilChanged(sameState),
  )

/**
 * Whether it is served: the link is live, and all wanted channels are answered, not all of them by a refusal. The same as `listening`,
 * for one moment.
 */
export const isServed = (link: LinkState, channels: ChannelsState, wanted: readonly string[]): boolean =>
  link.kind === 'live' && !isPending(channels, wanted) && wanted.some((channel) => channels.held.has(channel))

/**
 * Whether events can come: the link is live, every wanted channel is answered, and not all of them by a refusal.
 *
 *     link$      c-l-----w-----
 *     channels$  p---h---------      p = pending, h = held
 *     listening  f---t---f-----
 *
 * Speaks when all have spoken, then at each change. Completes when all its sources have.
 */
export const listening = ({ link$, channels$, wanted$ }: Reach): Observable<boolean> =>
  combineLatest([link$, channels$, wanted$]).pipe(
    map(([link, channels, wanted]) => isServed(link, channels, wanted)),
    distinctUntilChanged(),
  )

const isPending = ({ held, refused }: ChannelsState, wanted: readonly string[]): boolean =>
  wanted.some((channel) => !held.has(channel) && !refused.has(channel))

const answerOf = (state: ChannelsState, wanted: readonly string[]): Pick<StreamState, 'channels' | 'refused'> => {
  const no = wanted.filter((channel) => state.refused.has(channel))
  const channels: StreamChannels =
    no.length === wanted.length && no.length > 0
      ? 'refused'
      : isPending(state, wanted) || wanted.length === 0
        ? 'pending'
        : no.length > 0
          ? 'partlyRefused'
          : 'live'
  return { channels, refused: no }
}

const wordOf = (
  { running, link, channels, pace, operators }: Omit<StreamState, 'word'>,
  wasLive: boolean,
): StreamWord => {
  if (!running) return 'stopped'
  if (link.kind === 'closed') return 'stopped'
  if (link.kind === 'halted' || link.kind === 'evicted') return link.kind
  if (channels === 'refused') return 'refused'
  if (operators === 'quarantined') return 'quarantined'
  if (link.kind !== 'live' || channels === 'pending') return wasLive ? 'recovering' : 'connecting'
  if (pace === 'stale') return 'stale'
  return pace === 'active' ? 'live' : 'quiet'
}

/** What it comes from, and what is wrong with that. */
const reasonOf = ({ fallback, ...state }: Omit<StreamState, 'word'>): string | undefined => {
  const own = ownReasonOf(state)
  if (fallback === undefined) return own
  const from = `its events come from its fallback ${fallback.provider}: ${fallback.cause.message}`
  return own === undefined ? from : `${from}; ${own}`
}

const ownReasonOf = ({ link, refused, isOverBudget }: Omit<StreamState, 'word'>): string | undefined => {
  if ('cause' in link) return link.cause.message
  if (refused.length === 0) return isOverBudget ? 'its operators take more time than their budget' : undefined
  const named = refused.slice(0, 5).join(', ')
  return `refused: ${named}${refused.length > 5 ? ` and ${String(refused.length - 5)} more` : ''}`
}

const sameState = (a: StreamState, b: StreamState): boolean =>
  a.word === b.word &&
  a.running === b.running &&
  a.link === b.link &&
  a.channels === b.channels &&
  a.pace === b.pace &&
  a.operators === b.operators &&
  a.isOverBudget === b.isOverBudget &&
  a.fallback === b.fallback &&
  a.reason === b.reason
