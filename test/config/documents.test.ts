import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { examples } from '../../scripts/configuration/examples.ts'
import { folderOf } from './folder.ts'
import { shell } from './shell.ts'

// Goal: docs/configuration.md and schemas/ are those of the tables, its examples are valid as they stand, and so is what `init` writes.
// Method: the generator in a process of its own with --check; each example, and the starter, through `tickstock check`.

jest.setTimeout(60_000)
const root = join(__dirname, '..', '..')

it('is current', async () => {
  const tsx = join(root, 'node_modules', '.bin', 'tsx')
  const { stdout } = await promisify(execFile)(tsx, ['scripts/document-configuration.ts', '--check'], { cwd: root })

  expect(stdout).toBe('')
})

it.each(examples.map((example) => [example.title, example] as const))(
  '%s: valid, without a warning',
  async (_title, example) => {
    const folder = folderOf(example.files)
    const { code, out } = await shell(['check', '--strict'], { env: example.environment, directory: folder.path })
    folder.remove()

    expect(out).toMatch(/^valid\n/)
    expect(code).toBe(0)
  },
)

it('gives the examples the links that they speak of', async () => {
  const links = await Promise.all(
    examples.map(async ({ files, environment }) => {
      const folder = folderOf(files)
      const { out } = await shell(['check', '--json'], { env: environment, directory: folder.path })
      folder.remove()
      const { plan } = JSON.parse(out) as { plan: { links: { place: string; frequencies: string[] }[] } }
      return plan.links.map(({ place, frequencies }) => `${place} ${frequencies.join('+')}`)
    }),
  )

  expect(links).toEqual([
    ['socket.massive.com/stocks per_second+per_minute'],
    [
      'socket.massive.com/stocks per_second',
      'socket.massive.com/stocks per_minute',
      'business.massive.com/stocks fair_market_value',
    ],
    ['delayed.massive.com/stocks per_minute', 'simulator/stocks per_second'],
    ['simulator/stocks per_second+per_minute+fair_market_value'],
  ])
})

describe('init', () => {
  it('writes a configuration that is valid as it is, and not over another one', async () => {
    const folder = folderOf({})
    const options = { directory: folder.path }
    const first = await shell(['init'], options)
    const check = await shell(['check', '--strict'], options)
    const again = await shell(['init'], options)
    const forced = await shell(['init', '--force'], options)
    folder.remove()

    expect([first.code, check.code, again.code, forced.code]).toEqual([0, 0, 2, 0])
    expect(first.out).toContain('tickstock.config.json is written')
    expect(check.out).toContain('simulator/stocks')
    expect(again.err).toBe('tickstock.config.json is there already; --force writes over it\n')
  })

  it('says where it cannot write', async () => {
    const folder = folderOf({})
    const { code, err } = await shell(['init', 'no/such/folder.json'], { directory: folder.path })
    folder.remove()

    expect([code, err]).toEqual([2, 'no/such/folder.json: there is no such folder\n'])
  })
})
