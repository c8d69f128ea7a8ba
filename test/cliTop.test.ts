import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { boardOf, plainLinesOf, sparkOf } from '../src/cli/board.ts'
import { topCommand } from '../src/cli/commands/top.ts'
import { colour, fit, roomOf } from '../src/cli/fit.ts'
import { opsUrlOf } from '../src/cli/healthSource.ts'
import type { Io } from '../src/cli/io.ts'
import { screenOf } from '../src/cli/screen.ts'
import type { Health } from '../src/ops/health.ts'
import { closing } from './simulatorClient.ts'
import { liveState, madeFrequency, madeHealth } from './madeHealth.ts'

// Goal: the terminal shows the rows of the page at any width, goes on while the engine is away, and is fit for scripts.
// Method: health written by hand, a terminal that keeps what is written, an HTTP server on loopback that answers as it is told.

const things = closing()
afterEach(() => things.all())

const latency = {
  received: { count: 9, p50: 30, p99: 692, p999: 700, max: 700 },
  appended: null,
  delivered: null,
  aheadMs: 0,
}
const reader = { name: 'risk', committed: 0, inFlight: 0, waiting: 120, lost: 7, lag: 120, failures: 0 }
const sick = madeHealth({
  status: 'degraded',
  reasons: ['per_minute is refused: the vendor gives it none of AM.*; does the plan of the key have it?'],
  nowMs: 60_000,
  frequencies: [
    madeFrequency('per_second', {
      eventsPerSecond: 1527,
      latency,
      lanes: [{ eventType: 'T', nextOffset: 5000, retained: 1000, limit: 1000, readers: [reader] }],
    }),
    madeFrequency('per_minute', {
      status: 'down',
      state: { ...liveState, word: 'refused', channels: 'refused' },
      why: ['per_minute is refused: the vendor gives it none of AM.*; does the plan of the key have it?'],
      gaps: 2,
      lastGap: { fromMs: 1000, toMs: 1877, cause: 'closed' },
    }),
  ],
})
const plain = (width: number, health = sick): readonly string[] =>
  boardOf(health, { width, isColoured: false, ratesOf: () => [0, 5, 10] })

describe('the board', () => {
  it('says which frequency is unwell, and why, above the rows of all', () => {
    const [head, reason, , titles, second, minute] = plain(200)
    expect(head).toMatch(/^▲ degraded {2}\d\d:\d\d:\d\d {2}running for 1 min {2}ledger balanced/)
    expect(reason).toBe('  per_minute is refused: the vendor gives it none of AM.*; does the plan of the key have it?')
    expect(titles).toMatch(/^frequency +state +events\/s +feed p50\/p99 +engine p50\/p99 +behind +lost +last gap$/)
    expect(second).toMatch(
      /^per_second +● live +1,527 +▁▅█ +30 ms \/ 692 ms +– +risk 120 of 1,000 +7 by readers +none$/,
    )
    expect(minute).toMatch(/^per_minute +■ refused +0 .* 0 +\d\d:\d\d:\d\d, 877 ms \(2\)$/)
  })

  it('fits any width: columns go before names and words do', () => {
    for (let width = 1; width <= 220; width += 1)
      expect([width, plain(width).filter((line) => line.length > width)]).toEqual([width, []])
    expect(plain(34).join('\n')).toContain('per_minute  ■ refused')
  })

  it('colours the word, and nothing moves by it', () => {
    const coloured = boardOf(sick, { width: 120, isColoured: true, ratesOf: () => [] })
    expect(coloured.join('\n')).toContain('\u001b[31m■ refused\u001b[0m')
    expect(coloured.map(roomOf)).toEqual(
      boardOf(sick, { width: 120, isColoured: false, ratesOf: () => [] }).map(roomOf),
    )
    expect(fit(`${colour(31, 'abcdef')}ghi`, 4)).toBe('\u001b[31mabc\u001b[0m…')
  })

  it('is a line a frequency where nothing can be drawn again', () => {
    expect(plainLinesOf(sick)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}per_second {2}live {2}ok {2}1,527 events\/s {2}feed 30 ms \/ 692 ms /),
      expect.stringMatching(/per_minute {2}refused {2}down {2}0 events\/s .* {2}per_minute is refused: /),
    ])
  })

  it.each([
    [[], ''],
    [[0, 0], '▁▁'],
    [[1, 2, 4], '▃▅█'],
    [Array.from({ length: 40 }, () => 1), '████████████████'],
  ])('draws %j as %s', (values, drawn) => {
    expect(sparkOf(values)).toBe(drawn)
  })
})

describe('the screen', () => {
  it('draws in place without clearing, and anew when the terminal has another size', () => {
    const size = { columns: 20, rows: 3 }
    const io = terminal({ size })
    const screen = screenOf(io)
    screen.draw(['a', 'b', 'c', 'd'])
    screen.draw(['e'])
    expect(io.written.join('')).not.toContain('\u001b[2J')
    expect(io.written[0]).not.toContain('c')
    size.columns = 10
    screen.draw(['f'])
    expect(io.written.at(-1)).toBe('\u001b[2J\u001b[H\u001b[2Kf\n\u001b[0J')
  })
})

