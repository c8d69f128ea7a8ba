// The codecs: bytes to validated batches and events, against bare JSON.parse and against validators; memory, collections, cold code.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { compare } from './compare.mjs'
import { dayFrames, framesOf, makersOf } from './inputs.mjs'
import { rowOf } from './kit/table.mjs'
import { allPaths, baseline, batchPath, eventsPath, ourPaths, runsPath, toRuns } from './paths.mjs'
import { ratioCells, table } from './results.mjs'

const events = 20_000
const here = import.meta.dirname

const eventsIn = (frames) => frames.reduce((sum, frame) => sum + JSON.parse(frame.toString()).length, 0)
const bytesIn = (frames) => frames.reduce((sum, frame) => sum + frame.length, 0)

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
const lineOf = ({ name, size, bytes, json, batch, built }) => [
  name,
  size,
  bytes,
  `${json.ns.toFixed(0)} ns`,
  ...ratioCells(batch),
  ...ratioCells(built),
]

const apart = async (file, ...args) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', join(here, file), ...args.map(String)])
  return JSON.parse(stdout)
}

export default async ({ quick }) => {
  const rounds = quick ? 5 : 15
  const makers = makersOf(1)
  const sections = []
  const section = (title, words, columns, rows) => sections.push(`#### ${title}\n\n${words}\n\n${table(columns, rows)}`)

  /** Ours and the baseline over one kind of frames. */
  const measure = (name, size, frames, more = {}) => {
    const count = eventsIn(frames)
    const byName = new Map(compare({ ...ourPaths, ...more }, frames, count, { rounds }).map((row) => [row.name, row]))
    return {
      name,
      size,
      bytes: (bytesIn(frames) / count).toFixed(0),
      json: byName.get(baseline),
      batch: byName.get(batchPath),
      built: byName.get(eventsPath),
      runs: byName.get(runsPath),
    }
  }
  const all = (names, sizes) =>
    names.flatMap((name) =>
      sizes.map((size) =>
        measure(
          name,
          size,
          framesOf(makers[name], size, quick ? 5_000 : events),
          size === 1 && name.startsWith('T') ? { [runsPath]: toRuns } : {},
        ),
      ),
    )
  const of = (lines, name, sizes) => lines.filter((line) => line.name.startsWith(name) && sizes.includes(line.size))

  const usual = all(['T, documented order', 'T, live order', 'A', 'AM', 'FMV, ms'], [1, 10, 50, 200, 20_000])
  const day = dayFrames(events)
  const dayLine = day === undefined ? [] : [measure("a real day's mix", 'as sent', day)]
  section(
    'From bytes to a validated batch',
    'Speed against bare `JSON.parse(buffer.toString())` of the same frames in the same round, which validates nothing. ' +
      (day === undefined ? 'The recorded day was not there: its line is left out.' : ''),
    head,
    [...usual, ...dayLine].map(lineOf),
  )
  const odd = all(['T, ev last', 'T, two unknown keys', 'FMV, ns', 'T, refused by the scanner'], [10, 50, 200])
  section(
    'Off the usual way',
    'Other key orders, unknown keys, times beyond a double, and elements the scanner leaves to `JSON.parse` and io-ts.',
    head,
    odd.map(lineOf),
  )

  const paths = await allPaths()
  section(
    'Against validators',
    'Frames of 50, everything in one round.',
    ['events', 'path', 'speed', 'quartiles', 'each'],
    ['T, documented order', 'AM', 'FMV, ms'].flatMap((name) => {
      const frames = framesOf(makers[name], 50, quick ? 5_000 : events)
      return compare(paths, frames, eventsIn(frames), { rounds }).map((row) => [name, row.name, ...ratioCells(row)])
    }),
  )

  const kept = []
  for (const size of [1, 10, 50, 200]) {
    const { bytes, wireBytes, events: count, ratio } = await apart('memory.mjs', 'kept', size)
    kept.push([size, (wireBytes / count).toFixed(0), (bytes / count).toFixed(0), `${ratio.toFixed(2)}x`])
  }
  section(
    'Memory a retained trade keeps',
    'Heap and array buffers after collection, nothing built, frames decoded one by one; copied out of its chunk as a lane does it.',
    ['a frame', 'bytes on the wire', 'bytes kept', 'ratio'],
    kept,
  )

  const collections = {}
  for (const copied of ['', 'copied']) collections[copied] = await apart('memory.mjs', 'collections', 50, copied)

  const cold = []
  for (const count of [500, 5_000]) {
    for (const warm of ['', 'warm']) {
      const { ns, warmUpMs } = await apart('cold.mjs', count, warm)
      cold.push([
        count,
        warm === '' ? 'cold' : `after \`warmUp\` of all codecs (${warmUpMs.toFixed(0)} ms)`,
        `${(ns / 1000).toFixed(2)} µs`,
      ])
    }
  }
  section(
    'The opening bell',
    'The first trades of a process, in frames of 10, every event built; the time for one.',
    ['trades', '', 'each'],
    cold,
  )

  /** The slowest of some lines, by its median. */
  const worst = (what, atLeast, lines, pick) => {
    const line = lines.reduce((low, one) => (pick(one).ratio < pick(low).ratio ? one : low))
    return rowOf(what, pick(line).ratios, {
      atLeast,
      also: `${line.name}, ${line.size} a frame, ${pick(line).ns.toFixed(0)} ns`,
    })
  }
  const batch = (line) => line.batch
  const usualSizes = [10, 50, 200]
  return {
    title: 'bytes to a validated batch',
    method:
      'How many times as fast as `JSON.parse(buffer.toString())` of the same frames, which validates nothing; of several inputs the slowest is told. ' +
      `Medians of ${rounds} rounds; in each every path goes over the same frames four times, the first of which does not count. Processor time of all threads.`,
    rows: [
      worst('T, frames of 10 to 200', 5, of(usual, 'T', usualSizes), batch),
      worst('AM, frames of 10 to 200', 4.5, of(usual, 'AM', usualSizes), batch),
      worst('FMV in ms, frames of 10 to 200', 4.5, of(usual, 'FMV', usualSizes), batch),
      ...dayLine.map((line) => worst("a real day's mix", 3.5, [line], batch)),
      worst('T, one a frame, as the engine takes them: in one go', 4.5, of(usual, 'T', [1]), (line) => line.runs),
      worst('T, one a frame, each by itself', 4.5, of(usual, 'T', [1]), batch),
      worst('another key order', 3.5, of(odd, 'T, ev last', usualSizes), batch),
      worst('unknown keys', 3.5, of(odd, 'T, two unknown', usualSizes), batch),
      worst('FMV in ns', 2.5, of(odd, 'FMV, ns', usualSizes), batch),
      worst('T, frames of 10 to 200, every event built', 2.5, of(usual, 'T', usualSizes), (line) => line.built),
      worst('refused by the scanner, decoded by io-ts', 0.45, of(odd, 'T, refused', usualSizes), batch),
      rowOf('garbage collections, 2 M forwarded, no copy', [collections[''].count], {
        unit: '',
        atMost: 10,
        also: `${collections[''].ms.toFixed(0)} ms`,
      }),
      rowOf('garbage collections, 2 M forwarded, copied out', [collections.copied.count], {
        unit: '',
        atMost: 20,
        also: `${collections.copied.ms.toFixed(0)} ms`,
      }),
    ],
    sections,
  }
}
