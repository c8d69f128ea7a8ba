/**
 * Goal: an operator that does not fit a frequency does not compile, and the compiler says so in a sentence that names the
 * frequency, what it gives and what the operator takes.
 *
 * Method: the wrong compositions of a host, compiled by both compilers there are, the native one and the one in JavaScript, in a
 * folder of their own; then their words. What does compile, and with which types, is on the page of types.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'

import { perMinute, perSecond } from '../src/index.ts'

const root = join(import.meta.dirname, '..')

const lines = (program: string): Promise<string> =>
  new Promise((resolve) => {
    const folder = mkdtempSync(join(root, '.build-composition-'))
    writeFileSync(join(folder, 'host.ts'), host)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { rootDir: '..' }, include: ['./host.ts'] }),
    )
    const bin = join(root, 'node_modules', '.bin', program)
    execFile(process.execPath, [bin, '--noEmit', '--pretty', 'false', '-p', folder], { timeout: 120_000 }, (_, out) => {
      rmSync(folder, { recursive: true })
      resolve(out)
    })
  })

const wrong: readonly (readonly [composition: string, sentence: string])[] = [
  ['perSecond().pipe(handleMinuteBar())', 'per_second gives T here, and this operator takes AM'],
  ['perMinute().pipe(map((event: Trade) => event))', 'per_minute gives AM here, and this operator takes T'],
  [
    'perSecond().pipe(filter(({ price }) => price > 1), handleMinuteBar())',
    'per_second gives T here, and this operator takes AM',
  ],
  [
    'perMinute().pipe(handleMinuteBar(), filter(({ minuteRange }) => minuteRange > 1), handleMinuteBar())',
    'per_minute gives aggregate_minute here, and this operator takes AM',
  ],
  [
    'perMinute().pipe(map(({ close }) => close))',
    'per_minute needs the texts ev and symbol in what comes out of its last operator',
  ],
  ['perMinute().pipeBatches(map(({ length }) => length))', 'per_minute needs batches out of an operator over batches'],
  [
    'perMinute().pipeBatches(handleMinuteBar())',
    'per_minute gives batches of AM here, and this operator takes something else',
  ],
  ['halts().pipe(handleMinuteBar())', 'halts gives HALT here, and this operator takes AM'],
]

const host = `import { filter, map } from 'rxjs'
import { defineFrequency, fairMarketValue, perMinute, perSecond, type Trade } from 'tickstock'
import { handleMinuteBar } from 'tickstock/operators'
import { defineCodec, required, ticker, timeMs } from 'tickstock/streams'
const halts = defineFrequency({
  name: 'halts', quietMs: 1000,
  codecs: [defineCodec({ ev: 'HALT', at: 'atMs', fields: { symbol: required('T', ticker), atMs: required('t', timeMs) } })],
})
fairMarketValue().pipe(map(({ size }) => size))
${wrong.map(([composition]) => composition).join('\n')}
`
const firstLine = host.split('\n').findIndex((line) => line === wrong[0]![0]) + 1

describe('a composition that does not fit', () => {
  it.each(['tsc', 'tsc6'])(
    'does not compile by %s, which says why',
    async (program) => {
      const said = (await lines(program)).split(/\n(?=\S)/)

      // One error per line, none of them about anything else.
      expect(said.filter((one) => !one.includes('host.ts('))).toEqual([])
      const at = new Map(said.map((one) => [Number(/\((\d+),/.exec(one)?.[1]), one.trim()]))
      expect(at.get(firstLine - 1)).toContain("Property 'size' does not exist on type 'FairMarketValue'")
      expect([...at.keys()]).toEqual([firstLine - 1, ...wrong.map((_, i) => firstLine + i)])
      for (const [i, [, sentence]] of wrong.entries()) {
        // The last thing that is said; the compiler in JavaScript tells all it has tried before that.
        const words = at
          .get(firstLine + i)!
          .split('\n')
          .slice(-2)
          .join('\n')
        expect(words).toContain(sentence)
        // Events by their names, not by their tables.
        expect(words).not.toContain('Flat<')
      }
    },
    180_000,
  )

  it('is a RangeError where nobody compiles', () => {
    const untyped = perMinute() as unknown as Record<'pipe' | 'pipeBatches', (...operators: unknown[]) => unknown>
    const pass = (source: unknown): unknown => source

    expect(() => untyped.pipe(pass, undefined)).toThrow(
      new RangeError('per_minute: argument 2 of pipe is no operator but undefined; was it called, as in map(…)?'),
    )
    expect(() => untyped.pipeBatches(null)).toThrow('per_minute: argument 1 of pipeBatches is no operator but null')
    expect(() => untyped.pipeBatches(pass, pass)).toThrow('per_minute: pipeBatches takes one operator, not 2')
    expect(perSecond().pipe(pass as never).stages).toHaveLength(1)
  })
})
