/**
 * Goal: what arrives is in the file, in order, whatever happens to the process or the disk; where it is not, the file and the figures say so,
 * and the engine has lost nothing.
 *
 * Method: a simulated market recorded into real files and read again; a recorder in a process of its own that is killed; and a disk that
 * fails when it is told to.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { mergeMap } from 'rxjs'

import { createFramesWriter, type FramesWriter, type FramesWriterOptions } from '../src/frames/framesWriter.ts'
import type { OpenPart } from '../src/frames/partFile.ts'
import { readLines } from '../src/frames/readLines.ts'
import type { RecordedLine } from '../src/frames/recordedLine.ts'
import { createEngine, type Logger, perMinute, perSecond, record, simulated } from '../src/index.ts'
import type { Told } from './recordingProcess.ts'
import { closing } from './simulatorClient.ts'

jest.setTimeout(60_000)
const open = closing()
afterEach(() => open.all())
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickstock-record-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const allOf = async (path: string): Promise<readonly RecordedLine[]> => {
  const all: RecordedLine[] = []
  for await (const lines of readLines(path)) all.push(...lines)
  return all
}
const framesOf = (lines: readonly RecordedLine[]): readonly string[] =>
  lines.flatMap((line) => (line.kind === 'frame' ? [`${String(line.atMs)} ${line.bytes.toString()}`] : []))
const marksOf = (lines: readonly RecordedLine[]) => lines.flatMap((line) => (line.kind === 'mark' ? [line.mark] : []))
const noSpace = (): Error => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })

describe('a recording', () => {
  it('has every frame that arrived, statuses too, with its time, and ends with the engine', async () => {
    const file = join(folder, 'today.frames.gz')
    const engine = createEngine({
      provider: simulated({ seed: 3, rate: 2000 }),
      frequencies: [perSecond(), perMinute()],
    })
    const arrived: string[] = []
    engine.link$.pipe(mergeMap(({ arrival$ }) => arrival$)).subscribe((arrival) => {
      if (arrival.kind === 'frame')
        arrived.push(`${String(arrival.frame.receivedMs)} ${arrival.frame.bytes.toString()}`)
    })
    const recording = record(engine, { file })
    const reader = engine.frequency('per_second').lane('T').reader('enough')
    await engine.start()
    let seen = 0
    for await (const batch of reader) if ((seen += batch.length) > 500) break
    const { parts } = engine.health()
    reader.close()
    await engine.close()

    const lines = await allOf(file)
    expect(framesOf(lines)).toEqual(arrived)
    expect(arrived[0]).toMatch(/^\d+ \[\{"ev":"status","status":"connected"/)
    expect(marksOf(lines)).toMatchObject([
      { kind: 'recording', version: 1, part: 1 },
      {
        kind: 'link',
        link: 1,
        id: 'simulator/stocks',
        frequencies: ['per_second', 'per_minute'],
        eventTypes: ['T', 'AM'],
      },
      { kind: 'end', frames: arrived.length, continues: false },
    ])
    expect(parts.recording).toMatchObject({ state: 'recording', dropped: 0, path: file })
    expect(recording.figures()).toMatchObject({
      state: 'ended',
      offered: arrived.length,
      written: arrived.length,
      queued: 0,
    })
    expect(engine.ledger().rows).toContainEqual({
      kind: 'recording',
      name: 'recording',
      figures: { offered: arrived.length, written: arrived.length, queued: 0, dropped: 0 },
    })
    engine.ledger().assertBalanced()
  })

  it('marks each loss of a session, of the link it happened to', async () => {
    const file = join(folder, 'lost.frames.gz')
    const provider = simulated({ seed: 3, rate: 500 })
    const engine = createEngine({
      provider,
      links: 'dedicated',
      frequencies: [perSecond(), perMinute()],
      link: { retry: { initialMs: 1, capMs: 5 } },
    })
    record(engine, { file })
    await engine.start()
    const closed = new Promise<void>((resolve) => {
      engine.frequency('per_second').gap$.subscribe(({ toMs }) => {
        if (toMs !== undefined) resolve()
      })
    })
    provider.simulator()!.chaos.kill({ channel: 'T' })
    await closed
    await engine.close()

    const lines = await allOf(file)
    expect(marksOf(lines)).toMatchObject([
      { kind: 'recording' },
      { kind: 'link', link: 1, frequencies: ['per_second'] },
      { kind: 'link', link: 2, frequencies: ['per_minute'] },
      { kind: 'lost', link: 1, cause: { _tag: 'closed', code: 1006 } },
      { kind: 'end' },
    ])
    const at = lines.findIndex((line) => line.kind === 'mark' && line.mark.kind === 'lost')
    const after = lines.slice(at).find((line) => line.kind === 'frame' && line.link === 1)
    // Behind the loss comes the handshake of the next session.
    expect(after?.kind === 'frame' && after.bytes.toString()).toContain('"connected"')
  })

  it('stops when told to, and the engine goes on', async () => {
    const file = join(folder, 'stopped.frames.gz')
    const engine = createEngine({ provider: simulated({ seed: 3 }), frequencies: [perSecond()] })
    open.add(engine)
    const recording = record(engine, { file })
    await engine.start()
    await recording.stop()
    const { written } = recording.figures()

    expect(engine.health().parts).toEqual({})
    expect(engine.frequency('per_second').eventTypes).toEqual(['T'])
    expect(framesOf(await allOf(file))).toHaveLength(written)
    await engine.close()
    engine.ledger().assertBalanced()
  })

  it('never writes over a file: it begins the next free part', async () => {
    const file = join(folder, 'again.frames.gz')
    await writeFile(file, 'somebody else wrote this')
    await writeFile(join(folder, 'again-4.frames.gz'), 'and this')
    const engine = createEngine({ provider: simulated({ seed: 3 }), frequencies: [perSecond()] })
    const recording = record(engine, { file })
    await engine.close()

    expect(recording.path).toBe(join(folder, 'again-5.frames.gz'))
    expect(readFileSync(file, 'utf8')).toBe('somebody else wrote this')
  })

  it('says at once what cannot be', async () => {
    const engine = createEngine({ provider: simulated({ seed: 3 }), frequencies: [perSecond()] })
    const file = join(folder, 'x.frames.gz')

    expect(() => record(engine, { file: '' })).toThrow('record needs a file')
    expect(() => record(engine, { file, flushMs: 0 })).toThrow('flushMs must be above 0 milliseconds, not 0')
    expect(() => record(engine, { file, queueBytesMax: NaN })).toThrow('queueBytesMax must be above 0 bytes, not NaN')
    expect(() => record(engine, { file, partBytesMax: 1000, bytesMax: 1999 })).toThrow('at least two parts')
    expect(() => record(engine, { file: join(folder, 'no', 'such', 'folder.gz') })).toThrow(
      /recording .*folder\.gz cannot be written \(ENOENT\)/,
    )
    expect(engine.health().parts).toEqual({})
    await engine.close()
    expect(() => record(engine, { file })).toThrow('the engine is closed')
    expect(await readdir(folder)).toEqual([])
  })
})

describe('killed in the middle', () => {
  it('leaves a file that reads, with everything up to the last flush, in order', async () => {
    const file = join(folder, 'killed.frames.gz')
    const child = fork(join(__dirname, 'recordingProcess.ts'), [file], { execArgv: ['--import', 'tsx'] })
    open.add({ close: () => void child.kill('SIGKILL') })
    const arrived: string[] = []
    let safeMs = 0
    const exit = once(child, 'exit')
    await new Promise<void>((resolve) => {
      child.on('message', ({ frames, oldestMs }: Told) => {
        arrived.push(...frames)
        if (oldestMs !== null) safeMs = oldestMs
        if (arrived.length > 100 && safeMs > Number(arrived[50]!.split(' ')[0])) resolve()
      })
    })
    child.kill('SIGKILL')
    await exit

    const lines = await allOf(file)
    const frames = framesOf(lines)
    const safe = arrived.filter((frame) => Number(frame.split(' ')[0]) < safeMs)
    expect(safe.length).toBeGreaterThan(50)
    expect(frames.slice(0, safe.length)).toEqual(safe)
    // It may have written more than it had told of.
    expect(arrived.slice(0, frames.length)).toEqual(frames.slice(0, arrived.length))
    expect(marksOf(lines).map(({ kind }) => kind)).toEqual(['recording', 'link'])
    // Other programs read it too.
    expect(() => gunzipSync(readFileSync(file), { finishFlush: 2 })).not.toThrow()
  })
})

describe('the writer', () => {
  const writers: FramesWriter[] = []
  const write = (options: Partial<FramesWriterOptions> = {}): FramesWriter => {
    const writer = createFramesWriter({
      file: join(folder, 'w.frames.gz'),
      partBytesMax: 1e9,
      queueBytesMax: 1e6,
      flushMs: 400,
      sync: true,
      now: () => 5,
      trouble: () => {},
      deleted: () => {},
      ...options,
    })
    writers.push(writer)
    return writer
  }
  const bytesOf = (n: number): Buffer => Buffer.from(`[{"n":${String(n)}}]`)
  /** Files in memory, and a disk that fails while it is told to. */
  const disk = () => {
    const files = new Map<string, Buffer>()
    const state = { isFull: false, writes: 0, waiting: [] as (() => void)[] }
    const open: OpenPart = (path) => {
      files.set(path, Buffer.alloc(0))
      return {
        write: async (bytes, position) => {
          state.writes += 1
          for (const told of state.waiting.splice(0)) told()
          // A part of it, as a disk does that becomes full.
          const taken = state.isFull ? bytes.subarray(0, 7) : bytes
          files.set(path, Buffer.concat([files.get(path)!.subarray(0, position), taken]))
          if (state.isFull) throw noSpace()
        },
        sync: async () => {},
        truncate: async (bytes) => void files.set(path, files.get(path)!.subarray(0, bytes)),
        close: async () => {},
      }
    }
    return { files, state, open, written: () => new Promise<void>((told) => state.waiting.push(told)) }
  }
  const linesIn = (packed: Buffer): readonly string[] => gunzipSync(packed).toString().trimEnd().split('\n')

  it('writes no later than flushMs after a frame has come', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
    try {
      const { open, state, written } = disk()
      const writer = write({ open, flushMs: 400 })
      writer.frame(1, 1, bytesOf(1))
      jest.advanceTimersByTime(399)
      expect(state.writes).toBe(0)
      const first = written()
      jest.advanceTimersByTime(1)
      await first
      expect(state.writes).toBe(1)
      await writer.close()
    } finally {
      jest.useRealTimers()
    }
  })

  it('ends a part that is full, and the parts read as one', async () => {
    const writer = write({ partBytesMax: 100, flushMs: 1 })
    writer.mark(4, { kind: 'link', link: 1, id: 'a', frequencies: [], eventTypes: [] })
    for (let n = 1; n <= 5; n += 1) {
      writer.frame(n, 1, bytesOf(n))
      await until(() => writer.figures().queued === 0)
    }
    await writer.close()

    const lines = await allOf(join(folder, 'w.frames.gz'))
    const files = await readdir(folder)
    expect(files.length).toBeGreaterThan(2)
    expect(framesOf(lines)).toEqual([1, 2, 3, 4, 5].map((n) => `${String(n)} [{"n":${String(n)}}]`))
    const marks = marksOf(lines)
    expect(marks.filter(({ kind }) => kind === 'recording')).toHaveLength(files.length)
    // Each part names its links, and all but the last say that they go on.
    expect(marks.filter(({ kind }) => kind === 'link').length).toBeGreaterThanOrEqual(files.length)
    expect(marks.flatMap((mark) => (mark.kind === 'end' ? [mark.continues] : []))).toEqual(
      files.map((_, i) => i < files.length - 1),
    )
  })

  it('deletes the oldest parts when all together have reached their limit', async () => {
    const deleted: string[] = []
    const writer = write({ partBytesMax: 100, bytesMax: 400, flushMs: 1, deleted: (path) => deleted.push(path) })
    for (let n = 1; n <= 12; n += 1) {
      writer.frame(n, 1, bytesOf(n))
      await until(() => writer.figures().queued === 0)
    }
    await writer.close()

    expect(deleted[0]).toBe(join(folder, 'w.frames.gz'))
    const files = await readdir(folder)
    const { path, fileBytes } = writer.figures()
    expect(files).toContain(path.slice(folder.length + 1))
    expect(files.length).toBeLessThanOrEqual(4)
    expect(fileBytes).toBeGreaterThan(400)
  })

  it('waits for a disk that is full, drops what finds no room, marks it in its place, and goes on', async () => {
    const { files, state, open } = disk()
    const troubles: (string | undefined)[] = []
    const writer = write({ open, flushMs: 1, queueBytesMax: 400, trouble: (error) => troubles.push(error?.code) })
    state.isFull = true
    let taken = 0
    for (let n = 1; n <= 100; n += 1) if (writer.frame(n, 1, bytesOf(n))) taken += 1
    await until(() => troubles.length > 0)

    expect(taken).toBeLessThan(10)
    expect(writer.figures()).toMatchObject({
      offered: 100,
      written: 0,
      queued: taken,
      dropped: 100 - taken,
      oldestMs: 1,
    })
    expect(writer.figures().queuedBytesPeak).toBeLessThanOrEqual(400)

    state.isFull = false
    await until(() => writer.figures().written === taken)
    writer.frame(101, 1, bytesOf(101))
    await writer.close()

    expect(troubles).toEqual(['ENOSPC', undefined])
    expect(writer.figures()).toMatchObject({ offered: 101, written: taken + 1, queued: 0, dropped: 100 - taken })
    const [packed] = [...files.values()]
    const lines = linesIn(packed!)
    expect(lines.filter((line) => line.includes('[{'))).toEqual(
      [...Array.from({ length: taken }, (_, i) => i + 1), 101].map((n) => `${String(n)} [{"n":${String(n)}}]`),
    )
    expect(lines.at(-3)).toMatch(
      new RegExp(`^101 \\{"kind":"dropped","link":1,"frames":${String(100 - taken)},"bytes":\\d+\\}$`),
    )
  })

  it('gives up at the close when the disk is still full, and says how much is missing', async () => {
    const { files, state, open } = disk()
    const writer = write({ open, flushMs: 1 })
    state.isFull = true
    for (let n = 1; n <= 3; n += 1) writer.frame(n, 1, bytesOf(n))
    await until(() => state.writes > 0)

    await expect(writer.close()).rejects.toMatchObject({ _tag: 'RecordingError', code: 'ENOSPC' })
    expect(writer.frame(4, 1, bytesOf(4))).toBe(false)
    expect(writer.figures()).toMatchObject({ offered: 4, written: 0, queued: 0, dropped: 4, queuedBytes: 0 })
    expect([...files.values()].map(({ length }) => length)).toEqual([0])
  })
})

