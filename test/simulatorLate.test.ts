import fc from 'fast-check'
import { encodeEvent, market, type MarketOptions } from '../src/simulator/index.ts'

// Goal: what live frames do to a reader that trusts them is done here, exactly: late reports with their bars sent again, repeats, a `q` that runs backwards,
// rare forms. Without them nothing changes.
// Method: step a market, and recompute every bar from the trades that were on the wire before it.

jest.setTimeout(60_000)

const startMs = 1_700_000_017_340
const stepMs = 100
const options = (change: Partial<MarketOptions> = {}): MarketOptions => ({
  seed: 7,
  tickers: ['AAPL', 'BRK.B', 'SPY'],
  rate: 6,
  startMs,
  stepMs,
  ...change,
})

interface Wire {
  readonly ev: string
  readonly sym: string
  readonly i: string
  readonly p: number
  readonly s: number
  readonly t: number
  readonly q: number
  readonly x: number
  readonly pt?: number
  readonly trfi?: number
  readonly trft?: number
  readonly c?: readonly number[] | number
  readonly ds?: string
  readonly bp?: number
  readonly ap?: number
  readonly z: number
  readonly e: number
  readonly otc?: boolean
}

interface Heard {
  readonly sentMs: number
  readonly text: string
  readonly wire: Wire
}

const heard = (chosen: MarketOptions, seconds: number, quotes = false): readonly Heard[] => {
  const running = market(chosen)
  const all: Heard[] = []
  while (running.nowMs < chosen.startMs + seconds * 1000) {
    const { startMs: sentMs, events } = running.step({ quotes })
    for (const event of events) {
      const text = encodeEvent(event)
      all.push({ sentMs, text, wire: JSON.parse(text) as Wire })
    }
  }
  return all
}

/** The rule of docs/simulator.md: three seconds or more between `pt` and `t` tell a late report. */
const isLate = ({ t, pt = t }: Wire): boolean => t - pt >= 3000
const happenedMs = (trade: Wire): number => (isLate(trade) ? trade.pt! : trade.t)
const widthOf = ({ ev }: Wire): number => (ev === 'A' ? 1000 : 60_000)

/** A bar of the window of `like`, from the trades of its ticker that have been on the wire by then. */
const barOf = (like: Wire, seen: readonly Wire[]): object => {
  const end = like.s + widthOf(like)
  const inside = seen.filter((trade) => happenedMs(trade) >= like.s && happenedMs(trade) < end)
  const timely = inside.filter((trade) => !isLate(trade))
  const ends = timely.length === 0 ? inside.slice(0, 1) : timely
  const today = seen.filter((trade) => trade.t < end || inside.includes(trade))
  const [open] = today.filter((trade) => !isLate(trade) && trade.t < end)
  const sums = (trades: readonly Wire[]): { volume: number; mean: number } => {
    const volume = trades.reduce((sum, { s }) => sum + s, 0)
    const cents = trades.reduce((sum, { p, s }) => sum + Math.round(p * 100) * s, 0)
    return { volume, mean: Math.round((cents * 100) / volume) / 10_000 }
  }
  const [window, day] = [sums(inside), sums(today)]

  return {
    ev: like.ev,
    sym: like.sym,
    v: window.volume,
    av: day.volume,
    ...(open === undefined ? {} : { op: open.p }),
    vw: window.mean,
    o: ends[0]?.p,
    c: ends.at(-1)?.p,
    h: Math.max(...inside.map(({ p }) => p)),
    l: Math.min(...inside.map(({ p }) => p)),
    a: day.mean,
    z: Math.floor(window.volume / inside.length),
    s: like.s,
    e: end,
    dv: `${window.volume}.0`,
    dav: `${day.volume}.0`,
  }
}

interface Audit {
  /** Bars that are not what the trades before them make. */
  readonly wrong: readonly (readonly [bar: object, expected: object])[]
  /** Windows whose last bar does not know all their trades. */
  readonly stale: readonly string[]
  readonly bars: number
  /** Bars sent for a window that had one before. */
  readonly again: number
  readonly late: number
}

const audit = (all: readonly Heard[]): Audit => {
  const byTicker = new Map<string, Wire[]>()
  const known = new Set<string>()
  const volumes = new Map<string, number>()
  const told = new Map<string, number>()
  const wrong: (readonly [object, object])[] = []
  let [bars, again, late] = [0, 0, 0]

  const windowsOf = (trade: Wire): readonly string[] =>
    [1000, 60_000].map((width) => `${trade.sym} ${width} ${Math.floor(happenedMs(trade) / width) * width}`)
  // What is still open or held back when the run stops is not told yet.
  const endMs = all.at(-1)!.sentMs - 2100

  for (const { wire } of all) {
    const { ev, sym } = wire
    if (ev === 'T') {
      // Told by the id: a repeat is the same trade.
      if (known.has(`${sym} ${wire.i}`)) continue
      known.add(`${sym} ${wire.i}`)
      byTicker.set(sym, [...(byTicker.get(sym) ?? []), wire])
      if (isLate(wire)) late += 1
      if (wire.t < endMs) for (const window of windowsOf(wire)) volumes.set(window, (volumes.get(window) ?? 0) + wire.s)
    }
    if (ev !== 'A' && ev !== 'AM') continue

    bars += 1
    const window = `${sym} ${widthOf(wire)} ${wire.s}`
    if (told.has(window)) again += 1
    told.set(window, (wire as unknown as { v: number }).v)
    const expected = barOf(wire, byTicker.get(sym) ?? [])
    if (JSON.stringify(sorted(wire)) !== JSON.stringify(sorted(expected))) wrong.push([wire, expected])
  }

  const stale = [...volumes].flatMap(([window, volume]) => {
    const [, width, start] = window.split(' ').map(Number)
    return start! + width! > endMs || told.get(window)! >= volume ? [] : [window]
  })
  return { wrong, stale, bars, again, late }
}

