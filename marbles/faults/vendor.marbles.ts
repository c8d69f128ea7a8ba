import { asyncScheduler, filter, map, type Observable } from 'rxjs'

import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import type { StreamState } from '../../streams/model.ts'
import { engineMarbles, type EngineMarbles, letterEvent, type ScriptedVendor, trade, type WireFrame } from '../index.ts'

const quick = { settleMs: 0, retry: { initialMs: 10, capMs: 30 }, ackLimitMs: 5, closeWaitMs: 4 }
const bad = '{"ev":"T","sym":"AAPL","p":-1}'

/** The cause of the first wait, as the state says it. */
const causes = (state$: Observable<StreamState>): Observable<string> =>
  state$.pipe(
    map(({ link }) => ('cause' in link ? link.cause._tag + String(link.cause.code ?? '') : '')),
    filter((cause, i) => i > 0 && cause !== ''),
  )

const heldBy = (m: EngineMarbles): readonly string[] => m.vendor.connections().flatMap(({ channels }) => channels).sort()

describe('the vendor ends a connection', () => {
  it.each<[string, (vendor: ScriptedVendor) => number, string]>([
    ['without a close frame', (vendor) => vendor.lose('T'), 'closed1006'],
    ['with 1000', (vendor) => vendor.close(1000, 'T'), 'closed1000'],
    ['with 1001', (vendor) => vendor.close(1001, 'T'), 'closed1001'],
    ['with 1008 and no status', (vendor) => vendor.close(1008, 'T'), 'closed1008'],
    ['with 1011', (vendor) => vendor.close(1011, 'T'), 'closed1011'],
    ['as one too many', (vendor) => vendor.evict('T'), 'maxConnections1008'],
    ['by force', (vendor) => vendor.forceDisconnect('T'), 'forceDisconnect1000'],
    ['as a slow reader\'s', (vendor) => vendor.slowConsumer('T'), 'slowConsumer1008'],
    ['with a frame above the limit', (vendor) => vendor.tooLarge('T'), 'frameTooLarge1009'],
  ])('%s', (_, strike, cause) => {
    engineMarbles((m) => {
      const engine = m.engine({ frequencies: [perSecond(), perMinute({ url: 'ws://vendor/minutes' })], link: { ...quick, settleMs: 1 } })
      const struck: number[] = []

      m.feed.T('                   -a-----------------------------b-')
      m.feed.AM('                  ----b---------------------------c')
      m.at('                       ---x-----------------------------', { x: () => struck.push(strike(m.vendor)) })

      m.expectEvents('per_second', '-a-----------------------------b-')
      m.expectEvents('per_minute', '----b---------------------------c')
      m.expectStates('per_minute', 'L--------------------------------')
      m.expectGaps('per_minute', '  ---------------------------------')
      const seen: string[] = []
      causes(engine.frequency('per_second').state$).subscribe((one) => seen.push(one))
      m.at('--------------------------------z', { z: () => {
        expect(struck).toEqual([1])
        expect(seen[0]).toBe(cause)
        expect(m.vendor.connections()).toHaveLength(2)
      } })
    })()
  })

  it('behind what is on its way when it closes, at once when it is lost', engineMarbles((m) => {
    m.engine({ links: 'dedicated', frequencies: [perSecond(), perMinute()], link: quick })

    m.feed.T('                   ---a---------')
    m.feed.AM('                  ---a---------')
    m.at('                       -s--x--------', { s: () => m.vendor.stall(5), x: () => { m.vendor.close(1001, 'T'); m.vendor.lose('AM') } })

    m.expectEvents('per_second', '------a------')
    m.expectGaps('per_second', '  ------o----c-')
    m.expectEvents('per_minute', '-------------')
    m.expectGaps('per_minute', '  ----o----c---')
  }))

  it('that is not there, and says so', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.at('-x-', { x: () => {
      expect([m.vendor.lose('FMV'), m.vendor.stall(1, { url: '/elsewhere' }), m.vendor.repeat('T')]).toEqual([0, 0, 1])
      expect(m.vendor.lose({ url: '/stocks' })).toBe(1)
    } })
  }))
})

