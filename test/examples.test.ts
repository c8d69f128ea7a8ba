/**
 * Goal: every example runs, ends by itself, and says something; its types hold.
 *
 * Method: each is run as its head says, with the package's own name, against the build; three at a time, since most of them wait for a
 * simulated market. tsc checks them all as JavaScript.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from '@jest/globals'
import { from, lastValueFrom, map, mergeMap, toArray } from 'rxjs'

import { type Ran, run } from './docs/place.ts'

const root = join(import.meta.dirname, '..')
const limitMs = 60_000

/** A file in `examples/`, or in a folder of it what is run: the tests, and `run.mjs`. */
const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => (name.includes('/') ? /\/run\.mjs$|\.test\.mjs$/ : /\.mjs$/).test(name))
  .sort()

const isTest = (name: string): boolean => name.endsWith('.test.mjs') || name.includes('marbles')

describe('the examples', () => {
  let ran: ReadonlyMap<string, Ran> = new Map()

  beforeAll(async () => {
    if (!existsSync(join(root, 'dist', 'esm', 'src', 'index.js')))
      throw new Error('dist/ is missing: npm run build makes it')
    const one = async (name: string): Promise<Ran> =>
      run(process.execPath, [...(isTest(name) ? ['--test'] : []), join('examples', name)], root, limitMs)
    const all$ = from(examples).pipe(
      mergeMap((name) => from(one(name)).pipe(map((result) => [name, result] as const)), 3),
      toArray(),
    )
    ran = new Map(await lastValueFrom(all$))
  }, examples.length * limitMs)

  it.each(examples)('%s runs and ends', (name) => {
    const { code, output } = ran.get(name) ?? { code: 'not run', output: '' }

    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
    expect(output).not.toBe('')
  })

  it('are all there are', () => {
    expect(examples.length).toBeGreaterThanOrEqual(12)
  })

  it(
    'hold what their types say',
    async () => {
      const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc')

      expect((await run(process.execPath, [tsc, '-p', 'tsconfig.examples.json'], root, 2 * limitMs)).output).toBe('')
    },
    3 * limitMs,
  )
})
