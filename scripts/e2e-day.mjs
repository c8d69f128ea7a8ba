// A recorded day over real sockets, each part a process of its own:
//
//     file ── tickstock simulate ── engine on dedicated links ── publisher ── client
//
//     npm run e2e:day [-- [FILE] [--first N]]
//
// Every event must arrive once, in order, byte for byte. Exits 1 on any difference.
//
// Before it, simulator and engine rehearse for three seconds, so that memory is compared between warm processes. Each one
// gets a heap of 32 MB: what is not bounded fails here, and what V8 would only have been too lazy to collect does
// not count as growth.
import { spawn, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { createGunzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({ allowPositionals: true, options: { first: { type: 'string' } } })
const file = positionals[0] ?? join(root, '..', 'shared', 'data', 'us-equities-2013-10-07.frames.gz')
const first = values.first === undefined ? Infinity : Number(values.first)
const say = (line) => process.stdout.write(`${line}\n`)

if (!(first >= 1)) {
  process.stderr.write(`e2e:day: --first ${values.first}: expected how many frames, 1 or more\n`)
  process.exit(2)
}
if (!existsSync(file)) {
  if (positionals[0] !== undefined) {
    process.stderr.write(`e2e:day: ${file}: there is no such file\n`)
    process.exit(2)
  }
  say(`e2e:day: NOT RUN: the recorded day is not beside the repository (${relative(root, file)}); name a file to play`)
  process.exit(0)
}

const heap = ['--max-old-space-size=32', '--max-semi-space-size=2']

const temporary = await mkdtemp(join(tmpdir(), 'tickstock-day-'))
const children = []

/** The highest resident memory of a process so far, MB; Linux only. */
const peakOf = (pid) => {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) / 1024
  } catch {
    return NaN
  }
}

/** Counts and hashes of each event type in the order of the file, and the part of it that is played. */
const read = async () => {
  const types = {}
  const played = first === Infinity ? file : join(temporary, 'first.frames')
  const out = first === Infinity ? undefined : createWriteStream(played)
  const source = createReadStream(file)
  const text = file.endsWith('.gz') ? source.pipe(createGunzip()) : source
  let frames = 0
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
    if (line === '') continue
    if (frames === first) break
    frames += 1
    out?.write(`${line}\n`)
    // No frame of the file mixes types, and its elements have no braces inside.
    const frame = line.slice(line.indexOf(' ') + 1)
    const type = /^\[\{"ev":"(\w+)"/.exec(frame)?.[1]
    if (type === undefined)
      throw new Error(`frame ${frames} does not begin with its event type: this check cannot read it`)
    types[type] ??= { events: 0, hash: createHash('sha256') }
    types[type].events += frame.split('},{').length
    types[type].hash.update(`${frame.slice(1, -1)},`)
  }
  if (out !== undefined) {
    out.end()
    await once(out, 'finish')
  }
  for (const type of Object.values(types)) type.hash = type.hash.digest('hex')
  return { types, frames, played }
}

const startSimulator = async (played) => {
  const main = join(root, 'dist/esm/src/cli/main.js')
  const options = ['simulate', '--port', '0', '--frames', played, '--speed', 'max', '--connections', '3']
  const child = spawn(process.execPath, [...heap, main, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /simulator\s+(ws:\S+)/.exec(line) ?? []
    if (url !== undefined) return { child, url }
  }
  throw new Error('the simulator ended before it said where it listens')
}

const startPart = async (name, ...args) => {
  const child = fork(join(root, 'scripts/e2e', `${name}.mjs`), args, { execArgv: heap })
  children.push(child)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code} before it was done`)
  })
  ended.catch(() => {})
  const told = (kind) =>
    Promise.race([
      ended,
      new Promise((resolve) => {
        const listen = (message) => {
          if (message.kind !== kind) return
          child.off('message', listen)
          resolve(message)
        }
        child.on('message', listen)
      }),
    ])
  return { child, told }
}

try {
  const { types, frames, played } = await read()
  const total = Object.values(types).reduce((sum, { events }) => sum + events, 0)
  say(
    `e2e:day: ${frames} frames, ${total} events: ${Object.entries(types)
      .map(([type, { events }]) => `${type} ${events}`)
      .join(', ')}`,
  )

  const simulator = await startSimulator(played)
  const engine = await startPart('engine', `${simulator.url}/stocks`)
  const { url } = await engine.told('published')
  const client = await startPart('client', url, Object.keys(types).join(','), String(total))
  await client.told('subscribed')

  const startedMs = performance.now()
  engine.child.send({ kind: 'start' })
  const pids = { simulator: simulator.child.pid, engine: engine.child.pid, client: client.child.pid }
  const peaks = () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, peakOf(pid)]))

  await client.told('fifth')
  const atFifth = peaks()
  const { types: got } = await client.told('done')
  const seconds = (performance.now() - startedMs) / 1000
  const atEnd = peaks()
  engine.child.send({ kind: 'close' })
  const { balanced, rejected, lost } = await engine.told('closed')

  let wrong = 0
  for (const [type, want] of Object.entries(types)) {
    const have = got[type] ?? { events: 0, hash: '' }
    const same = have.events === want.events && have.hash === want.hash
    if (!same) wrong += 1
    say(
      `  ${type.padEnd(4)} ${String(have.events).padStart(8)} of ${want.events}  ${same ? 'once, in order, byte for byte' : 'DIFFERENT'}`,
    )
  }
  say(
    `  ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} events/s, ledger ${balanced ? 'balanced' : 'NOT BALANCED'}, rejected ${rejected}, lost ${lost}`,
  )
  for (const name of Object.keys(pids)) {
    const ratio = atEnd[name] / atFifth[name]
    say(
      `  peak memory of the ${name.padEnd(9)} ${atEnd[name].toFixed(0).padStart(5)} MB, ${ratio.toFixed(2)}x of what it was after a fifth`,
    )
  }
  if (wrong > 0 || !balanced || rejected > 0 || lost > 0) process.exitCode = 1
} catch (error) {
  process.stderr.write(`e2e:day: ${error.message}\n`)
  process.exitCode = 1
} finally {
  for (const child of children) child.kill()
  await rm(temporary, { recursive: true, force: true })
}
