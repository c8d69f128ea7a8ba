import type { FrameRun, FrameSignal } from '../streams/link/linkSignal.ts'
import { createReading } from '../streams/link/reading.ts'

/** The messages of one read, as `ws` hands them over. */
const read = (...texts: readonly string[]): readonly Buffer[] => {
  const block = Buffer.allocUnsafeSlow(64 * 1024)
  let at = 0
  return texts.map((text) => block.subarray(at, (at += block.write(text, at))))
}

const setUp = (stopwatch?: () => number) => {
  const signals: (FrameSignal | FrameRun)[] = []
  let nowMs = 1_000
  const reading = createReading({
    session: 3,
    hand: (signal) => signals.push(signal),
    now: () => (nowMs += 1),
    stopwatch,
  })
  /** Runs of letters are one word. */
  const words = (): readonly string[] =>
    signals.map((signal) =>
      signal.kind === 'run' ? signal.frames.map(String).join('') : signal.frame.bytes.toString().slice(0, 1),
    )
  return { reading, signals, words }
}

/** The read is over: what the loop does before anything else. */
const over = (): Promise<void> => Promise.resolve()

describe('the messages of a read', () => {
  it('go on at once and in order, all but the first together', async () => {
    const { reading, signals, words } = setUp(() => 0.25)
    for (const bytes of read('a', 'b', 'c', 'd')) reading.take(bytes)
    expect(words()).toEqual(['a'])
    await over()

    expect(words()).toEqual(['a', 'bcd'])
    const stamps = { receivedMs: 1_002, session: 3, arrivedAt: 0.25 }
    expect(signals[0]).toMatchObject({ kind: 'frame', frame: stamps })
    expect(signals[1]).toMatchObject({ kind: 'run', bytes: 3, ...stamps })
    expect(reading.heardMs).toBe(1_002)

    for (const bytes of read('e', 'f')) reading.take(bytes)
    await over()
    expect(words()).toEqual(['a', 'bcd', 'e', 'f'])
    expect(signals[3]).toMatchObject({ receivedMs: 1_003 })
  })

  it('go on before a large one, before the next read, and before anything else is said', async () => {
    const { reading, words } = setUp()
    for (const bytes of read('a', 'b', 'c', 'D'.repeat(1_025), 'e', 'f')) reading.take(bytes)
    expect(words()).toEqual(['a', 'bc', 'D'])
    for (const bytes of read('g', 'h')) reading.take(bytes)
    expect(words()).toEqual(['a', 'bc', 'D', 'ef', 'g'])
    reading.flush()
    reading.heard()
    expect(words()).toEqual(['a', 'bc', 'D', 'ef', 'g', 'h'])
    await over()
    expect(words()).toHaveLength(6)
  })

  it('go on some thousand bytes at a time', async () => {
    const { reading, signals } = setUp()
    for (const bytes of read(...new Array<string>(60).fill('x'.repeat(1_000)))) reading.take(bytes)
    await over()

    const bytes = signals.map((signal) => (signal.kind === 'run' ? signal.bytes : signal.frame.bytes.length))
    expect(bytes).toEqual([1_000, 9_000, 9_000, 9_000, 9_000, 9_000, 9_000, 5_000])
  })

  it('of one small block each, as those of several reads in the pool, are each for itself', async () => {
    const { reading, words } = setUp()
    const pool = Buffer.allocUnsafeSlow(Buffer.poolSize)
    pool.write('ab')
    reading.take(pool.subarray(0, 1))
    reading.take(pool.subarray(1, 2))

    expect(words()).toEqual(['a', 'b'])
    await over()
    expect(reading.heardMs).toBe(1_003)
  })

  it('have no stamp where nothing is measured', () => {
    const { reading, signals } = setUp()
    for (const bytes of read('a', 'b')) reading.take(bytes)
    reading.flush()

    expect(signals.map((signal) => 'arrivedAt' in (signal.kind === 'run' ? signal : signal.frame))).toEqual([
      false,
      false,
    ])
  })
})
