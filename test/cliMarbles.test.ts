/**
 * Goal: what `tickstock marbles` prints is a test that runs as it stands and passes, whatever was recorded: several frames in a millisecond, more
 * events than there are letters, losses, several links, what cannot be read. And it can fail.
 *
 * Method: the built command on small recordings, its output run by node --test in a folder where the package is installed by its name.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Mark } from '../src/frames/mark.ts'
import { lineOfFrame, lineOfMark } from '../src/frames/recordedLine.ts'
import { makePlace, removePlace, run } from './docs/place.ts'

jest.setTimeout(120_000)
const main = join(__dirname, '..', 'dist', 'esm', 'src', 'cli', 'main.js')
const limitMs = 60_000
let place = ''
beforeAll(async () => {
  place = join(await makePlace(), 'pages')
  await mkdir(place)
})
afterAll(() => removePlace(join(place, '..')))

const startMs = Date.parse('2013-10-07T09:30:00-04:00')
const frame = (atMs: number, text: string, link = 1): Buffer =>
  Buffer.concat(lineOfFrame(startMs + atMs, link, Buffer.from(text)))
const mark = (atMs: number, one: Mark): Buffer => lineOfMark(startMs + atMs, one)
const trade = (q: number, sym = 'SPY', more = ''): string =>
  `{"ev":"T","sym":"${sym}","x":4,"p":${String(100 + q / 100)},"s":1,"t":${String(startMs + q)},"q":${String(q)}${more}}`
const fmv = (n: number): string => `{"ev":"FMV","fmv":${String(n)},"sym":"SPY","t":${String(startMs)}}`
const links: readonly Buffer[] = [
  mark(0, { kind: 'recording', version: 1, part: 1, startedMs: startMs }),
  mark(0, { kind: 'link', link: 1, id: 'a', frequencies: ['per_second', 'per_minute'], eventTypes: ['T', 'AM'] }),
  mark(0, { kind: 'link', link: 2, id: 'b', frequencies: ['fair_market_value'], eventTypes: ['FMV'] }),
]
const lost = (atMs: number, link: number): Buffer =>
  mark(atMs, { kind: 'lost', link, cause: { _tag: 'closed', message: 'a cable', code: 1006 }, lastHeardMs: startMs })

const print = async (name: string, lines: readonly Buffer[], ...args: readonly string[]) => {
  await writeFile(join(place, `${name}.frames`), Buffer.concat(lines))
  return run(process.execPath, [main, 'marbles', `${name}.frames`, ...args], place, limitMs)
}
const test = async (name: string, page: string) => {
  await writeFile(join(place, `${name}.test.mjs`), page)
  return run(process.execPath, ['--test', `${name}.test.mjs`], place, limitMs)
}

it.each<[string, readonly Buffer[], readonly RegExp[]]>([
  [
    'several-at-once',
    [
      frame(0, `[${trade(1)},${trade(2, 'IBM')}]`),
      frame(0, `[${trade(3)}]`),
      frame(1, `[${trade(4)}]`),
      frame(2, `[${fmv(1)}]`),
      frame(1000, `[${trade(5, 'SPY', `,"note":"it's \\"so\\" \\\\ €"`)}]`),
      frame(90_000, `[${trade(5)}]`),
    ],
    [/m\.startsAt\(1381152599999\)/, /m\.expectEvents\('fair_market_value'/, /'\(ab\)|-\(ab\)/],
  ],
  [
    'more-than-letters',
    Array.from({ length: 90 }, (_, n) => frame(n * 3, `[${trade(n)},${trade(n + 1000)}]`)),
    [/import \{ skip, take \} from 'rxjs'/, /skip\(26\), take\(26\)/],
  ],
  [
    'many-in-one-frame',
    [frame(0, `[${Array.from({ length: 200 }, (_, n) => trade(n + 1)).join(',')}]`), frame(5, `[${trade(999)}]`)],
    [/α: \{ ev: 'T'/],
  ],
  [
    'two-links-and-a-loss',
    [
      ...links,
      frame(1, `[${trade(1)}]`),
      frame(1, `[${fmv(1)}]`, 2),
      lost(4, 2),
      frame(5, `[${trade(2)}]`),
      frame(700, `[{"ev":"status","status":"connected","message":"Connected Successfully"}]`, 2),
      frame(900, `[${fmv(2)}]`, 2),
      lost(950, 1),
      frame(951, `[${trade(3)}]`),
    ],
    [
      /perSecond\(\{ url: 'ws:\/\/vendor\/1' \}\)/,
      /\/\/ a cable\n {4}m\.faults\('.*l-+', \{ url: '\/2' \}\)/,
      /m\.expectGaps\('fair_market_value', '-+o-*c'\)/,
      /m\.expectGaps\('per_second', '.*o-*c'\)/,
    ],
  ],
  [
    'what-cannot-be-read',
    [
      frame(0, `[${trade(1)}]`),
      frame(3, '[{"ev":"T","sy\nm'),
      frame(4, '[{"ev":"T","sym":"X","p":-1}]'),
      ...Array.from({ length: 30 }, (_, n) => frame(20 + n, '["nothing"]')),
      frame(90, `[${trade(2)}]`),
    ],
    [
      /engine\.reject\$\.pipe\(take\(26\), map\(\(\{ kind \}\) => kind\)\)\)\.toBe\(/,
      /skip\(26\), map/,
      /'brokenFrame'/,
      /'invalid'/,
    ],
  ],
  ['nothing-but-a-loss', [...links, frame(0, `[${trade(1)}]`), lost(5, 1)], [/m\.expectGaps\('per_minute'/]],
])('%s: the page runs as it stands and passes', async (name, lines, patterns) => {
  const { code, output: page } = await print(name, lines)
  expect(code).toBe(0)
  for (const pattern of patterns) expect(page).toMatch(pattern)

  expect(await test(name, page)).toMatchObject({ code: 0 })
})

it('fails when an event is another one', async () => {
  const { output: page } = await print('wrong', [frame(0, `[${trade(1)}]`)])
  expect(page).toContain('price: 100.01,')
  const { code, output } = await test('wrong', page.replace('price: 100.01,', 'price: 99.99,'))

  expect(code).not.toBe(0)
  expect(output).toContain('price is 100.01, expected 99.99')
})

it('prints a page for a runner with a global test, and the part that is asked for', async () => {
  const lines = [
    frame(0, `[${trade(1)},${trade(2, 'IBM')}]`),
    frame(1000, `[${trade(3, 'IBM')}]`),
    frame(2000, `[${trade(4)}]`),
  ]
  const { output } = await print('part', lines, '--globals', '--from', '09:30:01', '--symbols', 'IBM')

  expect(output).not.toContain('node:test')
  expect(output).toContain('// tickstock marbles part.frames --from 09:30:01 --symbols IBM\n')
  expect(output).toContain('part.frames, 2013-10-07 09:30:01.000 to 09:30:01.000 in New York')
  expect(output.match(/symbol: '\w+'/g)).toEqual(["symbol: 'IBM'"])
})

it.each<[string, readonly Buffer[], readonly string[], RegExp]>([
  [
    'nothing',
    [frame(0, `[${trade(1)}]`)],
    ['--from', '10:00'],
    /nothing\.frames: there is nothing to draw; it begins at 2013-10-07 09:30:00\.000 in New York/,
  ],
  [
    'backwards',
    [frame(0, `[${trade(1)}]`)],
    ['--from', '10:00', '--to', '09:00'],
    /--from 10:00 is not before --to 09:00/,
  ],
  [
    'too-much',
    Array.from({ length: 501 }, (_, n) => frame(n, `[${trade(n)}]`)),
    [],
    /too-much\.frames: there are more than 500 frames, .* narrow it with --from, --to and --symbols/,
  ],
  ['broken', [frame(0, `[${trade(1)}]`), Buffer.from('what\n')], [], /frames file broken\.frames, line 2: expected/],
])('refuses with 2 and one line: %s', async (name, lines, args, message) => {
  const { code, output } = await print(name, lines, ...args)

  expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
  expect(output).toMatch(message)
})

const day = join(__dirname, '../../shared/data/us-equities-2013-10-07.frames.gz')
const unless = existsSync(day) ? '' : ' (skipped: the recorded day is not beside the repository)'
const whenThere = existsSync(day) ? it : it.skip

const opening = async (): Promise<void> => {
  const { code, output: page } = await run(
    process.execPath,
    [main, 'marbles', day, '--from', '09:30', '--to', '09:30:01', '--symbols', 'SPY,IBM'],
    place,
    limitMs,
  )
  expect(code).toBe(0)
  expect(page.split('\n').length).toBeGreaterThan(50)
  expect(await test('opening', page)).toMatchObject({ code: 0 })
  expect(await readFile(join(place, 'opening.test.mjs'), 'utf8')).toContain("m.expectEvents('per_minute'")
}

whenThere(`the first second of a real day is a page that passes${unless}`, opening)
