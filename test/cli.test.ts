import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'

import { version } from '../src/cli/version.ts'
import { closing, connectTo } from './simulatorClient.ts'

// Goal: the built command, as a shell sees it: what it prints, what it leaves with, and that it leaves.
// Method: dist/ (npm test builds first) as child processes on loopback, each with an end of its own and one by force.

jest.setTimeout(40_000)
const open = closing()
afterEach(() => open.all())

const main = join(__dirname, '..', 'dist', 'esm', 'src', 'cli', 'main.js')
const patienceMs = 20_000

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

interface Running {
  readonly ended: Promise<Ended>
  /** Resolves with the first group of the first match in what was printed. */
  until(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Reads no more, as `head` does when it has enough. */
  stopReading(): void
}

const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TICKSTOCK_KEY: '', ...env },
  })
  const watchers = new Set<() => void>()
  let out = ''
  let err = ''
  let isOver = false
  const force = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
    for (const watch of [...watchers]) watch()
  })
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      isOver = true
      clearTimeout(force)
      resolve({ code, out, err })
      for (const watch of [...watchers]) watch()
    })
  })
  open.add({
    close: async () => {
      child.kill('SIGKILL')
      await ended
    },
  })

  return {
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const found = pattern.exec(out)?.[1]
          if (found === undefined && !isOver) return
          watchers.delete(watch)
          if (found === undefined) reject(new Error(`${String(pattern)} was not printed, but:\n${out}${err}`))
          else resolve(found)
        }
        watchers.add(watch)
        watch()
      }),
    kill: (signal) => child.kill(signal),
    stopReading: () => child.stdout.destroy(),
  }
}

const tickstock = (...args: readonly string[]): Promise<Ended> => start(args).ended

/** A simulator of our own process would share its clock with the test: this one is the command too. */
const simulator = async (...args: readonly string[]): Promise<{ url: string; running: Running }> => {
  const running = start(['simulate', '--port', '0', '--seconds', '15', ...args])
  return { running, url: await running.until(/simulator {2}(ws:\S+)/) }
}

/** Listens, speaks no websocket. */
const webServer = async (): Promise<number> => {
  const server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.add({ close: () => server.close() })
  return (server.address() as AddressInfo).port
}

const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** One line on standard error, nothing else anywhere. */
const expectRefusal = ({ code, out, err }: Ended, expectedCode: number, sentence: string | RegExp): void => {
  expect(err).toMatch(sentence)
  expect(err).toMatch(/^tickstock: [^\n]+\n$/)
  expect(out).toBe('')
  expect(code).toBe(expectedCode)
}

