import {
  connectable,
  distinctUntilChanged,
  filter,
  map,
  merge,
  type Observable,
  share,
  startWith,
  Subject,
  type Subscription,
  takeUntil,
} from 'rxjs'

import {
  type Arrival,
  arrivals,
  decoding,
  type Gate,
  type LinkMeter,
  losses,
  partOf,
  rejects,
  statuses,
  unclaimed,
} from './arrivals.ts'
import type { Batch } from './codecs/batch.ts'
import type { Decoded } from './codecs/decodeFrame.ts'
import type { Reject } from './codecs/reject.ts'
import type { Frequency } from './frequency.ts'
import type { Lost } from './gaps.ts'
import type { LinkSignal, SessionStatus } from './link/linkSignal.ts'
import type { ChannelsState, LinkState, StreamState } from './model.ts'
import { paced, type Pump } from './pump.ts'
import { replayed, type Stream, stream, type StreamSources } from './stream.ts'

/** One link with all that hangs on it, up to where frequencies part. */
export interface Wire {
  readonly id: string
  readonly frequencies: readonly string[]
  readonly part: (eventTypes: readonly string[], gate: () => Gate) => Observable<Batch>
  readonly status$: Observable<SessionStatus>
  readonly reject$: Observable<Reject>
  readonly lost$: Observable<Lost>
  /** Both replay their latest. */
  readonly state$: Observable<LinkState>
  readonly channels$: Observable<ChannelsState>
  /** Opens the link, once everything below is subscribed. */
  readonly connect: () => Subscription
}

export interface WireSources {
  readonly id: string
  readonly frequencies: readonly Frequency[]
  /** Lowest number first. */
  readonly priority: number
  readonly link$: Observable<LinkSignal>
  readonly pump: Pump
  readonly inboxBytes: number
  readonly decode: (bytes: Buffer) => Decoded
  readonly full: (isFull: boolean) => void
  /** Masks the link's key in words that came from outside. */
  readonly hide: (text: string) => string
  readonly meter: LinkMeter
  /** Ends everything below, whatever is still in the inbox. */
  readonly cut$: Observable<unknown>
}

/**
 *  link ─ signal$ ─┬─ state$, channels$
 *                  └─ arrivals ─ paced ─ decoding ─┬─ status$ ─► back to the link
 *                                                  ├─ reject$, lost$
 *                                                  └─ part T / part AM / …
 *
 * One per link.
 */
export const wire = ({
  id,
  frequencies,
  priority,
  link$,
  pump,
  inboxBytes,
  decode,
  full,
  hide,
  meter,
  cut$,
}: WireSources): Wire => {
  const claimed = frequencies.flatMap(({ eventTypes }) => eventTypes)

  // Cold above this line, one socket for all below; connected by the engine once everything is wired.
  const signal$ = connectable(link$, { connector: () => new Subject<LinkSignal>(), resetOnDisconnect: false })

  const state$ = signal$.pipe(
    filter(isState),
    map(({ state }) => state),
    startWith<LinkState>({ kind: 'idle' }),
    distinctUntilChanged(bothIdle),
    replayed(),
  )
  const channels$ = signal$.pipe(
    filter(isChannels),
    map(({ channels }) => channels),
    startWith(noChannels),
    replayed(),
  )

  // The pump decides when: fair between links, never in the socket's turn.
  const arrival$ = signal$.pipe(
    arrivals(meter),
    paced(pump, { priority, inboxBytes, bytesOf, full, meter: meter.inbox }),
  )
  const decoded$ = arrival$.pipe(decoding(decode, meter), unclaimed(claimed, meter), takeUntil(cut$), share())

  return {
    id,
    frequencies: frequencies.map(({ name }) => name),
    part: (eventTypes, gate) => decoded$.pipe(partOf(eventTypes, gate, meter)),
    status$: decoded$.pipe(statuses()),
    reject$: decoded$.pipe(rejects(hide)),
    lost$: decoded$.pipe(losses()),
    state$,
    channels$,
    connect: () => signal$.connect(),
  }
}

export interface Circuit {
  readonly streams: readonly Stream[]
  /** Every frequency's state as it changes, with its name. */
  readonly state$: Observable<{ readonly frequency: string; readonly state: StreamState }>
}

export interface CircuitSources {
  /** Each wire as it is made; a frequency takes those that name it. */
  readonly wire$: Observable<Wire>
  readonly of: (frequency: Frequency) => StreamSources
}

/**
 *  wire ┬─ part ─┐
 *  wire ┴─ part ─┴─ stream ─ output$ ─► lanes      one stream per frequency, over the parts of its wires
 *
 * Partition, then merge: what is joined here has been parted before, and cannot fail.
 */
export const circuit = (frequencies: readonly Frequency[], { wire$, of }: CircuitSources): Circuit => {
  // From here on a fault belongs to one frequency.
  const streams = frequencies.map((frequency) => stream(frequency, wiresOf(frequency, wire$), of(frequency)))

  return {
    streams,
    state$: merge(...streams.map(({ name, state$ }) => state$.pipe(map((state) => ({ frequency: name, state }))))),
  }
}

const wiresOf = ({ name }: Frequency, wire$: Observable<Wire>): Observable<Wire> =>
  wire$.pipe(filter(({ frequencies }) => frequencies.includes(name)))

// A link begins idle too; any other state that is said again is news.
const bothIdle = (a: LinkState, b: LinkState): boolean => a.kind === 'idle' && b.kind === 'idle'

const noChannels: ChannelsState = { pending: new Set(), held: new Set(), refused: new Set() }

// An empty frame weighs something too: only marks between frames weigh nothing.
const bytesOf = (arrival: Arrival): number => (arrival.kind === 'frame' ? Math.max(arrival.frame.bytes.length, 1) : 0)

const isState = (signal: LinkSignal): signal is Extract<LinkSignal, { kind: 'state' }> => signal.kind === 'state'

const isChannels = (signal: LinkSignal): signal is Extract<LinkSignal, { kind: 'channels' }> =>
  signal.kind === 'channels'
