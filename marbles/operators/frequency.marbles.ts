import { map, scan, tap } from 'rxjs'

import {
  conflateBy, dedupeBy, held, inSession, isolate, joinLatest, meter, rebar, scanFrom, spread, throttleByKey, toBars, vwap, type VwapSum, watermark,
} from '../../operators/index.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { Trade } from '../../streams/model.ts'
import { engineMarbles, letterEvents, marketTimeMs, minuteBar, secondBar, trade } from '../index.ts'

const no102 = tap(({ price }: Trade) => {
  if (price === 102) throw new Error('102 is too much')
})
const symbolOf = ({ symbol }: { readonly symbol: string }): string => symbol
const minuteMs = 60_000

describe('operators behind a frequency', () => {
  it('keep what others in their stage hold, when the one that fails is isolated', engineMarbles((m) => {
    const letters: (readonly Trade[])[] = []
    const risky = isolate(no102, { deadLetter: ({ values }) => letters.push(values) })
    m.engine({
      frequencies: [
        perSecond().pipe(risky, scan((so, { symbol }) => ({ ...so, symbol, count: so.count + 1 }), { ev: 'count', symbol: '', count: 0 })),
      ],
    })

    m.feed.T('-a-(bc)--')

    m.expectEvents('per_second', '-A-B-----', { A: { ev: 'count', symbol: 'AAPL', count: 1 }, B: { ev: 'count', symbol: 'AAPL', count: 2 } })
    m.expectDeadLetters('per_second', '---------')
    m.at('--------z', { z: () => { expect(letters).toEqual([letterEvents('T', 'b')]) } })
  }))

  it('go on where they were after a fault in their stage, with state that the host holds', engineMarbles((m) => {
    const counts = held(0)
    m.engine({ frequencies: [perSecond().pipe(scanFrom(counts, (n) => n + 1, (n, event: Trade) => ({ ...event, sequence: n })), no102)] })

    m.feed.T('-a-b-c-')

    m.expectEvents('per_second', '     -A---C-', { A: { ...letterEvents('T', 'a')[0], sequence: 1 }, C: { ...letterEvents('T', 'c')[0], sequence: 3 } })
    m.expectDeadLetters('per_second', '---b---')
  }))

  it('take whole batches', engineMarbles((m) => {
    const readings: number[] = []
    const letters: number[] = []
    const risky = map((batch: Batch<Trade>) => {
      if (batch.length === 2) throw new Error('two are too many')
      return batch
    })
    m.engine({
      frequencies: [
        perSecond()
          .pipeBatches(inSession('regular'))
          .pipeBatches(meter({ everyMs: 5, reading: ({ count }) => readings.push(count), size: ({ length }) => length }))
          .pipeBatches(isolate(risky, { deadLetter: ({ values }) => letters.push(values.length) })),
      ],
    })

    m.feed.T('-a-(bc)-d-x-', { x: trade({ atMs: marketTimeMs + 12 * 3_600_000 }) })

    m.expectEvents('per_second', '-a------d---')
    m.at('------------z', { z: () => { expect({ readings, letters }).toEqual({ readings: [3, 1], letters: [1] }) } })
  }))

  it('give at their own time what they have held, the very events', engineMarbles((m) => {
    m.engine({
      frequencies: [
        perSecond().pipe(conflateBy(symbolOf, { everyMs: 4 })),
        perMinute().pipe(dedupeBy(({ startMs }) => startMs), throttleByKey(symbolOf, { everyMs: 4 })),
      ],
    })

    m.feed.T(' -a-b------')
    m.feed.AM('-aab-----')

    m.expectEvents('per_second', '-----b---')
    m.expectEvents('per_minute', '-a---b---')
  }))

  it('give out what they hold when they are exchanged', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond().pipe(toBars({ widthMs: minuteMs }))] })
    const second = engine.frequency('per_second')

    m.feed.T('-ab---c-')
    m.at('    ----x', { x: () => { second.setOperators((f) => f.pipe(toBars({ widthMs: 1_000 }))) } })

    m.expect(second.event$.pipe(map(({ ev, close, endMs, startMs }) => [ev, close, endMs - startMs]))).toBe('----B---', { B: ['bar', 102, minuteMs] })
  }))

  it('fill lanes of their own', engineMarbles((m) => {
    const engine = m.engine({
      frequencies: [
        perSecond({ channels: ['A'] }).pipe(rebar()),
        perMinute().pipe(watermark({ by: 'bars' })),
      ],
    })

    m.feed.A('   -ab-', { a: secondBar(), b: secondBar({ startMs: marketTimeMs + minuteMs }) })
    m.feed.AM('  -ab-', { a: minuteBar(), b: minuteBar({ startMs: marketTimeMs + minuteMs }) })

    const per = { second: engine.frequency('per_second').lane('bar'), minute: engine.frequency('per_minute').lane('complete') }
    m.expect(per.second.batches({ count: 1 }).pipe(map(([bar]) => bar?.startMs))).toBe('  --a-', { a: marketTimeMs })
    m.expect(per.minute.batches({ count: 1 }).pipe(map(([mark]) => mark?.endMs))).toBe('  --b-', { b: marketTimeMs + minuteMs })
  }))

  it('join frequencies that run', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute(), fairMarketValue()] })
    const second = engine.frequency('per_second')
    const value = engine.frequency('fair_market_value')
    const bar$ = engine.frequency('per_minute').event$
    const joined$ = second.event$.pipe(joinLatest({ bar$, value$: value.event$ }))
    const spread$ = value.event$.pipe(spread({ last$: second.event$ }))

    m.feed.T('  ---a----b-')
    m.feed.AM(' -a--------')
    m.feed.FMV('------a---')

    m.expect(joined$.pipe(map(({ trade: { price }, bar, fairValue }) => [price, bar?.close, fairValue?.price]))).toBe('---A----B-', {
      A: [101, 101, undefined], B: [102, 101, 101],
    })
    m.expect(spread$.pipe(map(({ difference }) => difference))).toBe('------S-T-', { S: 0, T: -1 })
  }))

  it('join another frequency from inside their own', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), fairMarketValue()] })
    const { event$: value$ } = engine.frequency('fair_market_value')

    m.at('      -x', { x: () => { engine.frequency('per_second').setOperators((f) => f.pipe(joinLatest({ value$ }), map(({ trade: one, fairValue }) => ({ ...one, sequence: fairValue?.price ?? 0 })))) } })
    m.feed.T('  --a--b-')
    m.feed.FMV('----a--')

    m.expect(engine.frequency('per_second').event$.pipe(map(({ price, sequence }) => [price, sequence]))).toBe('--A--B-', { A: [101, 0], B: [102, 101] })
  }))

  it('sum what the host keeps, past an exchange', engineMarbles((m) => {
    const sums = new Map<string, VwapSum>()
    const engine = m.engine({ frequencies: [perSecond().pipe(vwap({ sums }))] })
    const second = engine.frequency('per_second')

    m.feed.T('-a---b-')
    m.at('    ---x', { x: () => { second.setOperators((f) => f.pipe(vwap({ sums }))) } })

    m.expect(second.event$.pipe(map(({ vwap: mean }) => mean))).toBe('-A---B-', { A: 101, B: 101.5 })
  }))
})
