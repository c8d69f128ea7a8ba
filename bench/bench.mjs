// npm run bench: everything there is, and the page of results. `--quick` is for a look: fewer rounds, nothing written.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { compare } from './compare.mjs'
import { dayFrames, framesOf, makersOf } from './inputs.mjs'
import { allPaths, baseline, batchPath, eventsPath, ourPaths, seen } from './paths.mjs'
import { machine, ratioCells, table } from './results.mjs'

const isQuick = process.argv.includes('--quick')
const rounds = isQuick ? 7 : 31
const events = 20_000
const here = import.meta.dirname
const load = loadavg()
const say = (text) => process.stdout.write(`${text}\n`)

const makers = makersOf(1)
const sections = []
const section = (title, words, head, rows) => {
  const text = `## ${title}\n\n${words}\n\n${table(head, rows)}`
  say(`\n${text}`)
  sections.push(text)
}

const eventsIn = (frames) => frames.reduce((sum, frame) => sum + JSON.parse(frame.toString()).length, 0)
const bytesIn = (frames) => frames.reduce((sum, frame) => sum + frame.length, 0)

/** Ours and the baseline over one kind of frames. */
const measure = (frames) => {
  const count = eventsIn(frames)
  const byName = new Map(compare(ourPaths, frames, count, { rounds }).map((row) => [row.name, row]))
  return {
    bytes: (bytesIn(frames) / count).toFixed(0),
    json: byName.get(baseline),
    batch: byName.get(batchPath),
    built: byName.get(eventsPath),
  }
}

const head = [
  'events',
  'a frame',
  'bytes each',
  'JSON.parse',
  'to a batch',
  'quartiles',
  'each',
  'every event built',
  'quartiles',
  'each',
]
const rowOf = (name, size, { bytes, json, batch, built }) => [
  name,
  size,
  bytes,
  `${json.ns.toFixed(0)} ns`,
  ...ratioCells(batch),
  ...ratioCells(built),
]

const rows = []
for (const name of ['T, documented order', 'T, live order', 'A', 'AM', 'FMV, ms']) {
  for (const size of [1, 10, 50, 200, 20_000])
    rows.push(rowOf(name, size, measure(framesOf(makers[name], size, events))))
}
const day = dayFrames(20_000)
if (day === undefined) say('the recorded day is not there: its row is left out')
else rows.push(rowOf("a real day's mix", 'as sent', measure(day)))
section(
  'From bytes to a validated batch',
  'Speed against bare `JSON.parse(buffer.toString())` of the same frames in the same round, which validates nothing.',
  head,
  rows,
)

section(
  'Off the usual way',
  'Other key orders, unknown keys, times beyond a double, and elements the scanner leaves to `JSON.parse` and io-ts.',
  head,
  ['T, ev last', 'T, two unknown keys', 'FMV, ns', 'T, refused by the scanner'].flatMap((name) =>
    [10, 50, 200].map((size) => rowOf(name, size, measure(framesOf(makers[name], size, events)))),
  ),
)

const paths = await allPaths()
section(
  'Against validators',
  'Frames of 50, everything in one round.',
  ['events', 'path', 'speed', 'quartiles', 'each'],
  ['T, documented order', 'AM', 'FMV, ms'].flatMap((name) => {
    const frames = framesOf(makers[name], 50, events)
    return compare(paths, frames, eventsIn(frames), { rounds }).map((row) => [name, row.name, ...ratioCells(row)])
  }),
)

const apart = async (...args) => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    join(here, 'memory.mjs'),
    ...args.map(String),
  ])
  return JSON.parse(stdout)
}
const keptRows = []
for (const size of [1, 10, 50, 200]) {
  const { bytes, wireBytes, events: count, ratio } = await apart('kept', size)
  keptRows.push([
    'T, documented order',
    size,
    (wireBytes / count).toFixed(0),
    (bytes / count).toFixed(0),
    `${ratio.toFixed(2)}x`,
  ])
}
section(
  'Memory a retained trade keeps',
  'Heap and array buffers after collection, nothing built; copied out of its chunk as a lane does it.',
  ['events', 'a frame', 'bytes on the wire', 'bytes kept', 'ratio'],
  keptRows,
)

const collectionRows = []
for (const copied of ['', 'copied']) {
  const { count, ms } = await apart('collections', 50, copied)
  collectionRows.push([copied === '' ? 'no copy' : 'copied out of the chunk', count, `${ms.toFixed(0)} ms`])
}
section(
  'Collections',
  'Garbage collections while 2,000,000 trades in frames of 50 pass through a ring of 1000.',
  ['', 'collections', 'together'],
  collectionRows,
)

const coldRows = []
for (const count of [500, 5_000]) {
  for (const warm of ['', 'warm']) {
    const { stdout } = await promisify(execFile)(process.execPath, [join(here, 'cold.mjs'), String(count), warm])
    const { ns, warmUpMs } = JSON.parse(stdout)
    coldRows.push([
      count,
      warm === '' ? 'cold' : `after \`warmUp\` (${warmUpMs.toFixed(0)} ms)`,
      `${(ns / 1000).toFixed(2)} µs`,
    ])
  }
}
section(
  'The opening bell',
  'The first trades of a process, in frames of 10, every event built; the time for one.',
  ['trades', '', 'each'],
  coldRows,
)

say(`\n${seen.events} events`)
const page = `# Results

${machine(load)}

Medians of ${rounds} rounds; in each round every path goes over the same frames, by turns. Ratios are taken within a round: they hold
on other machines, the nanoseconds do not. The quartiles say how much the machine was busy with other things. Tickers are drawn by
Zipf's law out of 10,000.

${sections.join('\n\n')}
`
if (!isQuick) await writeFile(join(here, 'RESULTS.md'), page)
