/** What a timer holds in 32 bits, milliseconds. A longer one fires at once, so a longer wait would be no wait at all. */
export const timerMsMax = 2_147_483_647

/** Throws RangeError for a time that no timer can wait: 0 or less, no number, or more than some 24 days. */
export const checkTimerMs = (name: string, ms: number): void => {
  if (!(ms > 0 && ms <= timerMsMax)) {
    throw new RangeError(`${name} must be above 0 and at most ${String(timerMsMax)} milliseconds, not ${String(ms)}`)
  }
}
