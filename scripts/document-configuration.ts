// docs/configuration.md and schemas/ of the tables in src/config:
//
//     npm run docs:configuration              writes them
//     npm run docs:configuration -- --check   exits 1 when they are not current
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { generated } from './configuration/generated.ts'

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')

for (const [path, content] of Object.entries(await generated(root))) {
  const place = join(root, path)
  if (isCheck) {
    const written = await readFile(place, 'utf8').catch(() => undefined)
    if (written === content) continue
    process.stdout.write(`not current: ${path}; run npm run docs:configuration\n`)
    process.exitCode = 1
    continue
  }
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, content)
  process.stdout.write(`written: ${path}\n`)
}
