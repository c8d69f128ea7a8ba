import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readFrames, simulate, type SimulateOptions, type Simulator } from '../src/simulator/index.ts'
import { closing, subscribeTo, type TestClient } from './simulatorClient.ts'

// Goal: a recorded day is played as it was: byte for byte, filtered, at its pace or as fast as it is read, and a broken file is told.
// Method: small files written here, on a real socket; and the whole real day, where it is there.

jest.setTimeout(60_000)
const open = closing()
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickstock-frames-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => open.all())

let files = 0
const fileOf = async (content: string | Buffer): Promise<string> => {
  const path = join(folder, `${++files}.frames`)
  await writeFile(path, content)
  return path
}
const play = async (frames: string, options: SimulateOptions = {}): Promise<Simulator> =>
  open.add(await simulate({ frames, speed: 'max', ...options }))
const subscriber = async (url: string, params: string): Promise<TestClient> => {
  const one = await subscribeTo(url, params)
  open.add({ close: () => one.socket.terminate() })
  return one
}
const dataOf = ({ frames }: TestClient): readonly string[] =>
  frames.filter((frame) => !frame.startsWith('[{"ev":"status"'))
const everything = 'T.*,A.*,AM.*,FMV.*'

// Forms that a parse and a new encoding would change: spaces, number forms, key order, escapes, brackets in strings, a time beyond 2^53, unknown fields.
const t1 = '{"sym":"AAPL","ev":"T","p":1.50,"s":1e2,"t":1700000000000,"new":{"a":[1,{"b":"]}"}]}}'
const t2 = '{ "ev":"T" , "sym":"BRK.B","i":"\\"}[\\\\","p":300.0,"c":[],"t":1700000000001,"note":"Zürich €"}'
const fmv = '{"ev":"FMV","fmv":1.5,"sym":"AAPL","t":1700000000000000123}'
const luld = '{"h":2,"l":1,"T":"AAPL","ev":"LULD","t":1700000000000000456}'
const status = '{"ev":"status","status":"auth_success","message":"from the recording"}'
const recorded = [`[${t1}, ${t2}]`, `[${fmv},${t1}]`, `[${luld},${status}]`, `[${t2}]`]
const small = recorded.map((frame, at) => `${1_700_000_000_000 + at * 100} ${frame}\n`).join('')

