import { asyncScheduler, firstValueFrom, map, mergeMap } from 'rxjs'

import { perMinute, perSecond } from '../src/index.ts'
import type { ItemSource, ReplayItem } from '../src/providers/replay/item.ts'
import { createPlayer } from '../src/providers/replay/player.ts'
import { createTimeline } from '../src/providers/replay/timeline.ts'
import { secret } from '../streams/link/secret.ts'
import type { Provider } from '../streams/provider.ts'
import { engineMarbles, letterEvent } from './index.ts'
import { encodeEvent } from '../streams/codecs/encodeEvent.ts'

/** Recorded times begin here; the handshake takes 20 ms of settling before. */
const startMs = 5000

const turn = (work: () => void): (() => void) => {
  const action = asyncScheduler.schedule(work)
  return () => {
    action.unsubscribe()
  }
}

const frame = (atMs: number, letters: string, eventType = 'T'): ReplayItem => ({
  kind: 'frame',
  atMs: startMs + atMs,
  bytes: Buffer.from(`[${letters.split('').map((letter) => encodeEvent(letterEvent(eventType, letter)).toString()).join(',')}]`),
})
const loss = (atMs: number): ReplayItem => ({ kind: 'loss', atMs: startMs + atMs, code: 1006, message: 'a cable' })

/** All of it is there from the start; `failure` comes behind it. */
const sourceOf = (items: readonly ReplayItem[], failure?: Error): ItemSource => {
  let at = 0
  return {
    peek: () => items[at],
    take: () => (at += 1),
    get isOver() {
      return at === items.length
    },
    failure,
    whenMore: () => {},
    close: () => {},
  }
}

interface Played {
  readonly provider: Provider
  readonly seen: string[]
}

const played = (items: readonly ReplayItem[], speed: number | 'max', failure?: Error): Played => {
  const seen: string[] = []
  const player = createPlayer({
    source: sourceOf(items, failure),
    timeline: createTimeline({ startMs, speed, now: () => asyncScheduler.now() }),
    turn,
    played: ({ kind, atMs }) => seen.push(`${kind} ${String(atMs - startMs)}`),
    over: (error) => seen.push(error === undefined ? 'over' : `over: ${error.message}`),
  })
  return {
    seen,
    provider: {
      name: 'replay',
      endpoint: () => ({ url: 'ws://replay/1', key: secret('replay'), account: 'replay' }),
      openSocket: player.openSocket,
      link: { retry: { initialMs: 1, capMs: 1 }, connectTimeoutMs: 2 ** 31 - 1, settleMs: 0 },
    },
  }
}

const items = [frame(0, 'a'), frame(4, 'b'), frame(4, 'cd'), frame(16, 'e')]

