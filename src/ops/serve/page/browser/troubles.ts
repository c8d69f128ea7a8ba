import { type Reject, sentence } from '../../../../../streams/codecs/reject.ts'
import type { DeadLetter, Gap } from '../../../../../streams/model.ts'
import { duration, plural } from '../../../../words.ts'

/** One trouble as a person reads it. */
export interface Trouble {
  /** Unix milliseconds; absent where the time is not known. */
  readonly atMs?: number
  readonly text: string
  /** What it was about, as far as it can be shown: the raw element, the event. */
  readonly detail?: string
}

/** The newest of one frequency, newest first. */
export interface Troubles {
  readonly gaps: readonly Trouble[]
  readonly rejects: readonly Trouble[]
  readonly deadLetters: readonly Trouble[]
}

/** A dead letter as the engine tells it over HTTP. */
export interface Letter extends Pick<DeadLetter, 'reason' | 'atMs' | 'events'> {
  readonly error: string
  readonly count: number
}

/** Shown of each kind; the counts are in the health. */
const troublesMax = 50
const detailCharsMax = 1000
const channelsShown = 5

const channelsOf = ({ channels }: Gap): string =>
  channels.length <= channelsShown
    ? channels.join(', ')
    : `${channels.slice(0, channelsShown).join(', ')} and ${String(channels.length - channelsShown)} more`

const gapTrouble = (gap: Gap): Trouble => ({
  atMs: gap.fromMs,
  text: `${gap.toMs === undefined ? 'Still open' : `Closed after ${duration(gap.toMs - gap.fromMs)}`}: ${gap.cause.message}. Missing from ${channelsOf(gap)}.`,
  detail: gap.positions
    .map(({ eventType, afterOffset }) =>
      afterOffset < 0
        ? `lane ${eventType}: before its first event`
        : `lane ${eventType}: behind offset ${String(afterOffset)}`,
    )
    .join('; '),
})

const whys: Readonly<Record<DeadLetter['reason'], string>> = {
  threw: 'An operator threw',
  refused: 'A lane refused what an operator gave',
  quarantined: 'Came while the operators were quarantined',
  notAnEvent: 'An operator gave something that is no event',
  backfill: 'Fetching what a gap has cost failed',
}

const letterTrouble = ({ reason, events, error, atMs, count }: Letter): Trouble => ({
  atMs,
  text: `${whys[reason]}: ${error}`,
  ...(events.length === 0
    ? {}
    : {
        detail: `${count > 1 ? `${plural(count, 'event')}, the first: ` : ''}${JSON.stringify(events[0])}`.slice(
          0,
          detailCharsMax,
        ),
      }),
})

const newest = <T>(all: readonly T[], make: (one: T) => Trouble): readonly Trouble[] =>
  all.slice(-troublesMax).reverse().map(make)

/** Asks the engine for all three. */
export const troublesOf = async (get: <T>(path: string) => Promise<T>, frequency: string): Promise<Troubles> => {
  const path = `frequencies/${encodeURIComponent(frequency)}`
  const [{ gaps }, { rejects }, { deadLetters }] = await Promise.all([
    get<{ gaps: Gap[] }>(`${path}/gaps`),
    get<{ rejects: Reject[] }>(`${path}/rejects`),
    get<{ deadLetters: Letter[] }>(`${path}/dead-letters`),
  ])
  return {
    gaps: newest(gaps, gapTrouble),
    rejects: newest(rejects, (reject) => ({ text: sentence(reject), detail: reject.raw.slice(0, detailCharsMax) })),
    deadLetters: newest(deadLetters, letterTrouble),
  }
}
