/**
 * Goal: what a recorder writes down is what a reader gets, whatever the bytes of a frame are, over several parts and with an end that was
 * cut off; and what is no such file is told with file and line.
 *
 * Method: lines written and read again by property, small files, and one cut at each of its bytes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { fc, test } from '@fast-check/jest'

import type { Mark } from '../src/frames/mark.ts'
import { nextPartPath, partPath, partsOf } from '../src/frames/parts.ts'
import { readLines, readMeter } from '../src/frames/readLines.ts'
import { lineOfFrame, lineOfMark, type RecordedLine, recordedLineOf } from '../src/frames/recordedLine.ts'
import { recordingHeadOf } from '../src/frames/recordingHead.ts'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickstock-lines-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const fileOf = async (content: string | Buffer, name = `${String((files += 1))}.frames`): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}
const allOf = async (path: string): Promise<readonly RecordedLine[]> => {
  const all: RecordedLine[] = []
  for await (const lines of readLines(path)) all.push(...lines)
  return all
}
const textsOf = (lines: readonly RecordedLine[]): readonly string[] =>
  lines.map((line) => (line.kind === 'frame' ? `${String(line.link)} ${line.bytes.toString()}` : line.mark.kind))

const head = (part: number): Buffer => lineOfMark(1, { kind: 'recording', version: 1, part, startedMs: 1 })
const frame = (n: number, link = 1): Buffer => Buffer.concat(lineOfFrame(n, link, Buffer.from(`[{"n":${String(n)}}]`)))

describe('a line', () => {
  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(`[${text}`)),
    fc.json().map((text) => Buffer.from(`[${text}]`)),
    fc.constantFrom('', '[\n]', '[]', ' []', '{"kind":"end"}', '1 []').map((text) => Buffer.from(text)),
  )

  test.prop([fc.nat(9_999_999_999_999), fc.integer({ min: 1, max: 999 }), anyFrame])(
    'of any bytes is one line, and they come back as they were',
    (atMs, link, bytes) => {
      const line = Buffer.concat(lineOfFrame(atMs, link, bytes))

      expect(line.indexOf(0x0a)).toBe(line.length - 1)
      expect(recordedLineOf('f', 7, line.subarray(0, -1))).toEqual({ kind: 'frame', line: 7, atMs, link, bytes })
    },
  )

  const marks: readonly Mark[] = [
    { kind: 'recording', version: 1, part: 2, startedMs: 5 },
    { kind: 'link', link: 2, id: 'socket.massive.com/stocks', frequencies: ['per_second'], eventTypes: ['T'] },
    { kind: 'lost', link: 1, cause: { _tag: 'closed', message: 'gone', code: 1006 }, lastHeardMs: 4 },
    { kind: 'dropped', link: 1, frames: 3, bytes: 300 },
    { kind: 'end', frames: 9, continues: true },
  ]

  it.each(marks)('of the mark $kind comes back as it was', (mark) => {
    expect(recordedLineOf('f', 1, lineOfMark(12, mark).subarray(0, -1))).toEqual({
      kind: 'mark',
      line: 1,
      atMs: 12,
      mark,
    })
  })

  it('of a mark that a later version may bring is passed over', () => {
    expect(recordedLineOf('f', 1, Buffer.from('12 {"kind":"weather"}'))).toBeUndefined()
  })

  it.each([
    ['', 'found an empty line'],
    ['12', 'found "12"'],
    ['12 ', 'found a frame that is not a JSON array of objects: an empty line'],
    ['12 2 {"kind":"end","frames":1,"continues":false}', 'not a JSON array of objects'],
    ['12 0 []', 'not a JSON array of objects'],
    ['1234567890123456 []', 'found "1234567890123456 []"'],
    ['12 {"kind":7}', 'a mark without its kind'],
    ['12 {"kind":"recording","version":2,"part":1,"startedMs":1}', 'a mark "recording" with 2 version'],
    ['12 {"kind":"link","link":1,"id":"a","frequencies":[1],"eventTypes":[]}', 'a mark "link" with [1] frequencies'],
    ['12 {"kind":"lost","link":1,"lastHeardMs":1}', 'a mark "lost" with no cause'],
  ])('%s is refused with file and line', (text, message) => {
    expect(() => recordedLineOf('day.frames', 3, Buffer.from(text))).toThrow(message)
    expect(() => recordedLineOf('day.frames', 3, Buffer.from(text))).toThrow('frames file day.frames, line 3: expected')
  })
})

describe('the parts of a recording', () => {
  it.each([
    ['today.frames.gz', 'today-2.frames.gz'],
    ['a/b.c/today.gz', 'a/b.c/today-2.gz'],
    ['today', 'today-2'],
    ['2026.11.28', '2026.11.28-2'],
    ['.frames', '.frames-2'],
  ])('of %s: the second is %s', (path, second) => {
    expect(partPath(path, 2)).toBe(second)
  })

  it('are read one after the other, and begin with the one that is named', async () => {
    const first = await fileOf(gzipSync(Buffer.concat([head(1), frame(1)])), 'day.frames.gz')
    const second = await fileOf(gzipSync(Buffer.concat([head(2), frame(2, 2)])), 'day-2.frames.gz')
    await fileOf(gzipSync(Buffer.concat([head(3), frame(3)])), 'day-3.frames.gz')
    await fileOf(frame(5), 'day-5.frames.gz')
    await fileOf(frame(6), 'day-x.frames.gz')

    expect(textsOf(await allOf(first))).toEqual([
      'recording',
      '1 [{"n":1}]',
      'recording',
      '2 [{"n":2}]',
      'recording',
      '1 [{"n":3}]',
    ])
    expect(textsOf(await allOf(second))).toEqual(['recording', '2 [{"n":2}]', 'recording', '1 [{"n":3}]'])
    expect(nextPartPath(first, 1)).toBe(second)
    expect(partsOf(first).map(({ part }) => part)).toEqual([1, 2, 3, 5])
  })

  it('are told where the oldest was deleted', async () => {
    await fileOf(gzipSync(Buffer.concat([head(4), frame(1)])), 'ring-4.frames.gz')

    expect(() => recordingHeadOf(join(folder, 'ring.frames.gz'))).toThrow(
      /ring\.frames\.gz: expected a readable file, found ENOENT.*; the oldest part there is ring-4\.frames\.gz/,
    )
  })

  it('do not follow a file that no recorder wrote', async () => {
    const first = await fileOf(frame(1), 'plain.frames')
    await fileOf(frame(2), 'plain-2.frames')

    expect(textsOf(await allOf(first))).toEqual(['1 [{"n":1}]'])
  })
})

describe('an end that was cut off', () => {
  it('costs a recording no whole line, wherever the cut is', async () => {
    const members = [Buffer.concat([head(1), frame(1)]), frame(2), Buffer.concat([frame(3), frame(4)])]
    const packed = members.map((member) => gzipSync(member))
    const whole = Buffer.concat(packed)
    const [first = 0, second = 0] = packed.map(({ length }) => length)

    for (let cut = first; cut <= whole.length; cut += 1) {
      const texts = textsOf(await allOf(await fileOf(whole.subarray(0, cut), 'cut.frames.gz')))
      const least = cut === whole.length ? 4 : cut >= first + second ? 2 : 1

      // Of the member that is cut, as much as can be read.
      expect(texts.length).toBeGreaterThanOrEqual(least + 1)
      expect(texts).toEqual(
        ['recording', '1 [{"n":1}]', '1 [{"n":2}]', '1 [{"n":3}]', '1 [{"n":4}]'].slice(0, texts.length),
      )
    }
  })

  it('is no mistake where a plain recording ends in the middle of a line', async () => {
    const path = await fileOf(Buffer.concat([head(1), frame(1), frame(2).subarray(0, 9)]))

    expect(textsOf(await allOf(path))).toEqual(['recording', '1 [{"n":1}]'])
  })

  it('is a mistake in any other file, with its line; what came before is given', async () => {
    const text = Array.from({ length: 3000 }, (_, n) =>
      frame(n)
        .toString()
        .replace('}', `,"x":${String(Math.sin(n))}}`),
    )
    const whole = gzipSync(text.join(''))
    const path = await fileOf(whole.subarray(0, whole.length - 500))
    const given: RecordedLine[] = []

    const reading = (async () => {
      for await (const lines of readLines(path)) given.push(...lines)
    })()

    await expect(reading).rejects.toThrow(/line \d{4}: expected whole gzip data, found unexpected end of file/)
    expect(given.length).toBeGreaterThan(2000)
    expect(given.map(({ line }) => line)).toEqual(given.map((_, i) => i + 1))
  })

  it('gives what stands before a wrong line', async () => {
    const path = await fileOf(`${frame(1).toString()}nonsense\n`)
    const given: RecordedLine[] = []

    const reading = (async () => {
      for await (const lines of readLines(path)) given.push(...lines)
    })()

    await expect(reading).rejects.toMatchObject({ _tag: 'FramesFileError', path, line: 2 })
    expect(textsOf(given)).toEqual(['1 [{"n":1}]'])
  })
})

describe('the head', () => {
  it('knows the part, its links, and the time of the first line', async () => {
    const link: Mark = { kind: 'link', link: 2, id: 'a', frequencies: ['per_second'], eventTypes: ['T'] }
    const path = await fileOf(gzipSync(Buffer.concat([head(3), lineOfMark(2, link), frame(3)])))

    expect(recordingHeadOf(path)).toEqual({ isGzip: true, part: 3, links: [link], firstMs: 1 })
  })

  it('is found behind any number of marks, and in front of a very long frame', async () => {
    const marks = Array.from({ length: 4000 }, (_, n) =>
      lineOfMark(2, { kind: 'dropped', link: 1, frames: n, bytes: n * 7919 }),
    )
    const path = await fileOf(
      Buffer.concat([head(1), ...marks, Buffer.from(`9 [{"x":"${'y'.repeat(100_000)}"}]`), frame(3)]),
    )

    expect(recordingHeadOf(path)).toMatchObject({ isGzip: false, part: 1, firstMs: 1 })
  })

  it.each([
    ['an empty file', '', 'expected at least one line, found an empty file'],
    ['not gzip at all', Buffer.from('PK\u0003\u0004 something zipped'), 'line 1: expected <arrival time'],
    ['gzip of something else', gzipSync('hello\n'), 'line 1: expected <arrival time'],
  ])('refuses %s', async (_, content, message) => {
    const path = await fileOf(content)

    expect(() => recordingHeadOf(path)).toThrow(message)
  })
})

it('the meter tells how much of all parts has been read', async () => {
  const path = await fileOf(Buffer.concat([head(1), frame(1)]), 'metered.frames')
  await fileOf(Buffer.concat([head(2), frame(2)]), 'metered-2.frames')
  const meter = readMeter(path)
  const seen: string[] = []
  for await (const lines of readLines(path, meter)) {
    seen.push(`${String(lines.length)} lines, ${String(meter.bytes)} of ${String(meter.bytesTotal)}`)
  }

  const size = head(1).length + frame(1).length
  expect(seen).toEqual([
    `2 lines, ${String(size)} of ${String(2 * size)}`,
    `2 lines, ${String(2 * size)} of ${String(2 * size)}`,
  ])
})
