/**
 * Goal: whatever comes, in whatever order and at whatever time, operators keep what their doc comments promise: nothing lost but what they
 * are for, order, bounds, pace.
 *
 * Method: values from fast-check at moments of a virtual clock; what comes out is judged by the promise, not by another implementation.
 */
import fc from 'fast-check'
import { from, lastValueFrom, map, type OperatorFunction, pipe, Subject, toArray, VirtualTimeScheduler } from 'rxjs'

import {
  batchBy,
  conflateBy,
  dedupeBy,
  isolate,
  meter,
  rebar,
  staleAfter,
  throttleByKey,
  toBars,
  watermark,
  type Bar,
  type IsolatedLetter,
  type MeterReading,
  type WindowComplete,
} from '../operators/index.ts'
import type { MinuteBar, Trade } from '../streams/index.ts'

interface Sent {
  readonly key: string
  readonly n: number
  readonly atMs: number
}
interface Got<R> {
  readonly value: R
  readonly atMs: number
}

const everyMs = 10

const arrivals = fc
  .array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), gapMs: fc.integer({ min: 0, max: 12 }) }), {
    maxLength: 80,
  })
  .map((drawn) => {
    let atMs = 0
    return drawn.map(({ key, gapMs }, n): Sent => ({ key, n, atMs: (atMs += gapMs) }))
  })

/** What an operator gives of values sent at their moments, and then of the end. */
const given = <R>(
  sent: readonly Sent[],
  build: (clock: VirtualTimeScheduler) => OperatorFunction<Sent, R>,
): Got<R>[] => {
  const clock = new VirtualTimeScheduler()
  const source$ = new Subject<Sent>()
  const got: Got<R>[] = []
  source$.pipe(build(clock)).subscribe((value) => got.push({ value, atMs: clock.now() }))
  for (const one of sent) clock.schedule(() => source$.next(one), one.atMs)
  clock.schedule(() => source$.complete(), endOf(sent))
  clock.maxFrames = endOf(sent)
  clock.flush()
  return got
}

/** A bar that comes with the value; those of b are of a window before it. */
const barOf = ({ key, atMs }: Sent): MinuteBar => {
  const startMs = Math.floor(atMs / everyMs) * everyMs - (key === 'b' ? everyMs : 0)
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1, otc: false }
  return { ev: 'AM', symbol: key, ...prices, startMs, endMs: startMs + 1, revision: 0 }
}

const endOf = (sent: readonly Sent[]): number => (sent.at(-1)?.atMs ?? 0) + 1
const keyOf = ({ key }: Sent): string => key
const byKey = <T extends { readonly value: Sent }>(got: readonly T[], key: string): T[] =>
  got.filter(({ value }) => value.key === key)
const isIncreasing = (numbers: readonly number[]): boolean =>
  numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? NaN))

