/**
 * Goal: whatever the order in which trades come, the last revision of each bar is the bar of all its trades; and where the vendor's own
 * rules are known, the bars are the vendor's.
 *
 * Method: trades from fast-check in a shuffled order against bars computed directly, without windows or revisions; the simulator's
 * trades, late reports among them, against the bars it sends; the recorded day's trades against its bars, where that day is there.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import fc from 'fast-check'
import { from, lastValueFrom, toArray } from 'rxjs'

import { rebar, toBars, tradeUse, type Bar, type ToBarsOptions, type TradeUse } from '../operators/index.ts'
import { decodeFrame, encodeEvent as encodeWire, type MinuteBar, type SecondBar, type Trade } from '../streams/index.ts'
import { encodeEvent, market } from '../src/simulator/index.ts'

jest.setTimeout(120_000)

const widthMs = 1_000

const made = (trades: readonly Trade[], options: ToBarsOptions): Promise<Bar<'bar'>[]> =>
  lastValueFrom(from(trades).pipe(toBars(options), toArray()))

const keyOf = ({ symbol, startMs }: { readonly symbol: string; readonly startMs: number }): string =>
  `${symbol} ${startMs}`

/** The last bar of each window. */
const latest = <B extends { readonly symbol: string; readonly startMs: number }>(bars: readonly B[]): Map<string, B> =>
  new Map(bars.map((bar) => [keyOf(bar), bar]))

const everything: TradeUse = { volume: true, range: true, ends: true }
const close = (one: number | undefined, other: number | undefined): boolean =>
  one === other || Math.abs((one ?? NaN) - (other ?? NaN)) < 1e-6

/** All windows at once, from the trades in the order of their times. */
const direct = (trades: readonly Trade[]): Map<string, Bar<'bar'>> => {
  const windows = new Map<string, Trade[]>()
  for (const trade of trades) {
    const startMs = Math.floor(trade.atMs / widthMs) * widthMs
    const key = keyOf({ symbol: trade.symbol, startMs })
    windows.set(key, [...(windows.get(key) ?? []), trade])
  }
  const bars = [...windows].map(([key, all]): [string, Bar<'bar'> | undefined] => {
    const sorted = all.sort((one, other) => one.atMs - other.atMs || (one.sequence ?? 0) - (other.sequence ?? 0))
    const ranged = sorted.filter((trade) => tradeUse(trade).range)
    const ended = sorted.filter((trade) => tradeUse(trade).ends)
    const both = ended.length > 0 ? ended : ranged
    const sized = sorted.filter((trade) => tradeUse(trade).volume)
    const priced = sized.filter((trade) => tradeUse(trade).range)
    const [first] = both
    const last = both.at(-1)
    if (first === undefined || last === undefined) return [key, undefined]
    const volume = sized.reduce((sum, { size }) => sum + size, 0)
    const pricedVolume = priced.reduce((sum, { size }) => sum + size, 0)
    const prices = ranged.map(({ price }) => price)
    return [
      key,
      {
        ev: 'bar',
        symbol: first.symbol,
        open: first.price,
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: last.price,
        volume,
        trades: sized.length,
        ...(sized.length > 0 ? { averageSize: Math.floor(volume / sized.length) } : {}),
        ...(pricedVolume > 0
          ? { vwap: priced.reduce((sum, { price, size }) => sum + price * size, 0) / pricedVolume }
          : {}),
        startMs: Math.floor(first.atMs / widthMs) * widthMs,
        endMs: Math.floor(first.atMs / widthMs) * widthMs + widthMs,
        otc: false,
        revision: 0,
      },
    ]
  })
  return new Map(bars.filter((entry): entry is [string, Bar<'bar'>] => entry[1] !== undefined))
}

/** The same bars, whatever their revisions; a mean to a millionth. */
const expectSame = (got: ReadonlyMap<string, Bar<'bar'>>, want: ReadonlyMap<string, Bar<'bar'>>): void => {
  const plain = (bars: ReadonlyMap<string, Bar<'bar'>>) =>
    new Map([...bars].map(([key, bar]) => [key, { ...bar, revision: 0, vwap: undefined }]))
  expect(plain(got)).toEqual(plain(want))
  for (const [key, { vwap }] of want)
    expect({ key, near: close(got.get(key)?.vwap, vwap) }).toEqual({ key, near: true })
}