it('what a recording has dropped, the engine has: it says so once, and the ledger balances', async () => {
  const said: string[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (_, message) => said.push(message),
    error: (_, message) => said.push(message),
    child: () => logger,
  }
  const openFull: OpenPart = () => ({
    write: () => Promise.reject(noSpace()),
    sync: async () => {},
    truncate: async () => {},
    close: async () => {},
  })
  const engine = createEngine({ provider: simulated({ seed: 3, rate: 5000 }), frequencies: [perSecond()] })
  open.add(engine)
  const recording = record(engine, {
    file: join(folder, 'full.frames.gz'),
    queueBytesMax: 2000,
    logger,
    open: openFull,
  })
  const reader = engine.frequency('per_second').lane('T').reader('all')
  await engine.start()
  let seen = 0
  let lost = 0
  for await (const batch of reader) {
    lost += batch.lostBefore
    if ((seen += batch.length) > 2000) break
  }
  reader.close()
  await until(() => recording.figures().state === 'failing')
  expect(engine.health().parts.recording).toMatchObject({ state: 'failing', written: 0 })
  await engine.close()

  expect(lost).toBe(0)
  const { offered, dropped, written } = recording.figures()
  expect({ dropped, written }).toEqual({ dropped: offered, written: 0 })
  expect(said).toEqual([
    expect.stringMatching(/does not keep up|cannot be written/),
    expect.stringMatching(/does not keep up|cannot be written/),
  ])
  engine.ledger().assertBalanced()
})

/** Real files and threads: it is looked at until it holds; the test's own limit is the bound. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
