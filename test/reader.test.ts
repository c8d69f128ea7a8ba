/**
 * Goal: the last step of a reader, the one with promises: `each` and `for await` commit what is done, give again what is not,
 * and lose nothing while they keep within a turn.
 *
 * Method: lanes without an engine where the turn is called by hand, and decode, pump and lane in a row with `setImmediate` as the
 * turn, as in production. No wait is longer than some ten milliseconds.
 */
import { describe, expect, it } from '@jest/globals'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { map, Subject } from 'rxjs'

import { batchesOf, decodeFrame, type Batch } from '../streams/codecs/index.ts'
import { createLane, type LaneLog } from '../streams/lane.ts'
import type { EventLike } from '../streams/model.ts'
import type { Pulled } from '../streams/pulled.ts'
import { createPump, paced } from '../streams/pump.ts'
import { letterEvents } from '../marbles/index.ts'

const batch = (letters: string): Batch => batchesOf(letterEvents('T', letters))[0]!
const laneOf = (limit = 1000, hold: (again: () => void) => void = (again) => setImmediate(again)): LaneLog =>
  createLane({ frequency: 'per_second', eventType: 'T', epoch: 'e', limit, hold })
const lettersOf = (events: Iterable<EventLike>): string =>
  [...events].map((event) => String.fromCharCode((event as unknown as { price: number }).price - 101 + 97)).join('')

