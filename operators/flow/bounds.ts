import { timerMsMax } from './retryBackoff.ts'

/** Refuses a bound that is no number of things: a whole number of at least 1. `what` names the operator and its option. */
export const checkCount = (what: string, value: number): void => {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} must be a whole number of at least 1, but is ${String(value)}`)
  }
}

/** Refuses a time that no timer can wait. */
export const checkTimeMs = (what: string, value: number): void => {
  if (!(value > 0 && value <= timerMsMax)) {
    throw new RangeError(`${what} must be more than 0 and at most ${timerMsMax} milliseconds, but is ${String(value)}`)
  }
}
