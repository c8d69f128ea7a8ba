import { from } from 'rxjs'

import { perSecond } from '../../streams/frequencies/index.ts'
import type { Pulled } from '../../streams/pulled.ts'
import type { Reader } from '../../streams/reader.ts'
import type { Trade } from '../../streams/model.ts'
import { engineMarbles, type EngineMarbles, letterEvents } from '../index.ts'

const laneOf = (m: EngineMarbles, limit = 1000) => m.engine({ frequencies: [perSecond({ limit })] }).frequency('per_second').lane('T')
const letters = (pulled: Iterable<Trade>): string => [...pulled].map(({ price }) => String.fromCharCode(price - 101 + 97)).join('')

describe('reader', () => {
  it('pulls what has come since, in order', engineMarbles((m) => {
    m.feed.T('                     -a-(bc)--d----')

    m.expect(m.pulls(laneOf(m), '--p----p---p--', { see: letters })).toBe('--x----y---z--', { x: 'a', y: 'bc', z: 'd' })
  }))

  it('pulls nothing when nothing waits', engineMarbles((m) => {
    m.feed.T('                     ---a--')

    m.expect(m.pulls(laneOf(m), '-p--pp', { see: letters })).toBe('-0--x0', { 0: '', x: 'a' })
  }))

  it('pulls at most as many as asked', engineMarbles((m) => {
    m.feed.T('                     -(abc)-----')

    m.expect(m.pulls(laneOf(m), '-------p-p-', { max: 2, see: letters })).toBe('-------x-y-', { x: 'ab', y: 'c' })
  }))

  it('has at most the lane\'s limit in flight', engineMarbles((m) => {
    m.feed.T('                        -(ab)-c-----')

    m.expect(m.pulls(laneOf(m, 2), '-----p--pcp-', { see: letters })).toBe('-----x--0-y-', { x: 'ab', 0: '', y: 'c' })
  }))

  it('rewinds everything in flight, in the same order and with the same bounds', engineMarbles((m) => {
    m.feed.T('                     -a-b-c-----')

    m.expect(m.pulls(laneOf(m), '--p-p-rpppp', { see: letters })).toBe('--a-b--abc0', { a: 'a', b: 'b', c: 'c', 0: '' })
  }))

  it('splits what it gives again when less is asked for', engineMarbles((m) => {
    const reader = laneOf(m).reader('one')
    const pulls: [number, number, string][] = []
    const pull = (max?: number) => () => {
      const batch = reader.pull(max === undefined ? {} : { max })
      pulls.push([batch.from, batch.to, letters(batch)])
    }

    m.feed.T('-(abc)-----------')
    m.at('    ------p-r-1-2-cz-', {
      p: pull(),
      r: () => { reader.rewind() },
      1: pull(1),
      2: pull(),
      c: () => { reader.commit() },
      z: () => {
        expect(pulls).toEqual([[0, 3, 'abc'], [0, 1, 'a'], [1, 3, 'bc']])
        expect(reader.figures()).toMatchObject({ committed: 3, inFlight: 0, waiting: 0, lag: 0 })
      },
    })
  }))

  it('commits up to an offset and rewinds the rest', engineMarbles((m) => {
    const reader = laneOf(m).reader('one')
    const batches: Pulled<Trade>[] = []

    m.feed.T('-(abc)---------')
    m.at('    -----p-c-r-p-z-', {
      p: () => batches.push(reader.pull()),
      c: () => { reader.commit(1) },
      r: () => { reader.rewind() },
      z: () => {
        expect(batches.map(letters)).toEqual(['abc', 'bc'])
        expect(reader.figures()).toMatchObject({ offered: 3, committed: 1, inFlight: 2, lag: 2 })
        expect(() => { reader.commit(4) }).toThrow('reader one: commit takes an offset from 1 to 3, what is pulled and not committed, not 4')
        expect(() => { reader.commit(0) }).toThrow(RangeError)
        expect(() => reader.pull({ max: 0 })).toThrow('reader one: max must be a whole number of events, 1 or more, not 0')
      },
    })
  }))

  it('says a loss once, with the pull that comes after it', engineMarbles((m) => {
    const see = ({ from, to, lostBefore }: Pulled<Trade>) => [from, to, lostBefore]

    m.feed.T('                        -(abc)-------d--')

    m.expect(m.pulls(laneOf(m, 2), '--------p-c----p', { see })).toBe('--------x------y', { x: [1, 3, 1], y: [3, 4, 0] })
  }))

  it('says a loss again with the batch that is given again', engineMarbles((m) => {
    const see = ({ from, lostBefore }: Pulled<Trade>) => [from, lostBefore]

    m.feed.T('                        -(abc)-------')

    m.expect(m.pulls(laneOf(m, 2), '-------p-rp--', { see })).toBe('-------x--x--', { x: [1, 1] })
  }))

  it('says a loss that happened while it was full with the next pull that brings something', engineMarbles((m) => {
    const see = ({ from, to, lostBefore }: Pulled<Trade>) => [from, to, lostBefore]

    m.feed.T('                        -(ab)-(cdef)------')

    m.expect(m.pulls(laneOf(m, 2), '-----p------p-cp--', { see })).toBe('-----x------0--y--', { x: [0, 2, 0], 0: [4, 4, 0], y: [4, 6, 2] })
  }))

  it('speaks by ready$ once per batch and not before', engineMarbles((m) => {
    const reader = laneOf(m).reader('one')

    m.feed.T('                    -a-(bc)--d-')
    m.expect(reader.ready$).toBe('-r-r-----r-', { r: undefined as never })
  }))

  it('counts what a closed reader had not committed as abandoned', engineMarbles((m) => {
    const lane = laneOf(m)
    const readers: Reader<Trade>[] = []

    m.feed.T('-(abc)--d-----')
    m.at('    o-----p-x-z---', {
      o: () => readers.push(lane.reader('one')),
      p: () => readers[0]!.pull({ max: 2 }),
      x: () => { readers[0]!.close() },
      z: () => {
        expect(readers[0]!.figures()).toMatchObject({ offered: 3, committed: 0, abandoned: 3, inFlight: 0, waiting: 0 })
        expect(letters(readers[0]!.pull())).toBe('')
      },
    })
  }))

  it('gives a view that reads like one batch over all its parts', engineMarbles((m) => {
    const reader = laneOf(m).reader('one')

    m.feed.T('-a-(bc)-d-----')
    m.at('    -----------z--', {
      z: () => {
        const batch = reader.pull()
        expect(batch.length).toBe(4)
        expect([...batch]).toStrictEqual(letterEvents('T', 'abcd'))
        const flowing: Trade[] = []
        from(batch).subscribe((event) => flowing.push(event))
        expect(flowing).toStrictEqual(letterEvents('T', 'abcd'))
        expect([0, 1, 2, 3].map((i) => batch.number(i, 'price'))).toEqual([101, 102, 103, 104])
        expect(JSON.parse(Buffer.from(batch.wire(2)).toString())).toMatchObject({ ev: 'T', p: 103 })
        expect(letters(batch.slice(1, 3))).toBe('bc')
        expect(letters(batch.slice(-1))).toBe('d')
        expect(letters(batch.select([3, 0, 1]))).toBe('dab')
        expect(letters(batch.filter((all, i) => all.number(i, 'price') % 2 === 0))).toBe('bd')
        expect(batch.filter(() => true)).toBe(batch)
        expect(batch.at(3)).toBe(batch.slice(3).at(0))
        expect(() => batch.at(4)).toThrow(RangeError)
        expect(batch.symbol(0)).toBe('AAPL')
        expect(batch.atMs(3)).toBe(letterEvents('T', 'd')[0]!.atMs)
      },
    })
  }))
})