describe('at speed max', () => {
  it.each([
    ['everything: frames as they were', 'T.*,FMV.*,LULD.*', [recorded[0], recorded[1], `[${luld}]`, recorded[3]]],
    ['one channel: the wanted elements, untouched, in order', 'T.*', [recorded[0], `[${t1}]`, recorded[3]]],
    ['one ticker with a dot', 'T.BRK.B', [`[${t2}]`, recorded[3]]],
    ['one ticker of each', 'T.AAPL,FMV.AAPL', [`[${t1}]`, recorded[1]]],
    ['a ticker named in another field', 'LULD.AAPL', [`[${luld}]`]],
  ])('sends %s', async (_, params, expected) => {
    const sim = await play(await fileOf(gzipSync(small)))
    const one = await subscriber(sim.url, params)
    await sim.ended
    await one.until(() => dataOf(one).length >= expected.length)

    expect(dataOf(one)).toEqual(expected)
    expect(sim.tickers).toEqual([])
  })

  it('sends what a recorder has written: the frames of all links, and none of the marks between them', async () => {
    const lines = [
      '1700000000000 {"kind":"recording","version":1,"part":1,"startedMs":1700000000000}',
      '1700000000000 {"kind":"link","link":2,"id":"b","frequencies":["fair_market_value"],"eventTypes":["FMV"]}',
      `1700000000001 [${status}]`,
      `1700000000002 [${t1}]`,
      `1700000000003 2 [${fmv}]`,
      '1700000000004 {"kind":"lost","link":1,"cause":{"_tag":"closed","message":"gone"},"lastHeardMs":1700000000003}',
      `1700000000005 [${t2}]`,
      '1700000000006 {"kind":"end","frames":4,"continues":false}',
    ]
    const sim = await play(await fileOf(gzipSync(`${lines.join('\n')}\n`)))
    const one = await subscriber(sim.url, 'T.*,FMV.*')
    await sim.ended
    await one.until(() => dataOf(one).length === 3)

    expect(dataOf(one)).toEqual([`[${t1}]`, `[${fmv}]`, `[${t2}]`])
  })

  it('hears every connection out from the start, waits for several subscribe messages, and stays open and silent after the end', async () => {
    const sim = await play(await fileOf(small.trimEnd()))
    const first = await subscriber(sim.url, 'T.AAPL')
    first.send('subscribe', 'FMV.AAPL')
    await first.until(() => dataOf(first).length === 2)
    await sim.ended
    const second = await subscriber(sim.url, 'T.*')
    await second.until(() => dataOf(second).length === 3)

    expect(dataOf(first)).toEqual([`[${t1}]`, recorded[1]])
    expect(dataOf(second)).toEqual([recorded[0], `[${t1}]`, recorded[3]])
    first.send('subscribe', 'T.MSFT')
    await first.until((frames) => frames.at(-1)!.includes('subscribed to: T.MSFT'))
    expect(sim.sent().events).toEqual({ T: 6, FMV: 1 })
  })

  it('waits for a client that does not read and drops nothing, while another hears all', async () => {
    const filler = 'x'.repeat(2000)
    const lines = Array.from(
      { length: 8000 },
      (_, at) => `${1_700_000_000_000 + at} [{"ev":"T","sym":"A","q":${at},"f":"${filler}"}]\n`,
    )
    const sim = await play(await fileOf(gzipSync(lines.join(''))), { bufferBytesMax: 5000 })
    const slow = await subscriber(sim.url, 'T.A')
    slow.socket.pause()
    const quick = await subscriber(sim.url, 'T.A')
    await quick.until((frames) => frames.length >= 8003)

    expect(sim.connections()[0]!.bufferedBytes).toBeGreaterThan(100_000)
    expect(sim.connections()[0]!.bufferedBytes).toBeLessThan(1_100_000)
    slow.socket.resume()
    await sim.ended
    await slow.until((frames) => frames.length >= 8003)
    expect(slow.events().map(({ q }) => q)).toEqual(Array.from({ length: 8000 }, (_, at) => at))
  })
})

describe('at a finite speed', () => {
  const clock = (): { clock: () => number; forward(ms: number): void } => {
    let nowMs = 0
    return { clock: () => nowMs, forward: (ms) => void (nowMs += ms) }
  }
  const line = (atMs: number): string => `${atMs} [{"ev":"T","sym":"A","t":${atMs}}]\n`
  const file = (): Promise<string> => fileOf([1000, 2000, 3000, 4000].map(line).join(''))

  it('follows the recorded times, one timeline for all: who comes later has missed what was', async () => {
    const held = clock()
    const sim = await play(await file(), { speed: 2, clock: held.clock })
    const first = await subscriber(sim.url, 'T.*')
    await first.until(() => first.events().length === 1)
    held.forward(500)
    await first.until(() => first.events().length === 2)
    const later = await subscriber(sim.url, 'T.*')
    held.forward(499)
    await new Promise((done) => setTimeout(done, 120))
    expect(first.events().length).toBe(2)
    held.forward(10_000)
    await sim.ended
    await later.until(() => later.events().length === 2)
    await first.until(() => first.events().length === 4)

    expect(later.events().map(({ t }) => t)).toEqual([3000, 4000])
    expect(first.events().map(({ t }) => t)).toEqual([1000, 2000, 3000, 4000])
  })

  it('ends in the middle when closed', async () => {
    const sim = await play(await file(), { speed: 0.001 })
    const one = await subscriber(sim.url, 'T.*')
    await one.until(() => one.events().length === 1)
    await sim.close()

    await expect(sim.ended).resolves.toBeUndefined()
    expect(await one.closed).toBe(1001)
  })
})

