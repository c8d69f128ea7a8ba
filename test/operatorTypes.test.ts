/**
 * Goal: operators infer through `.pipe` and through RxJS's own, and a wrong composition does not compile.
 *
 * Method: assignments that tsc checks; each `@ts-expect-error` is an error when the compiler finds nothing wrong. At run time the
 * frequencies are made, and no engine.
 */
import { filter, map, type Observable, of } from 'rxjs'

import { createEngine, fairMarketValue, perMinute, perSecond, simulated, type OutputOf } from '../src/index.ts'
import {
  batchBy,
  conflateBy,
  dedupeBy,
  handleMinuteBar,
  held,
  inSession,
  isolate,
  joinLatest,
  meter,
  rebar,
  scanFrom,
  spread,
  staleAfter,
  throttleByKey,
  toBars,
  vwap,
  watermark,
  type Bar,
  type Filler,
  type Liveness,
  type PerMinuteAggregateEvent,
  type Spread,
  type TradeWithLatest,
  type Vwap,
  type WindowComplete,
} from '../operators/index.ts'
import type { FairMarketValue, MinuteBar, Quote, SecondBar, Trade } from '../streams/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => undefined

const symbolOf = ({ symbol }: { readonly symbol: string }): string => symbol
const deadLetter = (): void => undefined
const reading = (): void => undefined

declare const trade$: Observable<Trade>
declare const bar$: Observable<MinuteBar>
declare const value$: Observable<FairMarketValue>

