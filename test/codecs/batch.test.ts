import type { Batch } from '../../streams/codecs/batch.ts'
import { decodeFrame } from '../../streams/codecs/decodeFrame.ts'
import { EncodeError } from '../../streams/codecs/encodeError.ts'
import { encodeEvent } from '../../streams/codecs/encodeEvent.ts'
import { batchesOf, isEventLike } from '../../streams/codecs/made.ts'
import { originOf, stamp } from '../../streams/codecs/origin.ts'
import { TickerSet } from '../../streams/codecs/tickerSet.ts'
import { annotate } from '../../streams/codecs/view.ts'
import type { EventLike, Trade } from '../../streams/model.ts'
import { bytesOf } from './frames.ts'

const trade = (price: number, symbol = 'AAPL'): string =>
  `{"ev":"T", "sym":"${symbol}","p":${price}.0,"s":1,"t":${price},"new":1}`
const bar = (startMs: number): string => `{"ev":"AM","sym":"A","v":1,"o":1,"c":1,"h":1,"l":1,"s":${startMs}}`

/** A batch of the elements, which lie in a block of 64 KB as if read from a busy socket. */
const batchOf = (...elements: readonly string[]): Batch => {
  const chunk = Buffer.alloc(65_536)
  const length = chunk.write(`[${elements.join()}]`)
  return decodeFrame(chunk.subarray(0, length)).batches[0]!
}

const trades = (count: number): Batch => batchOf(...Array.from({ length: count }, (_, i) => trade(i + 1)))

const pricesOf = (batch: Batch): readonly number[] =>
  Array.from({ length: batch.length }, (_, i) => batch.number(i, 'price'))

const wireOf = (batch: Batch, i: number): string => Buffer.from(batch.wire(i)).toString()

const stampedEventsOf = (batch: Batch): readonly EventLike[] => {
  for (let i = 0; i < batch.length; i += 1) stamp(batch.at(i), batch, i)
  return [...batch]
}

describe('a batch', () => {
  it('says what is in it without building events', () => {
    const batch = batchOf(trade(1, 'AAPL'), trade(2, 'MSFT'))

    expect(batch.eventType).toBe('T')
    expect([batch.symbol(0), batch.symbol(1)]).toStrictEqual(['AAPL', 'MSFT'])
    expect(batch.atMs(1)).toBe(2)
    expect(batch.number(1, 'price')).toBe(2)
    expect(batch.number(1, 'symbol')).toBeNaN()
    expect(batch.number(1, 'sequence')).toBeNaN()
    expect(batch.number(1, 'toString')).toBeNaN()
    expect(wireOf(batch, 1)).toBe(trade(2, 'MSFT'))
    expect(batch.wire(1).buffer).toBe(batch.wire(0).buffer)
  })

  it('builds an event once, also for its views', () => {
    const batch = trades(4)
    const event = batch.at(2)

    expect(batch.at(2)).toBe(event)
    expect([...batch][2]).toBe(event)
    expect(batch.slice(2).at(0)).toBe(event)
    expect(batch.select([3, 2]).at(1)).toBe(event)
    expect(batch.slice(1, 3).at(0)).toBe(batch.at(1))
  })

  it.each([-1, 2, 0.5, NaN, Infinity])('has no event %d', (i) => {
    const batch = trades(2)
    const message = `No event ${i} in a batch of 2 (T).`

    expect(() => batch.at(i)).toThrow(new RangeError(message))
    expect(() => batch.symbol(i)).toThrow(new RangeError(message))
    expect(() => batch.atMs(i)).toThrow(new RangeError(message))
    expect(() => batch.wire(i)).toThrow(new RangeError(message))
    expect(() => batch.number(i, 'price')).toThrow(new RangeError(message))
    expect(() => batch.select([0, i])).toThrow(new RangeError(message))
    expect(() => trades(4).slice(1, 3).at(i)).toThrow(RangeError)
  })

  it.each([
    [0, undefined, [1, 2, 3, 4, 5]],
    [1, undefined, [2, 3, 4, 5]],
    [1, 3, [2, 3]],
    [-2, undefined, [4, 5]],
    [0, -1, [1, 2, 3, 4]],
    [3, 2, []],
    [9, 12, []],
    [0, 99, [1, 2, 3, 4, 5]],
  ])('slices like a list from %p to %p', (from, to, prices) => {
    expect(pricesOf(trades(5).slice(from, to))).toStrictEqual(prices)
    expect([1, 2, 3, 4, 5].slice(from, to)).toStrictEqual(prices)
  })

  it('makes views of views', () => {
    const view = trades(6)
      .select([5, 3, 1, 0])
      .slice(1, 4)
      .filter((batch, i) => batch.number(i, 'price') !== 2)

    expect(pricesOf(view)).toStrictEqual([4, 1])
    expect([...view].map((event) => (event as Trade).price)).toStrictEqual([4, 1])
    expect([wireOf(view, 0), wireOf(view, 1)]).toStrictEqual([trade(4), trade(1)])
    expect(pricesOf(view.slice(1))).toStrictEqual([1])
  })

  it('is itself when nothing is left out', () => {
    const batch = trades(3)

    expect(batch.filter(() => true)).toBe(batch)
    expect(batch.slice(0)).toBe(batch)
    expect(batch.filter(() => false).length).toBe(0)
    expect([...batch.filter(() => false)]).toStrictEqual([])
  })

  it('gives plain objects that differ when their prices do', () => {
    const batch = batchOf(trade(1), trade(2), trade(1))
    const [first, second, third] = [...batch]

    expect(first).not.toStrictEqual(second)
    expect(first).toStrictEqual({ ...third, atMs: 1 })
    for (const event of batch) {
      expect(Object.getPrototypeOf(event)).toBe(Object.prototype)
      expect(Reflect.ownKeys(event)).toStrictEqual(Object.keys(event))
      for (const property of Object.values(Object.getOwnPropertyDescriptors(event))) {
        expect(property).toMatchObject({ enumerable: true, writable: true })
        expect(property.get).toBeUndefined()
      }
    }
  })

  it('shares nothing that can be changed between events', () => {
    const batch = trades(2)

    expect(() => ((batch.at(0) as Trade).conditions as number[]).push(1)).toThrow(TypeError)
    expect((batch.at(1) as Trade).conditions).toStrictEqual([])
  })
})

