import fc from 'fast-check'
import { everything, type Access } from '../src/simulator/plans.ts'
import { session, type Session } from '../src/simulator/session.ts'

// Goal: one connection's protocol, text in and texts out, is the vendor's (docs/protocol.md, sections 2 to 4).
// Method: tables of messages and answers, and any sequence of subscribe and unsubscribe against a plain set.

const message = (action: string, params: string): string => JSON.stringify({ action, params })

const answers = (frames: readonly string[]): readonly string[] =>
  frames.flatMap((frame) =>
    (JSON.parse(frame) as { status: string; message: string }[]).map((one) => `${one.status}: ${one.message}`),
  )

/** A session that accepts `key`, or every key, gives it `access`, and throws `coins` in turn, then heads for ever. */
const sessionOf = ({
  key,
  access = everything,
  coins = [],
  subscriptionsMax,
}: {
  readonly key?: string | undefined
  readonly access?: Access
  readonly coins?: readonly boolean[]
  readonly subscriptionsMax?: number
} = {}): Session => {
  const left = [...coins]
  return session({
    accessOf: (offered) => (key === undefined || offered === key ? access : undefined),
    coin: () => left.shift() ?? true,
    ...(subscriptionsMax === undefined ? {} : { subscriptionsMax }),
  })
}

const authenticated = (rules: Parameters<typeof sessionOf>[0] = {}): Session => {
  const fresh = sessionOf(rules)
  fresh.receive(message('auth', rules.key ?? 'any'))
  return fresh
}

describe('a session before authentication', () => {
  it('greets unasked, byte for byte', () => {
    expect(sessionOf().open().frames).toEqual([
      '[{"ev":"status","status":"connected","message":"Connected Successfully"}]',
    ])
  })

  it.each([
    ['any key when none is set', undefined, 'whatever', 'auth_success: authenticated', 'stay', 'authenticated'],
    ['the right key', 'right', 'right', 'auth_success: authenticated', 'stay', 'authenticated'],
    ['a wrong key', 'right', 'wrong', 'auth_failed: authentication failed', 'drop', 'ended'],
    ['an empty key', 'right', '', 'auth_failed: authentication failed', 'drop', 'ended'],
  ])('answers %s', (_, key, offered, answer, then, state) => {
    const fresh = sessionOf({ key })
    const reply = fresh.receive(message('auth', offered))

    expect(answers(reply.frames)).toEqual([answer])
    expect(reply.then).toBe(then)
    expect(fresh.state).toBe(state)
  })

  it.each(['subscribe', 'unsubscribe'])('asks for it upon %s, and goes on', (action) => {
    const fresh = sessionOf()

    expect(answers(fresh.receive(message(action, 'T.*')).frames)).toEqual(['auth_required: authentication required'])
    expect(fresh.subscriptions.size).toBe(0)
    expect(answers(fresh.receive(message('auth', 'k')).frames)).toEqual(['auth_success: authenticated'])
  })

  it('closes when the time is over, and only then', () => {
    const late = sessionOf()
    expect(late.timeOut()).toMatchObject({ then: 'close' })
    expect(late.state).toBe('ended')
    expect(late.receive(message('auth', 'k')).frames).toEqual([])
    expect(authenticated().timeOut()).toEqual({ frames: [], changed: false, then: 'stay' })
  })

  it('says nothing more after a wrong key', () => {
    const fresh = sessionOf({ key: 'right' })
    fresh.receive(message('auth', 'wrong'))

    expect(fresh.receive(message('auth', 'right')).frames).toEqual([])
    expect(fresh.receive(message('subscribe', 'T.*')).frames).toEqual([])
  })
})

