import { screenOf } from '../src/cli/screen.ts'
import { stopOf } from '../src/cli/stop.ts'
import { bytes, duration, ledgerLines, type Look, tableOf } from '../src/cli/table.ts'
import type { Io } from '../src/cli/io.ts'
import type { FrequencyHealth, LaneHealth } from '../src/ops/health.ts'
import { createLedger } from '../streams/ledger.ts'
import { liveState as live, madeFrequency, madeHealth } from './madeHealth.ts'

// Goal: what a terminal shows is what health and ledger say; the first signal asks and the second one leaves.
// Method: health written by hand, a terminal that keeps what is written, signals that are called.

const reader = { name: 'publisher', committed: 0, inFlight: 0, waiting: 0, lost: 0, lag: 0, failures: 0 }
const lane = (eventType: string, retained: number, readers: LaneHealth['readers']): LaneHealth => ({
  eventType,
  nextOffset: retained,
  retained,
  limit: 1000,
  readers,
})
const frequency = (name: string, emitted: number, more: Partial<FrequencyHealth> = {}): FrequencyHealth =>
  madeFrequency(name, { emitted, ...more })
const look = (nowMs: number, frequencies: readonly FrequencyHealth[], ledger = createLedger().snapshot()): Look => ({
  ledger,
  health: madeHealth({ nowMs, startedMs: 1000, frequencies }),
})

describe('the table', () => {
  it('counts events/s between two looks, and sums lanes and readers', () => {
    const lanes = [
      lane('T', 1000, [{ ...reader, committed: 9000, lost: 7 }, reader]),
      lane('Q', 500, [{ ...reader, committed: 500 }]),
    ]
    const before = look(2000, [frequency('per_second', 8000), frequency('per_minute', 3)])
    const now = look(4000, [frequency('per_second', 12_034, { lanes }), frequency('per_minute', 6)])

    expect(tableOf(now, before)).toEqual([
      'frequency   state  events/s  events  retained  delivered  lost',
      'per_second  live      2,017  12,034     1,500      9,500     7',
      'per_minute  live        1.5       6         0          0     0',
      'links    0 of 0 live, 0 B received, rejected 0, dead letters 0, gaps 0',
      'clients  0 connected, sent 0, queued 0, dropped 0, abandoned 0',
    ])
  })

  it('counts from the start without a look before', () => {
    expect(tableOf(look(3000, [frequency('per_second', 100)]))[1]).toMatch(/^per_second {2}live +50 +100 /)
    expect(tableOf(look(1000, [frequency('per_second', 0)]))[1]).toMatch(/^per_second {2}live +0 +0 /)
  })

  it('says why a frequency is not live, and sums clients that left with those that are there', () => {
    const ledger = createLedger()
    const none = { sent: 0, queued: 0, conflated: 0, dropped: 0, abandoned: 0 }
    ledger.open('client', 'publisher/client 1', () => ({ ...none, offered: 8, sent: 5, queued: 3 }))
    ledger.open('client', 'publisher/client 2', () => ({ ...none, offered: 4, sent: 2, dropped: 2 }))()
    const halted = frequency('fair_market_value', 0, { state: { ...live, word: 'halted', reason: 'not authorized' } })

    expect(tableOf(look(2000, [halted], ledger.snapshot())).slice(-2)).toEqual([
      'clients  1 connected, sent 7, queued 3, dropped 2, abandoned 0',
      'fair_market_value is halted: not authorized',
    ])
  })

  it.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [75_000, '1 min 15 s'],
    [7_500_000, '2 h 5 min'],
  ])('writes %d ms as %s', (ms, shown) => {
    expect(duration(ms)).toBe(shown)
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [12_345, '12.3 kB'],
    [54_400_000, '54.4 MB'],
    [3e15, '3,000 TB'],
  ])('writes %d bytes as %s', (count, shown) => {
    expect(bytes(count)).toBe(shown)
  })
})