describe('the tickers of a batch', () => {
  const batch = batchOf(trade(1, 'A'), trade(2, 'B'), trade(3, 'A'), trade(4, '\\u0043'), trade(5, 'D'))

  it('choose events, the batch itself when all are wanted', () => {
    const some = new TickerSet(['A', 'C'])

    for (let times = 0; times < 2; times += 1) expect(pricesOf(batch.of(some))).toStrictEqual([1, 3, 4])
    expect(pricesOf(batch.slice(1).of(some))).toStrictEqual([3, 4])
    expect(pricesOf(batch.select([4, 2, 1]).of(new TickerSet(['B', 'D'])))).toStrictEqual([5, 2])
    expect(batch.of(new TickerSet(['A', 'B', 'C', 'D']))).toBe(batch)
    expect(batch.of(new TickerSet([]))).toHaveLength(0)
  })

  it('choose operators’ events, too', () => {
    const [made] = batchesOf([...batch].map((event) => ({ ...event })))

    expect([...made!.of(new TickerSet(['B']))]).toStrictEqual([batch.at(1)])
  })

  it('have other numbers in another list', () => {
    const set = new TickerSet(['B'])
    const [first, second] = [
      ['A', 'B'],
      ['B', 'A'],
    ] as const

    expect([0, 1, 1].map((number) => set.hasNumber(first, number))).toStrictEqual([false, true, true])
    expect([0, 1, 0].map((number) => set.hasNumber(second, number))).toStrictEqual([true, false, true])
  })

  it('may become more', () => {
    const names: string[] = []
    const set = new TickerSet(['T3', 'T2999'])
    const found = Array.from({ length: 3000 }, (_, i) => {
      names.push(`T${i}`)
      return set.hasNumber(names, i)
    })

    expect(found.flatMap((isIn, i) => (isIn ? [i] : []))).toStrictEqual([3, 2999])
  })
})

