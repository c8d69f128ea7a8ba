/**
 * Goal: an engine that is closed while operators are quarantined leaves nothing that would keep the process alive.
 *
 * Method: the real engine on the marble kit's scripted vendor, Node's timers faked and counted. The wait of the quarantine is at least
 * half a second; the clock stops long before.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { tap } from 'rxjs'

import { trade, scriptedVendor } from '../marbles/index.ts'
import { createEngine, perSecond } from '../src/index.ts'

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }))
afterEach(() => void jest.useRealTimers())

describe('a quarantine', () => {
  it.each(['close', 'abort'] as const)('ends with its engine (%s), its wait included', async (end) => {
    const abort = new AbortController()
    const vendor = scriptedVendor()
    const throwing = tap(() => {
      throw new Error('no')
    })
    const engine = createEngine({
      provider: vendor.provider,
      frequencies: [perSecond().pipe(throwing as never)],
      signal: abort.signal,
    })

    void engine.start()
    await jest.advanceTimersByTimeAsync(50)
    vendor.send(Array.from({ length: 5 }, () => trade()))
    await jest.advanceTimersByTimeAsync(50)
    expect(engine.health().frequencies[0]!.state.word).toBe('quarantined')
    expect(jest.getTimerCount()).toBeGreaterThan(0)

    if (end === 'abort') abort.abort()
    const closed = engine.close({ drainMs: 0 })
    await jest.advanceTimersByTimeAsync(50)
    await closed

    expect(jest.getTimerCount()).toBe(0)
  })
})
