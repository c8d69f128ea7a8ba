import { map, type OperatorFunction } from 'rxjs'

/** A place for state that outlives the operator which uses it. The host makes it, may look into it, save it, and set it. */
export interface Held<S> {
  value: S
}

/** Makes a place with something in it: `const counts = held(0)`. */
export const held = <S>(value: S): Held<S> => ({ value })

/**
 * Accumulates into a place that the host holds, so that the state outlives a restart of the operators.
 *
 *     source                -a-b-x-c-|     x makes `add` throw
 *     scanFrom(sum, add)    -A-B-#         A = a, B = a + b
 *     subscribed again      -------C-|     C = a + b + c: `sum` still held a + b
 *
 * With `scan` a fresh instance begins at the seed again: a throw in the same stage, `restart()` and `setOperators()` all
 * build one. Here the place is made outside, once:
 *
 *     const highs = held(new Map<string, number>())
 *     perSecond().pipe(scanFrom(highs, remember, (map, trade) => ({ ev: 'high', symbol: trade.symbol, price: map.get(trade.symbol) })))
 *
 * The place is filled when `accumulate` has returned; when it throws, the state is what it was before, and the value is a dead
 * letter. (State that is changed in place is changed as far as it got.) What comes out is the state, or what `output` makes of it and
 * the value. Two operators that share one place share their state.
 *
 * Completes and fails with the source; errors with what `accumulate` or `output` throws. Holds nothing of its own, and what it
 * accumulates is bounded by the host's `accumulate`.
 */
export function scanFrom<T, S>(place: Held<S>, accumulate: (state: S, value: T) => S): OperatorFunction<T, S>
export function scanFrom<T, S, R>(
  place: Held<S>,
  accumulate: (state: S, value: T) => S,
  output: (state: S, value: T) => R,
): OperatorFunction<T, R>
export function scanFrom<T, S, R>(
  place: Held<S>,
  accumulate: (state: S, value: T) => S,
  output?: (state: S, value: T) => R,
): OperatorFunction<T, S | R> {
  return map((value) => {
    place.value = accumulate(place.value, value)

    return output === undefined ? place.value : output(place.value, value)
  })
}
