/** What was sent on one connection, or on all of them. */
export interface Sent {
  /** Events per event type; status elements are not among them. */
  readonly events: Readonly<Record<string, number>>
  /** Frames that held events, and their bytes without the websocket's own. */
  readonly frames: number
  readonly bytes: number
}

/** Counts that go up in place. */
export interface Tally {
  readonly events: Map<string, number>
  frames: number
  bytes: number
}

export const tally = (): Tally => ({ events: new Map(), frames: 0, bytes: 0 })

export const sentOf = ({ events, frames, bytes }: Tally): Sent => ({
  events: Object.fromEntries(events),
  frames,
  bytes,
})