describe('help and version', () => {
  it('prints the version of the package', async () => {
    const packageJson = await readFile(join(__dirname, '..', 'package.json'), 'utf8')

    expect(JSON.parse(packageJson)).toMatchObject({ version })
    expect(await tickstock('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it.each([
    [['--help'], 'tickstock COMMAND [options]'],
    [['help', 'run'], 'tickstock run [options]'],
    [['run', '-h'], 'tickstock run [options]'],
    [['simulate', '--help'], 'tickstock simulate [options]'],
    [['tail', '--count', 'x', '--help'], 'tickstock tail URL CHANNELS [options]'],
  ])('%j', async (args, first) => {
    const { code, out, err } = await tickstock(...args)

    expect({ code, err, first: out.split('\n')[0] }).toEqual({ code: 0, err: '', first })
  })
})

describe('wrong use', () => {
  it.each<[string[], string]>([
    [[], 'a command is missing: try tickstock run, or tickstock --help'],
    [['rnu'], 'unknown command rnu; did you mean run?'],
    [['--port', '1'], 'unknown option --port; options come behind the command, see --help'],
    [['run', '--rate', 'abc'], '--rate abc: expected trades per second'],
    [['run', '--port', '99999'], '--port 99999: expected a port'],
    [['run', '--seconds', '-1'], '--seconds -1: expected seconds'],
    [['run', 'now'], 'one argument too many behind run: tickstock run [options]'],
    [['simulate', '--frames', '/no/such/file'], 'frames file /no/such/file: expected a readable file'],
    [['simulate', '--frames', main, '--port', '0'], 'line 1: expected <arrival time, Unix ms>'],
    [['tail'], 'URL is missing: tickstock tail URL CHANNELS [options]'],
    [['tail', 'http://x', 'T.*'], 'URL is no websocket address'],
    [['tail', 'ws://x', 'T.*,AM'], 'CHANNELS: "AM" is none'],
    [['tail', 'ws://x', 'T.*', '--count', '0'], '--count 0: expected a number of events'],
  ])('%j', async (args, sentence) => {
    expectRefusal(await tickstock(...args), 2, sentence)
  })

  it.each(['run', 'simulate'])('%s on a port that is taken', async (command) => {
    const port = String(await webServer())

    expectRefusal(await tickstock(command, '--port', port, '--seconds', '5'), 2, `127.0.0.1:${port}`)
  })

  it('run with the port of its health taken: it says how to go without', async () => {
    const port = String(await webServer())
    const refused = await tickstock('run', '--port', '0', '--http-port', port, '--seconds', '5')

    expectRefusal(
      refused,
      2,
      `127.0.0.1:${port}: the port is in use; choose another, or 0 for any free one, with --http-port; or --no-http`,
    )
  })
})

describe('run', () => {
  it('says where to connect and ends by itself with a table and a balanced ledger', async () => {
    // Long enough for another process to start beside it on a busy machine.
    const running = start(['run', '--http-port', '0', '--port', '0', '--seconds', '5', '--rate', '500', '--seed', '7'])
    const url = await running.until(/publisher {2}(ws:\S+)/)
    const health = await fetch(`${await running.until(/page {7}(http:\S+)\n/)}/health`)
    const tail = await tickstock('tail', url, 'T.*,FMV.*', '--count', '20')
    const { code, out, err } = await running.ended

    expect(err).toBe('')
    expect(out).toMatch(/simulator {2}ws:\S+ {2}100 tickers, 500 trades\/s, seed 7\n/)
    expect(out).toContain('nothing is configured: simulated, all three frequencies\n')
    expect(out).toContain(` tail ${url} "T.*,AM.*,FMV.*"\n`)
    expect(out).toMatch(/\nper_second +live +[\d,.]+ +[1-9][\d,]* +[\d,]+ +[1-9][\d,]* +0\n/)
    expect(out).toMatch(/\nper_minute +live /)
    expect(out).toMatch(/\nfair_market_value +live /)
    expect(out).toMatch(/\nclients {2}0 connected, sent [1-9]/)
    expect(out).toMatch(/\nledger: balanced\n {2}link /)
    expect(out).not.toContain('\u001b')
    expect(tail.out.trimEnd().split('\n')).toHaveLength(20)
    expect([code, tail.code, tail.err]).toEqual([0, 0, ''])
    expect(await health.json()).toMatchObject({
      frequencies: [{ name: 'per_second' }, { name: 'per_minute' }, { name: 'fair_market_value' }],
    })
  })

  it("serves TickStock's format when told so", async () => {
    const running = start(['run', '--no-http', '--port', '0', '--tickstock', '--seconds', '2'])
    const client = await connectTo(await running.until(/tickstock {2}(ws:\S+\/tickstock)\n/))
    client.sendText('{"action":"subscribe","tickers":"*","frequencies":["fmv"]}')
    await client.until((frames) => frames.some((frame) => frame.includes('"fmv_events":[{"ticker"')))

    expect((await running.ended).code).toBe(0)
    expect(await client.closed).toBe(1001)
  })

  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('drains upon %s and leaves 0', async (signal) => {
    const running = start(['run', '--no-http', '--port', '0', '--links', 'dedicated'])
    await running.until(/(in another terminal)/)
    running.kill(signal)
    const { code, out, err } = await running.ended

    expect(out).not.toContain('http:')
    expect(out).toContain('ledger: balanced\n')
    expect([code, err]).toEqual([0, ''])
  })

  it('runs what a file says, and applies what changes in it upon SIGHUP', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tickstock-run-'))
    open.add({ close: () => rm(folder, { recursive: true }) })
    const file = join(folder, 'tickstock.config.json')
    const write = (tickers: readonly string[]): Promise<void> =>
      writeFile(file, JSON.stringify({ mode: 'test', frequencies: { per_minute: { tickers } } }))
    await write(['AAPL'])
    const running = start(['run', '--config', file, '--no-watch', '--no-http', '--port', '0'])
    await running.until(/(in another terminal)/)
    await write(['AAPL', 'MSFT'])
    running.kill('SIGHUP')
    const after = await running.until(/changed: frequencies\.per_minute\.tickers from \["AAPL"\] to (\S+)\n/)
    running.kill('SIGINT')
    const { code, out, err } = await running.ended

    expect(after).toBe('["AAPL","MSFT"]')
    expect(out).not.toContain('per_second')
    expect([code, err]).toEqual([0, ''])
  })

  it('does not start with a configuration that is invalid', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tickstock-run-'))
    open.add({ close: () => rm(folder, { recursive: true }) })
    const file = join(folder, 'tickstock.config.json')
    await writeFile(file, '{ "mode": "tets", "links": 3 }')
    const { code, out, err } = await tickstock('run', '--config', file, '--port', '0')

    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(
      `tickstock: ${file}: mode: found "tets", expected one of production, test, hybrid; did you mean test?; and 1 more: tickstock check says all\n`,
    )
  })

  it('is told when a second one takes the only connection of the account', async () => {
    const { url, running } = await simulator()
    const older = start(['tail', url, 'T.*'])
    await older.until(/( T )/)
    const newer = start(['tail', url, 'T.*', '--count', '1'])

    expect((await newer.ended).code).toBe(0)
    const { code, err } = await older.ended
    expect(code).toBe(1)
    expect(err).toContain('tickstock: the server has too many connections of this account')
    running.kill('SIGINT')
    await running.ended
  })

  it('ends quietly when nobody reads any more', async () => {
    const running = start(['run', '--http-port', '0', '--port', '0', '--seconds', '2'])
    await running.until(/(in another terminal)/)
    running.stopReading()

    expect(await running.ended).toMatchObject({ code: 0, err: '' })
  })
})

