/**
 * Goal: record and replay as a shell sees them: what they print, and what they leave with; and the parts that stand behind them: times as they
 * are typed, and the bar.
 *
 * Method: the built command (npm test builds first) as child processes, each with an end of its own and one by force.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'

import type { Io } from '../src/cli/io.ts'
import { moment, momentMs, newYorkText } from '../src/cli/moment.ts'
import { showProgress } from '../src/cli/progress.ts'

jest.setTimeout(60_000)
const main = join(__dirname, '..', 'dist', 'esm', 'src', 'cli', 'main.js')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickstock-cli-record-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    env: { PATH: process.env.PATH },
  })
  const force = setTimeout(() => child.kill('SIGKILL'), 40_000)
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(force)
  return { code, out, err }
}
const hashIn = (out: string): string | undefined => /^hash ([0-9a-f]{64})$/m.exec(out)?.[1]

const startMs = Date.parse('2013-10-07T09:30:00-04:00')
const trade = (atMs: number, sym: string): string =>
  `{"ev":"T","sym":"${sym}","x":4,"p":10.5,"s":1,"t":${String(startMs + atMs)}}`
const day = (): string =>
  [
    `${String(startMs)} [${trade(0, 'SPY')},${trade(0, 'IBM')}]`,
    `${String(startMs + 1000)} [${trade(1000, 'IBM')}]`,
    `${String(startMs + 60_000)} [${trade(60_000, 'SPY')}]`,
    '',
  ].join('\n')

describe('tickstock record and replay', () => {
  it('record a simulated market, and play it twice with the same hash', async () => {
    const recorded = await run('record', 'sim.frames.gz', '--rate', '2000', '--seconds', '1.5')
    expect(recorded).toMatchObject({ code: 0, err: '' })
    expect(recorded.out).toMatch(/recording {2}sim\.frames\.gz/)
    expect(recorded.out).toMatch(
      /frames written, 0 waiting, 0 dropped, .* packed, 0 losses\nper_second live [\d,]+, per_minute/,
    )
    expect(recorded.out).toContain('ledger: balanced')

    const [first, second] = [
      await run('replay', 'sim.frames.gz', '--speed', 'max'),
      await run('replay', 'sim.frames.gz', '--speed', '20'),
    ]
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(hashIn(first.out)).toMatch(/^[0-9a-f]{64}$/)
    expect(hashIn(second.out)).toBe(hashIn(first.out))
    expect(first.out).toMatch(/^per_second +T +[\d,]+ +[0-9a-f]{64}$/m)
    expect(first.out).toContain('ledger balanced')
  })

  it('record what the simulator plays of a file, to its end, and go on in the next part', async () => {
    await writeFile(join(folder, 'day.frames'), day())
    const recorded = await run('record', 'copy.frames.gz', '--frames', 'day.frames', '--speed', 'max')
    const again = await run('record', 'copy.frames.gz', '--frames', 'day.frames', '--speed', 'max')
    expect([recorded.code, again.code]).toEqual([0, 0])
    expect(again.out).toContain('copy-2.frames.gz')
    expect((await readdir(folder)).filter((name) => name.startsWith('copy'))).toEqual([
      'copy-2.frames.gz',
      'copy.frames.gz',
    ])
    const lines = gunzipSync(await readFile(join(folder, 'copy-2.frames.gz'))).toString()
    expect(lines).toContain(`[${trade(0, 'SPY')},${trade(0, 'IBM')}]\n`)

    const [original, part] = [
      await run('replay', 'day.frames', '--speed', 'max'),
      await run('replay', 'copy-2.frames.gz', '--speed', 'max'),
    ]
    expect(hashIn(part.out)).toBe(hashIn(original.out))
    expect(original.out).toContain(
      '2013-10-07 09:30:00.000 to 2013-10-07 09:31:00.000 in New York\n3 frames, 0 losses, 4 events in',
    )
  })

  it('replay a part by time and ticker', async () => {
    await writeFile(join(folder, 'day.frames.gz'), gzipSync(day()))
    const { code, out } = await run(
      'replay',
      'day.frames.gz',
      '--speed',
      'max',
      '--from',
      '09:30:01',
      '--to',
      '2013-10-07T13:31:00Z',
      '--symbols',
      'IBM',
    )

    expect({ code, line: out.split('\n')[1] }).toMatchObject({
      code: 0,
      line: expect.stringMatching(/^1 frames, 0 losses, 1 events/) as string,
    })
  })

  it.each([
    [
      'no file',
      ['replay', 'missing.gz'],
      /^tickstock: frames file missing\.gz: expected a readable file, found ENOENT/,
    ],
    [
      'no gzip',
      ['replay', 'bad.gz'],
      /^tickstock: frames file bad\.gz, line 1: expected <arrival time, Unix ms> <frame/,
    ],
    [
      'cut off',
      ['replay', 'cut.gz', '--speed', 'max'],
      /^tickstock: frames file cut\.gz, line \d+: expected whole gzip data, found unexpected end of file/,
    ],
    [
      'broken further down',
      ['replay', 'wrong.gz', '--speed', 'max'],
      /^tickstock: frames file wrong\.gz, line 3: expected/,
    ],
    [
      'backwards',
      ['replay', 'good.gz', '--from', '10:00', '--to', '09:30'],
      /^tickstock: --from 10:00 is not before --to 09:30\n$/,
    ],
    [
      'nothing there',
      ['replay', 'good.gz', '--from', '12:00', '--speed', 'max'],
      /^tickstock: good\.gz: there is nothing from 12:00; it begins at 2013-10-07 09:30:00\.000 in New York\n$/,
    ],
    ['no time', ['replay', 'good.gz', '--from', 'noon'], /^tickstock: --from noon: expected a time of day in New York/],
    [
      'two sources',
      ['record', 'x.gz', '--url', 'ws://a', '--frames', 'b'],
      /^tickstock: --url and --frames say two sources; one recording has one\n$/,
    ],
    ['no address', ['record', 'x.gz', '--url', 'http://a'], /^tickstock: --url is no websocket address/],
    [
      'no folder',
      ['record', 'no/folder/x.gz', '--rate', '10'],
      /^tickstock: recording no\/folder\/x\.gz cannot be written \(ENOENT\)/,
    ],
    ['no FILE', ['record'], /^tickstock: FILE is missing: tickstock record FILE \[options\]\n$/],
  ])('refuse with 2 and one line: %s', async (_, args, message) => {
    const lines = Array.from(
      { length: 3000 },
      (_line, n) => `${String(startMs + n)} [${trade(n * 7919, `S${String(n)}`)}]\n`,
    ).join('')
    await writeFile(join(folder, 'good.gz'), gzipSync(day()))
    await writeFile(join(folder, 'bad.gz'), 'PK this is no gzip\n')
    await writeFile(join(folder, 'cut.gz'), gzipSync(lines).subarray(0, -300))
    await writeFile(join(folder, 'wrong.gz'), gzipSync(`${day().split('\n').slice(0, 2).join('\n')}\nwhat is this\n`))

    const { code, out, err } = await run(...args)
    expect({ code, out: out.replace(/^tickstock \d.*$/m, '').trim() }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err.trimEnd()).not.toContain('\n')
  })
})

describe('a moment', () => {
  const read = (typed: string) => {
    const answer = moment({ help: '' }).read(typed)
    return 'value' in answer && answer.value !== undefined ? newYorkText(momentMs(answer.value, startMs)) : undefined
  }

  it.each([
    ['09:30', '2013-10-07 09:30:00.000'],
    ['9:30:01.5', '2013-10-07 09:30:01.500'],
    ['00:00', '2013-10-07 00:00:00.000'],
    ['24:00', '2013-10-08 00:00:00.000'],
    ['2013-10-07T13:30:00Z', '2013-10-07 09:30:00.000'],
    ['2013-10-07T09:30:00.125-04:00', '2013-10-07 09:30:00.125'],
    ['1381152600000', '2013-10-07 09:30:00.000'],
    ['25:00', undefined],
    ['09:60', undefined],
    ['2013-10-07T09:30:00', undefined],
    ['2013-10-07', undefined],
    ['13', undefined],
    ['', undefined],
  ])('%s is %s', (typed, text) => {
    expect(read(typed)).toBe(text)
  })

  it('of a day on which the clock is changed is right on both sides of it', () => {
    const onMs = Date.parse('2025-11-02T12:00:00-05:00')
    const at = (typed: string): string => {
      const answer = moment({ help: '' }).read(typed)
      return 'value' in answer && answer.value !== undefined ? new Date(momentMs(answer.value, onMs)).toISOString() : ''
    }

    expect([at('00:30'), at('04:00'), at('09:30')]).toEqual([
      '2025-11-02T04:30:00.000Z',
      '2025-11-02T09:00:00.000Z',
      '2025-11-02T14:30:00.000Z',
    ])
  })
})

describe('the bar', () => {
  const io = (terminal?: NodeJS.WriteStream): Io => ({ ...(terminal === undefined ? {} : { terminal }) }) as Io

  it('says how far it is, how fast, and how long it takes', async () => {
    const stream = Object.assign(new PassThrough(), {
      isTTY: true,
      columns: 120,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    })
    let drawn = ''
    stream.on('data', (data: Buffer) => (drawn += data.toString()))
    let done = 50
    const hide = showProgress(io(stream as unknown as NodeJS.WriteStream), 'frames', () => ({
      done,
      total: 100,
      count: 1234,
    }))
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        done = 100
        if (!drawn.includes('100%')) return
        clearInterval(look)
        resolve()
      }, 10)
    })
    hide()

    expect(drawn).toMatch(/ 50% {2}1,234 frames, [\d,]+\/s, .* left/)
  })

  it('is not there where there is no terminal', () => {
    expect(() => {
      showProgress(io(), 'frames', () => {
        throw new Error('nobody looks')
      })()
    }).not.toThrow()
  })
})