describe('the bytes of a batch', () => {
  it('are counted', () => {
    const batch = trades(3)

    expect(batch.wireBytes).toBe(3 * trade(1).length)
    expect(batch.slice(1).wireBytes).toBe(2 * trade(1).length)
    expect(batch.pinnedBytes).toBe(65_536)
    expect(batch.slice(1).pinnedBytes).toBe(65_536)
    expect(batch.slice(0, 0).wireBytes).toBe(0)
  })

  describe('are copied, a comma between each two,', () => {
    const copyOf = (batch: Batch, from?: number, to?: number): string => {
      const target = Buffer.alloc(1_000, '.')
      return target.toString('latin1', 7, batch.copyWire(target, 7, from, to))
    }
    const listOf = (...prices: readonly number[]): string => prices.map((price) => trade(price)).join()

    it('of elements that lie in one piece', () => {
      expect(copyOf(trades(5))).toBe(listOf(1, 2, 3, 4, 5))
      expect(copyOf(trades(5), 1, 3)).toBe(listOf(2, 3))
      expect(copyOf(trades(5).slice(2), 1)).toBe(listOf(4, 5))
      expect(copyOf(trades(5), 2, 2)).toBe('')
    })

    it('of a selection, and of what has been copied out', () => {
      const some = trades(5).select([4, 0, 1, 3])
      expect(copyOf(some, 1)).toBe(listOf(1, 2, 4))
      some.detach()
      expect(copyOf(some)).toBe(listOf(5, 1, 2, 4))
    })

    it.each([20, 20_000])('of elements with %d other bytes between some of them', (gap) => {
      const list = [
        trade(1),
        trade(2),
        `{"ev":"AM"${' '.repeat(gap)}}`,
        trade(3),
        ` ${trade(4)}`,
        '1',
        '2',
        '3',
        trade(5),
      ]
      const batch = decodeFrame(Buffer.from(`[${list.join()}]`)).batches[0]!
      expect(copyOf(batch)).toBe(listOf(1, 2, 3, 4, 5))
      expect(copyOf(batch, 1, 4)).toBe(listOf(2, 3, 4))
    })

    it('of events that operators made', () => {
      const [made] = batchesOf([{ ...trades(1).at(0) }, { ...trades(2).at(1) }])
      expect(copyOf(made!).split('},{')).toHaveLength(2)
      expect(JSON.parse(`[${copyOf(made!)}]`)).toStrictEqual([0, 1].map((i) => JSON.parse(wireOf(made!, i))))
    })

    it('if there is room, and such events', () => {
      const batch = trades(2)
      expect(() => batch.copyWire(Buffer.alloc(80), 0)).toThrow(RangeError)
      expect(() => batch.copyWire(Buffer.alloc(1_000), 0, 1, 3)).toThrow(RangeError)
      expect(() => batch.select([0]).copyWire(Buffer.alloc(8), -1)).toThrow(RangeError)
    })
  })

  it('can be detached from their chunk, with all else unchanged', () => {
    const batch = trades(4)
    const built = batch.at(1)
    const view = batch.select([3, 1])
    view.detach()

    // A comma between them.
    expect(view.pinnedBytes).toBe(view.wireBytes + 1)
    expect([wireOf(view, 0), wireOf(view, 1)]).toStrictEqual([trade(4), trade(2)])
    expect(view.at(1)).toBe(built)
    expect(pricesOf(view)).toStrictEqual([4, 2])
    expect(batch.pinnedBytes).toBe(65_536)
    expect(wireOf(batch, 3)).toBe(trade(4))

    const block = view.wire(0).buffer
    view.detach()

    expect(view.wire(0).buffer).toBe(block)
  })

  it('of a slice of detached ones can be detached again', () => {
    const batch = trades(4)
    batch.detach()
    const slice = batch.slice(1, 2)

    expect(slice.pinnedBytes).toBe(4 * trade(1).length + 3)

    slice.detach()

    expect(slice.pinnedBytes).toBe(trade(1).length)
    expect(wireOf(slice, 0)).toBe(trade(2))
  })

  it('are let go by stamped events too', () => {
    const batch = trades(3)
    const [, event] = stampedEventsOf(batch)
    const view = batch.slice(1, 2)
    view.detach()

    expect(originOf(event!)).toStrictEqual({ batch: view, index: 0 })
    expect(originOf(batch.at(0))?.batch).toBe(batch)
  })
})

