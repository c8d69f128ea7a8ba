import { defer, filter, map, merge, type Observable, scan, Subject } from 'rxjs'

import { circuit } from '../../streams/circuit.ts'
import type { Frequency } from '../../streams/frequency.ts'
import type { LaneLog } from '../../streams/lane.ts'
import type { EventLike, StreamState } from '../../streams/model.ts'
import { replayed, type Stream } from '../../streams/stream.ts'
import type { Logger } from '../ops/logger.ts'
import { type Control, createControl, type ControlOptions } from './control.ts'
import type { FrequencyHandle } from './handle.ts'
import { watchStream } from './watch.ts'

/** One frequency with all that the engine has of it. */
export interface Member {
  readonly name: string
  readonly control: Control
  readonly stream: Stream
  readonly handle: FrequencyHandle
}

/** The frequencies of an engine, which come and go. */
export interface Roster {
  /** In the order of priority. */
  readonly members: () => readonly Member[]
  readonly controls: () => readonly Control[]
  readonly find: (name: string) => Member | undefined
  /** Whether one of that name has left and is not gone yet: what was on its way to it is still coming through. */
  readonly isLeaving: (name: string) => boolean
  readonly enter: (frequency: Frequency, priority: number) => Member
  /** Nothing of it is counted as wanted any more. Its lanes end when its place has closed and its operators have given out what they hold. */
  readonly leave: (member: Member) => void
  /** The latest state of each. */
  readonly states: ReadonlyMap<string, StreamState>
  readonly state$: Observable<Readonly<Record<string, StreamState>>>
  /** Those there are, and each one made later. */
  readonly lane$: Observable<LaneLog>
  /** Those there are, and those that have ended and still have readers. */
  readonly lanes: () => readonly LaneLog[]
  readonly end: () => void
}

export interface RosterOptions extends Pick<
  ControlOptions,
  'epoch' | 'pump' | 'ledger' | 'now' | 'stopwatch' | 'isMeasured'
> {
  readonly random: () => number
  /** Makes the bytes of events that operators made. */
  readonly encode: (event: EventLike) => Buffer
  readonly logger: Logger
  readonly handleOf: (control: Control, stream: Stream) => FrequencyHandle
  /** The engine closes. */
  readonly closing$: Observable<unknown>
}

/**
 *  enter ─ frequency$ ─ circuit ─┬─ stream$ ─► lanes, ledger, counts, log
 *                                └─ state$ ─┬─ state$ of the engine
 *                            gone$ ─────────┘
 */
export const createRoster = (options: RosterOptions): Roster => {
  const { epoch, pump, ledger, now, stopwatch, isMeasured, random, encode, logger, handleOf, closing$ } = options
  const members = new Map<string, Member>()
  const leaving = new Map<string, Member>()
  const states = new Map<string, StreamState>()
  // Where the lanes of those that are gone have ended: one that comes back goes on from there, so that no offset names two events.
  const endOffsets = new Map<string, number>()
  const frequency$ = new Subject<Frequency>()
  const left$ = new Subject<string>()
  const gone$ = new Subject<string>()
  const made$ = new Subject<LaneLog>()
  let ended: readonly LaneLog[] = []
  let entering: Control | undefined
  let entered: Stream | undefined
  let gapCount = 0

  const inOrder = (): readonly Member[] => [...members.values()].sort((a, b) => a.control.priority - b.control.priority)
  const nextId = (): string => `${epoch}-${String((gapCount += 1))}`

  const { stream$, state$: states$ } = circuit({
    frequency$,
    of: () => {
      const { place$, stages$, gate, running$, wanted$, pacing$, fallback$, lanes } = entering as Control
      return {
        place$,
        stages$,
        gate,
        running$,
        wanted$,
        pacing$,
        fallback$,
        random,
        encode,
        stopwatch,
        gaps: { nextId, heads: lanes },
      }
    },
  })

  // From here on everything is hot. Lanes first: what a host hears of an event, its lane holds already.
  const admit = (stream: Stream): void => {
    const control = entering as Control
    const end$ = merge(closing$, left$.pipe(filter((name) => name === stream.name)))
    entered = stream
    watchStream({ stream, control, logger, states, encode, end$ })
    stream.output$.subscribe({
      complete: () => {
        if (leaving.has(stream.name)) bidFarewell(control)
      },
    })
  }
  stream$.subscribe(admit)
  const state$ = merge(
    states$.pipe(map(({ frequency, state }) => [frequency, state] as const)),
    gone$.pipe(map((name) => [name, undefined] as const)),
  ).pipe(
    scan((so, [name, state]): Readonly<Record<string, StreamState>> => {
      const { [name]: _, ...others } = so
      return state === undefined ? others : { ...so, [name]: state }
    }, {}),
    replayed(),
  )
  state$.subscribe()

  /** The last of it: its operators have given out what they held. */
  const bidFarewell = (control: Control): void => {
    const { name } = control
    control.retire()
    for (const lane of control.lanes()) endOffsets.set(`${name}/${lane.eventType}`, lane.nextOffset)
    ended = [...ended, ...control.lanes()].filter(({ readers }) => readers.length > 0)
    control.end()
    leaving.delete(name)
    states.delete(name)
    gone$.next(name)
  }

  return {
    members: inOrder,
    controls: () => inOrder().map(({ control }) => control),
    find: (name) => members.get(name),
    isLeaving: (name) => leaving.has(name),
    enter: (frequency, priority) => {
      const { name } = frequency
      const control = createControl({
        frequency,
        priority,
        epoch,
        pump,
        ledger,
        firstOffset: (eventType) => endOffsets.get(`${name}/${eventType}`) ?? 0,
        made: (lane) => {
          made$.next(lane)
        },
        now,
        stopwatch,
        ...(isMeasured === undefined ? {} : { isMeasured }),
      })
      entering = control
      frequency$.next(frequency)
      const stream = entered as Stream
      const member = { name, control, stream, handle: handleOf(control, stream) }
      members.set(name, member)
      return member
    },
    leave: (member) => {
      const { name, control } = member
      members.delete(name)
      leaving.set(name, member)
      left$.next(name)
      control.run(false)
      // A lane that waits for its readers would hold up the link for the others.
      control.release()
    },
    states,
    state$,
    // Those made from now on first: who is told of a lane may cause the next one.
    lane$: merge(
      made$,
      defer(() => inOrder().flatMap(({ control }) => control.lanes())),
    ),
    lanes: () => [...inOrder(), ...leaving.values()].flatMap(({ control }) => control.lanes()).concat(ended),
    end: () => {
      for (const { control } of [...members.values(), ...leaving.values()]) control.end()
      frequency$.complete()
      gone$.complete()
      made$.complete()
    },
  }
}
