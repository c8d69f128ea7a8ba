import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { SentFileError, simulate, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'
import { closing, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: the file of what was sent holds everything that a client can have received, in order, letter for letter, even when the process is killed.
// Method: plain clients keep their frames as text and are compared with the lines; once with the command in a child that is killed with -9.

jest.setTimeout(40_000)
const open = closing()
const folder = mkdtempSync(join(tmpdir(), 'sent-'))
afterEach(() => open.all())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const freshFile = (): string => join(folder, `${(files += 1)}.jsonl`)

const start = async (options: SimulateOptions): Promise<Simulator> =>
  open.add(await simulate({ tickers: 10, ...options }))
const subscriber = async (url: string, params: string, key?: string): Promise<TestClient> => {
  const client = await subscribeTo(url, params, key)
  open.add({ close: () => client.socket.terminate() })
  client.socket.on('error', () => {})
  return client
}

interface Line {
  readonly kind: string
  readonly to?: readonly number[]
  readonly lost?: readonly number[]
}

const linesOf = (file: string): readonly { readonly text: string; readonly line: Line }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => ({ text, line: JSON.parse(text) as Line }))

/** The frames' own texts, as the file has them for one connection. */
const framesFor = (file: string, connection: number): readonly string[] =>
  linesOf(file)
    .filter(({ line }) => line.kind === 'frame' && line.to?.includes(connection) === true)
    .map(({ text }) => /"frame":(.*)\}$/.exec(text)?.[1] ?? '')

const dataOf = ({ frames }: TestClient): readonly string[] => frames.filter((frame) => !frame.includes('"ev":"status"'))

describe('the lines', () => {
  it('are what each connection received, and one line does for equal wishes', async () => {
    const sentFile = freshFile()
    const sim = await start({ sentFile, rate: 2000 })
    const one = await subscriber(`${sim.url}/stocks`, 'T.*,FMV.*', 'sesame')
    const two = await subscriber(sim.url, 'T.*,FMV.*', 'another')
    const three = await subscriber(sim.url, 'T.AAPL', 'third')
    await three.until(() => three.events().length > 100)
    await sim.close()
    await Promise.all([one.closed, two.closed, three.closed])

    expect(framesFor(sentFile, 1)).toEqual(dataOf(one))
    expect(framesFor(sentFile, 2)).toEqual(dataOf(two))
    expect(framesFor(sentFile, 3)).toEqual(dataOf(three))
    const lines = linesOf(sentFile).map(({ line }) => line)
    expect(lines.some(({ to }) => to?.join() === '1,2')).toBe(true)
    expect(lines[0]).toMatchObject({ kind: 'run', pid: process.pid, seed: 1, atMs: expect.any(Number) })
    expect(lines.filter(({ kind }) => kind === 'connection')).toMatchObject([
      {
        connection: 1,
        host: 'socket',
        path: '/stocks',
        account: 1,
        remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      },
      { connection: 2, host: 'socket', path: '/', account: 2 },
      { connection: 3, host: 'socket', path: '/', account: 3 },
    ])
    expect(readFileSync(sentFile, 'utf8')).not.toMatch(/sesame|another|third/)
  })

  it('know what goes nowhere, and the faults', async () => {
    const sentFile = freshFile()
    const sim = await start({ sentFile })
    const victim = await subscriber(sim.url, 'T.*')
    const other = await subscriber(sim.url, 'T.*')
    await victim.until(() => victim.events().length > 0)
    sim.chaos.halfOpen({ connection: 1 })
    const seen = other.events().length
    await other.until(() => other.events().length > seen + 20)
    await sim.close()
    await Promise.all([victim.closed, other.closed])

    const lines = linesOf(sentFile)
    const heard = lines.filter(({ line }) => line.to?.includes(1) === true && line.lost?.includes(1) !== true)
    expect(heard).toHaveLength(dataOf(victim).length)
    expect(framesFor(sentFile, 1).slice(0, heard.length)).toEqual(dataOf(victim))
    expect(framesFor(sentFile, 1).length).toBeGreaterThan(heard.length)
    expect(framesFor(sentFile, 2)).toEqual(dataOf(other))
    expect(lines.filter(({ line }) => line.kind === 'fault')).toMatchObject([
      { line: { fault: 'halfOpen', connections: [1] } },
    ])
  })

  it.each([1000, 'max'] as const)('of a recording played at speed %s', async (speed) => {
    const sentFile = freshFile()
    const frames = freshFile()
    const recorded = Array.from(
      { length: 50 },
      (_, i) => `[{"ev":"T","sym":"AAPL","i":"${i}"},{"ev":"AM","sym":"AAPL"}]`,
    )
    writeFileSync(frames, recorded.map((frame, i) => `${1_700_000_000_000 + i} ${frame}\n`).join(''))
    const sim = await start({ sentFile, frames, speed })
    const all = await subscriber(sim.url, 'T.*,AM.*')
    await sim.ended
    await sim.close()
    await all.closed

    expect(dataOf(all)).toEqual(recorded)
    expect(framesFor(sentFile, 1)).toEqual(recorded)
  })

  it('of a second run stand behind those of the first', async () => {
    const sentFile = freshFile()
    for (const seed of [1, 2]) {
      const sim = await start({ sentFile, seed })
      const client = await subscriber(sim.url, 'T.*')
      await client.until(() => client.events().length > 0)
      await sim.close()
    }
    expect(
      linesOf(sentFile)
        .filter(({ line }) => line.kind !== 'frame')
        .map(({ line }) => line),
    ).toMatchObject([
      { kind: 'run', seed: 1 },
      { kind: 'connection', connection: 1 },
      { kind: 'run', seed: 2 },
      { kind: 'connection', connection: 1 },
    ])
  })

  it.each([
    ['a folder that is not there', join(folder, 'nowhere', 'x'), 'ENOENT'],
    // Linux has a disk that is always full.
    ...(existsSync('/dev/full') ? [['a disk that is full', '/dev/full', 'ENOSPC']] : []),
  ])('%s: nothing is sent that cannot be written down', async (_, sentFile, code) => {
    const refused = simulate({ sentFile })
    await expect(refused).rejects.toBeInstanceOf(SentFileError)
    await expect(refused).rejects.toMatchObject({ _tag: 'SentFileError', path: sentFile, code })
  })

  it('an empty path is a RangeError', async () => {
    await expect(simulate({ sentFile: '' })).rejects.toThrow('simulate: sentFile is ""; expected the path of a file')
  })
})

describe('a simulator that is killed', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  it('has written down all that a client received, and little more', async () => {
    const sentFile = freshFile()
    const main = join(__dirname, '..', 'src', 'cli', 'main.ts')
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', main, 'simulate', '--port', '0', '--rate', '20000', '--sent', sentFile],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    children.push(child)
    let out = ''
    child.stdout.on('data', (data: Buffer) => (out += data.toString()))
    const url = async (): Promise<string> => {
      for (;;) {
        const found = /simulator {2}(ws:\S+)/.exec(out)?.[1]
        if (found !== undefined) return found
        await once(child.stdout, 'data')
      }
    }
    const client = await subscriber(await url(), 'T.*')
    await client.until(() => client.frames.length > 50)
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await Promise.all([gone, client.closed])

    const sent = framesFor(sentFile, 1)
    const received = dataOf(client)
    expect(received.length).toBeGreaterThan(40)
    expect(sent.slice(0, received.length)).toEqual(received)
  })
})