describe('a broken file', () => {
  it.each<[string, string | Buffer, string]>([
    ['an empty file', '', 'expected at least one line, found an empty file'],
    [
      'no time',
      '[{"ev":"T"}]\n',
      'line 1: expected <arrival time, Unix ms> <frame, a JSON array of objects>, found "[{',
    ],
    ['a time that is no number', 'x1 []\n', 'line 1: expected'],
    [
      'no JSON',
      '1 [{"ev":"T"\n',
      'line 1: expected <arrival time, Unix ms> <frame, a JSON array of objects>, found a frame that is not a JSON array',
    ],
    ['no array', '1 {"ev":"T"}\n', 'not a JSON array of objects'],
    ['an array of something else', '1 [1]\n', 'not a JSON array of objects'],
    ['no text', Buffer.from([0x31, 0x20, 0xff, 0xfe, 0x0a]), 'bytes that are not UTF-8'],
    [
      'gzip cut short at once',
      gzipSync('1 []\n').subarray(0, 12),
      'expected whole gzip data, found unexpected end of file',
    ],
    [
      'gzip magic before something else',
      Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      'expected whole gzip data',
    ],
  ])('is refused at once: %s', async (_, content, text) => {
    const path = await fileOf(content)

    await expect(simulate({ frames: path })).rejects.toMatchObject({ _tag: 'FramesFileError', path })
    await expect(simulate({ frames: path })).rejects.toThrow(text)
  })

  it.each([
    ['missing', join(tmpdir(), 'no', 'such.frames'), 'ENOENT'],
    ['a folder', tmpdir(), 'EISDIR'],
  ])('is refused at once: %s', async (_, path, code) => {
    await expect(simulate({ frames: path })).rejects.toThrow(
      new RegExp(`frames file .*: expected a readable file, found ${code}`),
    )
  })

  it.each(['max', 1000] as const)(
    'is told by `ended` when a later line is wrong, at speed %s; what came before has been sent',
    async (speed) => {
      const errors: object[] = []
      const logger = {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (facts: object) => void errors.push(facts),
      }
      const sim = await play(await fileOf(gzipSync(`1 [${t1}]\n2 [${t2}]\nnonsense\n4 [${t1}]\n`)), { speed, logger })
      const one = await subscriber(sim.url, 'T.*')

      await expect(sim.ended).rejects.toMatchObject({ _tag: 'FramesFileError', line: 3 })
      await one.until(() => dataOf(one).length === 2)
      expect(dataOf(one)).toEqual([`[${t1}]`, `[${t2}]`])
      expect(errors).toMatchObject([{ err: { line: 3 } }])
      expect(one.socket.readyState).toBe(one.socket.OPEN)
    },
  )

  it('is told where gzip data ends too early', async () => {
    const whole = gzipSync(
      Array.from({ length: 5000 }, (_, at) => `${at + 1} [{"ev":"T","sym":"A","q":${Math.sin(at)}}]\n`).join(''),
    )
    const sim = await play(await fileOf(whole.subarray(0, whole.length - 2000)))
    const one = await subscriber(sim.url, 'T.*')

    await expect(sim.ended).rejects.toThrow(/line \d{4}: expected whole gzip data, found unexpected end of file/)
    expect(one.socket.readyState).toBe(one.socket.OPEN)
  })
})

describe('the recorded day', () => {
  const day = resolve(import.meta.dirname, '../../shared/data/us-equities-2013-10-07.frames.gz')
  const there = existsSync(day)

  it('arrives whole, byte for byte, or says that it is not here', async () => {
    if (!there) {
      process.stdout.write(`NOT PLAYED: the recorded trading day is not here (${day})\n`)
      return
    }

    const sim = await play(day)
    const one = await subscriber(sim.url, everything)
    let at = 3
    let different = 0
    let frames = 0
    await sim.ended
    for await (const { text } of readFrames(day)) {
      frames += 1
      // The sender is done before the last bytes have arrived.
      if (one.frames.length <= at) await one.until((all) => all.length > at)
      if (one.frames[at] !== text) different += 1
      at += 1
    }
    expect({ frames, different, arrived: one.frames.length - 3 }).toEqual({
      frames: 153_368,
      different: 0,
      arrived: 153_368,
    })
    expect(sim.sent().events).toEqual({ T: 388_417, A: 38_043, AM: 2_309, FMV: 41_970 })
  })
})