const sentTrades = fc
  .array(
    fc.record({
      symbol: fc.constantFrom('AAPL', 'MSFT', 'GTE'),
      price: fc.integer({ min: 1, max: 2_000 }).map((cents) => cents / 100),
      size: fc.integer({ min: 0, max: 500 }),
      conditions: fc.subarray([2, 12, 32, 37, 38, 41]),
      // In steps, so that several fall on one millisecond.
      atMs: fc.integer({ min: 0, max: 60 }).map((step) => 1_700_000_000_000 + step * 100),
    }),
    { maxLength: 60 },
  )
  .map((drawn) => drawn.map((fields, i): Trade => ({ ev: 'T', ...fields, sequence: i + 1 })))

const dayFile = join(__dirname, '../../shared/data/us-equities-2013-10-07.frames.gz')

/** The day's events of one type as they came, and its minute bars by window. */
const readDay = <E extends Trade | SecondBar>(ev: E['ev']) => {
  const events: E[] = []
  const sent = new Map<string, MinuteBar>()
  for (const line of gunzipSync(readFileSync(dayFile)).toString().split('\n')) {
    const frame = line.slice(line.indexOf(' ') + 1)
    if (!frame.startsWith(`[{"ev":"${ev}",`) && !frame.startsWith('[{"ev":"AM",')) continue
    // No frame of the file mixes types.
    for (const event of decodeFrame(Buffer.from(frame)).batches.flatMap((batch) => [...batch]) as (E | MinuteBar)[]) {
      if (event.ev === 'AM') sent.set(keyOf(event), event)
      else events.push(event)
    }
  }
  return { events, sent }
}

const prices = ['open', 'high', 'low', 'close'] as const

const compareTrades = async (): Promise<void> => {
  const { events, sent } = readDay<Trade>('T')
  const last = latest(await made(events, { widthMs: 60_000 }))

  const same = { windows: 0, volume: 0, vwap: 0, whole: 0, near: 0 }
  for (const [key, want] of sent) {
    const bar = last.get(key)
    if (bar === undefined) continue
    same.windows += 1
    const isNear = prices.every((field) => Math.abs(bar[field] - want[field]) < want[field] * 0.001)
    const isSame = prices.every((field) => bar[field] === want[field])
    if (bar.volume === want.volume) same.volume += 1
    if (Math.abs((bar.vwap ?? 0) - (want.vwap ?? 0)) < 0.0005) same.vwap += 1
    if (isSame && bar.volume === want.volume) same.whole += 1
    if (isNear) same.near += 1
  }
  // Its trades lack most of the sale conditions by which its bars were made; that costs a cent here and there.
  expect({ ...same, sent: sent.size, made: last.size }).toEqual({
    sent: 2309,
    // One more: of AIG at 17:47 UTC the file has trades and no bar.
    made: 2310,
    windows: 2309,
    volume: 2294,
    vwap: 2308,
    whole: 1784,
    near: 2294,
  })
}

const compareSeconds = async (): Promise<void> => {
  const { events, sent } = readDay<SecondBar>('A')
  const bars = await lastValueFrom(from(events).pipe(rebar(), toArray()))

  const same = { open: 0, high: 0, low: 0, close: 0, volume: 0 }
  for (const bar of bars) {
    const want = sent.get(keyOf(bar))
    for (const field of [...prices, 'volume'] as const) if (bar[field] === want?.[field]) same[field] += 1
  }
  // The volumes of seconds need not sum to that of their minute: docs/protocol.md.
  expect({ made: bars.length, ...same }).toEqual({
    made: 2309,
    open: 2307,
    high: 2309,
    low: 2309,
    close: 2306,
    volume: 1978,
  })
}

