import { bufferCount, filter, map, mergeMap, mergeWith, Subject, tap } from 'rxjs'

import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { SocketSignal } from '../../streams/link/socket.ts'
import type { Gap, Trade } from '../../streams/model.ts'
import type { Provider } from '../../streams/provider.ts'
import { engineMarbles, type EngineMarbles, trade } from '../index.ts'

const quick = { settleMs: 0, lingerMs: 2, retry: { initialMs: 10 } }
const other = 'ws://other/stocks'

/** The scripted vendor, saying how many connections an account may have. */
const limited = (m: EngineMarbles, connectionsMax: number): Provider => {
  const { provider } = m.vendor
  return {
    ...provider,
    endpoint: (wish) => ({ ...provider.endpoint(wish), account: wish.account ?? 'default', connectionsMax }),
  }
}

const same = map((trade: Trade) => trade)

const channelsOf = (m: EngineMarbles) => m.vendor.connections().map(({ channels }) => [...channels].sort().join()).sort()
const said = ({ id, cause, toMs, positions }: Gap) => `${id} ${cause._tag} ${toMs === undefined ? 'open' : 'closed'} ${positions.map(({ afterOffset }) => afterOffset).join()}`

describe('a plan', () => {
  it('lets links share when the account may not have them all, the least important first', engineMarbles((m) => {
    const engine = m.engine({ links: 'dedicated', provider: limited(m, 2), frequencies: [perSecond(), perMinute(), fairMarketValue()], link: quick })
    let carried: readonly string[] = []

    m.at('    --x-', { x: () => { carried = channelsOf(m) } })
    m.feed.FMV('---a')
    m.expectEvents('fair_market_value', '---a')
    m.at('    ---x', { x: () => {
      expect(carried).toEqual(['AM.*,FMV.*', 'T.*'])
      expect(engine.health().links.map(({ id, account, frequencies }) => [id, account, frequencies])).toEqual([
        ['vendor/stocks#per_second', 'default', ['per_second']],
        ['vendor/stocks#per_minute', 'default', ['per_minute', 'fair_market_value']],
      ])
    } })
  }))

  it('leaves without a link who cannot share, says so, and it stays', engineMarbles((m) => {
    const engine = m.engine({ provider: limited(m, 1), frequencies: [perSecond(), fairMarketValue({ url: other })], link: quick })
    const { state$ } = engine.frequency('fair_market_value')

    m.feed.T(' -a-- 10s -b')

    m.expectEvents('per_second', '-a-- 10s -b')
    m.expectStates('fair_market_value', 'E-- 10s -')
    m.expect(state$.pipe(map(({ reason }) => reason))).toBe('y', { y: 'the account default may hold 1 connection, and more important frequencies than fair_market_value have it' })
    m.at('-x', { x: () => { expect(engine.health().frequencies.map(({ link }) => link)).toEqual(['vendor/stocks', undefined]) } })
  }))

  it('goes by priority', engineMarbles((m) => {
    m.engine({ provider: limited(m, 1), frequencies: [perSecond({ priority: 2 }), fairMarketValue({ url: other, priority: 1 })], link: quick })

    m.expectStates('per_second', 'E--')
    m.expectStates('fair_market_value', 'L--')
  }))
})

