/**
 * Goal: docs/operators.md says what the doc comments say, and the diagram of each operator is the one that its first marble test draws.
 *
 * Method: the script that writes the page, with `--check`; and the same script on a copy in which one comment says something else.
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(__dirname, '..')

/** What the script says of a tree, whether it is content with it or not. */
const check = async (tree: string): Promise<string> => {
  const script = join(tree, 'scripts', 'operators-docs.mjs')
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--check'])
    return stdout
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { readonly stderr?: string; readonly stdout?: string }
    return stderr + stdout
  }
}

jest.setTimeout(60_000)

describe('docs/operators.md', () => {
  it('is what the doc comments say', async () => {
    expect(await check(root)).toMatch(/^operators: \d+ of them, 0 complaints\n$/)
  })

  it('is missed by the check when a comment has changed, and so is a diagram that nobody draws', async () => {
    const tree = await mkdtemp(join(tmpdir(), 'tickstock-docs-'))
    try {
      for (const folder of [
        'operators',
        'marbles/operators',
        'scripts/operators-docs.mjs',
        'docs/operators.md',
        '.prettierrc.json',
      ]) {
        await cp(join(root, folder), join(tree, folder), { recursive: true })
      }
      await symlink(join(root, 'node_modules'), join(tree, 'node_modules'))
      const file = join(tree, 'operators', 'flow', 'batchBy.ts')
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll('-a-b-c----d------e-|', '-a-b-c----d------f-|'))

      const said = await check(tree)
      expect(said).toContain('batchBy.marbles.ts: its first test does not draw -a-b-c----d------f-| of the doc comment')
      expect(said).toContain('docs/operators.md is not what the doc comments say: run npm run docs:operators')
      expect(said).toContain('2 complaints')
    } finally {
      await rm(tree, { recursive: true, force: true })
    }
  })
})