describe('types of operators', () => {
  it('infer through the pipe of a frequency', () => {
    const bars = perSecond().pipe(toBars({ widthMs: 60_000 }))
    same<OutputOf<typeof bars>, Bar<'bar'>>(true)
    const minutes = perSecond().pipe(toBars({ widthMs: 60_000, ev: 'AM' }))
    same<OutputOf<typeof minutes>, Bar<'AM'>>(true)
    const wide = perSecond({ channels: ['A'] }).pipe(rebar())
    same<OutputOf<typeof wide>, Bar<'bar'>>(true)
    const means = perSecond().pipe(vwap())
    same<OutputOf<typeof means>, Vwap>(true)
    const marked = perMinute().pipe(watermark())
    same<OutputOf<typeof marked>, MinuteBar | WindowComplete>(true)
    const filled = perMinute().pipe(watermark({ fill: 'seen', ev: 'done' }))
    same<OutputOf<typeof filled>, MinuteBar | Filler<MinuteBar> | WindowComplete<'done'>>(true)

    expect([bars, minutes, wide, means, marked, filled].map(({ stages }) => stages.length)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('infer in the list of an engine, and so the lanes', () => {
    const check = () => {
      const engine = createEngine({
        provider: simulated(),
        frequencies: [
          perSecond().pipe(toBars({ widthMs: 60_000 })),
          perMinute().pipe(watermark({ fill: ['AAPL'] })),
          fairMarketValue().pipe(spread({ last$: bar$ })),
        ],
      })
      const bars = engine.frequency('per_second').lane('bar').reader('one').pull()
      const marks = engine.frequency('per_minute').lane('complete').reader('one').pull()
      const spreads = engine.frequency('fair_market_value').lane('spread').reader('one').pull()
      const first: Bar<'bar'> = bars.at(0)
      return [first.revision, marks.at(0).fillers, spreads.at(0).percent]
    }

    expect(check).toBeDefined()
  })

  it('leave the type of what passes', () => {
    const trades = perSecond().pipe(
      inSession('regular'),
      dedupeBy(({ id, exchange }) => `${String(id)} ${String(exchange)}`),
      throttleByKey(symbolOf, { everyMs: 100 }),
      conflateBy(({ symbol }) => symbol, { everyMs: 100 }),
      meter({ everyMs: 1_000, reading }),
    )
    same<OutputOf<typeof trades>, Trade>(true)
    const batches = perSecond({ channels: ['T', 'Q'] }).pipeBatches(inSession(['pre', 'regular']))
    same<OutputOf<typeof batches>, Trade | Quote>(true)
    const metered = perSecond().pipeBatches(meter({ everyMs: 1_000, reading, size: (batch) => batch.length }))
    same<OutputOf<typeof metered>, Trade>(true)

    expect([trades, batches, metered].map(({ stages }) => stages.length)).toEqual([1, 1, 1])
  })

  it('follow one another', () => {
    const events = perSecond().pipe(
      toBars({ widthMs: 60_000, ev: 'AM' }),
      isolate(handleMinuteBar(), { deadLetter }),
      filter(({ minuteRange }) => minuteRange > 0),
    )
    same<OutputOf<typeof events>, PerMinuteAggregateEvent>(true)
    const counted = perSecond().pipe(
      scanFrom(
        held(0),
        (count) => count + 1,
        (count, { symbol }) => ({ ev: 'count' as const, symbol, count }),
      ),
    )
    same<OutputOf<typeof counted>, { ev: 'count'; symbol: string; count: number }>(true)

    expect([events.stages, counted.stages].map(({ length }) => length)).toEqual([1, 1])
  })

  it('know what stands beside a trade', () => {
    const check = (): void => {
      const joined: Observable<TradeWithLatest<MinuteBar>>[] = [trade$.pipe(joinLatest({ bar$, value$ }))]
      const beside$ = trade$.pipe(
        joinLatest({ bar$, value$ }),
        map(({ bar, fairValue }) => [bar, fairValue] as const),
      )
      same<typeof beside$, Observable<readonly [MinuteBar | undefined, FairMarketValue | undefined]>>(true)
      expect([joined, beside$]).toHaveLength(2)
    }

    expect(check).toBeDefined()
  })

  it('say what comes out', () => {
    const check = () => {
      const outputs = {
        spread$: value$.pipe(spread({ last$: trade$ })),
        liveness$: bar$.pipe(staleAfter(1_000)),
        lists$: bar$.pipe(batchBy({ count: 10 })),
      }
      same<
        typeof outputs,
        { spread$: Observable<Spread>; liveness$: Observable<Liveness>; lists$: Observable<readonly MinuteBar[]> }
      >(true)
      const minute$: Observable<MinuteBar> = trade$.pipe(toBars({ widthMs: 60_000, ev: 'AM' }))
      const second$: Observable<SecondBar> = trade$.pipe(toBars({ widthMs: 1_000, ev: 'A' }))
      return [outputs, minute$, second$]
    }

    expect(check).toBeDefined()
  })

  it('refuse what does not fit', () => {
    const check = (): void => {
      // @ts-expect-error bars are made of trades
      perMinute().pipe(toBars({ widthMs: 60_000 }))
      // @ts-expect-error wider bars are made of bars, not of trades
      perSecond().pipe(rebar())
      // @ts-expect-error a mean of bars
      perMinute().pipe(vwap())
      // @ts-expect-error trades have no windows to be complete
      perSecond().pipe(watermark())
      // @ts-expect-error the fair value comes from the source, not the trade
      perSecond().pipe(spread({ last$: trade$ }))
      // @ts-expect-error a fair value is no last price
      fairMarketValue().pipe(spread({ last$: value$ }))
      // @ts-expect-error trades beside trades
      perSecond().pipe(joinLatest({ bar$: trade$ }))
      // @ts-expect-error a trade is no fair value
      perSecond().pipe(joinLatest({ value$: trade$ }))
      // @ts-expect-error bars have none beside them
      perMinute().pipe(joinLatest({ value$ }))
      // @ts-expect-error no such session
      perSecond().pipe(inSession('lunch'))
      // @ts-expect-error a list is no event, it cannot stand in a lane
      perSecond().pipe(batchBy({ count: 10 }))
      // @ts-expect-error nor is a word
      perSecond().pipe(staleAfter(1_000))
      // @ts-expect-error dead letters have no default
      perSecond().pipe(isolate(map((trade: Trade) => trade)))
      // @ts-expect-error a bound that is not given
      void of(1).pipe(batchBy({ everyMs: 10 }))
      // @ts-expect-error a trade has no close
      perSecond().pipe(dedupeBy(({ close }) => close))
      // @ts-expect-error operators over events where batches flow
      perSecond().pipeBatches(toBars({ widthMs: 60_000 }))
    }

    expect(check).toBeDefined()
  })
})
