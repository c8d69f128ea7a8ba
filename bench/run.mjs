// Numbers with the machine they came from.
//
//     npm run bench                      everything, some minutes; writes bench/RESULTS.md, dated
//     npm run bench -- codecs path       these parts: codecs, path, sockets
//     npm run bench -- path/flat         one file
//     npm run bench -- --quick           fewer and shorter rounds: for a look; writes nothing
//
// A part is a folder, a bench a file `*.bench.mjs` in it. Each runs in a process of its own, one after the other: what the compiler has
// learnt from one must not help or hurt the next.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { format, resolveConfig } from 'prettier'

import { tableOf } from './kit/table.mjs'

/** A bench that has not ended by then is given up. */
const limitMs = 10 * 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})

const benchesOf = async () => {
  const entries = await readdir(import.meta.dirname, { recursive: true })
  const all = entries
    .filter((name) => name.endsWith('.bench.mjs'))
    .map((name) => name.slice(0, -'.bench.mjs'.length))
    .sort()
  const isAsked = (name, asked) => name === asked || name.startsWith(`${asked}/`)
  const unknown = positionals.filter((asked) => !all.some((name) => isAsked(name, asked)))
  if (unknown.length > 0) throw new RangeError(`no bench ${unknown.join(', ')}; there are ${all.join(', ')}`)
  return all.filter((name) => positionals.length === 0 || positionals.some((asked) => isAsked(name, asked)))
}

const versionOf = (name) => {
  const path = join(import.meta.dirname, '..', 'node_modules', name, 'package.json')
  return execFileSync(process.execPath, ['-p', 'require(process.argv[1]).version', path]).toString().trim()
}

const loadNow = () =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')

const heading = () => {
  const asked = process.argv.slice(2)
  const { model } = cpus()[0]
  return [
    `- ${new Date().toISOString().slice(0, 10)}, \`npm run bench${asked.length > 0 ? ` -- ${asked.join(' ')}` : ''}\``,
    `- ${cpus().length} cores of ${model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    `- Node ${process.version}, V8 ${process.versions.v8}, rxjs ${versionOf('rxjs')}, ws ${versionOf('ws')}, io-ts ${versionOf('io-ts')}, zod ${versionOf('zod')}, ` +
      `@sinclair/typebox ${versionOf('@sinclair/typebox')}, @massive.com/client-js ${versionOf('@massive.com/client-js')}`,
    `- load when it began: ${loadNow()}`,
  ]
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

/** What was meant to be reached, all in one table. */
const goalsOf = (results) => {
  const rows = results.flatMap(([name, { rows }]) =>
    rows.filter(({ goal }) => goal !== '').map((row) => ({ ...row, what: `${row.what} (${name})`, also: '' })),
  )
  const reached = rows.filter(({ verdict }) => verdict === 'reached').length
  return tableOf('Goals', {
    title: `${reached} of ${rows.length} reached`,
    method: 'Medians, with the middle half of the rounds.',
    rows,
  })
}

try {
  const names = await benchesOf()
  const said = heading()
  process.stdout.write(`${said.join('\n')}\n`)
  const results = []
  for (const name of names) {
    try {
      const result = await run(name)
      process.stdout.write(`\n${tableOf(name, result)}\n`)
      results.push([name, result])
    } catch (error) {
      // The others are worth knowing all the same.
      said.push(`- missing: ${error.message}`)
      process.stderr.write(`bench: ${error.message}\n`)
      process.exitCode = 1
    }
  }
  said.push(`- load when it ended: ${loadNow()}`)
  if (positionals.length === 0 && !values.quick) {
    const notes = await readFile(join(import.meta.dirname, 'notes.md'), 'utf8')
    const tables = results.map(([name, result]) => tableOf(name, result))
    const page = ['# Results', said.join('\n'), goalsOf(results), notes.trim(), ...tables].join('\n\n')
    const path = join(import.meta.dirname, 'RESULTS.md')
    await writeFile(path, await format(page, { ...(await resolveConfig(path)), filepath: path }))
  }
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`)
  process.exitCode = 1
}
