/**
 * Goal: `npm run soak` finds what it is there to find: events that are missing, doubled, changed or in another order, and whatever
 * grows; it says nothing of the kind when all is well.
 *
 * Method: its comparison and its verdict alone, with what they must and must not find; then the whole of it for a few seconds,
 * with its processes, sockets and faults.
 */
import { describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { chain, chained, chainStart } from '../scripts/soak/chain.ts'
import { eventsIn } from '../scripts/soak/events.ts'
import { comparison, type Connection } from '../scripts/soak/identity.ts'
import type { Look } from '../scripts/soak/look.ts'
import { lineOf, textOf } from '../scripts/soak/line.ts'
import { type Report, reportJson, reportLines } from '../scripts/soak/report.ts'
import { faultsOf, type Findings } from '../scripts/soak/verdict.ts'

const passedOn = (number: number, events: string, mayLack = false): Connection => {
  const own = chain()
  for (const event of events) own.add(Buffer.from(event))
  return { number, chain: own, mayLack }
}

const segment = (events: string) => ({
  events: events.length,
  hash: Array.from(events).reduce((hash, event) => chained(hash, Buffer.from(event)), chainStart),
})

const compare = (passed: readonly Connection[], arrived: readonly string[]) => {
  const made = comparison([...passed])
  for (const events of arrived) made.take(segment(events))
  return made.finish()
}

describe('the comparison', () => {
  it.each([
    ['everything', [passedOn(1, 'abc'), passedOn(2, 'de')], ['abc', 'de'], { same: 5, lacking: 0 }],
    [
      'connections without events',
      [passedOn(1, ''), passedOn(2, 'a'), passedOn(3, '')],
      ['', 'a'],
      { same: 1, lacking: 0 },
    ],
    [
      'what was on its way to a reset',
      [passedOn(1, 'abcd', true), passedOn(2, 'e')],
      ['ab', 'e'],
      { same: 3, lacking: 2 },
    ],
    ['a reset of which nothing arrived', [passedOn(1, 'ab', true), passedOn(2, 'c')], ['c'], { same: 1, lacking: 2 }],
  ])('takes %s for right', (_name, passed, arrived, figures) => {
    expect(compare(passed, arrived)).toStrictEqual({ ...figures, wrong: [] })
  })

  const unlike = 'events arrived in a row that no connection passed on like that'
  it.each([
    ['one is missing in the middle', [passedOn(1, 'abcd')], ['abd'], `3 ${unlike}`],
    ['two have changed places', [passedOn(1, 'abcd')], ['acbd'], `4 ${unlike}`],
    ['one came twice', [passedOn(1, 'abcd')], ['abbcd'], `5 ${unlike}`],
    ['one is another', [passedOn(1, 'abcd')], ['abxd'], `4 ${unlike}`],
    ['one came that nobody passed on', [passedOn(1, '')], ['a'], `1 ${unlike}`],
    ['one is missing in the middle, of a reset', [passedOn(1, 'abcd', true)], ['abd'], `3 ${unlike}`],
    ['two connections came as one', [passedOn(1, 'ab'), passedOn(2, 'cd')], ['abcd'], `4 ${unlike}`],
    [
      'the last one is missing',
      [passedOn(1, 'abcd')],
      ['abc'],
      'connection 1 passed on 4 events, of which 1 did not arrive',
    ],
    [
      'a connection is missing',
      [passedOn(1, 'ab'), passedOn(2, 'c')],
      ['c'],
      'connection 1 passed on 2 events, of which 2 did not arrive',
    ],
  ])('says so when %s', (_name, passed, arrived, sentence) => {
    expect(compare(passed, arrived).wrong).toContain(sentence)
  })

  it('knows a connection by its newest events when there were very many', () => {
    const own = chain()
    const event = Buffer.from('e')
    let hash = chainStart
    for (let i = 0; i < 300_000; i += 1) {
      own.add(event)
      hash = chained(hash, event)
    }

    expect(own.at(300_000)).toBe(hash)
    expect(own.at(1)).toBeUndefined()
    expect(own.at(300_001)).toBeUndefined()
  })
})

describe('what passes by on a socket', () => {
  const frame = (payload: string): Buffer => {
    const length = Buffer.byteLength(payload)
    const header = length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, length >> 8, length & 0xff])
    return Buffer.concat([header, Buffer.from(payload)])
  }
  const status = '{"ev":"status","status":"connected","message":"Connected Successfully"}'
  const [a, b, c] = ['{"ev":"T","sym":"A","c":[1,2]}', `{"ev":"T","sym":"${'B'.repeat(150)}"}`, '{"ev":"T","sym":"C"}']
  const pong = Buffer.from([0x8a, 2, 0x7b, 0x7d])
  const bytes = Buffer.concat([
    Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
    ...[frame(`[${status}]`), frame(`[${status},${a},${b}]`), pong, frame(`[${c}]`), frame(`[${a}]`).subarray(0, -1)],
  ])

  it.each([1, 2, 7, 100, 10_000])(
    'is the same events in chunks of %i bytes, without statuses and what is not whole',
    (size) => {
      const seen: string[] = []
      const take = eventsIn((event) => seen.push(Buffer.from(event).toString()))
      for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size))

      expect(seen).toStrictEqual([a, b, c])
    },
  )
})