describe('operators, whatever comes', () => {
  it('batchBy: the lists are the source, none is too long, none waits too long', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (sent, count) => {
        const lists = given(sent, (scheduler) => batchBy({ count, everyMs, scheduler }))

        expect(lists.flatMap(({ value }) => value)).toEqual(sent)
        for (const { value, atMs } of lists) {
          expect(value.length).toBeLessThanOrEqual(count)
          expect(atMs - value[0]!.atMs).toBeLessThanOrEqual(everyMs)
        }
      }),
    )
  })

  it('conflateBy: the last word of each key comes, in order, and within the pace', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (sent, keysMax) => {
        const got = given(sent, (scheduler) => conflateBy(keyOf, { everyMs, keysMax, scheduler }))

        for (const key of 'abcd') {
          const out = byKey(got, key)
          expect(isIncreasing(out.map(({ value }) => value.n))).toBe(true)
          expect(out.at(-1)?.value).toBe(sent.findLast((one) => one.key === key))
        }
        for (const { value, atMs } of got) expect(atMs - value.atMs).toBeLessThanOrEqual(everyMs)
      }),
    )
  })

  it('throttleByKey: the first comes at once, the last always, and never two within the interval', () => {
    fc.assert(
      fc.property(arrivals, (sent) => {
        const got = given(sent, (scheduler) => throttleByKey(keyOf, { everyMs, scheduler }))

        for (const key of 'abcd') {
          const out = byKey(got, key)
          const first = sent.find((one) => one.key === key)
          expect(out[0]).toEqual(first && { value: first, atMs: first.atMs })
          expect(out.at(-1)?.value).toBe(sent.findLast((one) => one.key === key))
          expect(isIncreasing(out.map(({ value }) => value.n))).toBe(true)
          // The end gives out what waits, before its time.
          const paced = out.filter(({ atMs }) => atMs < endOf(sent))
          expect(paced.every(({ atMs }, i) => i === 0 || atMs - (paced[i - 1]?.atMs ?? 0) >= everyMs)).toBe(true)
        }
      }),
    )
  })

  it('dedupeBy: no key twice within the window, and nothing dropped without its like before it', () => {
    fc.assert(
      fc.property(arrivals, (sent) => {
        const got = given(sent, (scheduler) => dedupeBy(keyOf, { windowMs: everyMs, scheduler })).map(
          ({ value }) => value,
        )

        for (const key of 'abcd') {
          const out = got.filter((one) => one.key === key)
          expect(out.every(({ atMs }, i) => i === 0 || atMs - (out[i - 1]?.atMs ?? 0) >= everyMs)).toBe(true)
        }
        for (const dropped of sent.filter((one) => !got.includes(one))) {
          const before = got.filter(
            ({ key, n, atMs }) => key === dropped.key && n < dropped.n && dropped.atMs - atMs < everyMs,
          )
          expect(before).toHaveLength(1)
        }
      }),
    )
  })

  it('meter: what the readings count is what passed, and they leave no moment out', () => {
    fc.assert(
      fc.property(arrivals, (sent) => {
        const readings: MeterReading[] = []
        const got = given(sent, (scheduler) => meter({ everyMs, scheduler, reading: (one) => readings.push(one) }))

        expect(got.map(({ value }) => value)).toEqual(sent)
        expect(readings.reduce((sum, { count }) => sum + count, 0)).toBe(sent.length)
        expect(readings.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)).toBe(endOf(sent))
        expect(readings.at(-1)?.total).toBe(sent.length)
      }),
    )
  })

  it('none leaves a timer behind, whenever it is unsubscribed', () => {
    const built: readonly ((scheduler: VirtualTimeScheduler) => OperatorFunction<Sent, unknown>)[] = [
      (scheduler) => batchBy({ count: 9, everyMs, scheduler }),
      (scheduler) => conflateBy(keyOf, { everyMs, scheduler }),
      (scheduler) => throttleByKey(keyOf, { everyMs, scheduler }),
      (scheduler) => meter({ everyMs, scheduler, reading: () => {} }),
      (scheduler) => staleAfter(everyMs, scheduler),
      (scheduler) => pipe(map(barOf), watermark({ widthMs: everyMs, scheduler, sessionAt: () => 'regular' })),
      (scheduler) => pipe(map(barOf), rebar({ widthMs: everyMs, quietMs: everyMs, scheduler })),
    ]
    fc.assert(
      fc.property(arrivals, fc.constantFrom(...built), (sent, build) => {
        const clock = new VirtualTimeScheduler()
        const source$ = new Subject<Sent>()
        const subscription = source$.pipe(build(clock)).subscribe()
        for (const one of sent) clock.schedule(() => source$.next(one), one.atMs)
        clock.schedule(() => {
          subscription.unsubscribe()
        }, endOf(sent))
        clock.maxFrames = endOf(sent)
        clock.flush()

        expect(clock.actions).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('isolate: every value comes out or is a dead letter, in order', () => {
    fc.assert(
      fc.property(arrivals, fc.constantFrom('a', 'b', 'z'), (sent, bad) => {
        const letters: IsolatedLetter<Sent>[] = []
        const risky = map((one: Sent) => {
          if (one.key === bad) throw new Error(bad)
          return one
        })
        const got = given(sent, (scheduler) => isolate(risky, { scheduler, deadLetter: (one) => letters.push(one) }))

        expect(got.map(({ value }) => value)).toEqual(sent.filter(({ key }) => key !== bad))
        expect(letters.map(({ values }) => values[0])).toEqual(sent.filter(({ key }) => key === bad))
        expect(letters.map(({ atMs }) => atMs)).toEqual(sent.filter(({ key }) => key === bad).map(({ atMs }) => atMs))
      }),
    )
  })

  const startMs = 1_759_759_200_000

  it('rebar: seconds of trades in any order end as the minutes of the trades', async () => {
    const trades = fc
      .array(
        fc.record({
          symbol: fc.constantFrom('AAPL', 'MSFT'),
          price: fc.integer({ min: 100, max: 200 }),
          size: fc.integer({ min: 1, max: 500 }),
          atMs: fc.integer({ min: startMs, max: startMs + 200_000 }),
        }),
        { maxLength: 60 },
      )
      .map((drawn) => drawn.map((fields, i): Trade => ({ ev: 'T', conditions: [], sequence: i, ...fields })))

    await fc.assert(
      fc.asyncProperty(trades, async (sent) => {
        const ends = (bars: readonly Bar[]) =>
          new Map(
            bars.map(({ revision: _, vwap, ...bar }) => [
              `${bar.symbol} ${bar.startMs}`,
              { ...bar, vwap: vwap?.toFixed(6) },
            ]),
          )
        const all = { windowsMax: 256 }
        const minutes = await lastValueFrom(from(sent).pipe(toBars({ ...all, widthMs: 60_000 }), toArray()))
        const summed = await lastValueFrom(from(sent).pipe(toBars({ ...all, widthMs: 1_000 }), rebar(all), toArray()))

        expect(ends(summed)).toEqual(ends(minutes))
      }),
    )
  })

  it('watermark: the bars pass as they came, and each window is complete once, in order', async () => {
    const bars = fc
      .array(
        fc.record({
          symbol: fc.constantFrom('AAPL', 'MSFT'),
          minute: fc.integer({ min: 0, max: 8 }),
          revision: fc.integer({ min: 0, max: 2 }),
        }),
        { maxLength: 40 },
      )
      .map((drawn) =>
        drawn.map(({ symbol, minute, revision }): MinuteBar => {
          const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1, otc: false }
          return {
            ev: 'AM',
            symbol,
            ...prices,
            startMs: startMs + minute * 60_000,
            endMs: startMs + minute * 60_000 + 60_000,
            revision,
          }
        }),
      )

    await fc.assert(
      fc.asyncProperty(bars, fc.integer({ min: 0, max: 200_000 }), async (sent, lateness) => {
        const all = await lastValueFrom(from(sent).pipe(watermark({ by: 'bars', lateness, fill: 'seen' }), toArray()))
        const marks = all.filter((one): one is WindowComplete => one.ev === 'complete')
        const fillers = all.filter((one) => 'filler' in one)

        expect(all.filter((one) => one.ev === 'AM' && !('filler' in one))).toEqual(sent)
        expect(isIncreasing(marks.map((mark) => mark.startMs))).toBe(true)
        expect(marks.reduce((sum, mark) => sum + mark.fillers, 0)).toBe(fillers.length)
        // A window that had a bar before it was complete counts it; one that is marked has no other bar of that symbol before its mark.
        for (const mark of marks) {
          const before = all.slice(0, all.indexOf(mark))
          const symbols = new Set(
            before.flatMap((one) =>
              one.ev === 'AM' && one.startMs === mark.startMs && !('filler' in one) ? [one.symbol] : [],
            ),
          )
          expect(mark.bars).toBe(symbols.size)
        }
        expect(marks.at(-1)?.startMs ?? -Infinity).toBe(Math.max(...sent.map((bar) => bar.startMs)))
      }),
    )
  })
})
