import { EMPTY, NEVER, type Observable, of, startWith } from 'rxjs'

import type { Batch } from './codecs/batch.ts'
import type { Reject } from './codecs/reject.ts'
import type { Loss } from './gaps.ts'
import type { ChannelsState, LinkCause, LinkState } from './model.ts'

/**
 * A frequency's place on a wire. The first three complete when it has left, or the wire has ended; a stream takes the next place only
 * then, so that order is kept from one link to another.
 */
export interface Place {
  readonly batch$: Observable<Batch>
  readonly reject$: Observable<Reject>
  readonly loss$: Observable<Loss>
  /** Of the link; both replay their latest. */
  readonly state$: Observable<LinkState>
  readonly channels$: Observable<ChannelsState>
}

export const noChannels: ChannelsState = { pending: new Set(), held: new Set(), refused: new Set() }

/** For a frequency that the plan has no link for: nothing comes, and `cause` says why. */
export const nowhere = (cause: LinkCause): Place => ({
  batch$: EMPTY,
  reject$: EMPTY,
  loss$: EMPTY,
  state$: NEVER.pipe(startWith<LinkState>({ kind: 'evicted', untilMs: null, cause })),
  channels$: NEVER.pipe(startWith(noChannels)),
})

/** Between two places: nothing comes, but that another provider's events come from here on. What is known of the last one stays. */
export const handover = (loss: Loss): Place => ({
  batch$: EMPTY,
  reject$: EMPTY,
  loss$: of(loss),
  state$: EMPTY,
  channels$: EMPTY,
})

/** For a frequency that was on no link when the engine closed. */
export const closedPlace: Place = {
  batch$: EMPTY,
  reject$: EMPTY,
  loss$: EMPTY,
  state$: of<LinkState>({ kind: 'closed' }),
  channels$: of(noChannels),
}
