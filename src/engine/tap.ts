import type { Observable } from 'rxjs'

import type { LinkSignal } from '../../streams/link/linkSignal.ts'
import type { LinkControl } from './links.ts'

/** What a frequency takes from a link. */
export interface Carried {
  readonly frequency: string
  readonly eventTypes: readonly string[]
}

/**
 * One link of a running engine, for whoever looks at raw frames: a recorder.
 *
 * `arrival$` is hot and completes with the link. It says each frame as the socket brought it, ahead of the inbox, statuses included, and
 * each loss of a session behind its last frame. A subscriber runs in the socket's turn: it has to be quick, and must not change the bytes.
 */
export interface LinkTap {
  readonly id: string
  readonly arrival$: Observable<Extract<LinkSignal, { readonly kind: 'frame' | 'lost' }>>
  /** Who has its place on it now. */
  readonly carries: () => readonly Carried[]
}

export const tapOf = ({ id, wire, gates }: LinkControl): LinkTap => ({
  id,
  arrival$: wire.arrival$,
  carries: () => [...gates].map(([frequency, gate]) => ({ frequency, eventTypes: gate().eventTypes })),
})