interface Terminal extends Io {
  readonly written: string[]
  readonly complaints: string[]
  interrupt(): void
}

const terminal = ({
  isTerminal = true,
  size = { columns: 100, rows: 40 },
}: { readonly isTerminal?: boolean; readonly size?: { columns: number; rows: number } } = {}): Terminal => {
  const written: string[] = []
  const complaints: string[] = []
  let interrupt = (): void => {}
  return {
    written,
    complaints,
    interrupt: () => {
      interrupt()
    },
    out: (text) => written.push(text) > 0,
    complain: (line) => void complaints.push(line),
    isTerminal,
    columns: () => size.columns,
    rows: () => size.rows,
    env: { NO_COLOR: '1' },
    directory: '.',
    self: 'tickstock',
    onDrain: () => () => {},
    onResize: () => () => {},
    onHangup: () => () => {},
    onOutputLost: () => () => {},
    onSignal: (told) => {
      interrupt = () => {
        told('SIGINT')
      }
      return () => {}
    },
    leave: () => {},
  }
}

/** Answers each question with the next of these, the last one for ever. */
const opsAnswering = async (
  ...answers: readonly (Health | number | string)[]
): Promise<{ readonly url: string; readonly asked: () => number }> => {
  let asked = 0
  const server = createServer((_, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)]
    asked += 1
    if (typeof answer === 'number') response.writeHead(answer).end('{"error":"no"}')
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  things.add({
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  })
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked: () => asked }
}

/** An address at which nothing listens any more. */
const nowhere = async (): Promise<string> => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return `http://127.0.0.1:${String(port)}`
}

const quick = ['--every', '0.01']

describe('tickstock top', () => {
  it('draws each look in the place of the one before', async () => {
    const { url } = await opsAnswering(sick)
    const io = terminal()
    expect(await topCommand.call([url, ...quick, '--count', '3'], io)).toBe(0)
    expect(io.written).toHaveLength(3)
    expect(io.written[0]).toContain('per_minute  ■ refused')
    expect(io.written[2]?.startsWith('\u001b[')).toBe(true)
    expect(io.written[2]?.slice(2)).toMatch(/^\d+A\r/)
  })

  it('says that the engine is away, and goes on when it is back', async () => {
    const { url } = await opsAnswering(sick, 500, 500, sick)
    const io = terminal()
    expect(await topCommand.call([url, ...quick, '--count', '2'], io)).toBe(0)
    expect(io.written).toHaveLength(4)
    expect(io.written[1]).toContain('answers with HTTP 500')
    expect(io.written[1]).toContain('per_minute  ■ refused')
    expect(io.written[3]).not.toContain('HTTP 500')
  })

  it('writes lines elsewhere, and complains once while the engine is away', async () => {
    const { url } = await opsAnswering(sick, 500, 500, sick)
    const io = terminal({ isTerminal: false })
    expect(await topCommand.call([url, ...quick, '--count', '2'], io)).toBe(0)
    expect(io.written.join('').split('\n')).toHaveLength(5)
    expect(io.written.join('')).not.toContain('\u001b')
    expect(io.complaints).toEqual([expect.stringContaining('answers with HTTP 500')])
  })

  it('writes JSON for scripts, a look a line, also when the engine is down', async () => {
    const { url } = await opsAnswering(sick)
    const io = terminal()
    expect(await topCommand.call([url, '--json', ...quick, '--count', '2'], io)).toBe(0)
    expect(
      io.written
        .join('')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Health),
    ).toEqual([sick, sick])
  })

  it('ends with a signal', async () => {
    const { url, asked } = await opsAnswering(sick)
    const io = terminal()
    const ended = topCommand.call([url, ...quick], io)
    while (asked() < 3) await new Promise((resolve) => setTimeout(resolve, 2))
    io.interrupt()
    expect(await ended).toBe(0)
  })

  it('says at once what is wrong with an address', async () => {
    const { url } = await opsAnswering('<html>')
    const locked = await opsAnswering(401)
    const of = (address: string): Promise<number> => topCommand.call([address], terminal())
    await expect(of(await nowhere())).rejects.toThrow(
      'nothing listens there; is the engine running, and with --http-port?',
    )
    await expect(of(url)).rejects.toThrow('answers with HTTP 200, and not with the health of an engine')
    await expect(of(locked.url)).rejects.toThrow('wants its token: --token, or TICKSTOCK_HTTP_TOKEN')
    await expect(of('ws://127.0.0.1:8787')).rejects.toThrow('URL is a websocket address')
    await expect(of('')).rejects.toThrow('URL is no address')
    expect(
      [
        '127.0.0.1:8788',
        'http://127.0.0.1:8788/',
        'http://127.0.0.1:8788/health',
        'http://127.0.0.1:8788/metrics?x',
      ].map((address) => opsUrlOf(address).href),
    ).toEqual(Array.from({ length: 4 }, () => 'http://127.0.0.1:8788/health'))
  })
})