describe('simulate and tail', () => {
  it('counts elements as they were received, and what was sent', async () => {
    const { url, running } = await simulator('--tickers', 'AAPL,MSFT')
    const { code, out, err } = await tickstock('tail', url, 'T.AAPL,FMV.*', '--count', '5', '--json')
    running.kill('SIGINT')
    const summary = await running.ended
    const lines = out.trimEnd().split('\n')

    expect([code, err, lines.length]).toEqual([0, '', 5])
    for (const line of lines) expect(line).toMatch(/^\{"ev":"(T|FMV)",.*"sym":"(AAPL|MSFT)".*\}$/)
    expect(summary.out).toMatch(/\nsent on 1 connection: .*\bT \d/)
    expect([summary.code, summary.err]).toEqual([0, ''])
  })

  it('writes lines for people', async () => {
    const { url } = await simulator('--tickers', 'AAPL')
    const { code, out } = await tickstock('tail', `${url}/stocks`, 'T.AAPL', '--count=2')

    expect(out).toMatch(/^(\d\d:\d\d:\d\d\.\d{3} {2}AAPL {4}T {4}[\d.]+ x \d+\n){2}$/)
    expect(code).toBe(0)
  })

  it('takes the key from the environment and never prints one', async () => {
    const { url, running } = await simulator('--key', 'open-sesame')
    const good = await start(['tail', url, 'T.*', '--count', '1'], { TICKSTOCK_KEY: 'open-sesame' }).ended
    const bad = await start(['tail', url, 'T.*', '--key', 'barley']).ended
    const none = await start(['tail', url, 'T.*']).ended
    running.kill('SIGTERM')
    const summary = await running.ended

    expect(good.code).toBe(0)
    expectRefusal(bad, 1, 'the server does not accept the key (auth_failed: authentication failed)')
    expectRefusal(none, 1, 'the server wants a key (auth_failed: authentication failed); give --key KEY')
    expect([good, bad, none, summary].map(({ out, err }) => out + err).join('\n')).not.toMatch(/open-sesame|barley/)
  })

  it('is told when a second one takes the only connection of the account', async () => {
    const { url, running } = await simulator()
    const older = start(['tail', url, 'T.*'])
    await older.until(/( T )/)
    const newer = start(['tail', url, 'T.*', '--count', '1'])

    expect((await newer.ended).code).toBe(0)
    const { code, err } = await older.ended
    expect(code).toBe(1)
    expect(err).toContain('tickstock: the server has too many connections of this account')
    running.kill('SIGINT')
    await running.ended
  })

  it('ends quietly when nobody reads any more', async () => {
    const { url } = await simulator()
    const tail = start(['tail', url, 'T.*'])
    await tail.until(/( T )/)
    tail.stopReading()

    expect(await tail.ended).toMatchObject({ code: 0, err: '' })
  })

  it('ends with 0 upon SIGINT, and with 1 when the server goes', async () => {
    const { url, running } = await simulator('--connections', '2')
    const [one, other] = [start(['tail', url, 'T.*']), start(['tail', url, 'T.*'])]
    await Promise.all([one.until(/( T )/), other.until(/( T )/)])
    one.kill('SIGINT')
    expect(await one.ended).toMatchObject({ code: 0, err: '' })
    running.kill('SIGINT')

    expect(await other.ended).toMatchObject({
      code: 1,
      err: 'tickstock: the server closed the connection (1001 simulator closed)\n',
    })
  })

  it('plays a recording and ends with it, or says where it is broken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tickstock-cli-'))
    open.add({ close: () => rm(folder, { recursive: true }) })
    const file = join(folder, 'day.frames')
    const lines = Array.from({ length: 40 }, (_, i) => {
      const atMs = 1_700_000_000_000 + i * 50
      return `${atMs} [{"ev":"T","sym":"A","p":1,"s":${i},"t":${atMs}}]`
    })
    await writeFile(file, `${lines.join('\n')}\n`)
    const whole = await simulator('--frames', file)
    const heard = await tickstock('tail', whole.url, 'T.*')
    await writeFile(file, `${lines.join('\n')}\nnonsense\n`)
    const broken = await simulator('--frames', file, '--speed', '10')
    await tickstock('tail', broken.url, 'T.*', '--count', '40')
    const [end, brokenEnd] = await Promise.all([whole.running.ended, broken.running.ended])

    expect(heard.out.split('\n')).toHaveLength(41)
    expect(heard.err).toBe('tickstock: the server closed the connection (1001 simulator closed)\n')
    expect(end).toMatchObject({ code: 0, err: '' })
    expect(end.out).toMatch(/\nsent on 1 connection: T 40\n/)
    expect(brokenEnd.err).toMatch(/^tickstock: frames file \S+, line 41: expected [^\n]+\n$/)
    expect(brokenEnd.code).toBe(2)
  })
})