describe('a replay', () => {
  it.each([
    [1, '  20ms a---(bcd)-------e'],
    [2, '  20ms a-(bcd)-e'],
    [0.5, '20ms a-------(bcd) 19ms e'],
    ['max', '20ms (abcde)'],
  ] as const)('at speed %s gives every event, in order, at its time', (speed, expected) => {
    engineMarbles((m) => {
      const { provider, seen } = played(items, speed)
      m.engine({ provider, frequencies: [perSecond()] })

      m.expectEvents('per_second', expected)
      m.at('90ms s', {
        s: () => {
          expect(seen).toEqual(['frame 0', 'frame 4', 'frame 4', 'frame 16', 'over'])
        },
      })
    })()
  })

  it(
    'loses the link where it was lost, and goes on when the recording does: the gap has the same place',
    engineMarbles((m) => {
      const { provider } = played([frame(0, 'a'), loss(3), frame(40, 'b'), frame(41, 'c')], 1)
      const engine = m.engine({ provider, frequencies: [perSecond(), perMinute()] })

      // The socket opens again when the next frame is due, and is heard out for 20 ms: what came meanwhile comes then.
      m.expectEvents('per_second', '20ms a 59ms (bc)')
      m.expectGaps('per_second', '  20ms ---o----- 31ms c')
      m.expectGaps('per_minute', '  20ms ---o----- 31ms c')
      const place$ = engine.frequency('per_second').gap$.pipe(map(({ positions }) => positions))
      m.expect(place$).toBe('      20ms ---o----- 31ms c', {
        o: [{ eventType: 'T', afterOffset: 0 }],
        c: [{ eventType: 'T', afterOffset: 0, beforeOffset: 1 }],
      })
    }),
  )

  it(
    'at max takes no longer for a loss than the handshake does',
    engineMarbles((m) => {
      const { provider } = played([frame(0, 'a'), loss(3), frame(90_000, 'b')], 'max')
      m.engine({ provider, frequencies: [perSecond()] })

      m.expectEvents('per_second', '20ms a 20ms b')
    }),
  )

  it(
    'says of a gap that the loss is a recorded one',
    engineMarbles((m) => {
      const { provider } = played([frame(0, 'a'), loss(3)], 1)
      const engine = m.engine({ provider, frequencies: [perSecond()] })

      const cause$ = engine.frequency('per_second').gap$.pipe(map(({ cause }) => cause.message))
      m.expect(cause$).toBe('23ms g', { g: 'the connection closed with 1006 (no close frame): as recorded: a cable' })
    }),
  )

  it(
    'waits while a lane is blocked, and loses nothing at max',
    engineMarbles((m) => {
      const many = Array.from({ length: 26 }, (_, i) => frame(i, String.fromCharCode(97 + i)))
      const { provider, seen } = played(many, 'max')
      const engine = m.engine({
        provider,
        frequencies: [perSecond({ whenFull: 'block', limit: 10 })],
        inboxBytes: 1,
      })
      const lane = engine.frequency('per_second').lane('T')

      const prices = (batch: Iterable<{ readonly price: number }>): string =>
        [...batch].map(({ price }) => String.fromCharCode(97 + price - 101)).join('')
      const got$ = m.pulls(lane, '50ms p 50ms (cp) 50ms (cp) 50ms (cp)', { see: prices })
      m.expect(got$).toBe('50ms a 50ms b--- 50ms c--- 50ms d', { a: 'abcdefghij', b: 'klmnopqrst', c: 'uvwxyz', d: '' })
      m.at('40ms s', {
        s: () => {
          // The lane's ten, the one that it stands at, and what the socket had in hand: not the whole recording.
          expect(seen.length).toBeLessThan(20)
        },
      })
    }),
  )

  it(
    'stays open and silent when it is over: the engine is live, and pings are answered',
    engineMarbles((m) => {
      const { provider } = played([frame(0, 'a')], 'max')
      const engine = m.engine({ provider, frequencies: [perSecond()] })

      m.expectGaps('per_second', '-')
      m.at('10m s', {
        s: () => {
          expect(engine.health().links[0]).toMatchObject({ state: { kind: 'live' }, lost: 0 })
        },
      })
    }),
  )

  it(
    'says why it cannot go on, to the link and to whoever waits for its end',
    engineMarbles((m) => {
      const { provider, seen } = played([frame(0, 'a')], 1, new Error('line 3 is broken'))
      const engine = m.engine({ provider, frequencies: [perSecond()] })

      m.expectEvents('per_second', '20ms a')
      m.at('30ms s', {
        s: () => {
          expect(seen).toEqual(['frame 0', 'over: line 3 is broken'])
          const [link] = engine.health().links
          expect(JSON.stringify(link?.state)).toContain('line 3 is broken')
        },
      })
    }),
  )
})

it('a socket of a replay opens once', async () => {
  const { provider } = played([], 1)
  const { signal$ } = provider.openSocket('ws://replay/1', { frameBytesMax: 1 })
  const subscription = signal$.subscribe()

  await expect(firstValueFrom(signal$.pipe(mergeMap(() => [])))).rejects.toMatchObject({ _tag: 'SocketUsed' })
  subscription.unsubscribe()
})