describe('annotate', () => {
  it('numbers bars before they are built, for every view', () => {
    const batch = batchOf(bar(0), bar(60_000), bar(0))
    const view = batch.select([2, 0])
    annotate(batch, { revisions: Int32Array.of(0, 0, 1), late: Uint8Array.of(0, 1, 0) })

    expect(view.number(0, 'revision')).toBe(1)
    expect(view.at(0)).toMatchObject({ revision: 1 })
    expect(batch.at(1)).toMatchObject({ revision: 0, late: true })
    expect(Object.hasOwn(batch.at(0), 'late')).toBe(false)
  })

  it('reaches only the events of the view it is given', () => {
    const batch = batchOf(bar(0), bar(60_000), bar(0))
    annotate(batch.select([2]), { revisions: [3], late: [1] })
    annotate(batch.slice(0, 1), { backfilled: true })

    expect([...batch]).toMatchObject([{ revision: 0, backfilled: true }, { revision: 0 }, { revision: 3, late: true }])
    expect([...batch].map((event) => Object.keys(event).length)).toStrictEqual([12, 11, 12])
  })

  it('survives detaching', () => {
    const batch = batchOf(bar(0), bar(0), bar(0))
    annotate(batch, { revisions: [0, 1, 2], late: [0, 0, 1], backfilled: true })
    const view = batch.slice(1)
    view.detach()

    expect(view.number(1, 'revision')).toBe(2)
    expect([...view]).toMatchObject([
      { revision: 1, backfilled: true },
      { revision: 2, late: true, backfilled: true },
    ])
  })

  it('refuses what is built, does not fit or is not annotatable', () => {
    const batch = batchOf(bar(0), bar(60_000))

    expect(() => annotate(batch, { revisions: [1] })).toThrow(new RangeError('1 values of revision for 2 events.'))
    expect(() => annotate(trades(1), { revisions: [1] })).toThrow(new RangeError('Events of type T have no revision.'))

    batch.at(1)

    expect(() => annotate(batch, { revisions: [0, 0] })).toThrow('is built already')
    expect(() => annotate(batch.slice(0, 1), { revisions: [7] })).not.toThrow()
    expect(batch.at(0)).toMatchObject({ revision: 7 })

    annotate(trades(1), { backfilled: true })
    expect(() => annotate(batchesOf([{ ev: 'AM', symbol: 'A' }])[0]!, { backfilled: true })).toThrow('built already')
    expect(() => annotate({} as Batch, {})).toThrow(TypeError)
  })
})

describe('stamp', () => {
  it('is seen by nobody and copied by nothing', () => {
    const batch = trades(1)
    const event = batch.at(0)
    const before = structuredClone(event)
    stamp(event, batch, 0)

    expect(originOf(event)).toStrictEqual({ batch, index: 0 })
    expect(event).toStrictEqual(before)
    expect(Reflect.ownKeys(event)).toStrictEqual(Reflect.ownKeys(before))
    expect(JSON.stringify(event)).toBe(JSON.stringify(before))
    expect(originOf({ ...event })).toBeUndefined()
    expect(originOf(structuredClone(event))).toBeUndefined()
    expect(originOf(Object.assign({}, event))).toBeUndefined()
    expect(originOf({})).toBeUndefined()
  })

  it('can be put again', () => {
    const batch = trades(2)
    stamp(batch.at(0), batch, 0)
    const other = batch.slice(0, 1)
    stamp(batch.at(0), other, 0)

    expect(originOf(batch.at(0))?.batch).toBe(other)
  })
})

