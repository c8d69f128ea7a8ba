/**
 * Goal: the compiler knows what each frequency of an engine gives, and refuses what does not fit.
 *
 * Method: assignments that tsc checks (`npm run typecheck` covers this folder); each `@ts-expect-error` is an error when the
 * compiler finds nothing wrong. At run time the functions are only made, not called.
 */
import { describe, expect, it } from '@jest/globals'
import { filter, map, type Observable, type OperatorFunction, pairwise } from 'rxjs'

import { handleMinuteBar, handleTick } from '../operators/index.ts'
import {
  createEngine,
  fairMarketValue,
  perMinute,
  perSecond,
  simulated,
  type Engine,
  type EventLike,
  type FairMarketValue,
  type MinuteBar,
  type OutputOf,
  type Pulled,
  type Quote,
  type Reader,
  type SourceOf,
  type StreamState,
  type Trade,
} from '../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => undefined

interface Signal {
  readonly ev: 'SIGNAL'
  readonly symbol: string
  readonly strength: number
}

const makeEngine = () =>
  createEngine({
    provider: simulated({ seed: 7 }),
    frequencies: [
      perSecond({ tickers: ['AAPL'] }),
      perMinute().pipe(map(({ symbol, close }): Signal => ({ ev: 'SIGNAL', symbol, strength: close }))),
      fairMarketValue().pipeBatches(map((batch) => batch.filter((all, i) => all.number(i, 'price') > 1))),
    ],
  })

type Made = ReturnType<typeof makeEngine>

describe('types', () => {
  it('follow from the list of frequencies', () => {
    const check = (engine: Made): void => {
      const second = engine.frequency('per_second')
      const minute = engine.frequency('per_minute')
      const value = engine.frequency('fair_market_value')
      same<typeof second.event$, Observable<Trade>>(true)
      same<typeof minute.event$, Observable<Signal>>(true)
      same<typeof minute.source$, Observable<MinuteBar>>(true)
      const value$: Observable<FairMarketValue> = value.event$
      value$.subscribe()
      const reader: Reader<Signal> = minute.lane('SIGNAL').reader('one')
      const pulled: Pulled<Trade> = second.lane('T').reader('one').pull()
      expect([reader, pulled]).toHaveLength(2)

      // @ts-expect-error no such frequency in the list
      engine.frequency('per_hour')
      // @ts-expect-error its operators make SIGNAL, not AM
      minute.lane('AM')
      // @ts-expect-error a trade has no close
      second.event$.pipe(map(({ close }) => close)).subscribe()
    }

    expect([check, makeEngine]).toHaveLength(2)
  })

  it('give a minute bar where nothing is piped', () => {
    const check = (engine: Engine<[ReturnType<typeof perMinute>]>): void => {
      const bar$: Observable<MinuteBar> = engine.frequency('per_minute').event$
      bar$.subscribe()
    }

    expect(check).toBeDefined()
  })

  it('give the union of the channels that are asked for', () => {
    const both = perSecond({ channels: ['T', 'Q'] })
    const one = perSecond()
    same<OutputOf<typeof both>, Trade | Quote>(true)
    same<OutputOf<typeof one>, Trade>(true)
    same<SourceOf<typeof both>, Trade | Quote>(true)
    expect([both.eventTypes, one.eventTypes]).toEqual([['T', 'Q'], ['T']])

    // @ts-expect-error minute bars are another frequency's
    expect(() => perSecond({ channels: ['AM'] })).toThrow(RangeError)
  })

  it('pass through operators and refuse those that do not fit', () => {
    const piped = perMinute().pipe(
      filter(({ close }) => close > 1),
      map(({ symbol, close }): Signal => ({ ev: 'SIGNAL', symbol, strength: close })),
      filter(({ strength }) => strength > 2),
    )
    same<OutputOf<typeof piped>, Signal>(true)
    same<SourceOf<typeof piped>, MinuteBar>(true)

    // @ts-expect-error an operator over trades
    perMinute().pipe(map((event: Trade) => event))
    // @ts-expect-error what comes out has neither ev nor symbol
    perMinute().pipe(map(({ close }) => close))
    // @ts-expect-error an operator over events where batches flow
    perMinute().pipeBatches(map(({ close }) => close))
    // @ts-expect-error the third of them takes what the first gave
    perSecond().pipe(handleTick(), filter(Boolean), handleMinuteBar())

    expect(piped.name).toBe('per_minute')
  })

  it('infer through nine operators, generic ones among them, and through stages', () => {
    const passed = <E extends EventLike>(): OperatorFunction<E, E> => filter(({ symbol }) => symbol !== '')
    const nine = perSecond().pipe(
      passed(),
      handleTick(),
      passed(),
      filter(({ price }) => price > 1),
      passed(),
      map((tick) => ({ ...tick, ev: 'mine' as const })),
      passed(),
      pairwise(),
      map(([before, now]): Signal => ({ ev: 'SIGNAL', symbol: now.symbol, strength: now.price - before.price })),
    )
    same<OutputOf<typeof nine>, Signal>(true)
    const staged = nine.pipeBatches((batch$) => batch$).pipe(filter(({ strength }) => strength > 0))
    same<OutputOf<typeof staged>, Signal>(true)
    same<SourceOf<typeof staged>, Trade>(true)

    expect(staged.stages.map(({ kind }) => kind)).toEqual(['events', 'batches', 'events'])
  })

  it('let operators be exchanged for others that give the same', () => {
    const check = (engine: Made): void => {
      const minute = engine.frequency('per_minute')
      minute.setOperators((bare) =>
        bare.pipe(map(({ symbol, volume }): Signal => ({ ev: 'SIGNAL', symbol, strength: volume }))),
      )
      // @ts-expect-error its lanes and whoever reads them have been promised SIGNAL
      minute.setOperators((bare) => bare.pipe(filter(({ close }) => close > 1)))
      const ofTrades = map(({ size }: Trade): Signal => ({ ev: 'SIGNAL', symbol: '', strength: size }))
      // @ts-expect-error minute bars go in, not trades
      minute.setOperators((bare) => bare.pipe(ofTrades))
    }

    expect(check).toBeDefined()
  })

  it('name the verdicts of start after the frequencies', () => {
    const check = async (engine: Made): Promise<void> => {
      const verdicts = await engine.start()
      const state: StreamState = verdicts.per_second
      expect(state.word).toBe('live')
      // @ts-expect-error no such frequency
      expect(verdicts.per_hour).toBeUndefined()
    }

    expect(check).toBeDefined()
  })
})
