// Numbers with the machine they came from.
//
//     npm run bench                      every part, some minutes
//     npm run bench -- codecs path       these parts: codecs, path, sockets
//     npm run bench -- path/flat         one file
//     npm run bench -- --quick           fewer and shorter rounds: for a look, not for RESULTS.md
//     npm run bench -- --save            writes the tables to bench/RESULTS-paths.md, dated
//
// A part is a folder, a bench a file `*.bench.mjs` in it. Each runs in a process of its own, one after the other: what the compiler has
// learnt from one must not help or hurt the next.
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { tableOf } from './kit/table.mjs'

/** A bench that has not ended by then is given up. */
const limitMs = 10 * 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, save: { type: 'boolean', default: false } },
})

const benchesOf = async () => {
  const entries = await readdir(import.meta.dirname, { recursive: true })
  const all = [
    codecs,
    ...entries
      .filter((name) => name.endsWith('.bench.mjs'))
      .map((name) => name.slice(0, -'.bench.mjs'.length))
      .sort(),
  ]
  const unknown = positionals.filter((asked) => !all.some((name) => name === asked || name.startsWith(`${asked}/`)))
  if (unknown.length > 0) throw new RangeError(`no bench ${unknown.join(', ')}; there are ${all.join(', ')}`)
  return all.filter(
    (name) => positionals.length === 0 || positionals.some((asked) => name === asked || name.startsWith(`${asked}/`)),
  )
}

const versionOf = (name) => {
  const path = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
  return execFileSync(process.execPath, ['-p', 'require(process.argv[1]).version', path]).toString().trim()
}

const heading = () => {
  const asked = process.argv.slice(2).filter((one) => one !== '--save')
  const load = loadavg().map((one) => one.toFixed(1))
  return [
    `${new Date().toISOString().slice(0, 10)}, \`npm run bench${asked.length > 0 ? ` -- ${asked.join(' ')}` : ''}\``,
    `Node ${process.version}, rxjs ${versionOf('rxjs')}, ws ${versionOf('ws')}, @massive.com/client-js ${versionOf('@massive.com/client-js')}; ` +
      `${cpus().length} shared cores of ${cpus()[0].model}, load ${load.join(' ')} at the start`,
  ]
}

/** The codecs have a page of their own, bench/RESULTS.md, which they write when it is not a quick look. */
const codecs = 'codecs'

const runCodecs = async () => {
  const child = spawn(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'bench.mjs'), ...(values.quick ? ['--quick'] : [])],
    {
      stdio: 'inherit',
    },
  )
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${codecs} ended with ${code ?? signal}`)
}

/** What a bench says: `{ title, method, rows }`, see `tableOf`. */
const run = async (name) => {
  const child = fork(join(import.meta.dirname, 'kit', 'one.mjs'), [name, ...(values.quick ? ['--quick'] : [])], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  let told
  child.on('message', (message) => (told = message))
  const [code, signal] = await once(child, 'exit')
  clearTimeout(timer)
  if (told === undefined || code !== 0) throw new Error(`${name} ended with ${code ?? signal} and no result`)
  return told
}

try {
  const names = await benchesOf()
  const said = heading()
  process.stdout.write(`${said.join('\n')}\n`)
  const tables = []
  for (const name of names) {
    if (name === codecs) {
      await runCodecs()
      continue
    }
    const table = tableOf(name, await run(name))
    process.stdout.write(`\n${table}\n`)
    tables.push(table)
  }
  if (values.save) {
    const page = `# Results: the path around the decoder, and the sockets\n\n${said.join('\n\n')}\n\n${tables.join('\n\n')}\n`
    await writeFile(join(import.meta.dirname, 'RESULTS-paths.md'), page)
  }
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`)
  process.exitCode = 1
}