const sorted = (fields: object): readonly (readonly [string, unknown])[] =>
  Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))

describe('a trade that is reported late', () => {
  const all = heard(options({ rate: 40, lateTrades: 0.05 }), 1200)
  const late = all.filter(({ wire }) => wire.ev === 'T' && isLate(wire)).map(({ wire }) => wire)

  it('is off-exchange, says when it happened and when it was reported, and comes within fifteen minutes', () => {
    const wrong = late.filter(
      ({ x, t, pt, trfi, trft, c }) =>
        !(x === 4 && trfi === 202 && trft! <= t && trft! > pt! && t - pt! < 900_000 && (c as number[]).includes(32)),
    )

    expect(late.length).toBeGreaterThan(800)
    expect(wrong).toEqual([])
    const delays = late.map(({ t, pt }) => t - pt!).sort((one, other) => one - other)
    expect(delays.at(-1)).toBeGreaterThan(300_000)
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(120_000)
  })

  it('stands in the order of its report: times do not go back, ids count, sequences grow', () => {
    const last = new Map<string, Wire>()
    let lastMs = 0
    const wrong = all.filter(({ wire, sentMs }) => {
      if (wire.ev !== 'T') return false
      const { i = '0', q = 0 } = last.get(wire.sym) ?? {}
      const good =
        wire.t >= lastMs &&
        wire.t >= sentMs &&
        wire.t < sentMs + stepMs &&
        Number(wire.i) === Number(i) + 1 &&
        wire.q > q
      last.set(wire.sym, wire)
      lastMs = wire.t
      return !good
    })

    expect(wrong).toEqual([])
  })

  it('leaves every other trade as it is without late reports', () => {
    const timely = new Set(all.filter(({ wire }) => wire.ev === 'T' && !isLate(wire)).map(({ wire }) => key(wire)))
    const clean = heard(options({ rate: 40 }), 1200).filter(({ wire }) => wire.ev === 'T')
    const missing = clean.filter(({ wire }) => !timely.has(key(wire)))

    // Those that are missing are the late ones, reported by now or not.
    expect(timely.size + missing.length).toBe(clean.length)
    expect(missing.length).toBeGreaterThanOrEqual(late.length)
    const prices = new Set(missing.map(({ wire }) => `${wire.sym} ${wire.t} ${wire.p} ${wire.s}`))
    expect(late.filter(({ sym, pt, p, s }) => !prices.has(`${sym} ${pt!} ${p} ${s}`))).toEqual([])
  })

  const key = ({ sym, t, p, s, x }: Wire): string => `${sym} ${t} ${p} ${s} ${x}`
})