describe('batchesOf', () => {
  it('has nothing of nothing', () => {
    expect(batchesOf([])).toStrictEqual([])
  })

  it('gives the very batch back that went through unchanged', () => {
    const batch = trades(3)

    expect(batchesOf(stampedEventsOf(batch))).toStrictEqual([batch])
    expect(batchesOf([...batch])[0]).toBe(batch)
  })

  it('gives a view of what was kept, with its bytes', () => {
    const batch = trades(4)
    const events = stampedEventsOf(batch)
    const [kept] = batchesOf([events[3]!, events[1]!])

    expect(pricesOf(kept!)).toStrictEqual([4, 2])
    expect(wireOf(kept!, 0)).toBe(trade(4))
    expect(kept!.at(1)).toBe(events[1])
  })

  it('encodes copies and keeps the bytes of originals', () => {
    const batch = trades(2)
    const [first, second] = stampedEventsOf(batch)
    const copy = { ...second, price: 7 } as Trade
    const [mixed] = batchesOf([first!, copy])

    expect(mixed!.length).toBe(2)
    expect(mixed!.at(1)).toBe(copy)
    expect(mixed!.symbol(1)).toBe('AAPL')
    expect(mixed!.number(1, 'price')).toBe(7)
    expect(mixed!.number(1, 'none')).toBeNaN()
    expect(mixed!.atMs(1)).toBe(2)
    expect(mixed!.wireBytes).toBe(trade(1).length)
    expect(wireOf(mixed!, 0)).toBe(trade(1))
    expect(wireOf(mixed!, 1)).toBe('{"ev":"T","sym":"AAPL","p":7,"s":1,"t":2}')
    expect(mixed!.wire(1)).toBe(mixed!.wire(1))
    expect(mixed!.wireBytes).toBe(trade(1).length + mixed!.wire(1).length)
    expect(mixed!.pinnedBytes).toBe(65_536 + mixed!.wire(1).length)
  })

  it('parts types in order of first appearance and keeps the order within', () => {
    const outputs = [
      { ev: 'VOL', symbol: 'A', n: 1 },
      { ev: 'T', symbol: 'A', n: 2 },
      { ev: 'VOL', symbol: 'B', n: 3 },
    ]
    const batches = batchesOf(outputs)

    expect(batches.map((batch) => [batch.eventType, [...batch]])).toStrictEqual([
      ['VOL', [outputs[0], outputs[2]]],
      ['T', [outputs[1]]],
    ])
  })

  it('takes the time from atMs, else endMs, else there is none', () => {
    const [batch] = batchesOf([
      { ev: 'X', symbol: 'A', atMs: 5, endMs: 6 } as EventLike,
      { ev: 'X', symbol: 'A', endMs: 6 } as EventLike,
      { ev: 'X', symbol: 'A' },
    ])

    expect([batch!.atMs(0), batch!.atMs(1), batch!.atMs(2)]).toStrictEqual([5, 6, NaN])
  })

  it('detaches originals out of several frames and encodes the rest when asked', () => {
    const [first] = stampedEventsOf(trades(3))
    const [second] = stampedEventsOf(batchOf(trade(9)))
    const made = { ev: 'T', symbol: 'N', price: 1, size: 1, conditions: [], atMs: 1 } as Trade
    const [batch] = batchesOf([first!, made, second!])

    expect(batch!.pinnedBytes).toBe(2 * 65_536)

    batch!.detach()

    expect(batch!.pinnedBytes).toBe(batch!.wireBytes)
    expect([wireOf(batch!, 0), wireOf(batch!, 2)]).toStrictEqual([trade(1), trade(9)])
    expect(batch!.wire(1)).toStrictEqual(encodeEvent(made))
    expect(originOf(first!)).toStrictEqual({ batch, index: 0 })
    expect(batch!.pinnedBytes).toBe(batch!.wireBytes)

    const view = batch!.slice(1)
    view.detach()

    expect([...view]).toStrictEqual([made, second])
    expect(wireOf(view, 1)).toBe(trade(9))
  })

  it('finds the bytes again behind several stages', () => {
    const batch = trades(2)
    const [first, second] = stampedEventsOf(batch)
    const copy = { ...second } as EventLike
    const [stage1] = batchesOf([copy, first!])
    const [a, b] = stampedEventsOf(stage1!)
    const [stage2] = batchesOf([b!, { ...copy, price: 3 } as EventLike, a!])

    expect(wireOf(stage2!, 0)).toBe(trade(1))
    expect(stage2!.wire(2)).toBe(stage1!.wire(0))

    stage2!.detach()

    expect(wireOf(stage2!, 0)).toBe(trade(1))
    expect(wireOf(stage2!, 2)).toBe(wireOf(stage1!, 0))
  })

  it('detaches before anything is encoded', () => {
    const [first] = stampedEventsOf(batchesOf([{ ev: 'X', symbol: 'A' }])[0]!)
    const [batch] = batchesOf([{ ev: 'X', symbol: 'B' }, first!])
    batch!.detach()

    expect(batch!.pinnedBytes).toBe(0)
    expect(wireOf(batch!, 1)).toBe('{"ev":"X","sym":"A"}')
  })

  it('says which event cannot be encoded, when its bytes are asked for', () => {
    const [batch] = batchesOf([{ ev: 'T', symbol: 'A', price: NaN } as EventLike])

    expect(batch!.wireBytes).toBe(0)
    expect(() => batch!.wire(0)).toThrow(EncodeError)
  })
})

describe('isEventLike', () => {
  it.each([
    [{ ev: 'T', symbol: 'A' }, true],
    [trades(1).at(0), true],
    [{ ev: '', symbol: 'A' }, false],
    [{ ev: 'T', symbol: '' }, false],
    [{ ev: 'T' }, false],
    [{ ev: 1, symbol: 'A' }, false],
    [null, false],
    [undefined, false],
    ['T', false],
    [bytesOf('T'), false],
  ])('%j: %p', (value, isOne) => {
    expect(isEventLike(value)).toBe(isOne)
  })
})
