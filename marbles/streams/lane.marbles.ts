import { take } from 'rxjs'

import { perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { createLane, type LaneLog } from '../../streams/lane.ts'
import { batchesOf } from '../../streams/codecs/index.ts'
import { decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import type { Batch } from '../../streams/codecs/batch.ts'
import { engineMarbles, letterEvents, trade } from '../index.ts'

const batch = (letters: string): Batch => batchesOf(letterEvents('T', letters))[0]!
const laneOf = (limit: number, hold: (again: () => void) => void = (again) => { again() }): LaneLog =>
  createLane({ frequency: 'per_second', eventType: 'T', epoch: 'e', limit, hold })
const prices = (events: Iterable<unknown>): readonly unknown[] => [...events].map((event) => (event as { price: number }).price)

describe('lane', () => {
  it('counts offsets on by one, over batches and slices', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond({ limit: 3 })] }).frequency('per_second').lane('T')
    const see = ({ from, to }: { from: number; to: number }) => [from, to]

    m.feed.T('               -a-(bc)--(defg)--')

    m.expect(m.pulls(lane, '--pc---pc--------p', { see })).toBe('--x----y---------z', { x: [0, 1], y: [1, 3], z: [4, 7] })
  }))

  it('keeps a lane for each event type of a frequency', engineMarbles((m) => {
    const handle = m.engine({ frequencies: [perSecond({ channels: ['T', 'A'] })] }).frequency('per_second')

    m.feed.T('-a-b-')
    m.feed.A('--a--')

    m.expect(m.pulls(handle.lane('T'), '-----p')).toBe('-----x', { x: letterEvents('T', 'ab') })
    m.expect(m.pulls(handle.lane('A'), '-----p')).toBe('-----x', { x: letterEvents('A', 'a') })
  }))

  it('retains the last `limit` events', () => {
    const lane = laneOf(3)

    for (const letter of 'abcde') lane.append(batch(letter))

    expect([lane.oldestOffset, lane.nextOffset]).toEqual([2, 5])
    expect(prices(lane.reader('late').pull())).toEqual([103, 104, 105])
  })

  it('queues what a woken reader appends behind the batch in hand', () => {
    const lane = laneOf(10)
    const seen: number[] = []
    const first = lane.reader('first')
    first.ready$.subscribe(() => {
      if (lane.nextOffset === 2) lane.append(batch('c'))
      seen.push(first.pull().length)
      first.commit()
    })

    lane.append(batch('ab'))

    expect(seen).toEqual([2, 1])
    expect(lane.figures()).toMatchObject({ emitted: 3, appended: 3, backlog: 0 })
  })

  it('wakes once per batch a reader whose listener comes anew with each wake, even if it takes nothing', () => {
    const lane = laneOf(10)
    const reader = lane.reader('one')
    const woken: number[] = []
    const listen = (): void => {
      reader.ready$.pipe(take(1)).subscribe(() => {
        woken.push(reader.waiting)
        listen()
      })
    }
    listen()

    for (const letters of ['ab', 'c', 'd']) lane.append(batch(letters))

    expect(woken).toEqual([2, 3, 4])
  })

  it('wakes nobody who has stopped to listen, and again who has come back', () => {
    const lane = laneOf(10)
    const reader = lane.reader('one')
    const woken: number[] = []
    const listen = () => reader.ready$.subscribe(() => woken.push(reader.waiting))
    const first = listen()

    lane.append(batch('a'))
    first.unsubscribe()
    lane.append(batch('b'))
    lane.append(batch('c'))
    listen()
    lane.append(batch('d'))

    expect(woken).toEqual([1, 4])
  })

  it('gives a reader that awaits one turn of grace per slice, never two', async () => {
    const turns: (() => void)[] = []
    const lane = laneOf(2, (again) => turns.push(again))
    const reader = lane.reader('slow')
    const read = reader[Symbol.asyncIterator]()
    void read.next()

    lane.append(batch('abcdef'))
    expect([lane.nextOffset, turns.length]).toEqual([2, 1])

    turns.shift()!()
    expect([lane.nextOffset, turns.length]).toEqual([4, 1])

    // The grace is over and it has not come: it loses its oldest.
    turns.shift()!()
    expect([lane.nextOffset, turns.length]).toEqual([6, 0])
    expect(reader.figures()).toMatchObject({ offered: 6, lost: 4 })
    reader.close()
    await read.return!()
  })

  it('ends no turn for a reader that does not await, and for none at all', () => {
    const turns: (() => void)[] = []
    const lane = laneOf(2, (again) => turns.push(again))
    lane.append(batch('abcdef'))
    lane.reader('stalled')
    lane.append(batch('ghijkl'))

    expect([lane.nextOffset, turns.length]).toEqual([12, 0])
  })

  it('puts in what waited for its grace when it ends', () => {
    const lane = laneOf(2, () => undefined)
    void lane.reader('slow')[Symbol.asyncIterator]()
    lane.append(batch('abcdef'))

    lane.end()

    expect(lane.figures()).toMatchObject({ emitted: 6, appended: 6, backlog: 0, retained: 2, expired: 4 })
    expect(() => lane.append(batch('g'))).toThrow('lane per_second/T has ended: nothing can be appended')
  })

  it('pins at most twice the bytes of what it retains, and a block, however large the frames were', () => {
    const lane = laneOf(1000)
    const one = JSON.stringify({ ev: 'T', sym: 'AAPL', p: 1, s: 1, t: 1 })

    for (let i = 0; i < 500; i += 1) {
      const chunk = Buffer.alloc(64 * 1024, ' ')
      chunk.write(`[${one},${one}]`)
      lane.append(decodeFrame(chunk).batches[0]!)
    }

    expect(lane.wireBytes()).toBe(1000 * one.length)
    // The newest batch is judged when the next one comes; its values lie in a block, too.
    expect(lane.pinnedBytes()).toBeLessThanOrEqual(4 * lane.wireBytes() + 2 * 64 * 1024)
  })

  it('copies nothing out of blocks that are full of its own', () => {
    const lane = laneOf(1000)
    const one = JSON.stringify({ ev: 'T', sym: 'AAPL', p: 1, s: 1, t: 1 })
    const text = `[${one},${one}]`
    const chunk = Buffer.alloc(64 * text.length, text)

    for (let i = 0; i < 64; i += 1) lane.append(decodeFrame(chunk.subarray(i * text.length, (i + 1) * text.length)).batches[0]!)
    lane.append(decodeFrame(Buffer.alloc(64 * 1024, ' ').fill(text, 0, text.length)).batches[0]!)

    expect(lane.reader('all').pull().wire(0).buffer).toBe(chunk.buffer)
  })

  it('keeps at most one batch in part beyond its limit', () => {
    const lane = laneOf(1000)
    const frame = Buffer.from(`[${Array.from({ length: 999 }, (_, i) => JSON.stringify({ ev: 'T', sym: 'AAPL', p: 1, s: i, t: 1 })).join(',')}]`)

    // Many of them in a row: forgotten places of the log must hold nothing.
    for (let i = 0; i < 100; i += 1) lane.append(decodeFrame(Buffer.from(frame)).batches[0]!)

    expect(lane.pinnedBytes()).toBeLessThanOrEqual(2 * 2 * frame.length)
  })

  it('forgets one by one, in any pattern of lengths', () => {
    const lane = laneOf(100)
    let next = 0

    for (let i = 0; i < 2000; i += 1) {
      const length = (i * 7) % 5 === 0 ? 3 : 1
      lane.append(batchesOf(Array.from({ length }, () => trade({ sequence: next++ })))[0]!)
    }
    const all = lane.reader('late').pull()

    expect([...all].map((event) => (event as unknown as { sequence: number }).sequence)).toEqual(Array.from({ length: 100 }, (_, i) => next - 100 + i))
  })

  it('begins a reader at the oldest, at now, and at a place it knows from before', () => {
    const lane = laneOf(3)
    lane.append(batch('abcde'))
    const oldest = lane.reader('oldest')
    const now = lane.reader('now', { from: 'now' })
    const known = lane.reader('known', { from: { epoch: 'e', offset: 4 } })
    const expired = lane.reader('expired', { from: { epoch: 'e', offset: 0 } })
    lane.append(batch('f'))

    expect(prices(oldest.pull())).toEqual([104, 105, 106])
    expect(prices(now.pull())).toEqual([106])
    expect(prices(known.pull())).toEqual([105, 106])
    expect(expired.pull()).toMatchObject({ from: 3, lostBefore: 3 })
  })

  it('throws where no reader can begin, and for a name that is open or empty', () => {
    const lane = laneOf(3)
    lane.append(batch('a'))
    lane.reader('one')

    expect(() => lane.reader('one')).toThrow('lane per_second/T: a reader named one is open already')
    expect(() => lane.reader('')).toThrow(RangeError)
    expect(() => lane.reader('two', { from: { epoch: 'other', offset: 0 } })).toThrow("the epoch other is not this run's, e")
    expect(() => lane.reader('two', { from: { epoch: 'e', offset: 2 } })).toThrow('no reader can begin at offset 2; the next event is 1')
    expect(() => laneOf(0)).toThrow('limit must be a whole number of events, 1 or more, not 0')
  })

  it('frees the name of a reader that closes', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perMinute()] }).frequency('per_minute').lane('AM')
    lane.reader('one').close()

    m.feed.AM('              -a-')

    m.expect(m.pulls(lane, '--p', { name: 'one' })).toBe('--x', { x: letterEvents('AM', 'a') })
  }))
})