describe('a change of address', () => {
  it('moves one frequency of a shared link, opens a gap at its place, and touches no other event', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
    const minutes = engine.frequency('per_minute')

    m.feed.T('                          -a-(bc)-d-e-f-g--')
    m.feed.AM('                         -a-b------c-d----')
    m.at('                              ------m----------', { m: () => { minutes.change({ url: other }) } })

    m.expectEvents('per_second', '      -a-(bc)-d-e-f-g--')
    m.expectStates('per_second', '      L----------------')
    m.expectGaps('per_second', '        -----------------')
    m.expectEvents('per_minute', '      -a-b------c-d----')
    m.expect(minutes.gap$.pipe(map(said))).toBe('------(oc)-------', { o: 'marble-1 moved open 1', c: 'marble-1 moved closed 1' })
    m.at('                              ----------------x', { x: () => {
      expect(channelsOf(m)).toEqual(['AM.*', 'T.*'])
      expect(engine.health().links.map(({ frequencies }) => frequencies)).toEqual([['per_second'], ['per_minute']])
    } })
  }))

  it('keeps the gap of a move open when other tickers are wanted before the next link has answered', engineMarbles((m) => {
    m.script({ acks: { lateMs: 4 } })
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
    const seconds = engine.frequency('per_second')

    // Moved at 6, named tickers at 7: T.* is nobody's wish any more, and what came by it is missing until T.AAPL is answered:
    // at 10 the asking for T.*, at 14 its giving back, at 18 the asking for T.AAPL.
    m.at('                             ------mn------------', { m: () => { seconds.change({ url: other }) }, n: () => { seconds.setTickers(['AAPL']) } })
    m.expect(seconds.gap$.pipe(map(said))).toBe('------o-----------c', { o: 'marble-1 moved open -1', c: 'marble-1 moved closed -1' })
  }))

  it('closes the old socket before the new one opens when a key is changed, and lets the link go', engineMarbles((m) => {
    const engine = m.engine({ provider: limited(m, 1), frequencies: [perSecond(), perMinute()], link: quick })
    const most: number[] = []

    m.feed.T('                   -a-------b-')
    m.at('                       --k--------', { k: () => {
      engine.frequency('per_minute').change({ url: other })
    } })
    m.at('                       ---k-------', { k: () => { engine.frequency('per_second').change({ url: other }) } })
    m.at('                       -xxxxxxxxxx', { x: () => { most.push(m.vendor.connections().length) } })
    m.expectEvents('per_second', '-a-------b-')
    m.at('                       ----------x', { x: () => {
      expect(Math.max(...most)).toBe(1)
      expect(channelsOf(m)).toEqual(['AM.*,T.*'])
      expect(engine.health().links).toHaveLength(1)
    } })
  }))

  it('leaves a neighbour alone while two links of its account close', engineMarbles((m) => {
    const { provider } = m.vendor
    // The first link of the frequency does not answer our close: it is still closing when the second one is through with it.
    const unanswered: Provider = {
      ...provider,
      openSocket: (url, socketOptions) => {
        const socket = provider.openSocket(url, socketOptions)
        return url.endsWith('/one') ? { ...socket, close: () => {} } : socket
      },
    }
    const engine = m.engine({ provider: unanswered, frequencies: [perSecond({ url: 'ws://vendor/one' }), perMinute({ url: 'ws://vendor/minutes' })], link: { closeWaitMs: 10 } })
    const { change } = engine.frequency('per_second')

    m.at('                         ---a---b----------', { a: () => { change({ url: 'ws://vendor/two' }) }, b: () => { change({ url: 'ws://vendor/three' }) } })
    m.feed.AM('                    ----a---b-c-d-e-f-')
    m.expectEvents('per_minute', ' ----a---b-c-d-e-f-')
    m.expectStates('per_minute', ' L-----------------')
  }))

  it('takes nothing on its return that was said before its channels were given back', engineMarbles((m) => {
    const { provider } = m.vendor
    let stall: ((signal: SocketSignal) => void) | undefined
    const held: SocketSignal[] = []
    // A vendor that stalls on the first socket: what it says there comes later.
    const stalling: Provider = {
      ...provider,
      openSocket: (url, socketOptions) => {
        const socket = provider.openSocket(url, socketOptions)
        if (url === other) return socket
        return { ...socket, signal$: socket.signal$.pipe(filter((signal) => stall === undefined || (stall(signal), false)), mergeWith(late$)) }
      },
    }
    const late$ = new Subject<SocketSignal>()
    const engine = m.engine({ provider: stalling, frequencies: [perSecond(), perMinute()], link: { ...quick, ackLimitMs: 4, muteMs: 1000, pingMs: 900 } })
    const { change } = engine.frequency('per_second')

    m.at('                         --s-o---b---- 20ms r', {
      s: () => { stall = (signal) => { held.push(signal) } },
      o: () => { change({ url: other }) },
      b: () => { change({ url: undefined }) },
      r: () => { stall = undefined; for (const signal of held) late$.next(signal) },
    })
    m.feed.T('                     ---a--b------ 30ms c')
    m.expectEvents('per_second', ' ------b------ 30ms c')
  }))

  it('goes back to where it came from without taking what is held there for its own', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
    const minutes = engine.frequency('per_minute')

    m.feed.AM('                   -a-----b-')
    m.at('                        --k------', { k: () => {
      minutes.change({ url: other })
      minutes.change({ url: undefined })
    } })
    m.expectEvents('per_minute', '-a-----b-')
    m.expectGaps('per_minute', '--(oc)---')
    m.at('                        --------x', { x: () => { expect(channelsOf(m)).toEqual(['AM.*,T.*']) } })
  }))

  it('changes nothing when it cannot be', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()], link: quick })
    const seconds = engine.frequency('per_second')

    m.at('                       --k', { k: () => {
      expect(() => { seconds.change({ channels: ['AM'] }) }).toThrow('per_second: no channel "AM"; it has T, A, Q')
      expect(() => { seconds.change({ tickers: [] }) }).toThrow(RangeError)
      expect(() => { seconds.change({ url: 'http://x' }) }).toThrow('a link needs an address that begins with ws:// or wss://')
    } })
    m.feed.T('                   -a-b')
    m.expectEvents('per_second', '-a-b')
    m.expectGaps('per_second', '  ----')
  }))
})