describe('a server that refuses', () => {
  it('is not there', async () => {
    const url = `ws://127.0.0.1:${await closedPort()}`

    expectRefusal(await tickstock('tail', url, 'T.*'), 1, `nobody listens at ${url}/stocks (connection refused)`)
  })

  it('has no such host', async () => {
    expectRefusal(await tickstock('tail', 'ws://nowhere.invalid', 'T.*'), 1, 'there is no host nowhere.invalid')
  })

  it('is no websocket server', async () => {
    const url = `ws://127.0.0.1:${await webServer()}/x?apiKey=SECRET`
    const ended = await tickstock('tail', url, 'T.*')

    expectRefusal(ended, 1, /ws:\/\/127\.0\.0\.1:\d+\/x /)
    expect(ended.err).not.toContain('SECRET')
  })

  it('does not have the channel', async () => {
    const running = start(['run', '--http-port', '0', '--port', '0', '--seconds', '15'])
    const url = await running.until(/publisher {2}(ws:\S+)/)

    expectRefusal(
      await tickstock('tail', url, 'LULD.*'),
      1,
      'the server refuses LULD.* (error: unknown channel: this server has T, AM, FMV)',
    )
  })

  it('does not authorise, as the vendor says it', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    open.add({ close: () => server.close() })
    server.on('connection', (socket) => {
      const say = (status: string, message: string): void =>
        socket.send(JSON.stringify([{ ev: 'status', status, message }]))
      say('connected', 'Connected Successfully')
      socket.on('message', (data: Buffer) =>
        data.toString().includes('"auth"') ? say('auth_success', 'authenticated') : say('error', 'not authorized'),
      )
    })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo

    expectRefusal(
      await tickstock('tail', `ws://127.0.0.1:${port}`, 'FMV.*'),
      1,
      'the server refuses FMV.* (error: not authorized)',
    )
  })
})
