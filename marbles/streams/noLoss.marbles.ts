import { map, mergeMap } from 'rxjs'

import { perMinute, perSecond } from '../../src/index.ts'
import { engineMarbles, letterEvents, minuteBar, trade } from '../index.ts'

const quick = { settleMs: 0, retry: { initialMs: 10 } }
const trades = (count: number) => Array.from({ length: count }, (_, i) => trade({ sequence: i }))
const see = ({ from, to, lostBefore }: { from: number; to: number; lostBefore: number }) => ({ from, to, lostBefore })

describe('no loss', () => {
  it('gives again what was pulled and not committed', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')
    const seen = { x: letterEvents('T', 'ab'), y: letterEvents('T', 'c') }

    m.feed.T('               -(ab)-c------')

    m.expect(m.pulls(lane, '-----p--rp-p-')).toBe('-----x---x-y-', seen)
    m.expect('per_second').toLoseNothing()
  }))

  it('gives nothing again that was committed', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')
    const seen = { x: letterEvents('T', 'ab'), y: letterEvents('T', 'c') }

    m.feed.T('               -(ab)-c------')

    m.expect(m.pulls(lane, '-----pc-rp-cp')).toBe('-----x---y--e', { ...seen, e: [] })
  }))

  it('reports the 1001st event of a stalled reader in lostBefore', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')

    m.feed.T('               -a-b---', { a: trades(1000), b: trade({ sequence: 1000 }) })

    m.expect(m.pulls(lane, '-----p-', { see })).toBe('-----x-', { x: { from: 1, to: 1001, lostBefore: 1 } })
    m.expect('per_second').toLoseNothingSilently()
  }))

  it('loses nothing at the 1000th event of a stalled reader', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')

    m.feed.T('               -a-----', { a: trades(1000) })

    m.expect(m.pulls(lane, '-----p-', { see })).toBe('-----x-', { x: { from: 0, to: 1000, lostBefore: 0 } })
    m.expect('per_second').toLoseNothing()
  }))

  it('keeps what is in flight beyond the lane, and gives it before newer events', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond({ limit: 3 })] }).frequency('per_second').lane('T')

    m.feed.T('                              -(ab)--(cdef)---')

    m.expect(m.pulls(lane, '               ------p-------rp-p', { see })).toBe('------x--------x-y', { x: { from: 0, to: 2, lostBefore: 0 }, y: { from: 3, to: 4, lostBefore: 1 } })
  }))

  it('lets a frame of 20,000 pass a lane of 1000 whole for a synchronous reader', engineMarbles((m) => {
    const lane = m.engine({ frequencies: [perSecond()] }).frequency('per_second').lane('T')
    const sequences: (number | undefined)[] = []

    m.feed.T('-x-', { x: trades(20_000) })
    lane.batches().subscribe((batch) => { sequences.push(...[...batch].map(({ sequence }) => sequence)) })

    m.at('---z', { z: () => expect(sequences).toStrictEqual(Array.from({ length: 20_000 }, (_, i) => i)) })
    m.expect('per_second').toLoseNothing()
    m.expect('per_second').toKeepOrder()
  }))

  it('numbers a bar that is sent again as a revision', engineMarbles((m) => {
    m.engine({ frequencies: [perMinute()] })
    const again = { b: minuteBar({ close: 99, low: 99 }), c: minuteBar({ close: 98, low: 98 }) }

    m.feed.AM(' -a-b-c-', { a: minuteBar(), ...again })

    m.expectEvents('per_minute', '-a-b-c-', { a: minuteBar(), b: { ...again.b, revision: 1 }, c: { ...again.c, revision: 2 } })
  }))

  it('numbers a bar on across reconnects', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perMinute()], link: quick })

    m.feed.AM('-a-#------a-')

    m.expect(engine.frequency('per_minute').event$.pipe(map(({ revision }) => revision))).toBe('-o--------r-', { o: 0, r: 1 })
    m.expect('per_minute').toLoseNothing()
  }))

  it('says where the hole of a loss lies, and no pull spans it', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond()], link: quick })
    const { gap$, lane } = engine.frequency('per_second')
    const gapBefore = ({ from, to, gapBefore: gap }: { from: number; to: number; gapBefore?: { id: string; toMs?: number } }) => [from, to, gap?.id, gap?.toMs]

    m.feed.T('                    -(ab)-#--------c----')

    m.expect(m.pulls(lane('T'), '-----------------pp-', { see: gapBefore })).toBe('-----------------xy-', { x: [0, 2, undefined, undefined], y: [2, 3, 'marble-1', 11] })
    m.expect(gap$.pipe(mergeMap(({ positions }) => positions))).toBe('       ------o----c-------', {
      o: { eventType: 'T', afterOffset: 1 },
      c: { eventType: 'T', afterOffset: 1, beforeOffset: 2 },
    })
    m.expect('per_second').toLoseNothingSilently()
  }))

  it('keeps the offsets of a lane over losses and restarts of its frequency', engineMarbles((m) => {
    const handle = m.engine({ frequencies: [perSecond()], link: quick }).frequency('per_second')

    m.feed.T('                           -a-#------b---c-')
    m.at('                               ------------sS--', { s: () => { handle.stop() }, S: () => { handle.start() } })

    m.expect(m.pulls(handle.lane('T'), '---------------pp', { see })).toBe('---------------xy', { x: { from: 0, to: 1, lostBefore: 0 }, y: { from: 1, to: 3, lostBefore: 0 } })
    m.expect('per_second').toKeepOrder()
    m.expect('per_second').toLoseNothingSilently()
  }))

  it('loses nothing in silence, whatever happens to the link, and says it in order', engineMarbles((m) => {
    m.script({ latencyMs: 1 })
    m.engine({ frequencies: [perSecond(), perMinute()], link: { settleMs: 0, retry: { initialMs: 4, factor: 1 } } })

    m.feed.T('  ----a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z')
    m.feed.AM(' ----a---b---c---d---e---f---g---h---i---j---k---l---m--')
    m.faults('  -------l------------c------------f------r---s----------')

    for (const frequency of ['per_second', 'per_minute']) {
      m.expect(frequency).toLoseNothingSilently()
      m.expect(frequency).toKeepOrder()
    }
  }))
})
