/**
 * Goal: what was recorded is played again as it was: the same events in the same order with the same hash, at any speed, with the same gaps; a
 * part of it by time and by ticker; and a file that is none, or is broken further down, is told with file and line.
 *
 * Method: small files written here and played into an engine; the simulator's market recorded and played; and the first part of a real
 * day, where it is there.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip, gzipSync } from 'node:zlib'

import { map, Subject } from 'rxjs'

import type { Mark } from '../src/frames/mark.ts'
import { lineOfFrame, lineOfMark } from '../src/frames/recordedLine.ts'
import {
  createEngine,
  fairMarketValue,
  type Gap,
  type LaneHash,
  outputHash,
  perMinute,
  perSecond,
  record,
  replay,
  type ReplayOptions,
  simulated,
} from '../src/index.ts'
import { closing } from './simulatorClient.ts'

jest.setTimeout(120_000)
const open = closing()
afterEach(() => open.all())
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickstock-replay-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
const fileOf = async (lines: readonly Buffer[], name = `${String((files += 1))}.frames.gz`): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, gzipSync(Buffer.concat(lines)))
  return path
}

const startMs = 1_700_000_000_000
const frame = (atMs: number, text: string, link = 1): Buffer =>
  Buffer.concat(lineOfFrame(startMs + atMs, link, Buffer.from(text)))
const mark = (atMs: number, one: Mark): Buffer => lineOfMark(startMs + atMs, one)
const head = (part = 1): Buffer => mark(0, { kind: 'recording', version: 1, part, startedMs: startMs })
const linkMark = (link: number, frequencies: readonly string[], eventTypes: readonly string[]): Buffer =>
  mark(0, { kind: 'link', link, id: `link ${String(link)}`, frequencies, eventTypes })
const lost = (atMs: number, link: number, code = 1006): Buffer =>
  mark(atMs, { kind: 'lost', link, cause: { _tag: 'closed', message: 'a cable', code }, lastHeardMs: startMs })
const trade = (q: number, sym = 'SPY'): string =>
  `{"ev":"T","sym":"${sym}","x":4,"p":10.5,"s":1,"t":${String(startMs + q)},"q":${String(q)}}`
const fmv = (n: number): string => `{"ev":"FMV","fmv":${String(n)},"sym":"SPY","t":${String(startMs)}}`
const trades = (...qs: readonly number[]): string => `[${qs.map((q) => trade(q)).join(',')}]`

interface Played {
  readonly hash: string
  readonly lanes: readonly LaneHash[]
  readonly wires: Readonly<Record<string, readonly string[]>>
  readonly gaps: readonly string[]
  readonly links: readonly string[]
  readonly rejected: number
}

const all = () => [perSecond({ channels: ['T', 'A', 'Q'] }), perMinute(), fairMarketValue()] as const

const play = async (file: string, options: Partial<ReplayOptions> = {}): Promise<Played> => {
  const provider = replay({ file, speed: 'max', ...options })
  const engine = createEngine({ provider, frequencies: all() })
  open.add(engine)
  const hash = outputHash(engine)
  const wires: Record<string, string[]> = {}
  const gaps: string[] = []
  for (const { name, batch$, gap$ } of engine.frequencies) {
    batch$.subscribe((batch) => {
      const own = (wires[`${name}/${batch.eventType}`] ??= [])
      for (let i = 0; i < batch.length; i += 1) own.push(batch.wire(i).toString())
    })
    gap$.subscribe((gap) => gaps.push(placeOf(gap)))
  }
  await engine.start()
  await provider.ended
  const links = engine.health().links.map(({ frequencies }) => frequencies.join('+'))
  await engine.close()
  engine.ledger().assertBalanced()
  const rejected = engine.health().links.reduce((sum, link) => sum + link.rejected, 0)
  return { hash: hash.sha256(), lanes: hash.lanes(), wires, gaps, links, rejected }
}

const placeOf = ({ frequency, positions, toMs, cause }: Gap): string => {
  const places = positions.map(({ eventType, afterOffset }) => `${eventType}>${String(afterOffset)}`)
  return `${toMs === undefined ? 'opened' : 'closed'} ${frequency} ${places.join(' ')} ${cause.message.replace(/^.*as recorded: /, '')}`
}

describe('a replay', () => {
  it('gives the same hash each time, whatever the speed, and the hash is that of the bytes', async () => {
    const lines = Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0 ? frame(n, `[${fmv(n + 1)}]`) : frame(n, trades(2 * n, 2 * n + 1)),
    )
    const file = await fileOf(lines)
    const plain = join(folder, 'plain.frames')
    await writeFile(plain, Buffer.concat(lines))

    const runs = [await play(file), await play(file), await play(file, { speed: 10 }), await play(plain)]
    const [first] = runs
    expect(new Set(runs.map(({ hash }) => hash)).size).toBe(1)
    const text = first!.wires['per_second/T']!.map((wire) => `${wire}\n`).join('')
    expect(
      first!.lanes.map(({ frequency, eventType, events }) => `${frequency}/${eventType} ${String(events)}`),
    ).toEqual(['fair_market_value/FMV 100', 'per_second/T 400'])
    expect(first!.lanes[1]!.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect((await play(await fileOf(lines.slice(1)))).hash).not.toBe(first!.hash)
  })

  it('leaves recorded statuses out, cuts them from frames that hold events too, and keeps what cannot be read', async () => {
    const status = '{"ev":"status","status":"max_connections","message":"over"}'
    const file = await fileOf([
      head(),
      frame(1, '[{"ev":"status","status":"connected","message":"Connected Successfully"}]'),
      frame(2, `[${trade(1)}, ${status},${trade(2)}]`),
      frame(3, '[{"ev":"T","sy\nm'),
      frame(4, trades(3)),
    ])
    const { wires, gaps, rejected } = await play(file)

    expect(wires['per_second/T']).toEqual([trade(1), trade(2), trade(3)])
    expect(gaps).toEqual([])
    expect(rejected).toBe(1)
  })

  it('plays a part of it by time and by ticker', async () => {
    const file = await fileOf([
      frame(0, trades(0)),
      frame(10, `[${trade(1)},${trade(2, 'IBM')}]`),
      frame(19, `[${trade(3, 'IBM')}]`),
      frame(20, trades(4)),
    ])
    const some = (options: Partial<ReplayOptions>) =>
      play(file, options).then(({ wires }) => wires['per_second/T'] ?? [])

    expect(await some({ fromMs: startMs + 10, toMs: startMs + 20 })).toEqual([
      trade(1),
      trade(2, 'IBM'),
      trade(3, 'IBM'),
    ])
    expect(await some({ symbols: ['IBM'] })).toEqual([trade(2, 'IBM'), trade(3, 'IBM')])
    expect(await some({ toMs: startMs + 1, symbols: ['SPY'] })).toEqual([trade(0)])
    expect(await some({ fromMs: startMs + 1000 })).toEqual([])
  })

  it('shares links as they were shared, and a loss reaches whom it reached', async () => {
    const file = await fileOf([
      head(),
      linkMark(1, ['per_second', 'per_minute'], ['T', 'AM']),
      linkMark(2, ['fair_market_value'], ['FMV']),
      frame(1, trades(1, 2)),
      frame(2, `[${fmv(1)}]`, 2),
      lost(3, 2),
      frame(4, trades(3)),
      frame(5, `[${fmv(2)}]`, 2),
      lost(6, 1, 1009),
      frame(7, trades(4)),
      mark(8, { kind: 'end', frames: 5, continues: false }),
    ])
    const { wires, gaps, links } = await play(file)

    expect(links).toEqual(['per_second+per_minute', 'fair_market_value'])
    expect(wires['per_second/T']).toEqual([1, 2, 3, 4].map((q) => trade(q)))
    expect(wires['fair_market_value/FMV']).toEqual([fmv(1), fmv(2)])
    expect([...gaps].sort()).toEqual([
      'closed fair_market_value FMV>0 a cable',
      'closed per_minute AM>-1 a cable',
      'closed per_second T>2 A>-1 Q>-1 a cable',
      'opened fair_market_value FMV>0 a cable',
      'opened per_minute AM>-1 a cable',
      'opened per_second T>2 A>-1 Q>-1 a cable',
    ])
  })

  it('follows a frequency that another link carried later, in the place that it has', async () => {
    const file = await fileOf([
      head(),
      linkMark(1, ['per_second'], ['T']),
      linkMark(2, ['fair_market_value'], ['FMV']),
      frame(1, trades(1)),
      frame(2, `[${fmv(1)}]`, 2),
      linkMark(1, ['per_second', 'fair_market_value'], ['T', 'FMV']),
      frame(3, `[${fmv(2)}]`),
      linkMark(3, ['per_second'], ['T']),
      frame(4, trades(2), 3),
    ])
    const { wires, links } = await play(file)

    expect(links).toEqual(['per_second+per_minute', 'fair_market_value'])
    expect(wires).toEqual({ 'per_second/T': [trade(1), trade(2)], 'fair_market_value/FMV': [fmv(1), fmv(2)] })
  })

  it('has a gap where the recording has a hole of its own', async () => {
    const first = await fileOf(
      [
        head(1),
        frame(1, trades(1)),
        mark(2, { kind: 'dropped', link: 1, frames: 7, bytes: 700 }),
        frame(3, trades(2)),
        mark(3, { kind: 'end', frames: 2, continues: true }),
      ],
      'hole.frames.gz',
    )
    // The second part goes on at once; the third was begun by another run.
    await fileOf([head(2), frame(4, trades(3))], 'hole-2.frames.gz')
    await fileOf([head(3), frame(5, trades(4))], 'hole-3.frames.gz')
    const { wires, gaps } = await play(first)

    expect(wires['per_second/T']).toEqual([1, 2, 3, 4].map((q) => trade(q)))
    expect(gaps.filter((gap) => gap.startsWith('opened per_second'))).toEqual([
      'opened per_second T>0 A>-1 Q>-1 the recorder did not keep up: 7 frames are missing from the recording',
      'opened per_second T>2 A>-1 Q>-1 the recorder was not running: it began again here',
    ])
  })

  it('loses nothing at max for readers that are slow, by pausing', async () => {
    const file = await fileOf(Array.from({ length: 2000 }, (_, n) => frame(n, trades(3 * n, 3 * n + 1, 3 * n + 2))))
    const provider = replay({ file, speed: 'max' })
    const engine = createEngine({
      provider,
      inboxBytes: 10_000,
      frequencies: [perSecond({ whenFull: 'block', limit: 50 })],
    })
    open.add(engine)
    const reader = engine.frequency('per_second').lane('T').reader('slow')
    await engine.start()
    const got: (number | undefined)[] = []
    let isAhead = false
    const reading = reader.each(async (batch) => {
      await new Promise((resolve) => setImmediate(resolve))
      for (const { sequence } of batch) got.push(sequence)
      // The recording waits for the reader, not the other way round.
      isAhead ||= got.length < 100 && provider.progress().frames === 2000
    })
    await provider.ended
    await engine.close({ drainMs: 60_000 })
    await reading

    expect(got).toEqual(Array.from({ length: 6000 }, (_, n) => n))
    expect(isAhead).toBe(false)
    expect(engine.health().links[0]!.pausedMs).toBeGreaterThan(0)
    engine.ledger().assertBalanced()
  })

  it('tells how far it is, and that it was left before its end', async () => {
    const file = await fileOf([frame(0, trades(1)), frame(3_600_000, trades(2))])
    const provider = replay({ file, speed: 1 })
    const engine = createEngine({ provider, frequencies: [perSecond()] })
    const seen$ = new Subject<void>()
    const first = new Promise<void>((resolve) => seen$.subscribe(resolve))
    engine
      .frequency('per_second')
      .batch$.pipe(map(() => undefined))
      .subscribe(seen$)
    await engine.start()
    await first
    const { fileBytes, fileBytesTotal, frames } = provider.progress()
    await engine.close()

    expect({ frames, isAll: fileBytes === fileBytesTotal, isSome: fileBytes > 0 }).toEqual({
      frames: 1,
      isAll: true,
      isSome: true,
    })
    expect(await provider.ended).toEqual({
      isComplete: false,
      frames: 1,
      bytes: trades(1).length,
      losses: 0,
      firstMs: startMs,
      lastMs: startMs,
    })
  })
})

describe('a replay that cannot be', () => {
  it.each<[string, ReplayOptions, string]>([
    ['no file', { file: '' }, 'replay needs a file'],
    ['a speed of nothing', { file: 'x', speed: 0 }, 'speed is a number above 0, or "max", not 0'],
    ['an end before its beginning', { file: 'x', fromMs: 2, toMs: 1 }, 'fromMs has to be before toMs'],
    ['a time that is none', { file: 'x', fromMs: NaN }, 'fromMs is Unix milliseconds, not NaN'],
    ['no ticker at all', { file: 'x', symbols: [] }, 'symbols is an empty list'],
  ])('is a RangeError: %s', (_, options, message) => {
    expect(() => replay(options)).toThrow(RangeError)
    expect(() => replay(options)).toThrow(message)
  })

  it('is said when it is made where the file is none', async () => {
    const text = join(folder, 'text.frames.gz')
    await writeFile(text, 'hello\nworld\n')

    expect(() => replay({ file: join(folder, 'missing.gz') })).toThrow(
      /missing\.gz: expected a readable file, found ENOENT/,
    )
    expect(() => replay({ file: text })).toThrow(/text\.frames\.gz, line 1: expected <arrival time, Unix ms> <frame/)
  })

  it('is said by `ended` and by the link where it is broken further down; what stands before is played', async () => {
    const file = await fileOf([
      frame(0, trades(1)),
      frame(1, trades(2)),
      Buffer.from('what is this\n'),
      frame(3, trades(3)),
    ])
    const provider = replay({ file, speed: 'max' })
    const engine = createEngine({ provider, frequencies: [perSecond()] })
    open.add(engine)
    const hash = outputHash(engine)
    await engine.start()

    await expect(provider.ended).rejects.toMatchObject({ _tag: 'FramesFileError', path: file, line: 3 })
    await engine.close()
    expect(hash.lanes()).toMatchObject([{ events: 2 }])
    engine.ledger().assertBalanced()
  })
})

describe('recorded and played', () => {
  it('the simulated market: the same hash as when it was live', async () => {
    const file = join(folder, 'market.frames.gz')
    const engine = createEngine({
      provider: simulated({ seed: 9, rate: 5000, speed: 20 }),
      frequencies: all(),
      links: 'dedicated',
    })
    record(engine, { file })
    const hash = outputHash(engine)
    const reader = engine.frequency('per_second').lane('T').reader('enough')
    await engine.start()
    let seen = 0
    for await (const batch of reader) if ((seen += batch.length) > 20_000) break
    reader.close()
    await engine.close()

    const played = await play(file)
    expect(played.hash).toBe(hash.sha256())
    expect(played.lanes).toEqual(hash.lanes())
  })

  const day = join(__dirname, '../../shared/data/us-equities-2013-10-07.frames.gz')
  const unless = existsSync(day) ? '' : ' (skipped: the recorded day is not beside the repository)'
  const whenThere = existsSync(day) ? it : it.skip

  const playDay = async (): Promise<void> => {
    // The file's own lines, and what is in them, found without our reader.
    const lines: string[] = []
    const expected = new Map<string, { events: number; readonly hash: ReturnType<typeof createHash> }>()
    for await (const line of createInterface({ input: createReadStream(day).pipe(createGunzip()) })) {
      if (lines.length === 20_000) break
      lines.push(line)
      // No frame of the file mixes types, and its elements have no braces inside.
      const text = line.slice(line.indexOf(' ') + 1)
      const type = /^\[\{"ev":"(\w+)"/.exec(text)?.[1] ?? ''
      const own = expected.get(type) ?? { events: 0, hash: createHash('sha256') }
      expected.set(type, own)
      const elements = text.slice(1, -1).replaceAll('},{', '}\n{')
      own.events += elements.split('\n').length
      own.hash.update(`${elements}\n`)
    }
    const first = join(folder, 'first.frames')
    await writeFile(first, `${lines.join('\n')}\n`)

    const file = join(folder, 'day.frames.gz')
    const provider = simulated({ frames: first, speed: 'max' })
    const engine = createEngine({ provider, frequencies: all() })
    record(engine, { file })
    const live = outputHash(engine)
    const total = [...expected.values()].reduce((sum, { events }) => sum + events, 0)
    const arrived = new Promise<void>((resolve) => {
      let seen = 0
      for (const { batch$ } of engine.frequencies) {
        batch$.subscribe(({ length }) => {
          if ((seen += length) === total) resolve()
        })
      }
    })
    await engine.start()
    await arrived
    await engine.close()

    const runs = [await play(file), await play(file), await play(file)]
    for (const { hash, lanes, gaps, rejected } of runs) {
      expect({ hash, gaps, rejected }).toEqual({ hash: live.sha256(), gaps: [], rejected: 0 })
      expect(Object.fromEntries(lanes.map(({ eventType, events, sha256 }) => [eventType, { events, sha256 }]))).toEqual(
        Object.fromEntries(
          [...expected].map(([type, { events, hash: own }]) => [type, { events, sha256: own.copy().digest('hex') }]),
        ),
      )
    }
  }

  whenThere(`the first part of a real day: the events of the file, three times with the same hash${unless}`, playDay)
})
