import { fairMarketValue, perMinute, perSecond } from '../../streams/frequencies/index.ts'
import { letterEvent } from '../kit/events.ts'
import { engineMarbles } from '../index.ts'

// The letters' default events.
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((letter) => letterEvent('T', letter))

describe('whenFull: block', () => {
  it('loses nothing for a reader that is slower than the lane is long', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ limit: 2, whenFull: 'block' })] })
    const lane = engine.frequency('per_second').lane('T')

    m.feed.T('                 -a-b-c-d-e--------')
    const pulled$ = m.pulls(lane, '-----------pc----p', { max: 5 })

    // The events have passed the operators; it is the lane that waits, and the link behind it.
    m.expectEvents('per_second', '  -a-b-c-----(de)---')
    m.expect(pulled$).toBe('        -----------x-----y', { x: [a, b] as never, y: [c, d] as never })
  }))

  it('holds the rest of a frame back, and goes on with it in order', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ limit: 2, whenFull: 'block' })] })
    const lane = engine.frequency('per_second').lane('T')

    m.feed.T('                     -(abcde)--------')
    const pulled$ = m.pulls(lane, '    ---------pc-pc-pc-p', { max: 2 })

    m.expect(pulled$).toBe('            ---------w--x--y--z', { w: [a, b] as never, x: [c, d] as never, y: [e] as never, z: [] as never })
  }))

  it('stops the other frequencies of a shared link, too, and none of a dedicated one', () => {
    for (const links of ['shared', 'dedicated'] as const) {
      engineMarbles((m) => {
        const engine = m.engine({ links, frequencies: [perSecond({ limit: 2, whenFull: 'block' }), perMinute(), fairMarketValue()] })
        engine.frequency('per_second').lane('T').reader('stalled')

        m.feed.T('                     -a-b-c-d-----')
        m.feed.AM('                    ------------a')

        m.expectEvents('per_minute', links === 'shared' ? '-------------' : '------------a')
      })()
    }
  })

  it('pauses the socket while it is blocked, and only then', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ limit: 2, whenFull: 'block' })] })
    const reader = engine.frequency('per_second').lane('T').reader('slow')

    m.feed.T('-a-b-c-----------')
    const paused: number[] = []
    m.at('    ----t-t-------p-t', {
      p: () => { reader.pull() },
      t: () => { paused.push(engine.health().links[0]?.pausedMs ?? NaN) },
    })
    m.lasts('30ms')
    m.at('20ms t', { t: () => { paused.push(engine.health().links[0]?.pausedMs ?? NaN) } })
    m.at('21ms t', { t: () => { expect(paused).toEqual([0, 1, 9, 9]) } })
  }))

  it('does not wait for a reader that is closed', engineMarbles((m) => {
    const engine = m.engine({ frequencies: [perSecond({ limit: 2, whenFull: 'block' })] })
    const reader = engine.frequency('per_second').lane('T').reader('gone')

    m.feed.T('                    -a-b-c-d---')
    m.at('                        ---------x-', { x: () => { reader.close() } })
    m.expectEvents('per_second', '     -a-b-c---d-')
  }))

  it('survives a reconnect that falls into the wait', engineMarbles((m) => {
    const engine = m.engine({
      frequencies: [perSecond({ limit: 2, whenFull: 'block' })],
      link: { settleMs: 0, retry: { initialMs: 2 } },
    })
    const lane = engine.frequency('per_second').lane('T')

    m.feed.T('                 -a-b-c-#---------d-')
    const pulled$ = m.pulls(lane, '------------pc-----p', { max: 2 })
    m.expect(pulled$).toBe('        ------------x------y', { x: [a, b] as never, y: [c] as never })
  }))
})