describe('the vendor is silent', () => {
  it('for a while: what it sent meanwhile comes after, in order, and pongs come all the time', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond()], link: { ...quick, pingMs: 3, muteMs: 6 } })

    m.feed.T('                   -a-b-c-d-------------e-')
    m.at('                       --x--------------------', { x: () => m.vendor.stall(12) })

    m.expectEvents('per_second', '-a------------(bcd)--e-')
    m.expectStates('per_second', 'L----------------------')
    m.at('                       ----------------------z', { z: () => expect(engine.health().links[0]!.frames).toBe(8) })
  }))

  it('for good: nothing comes, nothing arrives, and our own close has no answer', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()], link: { ...quick, pingMs: 3, muteMs: 6, closeWaitMs: 4 } })
    const open: number[] = []

    m.feed.T('                   -a--b----------------c')
    m.at('                       --x------------------', { x: () => m.vendor.halfOpen() })

    // Mute 6 ms after the last event, the answer to the close waited for 4 ms, a wait of half of 10.
    m.expectEvents('per_second', '-a-------------------c')
    m.expectGaps('per_second', '  -------o--------c----')
    m.at('                       ----z-----------z-----', { z: () => open.push(m.vendor.opened()) })
    m.at('                       ---------------------z', { z: () => { expect([...open, m.vendor.opened()]).toEqual([1, 1, 2]) } })
  }))

  it('after the upgrade, and before the first word', engineMarbles((m) => {
    m.script({ isMute: true })
    m.engine({ frequencies: [perSecond()], link: { ...quick, connectTimeoutMs: 3 } })

    m.at('                       ----x--------', { x: () => { m.vendor.change({ isMute: false }) } })
    m.expectStates('per_second', 'C-------L----')
  }))
})

describe('the vendor and the key', () => {
  it('does not answer it', engineMarbles((m) => {
    m.script({ key: 'unanswered' })
    const { state$ } = m.engine({ frequencies: [perSecond()], link: { ...quick, authTimeoutMs: 3 } }).frequency('per_second')

    m.at('            -----x------', { x: () => { m.vendor.change({ key: 'good' }) } })
    m.expect(causes(state$)).toBe('---t---', { t: 'authTimeout' })
    m.expectStates('per_second', 'C-------L---')
  }))

  it('says that it came too late', engineMarbles((m) => {
    m.script({ key: 'timedOut' })
    const { state$ } = m.engine({ frequencies: [perSecond()], link: quick }).frequency('per_second')

    m.at('                           --x---', { x: () => { m.vendor.change({ key: 'good' }) } })
    m.expect(causes(state$)).toBe('t----', { t: 'authTimeout1008' })
    m.expectStates('per_second', 'C----L')
  }))

  it('refuses it at one address, for a while', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ url: 'ws://vendor/one' }), perMinute({ url: 'ws://vendor/two' })], link: quick })
    const { stop, start } = engine.frequency('per_second')

    m.at('                       -k-l--------s', {
      k: () => { m.vendor.change({ key: 'refused' }, '/one') },
      l: () => m.vendor.lose(),
      s: () => { stop(); m.vendor.change({ key: 'good' }); start() },
    })
    m.expectStates('per_minute', 'L--R----L----')
    m.expectStates('per_second', 'L--R----H---L')
    m.at('                       -------------z', { z: () => expect(heldBy(m)).toEqual(['AM.*', 'T.*']) })
  }))

  it('lets so many in, and one of them goes for each that is too many', () => {
    const left = (evicts: 'older' | 'newer'): readonly string[] => {
      let channels: readonly string[] = []
      engineMarbles((m) => {
        m.script({ connectionsMax: 2, evicts })
        m.engine({ frequencies: [perSecond(), perMinute({ url: 'ws://vendor/minutes' }), fairMarketValue({ url: 'ws://vendor/values' })], link: { ...quick, settleMs: 1 } })

        m.at('--z', { z: () => { channels = heldBy(m) } })
      })()
      return channels
    }

    expect([left('older'), left('newer')]).toEqual([['AM.*', 'FMV.*'], ['AM.*', 'T.*']])
  })

  it('is down for a while', engineMarbles((m) => {
    m.script({ isDown: true })
    m.engine({ frequencies: [perSecond()], link: quick })

    m.at('                       ---x---', { x: () => { m.vendor.change({ isDown: false }) } })
    m.expectStates('per_second', 'C----L-')
  }))
})

