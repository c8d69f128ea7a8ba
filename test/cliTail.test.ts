import { eventLine } from '../src/cli/eventLine.ts'
import { tailSession } from '../src/cli/tailSession.ts'

// Goal: what a client says and prints, without a socket.
// Method: frames as a server sends them.

const frame = (...elements: readonly object[]): Buffer => Buffer.from(JSON.stringify(elements))
const status = (word: string, message: string): object => ({ ev: 'status', status: word, message })
const subscribe = '{"action":"subscribe","params":"T.*,AM.AAPL"}'

describe('the session', () => {
  it('authenticates at once and subscribes when it may', () => {
    const session = tailSession(['T.*', 'AM.AAPL'], 'a key')

    expect(session.open()).toBe('{"action":"auth","params":"a key"}')
    expect(session.receive(frame(status('connected', 'Connected Successfully'))).send).toBeUndefined()
    expect(session.receive(frame(status('auth_success', 'authenticated'))).send).toBe(subscribe)
    session.receive(frame(status('success', 'subscribed to: T.*')))
    expect([...session.unanswered]).toEqual(['AM.AAPL'])
    session.receive(frame(status('success', 'subscribed to: AM.AAPL ')))
    expect([...session.unanswered]).toEqual([])
  })

  it('takes the old answer to auth for one', () => {
    const session = tailSession(['T.*', 'AM.AAPL'], undefined)

    expect(session.open()).toContain('"auth"')
    expect(session.receive(frame(status('success', 'Connected Successfully'))).send).toBeUndefined()
    expect(session.receive(frame(status('success', 'authenticated'))).send).toBe(subscribe)
    expect(session.receive(frame(status('auth_success', 'authenticated'))).send).toBeUndefined()
  })

  it('gives every event as it came, also beside statuses', () => {
    const session = tailSession(['T.*'], undefined)
    const text = '{"ev":"FMV","sym":"A","fmv":1.10,"t":1678220098130000123}'
    const other = '{"ev":"T","sym":"STATUS","note":"\\"status\\""}'
    const brought = session.receive(Buffer.from(`[${text}, ${JSON.stringify(status('unheard', 'of'))} ,${other}]`))

    expect(brought).toEqual({ events: [text, other], broken: 0 })
  })

  it.each(['nonsense', '[{"ev":"T"', ''])('counts %j as broken', (text) => {
    expect(tailSession(['T.*'], undefined).receive(Buffer.from(text)).broken).toBe(1)
  })

  it.each([
    ['auth_failed', 'authentication failed', 'the server does not accept the key (auth_failed: authentication failed)'],
    ['auth_failed', 'no such key: k3y', 'the server does not accept the key (auth_failed: no such key: ***)'],
    ['auth_timeout', '', 'the server ends the session (auth_timeout)'],
    ['max_connections', 'too many', 'the server has too many connections of this account (max_connections: too many)'],
    ['slow_consumer', 'slow', 'the server ends the session (slow_consumer: slow)'],
    ['error', 'invalid', 'the server refuses the session (error: invalid)'],
  ])('fails upon %s, %j', (word, message, sentence) => {
    const session = tailSession(['T.*'], 'k3y')

    expect(() => session.receive(frame(status(word, message)))).toThrow(sentence)
  })

  it('names the channel that is refused', () => {
    const session = tailSession(['FMV.*'], 'k3y')
    session.receive(frame(status('auth_success', 'authenticated')))

    expect(() => session.receive(frame(status('error', 'not authorized')))).toThrow(
      'the server refuses FMV.* (error: not authorized)',
    )
  })

  it('asks for a key where none was given', () => {
    expect(() => tailSession(['T.*'], undefined).receive(frame(status('auth_failed', '')))).toThrow(
      'the server wants a key (auth_failed); give --key KEY, or set TICKSTOCK_KEY',
    )
  })
})

describe('a line', () => {
  it.each<[object | string, string]>([
    [{ ev: 'T', sym: 'AAPL', p: 189.2, s: 100, t: 1_700_000_000_003 }, '17:13:20.003  AAPL    T    189.2 x 100'],
    [{ ev: 'FMV', sym: 'AAPL', fmv: 189.1925, t: 1_678_220_098_130_000_000 }, '15:14:58.130  AAPL    FMV  189.1925'],
    [{ ev: 'FMV', sym: 'AAPL', fmv: 189, t: 1_678_220_098_130 }, '15:14:58.130  AAPL    FMV  189'],
    [
      { ev: 'AM', sym: 'BRK.B', o: 1, h: 2.5, l: 1, c: 2, v: 12_040, s: 1_700_000_040_000, e: 1_700_000_100_000 },
      '17:14:00.000  BRK.B   AM   o 1  h 2.5  l 1  c 2  v 12040',
    ],
    [
      { ev: 'Q', sym: 'A', bp: 1, bs: 2, ap: 1.1, t: 1_720_000_000_000 },
      '05:46:40.000  A       Q    bid 1 x 2  ask 1.1 x -',
    ],
    [
      { ev: 'LULD', h: 2.5, l: 1, i: [17], t: 1_678_220_098_130_000_000, T: 'AAPL' },
      '15:14:58.130  AAPL    LULD  {"h":2.5,"l":1,"i":[17],"t":1678220098130000000}',
    ],
    [{ ev: 'tick', sym: 'A', price: 1 }, '--:--:--.---  A       tick  {"price":1}'],
    [{ ev: 'T', sym: 'A', t: 1e300 }, '--:--:--.---  A       T    - x -'],
    ['not JSON', '"not JSON"'],
  ])('%j', (event, line) => {
    expect(eventLine(event)).toBe(line)
  })
})
