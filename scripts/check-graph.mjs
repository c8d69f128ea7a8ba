// Who imports whom. dependency-cruiser passes in silence when it cannot read TypeScript, so its count is checked first.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const rooms = ['src', 'streams', 'operators', 'marbles', 'test', 'bench', 'examples']

const filesOf = async (room) => {
  const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

const perRoom = await Promise.all(rooms.map(filesOf))
const onDisk = perRoom.flat()
const cruised = rooms.filter((_, index) => perRoom[index].length > 0)

const depcruise = join(root, 'node_modules', '.bin', 'depcruise')
const { stdout } = await promisify(execFile)(
  depcruise,
  ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...cruised],
  { cwd: root, maxBuffer: 256 << 20 },
)
const { modules, summary } = JSON.parse(stdout)

const seen = new Set(modules.map((module) => module.source))
const unseen = onDisk.filter((file) => !seen.has(file))
const imports = modules.reduce((sum, module) => sum + module.dependencies.length, 0)
if (unseen.length > 0 || imports === 0) {
  process.stderr.write(
    `graph: ${onDisk.length} files on disk, ${unseen.length} of them not read, ${imports} imports found. ` +
      `Does the alias 'typescript' still point at a compiler with an API?\n${unseen.slice(0, 5).join('\n')}\n`,
  )
  process.exit(1)
}

const errors = summary.violations.filter((violation) => violation.rule.severity === 'error')
for (const { rule, from, to, cycle } of errors) {
  const path = cycle === undefined ? to : cycle.map((step) => step.name ?? step).join(' -> ')
  process.stderr.write(`graph: ${rule.name}: ${from} -> ${path}\n`)
}
process.stdout.write(`graph: ${onDisk.length} files, ${imports} imports, ${errors.length} against the rules\n`)
process.exit(errors.length === 0 ? 0 : 1)
