import { defer, distinctUntilChanged, map, type OperatorFunction, scan, skip, startWith } from 'rxjs'

import { retryBackoff } from '../operators/flow/retryBackoff.ts'

/** What became of operators: an event has passed them, or they had to be restarted without one. */
export type Outcome = 'passed' | 'failed'

/** Whether operators may have events: `probation` is one try after a wait, before the next wait. */
export type Trust = 'ok' | 'quarantined' | 'probation'

export interface QuarantineOptions {
  /** So many failures in a row, without one event passed in between, end the trust; a whole number from 1. */
  readonly restartsMax: number
  /** About how long the first wait is, milliseconds. */
  readonly initialMs: number
  /** About the longest wait, milliseconds. */
  readonly capMs: number
  /** The waits start over only when the trust had lasted for so long, milliseconds. */
  readonly stableMs: number
  /** From 0 up to but not 1. */
  readonly random: () => number
}

/** How operators stand: the failures since an event has passed. */
interface Standing {
  readonly trust: 'ok' | 'probation'
  readonly fruitless: number
}

/**
 * Withdraws the trust from operators that fail again and again, for waits that grow each time.
 *
 *     outcome$           -f-f------f------------p-f-f----     p = passed, f = failed
 *     quarantine         ---Q--P---Q-----P------O---Q----     Q = quarantined, for 3, then 6 and 12 ms, P = probation, O = ok
 *       restartsMax: 2
 *
 * They are trusted from the start, without a word, until `restartsMax` failures in a row. On probation the first failure is enough,
 * and the first event that passes gives the trust back; but the waits go on growing until the trust has lasted for `stableMs`, from
 * that event to the next quarantine: to pass one event proves nothing. The waits are those of `retryBackoff`, doubled up to the
 * cap, with a random length from half of it up: a wait of next to nothing would spare nobody operators that fail every time.
 *
 * Hot sources only: what is said during a wait is not heard, and nobody should push then. Completes with the source, unless it is
 * waiting. Unsubscribing ends the wait; no timer stays. Wrong options are a RangeError when the operator is built.
 */
export const quarantine = ({ restartsMax, ...waits }: QuarantineOptions): OperatorFunction<Outcome, Trust> => {
  if (!(Number.isInteger(restartsMax) && restartsMax >= 1)) {
    throw new RangeError(`restartsMax must be a whole number from 1, but is ${restartsMax}`)
  }

  const again = retryBackoff<Trust, Trust>({
    ...waits,
    jitter: 'half',
    isUp: (trust) => trust === 'ok',
    waiting: () => 'quarantined',
  })

  return (outcome$) =>
    defer(() => {
      let begin: Standing = { trust: 'ok', fruitless: 0 }

      const trusted$ = defer(() => {
        const begun = begin

        begin = { trust: 'probation', fruitless: restartsMax - 1 }

        return outcome$.pipe(
          scan(after, begun),
          startWith(begun),
          map(({ trust, fruitless }): Trust => {
            // The failure that is waited after.
            if (fruitless >= restartsMax) throw new Error('the operators pass nothing')

            return trust
          }),
        )
      })

      return trusted$.pipe(again, distinctUntilChanged(), skip(1))
    })
}

const after = ({ trust, fruitless }: Standing, outcome: Outcome): Standing =>
  outcome === 'passed' ? { trust: 'ok', fruitless: 0 } : { trust, fruitless: fruitless + 1 }