describe('bars with late reports among their trades', () => {
  it('are, each time they are sent, what the trades on the wire by then make, and at last what all of them make: for any seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_294_967_295 }),
        fc.constantFrom(0, 2000),
        fc.constantFrom(0, 0.02),
        // Where trades are rare, windows begin with a late report, or hold nothing else.
        fc.constantFrom(0.4, 5),
        (seed, secondBarsHeldMs, repeatedTrades, rate) => {
          const { wrong, stale, bars, again, late } = audit(
            heard(options({ seed, rate, secondBarsHeldMs, repeatedTrades, lateTrades: 0.2 }), 1200),
          )

          expect(wrong.slice(0, 2)).toEqual([])
          expect(stale).toEqual([])
          expect(bars).toBeGreaterThan(400 * rate)
          expect(late).toBeGreaterThan(80 * rate)
          expect(again).toBeGreaterThan(80 * rate)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('are sent once without late reports', () => {
    expect(audit(heard(options(), 600))).toMatchObject({ wrong: [], stale: [], again: 0, late: 0 })
  })

  it('are held back two seconds where that is asked for, second bars only', () => {
    const late = heard(options({ secondBarsHeldMs: 2000 }), 130)
    const delays = (ev: string): readonly number[] => [
      ...new Set(late.filter(({ wire }) => wire.ev === ev).map(({ wire, sentMs }) => sentMs - wire.e)),
    ]

    expect(delays('A')).toEqual([2000])
    expect(delays('AM')).toEqual([0])
  })
})

describe('repeats and backward sequences', () => {
  const all = heard(options({ rate: 200, repeatedTrades: 0.01, backwardSequences: 0.02 }), 300).filter(
    ({ wire }) => wire.ev === 'T',
  )

  it('repeat whole trades, byte for byte, in the next step', () => {
    const first = new Map<string, number>()
    const repeats: number[] = []
    for (const { text, sentMs } of all) {
      const before = first.get(text)
      if (before === undefined) first.set(text, sentMs)
      else repeats.push(sentMs - before)
    }

    expect(new Set(repeats)).toEqual(new Set([stepMs]))
    expect(repeats.length / first.size).toBeGreaterThan(0.007)
    expect(repeats.length / first.size).toBeLessThan(0.013)
  })

  it('now and then give a `q` that does not grow, and go on from the one before', () => {
    const highest = new Map<string, number>()
    const texts = new Set<string>()
    let [backward, equal, trades] = [0, 0, 0]
    for (const { wire, text } of all) {
      if (texts.has(text)) continue
      texts.add(text)
      trades += 1
      const before = highest.get(wire.sym) ?? 0
      if (wire.q < before) backward += 1
      if (wire.q === before) equal += 1
      highest.set(wire.sym, Math.max(before, wire.q))
    }

    expect((backward + equal) / trades).toBeGreaterThan(0.014)
    expect((backward + equal) / trades).toBeLessThan(0.026)
    expect([backward > 0, equal > 0]).toEqual([true, true])
  })

  it('leave the rest as it is', () => {
    const plain = new Set(all.map(({ text }) => text.replace(/"q":\d+/, '')))
    const clean = heard(options({ rate: 200 }), 300).filter(({ wire }) => wire.ev === 'T')

    expect(clean.filter(({ text }) => !plain.has(text.replace(/"q":\d+/, '')))).toEqual([])
    expect(plain.size).toBe(clean.length)
  })
})

describe('rare forms', () => {
  const all = heard(options({ rate: 200, oddForms: 0.02 }), 300, true)
  const part = (ev: string, is: (one: Heard) => boolean): number => {
    const those = all.filter(({ wire }) => wire.ev === ev)
    return those.filter(is).length / those.length
  }

  it('are an empty `c`, no `ds`, a whole number in another writing, a quote with one side', () => {
    expect(part('T', ({ text }) => text.includes('"c":[]'))).toBeGreaterThan(0.003)
    expect(part('T', ({ wire }) => wire.ds === undefined)).toBeGreaterThan(0.003)
    expect(part('T', ({ wire, text }) => wire.ds === undefined || text.includes('"c":[]'))).toBeLessThan(0.03)
    expect(part('A', ({ text }) => /"z":\d+\.0,/.test(text))).toBeGreaterThan(0.003)
    expect(part('A', ({ text }) => /"z":\d(\.\d+)?e\+\d\d,/.test(text))).toBeGreaterThan(0.003)
    expect(part('Q', ({ wire }) => (wire.bp === undefined) !== (wire.ap === undefined))).toBeGreaterThan(0.01)
    expect(part('Q', ({ wire }) => wire.bp === undefined && wire.ap === undefined)).toBe(0)
  })

  it('are not there unless asked for; the optional fields of quotes come and go anyway', () => {
    const clean = heard(options({ rate: 200 }), 120, true)
    const rare = clean.filter(
      ({ text, wire }) =>
        text.includes('"c":[]') ||
        (wire.ev === 'T' && wire.ds === undefined) ||
        (wire.ev === 'Q' && !(wire.bp! > 0 && wire.ap! > 0)) ||
        /"z":\d*[.e]/.test(text),
    )
    const quotes = clean.filter(({ wire }) => wire.ev === 'Q')

    expect(rare).toEqual([])
    for (const field of ['c', 'i', 'pt']) {
      const there = quotes.filter(({ wire }) => field in wire).length / quotes.length
      expect([field, there > 0.05, there < 0.95]).toEqual([field, true, true])
    }
    expect(quotes.every(({ wire }) => wire.pt === undefined || (wire.pt <= wire.t && wire.pt > wire.t - 10))).toBe(true)
  })

  it('mark what is traded over the counter, and only that', () => {
    const both = heard(options({ tickers: ['AAPL', 'NSRGY'], rate: 100 }), 30)
    const wrong = both.filter(
      ({ wire }) =>
        (wire.ev === 'T' && (wire.sym === 'NSRGY') !== (wire.x === 62)) ||
        (wire.ev === 'A' && (wire.sym === 'NSRGY' ? wire.otc !== true : 'otc' in wire)) ||
        (wire.x === 62 && 'trfi' in wire),
    )

    expect(both.length).toBeGreaterThan(2000)
    expect(wrong).toEqual([])
  })
})

describe('with everything at once', () => {
  it('the market is the same for the same options', () => {
    const chosen = options({
      rate: 500,
      lateTrades: 0.05,
      repeatedTrades: 0.01,
      backwardSequences: 0.01,
      oddForms: 0.01,
      secondBarsHeldMs: 2000,
    })
    const texts = (): string =>
      heard(chosen, 120)
        .map(({ text }) => text)
        .join('\n')

    expect(texts()).toBe(texts())
  })
})