describe('toBars', () => {
  it('ends with the bars of all trades, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        sentTrades.chain((trades) =>
          fc.tuple(fc.constant(trades), fc.shuffledSubarray(trades, { minLength: trades.length })),
        ),
        fc.record({ graceMs: fc.constantFrom(0, 1_500) }),
        async ([trades, shuffled], { graceMs }) => {
          const got = await made(shuffled, { widthMs, graceMs, windowsMax: 8 })

          expectSame(latest(got), direct(trades))
          // Numbered without a hole, each window for itself.
          for (const key of latest(got).keys()) {
            const numbers = got.filter((one) => keyOf(one) === key).map((one) => one.revision)
            expect(numbers).toEqual(numbers.map((_, i) => i))
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('revises nothing when trades come in order, and forgets nothing it needs', async () => {
    await fc.assert(
      fc.asyncProperty(sentTrades, fc.integer({ min: 1, max: 3 }), async (trades, windowsMax) => {
        const inOrder = trades.toSorted((one, other) => one.atMs - other.atMs)
        const got = await made(inOrder, { widthMs, windowsMax })

        expect(got.every(({ revision }) => revision === 0)).toBe(true)
        expectSame(latest(got), direct(trades))
      }),
    )
  })

  it('makes minute bars that the wire can say and the decoder reads', async () => {
    const trades = [100, 101.5, 99].map((price, i): Trade => {
      const atMs = 1_759_759_200_000 + i
      return { ev: 'T', symbol: 'AAPL', price, size: 100 + i, conditions: [], atMs, sequence: i }
    })
    const bars$ = from(trades).pipe(toBars({ widthMs: 60_000, ev: 'AM' }))
    const bar: MinuteBar = await lastValueFrom(bars$)
    const [batch] = decodeFrame(Buffer.from(`[${encodeWire(bar).toString()}]`)).batches

    // The count of trades is a field that the vendor's bars do not have: it stays in the bytes.
    expect({ ...batch?.at(0), trades: 3 }).toEqual(bar)
  })

  it.each([1, 2])(
    'makes the minute bars of the simulator of its trades, late reports among them (seed %p)',
    async (seed) => {
      const startMs = Date.UTC(2026, 10, 23, 14, 40)
      const running = market({
        seed,
        tickers: ['AAPL', 'MSFT', 'SPY'],
        rate: 20,
        startMs,
        stepMs: 100,
        lateTrades: 0.1,
      })
      const steps: (readonly (Trade | MinuteBar)[])[] = []
      while (running.nowMs < startMs + 20 * 60_000) {
        const { events } = running.step({ quotes: false })
        const frame = Buffer.from(`[${events.map(encodeEvent).join(',')}]`)
        steps.push(
          decodeFrame(frame).batches.flatMap((batch) => (['T', 'AM'].includes(batch.eventType) ? [...batch] : [])) as (
            Trade | MinuteBar
          )[],
        )
      }
      const all = steps.flat()
      const sent = all.filter((event): event is MinuteBar => event.ev === 'AM')
      // Its bars know the trades of all steps but the last.
      const trades = steps
        .slice(0, -1)
        .flat()
        .filter((event): event is Trade => event.ev === 'T')
      const isLate = ({ atMs, participantAtMs = atMs }: Trade): boolean => atMs - participantAtMs >= 3_000
      const bars = await made(trades, {
        widthMs: 60_000,
        windowsMax: 32,
        // Its rules, from docs/simulator.md: every trade counts, odd lots too, and a late one opens and closes nothing.
        counts: (trade) => (isLate(trade) ? { ...everything, ends: false } : everything),
        atMs: (trade) => (isLate(trade) ? (trade.participantAtMs ?? trade.atMs) : trade.atMs),
      })
      const last = latest(bars)
      const timely = new Set(
        trades
          .filter((trade) => !isLate(trade))
          .map(({ symbol, atMs }) => keyOf({ symbol, startMs: Math.floor(atMs / 60_000) * 60_000 })),
      )

      expect(sent.length).toBeGreaterThan(latest(sent).size)
      for (const [key, want] of latest(sent)) {
        const { open, high, low, close: closed, volume, averageSize, vwap } = last.get(key)!
        expect({ key, high, low, volume, averageSize }).toEqual({
          key,
          high: want.high,
          low: want.low,
          volume: want.volume,
          averageSize: want.averageSize,
        })
        expect(Math.abs((vwap ?? 0) - (want.vwap ?? 0))).toBeLessThan(0.00006)
        // Without a timely trade its bar opens and closes with the report that came first.
        const ends = timely.has(key) ? { open: want.open, closed: want.close } : { open, closed }
        expect({ key, open, closed }).toEqual({ key, ...ends })
      }
    },
  )

  const whenThere = existsSync(dayFile) ? it : it.skip
  const unless = existsSync(dayFile) ? '' : ' (skipped: the recorded day is not beside the repository)'

  whenThere(`makes the volumes of a recorded day's own minute bars, and most of them whole${unless}`, compareTrades)

  whenThere(`and rebar makes its minutes' prices of its seconds${unless}`, compareSeconds)
})
