import { createMachine } from '../src/ops/machine.ts'
import { slidingMinute } from '../src/ops/slidingMinute.ts'

// Goal: a process that is held up is seen to be, and forgotten after two windows; percentiles are those of what was measured within the last minute.
// Method: Node's own monitor around a loop that is really blocked, only ever compared with what it must at least be; and histograms by a clock that is given.

const block = (ms: number): void => {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}
const turns = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('the event loop', () => {
  it('is late by at least what it was blocked for', async () => {
    const machine = createMachine(5_000)
    machine.start()
    machine.tick(0)
    await turns(60)
    block(300)
    await turns(60)
    const { loop, memory, cpuMs } = machine.read()
    machine.stop()

    // Up to one step of the monitor may have gone by before the block.
    expect(loop.maxMs).toBeGreaterThan(250)
    expect(loop.p99Ms).toBeLessThanOrEqual(loop.maxMs)
    expect(memory.rss).toBeGreaterThan(memory.heapUsed)
    expect(cpuMs.user).toBeGreaterThan(250)
  })

  it('is told of the worse of two windows, and the oldest is forgotten', async () => {
    const machine = createMachine(5_000)
    machine.start()
    machine.tick(1)
    await turns(60)
    block(300)
    await turns(60)
    machine.tick(5_001)
    await turns(60)
    const kept = machine.read().loop
    machine.tick(10_001)
    machine.tick(15_001)
    const forgotten = machine.read().loop
    machine.stop()

    expect(kept.maxMs).toBeGreaterThan(250)
    expect(forgotten).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0 })
  })
})

describe('a sliding minute', () => {
  it('has percentiles to within one in a hundred, and knows microseconds and years', () => {
    const minute = slidingMinute()
    expect(minute.read(0)).toBeNull()
    for (let i = 1; i <= 1000; i += 1) minute.record(i / 10, 0)
    const found = minute.read(0)
    expect(found?.count).toBe(1000)
    for (const [value, about] of [
      [found?.p50, 50],
      [found?.p99, 99],
      [found?.p999, 99.9],
      [found?.max, 100],
    ] as const) {
      expect(Math.abs((value ?? NaN) - about) / about).toBeLessThan(0.01)
    }

    const far = slidingMinute()
    far.record(0, 0)
    far.record(3 * 365 * 86_400_000, 0)
    expect(far.read(0)?.p50).toBe(0.001)
    expect(far.read(0)?.max).toBeGreaterThan(94_000_000_000)
  })

  it('forgets in steps of ten seconds, also after a long silence and when the clock was put back', () => {
    const minute = slidingMinute()
    minute.record(1, 5_000)
    minute.record(2, 15_000)
    expect(minute.read(59_999)?.count).toBe(2)
    expect(minute.read(60_000)?.count).toBe(1)
    expect(minute.read(70_000)).toBeNull()
    // The same places, an hour later.
    minute.record(3, 3_605_000)
    expect(minute.read(3_605_000)).toMatchObject({ count: 1 })
    minute.record(4, 3_594_000)
    expect(minute.read(3_605_000)?.count).toBe(2)
  })
})