describe('the vendor answers a subscription', () => {
  const asked = { frequencies: [perSecond({ tickers: ['A', 'B', 'C'] }), perMinute({ tickers: ['A'] })], link: { ...quick, askAgain: { initialMs: 1_000 } } } as const

  it('late, but in order', engineMarbles((m) => {
    m.script({ acks: { lateMs: 3 } })
    m.engine(asked)

    m.expectStates('per_second', 'C--L--')
    m.at('                       -----z', { z: () => expect(heldBy(m)).toEqual(['AM.A', 'T.A', 'T.B', 'T.C']) })
  }))

  it('with the later ones quicker, and still not before the earlier ones', engineMarbles((m) => {
    const frames: string[] = []
    m.script({ acks: { lateMs: 4 }, watch: { handed: ({ acknowledged }) => { frames.push(acknowledged.join()) } } })
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['A'] })], link: { ...quick, ackLimitMs: 2 } })

    m.at('-x-----', { x: () => { m.vendor.change({ acks: {} }) } })
    m.at('------z', { z: () => {
      // Refused as silent after 2 ms and given back; both answers stand behind the late one.
      expect(frames.filter((frame) => frame !== '')).toEqual(['T.A', 'T.A'])
      expect(engine.health().frequencies[0]!.state.word).toBe('live')
    } })
  }))

  it('each a little later than the one before', engineMarbles((m) => {
    const said: string[] = []
    const sent = ({ acknowledged }: { readonly acknowledged: readonly string[] }): void => {
      if (acknowledged.length > 0) said.push(`${String(asyncScheduler.now())} ${acknowledged.join()}`)
    }
    m.script({ acks: { lateMs: 3, driftMs: 2 }, watch: { sent } })
    m.engine({ ...asked, link: { ...quick, ackLimitMs: 50, channelsPerMessage: 2, chunkPauseMs: 0 } })

    m.at('30ms z', { z: () => expect(said).toEqual(['5 T.A,T.B', '12 T.C,AM.A']) })
  }))

  it('in another order, twice, and each apart', () => {
    const frames: string[] = []
    engineMarbles((m) => {
      m.script({ refuses: ['T.B'], acks: { order: 'errorsFirst', times: 2, isApart: true }, watch: { sent: ({ text }) => { frames.push(text) } } })
      m.engine(asked)
      m.expectStates('per_second', 'L-')
    })()

    const said = frames.map((text) => (JSON.parse(text) as { message: string }[]).map(({ message }) => message.replace('subscribed to: ', '')))
    expect(said.slice(2)).toEqual([['not authorized'], ['not authorized'], ['T.A'], ['T.A'], ['T.C'], ['T.C'], ['AM.A'], ['AM.A']])
  })

  it.each([['asked', 'A e e AM'], ['reversed', 'AM e e A'], ['errorsFirst', 'e e A AM'], ['errorsLast', 'A AM e e']] as const)('with its refusals %s', (order, expected) => {
    const frames: string[] = []
    engineMarbles((m) => {
      m.script({ refuses: ['T.B', 'T.C'], acks: { order }, watch: { sent: ({ text }) => { frames.push(text) } } })
      m.engine(asked)
      m.expectStates('per_second', 'C----L')
    })()

    const said = (JSON.parse(frames[2]!) as { status: string; message: string }[]).map(({ status, message }) => (status === 'error' ? 'e' : message.includes('AM') ? 'AM' : 'A'))
    expect(said.join(' ')).toBe(expected)
  })

  it('with one refusal for several pairs', engineMarbles((m) => {
    m.script({ refuses: ['T.B', 'T.C'], acks: { isErrorShared: true } })
    const { state$ } = m.engine(asked).frequency('per_second')

    m.expect(state$.pipe(filter(({ word }) => word === 'live'), map(({ refused }) => refused.join()))).toBe('-----r', { r: 'T.B,T.C' })
    m.lasts('7ms')
  }))

  it('not at all, but sends', engineMarbles((m) => {
    m.script({ acks: { isLost: true } })
    m.engine({ frequencies: [perSecond()], link: { ...quick, ackLimitMs: 5 } })

    m.feed.T('                   -a---')
    m.expectEvents('per_second', '-a---')
    m.expectStates('per_second', 'C----F')
  }))
})

