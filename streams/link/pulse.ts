/** What is measured of a link beside its frames, kept up to date by its sessions. */
export interface Pulse {
  /** A fine clock for differences, milliseconds from any origin. */
  readonly stopwatch: () => number
  /** When our newest ping went out, by that clock; NaN while none is under way. */
  pingedAt: number
  /** Pings that went out since the last answer of this session. */
  unanswered: number
  /** From our newest answered ping to its answer, milliseconds; NaN before the first. */
  roundTripMs: number
}

export const createPulse = (stopwatch: () => number): Pulse => ({
  stopwatch,
  pingedAt: NaN,
  unanswered: 0,
  roundTripMs: NaN,
})

export const pinged = (pulse: Pulse): void => {
  // An older one that is still under way is what the next answer is measured from: it would be the answer to that.
  if (Number.isNaN(pulse.pingedAt)) pulse.pingedAt = pulse.stopwatch()
  pulse.unanswered += 1
}

export const answered = (pulse: Pulse): void => {
  if (Number.isNaN(pulse.pingedAt)) return
  pulse.roundTripMs = pulse.stopwatch() - pulse.pingedAt
  pulse.pingedAt = NaN
  pulse.unanswered = 0
}

/** The session is over: what was not answered will not be. */
export const unpinged = (pulse: Pulse): void => {
  pulse.pingedAt = NaN
  pulse.unanswered = 0
}
