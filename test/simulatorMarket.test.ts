import fc from 'fast-check'
import { encodeEvent, market, type MarketEvent, type MarketOptions } from '../src/simulator/index.ts'
import { random, weighted } from '../src/simulator/random.ts'
import { tickerNames } from '../src/simulator/tickers.ts'

// Goal: the market alone, without a socket, keeps its promises: the same bytes for the same seed, bars that are exactly its trades, fair values that follow.
// Method: step it through simulated minutes and recompute everything from the trades as they stand on the wire.

jest.setTimeout(30_000)
const startMs = 1_700_000_017_340
const options = (change: Partial<MarketOptions> = {}): MarketOptions => ({
  seed: 7,
  tickers: tickerNames(50),
  rate: 400,
  startMs,
  stepMs: 20,
  ...change,
})

const bytesOf = (chosen: MarketOptions, steps: number, quotes = false): string => {
  const running = market(chosen)
  const texts: string[] = []
  for (let step = 0; step < steps; step++) texts.push(...running.step({ quotes }).events.map(encodeEvent))
  return texts.join('\n')
}

/** The fields of every event type together; a test reads those of the type it looks at. */
interface Wire {
  readonly ev: string
  readonly sym: string
  readonly i: string
  readonly ds: string
  readonly p: number
  readonly s: number
  readonly t: number
  readonly e: number
  readonly x: number
  readonly q: number
  readonly v: number
  readonly z: number
  readonly o: number
  readonly h: number
  readonly l: number
  readonly c: number
  readonly vw: number
  readonly bp: number
  readonly ap: number
  readonly fmv: number
  readonly pt?: number
}

interface Heard {
  /** Start of the quantum it was sent in. */
  readonly sentMs: number
  readonly text: string
  readonly event: MarketEvent
  /** As a client parses it. */
  readonly wire: Wire
}

const heard = (chosen: MarketOptions, seconds: number, quotes = false): readonly Heard[] => {
  const running = market(chosen)
  const all: Heard[] = []
  for (let step = 0; step < (seconds * 1000) / chosen.stepMs; step++) {
    const { startMs: sentMs, events } = running.step({ quotes })
    for (const event of events) {
      const text = encodeEvent(event)
      all.push({ sentMs, text, event, wire: JSON.parse(text) as Wire })
    }
  }
  return all
}

