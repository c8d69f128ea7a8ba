import { type Observable, type OperatorFunction, Subscription } from 'rxjs'
import type { FairMarketValue, Trade } from '../../streams/model.ts'
import { checkCount } from '../flow/bounds.ts'
import { keyMemory } from '../flow/keyMemory.ts'
import { operate } from '../flow/operate.ts'
import type { Bar } from './bar.ts'
import type { Draft } from './draft.ts'
import type { FairMarketValueEvent } from './handleFmv.ts'

/** A trade with what was known of its symbol. */
export interface TradeWithLatest<
  B extends Bar = Bar,
  V extends FairMarketValue | FairMarketValueEvent = FairMarketValue,
  Ev extends string = 'joined',
> {
  readonly ev: Ev
  readonly symbol: string
  /** That of the trade, Unix milliseconds. */
  readonly atMs: number
  readonly trade: Trade
  /** The newest bar by its start; absent before the first. */
  readonly bar?: B
  /** The newest fair value by its time; absent before the first. */
  readonly fairValue?: V
}

export interface JoinLatestOptions<
  B extends Bar,
  V extends FairMarketValue | FairMarketValueEvent,
  Ev extends string = 'joined',
> {
  /** Bars of any kind: `engine.frequency('per_minute').event$`. */
  readonly bar$?: Observable<B>
  /** Fair values: `engine.frequency('fair_market_value').event$`. */
  readonly value$?: Observable<V>
  /** The event type of what comes out; `joined` by default. */
  readonly ev?: Ev
  /** The most symbols of which something is remembered; 20,000 by default. Beyond it the one that came first is forgotten. */
  readonly symbolsMax?: number
}

interface Beside<B, V> {
  bar: B | undefined
  fairValue: V | undefined
}

/**
 * Puts the last bar and the last fair value of its symbol beside each trade.
 *
 *     bar$                              --m------n--
 *     value$                            ----v-------
 *     source                            -a-b--c-x-d-|     x is of another symbol
 *     joinLatest({ bar$, value$ })      -A-B--C-X-D-|     A = a    B = b, m    C = c, m, v    X = x    D = d, n, v
 *
 * The last by their own time, not by arrival: a bar of an earlier minute that is sent again does not take the place of a newer
 * one. No trade waits for anything. What comes in one frame with a trade is beside it when it comes before it.
 *
 * Events are new plain objects, `ev: 'joined'` by default. Completes and fails with the source, and with an error of `bar$` or `value$`;
 * when one of those completes, what it gave last stays. Subscribes them before the source; unsubscribing releases all three.
 * Holds one bar and one value for each of at most `symbolsMax` symbols. A wrong bound is a RangeError when the operator is built.
 */
export const joinLatest = <
  B extends Bar = never,
  V extends FairMarketValue | FairMarketValueEvent = never,
  const Ev extends string = 'joined',
>(
  options: JoinLatestOptions<B, V, Ev>,
): OperatorFunction<Trade, TradeWithLatest<B, V, NoInfer<Ev>>> => {
  const { bar$, value$, symbolsMax = 20_000 } = options
  // The default is what the type says when nothing is given.
  const ev = options.ev ?? ('joined' as Ev)
  checkCount('joinLatest: symbolsMax', symbolsMax)

  return operate<Trade, TradeWithLatest<B, V, Ev>>((subscriber) => {
    const known = keyMemory<string, Beside<B, V>>(symbolsMax)
    const sides = new Subscription()

    const besideOf = (symbol: string): Beside<B, V> => {
      let beside = known.get(symbol)
      if (beside === undefined) known.add(symbol, (beside = { bar: undefined, fairValue: undefined }))
      return beside
    }

    const follow = <S>(side$: Observable<S> | undefined, take: (value: S) => void): void => {
      const error = (cause: unknown): void => {
        subscriber.error(cause)
      }
      if (side$ !== undefined) sides.add(side$.subscribe({ next: take, error }))
    }

    follow(bar$, (bar) => {
      const beside = besideOf(bar.symbol)
      if (beside.bar === undefined || bar.startMs >= beside.bar.startMs) beside.bar = bar
    })
    follow(value$, (value) => {
      const beside = besideOf(value.symbol)
      if (beside.fairValue === undefined || value.atMs >= beside.fairValue.atMs) beside.fairValue = value
    })

    return {
      next: (trade) => {
        const { symbol, atMs } = trade
        const beside = known.get(symbol)
        const joined: Draft<TradeWithLatest<B, V, Ev>> = { ev, symbol, atMs, trade }
        if (beside?.bar !== undefined) joined.bar = beside.bar
        if (beside?.fairValue !== undefined) joined.fairValue = beside.fairValue
        subscriber.next(joined)
      },
      released: () => sides.unsubscribe(),
    }
  })
}
