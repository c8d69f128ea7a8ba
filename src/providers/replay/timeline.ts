export interface Timeline {
  /** The first link that plays begins it for all. */
  begin(): void
  /** How long until it is this time of the recording, milliseconds of the clock; 0 when it is now, or was, or at `max`. */
  waitMs(atMs: number): number
}

/**
 * When things are due: recorded milliseconds go by `speed` times as fast as the clock's.
 *
 * `max`: everything is due, as soon as it is taken.
 */
export const createTimeline = (options: {
  readonly startMs: number
  readonly speed: number | 'max'
  readonly now: () => number
}): Timeline => {
  const { startMs, speed, now } = options
  let beganMs: number | undefined

  return {
    begin: () => {
      beganMs ??= now()
    },
    waitMs: (atMs) => (speed === 'max' ? 0 : Math.max((beganMs ?? now()) + (atMs - startMs) / speed - now(), 0)),
  }
}
