import { combineLatest, distinctUntilChanged, map, type Observable, scan } from 'rxjs'

import type {
  ChannelsState,
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
}: StateSources): Observable<StreamState> =>
  combineLatest([running$, link$, channels$, wanted$, pace$, operators$, isOverBudget$]).pipe(
    scan(
      (before, [running, link, channels, wanted, pace, operators, isOverBudget]) => {
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
        const reason = reasonOf(state)
        return {
          wasLive: wasLive && running,
          state: { word: wordOf(state, wasLive), ...state, ...(reason === undefined ? {} : { reason }) },
        }
      },
      { wasLive: false, state: undefined } as { readonly wasLive: boolean; readonly state: StreamState | undefined },
    ),
    map(({ state }) => state as StreamState),
    distinctUntilChanged(sameState),
  )

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
    map(
      ([link, channels, wanted]) =>
        link.kind === 'live' && !isPending(channels, wanted) && wanted.some((channel) => channels.held.has(channel)),
    ),
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

const reasonOf = ({ link, refused, isOverBudget }: Omit<StreamState, 'word'>): string | undefined => {
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
  a.reason === b.reason