describe('a change of channels', () => {
  it('asks for the difference only, on the same link', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ channels: ['T', 'Q'] }), perMinute()], link: quick })
    const seconds = engine.frequency('per_second')

    m.at('                       --k-----', { k: () => { seconds.change({ channels: ['T', 'A'], tickers: ['AAPL'] }) } })
    m.feed.events('              -a--b-c-', { a: trade({ price: 1 }), b: trade({ price: 2 }), c: trade({ symbol: 'GME' }) })
    m.expect(seconds.event$.pipe(map((event) => ('price' in event ? event.price : NaN)))).toBe('-a--b---', { a: 1, b: 2 })
    m.expectGaps('per_second', ' --------')
    m.at('                       -------x', { x: () => {
      expect(channelsOf(m)).toEqual(['A.AAPL,AM.*,T.AAPL'])
      expect(m.vendor.opened()).toBe(1)
    } })
  }))
})

describe('a change of operators', () => {
  it('lets the former give out what they hold, and resubscribes nothing', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond().pipe(bufferCount(3), mergeMap((events) => events)), perMinute()] })
    const seconds = engine.frequency('per_second')

    m.at('                        ----s----', { s: () => { seconds.setOperators((frequency) => frequency.pipe(map((event) => ({ ...event, size: 1 })))) } })
    m.feed.T('                    -a-b----d')
    m.feed.AM('                   -a-b----d')
    m.expect(seconds.event$.pipe(map(({ price, size }) => [price, size]))).toBe('    ----(ab)d', { a: [101, 100], b: [102, 100], d: [104, 1] })
    m.expectEvents('per_minute', '-a-b----d')
    m.expectGaps('per_second', '  ---------')
  }))

  it('ends a quarantine, and counts on in the same rows', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond().pipe(tap(({ symbol }) => { throw new Error(symbol) }))] })
    const seconds = engine.frequency('per_second')

    m.at('                             -------s---', { s: () => { seconds.setOperators((frequency) => frequency.pipe(same).pipe(same)) } })
    m.feed.T('                         -a-(bcde)--f-')
    m.expectEvents('per_second', '     -----------f-')
    m.expectStates('per_second', '     L--Q---L-----')
    m.expectDeadLetters('per_second', '-a-(bcde)----'.replace('(bcde)----', '(bcde)'))
    m.at('                             ------------x', { x: () => {
      const rows = engine.ledger().rows.filter(({ kind }) => kind === 'stream' || kind === 'pipe')
      expect(rows.map(({ name, figures }) => [name, figures.offered, figures.passed, figures.deadLettered])).toEqual([['per_second', 6, 1, 5], ['per_second/1', 1, 1, 0]])
    } })
  }))

  it('waits for the batch in hand when an operator itself asks for it', engineMarbles((m) => {
    const swap = { now: () => {} }
    const engine = m.engine({ frequencies: [perSecond().pipe(tap(({ price }) => { if (price === 102) swap.now() }))] })
    const seconds = engine.frequency('per_second')
    swap.now = () => { seconds.setOperators((frequency) => frequency.pipe(map((event) => ({ ...event, size: 1 })))) }

    m.feed.T('                                                                -a-(bc)d')
    m.expect(seconds.event$.pipe(map(({ price, size }) => [price, size]))).toBe('-a-(bc)d', { a: [101, 100], b: [102, 100], c: [103, 100], d: [104, 1] })
  }))

  it('needs the frequency that it gave', engineMarbles((m) => {
    const seconds = m.engine({ frequencies: [perSecond()] }).frequency('per_second')

    expect(() => { seconds.setOperators(() => perSecond()) }).toThrow('per_second: setOperators needs the frequency it was given')
    expect(() => { seconds.setOperators((frequency) => frequency.with({ tickers: ['AAPL'] })) }).toThrow(RangeError)
  }))
})

describe('a restart', () => {
  it('asks for the channels again, builds the operators anew, and touches nobody else', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond().pipe(bufferCount(3), mergeMap((events) => events)), perMinute()] })

    m.at('                        ----r----', { r: () => { engine.frequency('per_second').restart() } })
    m.feed.T('                    -a-b---cd')
    m.feed.AM('                   -a-b---cd')
    m.expectEvents('per_second', '----(ab)-')
    m.expectGaps('per_second', '  ---------')
    m.expectEvents('per_minute', '-a-b---cd')
    m.expectStates('per_minute', 'L--------')
    m.at('                        --------x', { x: () => { expect(m.vendor.opened()).toBe(1) } })
  }))
})