describe('the market is the same for the same options', () => {
  it('gives identical bytes to two of one seed', () => {
    expect(bytesOf(options(), 4000)).toBe(bytesOf(options(), 4000))
  })

  it('gives other bytes to another seed', () => {
    expect(bytesOf(options(), 10)).not.toBe(bytesOf(options({ seed: 8 }), 10))
  })

  it('draws nothing for quotes: what is left without them is what there is when nobody wants them', () => {
    const without = bytesOf(options(), 3200)
    const left = bytesOf(options(), 3200, true)
      .split('\n')
      .filter((text) => !text.startsWith('{"ev":"Q"'))
      .join('\n')

    expect(left).toBe(without)
  })

  it('keeps its bytes from version to version of this code and of Node', () => {
    // A change here is a change of every recorded expectation of our users: say so in the changelog.
    expect(bytesOf(options({ tickers: ['AAPL'], rate: 40 }), 4)).toMatchInlineSnapshot(`
      "{"ev":"T","sym":"AAPL","i":"1","x":10,"p":189.2,"s":200,"ds":"200.0","t":1700000017368,"pt":1700000017365,"q":17766,"z":3}
      {"ev":"T","sym":"AAPL","i":"2","x":11,"p":189.2,"s":99,"ds":"99.0","c":[37],"t":1700000017393,"q":17769,"z":3}"
    `)
  })

  it('holds for any seed, rate, number of tickers and step', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 0, max: 4_294_967_295 }),
          rate: fc.constantFrom(0.5, 1, 37.5, 5000),
          count: fc.integer({ min: 1, max: 300 }),
          stepMs: fc.constantFrom(1, 20, 250, 1000),
        }),
        ({ count, ...rest }) => {
          const chosen = options({ ...rest, tickers: tickerNames(count) })
          expect(bytesOf(chosen, 15)).toBe(bytesOf(chosen, 15))
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('trades', () => {
  const all = heard(options({ rate: 2000 }), 120)
  const trades = all.filter(({ event }) => event.ev === 'T')

  it('come at about the rate, most of them on the first tickers', () => {
    const perTicker = new Map<string, number>()
    for (const { wire } of trades) perTicker.set(wire.sym, (perTicker.get(wire.sym) ?? 0) + 1)
    const counts = tickerNames(50).map((symbol) => perTicker.get(symbol) ?? 0)

    expect(trades.length / 120).toBeGreaterThan(1950)
    expect(trades.length / 120).toBeLessThan(2050)
    // Zipf: the second half as often as the first, the tenth a tenth.
    expect(counts[0]! / counts[1]!).toBeCloseTo(2, 0)
    expect(counts[0]! / counts[9]!).toBeCloseTo(10, -1)
    expect(Math.min(...counts)).toBeGreaterThan(0)
  })

  it('carry the fields of the wire, each in its range', () => {
    const wrong = trades.filter(
      ({ wire, sentMs, text }) =>
        !text.startsWith(`{"ev":"T","sym":"${wire.sym}",`) ||
        !(wire.p > 0 && Number.isInteger(Math.round(wire.p * 1e6) / 1e4)) ||
        !(Number.isInteger(wire.s) && wire.s > 0 && Number(wire.ds) === wire.s) ||
        !(wire.t >= sentMs && wire.t < sentMs + 20) ||
        !((wire.pt ?? wire.t) <= wire.t && (wire.x === 4) === 'trft' in wire) ||
        ![1, 2, 3].includes(wire.z) ||
        /\s|null|undefined|NaN|"c":\[\]/.test(text),
    )
    expect(wrong).toEqual([])

    const share = (name: string): number => trades.filter(({ wire }) => name in wire).length / trades.length
    expect(share('c')).toBeGreaterThan(0.3)
    expect(share('c')).toBeLessThan(0.7)
    expect(share('pt')).toBeGreaterThan(0.6)
    expect(share('pt')).toBeLessThan(0.8)
  })

  it('walk: times never go back, ids count, sequences grow, prices never jump', () => {
    const last = new Map<string, Pick<Wire, 'i' | 'q' | 'p'>>()
    let lastMs = 0
    const wrong = trades.filter(({ wire }) => {
      const before = last.get(wire.sym) ?? { i: '0', q: 0, p: wire.p }
      const good =
        wire.t >= lastMs &&
        Number(wire.i) === Number(before.i) + 1 &&
        wire.q > before.q &&
        Math.abs(wire.p - before.p) < Math.max(0.03, 0.006 * before.p)
      lastMs = wire.t
      last.set(wire.sym, wire)
      return !good
    })
    expect(wrong).toEqual([])
  })

  it('come with quotes around them when wanted: the trade is at the bid or the ask', () => {
    const both = heard(options(), 5, true).filter(({ event }) => event.ev === 'T' || event.ev === 'Q')
    expect(both.length).toBeGreaterThan(2000)

    for (let at = 0; at < both.length; at += 2) {
      const { wire: trade } = both[at]!
      const { wire: quote } = both[at + 1]!
      expect([trade.ev, quote.ev, quote.sym]).toEqual(['T', 'Q', trade.sym])
      expect(quote.ap).toBeGreaterThan(quote.bp)
      expect([quote.bp, quote.ap]).toContain(trade.p)
    }
  })
})

describe('bars', () => {
  // Five and a half minutes, beginning in the middle of a second and of a minute, with tickers that miss windows.
  const all = heard(options(), 330)

  const cents = (usd: number): bigint => BigInt(Math.round(usd * 100))
  /** Mean price, rounded half up to four decimals, in whole numbers. */
  const mean = (notional: bigint, shares: bigint): number => Number((notional * 200n + shares) / (2n * shares)) / 10_000

  /** What a client would make of the trades it has heard, in the wire's own shape. */
  const expected = (ev: 'A' | 'AM', windowMs: number): readonly Wire[] => {
    const byWindow = new Map<string, Wire[]>()
    const bars: Wire[] = []
    const days = new Map<string, { readonly op: number; notional: bigint; shares: bigint }>()

    const finish = (trades: readonly Wire[]): void => {
      const { sym, p: open, t } = trades[0]!
      const day = days.get(sym) ?? { op: open, notional: 0n, shares: 0n }
      days.set(sym, day)
      const prices = trades.map(({ p }) => p)
      const shares = trades.reduce((sum, { s }) => sum + BigInt(s), 0n)
      const notional = trades.reduce((sum, { p, s }) => sum + cents(p) * BigInt(s), 0n)
      day.shares += shares
      day.notional += notional

      const s = Math.floor(t / windowMs) * windowMs
      // What is still to be closed when the run stops is not over yet.
      if (s + windowMs > startMs + 330_000 - 40) return
      const bar = {
        ev,
        sym,
        v: Number(shares),
        av: Number(day.shares),
        op: day.op,
        vw: mean(notional, shares),
        o: open,
        c: prices.at(-1)!,
        h: Math.max(...prices),
        l: Math.min(...prices),
        a: mean(day.notional, day.shares),
        z: Math.floor(Number(shares) / trades.length),
        s,
        e: s + windowMs,
        dv: `${shares}.0`,
        dav: `${day.shares}.0`,
      }
      bars.push(bar as unknown as Wire)
    }

    for (const { event, wire } of all) {
      if (event.ev !== 'T') continue
      const window = `${wire.sym} ${Math.floor(wire.t / windowMs)}`
      byWindow.set(window, [...(byWindow.get(window) ?? []), wire])
    }
    // In the order of their first trade, so per ticker in the order of time.
    for (const trades of byWindow.values()) finish(trades)
    return bars
  }

  const place = ({ sym, s }: Wire): string => `${s} ${sym}`
  const sorted = (bars: readonly Wire[]): readonly Wire[] =>
    [...bars].sort((one, other) => (place(one) < place(other) ? -1 : 1))

  it.each([
    ['A', 1000, 5000],
    ['AM', 60_000, 250],
  ] as const)(
    '%s are exactly the trades of their window, each window once, none without a trade',
    (ev, windowMs, least) => {
      const sent = all.filter(({ event }) => event.ev === ev).map(({ wire }) => wire)

      expect(sent.length).toBeGreaterThan(least)
      expect(sorted(sent)).toEqual(sorted(expected(ev, windowMs)))
    },
  )

  it('come with the first quantum after their window is over, before the trades of the next', () => {
    let tradeMs = 0
    const wrong = all.filter(({ event, wire, sentMs }) => {
      if (event.ev === 'T') tradeMs = wire.t
      if (event.ev !== 'A' && event.ev !== 'AM') return false
      return !(sentMs === wire.e && tradeMs < wire.e && wire.s % (event.ev === 'A' ? 1000 : 60_000) === 0)
    })
    expect(wrong).toEqual([])
  })

  it('hold low <= open, close, vwap <= high, and the seconds of a minute sum to it', () => {
    const sums = new Map<string, number>()
    const wrong = all.filter(({ event, wire }) => {
      if (event.ev !== 'A' && event.ev !== 'AM') return false
      const minute = `${wire.sym} ${Math.floor(wire.s / 60_000)}`
      if (event.ev === 'A') sums.set(minute, (sums.get(minute) ?? 0) + wire.v)
      const within = [wire.o, wire.c, wire.vw].every((price) => price >= wire.l && price <= wire.h)
      return !(within && (event.ev === 'A' || sums.get(minute) === wire.v))
    })
    expect(wrong).toEqual([])
  })
})

describe('fair values', () => {
  const all = heard(options({ rate: 1000, tickers: tickerNames(20) }), 300)

  it('have 19-digit times in the quantum that sends them, kept as the digits they are', () => {
    const fair = all.filter(({ event }) => event.ev === 'FMV')
    expect(fair.length).toBeGreaterThan(5000)

    const wrong = fair.filter(({ text, sentMs }) => {
      const digits = /,"t":(\d{19})}$/.exec(text)?.[1]
      return digits === undefined || BigInt(digits) / 1_000_000n !== BigInt(sentMs)
    })
    expect(wrong).toEqual([])
    // A double could not tell them apart: some of these digits are lost in one.
    expect(fair.some(({ text, wire }) => String(wire.t) !== /(\d{19})}$/.exec(text)![1])).toBe(true)
  })

  it('go a quarter of the way to the last price, once a second', () => {
    const price = new Map<string, number>()
    const value = new Map<string, { readonly fmv: number; readonly sentMs: number }>()
    const wrong = all.filter(({ event, wire, sentMs }) => {
      if (event.ev === 'T') price.set(wire.sym, wire.p)
      if (event.ev !== 'FMV') return false
      const before = value.get(wire.sym)
      value.set(wire.sym, { fmv: wire.fmv, sentMs })
      if (before === undefined) return false
      const approached = before.fmv + 0.25 * (price.get(wire.sym)! - before.fmv)
      // A ticker that was silent in between has gone further.
      return before.sentMs === sentMs - 1000
        ? Math.abs(wire.fmv - approached) > 0.0002
        : (sentMs - before.sentMs) % 1000 !== 0
    })
    expect(wrong).toEqual([])
    expect(value.size).toBe(20)
  })

  it('correlate with the price, and lag behind it', () => {
    const correlation = (left: readonly number[], right: readonly number[]): number => {
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
      const [l, r] = [mean(left), mean(right)]
      const product = left.reduce((sum, value, at) => sum + (value - l) * (right[at]! - r), 0)
      const spread = (values: readonly number[], m: number): number =>
        Math.sqrt(values.reduce((sum, value) => sum + (value - m) ** 2, 0))
      return product / (spread(left, l) * spread(right, r))
    }

    for (const symbol of ['AAPL', 'MSFT', 'NVDA']) {
      const pairs: { price: number; fmv: number }[] = []
      let price = 0
      for (const { wire } of all) {
        if (wire.sym !== symbol) continue
        if (wire.ev === 'T') price = wire.p
        if (wire.ev === 'FMV') pairs.push({ price, fmv: wire.fmv })
      }
      const changes = (of: 'price' | 'fmv'): readonly number[] =>
        pairs.slice(1).map((pair, at) => pair[of] - pairs[at]![of])
      const [prices, values] = [changes('price'), changes('fmv')]

      expect(
        correlation(
          pairs.map((pair) => pair.price),
          pairs.map((pair) => pair.fmv),
        ),
      ).toBeGreaterThan(0.9)
      expect(correlation(prices, values)).toBeGreaterThan(0.4)
      // The price of a second ago still moves it; what it did a second ago says nothing of the price now.
      expect(correlation(prices.slice(0, -1), values.slice(1))).toBeGreaterThan(0.25)
      expect(Math.abs(correlation(prices.slice(1), values.slice(0, -1)))).toBeLessThan(0.25)
    }
  })
})

