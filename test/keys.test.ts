import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// Goal: no key and no token of the tests stands in anything that the whole suite writes, its child processes among it. `.ci/run` collects that and greps it
// (scripts/keys); here it is shown that this can fail.
// Method: child processes that print a key in every way there is, each looked at by the same two scripts.

const root = join(__dirname, '..')
const tee = pathToFileURL(join(root, 'scripts', 'keys', 'tee.mjs')).href
const leaked = 'pk_live_4711'
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const collected = (code: string, more: readonly string[] = []): string => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  folders.push(folder)
  const env = { ...process.env, NODE_OPTIONS: `--import ${tee}`, TEST_OUTPUT_DIR: folder, LEAKED: leaked }
  const { status, stderr } = spawnSync(process.execPath, [...more, '-e', code], { cwd: root, env, encoding: 'utf8' })
  expect([status, stderr.includes('Error')]).toEqual([0, false])
  return folder
}

const checked = (folder: string) =>
  spawnSync(process.execPath, [join(root, 'scripts', 'keys', 'check.mjs'), folder], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  })

describe('keys in the output of the suite', () => {
  it.each([
    ['console.log', 'console.log("the key is", process.env.LEAKED)'],
    ['standard error', 'process.stderr.write(Buffer.from(`: ${process.env.LEAKED}`))'],
    ['a descriptor', 'require("node:fs").writeSync(2, process.env.LEAKED)'],
    [
      'pino',
      'const { pino, destination } = require("pino"); pino(destination({ fd: 2, sync: true })).info({ apiKey: process.env.LEAKED }, "started")',
    ],
    [
      'a child of a child',
      'require("node:child_process").spawnSync(process.execPath, ["-e", "console.error(process.env.LEAKED)"])',
    ],
  ])('are found when printed by %s, and not printed again', (_how, code) => {
    const { status, stdout, stderr } = checked(collected(code))

    expect(status).toBe(1)
    expect(stderr).toMatch(/^a key was printed: pk_…, 12 characters, in \d+\.txt line 1\n/)
    expect(stdout + stderr).not.toContain(leaked)
  })

  it('are not found where there are none', () => {
    const { status, stdout } = checked(collected('console.log("all is well")'))
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^\d{2,} keys looked for in 12 characters that 1 processes wrote: 0 found\n$/),
    ])
  })

  it('are masked by the log of the command line, in fields that are called so', () => {
    const log = join(root, 'src', 'cli', 'log.ts')
    const code = `require(${JSON.stringify(log)}).loggerOf('info').info({ apiKey: process.env.LEAKED, options: { token: process.env.LEAKED } }, 'started')`
    expect(checked(collected(code, ['--import', 'tsx']))).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(': 0 found'),
    })
  })

  it('is not called well where nothing was collected', () => {
    const folder = collected('0')
    writeFileSync(join(folder, 'empty.txt'), '')
    expect(checked(folder)).toMatchObject({ status: 2, stderr: expect.stringContaining('nothing to look at') })
  })
})
