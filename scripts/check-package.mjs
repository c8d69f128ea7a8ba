// What a consumer gets: the packed tarball, linted, then installed far from this repository and used through every door.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const { name, version } = manifest
const doors = Object.keys(manifest.exports)
  .filter((door) => door !== './package.json')
  .map((door) => ({ specifier: door.replace(/^\./, name), cjs: manifest.exports[door].require.default }))

const bin = (command) => join(root, 'node_modules', '.bin', command)
const run = async (cwd, command, ...args) => {
  const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 64 << 20 })
  return stdout
}

const step = async (title, action) => {
  const startedMs = performance.now()
  try {
    const said = await action()
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    process.stdout.write(`package: ${title}${said === undefined ? '' : `: ${said}`} (${seconds} s)\n`)
  } catch (error) {
    // A command's own words say more than its exit code.
    const said = [error.stdout, error.stderr].filter(Boolean).join('\n') || error.message
    throw new Error(`${title} failed\n${said.trim()}`, { cause: error })
  }
}

const esm = `
${doors.map(({ specifier }, index) => `import * as door${index} from '${specifier}'`).join('\n')}
import manifest from '${name}/package.json' with { type: 'json' }
const doors = [${doors.map((_, index) => `door${index}`).join(', ')}]
if (manifest.version !== '${version}') throw new Error('package.json of another version')
console.log(doors.map((door) => Object.keys(door).length).join(' '))
`

// On Node >= 20.19 require() answers with the module that import answers with; the CommonJS files serve older ones.
const cjs = `
const { join } = require('node:path')
const doors = ${JSON.stringify(doors)}
const namesOf = (door) => Object.keys(door).filter((key) => key !== '__esModule' && key !== 'module.exports').sort()
const main = async () => {
  const said = []
  for (const { specifier, cjs } of doors) {
    const required = require(specifier)
    const imported = await import(specifier)
    const older = require(join(__dirname, 'node_modules', '${name}', cjs))
    const names = namesOf(imported)
    for (const [kind, door] of [['required', required], ['CommonJS', older]]) {
      const other = namesOf(door)
      if (other.join() !== names.join()) {
        throw new Error(specifier + ': imported [' + names + '] but ' + kind + ' [' + other + ']')
      }
    }
    if (process.features.require_module) {
      const twice = names.filter((key) => required[key] !== imported[key])
      if (twice.length > 0) throw new Error(specifier + ': two copies of ' + twice)
    }
    said.push(specifier + ' ' + names.length)
  }
  console.log(said.join(', '))
}
main().catch((error) => { console.error(error); process.exitCode = 1 })
`

// The kit brings no test runner and looks for none: the runner of Node calls it as it calls anything.
const marbles = `
import { test } from 'node:test'
import { perSecond } from '${name}'
import { assertIsolatedFrom, engineMarbles, letterValues, operatorMarbles } from '${name}/marbles'
import { perMinute } from '${name}'
for (const it of ['describe', 'it', 'expect', 'jest']) if (it in globalThis) throw new Error(it + ' is a global')
test('an operator', operatorMarbles((m) => {
  m.expect(m.events('T', '-a-b-|')).toBe('-a-b-|', letterValues('T'))
}))
const drawing = engineMarbles((m) => {
  m.engine({ frequencies: [perSecond(), perMinute()] })
  m.feed.T('-a-b-')
  m.feed.AM('--a--')
  m.expectEvents('per_second', '-a-b-')
})
test('an engine', drawing)
test('isolation', () => assertIsolatedFrom(drawing, 'per_second'))
`

// jest loads the CommonJS files, and brings its own globals.
const matched = `
const { perMinute, perSecond } = require('${name}')
const { engineMarbles, matchers } = require('${name}/marbles')
expect.extend(matchers)
const drawing = engineMarbles((m) => {
  m.engine({ frequencies: [perSecond(), perMinute()] })
  m.feed.T('-a-#-')
  m.feed.AM('--a--')
})
it('is met', drawing)
it('judges', () => {
  expect(drawing).toKeepOrder()
  expect(drawing).toLoseNothingSilently()
  expect(drawing).not.toBeIsolatedFrom('per_second')
})
`

const temporary = await mkdtemp(join(tmpdir(), `${name}-package-`))
try {
  const consumer = join(temporary, 'consumer')
  let tarball

  await step('pack', async () => {
    const [packed] = JSON.parse(
      await run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', temporary),
    )
    tarball = join(temporary, packed.filename)
    const paths = packed.files.map((file) => file.path)
    const strays = paths.filter(
      (path) => !/^(dist\/|schemas\/|README\.md$|CHANGELOG\.md$|LICENSE|package\.json$)/.test(path),
    )
    if (strays.length > 0) throw new Error(`files that do not belong in it: ${strays.join(', ')}`)
    return `${packed.entryCount} files, ${Math.round(packed.size / 1024)} KB`
  })
  await step('publint', async () => void (await run(root, bin('publint'), tarball, '--strict')))
  await step('attw', async () => void (await run(root, bin('attw'), tarball, '--profile', 'node16')))

  await step('install', async () => {
    await mkdir(consumer)
    await writeFile(join(consumer, 'package.json'), '{"name":"consumer","version":"1.0.0","private":true}\n')
    const types = `@types/node@${manifest.devDependencies['@types/node']}`
    await run(consumer, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball, types)
  })
  await step('import every door', async () => {
    await writeFile(join(consumer, 'imports.mjs'), esm)
    await run(consumer, process.execPath, 'imports.mjs')
  })
  await step('require every door, one instance, exports', async () => {
    await writeFile(join(consumer, 'requires.cjs'), cjs)
    return (await run(consumer, process.execPath, 'requires.cjs')).trim()
  })
  await step('a marble test under node --test, without globals', async () => {
    await writeFile(join(consumer, 'marbles.test.mjs'), marbles)
    const said = await run(consumer, process.execPath, '--test', 'marbles.test.mjs')
    if (!/^. pass 3$/m.test(said)) throw new Error(said)
  })
  await step('matchers under jest', async () => {
    await writeFile(join(consumer, 'matched.test.cjs'), matched)
    await run(consumer, bin('jest'), '--rootDir', consumer, '--testMatch', '**/matched.test.cjs')
  })
  await step('types of every door, without skipLibCheck', async () => {
    const lines = doors.map(({ specifier }, index) => `export * as door${index} from '${specifier}'`)
    await writeFile(join(consumer, 'types.mts'), lines.join('\n'))
    await writeFile(join(consumer, 'types.cts'), lines.join('\n'))
    await writeFile(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2023',
          lib: ['es2023', 'esnext.disposable'],
          types: ['node'],
          strict: true,
          noEmit: true,
        },
        files: ['types.mts', 'types.cts'],
      }),
    )
    await run(consumer, bin('tsc'), '-p', 'tsconfig.json')
  })
  await step(`${name} --version`, async () => {
    const said = (await run(consumer, join(consumer, 'node_modules', '.bin', name), '--version')).trim()
    if (!said.includes(version)) throw new Error(`expected ${version}, got: ${said}`)
    return said
  })
} catch (error) {
  process.stderr.write(`package: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await rm(temporary, { recursive: true, force: true })
}