const look = (change: Partial<Look> = {}): Look => ({
  atMs: 1000,
  events: 1,
  heapBytes: 20e6,
  bufferBytes: 1e6,
  rssBytes: 100e6,
  timers: 10,
  handles: 12,
  listeners: 40,
  reconnects: 1,
  gapsOpened: 1,
  gapsClosed: 1,
  lostBySlow: 5,
  imbalance: [],
  ...change,
})

const reader = { name: 'each', isSlow: false, events: 9, lost: 0, astray: 0 }
const identity = { same: 9, lacking: 1, wrong: [] }
const well: Findings = {
  looks: Array.from({ length: 9 }, () => look()),
  identity: { per_second: identity },
  cuts: { per_second: 3 },
  lost: { per_second: 3 },
  left: { per_second: 0 },
  atRest: { before: 400, after: 408 },
  readers: [reader, { ...reader, name: 'slow', isSlow: true, lost: 7 }],
  misplacedGaps: [],
  rejected: 0,
  notBack: [],
  leftovers: [],
}

/** Nine looks of which the i-th is changed by what it is given. */
const looks = (change: (i: number) => Partial<Look>): Partial<Findings> => ({
  looks: well.looks.map((_, i) => look(change(i))),
})

describe('the verdict', () => {
  it('is good when all is well, and when what comes and goes has come at the end', () => {
    expect(faultsOf(well)).toStrictEqual([])
    expect(faultsOf({ ...well, ...looks((i) => ({ timers: i === 8 ? 90 : 10 })) })).toStrictEqual([])
  })

  it.each<readonly [Partial<Findings>, string]>([
    [looks((i) => ({ timers: 10 + 3 * i })), 'timers grew: at most 16 in the first third, at least 28 in the last'],
    [looks((i) => ({ handles: 10 + 5 * i })), 'handles grew: at most 20 in the first third, at least 40 in the last'],
    [
      looks((i) => ({ listeners: i < 3 ? 40 : 49 })),
      'listeners grew: at most 40 in the first third, at least 49 in the last',
    ],
    [
      { atRest: { before: 400, after: 409 } },
      'there were 400 subscribers before the first fault, and 409 after the last',
    ],
    [{ left: { per_second: 2 } }, 'per_second left 2 connections that nothing was wrong with'],
    [
      looks((i) => ({ heapBytes: (20 + i) * 2 ** 20 })),
      'the heap grew from 21.0 MB in the first third to 27.0 MB in the last, more than 2.0',
    ],
    [
      looks((i) => ({ bufferBytes: (1 + i) * 2 ** 20 })),
      'buffers grew from 2.0 MB in the first third to 8.0 MB in the last, more than 4.0',
    ],
    [
      looks((i) => ({ imbalance: i === 4 ? ['link x: frames 2 is not parsed 1'] : [] })),
      'after 1 s the ledger did not balance: link x: frames 2 is not parsed 1',
    ],
    [{ identity: { per_second: { ...identity, wrong: ['2 are missing'] } } }, 'per_second: 2 are missing'],
    [{ lost: { per_second: 4 } }, 'per_second lost 4 sessions, and 3 of its connections were cut'],
    [{ readers: [{ ...reader, lost: 2 }] }, 'the reader each keeps up and lost 2 events'],
    [{ readers: [{ ...reader, astray: 1 }] }, 'the reader each had 1 batches that follow on nothing'],
    [{ misplacedGaps: ['per_second e-1'] }, 'the gap per_second e-1 does not lie where the events before it end'],
    [{ rejected: 1 }, '1 elements could not be decoded'],
    [{ notBack: ['per_second was recovering'] }, 'when the faults had ended, per_second was recovering'],
    [{ leftovers: ['2 Timeout'] }, 'after the close there still were 2 Timeout'],
  ])('says what is wrong: %#', (change, sentence) => {
    expect(faultsOf({ ...well, ...change })).toStrictEqual([sentence])
  })
})

