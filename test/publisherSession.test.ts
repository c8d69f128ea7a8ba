import fc from 'fast-check'

import { everything } from '../src/publisher/rights.ts'
import { clientSession, type ClientSession } from '../src/publisher/clientSession.ts'

// Goal: the protocol of one client, without a socket, answers every message as documented and never another way.
// Method: random requests against a model that is a set of pairs; random texts against nothing but "it stays on its feet".

const key = 'pk_secret'
const session = (channelsMax = 1000): ClientSession =>
  clientSession({
    rightsOfKey: (offered) => (offered === key ? everything : undefined),
    channels: () => new Set(['T', 'AM']),
    channelsMax,
    messageBytesMax: 1000,
  })
const told = (frames: readonly string[]): readonly string[] =>
  frames.flatMap((frame) =>
    (JSON.parse(frame) as { ev: string; status: string; message: string }[]).map(
      ({ ev, status, message }) => `${ev} ${status}: ${message}`,
    ),
  )
const ask = (action: string, params: string): string => JSON.stringify({ action, params })
const authenticated = (channelsMax?: number): ClientSession => {
  const one = session(channelsMax)
  one.receive(ask('auth', key))
  return one
}

const ticker = fc.constantFrom('*', 'AAPL', 'BRK.B', 'O:X', 'unknown')
const pair = fc.tuple(fc.constantFrom('T', 'AM'), ticker).map((parts) => parts.join('.'))
const request = fc.record({
  action: fc.constantFrom('subscribe', 'unsubscribe'),
  pairs: fc.array(pair, { maxLength: 6 }),
  spaces: fc.boolean(),
})

describe('clientSession', () => {
  it('acknowledges each change of the set once, in the order of the request, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        const one = authenticated()
        const model = new Set<string>()
        for (const { action, pairs, spaces } of requests) {
          const expected: string[] = []
          for (const each of pairs) {
            if (model.has(each) === (action === 'subscribe')) continue
            if (action === 'subscribe') model.add(each)
            else model.delete(each)
            expected.push(`status success: ${action}d to: ${each}`)
          }
          const reply = one.receive(ask(action, pairs.join(spaces ? ' , ' : ',')))
          expect(told(reply.frames)).toEqual(expected)
          // Batched: one frame for all.
          expect(reply.frames).toHaveLength(expected.length === 0 ? 0 : 1)
          expect(reply.then).toBe('stay')
          const held = [...one.wanted].flatMap(([channel, tickers]) =>
            Array.from(tickers, (each) => `${channel}.${each}`),
          )
          expect(new Set(held)).toEqual(model)
          expect(one.size).toBe(model.size)
        }
      }),
    )
  })

  it('stays on its feet whatever it is sent, and never says a key', () => {
    const odd = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          action: fc.oneof(fc.string(), fc.constantFrom('auth', 'subscribe', 'unsubscribe')),
          params: fc.oneof(fc.string(), fc.constant(key), fc.integer()),
        })
        .map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 20 }), (texts) => {
        const one = session(5)
        for (const text of texts) {
          for (const line of told(one.receive(text).frames)) {
            expect(line).toMatch(/^status (auth_success|auth_failed|auth_required|success|error): /)
            expect(line).not.toContain(key)
          }
          expect(one.size).toBeLessThanOrEqual(5)
        }
      }),
    )
  })

  it('takes nothing before a good key and nothing after a bad one', () => {
    const one = session()
    expect(told(one.open().frames)).toEqual(['status connected: Connected Successfully'])
    expect(told(one.receive(ask('subscribe', 'T.*')).frames)).toEqual(['status auth_required: authentication required'])
    expect(one.size).toBe(0)
    expect(one.receive(ask('auth', 'wrong'))).toMatchObject({ then: 'drop' })
    expect(one.state).toBe('ended')
    expect(one.receive(ask('auth', key))).toEqual({ frames: [], changed: [], then: 'stay' })
    expect(one.timeOut().frames).toEqual([])
  })

  it('holds a channel that is not there yet, and acknowledges it when it appears, once', () => {
    const one = authenticated()
    expect(told(one.receive(ask('subscribe', 'tick.A,T.A,tick.B,tick.C')).frames)).toEqual([
      'status success: subscribed to: T.A',
      'status error: unknown channel: this server has T, AM',
    ])
    expect(told(one.receive(ask('unsubscribe', 'tick.B')).frames)).toEqual([])
    expect(told(one.appeared('tick').frames)).toEqual([
      'status success: subscribed to: tick.A',
      'status success: subscribed to: tick.C',
    ])
    expect(one.appeared('tick').frames).toEqual([])
    expect(one.appeared('T').frames).toEqual([])
  })
})