describe('tickers', () => {
  it('are real names first, then made-up ones, all different, the same every time', () => {
    const names = tickerNames(10_000)

    expect(names.slice(0, 3)).toEqual(['AAPL', 'MSFT', 'NVDA'])
    expect(names).toContain('BRK.B')
    expect(new Set(names).size).toBe(10_000)
    expect(names.slice(200).every((name) => /^[A-Z]{4}$/.test(name))).toBe(true)
    expect(tickerNames(10_000)).toEqual(names)
    expect(tickerNames(150)).toEqual(names.slice(0, 150))
  })

  it('outnumber the four-letter words when they must', () => {
    const names = tickerNames(500_000)

    expect(new Set(names).size).toBe(500_000)
    expect(names.at(-1)).toMatch(/^[A-Z]{5}$/)
  })

  it('trade in a market of ten thousand', () => {
    const events = heard(options({ tickers: tickerNames(10_000), rate: 2500 }), 61)
    const traded = new Set(events.filter(({ wire }) => wire.ev === 'T').map(({ wire }) => wire.sym))

    expect(traded.size).toBeGreaterThan(5000)
    expect(events.filter(({ wire }) => wire.ev === 'AM').length).toBeGreaterThan(4000)
  })
})

describe('weighted', () => {
  it('draws in proportion, whatever the weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 1000 }),
        (weights, seed) => {
          const pick = weighted(weights)
          const source = random(seed, 0)
          const counts = weights.map(() => 0)
          for (let draw = 0; draw < 20_000; draw++) counts[pick(source)]! += 1

          const total = weights.reduce((sum, weight) => sum + weight, 0)
          weights.forEach((weight, at) => expect(Math.abs(counts[at]! / 20_000 - weight / total)).toBeLessThan(0.02))
        },
      ),
      { numRuns: 20 },
    )
  })
})