describe('the vendor sends', () => {
  it('a frame twice', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.feed.T('                   -(ab)-------')
    m.at('                       ------x-----', { x: () => m.vendor.repeat('T') })
    m.expectEvents('per_second', '-(ab)-(ab)--')
  }))

  it('elements that are none between good ones, and a frame that breaks off', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond(), perMinute()] })
    const [a, b, c] = [letterEvent('T', 'a'), letterEvent('AM', 'b'), letterEvent('T', 'c')]

    m.at('                       -x-----y-', {
      x: () => { m.vendor.send([a, bad, 'nonsense', b, '{"ev":"ZZ"}']) },
      y: () => { m.vendor.send([c, '{"ev":"T"', letterEvent('T', 'd')]) },
    })
    m.expectEvents('per_second', '-a-----c-')
    m.expectEvents('per_minute', '-b-------')
    m.expect(engine.reject$.pipe(map(({ kind }) => kind))).toBe('-(imu)-b', { i: 'invalid', m: 'malformed', u: 'unknownEvent', b: 'brokenFrame' })
  }))

  it('a status that does not exist, which ends nothing', engineMarbles((m) => {
    m.engine({ frequencies: [perSecond()] })

    m.at('                       -x-', { x: () => m.vendor.status('market_mood') })
    m.expectStates('per_second', 'L--')
  }))

  it('to whom has not asked, which is counted', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ tickers: ['AAPL'] })] })

    m.at('                       -x-', { x: () => { m.vendor.send([trade(), trade({ symbol: 'GME' }), letterEvent('AM', 'a')], { isUnasked: true }) } })
    m.expectEvents('per_second', '-a-', { a: trade() })
    m.at('                       --z', { z: () => expect(engine.health().links[0]!.unwanted).toBe(2) })
  }))

  it('a flood in one chunk, which no pause holds up, where single frames are held', () => {
    const inboxAfter = (isFlood: boolean): number => {
      let frames = 0
      engineMarbles((m) => {
        const engine = m.engine({ frequencies: [perSecond()], inboxBytes: 300, link: quick })
        const sent = Array.from({ length: 20 }, (_, sequence) => [trade({ sequence })])

        m.at('-x-', { x: () => {
          if (isFlood) m.vendor.flood(sent)
          else for (const frame of sent) m.vendor.send(frame)
          frames = engine.health().links[0]!.inbox.frames
        } })
        m.at('--z', { z: () => expect(engine.frequency('per_second').lane('T').nextOffset).toBe(20) })
      })()
      return frames
    }

    expect([inboxAfter(true), inboxAfter(false)]).toEqual([20, 5])
  })

  it('and shows the wire: what was sent, and what the engine was handed of it', () => {
    const wire: string[] = []
    const note = (what: string) => ({ connection, events, acknowledged }: WireFrame): void => {
      if (events.length + acknowledged.length > 0) wire.push(`${what} ${String(connection)} ${acknowledged.join()}${String(events.length)}`)
    }
    engineMarbles((m) => {
      m.script({ watch: { sent: note('sent'), handed: note('handed') } })
      m.engine({ frequencies: [perSecond()], link: quick })

      m.feed.T('-a--b-#---')
      m.at('    --x-------', { x: () => m.vendor.stall(20) })
    })()

    expect(wire).toEqual(['sent 1 T.*0', 'handed 1 T.*0', 'sent 1 1', 'handed 1 1', 'sent 1 1'])
  })
})

describe('the clock of a page', () => {
  it('starts when told, and diagrams mean what they meant', engineMarbles((m) => {
    // Thursday 27 November 2025 is Thanksgiving; the day before at 19:59:59.990 in New York the after-hours end.
    const startMs = Date.UTC(2025, 10, 27, 0, 59, 59, 990)
    m.startsAt(startMs)
    const engine = m.engine({ frequencies: [perSecond({ quietMs: 8, staleMs: 20 })] })

    m.feed.T('                   -a--------------------------b-')
    m.expectEvents('per_second', '-a--------------------------b-')
    // Quiet at the 10th, which is the first tick 8 ms after; stale never: the market has closed meanwhile.
    m.expectStates('per_second', 'L---------q-----------------L-')
    m.expect(engine.frequency('per_second').state$.pipe(map(({ pace }) => pace), filter((pace) => pace === 'closedMarket'))).toBe('----------m', { m: 'closedMarket' })
    m.at('                       -----z', { z: () => expect(engine.health().nowMs).toBe(startMs + 5) })
  }))

  it('counts waits across the end of daylight saving time as they are', engineMarbles((m) => {
    // 06:00 UTC on 2 November 2025: from 01:59:59 to 01:00:00 in New York.
    m.startsAt(Date.UTC(2025, 10, 2, 6) - 5)
    m.engine({ frequencies: [perSecond()], link: { ...quick, retry: { initialMs: 20 } } })

    m.feed.T('                   -a-#-----------b-')
    m.expectStates('per_second', 'L--R---------L---')
    m.expectEvents('per_second', '-a-------------b-')
  }))

  it('is set before the engine', () => {
    expect(engineMarbles((m) => { m.engine({ frequencies: [perSecond()] }); m.startsAt(0) })).toThrow(new RangeError('the time comes before the engine'))
    expect(engineMarbles((m) => { m.startsAt(NaN) })).toThrow(new RangeError('startsAt takes Unix milliseconds, not NaN'))
  })
})