describe('the ledger', () => {
  const open = (count: number) => {
    const ledger = createLedger()
    for (let i = 1; i <= count; i += 1) {
      const figures = { offered: 2, sent: 2, queued: 0, conflated: 0, dropped: 0, abandoned: 0 }
      ledger.open('client', `client ${String(i)}`, () => figures)
    }
    return ledger
  }

  it('leaves zeros out and follows the way of an event', () => {
    const ledger = open(1)
    const counts = { offered: 3, encoded: 2, held: 0, refused: 1, abandoned: 0 }
    ledger.open('cohort', 'T: *', () => counts)

    expect(ledgerLines(ledger.snapshot())).toEqual([
      'ledger: balanced',
      '  cohort  T: *      offered 3, encoded 2, refused 1',
      '  client  client 1  offered 2, sent 2',
    ])
  })

  it('sums the rest of very many rows', () => {
    const lines = ledgerLines(open(1000).snapshot())

    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('  client  (992 more)  offered 1,984, sent 1,984')
  })

  it('says what does not add up', () => {
    const ledger = createLedger()
    const figures = { offered: 3, sent: 2, queued: 0, conflated: 0, dropped: 0, abandoned: 0 }
    ledger.open('client', 'one', () => figures)

    expect(ledgerLines(ledger.snapshot())).toEqual([
      'ledger: NOT balanced',
      '  client  one  offered 3, sent 2',
      'the ledger does not balance:',
      '  client one: offered 3 is not sent 2 + queued 0 + conflated 0 + dropped 0 + abandoned 0',
    ])
  })
})

interface FakeIo extends Io {
  readonly written: string[]
  readonly left: number[]
  signal(): void
  lose(code: string): void
}

const fakeIo = (isTerminal: boolean): FakeIo => {
  const written: string[] = []
  const left: number[] = []
  let signal = (): void => {}
  let lose = (_: NodeJS.ErrnoException): void => {}
  return {
    written,
    left,
    signal: () => signal(),
    lose: (code) => lose(Object.assign(new Error('no room'), { code })),
    out: (text) => written.push(text) > 0,
    complain: () => {},
    isTerminal,
    directory: '.',
    columns: () => 11,
    rows: () => 24,
    onResize: () => () => {},
    env: {},
    self: 'tickstock',
    onDrain: () => () => {},
    onOutputLost: (told) => {
      lose = told
      return () => {}
    },
    onSignal: (told) => {
      signal = () => told('SIGINT')
      return () => {}
    },
    onHangup: () => () => {},
    leave: (code) => left.push(code),
  }
}

describe('the screen', () => {
  it('draws in place on a terminal, never wider than it', () => {
    const io = fakeIo(true)
    const screen = screenOf(io)
    screen.draw(['one', 'a line that is too long'])
    screen.draw(['three'])

    expect(io.written).toEqual(['\u001b[2Kone\n\u001b[2Ka line th…\n\u001b[0J', '\u001b[2A\r\u001b[2Kthree\n\u001b[0J'])
  })

  it('writes one after the other elsewhere', () => {
    const io = fakeIo(false)
    screenOf(io).draw(['one', 'a line that is too long'])

    expect(io.written).toEqual(['one\na line that is too long\n\n'])
  })
})

describe('the end', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('is asked for by the first signal; the second one leaves with 130', async () => {
    const io = fakeIo(false)
    const stop = stopOf(io, { seconds: undefined })
    io.signal()
    await stop.asked
    jest.advanceTimersByTime(1000)
    expect(io.left).toEqual([])

    io.signal()
    expect(io.left).toEqual([130])
    stop.release()
  })

  it('takes the signal that npm hands on for the same one', () => {
    const io = fakeIo(false)
    const stop = stopOf(io, { seconds: undefined })
    io.signal()
    jest.advanceTimersByTime(20)
    io.signal()

    expect(io.left).toEqual([])
    stop.release()
  })

  it('comes when the time is up, and leaves no timer', async () => {
    const io = fakeIo(false)
    const stop = stopOf(io, { seconds: 2 })
    let isAsked = false
    void stop.asked.then(() => (isAsked = true))
    stop.startClock()
    await jest.advanceTimersByTimeAsync(1999)
    expect(isAsked).toBe(false)
    jest.advanceTimersByTime(1)
    await stop.asked
    stop.release()

    expect(jest.getTimerCount()).toBe(0)
  })

  it('comes quietly with a closed pipe, and as a failure with a full disk', async () => {
    const closed = fakeIo(false)
    const first = stopOf(closed, { seconds: undefined })
    closed.lose('EPIPE')
    await first.asked
    const full = fakeIo(false)
    const second = stopOf(full, { seconds: undefined })
    full.lose('ENOSPC')

    await expect(second.asked).rejects.toThrow('cannot write the output: no room')
    first.release()
    second.release()
  })
})
