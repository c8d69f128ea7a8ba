import {
  connectable,
  distinctUntilChanged,
  endWith,
  filter,
  map,
  merge,
  mergeMap,
  type Observable,
  share,
  startWith,
  Subject,
  type Subscription,
  takeUntil,
} from 'rxjs'

import {
  apart,
  type Arrival,
  arrivals,
  belongs,
  bytesOf,
  decoding,
  each,
  framesOf,
  type Left,
  type LinkMeter,
  together,
} from './arrivals.ts'
import type { Decoder } from './codecs/decodeFrame.ts'
import type { Reject } from './codecs/reject.ts'
import type { Frequency } from './frequency.ts'
import type { Lost } from './gaps.ts'
import { junction, junctionByKind } from './junction.ts'
import type { FrameSignal, LinkSignal, SessionStatus } from './link/linkSignal.ts'
import type { ChannelsState, LinkState, StreamState } from './model.ts'
import { batchesOf, type Gates, type Gone, losses, parting, type Passing, rejectsOf, untilLeft } from './parting.ts'
import { noChannels, type Place } from './place.ts'
import { paced, type Pump } from './pump.ts'
import { replayed, type Stream, stream, type StreamSources } from './stream.ts'

/** One link with all that hangs on it, up to where frequencies part. */
export interface Wire {
  readonly id: string
  /** The place of a frequency that has a gate here, from now on until its leaving has come through. */
  readonly place: (frequency: string) => Place
  readonly status$: Observable<SessionStatus>
  readonly reject$: Observable<Reject>
  /** A leaving that has come through, behind all that was the frequency's. */
  readonly gone$: Observable<Gone>
  /** Frames and losses as they arrive, ahead of the inbox. */
  readonly arrival$: Observable<FrameSignal | Lost>
  /** Both replay their latest. */
  readonly state$: Observable<LinkState>
  readonly channels$: Observable<ChannelsState>
  /** Opens the link, once everything below is subscribed. */
  readonly connect: () => Subscription
}

export interface WireSources {
  readonly id: string
  /** The frequencies that have a place here. */
  readonly gates: Gates
  /** Lowest number first. Read anew by the pump, as is `inboxBytes`: a new plan may change them. */
  readonly priority: number
  readonly link$: Observable<LinkSignal>
  /** Frequencies that give up their place now. */
  readonly leave$: Observable<Left>
  readonly pump: Pump
  readonly inboxBytes: number
  readonly decode: Decoder
  readonly full: (isFull: boolean) => void
  /** Masks the link's key in words that came from outside. */
  readonly hide: (text: string) => string
  readonly meter: LinkMeter
  readonly passing?: Passing
  /** Ends everything below, whatever is still in the inbox. */
  readonly cut$: Observable<unknown>
}

/**
 *  link ─ told ─┬─ state$, channels$
 *               ├─ arrival$ ─► a recorder, where there is one
 *               └─ arrivals ─┬─ paced ─ decoding ─ parting ─ parted ─┬─ status$ ─► back to the link
 *                    leave$ ─┘                                       ├─ reject$, gone$
 *                                                                    └─ part ─ place per_second / per_minute / …
 *
 * One per link. Where the way forks there is a junction: a frame costs those that it concerns.
 */
export const wire = (sources: WireSources): Wire => {
  const { id, gates, link$, leave$, pump, decode, full, hide, meter, passing, cut$ } = sources

  // Cold above this line, one socket for all below; connected by the engine once everything is wired.
  const signal$ = connectable(link$, { connector: () => new Subject<LinkSignal>(), resetOnDisconnect: false })
  const told = junctionByKind(signal$)

  const state$ = told('state').pipe(
    map(({ state }) => state),
    startWith<LinkState>({ kind: 'idle' }),
    distinctUntilChanged(bothIdle),
    replayed(),
  )
  const channels$ = told('channels').pipe(
    map(({ channels }) => channels),
    startWith(noChannels),
    replayed(),
  )

  // The pump decides when: fair between links, never in the socket's turn.
  const end$ = told().pipe(endWith(true))
  const arrival$ = merge(told('frame', 'run', 'lost').pipe(arrivals(meter)), leave$.pipe(takeUntil(end$))).pipe(
    paced<Arrival>(pump, {
      get priority() {
        return sources.priority
      },
      get inboxBytes() {
        return sources.inboxBytes
      },
      bytesOf,
      framesOf,
      runs: { belongs, together },
      full,
      meter: meter.inbox,
    }),
  )
  const parted = junctionByKind(arrival$.pipe(decoding(decode, meter), parting(gates, meter, passing), takeUntil(cut$)))
  const part = junction(parted('part'), ({ frequency }) => frequency)
  const reject$ = parted('rejects').pipe(rejectsOf(hide))

  return {
    id,
    place: (frequency) => {
      const left$ = parted('left').pipe(filter((left) => left.frequency === frequency))
      return {
        batch$: part(frequency).pipe(batchesOf(meter), takeUntil(left$)),
        reject$: reject$.pipe(takeUntil(left$)),
        loss$: parted('lost', 'left').pipe(untilLeft(frequency), losses(frequency)),
        state$,
        channels$,
      }
    },
    status$: parted('status').pipe(map(({ answer }) => answer)),
    reject$,
    gone$: parted('gone'),
    arrival$: told('frame', 'run', 'lost').pipe(each(oneByOne)),
    state$,
    channels$,
    connect: () => signal$.connect(),
  }
}

export interface Circuit {
  /** The stream of each frequency, as it enters. */
  readonly stream$: Observable<Stream>
  /** Every frequency's state as it changes, with its name. */
  readonly state$: Observable<{ readonly frequency: string; readonly state: StreamState }>
}

export interface CircuitSources {
  /** The frequencies as they enter; a stream ends when its own sources do. */
  readonly frequency$: Observable<Frequency>
  readonly of: (frequency: Frequency) => StreamSources
}

/**
 *  place$ of a wire ─┐
 *  place$ of a wire ─┴─ stream ─ output$ ─► lanes      one stream per frequency, over the places it has had
 *
 * Partition, then merge: what is joined here has been parted before, and cannot fail. A new plan gives a frequency another place;
 * no other stream, and no operator, is built anew.
 */
export const circuit = ({ frequency$, of }: CircuitSources): Circuit => {
  // From here on a fault belongs to one frequency. Hot: who wants all of them subscribes before the first one enters.
  const stream$ = frequency$.pipe(
    map((frequency) => stream(frequency, of(frequency))),
    share(),
  )

  return {
    stream$,
    state$: stream$.pipe(mergeMap(({ name, state$ }) => state$.pipe(map((state) => ({ frequency: name, state }))))),
  }
}

// A link begins idle too; any other state that is said again is news.
const bothIdle = (a: LinkState, b: LinkState): boolean => a.kind === 'idle' && b.kind === 'idle'

const oneByOne = (arrival: Exclude<Arrival, Left>, emit: (one: FrameSignal | Lost) => void): void => {
  if (arrival.kind === 'run') for (const frame of apart(arrival)) emit({ kind: 'frame', frame })
  else emit(arrival)
}