describe('a session after authentication', () => {
  it.each([
    ['one pair', 'T.AAPL', ['success: subscribed to: T.AAPL'], ['T.AAPL']],
    [
      'several channels in the order of the request',
      'T.MSFT,AM.*,T.AAPL',
      ['success: subscribed to: T.MSFT', 'success: subscribed to: AM.*', 'success: subscribed to: T.AAPL'],
      ['AM.*', 'T.AAPL', 'T.MSFT'],
    ],
    ['a ticker with a dot', 'T.BRK.B', ['success: subscribed to: T.BRK.B'], ['T.BRK.B']],
    [
      'spaces around pairs',
      ' T.AAPL , Q.AAPL ',
      ['success: subscribed to: T.AAPL', 'success: subscribed to: Q.AAPL'],
      ['Q.AAPL', 'T.AAPL'],
    ],
    ['an unknown ticker like any other', 'FMV.NOSUCH', ['success: subscribed to: FMV.NOSUCH'], ['FMV.NOSUCH']],
    ['a channel without events', 'LULD.*', ['success: subscribed to: LULD.*'], ['LULD.*']],
    ['a pair twice in one message once', 'T.A,T.A', ['success: subscribed to: T.A'], ['T.A']],
    ['an unknown channel by silence', 'ZZ.AAPL', [], []],
    [
      'an unknown channel between others by silence',
      'T.A,ZZ.A,A.A',
      ['success: subscribed to: T.A', 'success: subscribed to: A.A'],
      ['A.A', 'T.A'],
    ],
    ['a pair without a dot by silence', 'AAPL', [], []],
    ['a channel in small letters by silence', 't.AAPL', [], []],
    ['a pair without a ticker by silence', 'T.', [], []],
    ['no pairs by silence', ' , ,', [], []],
  ])('answers a subscription of %s', (_, params, expected, held) => {
    const fresh = authenticated()
    const { frames, changed, then } = fresh.receive(message('subscribe', params))

    expect(answers(frames)).toEqual(expected)
    expect(frames.length).toBe(expected.length === 0 ? 0 : 1)
    expect(changed).toBe(expected.length > 0)
    expect(then).toBe('stay')
    expect(fresh.subscriptions.pairs()).toEqual(held)
  })

  it.each([
    ['what is not JSON', 'ping', 'error: invalid message: not JSON'],
    ['an empty text', '', 'error: invalid message: not JSON'],
    ['a list', '[]', 'error: invalid message: no action'],
    ['null', 'null', 'error: invalid message: no action'],
    ['an action that is no text', '{"action":1,"params":"T.*"}', 'error: invalid message: no action'],
    ['no params', '{"action":"subscribe"}', 'error: invalid message: params is not a text'],
    [
      'params that are no text',
      '{"action":"subscribe","params":["T.*"]}',
      'error: invalid message: params is not a text',
    ],
    [
      'an unknown action',
      '{"action":"logout","params":""}',
      'error: unknown action: expected auth, subscribe or unsubscribe',
    ],
  ])('answers %s with an error and goes on', (_, text, expected) => {
    const fresh = authenticated()

    expect(answers(fresh.receive(text).frames)).toEqual([expected])
    expect(answers(fresh.receive(message('subscribe', 'T.A')).frames)).toEqual(['success: subscribed to: T.A'])
  })

  it.each([
    ['ahead of the acknowledgements, in their frame', [true, true], [['e', 'e', 'T.A', 'AM.A']]],
    [
      'ahead of them, in a frame of their own',
      [true, false],
      [
        ['e', 'e'],
        ['T.A', 'AM.A'],
      ],
    ],
    ['behind the acknowledgements, in their frame', [false, true], [['T.A', 'AM.A', 'e', 'e']]],
    [
      'behind them, in a frame of their own',
      [false, false],
      [
        ['T.A', 'AM.A'],
        ['e', 'e'],
      ],
    ],
  ])('refuses pairs of the plan %s', (_, coins, expected) => {
    const fresh = authenticated({ access: { channels: new Set(['T', 'AM']) }, coins })
    const { frames, changed } = fresh.receive(message('subscribe', 'Q.A,T.A,ZZ.A,AM.A,T.A,FMV.*'))
    const short = frames.map((frame) =>
      answers([frame]).map((text) =>
        text === 'error: not authorized' ? 'e' : text.replace('success: subscribed to: ', ''),
      ),
    )

    expect(short).toEqual(expected)
    expect(changed).toBe(true)
    expect(fresh.subscriptions.pairs()).toEqual(['AM.A', 'T.A'])
  })

  it('refuses a request of nothing else, and holds nothing', () => {
    const fresh = authenticated({ access: { channels: new Set() } })
    const { frames, changed } = fresh.receive(message('subscribe', 'Q.A,T.A'))

    expect(answers(frames)).toEqual(['error: not authorized', 'error: not authorized'])
    expect([changed, fresh.subscriptions.size]).toEqual([false, 0])
  })

  it('says behind its success that real-time data is not in the plan', () => {
    const fresh = sessionOf({ access: { complaint: 'no real time', channels: new Set() } })
    const { frames, then } = fresh.receive(message('auth', 'k'))

    expect(frames.map((frame) => answers([frame]))).toEqual([['auth_success: authenticated'], ['error: no real time']])
    expect([then, fresh.state]).toEqual(['stay', 'authenticated'])
  })

  it('refuses a request over the limit as a whole, and takes what fits once there is room', () => {
    const fresh = authenticated({ subscriptionsMax: 3 })
    fresh.receive(message('subscribe', 'T.A,T.B'))
    const { frames, changed } = fresh.receive(message('subscribe', 'T.A,T.C,T.D'))

    expect(answers(frames)).toEqual([
      'error: Subscription limit reached for feed. Please remove some subscriptions and try again.',
    ])
    expect(changed).toBe(false)
    expect(fresh.subscriptions.pairs()).toEqual(['T.A', 'T.B'])
    fresh.receive(message('unsubscribe', 'T.A'))
    expect(answers(fresh.receive(message('subscribe', 'T.C,T.D')).frames)).toHaveLength(2)
    expect(fresh.subscriptions.pairs()).toEqual(['T.B', 'T.C', 'T.D'])
  })

  it('never repeats what it was sent, which may be a key in the wrong place', () => {
    const secret = 'sk_4242'
    const fresh = sessionOf({ key: 'right' })
    const said = [
      secret,
      message(secret, 'x'),
      message('subscribe', secret),
      JSON.stringify({ action: 'auth', params: [secret] }),
    ]
      .concat(message('auth', secret))
      .flatMap((text) => fresh.receive(text).frames)

    expect(said).toHaveLength(5)
    expect(said.join()).not.toContain(secret)
  })

  it('splits many acknowledgements so that no frame reaches the megabyte of the official clients', () => {
    const fresh = authenticated()
    const pairs = Array.from({ length: 20_000 }, (_, place) => `AM.T${place}`)
    const { frames } = fresh.receive(message('subscribe', pairs.join()))

    expect(answers(frames)).toEqual(pairs.map((pair) => `success: subscribed to: ${pair}`))
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(512 * 1024)
  })

  it('holds and answers what a plain set would, for any sequence of messages', () => {
    const pair = fc.constantFrom('T.*', 'T.AAPL', 'T.BRK.B', 'AM.*', 'AM.AAPL', 'FMV.X', 'ZZ.AAPL', 'AAPL', 'T.', '')
    const messages = fc.array(
      fc.record({
        action: fc.constantFrom('subscribe' as const, 'unsubscribe' as const),
        pairs: fc.array(pair, { maxLength: 5 }),
      }),
    )

    fc.assert(
      fc.property(messages, (all) => {
        const real = authenticated()
        const model = new Set<string>()

        for (const { action, pairs } of all) {
          const expected: string[] = []
          for (const one of pairs) {
            if (!/^(T|AM|FMV)\../.test(one) || model.has(one) === (action === 'subscribe')) continue
            if (action === 'subscribe') model.add(one)
            else model.delete(one)
            expected.push(`success: ${action}d to: ${one}`)
          }
          const reply = real.receive(message(action, pairs.join()))

          expect(answers(reply.frames)).toEqual(expected)
          expect(reply.changed).toBe(expected.length > 0)
          expect(real.subscriptions.pairs()).toEqual([...model].sort())
          expect(real.subscriptions.size).toBe(model.size)
          for (const ticker of ['AAPL', 'BRK.B', 'X', 'OTHER']) {
            expect(real.subscriptions.wants('T', ticker)).toBe(model.has('T.*') || model.has(`T.${ticker}`))
          }
        }
      }),
    )
  })
})
