// A recorded day through record and replay, each a command of its own:
//
//     file ── simulator ── engine ── tickstock record ── a recording ── tickstock replay, three times
//     file ─────────────────────────────────────────────────────────── tickstock replay, once
//
//     npm run record:day [-- [FILE]]
//
// All four hashes must be the same, and each lane's that of the file's own elements, found here without any of our code. Exits 1 on any difference.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { createGunzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const main = join(root, 'dist/esm/src/cli/main.js')
const [named] = process.argv.slice(2)
const file = named ?? join(root, '..', 'shared', 'data', 'us-equities-2013-10-07.frames.gz')
const say = (line) => process.stdout.write(`${line}\n`)

if (!existsSync(file)) {
  if (named !== undefined) {
    process.stderr.write(`record:day: ${file}: there is no such file\n`)
    process.exit(2)
  }
  say(
    `record:day: NOT RUN: the recorded day is not beside the repository (${relative(root, file)}); name a file to play`,
  )
  process.exit(0)
}

/** Counts and hashes of each event type in the order of the file. */
const elementsOf = async () => {
  const types = {}
  const source = createReadStream(file)
  const text = file.endsWith('.gz') ? source.pipe(createGunzip()) : source
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
    if (line === '') continue
    // No frame of the file mixes types, and its elements have no braces inside.
    const frame = line.slice(line.indexOf(' ') + 1)
    const type = /^\[\{"ev":"(\w+)"/.exec(frame)?.[1]
    if (type === undefined) throw new Error('a frame does not begin with its event type: this check cannot read it')
    types[type] ??= { events: 0, hash: createHash('sha256') }
    const elements = frame.slice(1, -1).replaceAll('},{', '}\n{')
    types[type].events += elements.split('\n').length
    types[type].hash.update(`${elements}\n`)
  }
  return Object.fromEntries(
    Object.entries(types).map(([type, { events, hash }]) => [type, `${events} ${hash.digest('hex')}`]),
  )
}

const run = async (...args) => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (data) => (out += data))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`tickstock ${args[0]} ended with ${code}:\n${out}`)
  return out
}

const replayed = async (path) => {
  const out = await run('replay', path, '--speed', 'max')
  const lanes = {}
  for (const [, lane, events, hash] of out.matchAll(/^\w+ +(\w+) +([\d,]+) +([0-9a-f]{64})$/gm)) {
    lanes[lane] = `${events.replaceAll(',', '')} ${hash}`
  }
  return { lanes, hash: /^hash ([0-9a-f]{64})$/m.exec(out)?.[1], took: / in ([\d.]+ s)/.exec(out)?.[1] }
}

const folder = await mkdtemp(join(tmpdir(), 'tickstock-record-day-'))
try {
  const expected = await elementsOf()
  const recording = join(folder, 'day.frames.gz')
  const recorded = await run('record', recording, '--frames', file, '--speed', 'max')
  say(`record:day: ${/^[\d,]+ frames written.*$/m.exec(recorded)?.[0]}`)

  const runs = []
  for (const path of [recording, recording, recording, file]) {
    const one = await replayed(path)
    runs.push(one)
    say(`  replay of the ${path === file ? 'file     ' : 'recording'}  ${one.hash}  ${one.took}`)
  }
  const isSame = new Set(runs.map(({ hash }) => hash)).size === 1 && runs[0].hash !== undefined
  const isTrue = runs.every(
    ({ lanes }) => JSON.stringify(Object.entries(lanes).sort()) === JSON.stringify(Object.entries(expected).sort()),
  )
  say(`  the same hash each time: ${isSame ? 'yes' : 'NO'}`)
  say(
    `  the same events as the file, ${Object.entries(expected)
      .map(([type, text]) => `${type} ${text.split(' ')[0]}`)
      .join(', ')}: ${isTrue ? 'yes' : 'NO'}`,
  )
  if (!isSame || !isTrue) process.exitCode = 1
} catch (error) {
  process.stderr.write(`record:day: ${error.message}\n`)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