describe('what is printed', () => {
  const report: Report = { findings: well, faults: { reset: 2 }, cut: 1, lagMaxMs: { host: 3, vendor: 4 }, wrong: [] }

  it('is a line about the time since the line before, with sums since the start', () => {
    const before = look({ events: 1000 })
    const after = [look({ atMs: 21_000, imbalance: ['a row'] }), look({ atMs: 61_000, events: 121_000, gapsOpened: 3 })]
    const line = lineOf(after, before, { p50Ms: 0.25, p99Ms: 12.34 })

    expect(line).toMatchObject({ seconds: 61, eventsPerSecond: 2000, lagP99Ms: 12.3, imbalance: ['a row'] })
    expect(textOf(line).trim().split(/ {2,}/)).toStrictEqual([
      '1:01',
      '2,000',
      '19.1',
      '95',
      '10',
      '12',
      '40',
      '0.3',
      '12.3',
      '1',
      '2/1',
      '5',
      'a row',
    ])
  })

  it('ends with the verdict, and with each thing that is wrong', () => {
    expect(reportLines(report).at(-1)).toBe('verdict   good')
    expect(reportLines({ ...report, wrong: ['a', 'b'] }).slice(-3)).toStrictEqual(['verdict   NOT GOOD', '  a', '  b'])
  })

  it('is one object a line as JSON', () => {
    expect(JSON.parse(reportJson({ ...report, wrong: ['a'] }))).toMatchObject({
      kind: 'verdict',
      good: false,
      wrong: ['a'],
      faults: { reset: 2 },
      same: 9,
      lacking: 1,
    })
  })
})

const root = join(__dirname, '..')

const soak = async (...args: readonly string[]) => {
  const flags = ['--expose-gc', '--no-warnings', '--import', 'tsx']
  const child = spawn(process.execPath, [...flags, join(root, 'scripts', 'soak.ts'), ...args], { cwd: root })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code: code as number }
}

describe('npm run soak', () => {
  it.each([
    [['--minutes', '0'], '--minutes 0: expected minutes, a number above 0 and up to 10,080'],
    [['--rate', 'much'], '--rate much: expected events per second, a whole number from 50 to 200000'],
    [['--seed', '-1'], '--seed -1: expected a seed, a whole number from 0 to 4294967295'],
    [['--minute', '1'], 'unknown option --minute; did you mean --minutes?'],
    [['5'], 'soak takes options only, not 5; see --help'],
  ])(
    'refuses %j',
    async (args, sentence) => {
      expect(await soak(...args)).toStrictEqual({ stdout: '', stderr: `soak: ${sentence}\n`, code: 2 })
    },
    30_000,
  )

  it('runs for some seconds, through faults, and finds all well', async () => {
    const { stdout, stderr, code } = await soak('--minutes', '0.1', '--rate', '1000', '--seed', '3')
    const lines = stdout.split('\n')

    expect({ stderr, code, verdict: lines.findLast((line) => line.startsWith('verdict')) }).toStrictEqual({
      stderr: '',
      code: 0,
      verdict: 'verdict   good',
    })
    expect(lines[0]).toMatch(/^ +time +events\/s .* ledger$/)
    expect(lines[1]).toMatch(/^ +0:0\d +[\d,]+ .* balanced$/)
    expect(lines[1]!.indexOf('balanced')).toBe(lines[0]!.indexOf('ledger'))
    expect(stdout).toMatch(/^faults {4}\w+ \d/m)
    expect(stdout).toMatch(/^identity {2}[1-9][\d,]+ events/m)
  }, 120_000)
})