/** Waits until it holds, for at most two seconds: a busy machine is no fault of the reader. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 2000 && !holds(); i += 1) await wait(1)
}

describe('each', () => {
  it('commits what its function has done with, in order, one batch at a time', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const seen: string[] = []
    let running = 0
    const done = reader.each(async (events) => {
      running += 1
      expect(running).toBe(1)
      await turn()
      seen.push(lettersOf(events))
      running -= 1
    })

    lane.append(batch('ab'))
    lane.append(batch('c'))
    await until(() => reader.figures().committed === 3)
    lane.append(batch('d'))
    await until(() => reader.figures().committed === 4)
    reader.close()
    await done

    expect(seen).toEqual(['abc', 'd'])
    expect(reader.figures()).toMatchObject({ committed: 4, inFlight: 0, abandoned: 0, failures: 0 })
  })

  it('gives a batch again after its function has rejected, and after a longer wait each time', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const errors: unknown[] = []
    const seen: [string, number][] = []
    const startMs = performance.now()
    const done = reader.each(
      (events) => {
        seen.push([lettersOf(events), performance.now() - startMs])
        return seen.length < 4 ? Promise.reject(new Error(`no ${String(seen.length)}`)) : Promise.resolve()
      },
      { retryInitialMs: 4, retryCapMs: 8, onError: (error) => errors.push(error) },
    )

    lane.append(batch('ab'))
    await until(() => reader.figures().committed === 2)
    reader.close()
    await done

    expect(seen.map(([letters]) => letters)).toEqual(['ab', 'ab', 'ab', 'ab'])
    expect(errors).toEqual([new Error('no 1'), new Error('no 2'), new Error('no 3')])
    expect(seen[3]![1]).toBeGreaterThanOrEqual(4 + 8 + 8 - 3)
    expect(reader.figures()).toMatchObject({ committed: 2, failures: 3, abandoned: 0 })
  })

  it('takes a throw for a rejection, and pulls at most as many as asked', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const seen: string[] = []
    const done = reader.each(
      (events) => {
        seen.push(lettersOf(events))
        if (seen.length === 1) throw new Error('once')
      },
      { max: 2, retryInitialMs: 1 },
    )

    lane.append(batch('abc'))
    await until(() => reader.figures().committed === 3)
    reader.close()
    await done

    expect(seen).toEqual(['ab', 'ab', 'c'])
  })

  it('ends when its signal aborts, and leaves the reader open', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const abort = new AbortController()
    const done = reader.each(() => undefined, { signal: abort.signal })
    lane.append(batch('a'))
    await turn()

    abort.abort()
    await done
    lane.append(batch('b'))

    expect(lettersOf(reader.pull())).toBe('b')
    await reader.each(() => undefined, { signal: AbortSignal.abort() })
  })

  it('ends a wait for its retry when the signal aborts or the reader closes', async () => {
    for (const end of ['abort', 'close'] as const) {
      const lane = laneOf()
      const reader = lane.reader('one')
      const abort = new AbortController()
      const done = reader.each(() => Promise.reject(new Error('no')), {
        retryInitialMs: 60_000,
        retryCapMs: 60_000,
        signal: abort.signal,
      })
      lane.append(batch('a'))
      await until(() => reader.figures().failures === 1)

      if (end === 'abort') abort.abort()
      else reader.close()
      await done

      expect(reader.figures()).toMatchObject({ committed: 0, failures: 1 })
    }
  })

  it('reads everything and then ends when the lane does', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const seen: string[] = []
    lane.append(batch('abc'))
    const done = reader.each((events) => void seen.push(lettersOf(events)), { max: 1 })

    lane.end()
    await done

    expect(seen).toEqual(['a', 'b', 'c'])
    expect(reader.isBusy).toBe(false)
  })

  it('rejects wrong use', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const done = reader.each(() => undefined)

    await expect(reader.each(() => undefined)).rejects.toThrow('reader one is already being read by each or for await')
    await expect(lane.reader('two').each(() => undefined, { retryInitialMs: 0 })).rejects.toThrow(RangeError)
    await expect(lane.reader('three').each(() => undefined, { retryCapMs: Infinity })).rejects.toThrow(
      'retryCapMs must be above 0',
    )
    reader.close()
    await done
    await expect(reader.each(() => undefined)).rejects.toThrow('reader one is closed: ask the lane for a new one')
  })
})

describe('for await', () => {
  it('commits a batch when the next one is asked for', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const committed: number[] = []
    lane.append(batch('ab'))
    setImmediate(() => {
      lane.append(batch('c'))
      setImmediate(() => {
        lane.end()
      })
    })

    for await (const events of reader) committed.push(events.length, reader.figures().committed)

    expect(committed).toEqual([2, 0, 1, 2])
    expect(reader.figures()).toMatchObject({ committed: 3, inFlight: 0 })
  })

  it('commits nothing when it is left by break or throw: the batch comes again', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    lane.append(batch('ab'))

    for await (const events of reader) {
      expect(lettersOf(events)).toBe('ab')
      break
    }
    await expect(
      (async () => {
        for await (const events of reader) throw new Error(lettersOf(events))
      })(),
    ).rejects.toThrow('ab')

    expect(reader.figures()).toMatchObject({ committed: 0, inFlight: 2 })
    expect(lettersOf(reader.pull())).toBe('ab')
  })

  it('ends when the reader closes', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    setImmediate(() => {
      reader.close()
    })

    for await (const events of reader) throw new Error(`nothing was appended, not ${String(events.length)}`)

    expect(reader.figures().offered).toBe(0)
  })

  it('answers one question after the other, however many are asked at once', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const read = reader[Symbol.asyncIterator]()
    const answers = [read.next(), read.next()]

    lane.append(batch('a'))
    expect(lettersOf((await answers[0]!).value!)).toBe('a')
    lane.append(batch('b'))
    expect(lettersOf((await answers[1]!).value!)).toBe('b')
    expect(reader.figures()).toMatchObject({ committed: 1, inFlight: 1 })
  })

  it('answers a question that is still open when it is left, and frees the reader', async () => {
    const lane = laneOf()
    const reader = lane.reader('one')
    const read = reader[Symbol.asyncIterator]()
    const open = read.next()

    await read.return!()

    expect(await open).toEqual({ done: true, value: undefined })
    expect(() => reader[Symbol.asyncIterator]()).not.toThrow()
  })
})

describe('a frame of 20,000 through decode, pump and a lane of 1000', () => {
  const count = 20_000
  const frame = (): Buffer =>
    Buffer.from(
      `[${Array.from({ length: count }, (_, i) => JSON.stringify({ ev: 'T', sym: 'AAPL', p: 1, s: 1, t: 1_700_000_000_000, q: i })).join(',')}]`,
    )

  const through = () => {
    const pump = createPump({
      turn: (work) => {
        const handle = setImmediate(work)
        return () => {
          clearImmediate(handle)
        }
      },
    })
    const lane = laneOf(1000, (again) => {
      pump.hold(again)
    })
    const frame$ = new Subject<Buffer>()
    frame$
      .pipe(
        paced(pump, { priority: 1, bytesOf: (bytes) => bytes.length, full: () => undefined }),
        map((bytes) => decodeFrame(bytes).batches[0]!),
      )
      .subscribe((events) => {
        lane.append(events)
      })
    return { lane, frame$, pump }
  }

  const sequenceOf = (event: EventLike): number => (event as unknown as { sequence: number }).sequence

  it('arrives whole at a reader that awaits and settles within a turn', async () => {
    const { lane, frame$ } = through()
    const reader = lane.reader('quick')
    const seen: number[] = []
    const done = reader.each(async (events) => {
      await Promise.resolve()
      for (const event of events) seen.push(sequenceOf(event))
      await Promise.resolve()
    })

    frame$.next(frame())
    while (lane.nextOffset < count) await turn()
    lane.end()
    await done

    expect(seen).toEqual(Array.from({ length: count }, (_, i) => i))
    expect(reader.figures()).toMatchObject({ offered: count, committed: count, lost: 0 })
  })

  it('arrives whole at a loop that pulls in small batches', async () => {
    const { lane, frame$ } = through()
    const reader = lane.reader('quick')
    let next = 0
    const done = reader.each(
      (events) => {
        for (const event of events) expect(sequenceOf(event)).toBe(next++)
      },
      { max: 100 },
    )

    frame$.next(frame())
    while (lane.nextOffset < count) await turn()
    lane.end()
    await done

    expect(reader.figures()).toMatchObject({ committed: count, lost: 0, failures: 0 })
  })

  it('costs a reader that takes longer its oldest, counted, and lostBefore adds up', async () => {
    const { lane, frame$ } = through()
    const reader = lane.reader('slow')
    const pulls: Pulled[] = []
    const done = reader.each(async (events) => {
      pulls.push(events)
      await wait(2)
    })

    frame$.next(frame())
    while (lane.nextOffset < count) await turn()
    lane.end()
    await done

    const { committed, lost, offered, failures } = reader.figures()
    const said = pulls.reduce((sum, { lostBefore }) => sum + lostBefore, 0)
    expect(lost).toBeGreaterThan(0)
    expect(said).toBe(lost)
    expect(committed + lost).toBe(count)
    expect([offered, failures]).toEqual([count, 0])
    for (const [i, pull] of pulls.entries()) {
      expect(pull.from).toBe((pulls[i - 1]?.to ?? 0) + pull.lostBefore)
      expect(sequenceOf(pull.at(0))).toBe(pull.from)
    }
  })

  it('keeps the turn for sockets: other work gets in between its slices', async () => {
    const { lane, frame$ } = through()
    const reader = lane.reader('quick')
    const done = reader.each(() => undefined)
    let between = 0
    const look = (): void => {
      if (lane.nextOffset > 0 && lane.nextOffset < count) between += 1
      if (lane.nextOffset < count) setImmediate(look)
    }

    frame$.next(frame())
    look()
    while (lane.nextOffset < count) await turn()
    lane.end()
    await done

    // One turn of grace per slice of 1000 after the first two.
    expect(between).toBeGreaterThanOrEqual(17)
  })
})
