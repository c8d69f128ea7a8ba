/**
 * Goal: what the documents show is true: their programs run, their commands say what stands below them, their types hold.
 *
 * Method: the fenced blocks are taken out of README.md and docs/ and run as they stand against the built package, in a folder where it
 * is installed by its name. A block `js` with imports is a program; `js NAME.mjs` is a file of a tutorial, `sh run` its commands, in
 * order, `text` below them what they print; `ts` with imports is compiled. `fragment` marks what is whole and needs a key, or code around it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { type Block, blocksOf, isProgram, isTyped, nameOf, stepsOf } from './docs/blocks.ts'
import { makePlace, removePlace, run } from './docs/place.ts'

const root = join(import.meta.dirname, '..')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const blocks = documents.map((file) => blocksOf(file, readFileSync(join(root, file), 'utf8')))
const limitMs = 90_000
const at = ({ file, line }: Block): string => `${file}:${String(line)}`

let place = ''

beforeAll(async () => {
  if (!existsSync(join(root, 'dist', 'esm', 'src', 'index.js')))
    throw new Error('dist/ is missing: npm run build makes it')
  place = await makePlace()
})

afterAll(() => removePlace(place))

describe('the programs of the documents', () => {
  it.each(
    blocks
      .flat()
      .filter(isProgram)
      .map((block) => [at(block), block] as const),
  )(
    '%s runs',
    async (_, block) => {
      // The programs of one document share a folder: one may read what the one before has written.
      const folder = join(place, `${block.file.replaceAll(/\W/g, '-')}-programs`)
      const file = `line-${String(block.line)}.mjs`
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, file), block.text)

      const { code, output } = await run(process.execPath, [file], folder, limitMs)

      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
    },
    limitMs + 10_000,
  )
})

describe('the tutorials', () => {
  const tutorials = blocks
    .filter((own) => stepsOf(own).length > 0)
    .map((own) => [own[0]?.file ?? '', stepsOf(own)] as const)

  it('are there', () => {
    expect(tutorials.map(([file]) => file)).toEqual(expect.arrayContaining(['docs/marbles.md']))
  })

  it.each(tutorials)(
    '%s can be followed',
    async (file, steps) => {
      const folder = join(place, file.replaceAll(/\W/g, '-'))
      await mkdir(folder)
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')

      for (const step of steps) {
        if (step.kind === 'file') {
          await writeFile(join(folder, step.name), step.block.text)
          continue
        }
        const [, ...args] = step.command.split(' ')
        const { code, output } = await run(process.execPath, args, folder, limitMs)
        const where = `${at(step.block)}: ${step.command}`
        expect({ where, fails: code !== 0, output: (code !== 0) === step.fails ? '' : output }).toEqual({
          where,
          fails: step.fails,
          output: '',
        })
        expect({
          where,
          missing: missingLine(step.said ?? '', output),
          output: missingLine(step.said ?? '', output) === undefined ? '' : output,
        }).toEqual({ where, missing: undefined, output: '' })
      }
    },
    10 * limitMs,
  )
})

describe('the types of the documents', () => {
  it(
    'hold',
    async () => {
      const typed = blocks
        .flat()
        .filter((block) => isTyped(block) || (block.language === 'ts' && nameOf(block) !== undefined))
      const folder = join(place, 'types')
      await mkdir(folder)
      const files = typed.map(
        (block) => nameOf(block) ?? `${block.file.replaceAll(/\W/g, '-')}-${String(block.line)}.mts`,
      )
      for (const [i, block] of typed.entries()) await writeFile(join(folder, files[i] ?? ''), block.text)
      const compilerOptions = {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node', 'jest'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      }
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))

      const { output } = await run(
        process.execPath,
        [join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc'), '-p', '.'],
        folder,
        limitMs,
      )

      expect(files.length).toBeGreaterThan(0)
      expect(output).toBe('')
    },
    limitMs + 10_000,
  )
})

/** The first line that does not come where it should, each trimmed; undefined when all do. */
const missingLine = (said: string, output: string): string | undefined => {
  const lines = output.split('\n').map((line) => line.trim())
  let place = 0
  for (const line of said
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== '…')) {
    const found = lines.indexOf(line, place)
    if (found === -1) return line
    place = found + 1
  }
  return undefined
}
